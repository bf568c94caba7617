"""Half of the traffic asks for sources of an origin that never answers. What does the other half
notice? Two generators, one for each half; beside it the same traffic with two good origins."""

import statistics
import time

import blackhole
import measure
import report
from servers import BenchError

RATE_PER_S = 500  # of each half
SOURCE_BYTES = 10_000
URLS = 20_000
# Of the other half: as many as may wait at once for a connection, and more.
CONNECTIONS = 2000
OPEN_SECONDS_MAX = 10
P99_RATIO_MAX = 1.10
LATENESS_MAX_US = 1000
GOOD = "both origins answer"
SYN_DROPPED, SILENT = "one drops every SYN", "one accepts and is silent"


def url_list(bench, tailrace, name, source_of):
    """Each request another URL."""
    path = bench.directory / f"urls-{name}"
    path.write_text("".join(
        tailrace.url("/v1/hash?url=" + source_of(f"/bytes/{SOURCE_BYTES}%3Fseed%3D{n}")) + "\n"
        for n in range(URLS)))
    return path


def half(bench, name, urls, seconds, *more, prefix=()):
    """One half of the traffic."""
    return measure.Load(
        bench.load_binary, bench.fresh_directory(f"load-{name}"), bench.client_cpu,
        "--rate", RATE_PER_S, "--arrivals", "poisson", "--url-list", urls,
        "--duration", seconds, *more, prefix=prefix)


def wait_for_files(tailrace, enough, what):
    """Until so many files are open as `enough` wants."""
    deadline = time.monotonic() + OPEN_SECONDS_MAX
    while not enough(measure.open_files(tailrace.pid)):
        if time.monotonic() > deadline:
            raise BenchError(what)
        time.sleep(0.05)


def run_phase(bench, tailrace, good, other):
    """(of the good half, of the other) what tailrace-load says. The other one begins first, and is
    ended with the good one: nobody waits for what never comes."""
    seconds = 4 if bench.quick else 3 * bench.seconds
    # It is to fail; Mode.add() sees that it does.
    failing = half(bench, "other", url_list(bench, tailrace, "other", other.url),
                   seconds + 2 * OPEN_SECONDS_MAX, "--connections", CONNECTIONS,
                   "--ok-status", "200-599")
    asking = half(bench, "good", url_list(bench, tailrace, "good", good.url), seconds,
                  "--connections", 64, prefix=measure.raised_priority())
    # It takes up to a second to notice that the clients of the phase before have left.
    wait_for_files(tailrace, lambda n: n < CONNECTIONS, "connections stay open without clients")
    with failing:
        # That burst is not what is measured.
        wait_for_files(tailrace, lambda n: n > CONNECTIONS,
                       f"{CONNECTIONS} connections could not be opened")
        with asking:
            asking.wait(seconds + 30)
    return asking.result, failing.result


def other_origin(bench, kind):
    """A new one each time: the breaker and the pools know nothing of it."""
    if kind == SYN_DROPPED:
        return blackhole.BlackHole()
    return bench.origin(*(["--silent"] if kind == SILENT else []))


class Mode:
    """What was found of one kind of the other origin."""

    def __init__(self, kind):
        self.kind, self.good, self.statuses = kind, [], {}

    def add(self, good, other):
        self.good.append(good)
        for status, n in other["statuses"].items():
            self.statuses[status] = self.statuses.get(status, 0) + n
        wrong = self.statuses.get("200", 0) if self.kind != GOOD else other["errors"]["total"]
        if wrong or not self.statuses:
            raise BenchError(f"{self.kind}: the other half got {self.statuses}")

    def errors(self):
        return sum(one["errors"]["total"] for one in self.good)

    def us(self, name):
        return [one["latency"][name] / 1e3 for one in self.good]

    def row(self, usual):
        ratios = [a / b for a, b in zip(self.us("p99_ns"), usual.us("p99_ns"))]
        statuses = ", ".join(f"{n} × {status}" for status, n in sorted(self.statuses.items()))
        return [self.kind, str(sum(one["requests"] for one in self.good)), str(self.errors()),
                f"{statistics.median(self.us('p50_ns')):.0f}",
                f"{statistics.median(self.us('p99_ns')):.0f}",
                "" if self is usual else report.ratio_text(ratios), statuses]


def notes(modes):
    lateness_us = max(one["lateness"]["p99_ns"] / 1e3 for m in modes.values() for one in m.good)
    lines = []
    for kind in SYN_DROPPED, SILENT:
        ratios = [a / b for a, b in zip(modes[kind].us("p99_ns"), modes[GOOD].us("p99_ns"))]
        lines.append(report.verdict(f"p99 of the good half, {kind} ÷ {GOOD}", ratios,
                                    P99_RATIO_MAX))
    failed = sum(m.errors() for m in modes.values())
    lines.append(f"Errors of the good half: {failed}, target 0: {'MISS' if failed else 'pass'}.")
    late = f"The generator's own lateness (p99) was at most {lateness_us:.0f} µs"
    lines.append(f"{late}." if lateness_us <= LATENESS_MAX_US else
                 f"{late}: the machine had other work, and latencies are not to be believed.")
    return "\n".join(lines)


def run(bench):
    modes = {kind: Mode(kind) for kind in (GOOD, SYN_DROPPED, SILENT)}
    with bench.stack() as stack:
        good = stack.enter_context(bench.origin())
        tailrace = stack.enter_context(bench.tailrace())

        def phase(kind):
            with other_origin(bench, kind) as other:
                modes[kind].add(*run_phase(bench, tailrace, good, other))

        phase(GOOD)
        modes[GOOD] = Mode(GOOD)  # that was to warm up
        measure.interleaved({kind: lambda kind=kind: phase(kind) for kind in modes}, bench.rounds)
        good.expect_understood()
    heads = ["the other half's origin", "requests of the good half", "errors", "p50 µs", "p99 µs",
             "p99 with ÷ without", "answers of the other half"]
    return [report.Table(
        f"A black hole beside a good origin, sources of {SOURCE_BYTES} bytes, {RATE_PER_S}/s to "
        "each, open loops", [heads, *(m.row(modes[GOOD]) for m in modes.values())], notes(modes))]
