"""A batch of a million lines, each a source of a local origin: what a line costs, how much memory the
batch takes, and what another client notices. And how soon the other items' connections are closed
when one fails under fail_fast."""

import dataclasses
import json
import statistics
import subprocess
import time

import hanging
import measure
import report
from servers import BenchError, child_setup

SECONDS_MAX = 600
LINES, LINES_QUICK = 1_000_000, 200_000
SOURCE_BYTES = 1000
GROWN_BYTES_MAX = 32 << 20
P99_RATIO_MAX = 1.5
RATE_PER_S = 1000  # of the other client
BODY_BYTES = 1000
HANGING = 1000
FAILING = 3
CLOSED_SECONDS_MAX = 0.010
TYPE = "application/x-ndjson"


def lines_file(bench, origin, count):
    path = bench.directory / "lines"
    with path.open("w") as out:
        for n in range(count):
            out.write(json.dumps({"url": origin.url(f"/bytes/{SOURCE_BYTES}?seed={n}"), "id": n}))
            out.write("\n")
    return path


class Curl:
    """A client that sends a file as a batch and keeps the last line of the answer."""

    def __init__(self, bench, tailrace, lines):
        self.cpu = bench.client_cpu
        self.command = (f"curl -sS --fail -X POST -T {lines} -H 'Content-Type: {TYPE}' "
                        f"'{tailrace.url('/v1/batch')}' | tail -n 1")

    def __enter__(self):
        self.process = subprocess.Popen(
            ["sh", "-c", self.command], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
            preexec_fn=child_setup(self.cpu))
        return self

    def __exit__(self, *_):
        self.process.terminate()
        self.process.wait()

    def running(self):
        return self.process.poll() is None

    def expect_all_ok(self, count):
        last = self.process.communicate(timeout=300)[0]
        expected = {"summary": {"total": count, "ok": count, "failed": 0, "cancelled": 0}}
        if not last or json.loads(last) != expected:
            raise BenchError(f"the batch ended with {last!r}")


@dataclasses.dataclass
class Found:
    per_s: float
    cpu_s: float
    grown: int  # bytes of resident memory, at the most
    idle_p99_us: float
    busy_p99_us: float


def p99_us(bench, tailrace, seconds):
    result = measure.latency_at_rate(
        bench.load_binary, tailrace, "/v1/hash", RATE_PER_S, seconds, bench.client_cpu,
        "--body-size", BODY_BYTES)
    return result["latency"]["p99_ns"] / 1e3


def measure_batch(bench, origin, lines, count):
    """In a process of its own: what an earlier batch left in the allocator would hide growth."""
    with bench.tailrace() as tailrace:
        p99_us(bench, tailrace, 1)
        idle = p99_us(bench, tailrace, bench.seconds)
        before, cpu = measure.resident_bytes(tailrace.pid), measure.cpu_seconds(tailrace.pid)
        most, began = before, time.monotonic()
        with Curl(bench, tailrace, lines) as curl:
            while curl.running():
                most = max(most, measure.resident_bytes(tailrace.pid))
                time.sleep(0.05)
            took = time.monotonic() - began
            curl.expect_all_ok(count)
        used = measure.cpu_seconds(tailrace.pid) - cpu
        with Curl(bench, tailrace, lines) as curl:
            busy = p99_us(bench, tailrace, min(bench.seconds, took / 3))
            if not curl.running():
                raise BenchError("the batch ended before the other client did")
    return Found(count / took, used / count, most - before, idle, busy)


def batch_table(bench):
    count = LINES_QUICK if bench.quick else LINES
    with bench.origin() as origin:
        lines = lines_file(bench, origin, count)
        found = [measure_batch(bench, origin, lines, count) for _ in range(min(3, bench.rounds))]
        origin.expect_understood()

    def median(name):
        return statistics.median(getattr(one, name) for one in found)

    ratios = [one.busy_p99_us / one.idle_p99_us for one in found]
    rows = [["lines/s", "CPU µs/line", "RSS over baseline, MiB", "p99 µs idle", "p99 µs beside it",
             "p99 beside it ÷ idle"],
            [f"{median('per_s'):.0f}", f"{median('cpu_s') * 1e6:.1f}",
             f"{max(one.grown for one in found) / 2**20:.1f}", f"{median('idle_p99_us'):.0f}",
             f"{median('busy_p99_us'):.0f}", report.ratio_text(ratios)]]
    notes = [
        report.verdict("P8, RSS over baseline ÷ 32 MiB",
                       [one.grown / GROWN_BYTES_MAX for one in found], 1),
        report.verdict("p99 of the other client, beside the batch ÷ idle", ratios, P99_RATIO_MAX)]
    return report.Table(
        f"A batch of {count} lines, each a source of {SOURCE_BYTES} bytes from a local origin, "
        f"as many at a time as by default; another client sends {RATE_PER_S} bodies of 1 kB a second",
        rows, "\n".join(notes))


def closing_seconds(bench):
    """From the error that the failing item gets to the last sibling's connection closed."""
    with hanging.Hanging(HANGING, FAILING) as origin, bench.tailrace(
            None, "--origin-connections-max", "0", "--batch-concurrent-max", str(HANGING),
            "--origin-waiting-max", str(HANGING)) as tailrace:
        body = "".join(json.dumps({"url": origin.url(n)}) + "\n" for n in range(HANGING))
        client = subprocess.Popen(
            ["curl", "-sS", "-X", "POST", "--data-binary", "@-", "-H", f"Content-Type: {TYPE}",
             tailrace.url(f"/v1/batch?on_error=fail_fast&max_concurrent={HANGING}")],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, preexec_fn=child_setup(bench.client_cpu))
        client.stdin.write(body.encode())
        client.stdin.close()
        seconds = origin.fail_one()
        summary = json.loads(client.stdout.read().splitlines()[-1])["summary"]
        client.wait(30)
    if summary != {"total": HANGING, "ok": 0, "failed": 1, "cancelled": HANGING - 1}:
        raise BenchError(f"fail_fast ended with {summary}")
    return seconds


def fail_fast_table(bench):
    seconds = [closing_seconds(bench) for _ in range(bench.rounds)]
    rows = [["", "ms, median (smallest…largest)"],
            ["all connections closed after the error",
             f"{statistics.median(seconds) * 1e3:.1f} ({min(seconds) * 1e3:.1f}…"
             f"{max(seconds) * 1e3:.1f})"]]
    return report.Table(
        f"fail_fast: item {FAILING} of {HANGING} slow ones fails", rows,
        report.verdict("time ÷ 10 ms", [s / CLOSED_SECONDS_MAX for s in seconds], 1))


def run(bench):
    return [batch_table(bench), fail_fast_table(bench)]
