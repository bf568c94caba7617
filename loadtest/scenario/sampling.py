"""What the service is seen to do from outside while a load runs: /proc and its own metrics, once a
second."""

import bisect
import dataclasses
import math
import os
import pathlib
import re
import threading
import time

import measure
from servers import BenchError

INTERVAL_S = 1.0
PAGE_BYTES = os.sysconf("SC_PAGE_SIZE")
LAG = "tailrace_io_loop_lag_seconds"
KEPT = re.compile(r"tailrace_(requests_in_flight|executor_queue_depth|memory_reserved_bytes"
                  r"|rejections_total|errors_total|executor_busy_seconds_total"
                  r"|cpu_throttled_periods_total)\b")


@dataclasses.dataclass
class Sample:
    at_s: float  # since the generator was started
    service_cpu_s: float
    generator_cpu_s: float  # 0 before its first look and after its end: see `cpu_between`
    rss_bytes: int
    fds: int
    threads: int
    metrics: dict  # series -> value, those of KEPT; of a peer none
    lag_p99_s: float = None  # since the sample before; None where no timer ran
    busy_s: float = None  # what anybody has had of the service's CPUs; None where it has none alone


def resident_bytes(members):
    """From statm: smaps_rollup would hold up the server's page faults while it is read."""
    return sum(int(pathlib.Path(f"/proc/{pid}/statm").read_text().split()[1]) * PAGE_BYTES
               for pid in members)


def thread_count(members):
    return sum(len(os.listdir(f"/proc/{pid}/task")) for pid in members)


def file_count(members):
    return sum(len(os.listdir(f"/proc/{pid}/fd")) for pid in members)


def busy_seconds(text, cpus):
    """Of /proc/stat: time that these CPUs were not idle, interrupts and a hypervisor's included."""
    total = 0
    for line in text.splitlines():
        name, _, fields = line.partition(" ")
        if name.startswith("cpu") and name[3:].isdigit() and int(name[3:]) in cpus:
            user, nice, system, _, _, *others = map(int, fields.split()[:8])
            total += user + nice + system + sum(others)
    return total / measure.TICKS_PER_S


def bucket_counts(series, name):
    """Cumulative counts of a Prometheus histogram by upper bound."""
    found = {}
    for key, value in series.items():
        match = re.fullmatch(re.escape(name) + r'_bucket\{.*?le="([^"]+)".*\}', key)
        if match:
            bound = math.inf if match[1] == "+Inf" else float(match[1])
            found[bound] = found.get(bound, 0) + value
    return found


def upper_bound_of(share, before, after):
    """The bound of the bucket in which that share of what came between two looks is reached."""
    counts = {bound: count - before.get(bound, 0) for bound, count in sorted(after.items())}
    total = max(counts.values(), default=0)
    if total <= 0:
        return None
    return next(bound for bound, count in counts.items() if count >= share * total)


class Sampler:
    """Looks at the service in a thread of its own from when it is entered until it is left. A look
    that fails is kept in `failure`: the service ended, or no longer says anything."""

    def __init__(self, service, cpus=None):
        self.service, self.cpus, self.generator_pid = service, cpus, None
        self.samples, self.failure = [], None
        self._lag_before = {}
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._look_regularly, daemon=True)

    def __enter__(self):
        self.started = time.monotonic()
        self.look()
        self._thread.start()
        return self

    def __exit__(self, *_):
        self._stopping.set()
        self._thread.join()
        if self.failure is None:
            self._try_to_look()

    def _look_regularly(self):
        due = self.started + INTERVAL_S
        while not self._stopping.wait(max(0, due - time.monotonic())):
            if not self._try_to_look():
                return
            due += INTERVAL_S

    def _try_to_look(self):
        try:
            self.look()
        except (BenchError, OSError, ValueError) as error:
            self.failure = error
        return self.failure is None

    def _generator_cpu_s(self, running):
        if self.generator_pid not in running:
            return 0
        return sum(measure.family(self.generator_pid, running).values())

    def _busy_s(self):
        if self.cpus is None:
            return None
        return busy_seconds(pathlib.Path("/proc/stat").read_text(), self.cpus)

    def look(self):
        at_s, running = time.monotonic() - self.started, measure.processes()
        members = measure.family(self.service.pid, running)
        series = self.service.metrics()
        lag = bucket_counts(series, LAG)
        self.samples.append(Sample(
            at_s, sum(members.values()), self._generator_cpu_s(running), resident_bytes(members),
            file_count(members), thread_count(members),
            {k: v for k, v in series.items() if KEPT.match(k)},
            upper_bound_of(0.99, self._lag_before, lag), self._busy_s()))
        self._lag_before = lag


def value_at(samples, at_s, of):
    """Of something that only grows, at a moment between two samples, or at the nearest one."""
    if not samples:
        return None
    times = [sample.at_s for sample in samples]
    after = bisect.bisect_left(times, at_s)
    if after == 0:
        return of(samples[0])
    if after == len(samples):
        return of(samples[-1])
    a, b = samples[after - 1], samples[after]
    share = (at_s - a.at_s) / (b.at_s - a.at_s) if b.at_s > a.at_s else 1
    return of(a) + share * (of(b) - of(a))


def growth_between(samples, start_s, end_s, of):
    """Of something that only grows; None where the samples do not reach that far."""
    if (len(samples) < 2 or samples[0].at_s > start_s + INTERVAL_S
            or samples[-1].at_s < end_s - INTERVAL_S):
        return None
    return value_at(samples, end_s, of) - value_at(samples, start_s, of)


def cpu_between(samples, start_s, end_s):
    """Seconds of CPU that the service took."""
    return growth_between(samples, start_s, end_s, lambda sample: sample.service_cpu_s)


def others_between(samples, start_s, end_s):
    """Seconds that others had of the service's CPUs; None where it has none alone."""
    if not samples or samples[0].busy_s is None:
        return None
    return growth_between(samples, start_s, end_s,
                          lambda sample: sample.busy_s - sample.service_cpu_s)


def rates(samples, of):
    """(moment, growth per second) between each two samples, for what only grows."""
    return [(b.at_s, (of(b) - of(a)) / (b.at_s - a.at_s))
            for a, b in zip(samples, samples[1:])
            if b.at_s - a.at_s > 0.2 and of(b) >= of(a)]


def sum_of(metrics, name, **labels):
    """Over all series of that name whose labels have these values."""
    wanted = [f'{key}="{value}"' for key, value in labels.items()]
    return sum(value for series, value in metrics.items()
               if re.match(re.escape(name) + r"(\{|$)", series)
               and all(label in series for label in wanted))
