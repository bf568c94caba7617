"""HTTP origins at every address of the namespace, on a few ports, that count connections."""

import asyncio
import dataclasses
import ipaddress
import socket
import struct
import zlib

import connections
import wire

# Allowed by the setting in every instance here unless it says otherwise, and others that are not.
CLOSED_PORT = 81  # allowed, but nobody listens
ALLOWED_PORTS = (80, CLOSED_PORT, 443, 8080)
PORTS = (22, 80, 443, 3128, 6379, 8080, 8443)
TLS_HANDSHAKE = b"\x16"
PROXY = ipaddress.ip_address("93.184.216.77")  # nobody is ever sent there but by HTTP_PROXY


def _chunk(kind, data):
    return struct.pack("!I", len(data)) + kind + data + struct.pack("!I", zlib.crc32(kind + data))


PNG = b"\x89PNG\r\n\x1a\n" + _chunk(b"IHDR", struct.pack("!IIBBBBB", 8, 8, 8, 0, 0, 0, 0)) + \
    _chunk(b"IDAT", zlib.compress(b"".join(b"\0" + bytes(range(8)) for _ in range(8)))) + \
    _chunk(b"IEND", b"")


@dataclasses.dataclass
class Redirect:
    """`then` is called before the answer leaves: a name can have moved when it is followed."""

    status: int
    location: bytes
    then: object = None


class Origins:
    """GET /to/KEY redirects; /close ends the connection; everything else is a small image."""

    def __init__(self):
        self.redirects, self.accepted = {}, []
        self.connections = connections.Connections(self._serve)

    def add(self, key, *redirect):
        self.redirects[f"/to/{key}"] = Redirect(*redirect)

    def seen(self):
        """Where connections came in since the last call, as wire.Seen."""
        found, self.accepted = self.accepted, []
        return found

    async def __aenter__(self):
        self.servers = []
        for port in PORTS:
            for family, anywhere in ((socket.AF_INET, "0.0.0.0"), (socket.AF_INET6, "::")):
                self.servers.append(await asyncio.start_server(
                    self.connections, anywhere, port, family=family, backlog=4096))
        return self

    async def __aexit__(self, *_):
        for server in self.servers:
            server.close()
        await self.connections.end()

    async def _serve(self, reader, writer):
        address, port = writer.get_extra_info("sockname")[:2]
        address = ipaddress.ip_address(address.partition("%")[0])
        self.accepted.append(wire.Seen(address, port))
        while await self._answer(reader, writer):
            pass

    async def _answer(self, reader, writer):
        head = await reader.readexactly(1)
        if head == TLS_HANDSHAKE:
            return False
        head += await reader.readuntil(b"\r\n\r\n")
        target = head.split(b" ", 2)[1].decode("latin-1")
        redirect = self.redirects.get(target)
        if redirect:
            if redirect.then:
                redirect.then()
            lines = [b"HTTP/1.1 %d Moved" % redirect.status, b"Location: " + redirect.location,
                     b"Content-Length: 0", b"Connection: close"]
            body = b""
        else:
            closes = target.startswith("/close")
            body = PNG
            lines = [b"HTTP/1.1 200 OK", b"Content-Type: image/png",
                     b"Content-Length: %d" % len(PNG),
                     b"Connection: close" if closes else b"Connection: keep-alive"]
        writer.write(b"\r\n".join(lines) + b"\r\n\r\n" + body)
        await writer.drain()
        return b"Connection: keep-alive" in lines
