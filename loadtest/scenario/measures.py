"""What objectives are about: a name -> a figure of a phase. None says that there is no figure, and
no figure passes."""

import dataclasses
import math
import statistics

from scenario import record

STEADY_SECONDS = 3
RECOVERED_P99_MS = 120
SATURATED = 0.95  # of its CPUs; closed loops that are a peak come to 0.99 and more
GROWTH_WINDOW = 0.1  # of a soak: what is compared are its first and its last tenth


@dataclasses.dataclass
class Verdict:
    text: str
    phase: str
    figure: object  # a number, or None where there is none
    found: str  # the same for people
    target: str
    unit: str
    passed: bool
    note: str = ""


@dataclasses.dataclass
class Measure:
    text: str
    unit: str
    of: object  # (run, phase, objective) -> figure
    note: str = ""  # where the name does not say how


def latency(key):
    return lambda run, phase, objective: phase.latency_ms(key, objective.get("requests"))


def bad_ratio(_, phase, objective):
    group = phase.group(objective.get("requests"))
    return None if group is None else record.bad_ratio(group)


def wrong_answers(_, phase, objective):
    group = phase.group(objective.get("requests"))
    return None if group is None else group["errors"]["content"]


def lost_ratio(_, phase, objective):
    """Neither answered rightly nor refused properly."""
    group = phase.group(objective.get("requests"))
    if group is None or group["offered"] == 0:
        return None
    return (group["errors"]["total"] - record.origin_failures(group)) / group["offered"]


def origin_ratio(_, phase, __):
    """The origins are ours and healthy: what the service blames on them is not theirs."""
    group = phase.group()
    return record.origin_failures(group) / group["offered"] if group["offered"] else None


def saturated(run, phase):
    """Whether the service used its CPUs, so that they were what limited it."""
    cpu_s = phase.cpu_s()
    return cpu_s is not None and cpu_s >= SATURATED * phase.seconds * run.service_cpus


def peak_share(run, phase, _):
    """Goodput, of the mean of the closed loops before and after; none beside a closed loop in
    which the service did not have or not use its CPUs, since that peak is too low."""
    around = run.around(phase)
    peaks = [run.work_per_s(peak) for peak in around]
    own = run.work_per_s(phase)
    if not all(saturated(run, peak) for peak in around):
        return None
    if own is None or not peaks or None in peaks or statistics.mean(peaks) == 0:
        return None
    return own / statistics.mean(peaks)


def expected_cpu_s(run, phase):
    """What the successes of a phase cost in the closed loops of their kind alone."""
    total = 0
    for requests in phase.names():
        ok = phase.group(requests)["ok"]
        if ok and run.costs.get(requests) is None:
            return None
        total += ok * run.costs[requests] if ok else 0
    return total


def refusal_cpu_us(run, phase, _):
    """CPU of the service in the phase, less what its successes cost at the peak, by its refusals.
    What successes cost is taken from closed loops of each kind, scaled to what the closed loops of
    the mix just before and after cost, since machines drift."""
    refused, cpu_s = phase.group()["refused"], phase.cpu_s()
    own = expected_cpu_s(run, phase)
    scales = []
    for peak in run.around(phase):
        expected, used = expected_cpu_s(run, peak), peak.cpu_s()
        if expected and used is not None:
            scales.append(used / expected)
    if refused == 0 or cpu_s is None or own is None or not scales:
        return None
    return (cpu_s - own * statistics.mean(scales)) / refused * 1e6


def recovery_s(_, phase, __):
    """Seconds after the overload until one begins from which on nothing is refused or lost, to the
    end of the phase, and in which, as in the two after it, the p99 is within 120 ms. Infinite if
    there is none. (Not in all after it: at a rate of some tens the p99 of a second is its slowest
    request, and one of those every few seconds is within an objective for 99 %.)"""
    return recovered_after(phase.seconds_of_timeline(), phase.start_s, phase.seconds)


def recovered_after(rows, start_s, seconds):
    if not rows:
        return None
    refused = [row["second"] for row in rows if row["refused"] or row["errors"]]
    late = {row["second"] for row in rows if row["ok"] and row["p99_ns"] > RECOVERED_P99_MS * 1e6}
    start, end = round(start_s), round(start_s + seconds)
    for second in range(max(refused, default=start - 1) + 1, end):
        if late.isdisjoint(range(second, second + STEADY_SECONDS)):
            return second - start
    return math.inf


