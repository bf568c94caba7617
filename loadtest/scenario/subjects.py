"""The service under load, the peer that it is compared with, and the origins; on the CPUs they are
given."""

import dataclasses
import http.client
import os
import time

import measure
import servers
from servers import BenchError

READY_SECONDS_MAX = 20


@dataclasses.dataclass
class Cpus:
    """Who runs where; None is everywhere."""
    service: frozenset
    client: frozenset
    total: int

    @property
    def service_count(self):
        return len(self.service) if self.service else self.total

    def text(self):
        if self.service is None:
            return f"service, generator and origin share {self.total} CPUs"
        return (f"service on CPU {listed(self.service)}, generator and origin on CPU "
                f"{listed(self.client)}")


def listed(cpus):
    return ",".join(map(str, sorted(cpus)))


def parse_cpus(text, allowed):
    """`0,2-3` -> a set; a ValueError says what is wrong."""
    found = set()
    for part in text.split(","):
        first, dash, last = part.partition("-")
        found |= set(range(int(first), int(last if dash else first) + 1))
    if not found or not found <= allowed:
        raise ValueError(f"'{text}': this process may use CPU {listed(allowed)}")
    return frozenset(found)


def placed(allowed, together=False, service=None, client=None):
    """The first half is the service's unless said otherwise; of one CPU all is shared."""
    if together or len(allowed) < 2:
        return Cpus(None, None, len(allowed))
    cpus = sorted(allowed)
    half = len(cpus) // 2
    return Cpus(service or frozenset(cpus[:half]), client or frozenset(cpus[half:]), len(cpus))


class Tailrace(servers.Tailrace):
    """With the threads that it takes by default on its CPUs; entered once it is ready."""

    def __init__(self, binary, directory, cpus, local_root, flags):
        if not binary.exists():
            raise BenchError(f"{binary} is not built")
        super().__init__(binary, directory, None, local_root, flags)
        self.cpu = cpus

    def __enter__(self):
        super().__enter__()
        try:
            self._wait_until_ready()
        except BaseException:
            self.__exit__()
            raise
        return self

    def _wait_until_ready(self):
        deadline = time.monotonic() + READY_SECONDS_MAX
        while time.monotonic() < deadline:
            status = self._readyz()
            if status == 200:
                return
            time.sleep(0.05)
        raise BenchError(f"tailrace is not ready after {READY_SECONDS_MAX} s: /readyz {status}")

    def _readyz(self):
        connection = http.client.HTTPConnection("127.0.0.1", self.admin_port, timeout=5)
        try:
            connection.request("GET", "/readyz")
            return connection.getresponse().status
        except OSError as error:
            return error
        finally:
            connection.close()

    def metrics(self):
        return measure.metrics(self)


class AsyncioImages(servers.AsyncioPeer):
    """loadtest/peers/asyncio_images.py. It has no metrics."""

    SCRIPT = servers.PEERS / "asyncio_images.py"
    NEEDS = {"aiohttp": "python3-aiohttp", "PIL": "python3-pil"}

    def __init__(self, directory, cpus, flags):
        super().__init__("asyncio", directory, cpus, flags)

    def metrics(self):
        return {}


def origin(binary, directory, cpus, files, flags):
    if not binary.exists():
        raise BenchError(f"{binary} is not built")
    made = servers.Origin(binary, directory, cpus, ["--root", files, *flags])
    return made


def own_cpus(cpus):
    """The runner itself keeps off the service's CPUs."""
    if cpus.client is not None:
        os.sched_setaffinity(0, cpus.client)
