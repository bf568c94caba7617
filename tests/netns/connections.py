"""Connections of an asyncio server that end with it, without a word on standard error."""

import asyncio
import contextlib


class Connections:
    """Callable as what asyncio.start_server() calls; `serve` is a coroutine function likewise."""

    def __init__(self, serve):
        self.serve, self.writers = serve, {}

    async def __call__(self, reader, writer):
        self.writers[asyncio.current_task()] = writer
        with contextlib.suppress(OSError, asyncio.IncompleteReadError, ValueError):
            await self.serve(reader, writer)
        writer.close()
        del self.writers[asyncio.current_task()]

    async def end(self):
        for writer in self.writers.values():
            writer.transport.abort()
        await asyncio.gather(*self.writers)
