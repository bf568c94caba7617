"""The arithmetic of the bench, without servers: python3 loadtest/bench/selftest.py"""

import itertools
import os
import pathlib
import sys
import tempfile
import unittest

sys.dont_write_bytecode = True

import measure  # noqa: E402
import report  # noqa: E402
import servers  # noqa: E402
from measure import Sample  # noqa: E402
from scenarios import resize  # noqa: E402

WRK = """Running 1s test @ http://127.0.0.1:1/
  1200 requests in 1.00s, 1.00MB read
Requests/sec:   1199.50
"""


class Measuring(unittest.TestCase):
    def test_stat_counts_own_and_childrens_time_whatever_the_name(self):
        line = "7 (a) b) c) S 3 7 7 0 -1 0 1 2 3 4 100 20 3000 400 20 0 1 0 5"
        self.assertEqual(measure.parse_stat(line), (3, 3520))

    def test_cpu_time_includes_children_that_ended(self):
        before = measure.cpu_seconds(os.getpid())
        child = os.fork()
        if child == 0:
            for _ in itertools.takewhile(lambda _: os.times().user < 0.1, itertools.count()):
                pass
            os._exit(0)
        os.waitpid(child, 0)
        self.assertGreater(measure.cpu_seconds(os.getpid()) - before, 0.05)

    def test_cpu_time_of_a_dead_server_is_an_error(self):
        child = os.fork()
        if child == 0:
            os._exit(0)
        os.waitpid(child, 0)
        with self.assertRaises(servers.BenchError):
            measure.cpu_seconds(child)

    def test_wrk_output(self):
        self.assertEqual(measure.parse_wrk(WRK), (1200, 1199.5))
        for bad in ("Non-2xx or 3xx responses: 1", "Socket errors: connect 0, read 1"):
            with self.assertRaises(servers.BenchError):
                measure.parse_wrk(WRK + bad)
        with self.assertRaises(servers.BenchError):
            measure.parse_wrk(WRK.replace("1200", "0"))

    def test_rounds_interleave_and_begin_in_turn(self):
        order = []

        def subject(name):
            return lambda: order.append(name) or Sample(1, 1)

        samples = measure.interleaved({n: subject(n) for n in "abc"}, 3)
        self.assertEqual("".join(order), "abcbcacab")
        self.assertEqual([len(s) for s in samples.values()], [3, 3, 3])

    def test_a_ratio_is_the_median_of_the_rounds_and_not_of_the_times(self):
        own = [Sample(1, 1), Sample(20, 1), Sample(4, 1)]
        reference = [Sample(1, 1), Sample(10, 1), Sample(8, 1)]
        self.assertEqual(report.ratio_text(measure.ratios(own, reference)), "1.00 (0.50…2.00)")


class Reporting(unittest.TestCase):
    def test_newest_section_comes_first_and_nothing_is_lost(self):
        with tempfile.TemporaryDirectory() as directory:
            path = pathlib.Path(directory) / "RESULTS.md"
            for name in ("first", "second"):
                report.write(path, f"## {name}\n\ntext of {name}\n")
            text = path.read_text()
        self.assertTrue(text.startswith(report.HEADER))
        self.assertLess(text.index("## second"), text.index("## first"))
        self.assertIn("text of first\n", text)

    def test_a_table_has_as_many_cells_in_each_row(self):
        table = report.comparison("T", {"a": [Sample(2e-6, 10)], "b": [Sample(1e-6, 20)]},
                                  ["b", "absent"])
        lines = table.markdown().splitlines()[2:]
        self.assertEqual({line.count("|") for line in lines}, {5})
        self.assertIn("| a | 2.00 | 10 | 2.00 (2.00…2.00) |", lines)

    def test_image_sizes(self):
        frame = b"\xff\xc0\x00\x11\x08\x02\x4c\x02\xd0\x03" + bytes(12)
        self.assertEqual(resize.image_size(b"\xff\xd8\xff\xe0\x00\x04ab" + frame), ("jpeg", 720))
        lossy = b"RIFF0000WEBPVP8 0000" + bytes(6) + b"\x2c\x01\xc8\x00"
        self.assertEqual(resize.image_size(lossy), ("webp", 300))
        extended = b"RIFF0000WEBPVP8X0000" + bytes(4) + b"\x2b\x01\x00\x00\x00\x00"
        self.assertEqual(resize.image_size(extended), ("webp", 300))
        self.assertIsNone(resize.image_size(b'{"status":500}'))


if __name__ == "__main__":
    unittest.main()
