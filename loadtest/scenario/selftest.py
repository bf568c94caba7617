"""The runner of load scenarios, with servers and a generator that are made up:
python3 loadtest/scenario/selftest.py"""

import json
import os
import pathlib
import select
import signal
import subprocess
import sys
import tempfile
import unittest

sys.dont_write_bytecode = True
HERE = pathlib.Path(__file__).resolve().parent
sys.path[:0] = [str(HERE.parent / "bench"), str(HERE.parent)]
# The folder of a script comes first, and its modules would be there twice.
sys.path = [entry for entry in sys.path if pathlib.Path(entry or ".").resolve() != HERE]

import measure  # noqa: E402
from scenario.selftest_crosscheck import CrossCheck  # noqa: E402, F401
from scenario.selftest_measures import Measures, Sampling  # noqa: E402, F401
from scenario.selftest_parts import Catalogue, Plans, Plots  # noqa: E402, F401
from scenario.selftest_peer import AsyncioImages  # noqa: E402, F401
from scenario.selftest_search import Searched, Searching  # noqa: E402, F401


class Running(unittest.TestCase):
    def setUp(self):
        self.folder = pathlib.Path(self.enterContext(tempfile.TemporaryDirectory())) / "out"

    def command(self, *arguments):
        return [sys.executable, str(HERE / "run"), *arguments, "--build", str(HERE / "fakes"),
                "--output", str(self.folder), "--not-raised", "--together"]

    def run_it(self, *arguments, refused=0, **fake):
        environment = dict(os.environ, FAKE=json.dumps(fake), FAKE_REFUSED=str(refused))
        return subprocess.run(self.command(*arguments), env=environment, capture_output=True,
                              text=True, timeout=60)

    def expect(self, done, status, word):
        self.assertEqual(done.returncode, status, done.stdout + done.stderr)
        self.assertEqual(done.stdout.splitlines()[-1].split()[0] if done.stdout else "", word)

    def test_a_good_service_passes(self):
        self.expect(self.run_it("hash-small"), 0, "PASS")
        found = json.loads((self.folder / "result.json").read_text())
        self.assertEqual(found["verdict"], "PASS")
        # 60 % of what the closed loop found.
        self.assertEqual(found["steps"][1]["plan"]["phases"][1]["rate"], 600)
        self.assertIn("PASS", (self.folder / "report.html").read_text())
        self.assertTrue((self.folder / "plots" / "latency.svg").exists())

    def test_a_closed_loop_takes_as_many_clients_as_are_not_refused(self):
        self.expect(self.run_it("hash-small", clients_max=9), 0, "PASS")
        peak = json.loads((self.folder / "result.json").read_text())["steps"][0]
        self.assertEqual(peak["plan"]["connections"], 8)
        self.folder = self.folder.with_name("none")
        done = self.run_it("hash-small", clients_max=0)
        self.expect(done, 3, "")
        self.assertIn("peak 1: 8000 ok, 72000 refused", done.stderr)

    def test_a_closed_loop_with_errors_is_no_peak(self):
        # Of 8000; the errors of the answers' bodies, the connections' and those blamed on origins.
        for number, fault in enumerate(("wrong", "lost", "blamed")):
            with self.subTest(fault):
                self.folder = self.folder.with_name(f"out-{number}")
                done = self.run_it("hash-small", **{fault: 100})
                self.expect(done, 3, "")
                self.assertIn("peak 1: 7900 ok, 0 refused", done.stderr)

    def test_each_fault_fails(self):
        for number, fake in enumerate(({"p99_ms": 121}, {"blamed": 50}, {"wrong": 1}, {"lost": 50},
                                       {"late_ms": 2}, {"capacity": 500})):
            arguments = ["--rate", "600"] if "capacity" in fake else []
            with self.subTest(fake):
                self.folder = self.folder.with_name(f"out-{number}")
                self.expect(self.run_it("hash-small", *arguments, **fake), 1, "FAIL")
                self.assertIn('"verdict FAIL"', (self.folder / "report.html").read_text())

    def test_a_broken_run_has_no_verdict(self):
        for number, fake in enumerate(({"exit": 2}, {"format": 1}, {"then_exit": 2})):
            with self.subTest(fake):
                self.folder = self.folder.with_name(f"out-{number}")
                done = self.run_it("hash-small", **fake)
                self.expect(done, 3, "")
                self.assertIn("NO VERDICT", done.stderr)
                self.assertFalse((self.folder / "result.json").exists())

    def test_what_nobody_foresaw_has_no_verdict_either(self):
        for missing in "lateness", "timeline":
            self.folder = self.folder.with_name(missing)
            done = self.run_it("hash-small", drop=missing)
            self.expect(done, 3, "")
            self.assertIn(f"KeyError: '{missing}'", done.stderr)

    def test_an_origin_that_was_misunderstood_spoils_the_run(self):
        done = self.run_it("fetch-hash", refused=1)
        self.expect(done, 3, "")
        self.assertIn("did not understand 1 request", done.stderr)

    def test_what_has_no_figure_fails(self):
        done = self.run_it("soak", "--quick")
        # Samples of a run that takes no time say nothing of growth: no figure, no PASS.
        self.expect(done, 1, "FAIL")
        self.assertIn("no figure", done.stdout)

    def test_a_search_finds_what_the_service_can_do(self):
        self.expect(self.run_it("hash-small", "--search", capacity=800), 0, "PASS")
        found = json.loads((self.folder / "result.json").read_text())
        self.assertEqual(found["objectives"][0]["text"], "the highest rate that passes")
        self.assertGreater(found["objectives"][0]["figure"], 770)
        self.assertLess(found["objectives"][0]["figure"], 800)

    def test_a_search_goes_beyond_a_peak_that_was_too_low(self):
        self.expect(self.run_it("hash-small", "--search", capacity=800, closed_share=0.5), 0,
                    "PASS")
        found = json.loads((self.folder / "result.json").read_text())
        self.assertGreater(found["objectives"][0]["figure"], 770)
        self.assertLess(found["objectives"][0]["figure"], 800)

    def test_a_search_that_finds_nothing_fails(self):
        self.folder = self.folder.with_name("none")
        self.expect(self.run_it("hash-small", "--search", p99_ms=500), 1, "FAIL")
        found = json.loads((self.folder / "result.json").read_text())["objectives"][0]
        self.assertEqual((found["found"], found["passed"]), ("none", False))

    def test_bad_usage_is_said_so(self):
        other = {"scenario": "mixed", "points": [{}, {}], "phases": []}
        pathlib.Path(f"{self.folder}-other").write_text(json.dumps(other))
        for arguments, word in (
                (["no-such"], "no scenario"),
                (["hash-small", "--search", "--rate", "5"], "exclude"),
                (["soak", "--search"], "one rate"), (["hash-small", "--requests", "5"], "soak"),
                (["hash-small", "--rate", "-1"], "--rate"), (["hash-small", "--write"], "--write"),
                (["hash-small", "--service-cpus", "0"], "excludes"),
                (["hash-small", "--image", "/no/such"], "no file"),
                (["hash-small", "--image", str(HERE / "run")], "camera"),
                (["overload-upload", "--image", str(HERE / "run")], "camera"),
                (["overload", "--rate", "5"], "multiples of the peak"),
                (["overload", "--seconds", "5", "--quick"], "several phases"),
                (["spike", "--seconds", "5"], "several phases"),
                (["soak", "--seconds", "5"], "lasts for --requests"),
                (["soak", "--requests", "5", "--quick"], "exclude"),
                (["resize", "--peer-processes", "2"], "needs --peer"),
                (["resize", "--peer", "asyncio", "--service-flag=--x"], "excludes it"),
                (["overload", "--compare", "x"], "--compare"),
                (["overload", "--compare", f"x={HERE / 'run'}"], "no result"),
                (["overload", "--compare", f"x={self.folder}-other"], "no run of overload")):
            done = self.run_it(*arguments)
            self.assertEqual(done.returncode, 2, arguments)
            self.assertIn(word, done.stderr)

    def test_whatever_ends_it_nothing_is_left(self):
        for number in signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGKILL:
            with self.subTest(number):
                self.folder = self.folder.with_name(f"out-{number}")
                self.end_by(number)

    def end_by(self, number):
        environment = dict(os.environ, FAKE=json.dumps({"hang": True}))
        process = subprocess.Popen(self.command("fetch-hash"), env=environment, text=True,
                                   stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        # Said once the servers are up, just before the generator is started.
        self.assertIn("peak 1", process.stderr.readline())
        members = self.family(process.pid, 4)
        pidfds = [os.pidfd_open(member) for member in members]
        process.send_signal(number)
        output, errors = process.communicate(timeout=30)
        self.assertNotIn("PASS", output)
        if number != signal.SIGKILL:
            self.assertEqual(process.returncode, 3)
            self.assertIn("NO VERDICT: ended early", errors)
        # A pidfd is readable once its process has ended.
        for pidfd in pidfds:
            self.assertTrue(select.select([pidfd], [], [], 10)[0], members)
            os.close(pidfd)

    def family(self, pid, count):
        """The process and its children, once they are so many."""
        while True:
            members = measure.process_tree(pid)
            if len(members) >= count:
                return members


if __name__ == "__main__":
    unittest.main()
