"""The verdict of the cross-check; a part of selftest.py."""

import contextlib
import io
import unittest

from scenarios import delays

from scenario import crosscheck, options
from scenario.stage import ROOT


class CrossCheck(unittest.TestCase):
    GOOD = ([104, 50, 100], [100, 50, 100]), ([60, 50, 55], [50, 50, 50])

    def delayed(self, off=0):
        return [(case, key, [wanted * (1 + off)] * 3)
                for case in delays.CASES for key, wanted in case.expected_ms.items()]

    def failed(self, saturated, sparse, delayed):
        return [v.text for v in crosscheck.judged(saturated, sparse, delayed) if not v.passed]

    def test_each_deviation_fails_whichever_its_direction(self):
        saturated, sparse = self.GOOD
        self.assertEqual(self.failed(saturated, sparse, self.delayed(0.019)), [])
        for off in 0.94, 1.06:
            self.assertEqual(
                self.failed(([100 * off] * 3, [100] * 3), sparse, self.delayed()),
                ["throughput at saturation ÷ wrk's"])
        for off in 0.7, 1.3:
            self.assertEqual(self.failed(saturated, ([100 * off], [100]), self.delayed()),
                             ["p50 at 100/s ÷ h2load's"])
        for off in -0.021, 0.021:
            self.assertEqual(len(self.failed(saturated, sparse, self.delayed(off))),
                             len(self.delayed()))

    def test_only_this_trees_release_is_written_down(self):
        for parse, name in (crosscheck.parse, []), (options.parse, ["hash-small"]):
            for more in ["--quick"], ["--generator", "g"], ["--build", str(ROOT / "build/asan")]:
                with contextlib.redirect_stderr(io.StringIO()) as said, \
                        self.assertRaises(SystemExit) as ended:
                    parse([*name, "--write", *more])
                self.assertEqual(ended.exception.code, 2)
                self.assertIn("--write takes", said.getvalue())
            parse([*name, "--write", "--build", str(ROOT / "build/release")])

    def test_who_waits_for_a_connection_waits_from_the_schedule_on(self):
        # Due at 0, 25, 50, 75 ms and answered at 50, 100, 150, 200: 50, 75, 100 and 125 ms.
        self.assertEqual(delays.queueing(50, 40, 1)["max_ns"], 50 + 39 * 25)
        times = [50 + 25 * i for i in range(120)]
        for share in 50, 90, 99:
            self.assertEqual(delays.queueing(50, 40, 3)[f"p{share}_ns"],
                             times[-(-120 * share // 100) - 1])
