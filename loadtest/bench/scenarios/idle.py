"""10 000 idle keep-alive connections: the memory of each, and what they do to the others' p99."""

import os
import statistics
import time

import held
import measure
import report
from servers import BenchError

CONNECTIONS = 10_000
BODY_BYTES = 1000
RATE_PER_S = 2000
BYTES_EACH_MAX = 4096
P99_RATIO_MAX = 1.1
CLOSE_SECONDS_MAX = 30


def request_file(bench, path):
    return bench.write_file("request", (
        f"POST {path} HTTP/1.1\r\nHost: bench\r\nContent-Type: application/octet-stream\r\n"
        f"Content-Length: {BODY_BYTES}\r\n\r\n").encode() + os.urandom(BODY_BYTES))


class Turns:
    """Opens the connections of one run, each time from another source address."""

    def __init__(self, bench):
        self.bench, self.turn = bench, 0

    def hold(self, server, path, count=CONNECTIONS):
        self.turn += 1
        return held.Held(server, count, self.bench.client_cpu, self.turn,
                         request_file(self.bench, path))


def files_without_clients(server, path):
    """After an answer, so that what forks has forked."""
    measure.expect(server, path, lambda answer: True, b"x")
    return measure.open_files(server.pid)


def wait_until_closed(server, files):
    deadline = time.monotonic() + CLOSE_SECONDS_MAX
    while measure.open_files(server.pid) > files:
        if time.monotonic() > deadline:
            raise BenchError(f"{server.name} keeps connections that the client has closed")
        time.sleep(0.05)


def bytes_each(turns, start, path):
    """Of a server that has just been started and has served a little."""
    with start() as server:
        files = files_without_clients(server, path)
        with turns.hold(server, path, 200):
            pass
        wait_until_closed(server, files)
        before = measure.resident_bytes(server.pid)
        with turns.hold(server, path) as connections:
            grown = measure.resident_bytes(server.pid) - before
            connections.expect_all()
    return grown / CONNECTIONS


def p99_us(bench, server, path):
    result = measure.latency_at_rate(bench.load_binary, server, path, RATE_PER_S, bench.seconds,
                                     bench.client_cpu, "--body-size", BODY_BYTES)
    return result["latency"]["p99_ns"] / 1e3


def p99_rounds(bench, turns, server, path):
    """(p99 without, p99 with) of each round; every other round begins with the idle ones."""
    files = files_without_clients(server, path)
    p99_us(bench, server, path)

    def with_idle():
        with turns.hold(server, path) as connections:
            found = p99_us(bench, server, path)
            connections.expect_all()
        wait_until_closed(server, files)
        return found

    rounds = []
    for turn in range(bench.rounds):
        if turn % 2:
            with_them = with_idle()
            rounds.append((p99_us(bench, server, path), with_them))
        else:
            alone = p99_us(bench, server, path)
            rounds.append((alone, with_idle()))
    return rounds


def run(bench):
    turns = Turns(bench)
    rows = [["", "RSS bytes/connection", "p99 µs without", "p99 µs with", "with ÷ without"]]
    subjects = [("tailrace POST /v1/hash", bench.tailrace, "/v1/hash"),
                ("nginx return 200", bench.nginx_return, "/")]
    notes = []
    for name, start, path in subjects:
        sizes = [bytes_each(turns, start, path) for _ in range(max(1, bench.rounds // 2))]
        with start() as server:
            rounds = p99_rounds(bench, turns, server, path)
        ratios = [with_idle / alone for alone, with_idle in rounds]
        rows.append([
            name, f"{statistics.median(sizes):.0f} ({min(sizes):.0f}…{max(sizes):.0f})",
            *(f"{statistics.median(column):.0f}" for column in zip(*rounds)),
            report.ratio_text(ratios)])
        if start == bench.tailrace:
            notes = [
                report.verdict("P8, bytes per idle connection ÷ 4 KiB",
                               [size / BYTES_EACH_MAX for size in sizes], 1),
                report.verdict("p99 with ÷ without", ratios, P99_RATIO_MAX)]
    notes.append("nginx allocates what a connection and its events need at its start, for each of "
                 "its 16384 possible ones; that is not in its figure.")
    return [report.Table(
        f"{CONNECTIONS} idle keep-alive connections, each after one POST of {BODY_BYTES} bytes; "
        f"p99 at {RATE_PER_S}/s on other connections", rows, "\n".join(notes))]
