"""Tests of the servers that the bench starts; a part of selftest.py."""

import os
import pathlib
import select
import signal
import subprocess
import sys
import tempfile
import unittest
import unittest.mock

import measure
import servers
from scenarios import hash_table


class AsyncioPeer(unittest.TestCase):
    def setUp(self):
        self.directory = pathlib.Path(self.enterContext(tempfile.TemporaryDirectory()))

    def start(self, *options):
        try:
            directory = pathlib.Path(tempfile.mkdtemp(dir=self.directory)) / "peer"
            return servers.AsyncioHash("asyncio", directory, None, options)
        except (servers.BenchError, FileNotFoundError):
            self.skipTest("python3-aiohttp is not installed")

    def expect_digests(self, server):
        # Nothing, on the loop, in threads, with several pieces and a last one that is not full;
        # each with a length and without one.
        for size in 0, 1000, 65_536, 65_537, 1_000_000:
            body = os.urandom(size)
            for sent in body, iter([body[:700], body[700:]]):
                measure.expect(server, "/v1/hash", lambda answer, body=body:
                               hash_table.says(answer, body), sent)

    def test_it_digests_what_it_receives(self):
        for options in [], ["--whole"]:
            with self.subTest(options), self.start("--inline-bytes-max", 65_536,
                                                   *options) as server:
                self.expect_digests(server)

    def test_none_of_its_processes_outlives_it(self):
        for end in signal.SIGTERM, signal.SIGKILL:
            with self.subTest(end), self.start("--processes", 2) as server:
                members = measure.process_tree(server.pid)
                self.assertEqual(len(members), 3)
                pidfds = [os.pidfd_open(member) for member in members]
                os.kill(server.pid, end)
                server.process.wait(10)
                # A pidfd is readable once its process has ended.
                for pidfd in pidfds:
                    readable, _, _ = select.select([pidfd], [], [], 10)
                    self.assertTrue(readable)
                    os.close(pidfd)

    def test_it_fails_as_a_whole(self):
        with self.start("--processes", 2) as server:
            worker = next(pid for pid in measure.process_tree(server.pid) if pid != server.pid)
            os.kill(worker, signal.SIGKILL)
            self.assertEqual(server.process.wait(10), 1)

    def test_without_aiohttp_the_bench_says_so(self):
        with unittest.mock.patch.object(servers.AsyncioHash, "PYTHON", "/bin/false"):
            with self.assertRaisesRegex(servers.BenchError, "python3-aiohttp is not installed"):
                servers.AsyncioHash("asyncio", self.directory / "peer", None)


class Starting(unittest.TestCase):
    def test_only_on_one_core_has_tailrace_one_io_thread(self):
        with tempfile.TemporaryDirectory() as directory:
            one, every = (servers.Tailrace("t", f"{directory}/{cpu}", cpu, "/").command
                          for cpu in (0, None))
        self.assertIn("--io-threads", one)
        self.assertNotIn("--io-threads", every)

    def test_a_child_keeps_to_its_cpu_or_to_none(self):
        all_cpus = os.sched_getaffinity(0)
        script = "import os; print(*os.sched_getaffinity(0))"
        for cpu, allowed in (min(all_cpus), {min(all_cpus)}), (None, all_cpus):
            said = subprocess.run([sys.executable, "-c", script], stdout=subprocess.PIPE, text=True,
                                  preexec_fn=servers.child_setup(cpu), check=True).stdout
            self.assertEqual(set(map(int, said.split())), allowed)