def growth(of):
    """From the first to the last tenth of the phase, medians."""
    def figure(_, phase, __):
        window = max(phase.seconds * GROWTH_WINDOW, 2)
        inside = [s for s in phase.step.samples if phase.start_s <= s.at_s <= phase.end_s]
        first = [of(s) for s in inside if s.at_s <= phase.start_s + window]
        last = [of(s) for s in inside if s.at_s >= phase.end_s - window]
        if not first or not last or statistics.median(first) == 0:
            return None
        return statistics.median(last) / statistics.median(first) - 1
    return figure


def cpu_cores(_, phase, __):
    cpu_s = phase.cpu_s()
    return None if cpu_s is None else cpu_s / phase.seconds


def headroom(run, phase, objective):
    """Share of its CPUs that the service did not use."""
    cores = cpu_cores(run, phase, objective)
    return None if cores is None else 1 - cores / run.service_cpus


def lateness_ms(run, phase, objective):
    """Of the worst of the runs that the phases are in."""
    phases = [run.phase(name) for name in objective.get("phases", [phase.name])]
    lateness = [found.step.result["lateness"] for found in phases if found is not None]
    return max((one["p99_ns"] / 1e6 for one in lateness if one["count"]), default=None)


def p99_beside_alone(run, phase, objective):
    """The p99 in phases `NAME 1`, `NAME 2`, … by that in `alone 1`, `alone 2`, …: median."""
    ratios = []
    for number in range(1, 1000):
        other = run.phase(f"{phase.name.rpartition(' ')[0]} {number}")
        alone = run.phase(f"alone {number}")
        if other is None or alone is None:
            break
        pair = [p.latency_ms("p99_ns", objective.get("requests")) for p in (other, alone)]
        if None in pair:
            return None
        ratios.append(pair[0] / pair[1])
    return statistics.median(ratios) if ratios else None


MEASURES = {
    "p50_ms": Measure("p50", "ms", latency("p50_ns")),
    "p99_ms": Measure("p99", "ms", latency("p99_ns")),
    "p999_ms": Measure("p99.9", "ms", latency("p999_ns")),
    "bad_ratio": Measure("bad", "%", bad_ratio,
                         "Bad is what was refused, failed or lost; 502 and 504, the origin's "
                         "failures, are counted apart."),
    "lost_ratio": Measure("neither answered nor refused", "%", lost_ratio),
    "origin_ratio": Measure("blamed on origins, which are healthy", "%", origin_ratio),
    "wrong_answers": Measure("wrong answers", "", wrong_answers),
    "peak_share": Measure("goodput ÷ peak", "%", peak_share,
                          "The peak is what closed loops just before and after came to. In a mix "
                          "each success counts as the CPU time that it takes alone."),
    "refusal_cpu_us": Measure("CPU of a refusal", "µs", refusal_cpu_us,
                              "The CPU of a refusal is that of the service in the phase, less what "
                              "its successes cost in the closed loops before and after, divided by "
                              "the refusals."),
    "recovery_s": Measure("back to normal after", "s", recovery_s,
                          "Back to normal: nothing is refused or lost any more, and the p99 of "
                          f"{STEADY_SECONDS} seconds in a row is within {RECOVERED_P99_MS} ms."),
    "rss_growth": Measure("growth of RSS", "%", growth(lambda s: s.rss_bytes)),
    "fds_growth": Measure("growth of open files", "%", growth(lambda s: s.fds)),
    "threads_growth": Measure("growth of threads", "%", growth(lambda s: s.threads)),
    "lateness_ms": Measure("the generator's own lateness, p99", "ms", lateness_ms),
    "headroom": Measure("CPU headroom of the service", "%", headroom),
    "p99_beside_alone": Measure("p99 ÷ p99 alone", "", p99_beside_alone),
}


def shown(figure, unit):
    if figure is None:
        return "no figure"
    if math.isinf(figure):
        return "never"
    if unit == "%":
        return f"{figure * 100:.3g} %"
    return f"{figure:.4g} {unit}".rstrip()


def judge(run, objective):
    """An objective of a scenario against what was seen."""
    measure = MEASURES[objective["what"]]
    phase = run.phase(objective["of"])
    figure = None if phase is None else measure.of(run, phase, objective)
    if figure is not None and math.isnan(figure):
        figure = None
    most = objective.get("at_most")
    target = most if most is not None else objective["at_least"]
    passed = figure is not None and (figure <= target if most is not None else figure >= target)
    whose = f" of {objective['requests']}" if "requests" in objective else ""
    where = "" if "phases" in objective else f", {objective['of']}"
    return Verdict(f"{measure.text}{whose}{where}", objective["of"], figure,
                   shown(figure, measure.unit),
                   f"{'at most' if most is not None else 'at least'} {shown(target, measure.unit)}",
                   measure.unit, passed, measure.note)
