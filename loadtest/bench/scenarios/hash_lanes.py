"""P2b: 32 bodies of 100 kB to 10 MB at once, each server on one core: several streams share the
lanes of one SHA-256 kernel, so that a digest takes less CPU than the floor, which digests one
stream at a time."""

import hashlib
import json
import os

import measure
import report

SECONDS_MAX = 300  # three sizes, two servers
CONNECTIONS = 32
FLOOR_RATIO_MAX = 0.75
SIZES = [("100 kB", 100_000), ("1 MB", 1_000_000), ("10 MB", 10_000_000)]


def measure_size(bench, size, servers):
    """name -> samples."""
    body = os.urandom(size)
    digest = hashlib.sha256(body).hexdigest()
    directory = bench.fresh_directory("body")
    directory.mkdir()
    (directory / "body").write_bytes(body)

    def right(server):
        if server.name == "floor":
            return lambda answer: answer == digest.encode()
        return lambda answer: json.loads(answer)["digests"] == {"sha256": digest}

    def asking(server):
        return measure.with_tailrace_load(
            bench.load_binary, server, "/v1/hash", bench.seconds, bench.client_cpu, CONNECTIONS,
            ["--body-file", directory / "body"])

    for server in servers:
        measure.expect(server, "/v1/hash", right(server), body)
    return measure.interleaved({s.name: lambda s=s: asking(s) for s in servers}, bench.rounds)


def run(bench):
    for binary in bench.floor_binary, bench.load_binary:
        if not binary.exists():
            raise measure.BenchError(f"{binary} is not built (-DTAILRACE_BENCH=ON)")
    with bench.stack() as stack:
        servers = [stack.enter_context(bench.tailrace()), stack.enter_context(bench.floor())]
        measured = [(name, measure_size(bench, size, servers)) for name, size in SIZES]
    rows = [["body", "tailrace CPU µs/request", "floor CPU µs", "tailrace ÷ floor",
             "tailrace requests/s", "floor requests/s"]]
    verdicts = []
    for name, samples in measured:
        own, floor = samples["tailrace"], samples["floor"]
        ratios = measure.ratios(own, floor)
        rows.append([name, *(f"{measure.median_cpu(s) * 1e6:.1f}" for s in (own, floor)),
                     report.ratio_text(ratios),
                     *(f"{measure.median_rate(s):.0f}" for s in (own, floor))])
        verdicts.append(report.verdict(f"P2b, {name}, tailrace ÷ floor", ratios, FLOOR_RATIO_MAX))
    return [report.Table(
        f"SHA-256 of {CONNECTIONS} bodies at once, each server on one core", rows,
        "\n".join(verdicts))]
