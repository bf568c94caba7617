#!/usr/bin/python3
"""POST /v1/hash as a careful asyncio service does it: the yardstick of `bench --only hash_table`.

Bodies are digested as they arrive. Where the length is known and small, that happens on the event
loop; of larger bodies a piece is gathered, then digested in a thread (hashlib releases the
interpreter's lock) while the next one arrives. One process, or several behind one port, among which
the kernel shares out connections. Ends at SIGTERM, with all its processes.
"""

import argparse
import asyncio
import concurrent.futures
import hashlib
import os
import sys

from aiohttp import web

sys.dont_write_bytecode = True
import processes  # noqa: E402

# A hop to a thread and back takes some tens of microseconds: a small part of digesting this much,
# and up to here the loop is not held long.
INLINE_BYTES_MAX = 256 * 1024
READ_BUFFER_BYTES = 256 * 1024  # as much as asyncio receives at once; 64 KiB is aiohttp's default


def update_all(digest, chunks):
    for chunk in chunks:
        digest.update(chunk)


async def digest_here(content):
    digest, size = hashlib.sha256(), 0
    async for chunk in content.iter_any():
        digest.update(chunk)
        size += len(chunk)
    return digest, size


async def digest_in_threads(content, piece_bytes):
    """At most one piece is in a thread while another one is gathered."""
    loop = asyncio.get_running_loop()
    digest, size = hashlib.sha256(), 0
    busy, piece, gathered = None, [], 0
    try:
        async for chunk in content.iter_any():
            piece.append(chunk)
            gathered += len(chunk)
            if gathered >= piece_bytes:
                if busy is not None:
                    await busy
                busy = loop.run_in_executor(None, update_all, digest, piece)
                size += gathered
                piece, gathered = [], 0
    finally:
        # Also when the client is gone: nobody else would see how the thread's work ended.
        if busy is not None:
            await busy
    update_all(digest, piece)
    return digest, size + gathered


async def digest_whole(request):
    """What most services do: read all, then digest it."""
    body, digest = await request.read(), hashlib.sha256()
    if len(body) <= request.app["inline_bytes_max"]:
        digest.update(body)
    else:
        await asyncio.to_thread(digest.update, body)
    return digest, len(body)


async def digest_streaming(request):
    length, inline_bytes_max = request.content_length, request.app["inline_bytes_max"]
    if length is not None and length <= inline_bytes_max:
        return await digest_here(request.content)
    return await digest_in_threads(request.content, inline_bytes_max)


async def hash_body(request):
    take = digest_whole if request.app["whole"] else digest_streaming
    digest, size = await take(request)
    answer = {"bytes": size, "digests": {"sha256": digest.hexdigest()}}
    content_type = request.headers.get("Content-Type")
    if content_type:
        answer["content_type"] = content_type
    return web.json_response(answer)


async def serve(listener, until, options):
    with concurrent.futures.ThreadPoolExecutor(len(os.sched_getaffinity(0)) + 1) as threads:
        asyncio.get_running_loop().set_default_executor(threads)
        app = web.Application(client_max_size=0)  # no limit
        app["inline_bytes_max"], app["whole"] = options.inline_bytes_max, options.whole
        app.router.add_post("/v1/hash", hash_body)
        await processes.serve(app, listener, until, read_bufsize=READ_BUFFER_BYTES)


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("port", type=int)
    parser.add_argument("--processes", type=int, default=1)
    parser.add_argument("--inline-bytes-max", type=int, default=INLINE_BYTES_MAX,
                        help="larger bodies are digested in threads (default: %(default)s)")
    parser.add_argument("--whole", action="store_true",
                        help="read a body to its end before digesting it")
    options = parser.parse_args()
    return processes.run(options.port, options.processes,
                         lambda listener, until: serve(listener, until, options))


if __name__ == "__main__":
    sys.exit(main())
