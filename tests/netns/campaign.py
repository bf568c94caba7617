"""Makes attempts, many at once, and judges answers and connections."""

import asyncio
import collections

import attempts
import nameserver
import origins
import service

CLIENTS = 32


class Lab:
    """What surrounds the service: origins, name server, and both counts of connections."""

    def __init__(self, wire, origin, names):
        self.wire, self.origin, self.names = wire, origin, names

    async def connections(self):
        """Since the last call: as packets, without those to the name server, and as accepted."""
        packets = [seen for seen in self.wire.seen()
                   if (str(seen.address), seen.port) != (nameserver.ADDRESS, nameserver.PORT)]
        # Who connects may go away before the listener looks.
        expected = sum(seen.port in origins.PORTS for seen in packets)
        accepted, turns = self.origin.seen(), 50
        while len(accepted) < expected and turns:
            await asyncio.sleep(0.01)
            accepted, turns = accepted + self.origin.seen(), turns - 1
        return packets, accepted


def wrong(attempt, step, got):
    if got in step.expected:
        return None
    expected = " or ".join(f"{status} {code}".strip() for status, code in sorted(step.expected))
    return f"{attempt}: {got[0]} {got[1]} to {ascii(step.url)}, not {expected}"


async def _work(client, queue, problems):
    while queue:
        number, attempt = queue.popleft()
        for step in attempt.steps:
            if step.before:
                step.before()
            got = await client.ask(attempt.endpoint, step.url, attempt.unquoted)
            problem = wrong(attempt, step, got)
            if problem:
                problems[number].append(problem)


def leaks_of(packets, accepted, all_attempts, may):
    """Problems by the number of the attempt; -1 where nobody knows which it was."""
    problems = collections.defaultdict(list)
    by_address = {}
    for number, attempt in enumerate(all_attempts):
        by_address.setdefault(str(attempt.address), number)
        mapped = getattr(attempt.address, "ipv4_mapped", None)
        if mapped:
            by_address.setdefault(str(mapped), number)
    for what, seen_ones in (("connecting", packets), ("connected", accepted)):
        for seen in seen_ones:
            if not may(seen):
                number = by_address.get(str(seen.address), -1)
                whose = all_attempts[number] if number >= 0 else "somebody"
                problems[number].append(f"{what} to {seen.address} port {seen.port}: {whose}")
    return problems


class Outcome:
    def __init__(self, problems, packets, accepted):
        self.problems, self.packets, self.accepted = problems, packets, accepted


async def run(lab, socket, all_attempts, may=attempts.may_connect, **options):
    """Every attempt once. Connections from before are forgotten; `may` judges those that follow."""
    await lab.connections()
    queue = collections.deque(enumerate(all_attempts))
    problems = collections.defaultdict(list)
    async with service.clients(socket, CLIENTS, **options) as clients:
        await asyncio.gather(*(_work(client, queue, problems) for client in clients))
    packets, accepted = await lab.connections()
    for number, found in leaks_of(packets, accepted, all_attempts, may).items():
        problems[number] += found
    reached = {seen.address for seen in packets}
    for number, attempt in enumerate(all_attempts):
        if attempt.reaches is not None and attempt.reaches not in reached:
            problems[number].append(f"{attempt}: {attempt.reaches} was not connected to")
    return Outcome(problems, packets, accepted)


async def alive(running):
    async with service.clients(running.socket, 1) as (client,):
        status, why = await client.get("/livez")
    found = [] if status == 200 else [f"/livez: {status} {why}"]
    return found + ([] if running.runs() else ["the process has ended"])
