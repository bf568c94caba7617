"""What the peers share: an application of aiohttp in several processes behind one port, all of
which end with the first."""

import asyncio
import contextlib
import os
import signal
import socket
import sys

from aiohttp import http_parser, web

BACKLOG = 1024


def bound_to(port):
    listener = socket.socket()
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
    listener.bind(("127.0.0.1", port))
    return listener


def run_each(listeners, serve_on):
    """A process for each listener, in which serve_on(listener, until) runs. They end when the pipe
    `until` does, so none outlives this one, even when it is killed; and when one of them fails, all
    end."""
    until, ours = os.pipe()
    started, start = os.pipe()
    children = []
    for listener in listeners:
        child = os.fork()
        if child == 0:
            for number in signal.SIGTERM, signal.SIGINT:
                signal.signal(number, signal.SIG_IGN)
            for other in listeners:
                if other is not listener:
                    other.close()
            os.close(ours)
            os.close(start)
            os.read(started, 1)
            asyncio.run(serve_on(listener, until))
            os._exit(0)
        children.append(child)
    # All listen before one serves, so that the kernel shares out the first connections, too; and
    # once all processes exist, so that who connects finds them complete.
    for listener in listeners:
        listener.listen(BACKLOG)
        listener.close()  # an open copy here would get connections that nobody takes
    os.close(start)
    failed = True
    try:
        ended, _ = os.wait()
        children.remove(ended)
    except (KeyboardInterrupt, SystemExit):
        failed = False
    os.close(ours)
    for child in children:
        with contextlib.suppress(ChildProcessError):
            os.waitpid(child, 0)
    return 1 if failed else 0


async def serve(app, listener, until, **options):
    """Until something, or the end, can be read from `until`."""
    ended = asyncio.Event()
    asyncio.get_running_loop().add_reader(until, ended.set)
    runner = web.AppRunner(app, access_log=None, **options)
    await runner.setup()
    try:
        await web.SockSite(runner, listener, shutdown_timeout=1, backlog=BACKLOG).start()
        await ended.wait()
    finally:
        await runner.cleanup()


def run(port, count, serve_on):
    """Until SIGTERM; the exit status."""
    if http_parser.HttpRequestParser is http_parser.HttpRequestParserPy:
        return "aiohttp lacks its compiled parser: several times slower, no fair yardstick"
    listeners = [bound_to(port) for _ in range(count)]
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    return run_each(listeners, serve_on)
