"""What a run has seen, and each phase of it as figures."""

import dataclasses

from scenario import sampling

ORIGIN_STATUSES = ("502", "504")  # the origin's failures, see the README's "In operation"


@dataclasses.dataclass
class Step:
    """One run of the generator."""
    name: str
    plan: dict
    result: dict  # the generator's
    samples: list

    def phase(self, name):
        for phase in self.result["phases"]:
            if phase["name"] == name:
                return Phase(self, phase)
        return None

    def recorded(self):
        names = [phase["name"] for phase in self.plan["phases"] if phase["recorded"]]
        return [found for found in map(self.phase, names) if found is not None]


class Phase:
    """A phase of a step; figures of all its requests, or of those with one name."""

    def __init__(self, step, phase):
        self.step, self.name = step, phase["name"]
        self.start_s, self.seconds = phase["start_s"], phase["seconds"]
        self._phase = phase

    @property
    def end_s(self):
        return self.start_s + self.seconds

    def group(self, requests=None):
        """None where no request of that name was in the phase."""
        if requests is None:
            return self._phase["totals"]
        return self._phase["requests"].get(requests)

    def names(self):
        return list(self._phase["requests"])

    def ok_per_s(self, requests=None):
        group = self.group(requests)
        return group["ok"] / self.seconds if group else 0

    def latency_ms(self, key, requests=None):
        group = self.group(requests)
        if not group or group["latency"]["count"] == 0:
            return None
        return group["latency"][key] / 1e6

    def cpu_s(self):
        """Of the service."""
        return sampling.cpu_between(self.step.samples, self.start_s, self.end_s)

    def others_s(self):
        """CPU time that other work on the machine had of the service's CPUs."""
        return sampling.others_between(self.step.samples, self.start_s, self.end_s)

    def seconds_of_timeline(self):
        return [row for row in self.step.result["timeline"]
                if self.start_s <= row["second"] < self.end_s]


def origin_failures(group):
    """Counted apart. Where a plan calls these statuses refusals, they are not among the errors, but
    they are still the origin's."""
    return sum(group["statuses"].get(status, 0) for status in ORIGIN_STATUSES)


def bad(group):
    """Everything that a client did not get by our fault: what was refused, our errors, and what
    broke or did not come at all."""
    return group["refused"] + group["errors"]["total"] - origin_failures(group)


def bad_ratio(group):
    asked = group["offered"] - origin_failures(group)
    return bad(group) / asked if asked > 0 else None


class Record:
    """All steps of a run so far, and what its closed loops said of the service's peak."""

    def __init__(self, service_cpus):
        self.service_cpus = service_cpus
        self.steps = []
        self.costs = {}  # name of requests -> CPU seconds each, from a closed loop of them

    def phase(self, name):
        for step in self.steps:
            found = step.phase(name)
            if found is not None:
                return found
        return None

    def learn(self, requests, phase):
        """From a closed loop of one kind of requests alone."""
        cpu_s, ok = phase.cpu_s(), phase.group(requests)["ok"]
        self.costs[requests] = cpu_s / ok if cpu_s is not None and ok else None

    def work_per_s(self, phase):
        """Successes per second. In a mix, where the cheap ones alone would make up any number, each
        counts as the CPU time that it takes when nothing else is there: it is the part of the
        machine that did something useful."""
        names = phase.names()
        if len(names) == 1:
            return phase.ok_per_s()
        costs = [self.costs.get(requests) for requests in names]
        if None in costs:
            return None
        return sum(phase.ok_per_s(requests) * cost for requests, cost in zip(names, costs))

    def closed_loops(self):
        """(index of step, phase) of the closed loops of the whole mix."""
        return [(index, step.recorded()[0]) for index, step in enumerate(self.steps)
                if step.plan.get("closed") and step.name.startswith("peak")]

    def around(self, phase):
        """The closed loops just before and just after a phase: the machine's mood drifts."""
        at = self.steps.index(phase.step)
        before = [found for index, found in self.closed_loops() if index < at][-1:]
        after = [found for index, found in self.closed_loops() if index > at][:1]
        return before + after
