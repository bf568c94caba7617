"""A client beside an attack: it asks again and again, each time on a new connection."""

import socket
import threading
import time

INTERVAL_S = 0.1
LIMIT_S = 1.0


def ask(port, path):
    """Seconds until the answer, or None when it was not a 200 within the limit."""
    started = time.monotonic()
    deadline = started + LIMIT_S
    answer = b""
    try:
        with socket.create_connection(("127.0.0.1", port), LIMIT_S) as connection:
            connection.settimeout(max(0.001, deadline - time.monotonic()))
            connection.sendall(f"GET {path} HTTP/1.1\r\nHost: probe\r\n\r\n".encode())
            while b"\r\n\r\n" not in answer:
                connection.settimeout(max(0.001, deadline - time.monotonic()))
                data = connection.recv(4096)
                if not data:
                    return None
                answer += data
    except OSError:
        return None
    seconds = time.monotonic() - started
    return seconds if answer.startswith(b"HTTP/1.1 200") and seconds <= LIMIT_S else None


class Probe:
    """Asks every 100 ms from when it is entered until it is left, whether or not earlier questions
    are answered; `seconds` then has an entry for each."""

    def __init__(self, port, path):
        self.port, self.path = port, path
        self.seconds = []
        self.stopping = threading.Event()
        self.starter = threading.Thread(target=self._ask_regularly)

    def __enter__(self):
        self.starter.start()
        return self

    def __exit__(self, *_):
        self.stopping.set()
        self.starter.join()

    def _ask_regularly(self):
        questions, due = [], time.monotonic()
        while not self.stopping.is_set():
            question = threading.Thread(
                target=lambda: self.seconds.append(ask(self.port, self.path)))
            question.start()
            questions.append(question)
            due += INTERVAL_S
            self.stopping.wait(max(0, due - time.monotonic()))
        for question in questions:
            question.join()

    @property
    def answered(self):
        return [seconds for seconds in self.seconds if seconds is not None]
