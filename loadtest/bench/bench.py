"""What scenarios of the bench are given; the cross-check of the generator runs two of them, too."""

import contextlib
import os
import pathlib

import measure
import servers

ROOT = pathlib.Path(__file__).resolve().parents[2]


class Bench:
    """What a scenario is given: where things are, how long to measure, and the usual servers."""

    def __init__(self, build, directory, rounds=None, quick=False, image=None):
        build = build.resolve()
        self.root, self.directory = ROOT, pathlib.Path(directory)
        self.build = build
        self.tailrace_binary = build / "tailrace"
        self.floor_binary = build / "tailrace-floor"
        self.load_binary = build / "tailrace-load"
        self.origin_binary = build / "tailrace-origin"
        self.quick, self.image = quick, image
        self.rounds = rounds or (2 if quick else 5)
        self.seconds = 1 if quick else 3
        cpus = sorted(os.sched_getaffinity(0))
        self.server_cpu, self.client_cpu = cpus[0], cpus[-1]
        self.load_before = os.getloadavg()[0]
        self.directories = 0

    def fresh_directory(self, name):
        self.directories += 1
        return self.directory / f"{name}-{self.directories}"

    def write_file(self, name, data):
        path = self.directory / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
        return path

    def stack(self):
        return contextlib.ExitStack()

    def nginx_return(self):
        return servers.Nginx("nginx return 200", self.fresh_directory("nginx"), self.server_cpu,
                             'location / { return 200 "hello"; }')

    def origin(self, *extra):
        """Shares the client's CPU: what it costs is not the server's."""
        return servers.Origin(self.origin_binary, self.fresh_directory("origin"), self.client_cpu,
                              extra)

    def nginx_proxy(self, origin):
        return servers.nginx_proxy(self.fresh_directory("proxy-nginx"), self.server_cpu, origin)

    def tailrace(self, local_root=None, *extra):
        if not self.tailrace_binary.exists():
            raise servers.BenchError(f"{self.tailrace_binary} is not built")
        return servers.Tailrace(self.tailrace_binary, self.fresh_directory("tailrace"),
                                self.server_cpu, local_root or self.directory, extra)

    def tailrace_on_all_cores(self):
        return servers.Tailrace(self.tailrace_binary, self.fresh_directory("tailrace"), None,
                                self.directory)

    def tailrace_with_lanes(self, lanes, local_root, *extra):
        """On all cores, with other lanes for its computations: see loadtest/lanes.cpp."""
        binary = self.build / "tailrace-lanes"
        if not binary.exists():
            raise servers.BenchError(f"{binary} is not built")
        server = servers.Tailrace(binary, self.fresh_directory("tailrace"), None, local_root, extra)
        server.command = ["env", f"BENCH_LANES={lanes}", *server.command]
        return server

    def asyncio_hash(self, name, *extra):
        return servers.AsyncioHash(name, self.fresh_directory("asyncio"), self.server_cpu, extra)

    def asyncio_hash_on_all_cores(self, name, *extra):
        return servers.AsyncioHash(name, self.fresh_directory("asyncio"), None,
                                   ["--processes", len(os.sched_getaffinity(0)), *extra])

    def floor(self):
        return servers.Floor(self.floor_binary, self.fresh_directory("floor"), self.server_cpu)

    def wrk(self, server, path, script=None):
        return measure.with_wrk(server, path, self.seconds, self.client_cpu, script)
