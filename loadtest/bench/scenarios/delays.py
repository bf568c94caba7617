"""Does tailrace-load report the delays that a server has? tailrace-origin waits as the URL says: a
known time, a time drawn evenly from a range, and one known time with a single connection that is
asked for twice as much as it can do. There the waiting before the sending must count, too."""

import dataclasses
import statistics

import measure
import report

WITHIN = 0.02
LATENCY = "latency"


@dataclasses.dataclass
class Case:
    name: str
    query: str
    rate: int
    seconds: int
    connections: int
    expected_ms: dict  # key of the report -> what it must be


def queueing(delay_ms, rate, seconds):
    """One connection: the i-th request, due at i / rate, is answered (i + 1) delays after the
    start."""
    count = rate * seconds
    def at(share):
        return delay_ms + (delay_ms - 1000 / rate) * (-(-count * share // 100) - 1)
    return {"p50_ns": at(50), "p90_ns": at(90), "p99_ns": at(99), "max_ns": at(100)}


def constant(delay_ms):
    return Case(f"{delay_ms} ms", f"latency_ms={delay_ms}", 100, 4, 128,
                {"p50_ns": delay_ms, "p99_ns": delay_ms})


CASES = [
    constant(50), constant(200), constant(500),
    Case("50 to 150 ms, evenly", "latency_ms=50&jitter_ms=100", 1000, 8, 512,
         {"p50_ns": 100, "p90_ns": 140, "p99_ns": 149}),
    Case("50 ms, one connection asked for twice what it can do", "latency_ms=50", 40, 3, 1,
         queueing(50, 40, 3)),
]


def found_ms(bench, origin, case):
    # In the open loop of the last case requests wait for seconds, and none may be given up.
    result = measure.latency_at_rate(
        bench.load_binary, origin, f"/bytes/100?{case.query}", case.rate, case.seconds,
        bench.client_cpu, "--connections", case.connections, "--timeout-ms", 20_000)
    return {key: result[LATENCY][key] / 1e6 for key in case.expected_ms}


def measured(bench, rounds):
    """(case, key of the report, what was found in each round in ms)"""
    punctual = bench.origin()
    punctual.command = [*measure.raised_priority(), *punctual.command]
    with punctual as origin:
        runs = {case.name: [found_ms(bench, origin, case) for _ in range(rounds)]
                for case in CASES}
        origin.expect_understood()
    return [(case, key, [run[key] for run in runs[case.name]])
            for case in CASES for key in case.expected_ms]


def deviation(case, key, times_ms):
    """Of the median over the rounds, as a share of what it must be."""
    return statistics.median(times_ms) / case.expected_ms[key] - 1


def run(bench):
    rows, worst = [["delay", "", "expected ms", "found ms", "deviation"]], 0
    for case, key, times_ms in measured(bench, 1 if bench.quick else 3):
        off = deviation(case, key, times_ms)
        worst = max(worst, abs(off))
        rows.append([case.name, key.removesuffix("_ns"), f"{case.expected_ms[key]:.1f}",
                     f"{statistics.median(times_ms):.1f}", f"{off * 100:+.2f} %"])
    word = "pass" if worst <= WITHIN else "MISS"
    return [report.Table(
        "tailrace-load beside delays that are known", rows,
        f"The largest deviation: {worst * 100:.2f} %, target at most {WITHIN * 100:.0f} %: {word}.")]
