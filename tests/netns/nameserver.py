"""A name server that lies as it is told: UDP and TCP, any records, others for every question."""

import asyncio
import dataclasses
import ipaddress
import struct

import connections

ADDRESS, PORT = "127.0.0.53", 53
A, CNAME, AAAA, IN = 1, 5, 28, 1
NAME_ERROR = 3


@dataclasses.dataclass
class Zone:
    """What a name leads to: `answers` one after the other, of which the last one stays.

    An answer is a list of addresses of both families. With `flips` every question is answered by
    the next answer, otherwise only rebind() leads to it. `aliases` is the length of a CNAME chain
    before the addresses; the last alias is `alias`, if given. With `truncated` UDP asks for TCP.
    """

    answers: list
    flips: bool = False
    aliases: int = 0
    alias: str = None
    truncated: bool = False
    turn: int = 0

    def rebind(self):
        self.turn += 1

    def now(self):
        answer = self.answers[min(self.turn, len(self.answers) - 1)] if not self.flips else \
            self.answers[self.turn % len(self.answers)]
        if self.flips:
            self.rebind()
        return answer


def wire_name(name):
    return b"".join(bytes([len(label)]) + label.encode() for label in name.split(".")) + b"\0"


def question_of(query):
    labels, at = [], 12
    while query[at]:
        labels.append(query[at + 1:at + 1 + query[at]].decode("latin-1"))
        at += 1 + query[at]
    kind, = struct.unpack_from("!H", query, at + 1)
    return ".".join(labels).lower(), kind, query[12:at + 5]


def record(owner, kind, data):
    return wire_name(owner) + struct.pack("!HHIH", kind, IN, 0, len(data)) + data


def records_of(name, kind, zone):
    found, owner = [], name
    for number in range(zone.aliases):
        last = number == zone.aliases - 1
        alias = zone.alias if last and zone.alias else f"alias{number}.{name}"
        found.append(record(owner, CNAME, wire_name(alias)))
        owner = alias
    version = 4 if kind == A else 6
    for address in zone.now():
        if ipaddress.ip_address(address).version == version:
            found.append(record(owner, kind, ipaddress.ip_address(address).packed))
    return found


class Nameserver(asyncio.DatagramProtocol):
    def __init__(self):
        self.zones, self.by_udp, self.by_tcp = {}, 0, 0

    def add(self, name, *answers, **options):
        self.zones[name.lower()] = zone = Zone(list(answers), **options)
        return zone

    async def __aenter__(self):
        loop = asyncio.get_running_loop()
        self.udp, _ = await loop.create_datagram_endpoint(lambda: self, (ADDRESS, PORT))
        self.connections = connections.Connections(self._serve_tcp)
        self.tcp = await asyncio.start_server(self.connections, ADDRESS, PORT, backlog=1024)
        return self

    async def __aexit__(self, *_):
        self.udp.close()
        self.tcp.close()
        await self.connections.end()

    def datagram_received(self, data, addr):
        self.by_udp += 1
        self.udp.sendto(self._answer(data, by_udp=True), addr)

    async def _serve_tcp(self, reader, writer):
        while True:
            size, = struct.unpack("!H", await reader.readexactly(2))
            query = await reader.readexactly(size)
            self.by_tcp += 1
            answer = self._answer(query, by_udp=False)
            writer.write(struct.pack("!H", len(answer)) + answer)

    def _answer(self, query, by_udp):
        name, kind, question = question_of(query)
        zone = self.zones.get(name)
        truncated = bool(zone and zone.truncated and by_udp)
        found = []
        if zone and not truncated and kind in (A, AAAA):
            found = records_of(name, kind, zone)
        flags = 0x8580 | (0x0200 if truncated else 0) | (0 if zone else NAME_ERROR)
        return query[:2] + struct.pack("!HHHHH", flags, 1, len(found), 0, 0) + question + \
            b"".join(found)
