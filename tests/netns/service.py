"""The service in the namespace, and its clients on a Unix socket: its own TCP connections are then
the only ones there are."""

import asyncio
import contextlib
import json
import os
import pathlib
import urllib.parse

import origins
import processes

PORT, ADMIN_PORT = 8081, 9464
SECONDS_MAX = 10  # for an answer; nothing here takes one

PARAMETERS = {"hash": "", "resize": "&width=4&format=png"}


class Service(processes.Server):
    """Every instance is told of proxies, which it must not use."""

    def __init__(self, binary, directory, **settings):
        directory = pathlib.Path(directory)
        directory.mkdir()
        self.socket = directory / "socket"
        proxy = f"http://{origins.PROXY}:8080"
        names = ("HTTP_PROXY", "http_proxy", "HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy")
        ports = ",".join(map(str, origins.ALLOWED_PORTS + (PORT, ADMIN_PORT)))
        unset = [name for name in os.environ
                 if name.upper() == "NO_PROXY" or name.startswith("TAILRACE_")]
        settings = {
            "listen": f"0.0.0.0:{PORT},unix:{self.socket}", "io_threads": "2",
            "admin_listen": f"127.0.0.1:{ADMIN_PORT}", "log_level": "warn",
            "allowed_source_ports": ports, "dns_ttl_max_ms": "0", "dns_negative_ttl_ms": "0",
            "long_queue_max": "1024",  # whatever the machine
            "long_queue_wait_ms_max": "60000",  # and however much comes at once
            "long_queue_burst_wait_ms_max": "60000",
        } | settings
        command = ["env", *(f"--unset={n}" for n in unset), *(f"{n}={proxy}" for n in names),
                   binary, *(f"--{n.replace('_', '-')}={v}" for n, v in settings.items())]
        super().__init__("tailrace", command, directory / "log", PORT)

    def runs(self):
        return self.process.poll() is None


class Client:
    """One keep-alive connection, made anew when the service has closed it."""

    def __init__(self, path, seconds_max=SECONDS_MAX):
        self.path, self.seconds_max = str(path), seconds_max
        self.reader = self.writer = None

    async def ask(self, endpoint, url, unquoted=""):
        """Status and error code, "" with 200; (0, what went wrong) without a whole answer."""
        quoted = urllib.parse.quote(url, safe=unquoted)
        return await self.get(f"/v1/{endpoint}?url={quoted}{PARAMETERS[endpoint]}")

    async def get(self, target):
        try:
            return await asyncio.wait_for(self._get(target), self.seconds_max)
        except asyncio.TimeoutError:
            self.close()
            return 0, f"no answer within {self.seconds_max} s"
        except (OSError, ValueError, asyncio.IncompleteReadError) as error:
            self.close()
            return 0, repr(error)

    def close(self):
        if self.writer:
            self.writer.close()
        self.reader = self.writer = None

    async def _get(self, target):
        if not self.writer:
            self.reader, self.writer = await asyncio.open_unix_connection(self.path)
        self.writer.write(f"GET {target} HTTP/1.1\r\nHost: a\r\n\r\n".encode("ascii"))
        head = await self.reader.readuntil(b"\r\n\r\n")
        status_line, *lines = head.decode("latin-1").split("\r\n")
        fields = {}
        for line in lines:
            name, _, value = line.partition(":")
            fields[name.lower()] = value.strip()
        body = await self.reader.readexactly(int(fields["content-length"]))
        if fields.get("connection", "").lower() == "close":
            self.close()
        status = int(status_line.split(" ")[1])
        return status, "" if status == 200 else json.loads(body).get("code", "")


@contextlib.asynccontextmanager
async def clients(path, count, **options):
    """The connections are closed in the end, or the service would wait for them when it stops."""
    made = [Client(path, **options) for _ in range(count)]
    try:
        yield made
    finally:
        writers = [client.writer for client in made if client.writer]
        for client in made:
            client.close()
        await asyncio.gather(*(writer.wait_closed() for writer in writers), return_exceptions=True)
