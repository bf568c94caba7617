"""Slow clients by the thousand (slowhttptest, and some that say nothing), while a probe asks on a
new connection every 100 ms. Each probe must be answered within a second."""

import dataclasses
import os
import shutil
import struct
import subprocess
import time
import zlib

import held
import measure
import probe
import report
from servers import BenchError, child_setup

CONNECTIONS = 4000
SIDE = 300  # pixels of an image of noise: its JPEG does not fit into socket buffers
HELD_LEAST = 0.9  # of the connections, where nothing that the server answers ends them


def noise_png(side):
    def chunk(name, data):
        checked = name + data
        return struct.pack(">I", len(data)) + checked + struct.pack(">I", zlib.crc32(checked))

    header = struct.pack(">IIBBBBB", side, side, 8, 2, 0, 0, 0)
    rows = b"".join(b"\0" + os.urandom(3 * side) for _ in range(side))
    return (b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header)
            + chunk(b"IDAT", zlib.compress(rows, 1)) + chunk(b"IEND", b""))


@dataclasses.dataclass
class Attack:
    name: str
    path: str
    options: list  # of slowhttptest; empty: connections that send nothing
    holds: bool = False  # the server has no reason to end a connection while the attack lasts


def attacks(image_path, file_path):
    return [
        Attack("-H, slow headers", "/livez", ["-H", "-i", 2], True),
        Attack("-B, slow bodies", "/v1/hash", ["-B", "-i", 2, "-s", 8192]),
        Attack("-R, ranges", file_path, ["-R", "-t", "GET"]),
        Attack("-X, slow reading", image_path,
               ["-X", "-w", 10, "-y", 20, "-n", 5, "-z", 32]),
        Attack("silent", "/livez", [], True),
    ]


class Slowhttptest:
    def __init__(self, bench, server, attack, seconds):
        self.log = bench.fresh_directory("slowhttptest")
        self.command = ["slowhttptest", *attack.options, "-c", CONNECTIONS, "-l", seconds,
                        "-r", CONNECTIONS // 2 if bench.quick else CONNECTIONS // 4,
                        "-u", server.url(attack.path)]
        self.cpu = bench.client_cpu

    def __enter__(self):
        with self.log.open("wb") as log:
            self.process = subprocess.Popen(
                list(map(str, self.command)), stdin=subprocess.DEVNULL, stdout=log, stderr=log,
                preexec_fn=child_setup(self.cpu))
        return self

    def __exit__(self, *_):
        if self.process.poll() is None:
            self.process.terminate()
        self.process.wait(30)

    def over(self):
        """True at its end; an error when it could not attack."""
        code = self.process.poll()
        if code:
            raise BenchError(f"slowhttptest ended with {code}:\n"
                             + self.log.read_text(errors="replace")[-2000:])
        return code == 0


class Silent(held.Held):
    def over(self):
        return False


@dataclasses.dataclass
class Outcome:
    server: str
    attack: Attack
    probes: list
    answered: list
    connections: int
    cpu_s: float

    def row(self):
        slowest = f"{max(self.answered) * 1e3:.1f}" if self.answered else ""
        return [self.server, self.attack.name, str(len(self.probes)), str(len(self.answered)),
                slowest, str(self.connections), f"{self.cpu_s:.2f}"]


def attacked(bench, server, probe_path, attack):
    seconds = 5 if bench.quick else 20
    if attack.options:
        attacker, patience = Slowhttptest(bench, server, attack, seconds), seconds + 5
    else:
        attacker, patience = Silent(server, CONNECTIONS, bench.client_cpu), seconds
    measure.expect(server, probe_path, lambda answer: True)
    files, cpu = measure.open_files(server.pid), measure.cpu_seconds(server.pid)
    most = 0
    with probe.Probe(server.port, probe_path) as client, attacker:
        end = time.monotonic() + patience
        while not attacker.over() and time.monotonic() < end:
            most = max(most, measure.open_files(server.pid) - files)
            time.sleep(0.25)
    used = measure.cpu_seconds(server.pid) - cpu
    measure.expect(server, probe_path, lambda answer: True)
    if attack.holds and most < HELD_LEAST * CONNECTIONS:
        raise BenchError(f"{attack.name}: {server.name} held only {most} connections")
    return Outcome(server.name, attack, client.seconds, client.answered, most, used)


def run(bench):
    if not shutil.which("slowhttptest"):
        raise BenchError("slowhttptest is not installed")
    image = bench.write_file("images/noise.png", noise_png(SIDE))
    image_path = "/v1/resize?" + measure.query(
        url=f"local:///{image.name}", width=SIDE, format="jpeg", quality=95)
    file_path = "/v1/hash?" + measure.query(url=f"local:///{image.name}")
    outcomes = []
    for attack in attacks(image_path, file_path):
        with bench.tailrace(image.parent) as server:
            measure.expect(server, image_path, lambda answer: len(answer) > 100_000)
            outcomes.append(attacked(bench, server, "/livez", attack))
    with bench.nginx_return() as server:
        headers = dataclasses.replace(attacks("/", "/")[0], path="/")
        outcomes.append(attacked(bench, server, "/", headers))

    late = [o for o in outcomes
            if o.server == "tailrace" and len(o.answered) < max(1, len(o.probes))]
    table = report.Table(
        f"{CONNECTIONS} slow clients, probed on a new connection every 100 ms",
        [["", "attack", "probes", "answered within 1 s", "slowest ms", "connections held",
          "server CPU s"], *(outcome.row() for outcome in outcomes)],
        "Every probe of tailrace must be answered within 1 s: " + ("MISS." if late else "pass."))
    if late:
        raise BenchError("probes were not answered\n" + table.markdown())
    return [table]
