"""Sends cases through a proxy to a backend and compares, request by request, what the one has
forwarded with what the other has served."""

import hashlib
import re
import select
import socket
import time

QUIET_SECONDS = 0.25   # no more answers are to be expected
PAUSE_SECONDS = 0.01   # a proxy has passed on what it has
AGREE_SECONDS = 4      # until both logs must tell of the same requests: over the proxies' time-outs
LOOKS_MIN = 50         # and so often they are looked at, where the machine itself stood still
GRACE_SECONDS = 0.3    # and until both should, where the proxy gave up on the way
LOGGED_BYTES_MAX = 1024  # of each value in tailrace's log
PROBE = "/livez?sync="
MARK = re.compile(r"c\d+-\w+(-hidden)?$")
STATUS_LINE = re.compile(rb"(?:^|(?<=\n)|(?<=\}))HTTP/1\.[01] (\d{3}) ")


def talk(port, *pieces):
    """Everything that is answered until the peer closes or says no more."""
    received = b""
    with socket.create_connection(("127.0.0.1", port), 5) as connection:
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        try:
            connection.sendall(pieces[0])
            for piece in pieces[1:]:
                select.select([connection], [], [], PAUSE_SECONDS)
                connection.sendall(piece)
            connection.settimeout(QUIET_SECONDS)
            while piece := connection.recv(65536):
                received += piece
        except OSError:
            pass
    return received


def digests_in(received):
    """Mark -> (bytes, SHA-256) of each answer that says what was received."""
    starts = [match.start() for match in STATUS_LINE.finditer(received)] + [len(received)]
    found = {}
    for begin, end in zip(starts, starts[1:]):
        answer = received[begin:end]
        mark = re.search(rb"(?i)\r\nX-Request-Id: (\S+)\r\n", answer)
        size = re.search(rb'"bytes":(\d+)', answer)
        digest = re.search(rb'"sha256":"([0-9a-f]{64})"', answer)
        if mark and size and digest:
            found[mark.group(1).decode()] = (int(size.group(1)), digest.group(1).decode())
    return found


def same(forwarded, served):
    if not served.method:
        # Refused unread: all that is known of it is that it was one request.
        return served.status >= 400
    if MARK.match(forwarded.id) and MARK.match(served.id) and forwarded.id != served.id:
        return False
    return forwarded.method == served.method and \
        forwarded.target.encode()[:LOGGED_BYTES_MAX] == served.target.encode()


def pair(forwarded, served):
    """Pairs of the same request, and what is left of each list."""
    pairs, rest = [], list(served)
    for exact in (True, False):
        for one in list(forwarded):
            other = next((s for s in rest if bool(s.method) == exact and same(one, s)), None)
            if other is not None and not any(one is f for f, _ in pairs):
                rest.remove(other)
                pairs.append((one, other))
    return pairs, [f for f in forwarded if not any(f is p for p, _ in pairs)], rest


def body_problems(case, forwarded, received):
    answers = digests_in(received)
    by_proxy = {f.id: f.digest for f in forwarded if f.digest}
    for mark, (size, digest) in answers.items():
        known = case.bodies.get(mark)
        if known is not None and (size, digest) != (len(known), hashlib.sha256(known).hexdigest()):
            yield f"body of {mark}: {size} bytes, sent were {known!r}"
        if mark in by_proxy and digest != by_proxy[mark]:
            yield f"body of {mark}: {size} bytes, the proxy forwarded others"


def problems_of(case, forwarded, served, received):
    pairs, unserved, unforwarded = pair(forwarded, served)
    for one in unforwarded:
        yield f"served but never forwarded: {one}"
    for one in unserved:
        if one.clean:
            yield f"forwarded but never served: {one}"
    for one, other in pairs:
        if one.clean and one.status != other.status:
            yield f"status {one.status} by the proxy, {other.status} by the backend: {other}"
    yield from body_problems(case, forwarded, received)


class Differential:
    def __init__(self, proxy, backend, agree_seconds=AGREE_SECONDS):
        self.proxy, self.backend, self.agree_seconds = proxy, backend, agree_seconds
        self.turn, self.compared, self.digested = 0, 0, 0
        self.counted = backend.counted()
        self.served, self.forwarded = [], []

    def run(self, cases):
        """Yields each case with the list of what is wrong with it."""
        for case in cases:
            received = talk(self.proxy.port, *case.pieces)
            late = self.settle()
            wrong = late + list(problems_of(case, self.forwarded, self.served, received))
            self.compared += len(self.forwarded)
            self.digested += len(digests_in(received))
            yield case, wrong

    def settle(self):
        """Gathers all that the case before has caused. A request of our own through the proxy tells
        that both logs have come so far, and that no answer of the case was left on a connection
        for somebody else."""
        target, answer = self._probe()
        self.served, self.forwarded = [], []
        begun, looks = time.monotonic(), 0
        while looks < LOOKS_MIN or time.monotonic() < begun + self.agree_seconds:
            looks += 1
            self.served += self.backend.served()
            self.forwarded += self.proxy.forwarded()
            silent = [name for name, log in (("the backend's", self.served),
                                             ("the proxy's", self.forwarded))
                      if not any(one.target == target for one in log)]
            if not silent and self._agree(time.monotonic() > begun + GRACE_SECONDS):
                break
            time.sleep(0.002)
        problems = [f"{name} log does not tell of the next client's request" for name in silent]
        if not answer.startswith(b"HTTP/1.1 200 "):
            problems.append(f"the next client's request was answered: {answer[:200]!r}")
        counted = self.backend.counted() - self.counted
        self.counted += counted
        if counted != len(self.served):
            problems.append(f"{counted} requests counted, {len(self.served)} logged")
        for log in (self.served, self.forwarded):
            log[:] = [one for one in log if not one.target.startswith(PROBE)]
        return problems

    def _probe(self):
        self.turn += 1
        target = PROBE + str(self.turn)
        return target, talk(self.proxy.port, f"GET {target} HTTP/1.1\r\nHost: a\r\n"
                                             "Connection: close\r\n\r\n".encode())

    def _agree(self, leniently):
        _, unserved, unforwarded = pair(self.forwarded, self.served)
        return not unforwarded and not any(one.clean or not leniently for one in unserved)
