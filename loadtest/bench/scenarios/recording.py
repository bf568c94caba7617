"""What recording a request in the metrics costs, beside the whole request; and a scrape."""

import hashlib
import json
import os
import statistics
import time

import measure
import report
from scenarios import hash_body
from servers import BenchError

SCRAPES = 100  # in each round
MIN_TIME_S = 0.3  # for each benchmark in each round
OF = {"probe": "GET /livez", "hash": "POST /v1/hash, 1 kB"}
MOST = 0.02


def recorded(bench):
    """Seconds of CPU that each kind of request costs to be recorded."""
    text = measure.run_bound(
        [bench.build / "bench_recording", "--benchmark_format=json",
         f"--benchmark_min_time={MIN_TIME_S}"], bench.server_cpu, 60)
    return seconds_of(text)


def seconds_of(text):
    found = {}
    for entry in json.loads(text)["benchmarks"]:
        if entry["time_unit"] != "ns":
            raise BenchError(f"{entry['name']} counts in {entry['time_unit']}")
        found[entry["name"]] = entry["cpu_time"] / 1e9
    missing = [name for name in (*OF, "refusal") if name not in found]
    if missing:
        raise BenchError("bench_recording lacks " + ", ".join(missing))
    return found


def scraped(server):
    """(CPU seconds, wall seconds, bytes) of a scrape, of the whole process that does nothing
    else."""
    before, began = measure.cpu_seconds(server.pid), time.monotonic()
    for _ in range(SCRAPES):
        text = measure.exposition(server)
    wall = (time.monotonic() - began) / SCRAPES
    return (measure.cpu_seconds(server.pid) - before) / SCRAPES, wall, len(text)


def table(rounds):
    """`rounds`: of each what was recorded, and a Sample for each kind of request."""
    rows = [["", "recording, ns CPU", "whole request, µs CPU", "share"]]
    notes = []
    for name, title in OF.items():
        shares = [own[name] / samples[name].cpu_s for own, samples in rounds]
        rows.append([title, f"{statistics.median(own[name] for own, _ in rounds) * 1e9:.0f}",
                     f"{statistics.median(s[name].cpu_s for _, s in rounds) * 1e6:.2f}",
                     f"{statistics.median(shares):.2%}"])
        notes.append(report.verdict(f"Recording ÷ {title}", shares, MOST))
    refusal = statistics.median(own["refusal"] for own, _ in rounds) * 1e9
    rows.append(["a refusal", f"{refusal:.0f}", "", ""])
    return report.Table("What it costs to record a request in the metrics", rows, " ".join(notes))


def scrape_table(scrapes):
    def median(i):
        return statistics.median(each[i] for each in scrapes)
    return report.Table("A scrape of /metrics", [
        ["CPU ms", "until it is here, ms", "bytes"],
        [f"{median(0) * 1e3:.2f}", f"{median(1) * 1e3:.2f}", f"{median(2):.0f}"]])


def run(bench):
    if not (bench.build / "bench_recording").exists():
        raise BenchError("bench_recording is not built")
    body = os.urandom(hash_body.BODY_BYTES)
    digest = hashlib.sha256(body).hexdigest()
    script = hash_body.wrk_script(bench.directory, body)
    rounds, scrapes = [], []
    with bench.tailrace() as tailrace:
        measure.expect(tailrace, "/livez", lambda _: True)
        measure.expect(tailrace, "/v1/hash",
                       lambda answer: json.loads(answer)["digests"] == {"sha256": digest}, body)
        for _ in range(bench.rounds):
            own = recorded(bench)
            rounds.append((own, {"probe": bench.wrk(tailrace, "/livez"),
                                 "hash": bench.wrk(tailrace, "/v1/hash", script)}))
            scrapes.append(scraped(tailrace))
    return [table(rounds), scrape_table(scrapes)]
