"""The verdict finds a service out that connects where it must not, answers 200, hangs or ends."""

import asyncio
import contextlib
import ipaddress
import random

import attempts
import campaign
import connections
import service

PER_WAY = 50

# What gives a leak away: a packet, an accepted connection, an answer that is a source's.
SIGNS = ("connecting to", "connected to", "200 ")
FEWER_SIGNS = {
    # 200 may also come from the allowed address.
    "name with an allowed address too": SIGNS[:2],
    "an answer of its own to every question": SIGNS[:2],
    # Nobody listens on that port.
    "name with a dead allowed address": SIGNS[:1],
}


def found_in(outcome, made, way, sign):
    return any(sign in problem for number, attempt in enumerate(made) if attempt.way == way
               for problem in outcome.problems[number])


async def leaks(lab, binary, directory, rng, tally):
    """Each way into 10.0.0.0/8, with a service that lets everybody in there."""
    network = ipaddress.ip_network("10.0.0.0/8")
    made = attempts.draw(rng, lab.names, lab.origin, 0, [network] * PER_WAY)
    with service.Service(binary, directory / "leaky",
                         allow_source_networks=str(network)) as running:
        outcome = await campaign.run(lab, running.socket, made)
        tally.add("selftest: a leaky service is alive", await campaign.alive(running))
    tally.add("selftest: the ended one is not", [] if await campaign.alive(running) else ["it is"])
    for way in attempts.WAYS:
        missing = [f"no '{sign}…'" for sign in FEWER_SIGNS.get(way, SIGNS)
                   if not found_in(outcome, made, way, sign)]
        tally.add(f"selftest: a leak by {way} is found out", missing)


@contextlib.asynccontextmanager
async def stub(path, answer):
    async def serve(reader, writer):
        while await reader.readuntil(b"\r\n\r\n"):
            writer.write(answer)

    clients = connections.Connections(serve)
    server = await asyncio.start_unix_server(clients, path)
    try:
        yield
    finally:
        server.close()
        await clients.end()


STUBS = {
    "silent": (b"", "0 no answer within"),
    "broken": (b"HTTP/1.1 403 Forbidden\r\nContent-Length: 5\r\n\r\nnone!", "0 "),
    "welcoming": (b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n", "200 "),
    "failing": (b'HTTP/1.1 500 Bug\r\nContent-Length: 15\r\n\r\n{"code":"oops"}', "500 oops"),
}


async def answers(lab, directory, rng, tally):
    for name, (answer, sign) in STUBS.items():
        path = str(directory / f"stub-{name}")
        made = attempts.draw(rng, lab.names, lab.origin, 8, [ipaddress.ip_network("10.0.0.0/8")])
        made = [attempt for attempt in made if attempt.way in ("literal", "name")]
        async with stub(path, answer):
            outcome = await campaign.run(lab, path, made, seconds_max=0.3)
        missed = [str(attempt) for number, attempt in enumerate(made)
                  if not any(f": {sign}" in problem for problem in outcome.problems[number])]
        tally.add(f"selftest: a {name} service is found out", missed)


async def run(lab, binary, directory, seed, tally):
    rng = random.Random(seed)
    await leaks(lab, binary, directory, rng, tally)
    await answers(lab, directory, rng, tally)
