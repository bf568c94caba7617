"""The highest rate that still passes: bisection with short runs, then a long one that must pass."""

import math

from servers import BenchError

from scenario import measures
from scenario.plan import phase

PRECISION = 0.03  # of the rate
ENOUGH_FOR_P99 = 1000  # requests: ten of them are beyond it
ENOUGH_FOR_ERRORS = 10_000  # three of them are 0.03 %
TRY_SECONDS_MAX, CONFIRM_SECONDS_MAX = 60, 300
CONFIRMATIONS_MAX = 4
ABOVE_PEAK = 1.1  # should fail; a closed loop may find less than an open one can have
LOWEST = 0.01  # of what the search begins with: where not even that passes, nothing does
SWEEP = (0.2, 0.4, 0.6, 0.7, 0.8, 0.9, 1.0, 1.2, 1.5, 2.0)  # of the peak


def bracket(passes, guess):
    """(highest rate that was seen to pass, or 0, and a rate that was seen not to)"""
    low, high = 0.0, guess
    while passes(high):
        low, high = high, 2 * high
    return low, high


def bisect(passes, low, high, precision=PRECISION):
    """The highest rate found to pass, within the precision, between one that passes, or 0, and one
    that does not; None if none did."""
    lowest = LOWEST * high
    while high > lowest and high - low > precision * high:
        middle = (low + high) / 2
        if passes(middle):
            low = middle
        else:
            high = middle
    return low or None


def confirmed(passes, rate, precision=PRECISION):
    """The first of this rate and a few lower ones that passes a long run; None if none does."""
    for _ in range(CONFIRMATIONS_MAX):
        if passes(rate):
            return rate
        rate *= 1 - precision
    return None


def seconds_for(requests, rate, least, most):
    return max(least, min(most, math.ceil(requests / rate)))


def about(objectives, name):
    """The same of another phase."""
    return [dict(objective, of=name, **({"phases": [name]} if "phases" in objective else {}))
            for objective in objectives]


class Search:
    """Of a steady scenario; `tries` holds what each run came to, for the plot."""

    def __init__(self, stage, objectives):
        self.stage, self.objectives = stage, objectives
        self.tries = []
        self.found = None  # the rate
        self.phase = None  # name of the long run's

    def _run(self, name, rate, seconds):
        stage = self.stage
        step = stage.run(name, [
            phase(f"warm-up of {name}", stage.seconds("warm_up"), rate, recorded=False),
            phase(name, seconds, rate)])
        verdicts = [measures.judge(stage.record, objective)
                    for objective in about(self.objectives, name)]
        passed = all(verdict.passed for verdict in verdicts)
        self.tries.append(point(stage.record, step.phase(name), passed))
        failed = [f"{v.text}: {v.found}" for v in verdicts if not v.passed]
        stage.options.say(f"  {rate:.4g}/s "
                          + ("passes" if passed else "fails: " + "; ".join(failed)))
        return passed

    def _seconds(self, phase, requests, rate, most):
        least = self.stage.seconds(phase)
        return seconds_for(requests, rate, least, least if self.stage.options.quick else most)

    def _try(self, rate):
        return self._run(f"try {len(self.tries) + 1}", rate,
                         self._seconds("load", ENOUGH_FOR_P99, rate, TRY_SECONDS_MAX))

    def _confirm(self, rate):
        self.phase = f"confirmation {sum(not t['short'] for t in self.tries) + 1}"
        passed = self._run(self.phase, rate,
                           self._seconds("confirm", ENOUGH_FOR_ERRORS, rate, CONFIRM_SECONDS_MAX))
        self.tries[-1]["short"] = False
        return passed

    def run(self):
        rate = bisect(self._try, *bracket(self._try, ABOVE_PEAK * self.stage.peak()))
        if rate is not None:
            self.found = confirmed(self._confirm, rate)
        return self.found


def sweep(stage):
    """Runs at shares of the peak, well beyond it too; nothing is judged."""
    peak, points = stage.peak(), []
    for share in SWEEP:
        name = f"{share:g} of the peak"
        step = stage.run(name, [
            phase(f"warm-up at {name}", stage.seconds("warm_up"), share * peak, recorded=False),
            phase(name, stage.seconds("load"), share * peak)])
        points.append(point(stage.record, step.phase(name), None))
    return points


def point(record, found, passed):
    """Of the plot over the offered load."""
    group = found.group()
    if group["offered"] == 0:
        raise BenchError(f"phase '{found.name}': nothing was offered")
    cpu_s = found.cpu_s()
    return {"name": found.name, "offered_per_s": group["offered"] / found.seconds,
            "ok_per_s": found.ok_per_s(), "refused_per_s": group["refused"] / found.seconds,
            "p50_ms": found.latency_ms("p50_ns"), "p99_ms": found.latency_ms("p99_ns"),
            "cpu_share": None if cpu_s is None else cpu_s / found.seconds / record.service_cpus,
            "passed": passed, "short": True}
