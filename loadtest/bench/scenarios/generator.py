"""Is tailrace-load to be believed? Beside wrk at saturation, and beside h2load far below it. Times on
the wall, not of the CPU: only for a machine that does nothing else."""

import json
import os
import statistics

import measure
import report

SPARSE_PER_S = 100  # h2load's pacing has a grain of 10 ms: faster, and it sends in bursts


def closed_loop_rate(bench, server):
    output = measure.run_bound([
        bench.load_binary, "--closed", "--connections", 32, "--duration", bench.seconds,
        "--json", "-", server.url("/")], bench.client_cpu, bench.seconds + 30)
    return json.loads(output)["ok_per_s"]


def sparse_by_load(bench, server):
    output = measure.run_bound([
        bench.load_binary, "--rate", SPARSE_PER_S, "--connections", 1, "--duration",
        bench.seconds, "--json", "-", server.url("/")], bench.client_cpu, bench.seconds + 30)
    return json.loads(output)["service"]["p50_ns"] / 1e3


def sparse_by_h2load(bench, server):
    log = bench.directory / "h2load.log"
    measure.run_bound([
        "h2load", "--h1", "-c", 1, "--rps", SPARSE_PER_S, "-D", bench.seconds,
        f"--log-file={log}", server.url("/")], bench.client_cpu, bench.seconds + 30)
    times = [int(line.split()[2]) for line in log.read_text().splitlines()]
    os.unlink(log)
    return statistics.median(times)


def measured(bench):
    """(of saturation, of the median of sparse requests): ours and theirs, in each round."""
    saturated, sparse = ([], []), ([], [])
    with bench.nginx_return() as nginx:
        for turn in range(bench.rounds):
            # Who comes first finds another machine than who comes second.
            pairs = [(saturated, (lambda: closed_loop_rate(bench, nginx),
                                  lambda: bench.wrk(nginx, "/").per_s)),
                     (sparse, (lambda: sparse_by_load(bench, nginx),
                               lambda: sparse_by_h2load(bench, nginx)))]
            for found, both in pairs:
                for index in (0, 1) if turn % 2 == 0 else (1, 0):
                    found[index].append(both[index]())
    return saturated, sparse


def ratios(ours, theirs):
    return [a / b for a, b in zip(ours, theirs)]


def row(name, unit, ours, theirs):
    return [name, f"{statistics.median(ours):.0f} {unit}", f"{statistics.median(theirs):.0f} {unit}",
            report.ratio_text(ratios(ours, theirs))]


def table(saturated, sparse):
    return report.Table("tailrace-load beside other generators, nginx return 200", [
        ["", "tailrace-load", "other", "ratio"],
        row("saturation, 32 connections, beside wrk", "requests/s", *saturated),
        row(f"p50 at {SPARSE_PER_S}/s on one connection, beside h2load", "µs", *sparse)])


def run(bench):
    return [table(*measured(bench))]
