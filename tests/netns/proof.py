"""Connections of our own show that the listeners are there and that both counts see them."""

import asyncio
import ipaddress
import socket

import attempts
import origins
import ranges
import wire

SECONDS_MAX = 5

# Where Linux makes no TCP connection at all: broadcast, multicast, link-local without an interface.
IMPOSSIBLE = [ipaddress.ip_network(text) for text in (
    "127.255.255.255/32", "224.0.0.0/4", "255.255.255.255/32", "fe80::/10", "ff00::/8")]


def notable_addresses():
    for network in ranges.DENIED_V4 + ranges.DENIED_V6:
        yield from {network[0], network[-1], network[network.num_addresses // 2]}
    yield from ranges.NOTABLE
    yield origins.PROXY


async def connect(address, port):
    """Why it failed, or None."""
    family = socket.AF_INET6 if address.version == 6 else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as client:
        client.setblocking(False)
        try:
            connecting = asyncio.get_running_loop().sock_connect(client, (str(address), port))
            await asyncio.wait_for(connecting, SECONDS_MAX)
        except (OSError, asyncio.TimeoutError) as error:
            return error
    return None


def arrives_as(address):
    """The kernel takes "this host" for loopback."""
    if int(address) == 0:
        return type(address)("127.0.0.1" if address.version == 4 else "::1")
    return getattr(address, "ipv4_mapped", None) or address


async def run(lab, tally):
    """What the kernel does not connect to is said; everything else is a check."""
    await lab.connections()
    for address in notable_addresses():
        for port in (80, 443, 8080):
            failed = await connect(address, port)
            packets, accepted = await lab.connections()
            expected = [wire.Seen(arrives_as(address), port)]
            if failed and any(address in network for network in IMPOSSIBLE):
                continue
            problems = [f"{failed}"] if failed else []
            problems += [f"{what}: {seen}" for what, seen in
                        (("packets", packets), ("accepted", accepted)) if seen != expected]
            if attempts.may_connect(expected[0]):
                problems.append("it would pass for allowed")
            tally.add(f"a connection to {address} port {port} is counted", problems)
    closed = ranges.DENIED_V4[1][77]
    await connect(closed, 7)
    packets, accepted = await lab.connections()
    tally.add("an attempt at a closed port is counted",
              [] if (packets, accepted) == ([wire.Seen(closed, 7)], []) else [str(packets)])
    tally.note("the kernel connects to none of these, so that only answers tell: "
               + ", ".join(map(str, IMPOSSIBLE)))
