"""An origin of which nothing ever comes, until one request is told to fail: how long it then takes
until all other connections are closed. A bare epoll loop, since a thousand ends are to be seen
within a millisecond."""

import select
import socket
import time

from servers import BenchError

OPEN_SECONDS_MAX = 30
LOOK_INTERVAL_S = 0.0005
FAILURE = b"HTTP/1.1 500 Internal Server Error\r\nContent-Length: 0\r\n\r\n"


class Hanging:
    def __init__(self, count, failing):
        self.count, self.failing = count, failing

    def __enter__(self):
        self.listener = socket.create_server(("127.0.0.1", 0), backlog=4096)
        self.port = self.listener.getsockname()[1]
        self.connections = []
        return self

    def __exit__(self, *_):
        for connection in self.connections:
            connection.close()
        self.listener.close()

    def url(self, number):
        return f"http://127.0.0.1:{self.port}/{number}"

    def _accept_all(self):
        """The connection of the item that shall fail."""
        failing = None
        self.listener.settimeout(OPEN_SECONDS_MAX)
        for _ in range(self.count):
            connection, _ = self.listener.accept()
            connection.settimeout(OPEN_SECONDS_MAX)
            if connection.recv(65536).startswith(f"GET /{self.failing} ".encode()):
                failing = connection
            self.connections.append(connection)
        if failing is None:
            raise BenchError(f"item {self.failing} was not asked for")
        return failing

    def fail_one(self):
        """Seconds from the error sent to the last end of another connection."""
        failing = self._accept_all()
        open_ones = select.epoll()
        for connection in self.connections:
            if connection is not failing:
                open_ones.register(connection, select.EPOLLRDHUP | select.EPOLLET)
        left = self.count - 1
        began = time.monotonic()
        failing.sendall(FAILURE)
        while left:
            # Not asleep in poll(): to wake this process for each end would be the server's work,
            # and a third of what it does in that time.
            time.sleep(LOOK_INTERVAL_S)
            ended = open_ones.poll(0, self.count)
            now = time.monotonic()
            left -= len(ended)
            if now > began + OPEN_SECONDS_MAX:
                raise BenchError(f"{left} connections are still open")
        open_ones.close()
        return now - began
