"""CPU time per request, from the outside: what /proc says of the server's processes, divided by
the requests that a load generator got answered."""

import dataclasses
import http.client
import json
import os
import pathlib
import re
import statistics
import subprocess
import urllib.parse

from servers import BenchError, child_setup

TICKS_PER_S = os.sysconf("SC_CLK_TCK")


def parse_stat(text):
    """(parent, ticks) of a /proc/PID/stat line: own user and system time and that of waited-for
    children. The command name may hold spaces and parentheses, so count from the last one."""
    fields = text.rpartition(")")[2].split()
    return int(fields[1]), sum(int(field) for field in fields[11:15])


def processes():
    """All that run: pid -> (parent, ticks)."""
    found = {}
    for entry in pathlib.Path("/proc").iterdir():
        if not entry.name.isdigit():
            continue
        try:
            found[int(entry.name)] = parse_stat((entry / "stat").read_text())
        except (FileNotFoundError, ProcessLookupError):
            continue  # it ended meanwhile
    return found


def family(pid, running):
    """Of `processes()`, a process and all its descendants: pid -> seconds of CPU."""
    if pid not in running:
        raise BenchError(f"process {pid} is gone: the server ended during the measurement")
    tree, grew = {pid}, True
    while grew:
        more = {p for p, (parent, _) in running.items() if parent in tree} - tree
        tree |= more
        grew = bool(more)
    return {p: running[p][1] / TICKS_PER_S for p in tree}


def cpu_seconds(pid):
    """User and system time of a process and all its descendants."""
    return sum(family(pid, processes()).values())


def resident_bytes(pid):
    """Memory of a process and its descendants, pages shared between them counted once for each."""
    total = 0
    for member in process_tree(pid):
        text = pathlib.Path(f"/proc/{member}/smaps_rollup").read_text()
        total += int(re.search(r"^Rss:\s*(\d+) kB", text, re.MULTILINE)[1]) * 1024
    return total


def open_files(pid):
    """Of a process and its descendants; of a server mostly its connections."""
    return sum(len(os.listdir(f"/proc/{member}/fd")) for member in process_tree(pid))


def process_tree(pid):
    """The process ids of a process and all its descendants."""
    return sorted(family(pid, processes()))


@dataclasses.dataclass
class Sample:
    cpu_s: float  # per request
    per_s: float  # requests per second; 0 for what is no server
    requests: int = 0


def parse_wrk(text):
    """(requests, requests per second) of wrk's output. An error in it is an error of the bench."""
    if re.search(r"Socket errors|Non-2xx", text):
        raise BenchError("wrk met errors:\n" + text)
    requests = re.search(r"(\d+) requests in", text)
    rate = re.search(r"Requests/sec:\s*([\d.]+)", text)
    if not requests or not rate or int(requests[1]) == 0:
        raise BenchError("wrk got no answers:\n" + text)
    return int(requests[1]), float(rate[1])


def run_bound(command, cpu, timeout):
    """The output of a program bound to one CPU, or to none where `cpu` is None."""
    bound = [] if cpu is None else ["taskset", "-c", str(cpu)]
    done = subprocess.run(
        [*bound, *map(str, command)], capture_output=True, text=True, timeout=timeout)
    if done.returncode != 0:
        raise BenchError(f"{' '.join(map(str, command))}:\n{done.stdout}{done.stderr}")
    return done.stdout


def with_wrk(server, path, seconds, client_cpu, script=None, connections=32):
    command = ["wrk", "-t1", f"-c{connections}", f"-d{seconds}s"]
    command += ["-s", script] if script else []
    before = cpu_seconds(server.pid)
    output = run_bound(command + [server.url(path)], client_cpu, seconds + 30)
    used = cpu_seconds(server.pid) - before
    requests, rate = parse_wrk(output)
    return Sample(used / requests, rate, requests)


def with_tailrace_load(binary, server, path, seconds, client_cpu, connections=2, more=()):
    """A closed loop; for requests so slow that every answer should be looked at. wrk leaves when
    the time is up, and what the server did for answers still to come counts for none; this waits
    for them."""
    command = [binary, "--closed", "--connections", connections, "--duration", seconds,
               "--json", "-", *more, server.url(path)]
    before = cpu_seconds(server.pid)
    result = json.loads(run_bound(command, client_cpu, seconds + 60))
    used = cpu_seconds(server.pid) - before
    if result["errors"]["total"] > 0:
        raise BenchError(f"errors at {path}: {result['errors']} {result['statuses']}")
    return Sample(used / result["ok"], result["ok_per_s"], result["ok"])


