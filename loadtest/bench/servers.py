"""Real servers on free loopback ports, with configuration made for the run.

Each is a context manager: it is verified to accept connections when entered, and ended by its
process id when left, whatever happened in between.
"""

import ctypes
import json
import os
import pathlib
import resource
import signal
import socket
import subprocess
import time
import urllib.request

PR_SET_PDEATHSIG = 1
START_SECONDS_MAX = 10
STOP_SECONDS_MAX = 10


class BenchError(Exception):
    """The bench cannot give a figure it could stand by."""


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def child_setup(cpu):
    """What a child does before exec: keep to one CPU or a set of them (None: use all), end when the
    bench is killed, and open as many files as it may."""
    libc = ctypes.CDLL(None)
    cpus = {cpu} if isinstance(cpu, int) else cpu

    def prepare():
        libc.prctl(PR_SET_PDEATHSIG, signal.SIGTERM)
        if cpus is not None:
            os.sched_setaffinity(0, cpus)
        _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
        resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))

    return prepare


class Server:
    def __init__(self, name, command, cpu, log, port=None):
        self.name, self.command, self.cpu, self.port = name, command, cpu, port
        self.log = pathlib.Path(log)
        self.process = None

    @property
    def pid(self):
        return self.process.pid

    def url(self, path):
        return f"http://127.0.0.1:{self.port}{path}"

    def __enter__(self):
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                self.command, stdin=subprocess.DEVNULL, stdout=log, stderr=log,
                preexec_fn=child_setup(self.cpu))
        try:
            self._wait_until_it_accepts()
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_):
        if self.process.poll() is None:
            self.process.terminate()
        try:
            self.process.wait(STOP_SECONDS_MAX)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()

    def find_port(self):
        """The port, or None while it is not known yet."""
        return self.port

    def _wait_until_it_accepts(self):
        deadline = time.monotonic() + START_SECONDS_MAX
        while time.monotonic() < deadline:
            if self.process.poll() is not None:
                break
            self.port = self.find_port()
            if self.port:
                try:
                    socket.create_connection(("127.0.0.1", self.port), 1).close()
                    return
                except OSError:
                    pass
            time.sleep(0.02)
        tail = self.log.read_text(errors="replace")[-2000:]
        raise BenchError(f"{self.name} did not start: {' '.join(map(str, self.command))}\n{tail}")


NGINX_CONFIG = """\
daemon off;
worker_processes 1;
pid {dir}/nginx.pid;
error_log {dir}/error.log;
events {{ worker_connections 16384; }}
http {{
  access_log off;
  sendfile on;
  tcp_nodelay on;
  keepalive_requests 1000000000;
  open_file_cache max=100;
  client_body_temp_path {dir}/body;
  proxy_temp_path {dir}/proxy;
  fastcgi_temp_path {dir}/fastcgi;
  uwsgi_temp_path {dir}/uwsgi;
  scgi_temp_path {dir}/scgi;
  {http}
  server {{
    listen 127.0.0.1:{port};
    {server}
  }}
}}
"""


class Nginx(Server):
    """One worker; `server` and `http` are put into those blocks of its configuration."""

    def __init__(self, name, directory, cpu, server, http=""):
        directory = pathlib.Path(directory)
        directory.mkdir()
        port = free_port()
        config = directory / "nginx.conf"
        config.write_text(NGINX_CONFIG.format(dir=directory, port=port, server=server, http=http))
        command = ["nginx", "-e", directory / "error.log", "-p", directory, "-c", config]
        super().__init__(name, command, cpu, directory / "log", port)


def port_in(file, name):
    """The port of that name in a port file, or None while there is none."""
    if not file.exists():
        return None
    for line in file.read_text().splitlines():
        key, _, value = line.partition("=")
        if key.strip() == name and value.strip().isdigit():
            return int(value)
    return None


class Tailrace(Server):
    """With one I/O thread on one CPU, or as it is by default where `cpu` is None."""

    def __init__(self, binary, directory, cpu, local_root, extra=()):
        directory = pathlib.Path(directory)
        directory.mkdir()
        self.port_file = directory / "ports"
        threads = () if cpu is None else ("--io-threads", "1")
        command = [
            binary, "--listen", "127.0.0.1:0", "--admin-listen", "127.0.0.1:0",
            "--port-file", self.port_file, "--allow-source-networks", "127.0.0.0/8",
            "--allowed-source-ports", "1-65535", "--local-root", local_root,
            *threads, *extra]
        super().__init__("tailrace", command, cpu, directory / "log")

    def find_port(self):
        return port_in(self.port_file, "public")

    @property
    def admin_port(self):
        return port_in(self.port_file, "admin")


def nginx_proxy(directory, cpu, origin):
    """Passes everything on to the origin, over connections that it keeps."""
    return Nginx(
        "nginx proxy_pass", directory, cpu,
        'location / { proxy_pass http://origin; proxy_http_version 1.1; '
        'proxy_set_header Connection ""; }',
        f"upstream origin {{ server 127.0.0.1:{origin.port}; keepalive 64; "
        "keepalive_requests 1000000000; }")


class Floor(Server):
    """The bare epoll loop of loadtest/floor.cpp."""

    def __init__(self, binary, directory, cpu):
        directory = pathlib.Path(directory)
        directory.mkdir()
        port = free_port()
        super().__init__("floor", [binary, str(port)], cpu, directory / "log", port)


PEERS = pathlib.Path(__file__).resolve().parents[1] / "peers"


class AsyncioPeer(Server):
    """A service of loadtest/peers, with the interpreter of the distribution's packages."""

    PYTHON = "/usr/bin/python3"
    SCRIPT = None
    NEEDS = {"aiohttp": "python3-aiohttp"}  # module -> package

    def __init__(self, name, directory, cpu, extra=()):
        for module, package in self.NEEDS.items():
            if subprocess.run([self.PYTHON, "-c", f"import {module}"], stderr=subprocess.DEVNULL,
                              timeout=30).returncode != 0:
                raise BenchError(f"{package} is not installed (./dev deps bench)")
        directory = pathlib.Path(directory)
        directory.mkdir()
        port = free_port()
        command = [self.PYTHON, self.SCRIPT, str(port), *map(str, extra)]
        super().__init__(name, command, cpu, directory / "log", port)


class AsyncioHash(AsyncioPeer):
    """loadtest/peers/asyncio_hash.py."""

    SCRIPT = PEERS / "asyncio_hash.py"


class Origin(Server):
    """tailrace-origin: what it does is asked for by URL."""

    def __init__(self, binary, directory, cpu, extra=()):
        directory = pathlib.Path(directory)
        directory.mkdir()
        self.port_file = directory / "ports"
        command = [binary, "--listen", "127.0.0.1:0", "--counters-listen", "127.0.0.1:0",
                   "--port-file", self.port_file, *extra]
        super().__init__("origin", command, cpu, directory / "log")

    def find_port(self):
        return port_in(self.port_file, "port")

    def counters(self):
        url = f"http://127.0.0.1:{port_in(self.port_file, 'counters')}/_counters"
        with urllib.request.urlopen(url, timeout=10) as answer:
            return json.load(answer)

    def expect_understood(self):
        """A fault that was misspelt has not happened."""
        refused = self.counters()["refused"]
        if refused:
            raise BenchError(f"the origin did not understand {refused} requests:\n"
                             + self.log.read_text(errors="replace")[:2000])
