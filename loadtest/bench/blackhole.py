"""A listener that completes no connection: its queue is full, so that the kernel drops what comes,
as a dead host or a firewall does."""

import contextlib
import select
import socket

from servers import BenchError

FILLERS_MAX = 16


class BlackHole:
    def __enter__(self):
        self.stack = contextlib.ExitStack()
        listener = self.stack.enter_context(socket.socket())
        listener.bind(("127.0.0.1", 0))
        listener.listen(0)
        self.port = listener.getsockname()[1]
        try:
            for _ in range(FILLERS_MAX):
                if not self._connects():
                    return self
            raise BenchError("a black hole's queue has no end")
        except BaseException:
            self.stack.close()
            raise

    def __exit__(self, *_):
        self.stack.close()

    def url(self, path):
        return f"http://127.0.0.1:{self.port}{path}"

    def _connects(self):
        filler = self.stack.enter_context(socket.socket())
        filler.setblocking(False)
        filler.connect_ex(("127.0.0.1", self.port))
        _, writable, _ = select.select([], [filler], [], 0.1)
        return bool(writable)
