"""Connections that are opened and then held, by a process of their own (so that the limit of open
files counts for them alone), which this file also is: held.py PORT COUNT SOURCE [REQUEST_FILE]."""

import contextlib
import resource
import socket
import subprocess
import sys

from servers import BenchError, child_setup

OPEN_SECONDS_MAX = 60
SPARE_FILES = 500  # what servers keep for themselves


def require_files(count):
    """An error where a process may not open so many files."""
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if hard != resource.RLIM_INFINITY and hard < count + SPARE_FILES:
        raise BenchError(f"{count} open files are needed, {hard} allowed (ulimit -Hn)")


class Held:
    """`count` connections to a server, opened when entered and closed when left. With a request
    each has sent it once and received the answer. `turn` picks the source address: connections
    closed a moment ago still occupy their ports."""

    def __init__(self, server, count, cpu, turn=0, request=None):
        require_files(count)
        self.count = count
        command = [sys.executable, __file__, str(server.port), str(count), f"127.0.1.{turn + 1}"]
        self.command = command + ([str(request)] if request else [])
        self.setup = child_setup(cpu)
        self.process = None

    def __enter__(self):
        self.process = subprocess.Popen(self.command, stdin=subprocess.PIPE, preexec_fn=self.setup,
                                        stdout=subprocess.PIPE, text=True)
        try:
            self._expect_all()
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_):
        with contextlib.suppress(BrokenPipeError):
            self.process.stdin.close()
        self.process.wait(OPEN_SECONDS_MAX)
        self.process.stdout.close()

    def still_open(self):
        self.process.stdin.write("\n")
        self.process.stdin.flush()
        return int(self.process.stdout.readline() or 0)

    def expect_all(self):
        """A figure for held connections means nothing when the server has closed some."""
        found = self.still_open()
        if found != self.count:
            raise BenchError(f"of {self.count} held connections {found} are open")

    def _expect_all(self):
        line = self.process.stdout.readline()
        if line.strip() != str(self.count):
            raise BenchError(f"{self.count} connections could not be opened")


def _exchange(connection, request):
    connection.sendall(request)
    answer = b""
    while b"\r\n\r\n" not in answer:
        answer += _some(connection)
    head, _, body = answer.partition(b"\r\n\r\n")
    status, *fields = head.split(b"\r\n")
    if b" 200" not in status:
        raise ConnectionError(status.decode(errors="replace"))
    length = next(int(f.partition(b":")[2]) for f in fields
                  if f.lower().startswith(b"content-length:"))
    while len(body) < length:
        body += _some(connection)


def _some(connection):
    data = connection.recv(65536)
    if not data:
        raise ConnectionError("closed by the server")
    return data


def _is_open(connection):
    """Also when the server has sent something: it is only gone at the end of its stream."""
    try:
        return bool(connection.recv(1, socket.MSG_PEEK | socket.MSG_DONTWAIT))
    except BlockingIOError:
        return True
    except OSError:
        return False


def main(port, count, source, request_file=None):
    request = open(request_file, "rb").read() if request_file else b""
    connections = []
    for _ in range(int(count)):
        connection = socket.create_connection(("127.0.0.1", int(port)), 10, (source, 0))
        if request:
            _exchange(connection, request)
        connection.settimeout(None)  # Python would wait for it even where MSG_DONTWAIT is given
        connections.append(connection)
    print(len(connections), flush=True)
    for _ in sys.stdin:
        print(sum(map(_is_open, connections)), flush=True)


if __name__ == "__main__":
    main(*sys.argv[1:])
