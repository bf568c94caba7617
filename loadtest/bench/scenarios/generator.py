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


def row(name, unit, ours, theirs):
    ratios = [a / b for a, b in zip(ours, theirs)]
    return [name, f"{statistics.median(ours):.0f} {unit}", f"{statistics.median(theirs):.0f} {unit}",
            report.ratio_text(ratios)]


def run(bench):
    saturated, sparse = ([], []), ([], [])
    with bench.nginx_return() as nginx:
        for _ in range(bench.rounds):
            saturated[0].append(closed_loop_rate(bench, nginx))
            saturated[1].append(bench.wrk(nginx, "/").per_s)
            sparse[0].append(sparse_by_load(bench, nginx))
            sparse[1].append(sparse_by_h2load(bench, nginx))
    return [report.Table("tailrace-load beside other generators, nginx return 200", [
        ["", "tailrace-load", "other", "ratio"],
        row("saturation, 32 connections, beside wrk", "requests/s", *saturated),
        row(f"p50 at {SPARSE_PER_S}/s on one connection, beside h2load", "µs", *sparse)])]
