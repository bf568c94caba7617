"""10 000 idle keep-alive connections: the memory of each, and what they do to the others' p99."""

import os
import statistics
import time

import held
import measure
import report
from servers import BenchError

CONNECTIONS = 10_000
WARM_UP = 20
BODY_BYTES = 1000
RATE_PER_S = 2000
BYTES_EACH_MAX = 4096
P99_RATIO_MAX = 1.1
LATENESS_MAX_US = 1000  # of the generator's p99: beyond, it lacked CPU and measured itself
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
    """Of a server that has just been started and has served a little; what its allocator has got
    back must not serve the connections that count."""
    with start() as server:
        files = files_without_clients(server, path)
        with turns.hold(server, path, WARM_UP):
            pass
        wait_until_closed(server, files)
        before = measure.resident_bytes(server.pid)
        with turns.hold(server, path) as connections:
            grown = measure.resident_bytes(server.pid) - before
            connections.expect_all()
    return grown / CONNECTIONS


class Load:
    """Requests at a constant rate, beside the idle connections."""

    def __init__(self, bench):
        self.bench, self.lateness_us = bench, 0

    def latency_us(self, server, path):
        """(p50, p99) from the schedule."""
        result = measure.latency_at_rate(
            self.bench.load_binary, server, path, RATE_PER_S, self.bench.seconds,
            self.bench.client_cpu, "--body-size", BODY_BYTES)
        self.lateness_us = max(self.lateness_us, result["lateness"]["p99_ns"] / 1e3)
        return result["latency"]["p50_ns"] / 1e3, result["latency"]["p99_ns"] / 1e3

    def verdict(self, found):
        """On the ratios of p99; none where the generator measured itself."""
        late = f"The generator's own lateness (p99) was at most {self.lateness_us:.0f} µs"
        if self.lateness_us > LATENESS_MAX_US:
            return f"{late}: the machine had other work, and latencies are not to be believed."
        return report.verdict("tailrace's p99 with ÷ without", found, P99_RATIO_MAX) + f" {late}."


def latency_rounds(load, turns, server, path, count):
    """(without, with) of each round; every other round begins with the idle ones."""
    files = files_without_clients(server, path)
    load.latency_us(server, path)

    def with_idle():
        with turns.hold(server, path) as connections:
            found = load.latency_us(server, path)
            connections.expect_all()
        wait_until_closed(server, files)
        return found

    rounds = []
    for turn in range(count):
        if turn % 2:
            with_them = with_idle()
            rounds.append((load.latency_us(server, path), with_them))
        else:
            alone = load.latency_us(server, path)
            rounds.append((alone, with_idle()))
    return rounds


def ratios(rounds, at):
    return [with_idle[at] / alone[at] for alone, with_idle in rounds]


def row(name, sizes, rounds):
    p99 = [[latency[1] for latency in column] for column in zip(*rounds)]
    return [name, f"{statistics.median(sizes):.0f} ({min(sizes):.0f}…{max(sizes):.0f})",
            report.ratio_text(ratios(rounds, 0)), *(f"{statistics.median(c):.0f}" for c in p99),
            report.ratio_text(ratios(rounds, 1))]


def run(bench):
    turns, load = Turns(bench), Load(bench)
    subjects = {"tailrace POST /v1/hash": (bench.tailrace, "/v1/hash"),
                "nginx return 200": (bench.nginx_return, "/")}
    found = {}
    for name, (start, path) in subjects.items():
        sizes = [bytes_each(turns, start, path) for _ in range(max(1, bench.rounds // 2))]
        with start() as server:
            found[name] = sizes, latency_rounds(load, turns, server, path, bench.rounds)
    sizes, rounds = found["tailrace POST /v1/hash"]
    notes = [
        report.verdict("P8, tailrace's bytes per idle connection ÷ 4096",
                       [size / BYTES_EACH_MAX for size in sizes], 1),
        load.verdict(ratios(rounds, 1)),
        "nginx allocates the fixed part of every possible connection at its start: not in this."]
    heads = ["", "RSS bytes/connection", "p50 with ÷ without", "p99 µs without", "p99 µs with",
             "p99 with ÷ without"]
    return [report.Table(
        f"{CONNECTIONS} idle keep-alive connections, each after one POST of {BODY_BYTES} bytes; "
        f"latency at {RATE_PER_S}/s on other connections",
        [heads, *(row(name, *both) for name, both in found.items())], "\n".join(notes))]
