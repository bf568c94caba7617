"""Which plots a run has, from its outcome."""

from scenario import sampling, scales
from scenario.svg import Axis, Plot, Series

OBJECTIVE_MS = 120
GAP_S = 2  # between two steps on the common time axis


class Timeline:
    """All steps one after the other on one axis, each as long as its plan."""

    def __init__(self, steps):
        self.steps, self.offsets, self.bands = steps, [], []
        at = 0
        for step in steps:
            self.offsets.append(at)
            for phase in step["plan"]["phases"]:
                self.bands.append((at, at + phase["seconds"], phase["name"]))
                at += phase["seconds"]
            at += GAP_S
        self.length = max(at - GAP_S, 1)

    def axis(self):
        return Axis("s", scales.Linear(self.length, count=10, rounded=False))

    def joined(self, of):
        """Points of all steps, with a gap between them. `of`: step -> [(second in it, value)]"""
        points = []
        for offset, step in zip(self.offsets, self.steps):
            points += [(offset + at, value) for at, value in of(step)
                       if offset + at <= self.length]
            points.append((offset, None))
        return points

    def seconds(self, of):
        """Of the generator's timeline; a value stands for the second that it begins."""
        return self.joined(lambda step: [(row["second"] + 0.5, of(row))
                                         for row in step["result"]["timeline"]])

    def samples(self, of):
        return self.joined(lambda step: [(s["at_s"], of(s)) for s in step["samples"]])

    def sample_rates(self, key):
        def of(step):
            rows = [sampling.Sample(**sample) for sample in step["samples"]]
            return sampling.rates(rows, lambda sample: getattr(sample, key))
        return self.joined(of)


def highest(series):
    return max((y for s in series for _, y in s.points if y is not None), default=0) or 1


def over_time(timeline, name, title, label, series, log=False, limits=()):
    values = [y for s in series for _, y in s.points if y is not None and y > 0]
    scale = (scales.Log(min(values, default=1), max(values, default=1)) if log
             else scales.Linear(highest(series)))
    return Plot(name, title, timeline.axis(), Axis(label, scale), series, timeline.bands,
                list(limits))


def latency(timeline):
    def of(key):
        return lambda row: row[key] / 1e6 if row["ok"] else None
    return over_time(timeline, "latency", "Latency of successes, from the schedule", "ms",
                     [Series("p50", timeline.seconds(of("p50_ns"))),
                      Series("p99", timeline.seconds(of("p99_ns"))),
                      Series("max", timeline.seconds(of("max_ns")))], log=True,
                     limits=[(OBJECTIVE_MS, f"{OBJECTIVE_MS} ms")])


def throughput(timeline):
    return over_time(timeline, "throughput", "Requests per second", "1/s",
                     [Series(key, timeline.seconds(lambda row, key=key: row[key]))
                      for key in ("offered", "ok", "refused", "errors")])


def cpu(timeline):
    return over_time(timeline, "cpu", "CPU", "cores in use",
                     [Series("service", timeline.sample_rates("service_cpu_s")),
                      Series("generator", timeline.sample_rates("generator_cpu_s"))])


def queues(timeline):
    def of(name, **labels):
        return lambda sample: sampling.sum_of(sample["metrics"], name, **labels)
    depth = "tailrace_executor_queue_depth"
    return over_time(timeline, "queues", "Queues of the service, by its metrics", "",
                     [Series("images waiting", timeline.samples(of(depth, lane="long"))),
                      Series("short jobs waiting", timeline.samples(of(depth, lane="short"))),
                      Series("requests in flight",
                             timeline.samples(of("tailrace_requests_in_flight")))])


def memory(timeline):
    def reserved(sample):
        return sampling.sum_of(sample["metrics"], "tailrace_memory_reserved_bytes") / 1e6
    return over_time(timeline, "memory", "Memory of the service", "MB",
                     [Series("RSS", timeline.samples(lambda s: s["rss_bytes"] / 1e6)),
                      Series("reserved of the budget", timeline.samples(reserved))])


def loop_lag(timeline):
    def of(sample):
        lag = sample["lag_p99_s"]
        return lag * 1e3 if lag is not None and lag != float("inf") else None
    return over_time(timeline, "lag", "How late I/O threads ran, p99 (bound of its bucket)", "ms",
                     [Series("loop lag", timeline.samples(of))], log=True)


def percentiles(phases):
    """`phases`: (name, LAT) of those worth comparing."""
    series = [Series(name, [(p, ns / 1e6) for p, ns in found["percentiles"]])
              for name, found in phases if found["count"]]
    values = [y for s in series for _, y in s.points if y > 0]
    return Plot("percentiles", "Latency by percentile", Axis("percentile", scales.Percentile()),
                Axis("ms", scales.Log(min(values, default=1), max(values, default=1))), series,
                limits=[(OBJECTIVE_MS, f"{OBJECTIVE_MS} ms")])


def over_load(points, compared=None):
    """Goodput and p99 over the offered load, a plot each."""
    def by_load(which):
        return sorted(which, key=lambda point: point["offered_per_s"])
    runs = [("", by_load(points))]
    if compared:
        runs.append((f", {compared['name']}", by_load(compared["points"])))
    x = Axis("offered, 1/s", scales.Linear(max(run[-1]["offered_per_s"] for _, run in runs)))

    def series(name, key):
        return [Series(name + of, [(p["offered_per_s"], p[key]) for p in run], marked=True)
                for of, run in runs]
    goodput = series("ok", "ok_per_s")
    late = series("p50", "p50_ms") + series("p99", "p99_ms")
    values = [y for s in late for _, y in s.points if y]
    return [Plot("goodput", "Goodput over offered load", x,
                 Axis("1/s", scales.Linear(highest(goodput))), goodput),
            Plot("p99-over-load", "Latency of successes over offered load", x,
                 Axis("ms", scales.Log(min(values, default=1), max(values, default=1))), late,
                 limits=[(OBJECTIVE_MS, f"{OBJECTIVE_MS} ms")])]


def compared(outcome, most=6):
    """The phases whose percentiles are drawn: those whose latency an objective is about."""
    named = [objective["phase"] for objective in outcome["objectives"]
             if objective["unit"] == "ms"]
    found = [(phase["name"], phase["totals"]["latency"]) for step in outcome["steps"]
             for phase in step["result"]["phases"] if phase["name"] in named]
    return found[:most]


def all_of(outcome):
    timeline = Timeline(outcome["steps"])
    plots = [latency(timeline), percentiles(compared(outcome)), throughput(timeline),
             cpu(timeline)]
    if any(s["metrics"] for step in outcome["steps"] for s in step["samples"]):
        plots += [queues(timeline), loop_lag(timeline)]
    plots.append(memory(timeline))
    if len(outcome["points"]) > 1:
        plots = over_load(outcome["points"], outcome["compared"]) + plots
    return plots
