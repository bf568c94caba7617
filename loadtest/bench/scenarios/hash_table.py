"""P2 and P9: POST /v1/hash of bodies from 1 kB to 10 MB, beside an asyncio service and beside the
floor; with each server on one core, and with all cores for those that can use them."""

import dataclasses
import hashlib
import json
import os
import statistics

import measure
import report
from scenarios import hash_body

SECONDS_MAX = 1200  # five sizes, six servers
FLOOR_RATIO_MAX = 1.15
WHOLE = "asyncio, whole bodies"  # the same service, but reading a body to its end first


@dataclasses.dataclass
class Size:
    name: str
    bytes: int
    asyncio_ratio_least: float
    # wrk loads more; but what it leaves unanswered at its end matters where requests are few.
    with_wrk: bool
    connections: int


SIZES = [
    Size("1 kB", 1000, 12, True, 32),
    Size("10 kB", 10_000, 6.2, True, 32),
    Size("100 kB", 100_000, 2.1, True, 32),
    Size("1 MB", 1_000_000, 1.45, False, 16),
    Size("10 MB", 10_000_000, 2.4, False, 16),
]


def says(answer, body):
    """True for our answer, and the asyncio service's, with the body's digest and length."""
    said = json.loads(answer)
    return (said["digests"] == {"sha256": hashlib.sha256(body).hexdigest()}
            and said["bytes"] == len(body))


def measure_size(bench, size, on_one, on_all):
    """name -> samples, of both groups of servers in the same rounds."""
    body = os.urandom(size.bytes)
    directory = bench.fresh_directory("body")
    directory.mkdir()
    script = hash_body.wrk_script(directory, body)
    digest = hashlib.sha256(body).hexdigest().encode()

    def asking(server, client_cpu):
        if size.with_wrk:
            return measure.with_wrk(server, "/v1/hash", bench.seconds, client_cpu, script,
                                    size.connections)
        return measure.with_tailrace_load(
            bench.load_binary, server, "/v1/hash", bench.seconds, client_cpu, size.connections,
            ["--body-file", directory / "body"])

    subjects = {}
    for group, servers, client_cpu in ("one", on_one, bench.client_cpu), ("all", on_all, None):
        for server in servers:
            right = ((lambda answer: answer == digest) if server.name == "floor"
                     else (lambda answer: says(answer, body)))
            measure.expect(server, "/v1/hash", right, body)
            subjects[group, server.name] = lambda s=server, c=client_cpu: asking(s, c)
    return measure.interleaved(subjects, bench.rounds)


def cpu_us(samples):
    return f"{measure.median_cpu(samples) * 1e6:.1f}"


def rate(samples):
    return f"{measure.median_rate(samples):.0f}"


def cores(samples):
    """How many a server kept busy."""
    return f"{statistics.median(s.cpu_s * s.per_s for s in samples):.2f}"


def one_core(measured):
    """The table of what each server takes on one core, with the verdicts."""
    rows = [["body", "tailrace CPU µs/request", "floor CPU µs", "asyncio CPU µs", f"{WHOLE}, µs",
             "tailrace ÷ floor", "asyncio ÷ tailrace", f"{WHOLE} ÷ tailrace", "asyncio ÷ floor",
             "tailrace requests/s", "floor requests/s", "asyncio requests/s"]]
    floor_verdicts, asyncio_verdicts = [], []
    for size, samples in measured:
        own, floor = samples["one", "tailrace"], samples["one", "floor"]
        asyncio, whole = samples["one", "asyncio"], samples["one", WHOLE]
        to_floor, of_asyncio = measure.ratios(own, floor), measure.ratios(asyncio, own)
        best = measure.ratios(asyncio, floor)
        rows.append([
            size.name, *map(cpu_us, (own, floor, asyncio, whole)), report.ratio_text(to_floor),
            report.ratio_text(of_asyncio), report.ratio_text(measure.ratios(whole, own)),
            report.ratio_text(best),
            *map(rate, (own, floor, asyncio))])
        floor_verdicts.append(report.verdict(f"P2, {size.name}, tailrace ÷ floor", to_floor,
                                             FLOOR_RATIO_MAX))
        asyncio_verdicts.append(report.verdict(f"P9, {size.name}, asyncio ÷ tailrace", of_asyncio,
                                               least=size.asyncio_ratio_least)
                                + f" The floor stands at {statistics.median(best):.2f}.")
    return report.Table("SHA-256 of a body, each server on one core", rows,
                        "\n".join(floor_verdicts + asyncio_verdicts))


def all_cores(measured, count):
    rows = [["body", "tailrace CPU µs/request", "asyncio CPU µs", "CPU, asyncio ÷ tailrace",
             "tailrace requests/s", "asyncio requests/s", "requests/s, tailrace ÷ asyncio",
             "cores busy, tailrace", "cores busy, asyncio"]]
    for size, samples in measured:
        own, asyncio = samples["all", "tailrace"], samples["all", "asyncio"]
        gains = [a.per_s / b.per_s for a, b in zip(own, asyncio)]
        rows.append([size.name, cpu_us(own), cpu_us(asyncio),
                     report.ratio_text(measure.ratios(asyncio, own)), rate(own), rate(asyncio),
                     report.ratio_text(gains), cores(own), cores(asyncio)])
    return report.Table(
        f"SHA-256 of a body, all {count} cores: tailrace with its default threads, asyncio with "
        f"{count} processes", rows,
        "The client is one thread on the same cores, so requests/s is what both reach together; "
        "where a server leaves cores idle, the client was the limit. The floor has one thread: its "
        "rate times the cores is the most there could be.")


def run(bench):
    for binary in bench.floor_binary, bench.load_binary:
        if not binary.exists():
            raise measure.BenchError(f"{binary} is not built (-DTAILRACE_BENCH=ON)")
    with bench.stack() as stack:
        on_one = [stack.enter_context(server) for server in (
            bench.tailrace(), bench.floor(), bench.asyncio_hash("asyncio"),
            bench.asyncio_hash(WHOLE, "--whole"))]
        on_all = [stack.enter_context(server) for server in (
            bench.tailrace_on_all_cores(), bench.asyncio_hash_on_all_cores("asyncio"))]
        measured = [(size, measure_size(bench, size, on_one, on_all)) for size in SIZES]
    return [one_core(measured), all_cores(measured, len(os.sched_getaffinity(0)))]