def raised_priority():
    """What goes before a command so that other work on its CPU does not delay it; nothing where
    that is not allowed."""
    command = ["chrt", "-f", "10"]
    allowed = subprocess.run([*command, "true"], stderr=subprocess.DEVNULL).returncode == 0
    return command if allowed else []


def latency_at_rate(binary, server, path, rate, seconds, client_cpu, *more):
    """What tailrace-load says of an open loop at a real-time priority, where it may have one."""
    return open_loop(binary, server, path, rate, seconds, client_cpu, raised_priority(), *more)


def open_loop(binary, server, path, rate, seconds, client_cpu, prefix, *more):
    """What tailrace-load says of an open loop; every answer must be a success. `prefix` goes before
    its command."""
    command = [*prefix, binary, "--rate", rate, "--duration", seconds, "--json", "-",
               *more, server.url(path)]
    result = json.loads(run_bound(command, client_cpu, seconds + 60))
    if result["errors"]["total"] > 0:
        raise BenchError(f"errors at {path}: {result['errors']} {result['statuses']}")
    return result


def with_digest(floor_binary, body_bytes, cpu):
    """SHA-256 of so many bytes, alone."""
    return Sample(float(run_bound([floor_binary, "--digest", body_bytes], cpu, 30)) / 1e9, 0)


def added(samples, others):
    """Round by round, what one and the other cost together."""
    return [Sample(a.cpu_s + b.cpu_s, 0) for a, b in zip(samples, others)]


def fetch(server, path, body=None, content_type="application/octet-stream"):
    """One request, to see that the answer is right before many are counted: (status, body)."""
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=10)
    try:
        headers = {} if body is None else {"Content-Type": content_type}
        connection.request("GET" if body is None else "POST", path, body, headers)
        answer = connection.getresponse()
        return answer.status, answer.read()
    finally:
        connection.close()


def exposition(server):
    """What tailrace says of itself, in bytes."""
    connection = http.client.HTTPConnection("127.0.0.1", server.admin_port, timeout=10)
    try:
        connection.request("GET", "/metrics")
        return connection.getresponse().read()
    finally:
        connection.close()


def metrics(server):
    """The same by series, as it stands in the exposition -> value."""
    text = exposition(server).decode()
    lines = (line.rpartition(" ") for line in text.splitlines() if not line.startswith("#"))
    return {series: float(value) for series, _, value in lines}


class Load:
    """tailrace-load beside what the caller does meanwhile. Ended early if it still runs when left;
    `result` then holds what it found."""

    def __init__(self, binary, log, cpu, *arguments, prefix=()):
        self.command = list(map(str, [*prefix, binary, *arguments, "--json", "-"]))
        self.log, self.cpu, self.result = log, cpu, None

    def __enter__(self):
        with open(self.log, "wb") as log:
            self.process = subprocess.Popen(
                self.command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=log,
                preexec_fn=child_setup(self.cpu))
        return self

    def wait(self, seconds):
        output, _ = self.process.communicate(timeout=seconds)
        self.result = json.loads(output)

    def __exit__(self, *_):
        if self.result is None:
            self.process.terminate()
            self.wait(30)


def expect(server, path, right, body=None):
    """Requires status 200 and a body for which `right` holds."""
    status, answer = fetch(server, path, body)
    if status != 200 or not right(answer):
        raise BenchError(f"{server.name} {path}: wrong answer {status} {answer[:300]!r}")


def query(**parameters):
    return urllib.parse.urlencode(parameters, safe=":/")


def interleaved(subjects, rounds):
    """Measures every subject once a round, each round beginning with another one, so that a
    change of the machine's mood hits all. `subjects`: name -> function giving a Sample."""
    names = list(subjects)
    samples = {name: [] for name in names}
    for turn in range(rounds):
        shift = turn % len(names)
        for name in names[shift:] + names[:shift]:
            samples[name].append(subjects[name]())
    return samples


def median_cpu(samples):
    return statistics.median(sample.cpu_s for sample in samples)


def median_rate(samples):
    return statistics.median(sample.per_s for sample in samples)


def ratios(samples, reference):
    """Of CPU time, round by round: only what was measured close together is compared."""
    return [a.cpu_s / b.cpu_s for a, b in zip(samples, reference)]
