"""Servers as child processes on loopback: up when entered, ended by process id when left."""

import ctypes
import pathlib
import signal
import socket
import subprocess
import time

PR_SET_PDEATHSIG = 1
START_SECONDS_MAX = 20
STOP_SECONDS_MAX = 10


class PeerError(Exception):
    """A server does not do what the test needs before it can judge anything."""


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def _end_with_parent():
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGTERM)


def ports_in(file):
    """Name -> port, of a --port-file; nothing while it is not there."""
    text = file.read_text() if file.exists() else ""
    return {name: int(port) for name, port in (line.split("=") for line in text.splitlines())}


class Lines:
    """Whole lines of a file as they are added."""

    def __init__(self, path):
        self.path, self.position = path, 0

    def read(self):
        with self.path.open("rb") as file:
            file.seek(self.position)
            whole, newline, _ = file.read().rpartition(b"\n")
        self.position += len(whole) + len(newline)
        return whole.split(b"\n") if whole else []


class Server:
    """Must be entered by the thread that outlives it: the child ends when that thread does."""

    def __init__(self, name, command, output, port=None):
        self.name, self.command, self.port = name, [str(part) for part in command], port
        self.output = pathlib.Path(output)
        self.process = None

    def find_port(self):
        """The port, or None while it is not known yet."""
        return self.port

    def __enter__(self):
        with self.output.open("ab") as output:
            self.process = subprocess.Popen(self.command, stdin=subprocess.DEVNULL, stdout=output,
                                            stderr=output, preexec_fn=_end_with_parent)
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

    def _wait_until_it_accepts(self):
        end = time.monotonic() + START_SECONDS_MAX
        while time.monotonic() < end and self.process.poll() is None:
            self.port = self.find_port()
            try:
                if self.port:
                    socket.create_connection(("127.0.0.1", self.port), 1).close()
                    return
            except OSError:
                pass
            time.sleep(0.02)
        tail = self.output.read_text(errors="replace")[-2000:]
        raise PeerError(f"{self.name} did not start: {' '.join(self.command)}\n{tail}")
