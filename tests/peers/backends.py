"""What stands behind a proxy and tells what it was asked: tailrace, and stubs that are lax."""

import dataclasses
import hashlib
import json
import pathlib
import socketserver
import threading
import time
import urllib.request

import processes


@dataclasses.dataclass
class Served:
    """A request as the backend understood it. Without a method, it was refused unread."""

    method: str
    target: str
    id: str
    status: int


class Tailrace(processes.Server):
    def __init__(self, binary, directory):
        directory = pathlib.Path(directory)
        directory.mkdir()
        self.port_file = directory / "ports"
        command = [binary, "--listen", "127.0.0.1:0", "--admin-listen", "127.0.0.1:0",
                   "--port-file", self.port_file, "--io-threads", "1", "--access-log", "all",
                   "--log-format", "json"]
        super().__init__("tailrace", command, directory / "log")
        self.lines = processes.Lines(self.output)

    def find_port(self):
        return processes.ports_in(self.port_file).get("public")

    def served(self):
        """What it has logged since the last call."""
        found = []
        for line in self.lines.read():
            entry = json.loads(line.decode("utf-8", "replace"))
            if entry["level"] == "access":
                found.append(Served(entry["method"], entry["target"], entry["request_id"],
                                    entry["status"]))
        return found

    def counted(self):
        """Requests in its metrics, but for those that ask for metrics."""
        url = f"http://127.0.0.1:{processes.ports_in(self.port_file)['admin']}/metrics"
        with urllib.request.urlopen(url, timeout=5) as answer:
            lines = answer.read().decode().splitlines()
        return sum(int(float(line.rpartition(" ")[2])) for line in lines
                   if line.startswith("tailrace_http_requests_total{")
                   and 'route="/metrics"' not in line)


class Stub:
    """Answers like tailrace. Laxness is what the test must see: "length-only" does not know
    Transfer-Encoding, "short" digests all but the last byte, "uncounted" logs nothing."""

    def __init__(self, laxness=None):
        self.name = f"stub ({laxness or 'strict'})"
        self.laxness, self.lock, self.log, self.count = laxness, threading.Lock(), [], 0

    def __enter__(self):
        stub = self

        class Handler(socketserver.StreamRequestHandler):
            def handle(self):
                try:
                    while stub.serve(self.rfile, self.wfile):
                        pass
                except (OSError, ValueError):
                    pass

        class Threads(socketserver.ThreadingTCPServer):
            daemon_threads = True

        self.server = Threads(("127.0.0.1", 0), Handler)
        self.port = self.server.server_address[1]
        self.thread = threading.Thread(target=self.server.serve_forever, args=(0.02,))
        self.thread.start()
        return self

    def __exit__(self, *_):
        self.server.shutdown()
        self.thread.join()
        self.server.server_close()

    def served(self):
        with self.lock:
            log, self.log = self.log, []
        return log

    def counted(self):
        with self.lock:
            return self.count

    def serve(self, received, answers):
        line = received.readline()
        if not line:
            return False
        words = line.decode("latin-1").split()
        fields = {}
        while (field := received.readline()) not in (b"\r\n", b"\n", b""):
            name, _, value = field.decode("latin-1").partition(":")
            fields[name.lower()] = value.strip()
        if "expect" in fields:
            answers.write(b"HTTP/1.1 100 Continue\r\n\r\n")
        body = self.body_of(fields, received)
        method, target = (words + ["", ""])[:2]
        self.answer(method, target, fields, body, answers)
        return fields.get("connection", "").lower() != "close"

    def body_of(self, fields, received):
        if "transfer-encoding" in fields and self.laxness != "length-only":
            body = b""
            while size := int(received.readline().partition(b";")[0], 16):
                body += received.read(size)
                received.readline()
            while received.readline() not in (b"\r\n", b""):
                pass
            return body
        if self.laxness == "length-only":
            time.sleep(0.03)  # an answer at once would end the connection before the body came
        return received.read(int(fields.get("content-length", 0)))

    def answer(self, method, target, fields, body, answers):
        hashed = method == "POST" and target.startswith("/v1/hash")
        probe = target.startswith("/livez")
        status = 200 if hashed or probe else 404
        name = fields.get("x-request-id", "")
        counts = body[:-1] if self.laxness == "short" else body
        text = json.dumps({"bytes": len(counts),
                           "digests": {"sha256": hashlib.sha256(counts).hexdigest()}},
                          separators=(",", ":"))
        with self.lock:
            self.count += 1
            if self.laxness != "uncounted" or probe:
                self.log.append(Served(method, target, "" if probe else name, status))
        head = f"HTTP/1.1 {status} Stub\r\nContent-Length: {len(text)}\r\nX-Request-Id: {name}\r\n"
        if fields.get("connection", "").lower() == "close":
            head += "Connection: close\r\n"
        answers.write((head + "\r\n" + ("" if method == "HEAD" else text)).encode("latin-1"))
