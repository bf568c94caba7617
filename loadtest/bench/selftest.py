"""The arithmetic of the bench, without servers: python3 loadtest/bench/selftest.py"""

import contextlib
import hashlib
import importlib.machinery
import importlib.util
import itertools
import json
import os
import pathlib
import socket
import sys
import tempfile
import threading
import types
import unittest
import xml.dom.minidom

sys.dont_write_bytecode = True

import blackhole  # noqa: E402
import held  # noqa: E402
import measure  # noqa: E402
import perf_stacks  # noqa: E402
import probe  # noqa: E402
import report  # noqa: E402
import servers  # noqa: E402
from measure import Sample  # noqa: E402
from scenarios import black_hole, executor, fetch_sizes, hash_table, lanes  # noqa: E402
from scenarios import origin_latency  # noqa: E402
from scenarios import recording, resize, slow  # noqa: E402
from selftest_servers import AsyncioPeer, Starting  # noqa: E402, F401


def load_script(script):
    """It has no .py in its name, so import does not find it."""
    path = str(pathlib.Path(__file__).with_name(script))
    loader = importlib.machinery.SourceFileLoader(f"bench_{script}", path)
    module = importlib.util.module_from_spec(importlib.util.spec_from_loader(loader.name, loader))
    loader.exec_module(module)
    return module


profile, flamegraph = load_script("profile"), load_script("flamegraph")

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


    def test_costs_add_up_round_by_round(self):
        self.assertEqual([s.cpu_s for s in measure.added([Sample(1, 9), Sample(2, 9)],
                                                         [Sample(0.5, 9), Sample(0.25, 9)])],
                         [1.5, 2.25])

    def test_own_memory_and_files_are_seen(self):
        before = measure.resident_bytes(os.getpid()), measure.open_files(os.getpid())
        ballast = b"x" * (16 << 20)
        with open(os.devnull, "rb"):
            after = measure.resident_bytes(os.getpid()), measure.open_files(os.getpid())
        self.assertGreater(after[0] - before[0], len(ballast) * 0.9)
        self.assertEqual(after[1] - before[1], 1)


class FakeServer:
    """Answers each connection's first request with what it is given, or never."""

    def __init__(self, answer):
        self.answer, self.clients = answer, []
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        threading.Thread(target=self._serve, daemon=True).start()

    def _serve(self):
        with contextlib.suppress(OSError):
            while True:
                client, _ = self.listener.accept()
                self.clients.append(client)
                if self.answer:
                    client.recv(4096)
                    client.sendall(self.answer)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.listener.shutdown(socket.SHUT_RDWR)
        self.listener.close()
        for client in self.clients:
            client.close()


class Clients(unittest.TestCase):
    def test_a_probe_wants_a_200_within_its_limit(self):
        with FakeServer(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n") as server:
            self.assertLess(probe.ask(server.port, "/"), probe.LIMIT_S)
        with FakeServer(b"HTTP/1.1 503 Busy\r\nContent-Length: 0\r\n\r\n") as server:
            self.assertIsNone(probe.ask(server.port, "/"))
        with FakeServer(None) as server:
            self.assertIsNone(probe.ask(server.port, "/"))

    def test_unanswered_questions_do_not_hold_up_the_next(self):
        with FakeServer(None) as server:
            with probe.Probe(server.port, "/") as client:
                threading.Event().wait(0.55)
            self.assertGreaterEqual(len(client.seconds), 5)
            self.assertEqual(client.answered, [])

    def test_held_connections_are_opened_counted_and_missed(self):
        cpu = min(os.sched_getaffinity(0))
        with tempfile.TemporaryDirectory() as directory:
            request = pathlib.Path(directory) / "request"
            request.write_bytes(b"GET / HTTP/1.1\r\nHost: a\r\n\r\n")
            with FakeServer(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok") as server:
                with held.Held(server, 3, cpu, 0, request) as connections:
                    connections.expect_all()
                    server.clients[1].close()
                    self.assertEqual(connections.still_open(), 2)
                    with self.assertRaises(servers.BenchError):
                        connections.expect_all()

    def test_a_black_hole_answers_nobody(self):
        with blackhole.BlackHole() as hole, socket.socket() as client:
            client.settimeout(0.3)
            with self.assertRaises(TimeoutError):
                client.connect(("127.0.0.1", hole.port))

    def test_the_image_of_noise_is_a_png(self):
        data = slow.noise_png(5)
        self.assertEqual(data[:8], b"\x89PNG\r\n\x1a\n")
        self.assertEqual(data[16:24], b"\0\0\0\5\0\0\0\5")


class Profiling(unittest.TestCase):
    def test_function_names(self):
        for symbol, name in {
            "tailrace::net::session::serve()": "tailrace::net::session::serve",
            "void boost::asio::detail::run<a::b<int>, 0ul>(std::string const&)":
                "boost::asio::detail::run",
            "tailrace::(anonymous namespace)::f(int) [clone .actor]": "tailrace::f",
            "std::function<void (int)>::operator()(int) const": "std::function::operator_call",
            "std::ostream& std::operator<< <char>(std::ostream&)": "std::operator_sign",
            "operator new(unsigned long)": "operator new",
            "epoll_wait": "epoll_wait",
        }.items():
            self.assertEqual(profile.function_name(symbol), name)

    def test_areas(self):
        kernel, own = "[kernel.kallsyms]", "tailrace"
        for stack, area in [
            ([("tcp_ack", kernel), ("net_rx_action", kernel), ("__x64_sys_sendmsg", kernel)],
             "kernel: tcp send, delivery to the peer"),
            ([("skb_clone", kernel), ("tcp_sendmsg", kernel)], "kernel: tcp send"),
            ([("tcp_recvmsg", kernel), ("main", own)], "kernel: tcp receive"),
            ([("mutex_lock", kernel), ("do_epoll_ctl", kernel)], "kernel: epoll"),
            ([("pick_next", kernel)], "kernel: other"),
            ([("tailrace::http::parse_head()", own)], "ours: http"),
            ([("tailrace::hash::hasher::finish()", own)], "ours: compute"),
            ([("tailrace::deadline::after(int)", own)], "ours: core"),
            ([("void boost::asio::detail::f<tailrace::net::session>()", own)], "boost/asio"),
            ([("sha256_block", "libcrypto.so.3"), ("tailrace::hash::x()", own)], "libcrypto"),
            ([("[unknown]", "libjemalloc.so.2")], "malloc"),
            ([("main", own)], "other"),
        ]:
            self.assertEqual(profile.area_of(stack), area)

    def test_stacks_of_perf_script(self):
        text = ("\tffffa skb_clone+0x10 ([kernel.kallsyms])\n\t55f a::b(int) (/x/tailrace)\n\n"
                "\t1 c (/usr/lib/libc.so.6)\n\n")
        self.assertEqual(list(profile.stacks(text)), [
            [("skb_clone", "[kernel.kallsyms]"), ("a::b(int)", "tailrace")],
            [("c", "libc.so.6")]])

    def test_a_flame_graph_has_a_box_for_each_share(self):
        text = ("tr-io-0\n\t1 c<int>::d() (/x/tailrace)\n\t2 a::b(int) (/x/tailrace)\n\n"
                "tr-io-0\n\t3 a::b(int) (/x/tailrace)\n\n"
                "tr long\n\t4 [unknown] (/y/libz.so)\n\t5 [unknown] (/y/libz.so)\n\n" * 2)
        ground = flamegraph.tree_of(perf_stacks.stacks_of_threads(text))
        boxes = {name: (x, width, depth, kind) for x, width, depth, name, kind, _ in
                 flamegraph.boxes("all", "all", ground, 0, 0, ground.samples)}
        self.assertEqual(boxes, {
            "all": (0, 1200, 0, "all"),
            "tr long": (0, 400, 1, "thread"), "[libz.so]": (0, 400, 2, "unknown"),
            "tr-io-0": (400, 800, 1, "thread"), "a::b": (400, 800, 2, "ours"),
            "c::d": (400, 400, 3, "ours")})
        picture = xml.dom.minidom.parseString(flamegraph.svg(ground, "a < b"))
        self.assertEqual(len(picture.getElementsByTagName("g")), len(boxes))


class Scenarios(unittest.TestCase):
    def test_each_run_of_wrk_asks_for_urls_of_its_own(self):
        with tempfile.TemporaryDirectory() as directory:
            bench = types.SimpleNamespace()
            scripts = [fetch_sizes.counting_script(pathlib.Path(directory), "x", "/a%3Fseed%3D",
                                                   fetch_sizes.first_of_a_run(bench)).read_text()
                       for _ in range(2)]
        self.assertNotEqual(*scripts)
        self.assertIn('"/a%%3Fseed%%3D%d"', scripts[0])

    def test_a_phase_is_what_happened_between_two_looks(self):
        phase = origin_latency.Phase(origin_latency.Look(10, 1, 2, 100),
                                     origin_latency.Look(30, 1.5, 2.4, 101))
        self.assertAlmostEqual(phase.rate, 20)
        self.assertAlmostEqual(phase.busy, 0.5)
        self.assertAlmostEqual(phase.cpu_s, 0.02)

    def test_who_asks_a_black_hole_must_not_be_answered(self):
        good = {"requests": 5, "errors": {"total": 1}, "lateness": {"p99_ns": 1000},
                "latency": {"p50_ns": 2e5, "p99_ns": 3e5}}
        modes = {kind: black_hole.Mode(kind) for kind in
                 (black_hole.GOOD, black_hole.SYN_DROPPED, black_hole.SILENT)}
        answered = {"statuses": {"200": 5}, "errors": {"total": 0}}
        modes[black_hole.GOOD].add(good, answered)
        for kind in black_hole.SYN_DROPPED, black_hole.SILENT:
            with self.assertRaises(servers.BenchError):
                black_hole.Mode(kind).add(good, answered)
            modes[kind].add(good, {"statuses": {"504": 5}, "errors": {"total": 0}})
        self.assertIn("Errors of the good half: 3, target 0: MISS.", black_hole.notes(modes))
        self.assertEqual(modes[black_hole.SILENT].row(modes[black_hole.GOOD])[1:],
                         ["5", "1", "200", "300", "1.00 (1.00…1.00)", "5 × 504"])


    def test_the_table_of_hashing_compares_like_with_like(self):
        cpu_us = {("one", "tailrace"): 10, ("one", "floor"): 9, ("one", "asyncio"): 100,
                  ("one", hash_table.WHOLE): 120, ("all", "tailrace"): 11, ("all", "asyncio"): 99}
        samples = {key: [Sample(us * 1e-6, 1.5e6 / us)] for key, us in cpu_us.items()}
        size = hash_table.Size("1 kB", 1000, 10, True, 32)
        one = hash_table.one_core([(size, samples)]).markdown()
        for cell in ("1.11 (1.11…1.11)", "10.00 (10.00…10.00)", "12.00 (12.00…12.00)",
                     "11.11 (11.11…11.11)", "at most 1.15: pass.",
                     "at least 10.00: pass. The floor stands at 11.11."):
            self.assertIn(cell, one)
        every = hash_table.all_cores([(size, samples)], 2).rows
        self.assertEqual(every[1][3:], ["9.00 (9.00…9.00)", "136364", "15152",
                                        "9.00 (9.00…9.00)", "1.50", "1.50"])
        self.assertEqual(len(every[0]), len(every[1]))

    def test_pools_are_compared_round_by_round_and_per_job(self):
        def entry(pool, shape, cpu_ns, **more):
            return {"name": f"{shape}/{pool}/1/process_time/real_time", "time_unit": "ns",
                    "cpu_time": cpu_ns, "real_time": 2 * cpu_ns, **more}

        def found(*ours):
            return executor.figures(json.dumps({"benchmarks": [
                *(entry(pool, "outside", ns * 1000) for pool, ns in zip(executor.POOLS, ours)),
                *(entry(pool, "wake", 5, p50_s=3e-6, p99_s=9e-6) for pool in executor.POOLS),
                entry("tailrace", "hop", 2e6), entry("asio", "hop", 1e6)]}))
        cost, latency = executor.tables([found(100, 200, 50), found(300, 300, 100)])
        rows = {row[0]: row[1:] for row in cost.rows}
        self.assertEqual(rows["tiny jobs from one thread outside, 1 worker, CPU"],
                         ["200", "250", "75", "0.75 (0.50…1.00)", "2.50 (2.00…3.00)"])
        self.assertEqual(rows["a coroutine's hop and back, 1 coroutine, CPU"],
                         ["2000", "1000", "", "2.00 (2.00…2.00)", ""])
        self.assertEqual(latency.rows[1][:4], ["p50", "3.0", "3.0", "3.0"])
        self.assertEqual(latency.rows[2][0:2], ["p99", "9.0"])

    def test_recording_is_a_share_of_the_request_that_is_recorded(self):
        def found(probe_ns, hash_ns):
            return recording.seconds_of(json.dumps({"benchmarks": [
                {"name": name, "time_unit": "ns", "cpu_time": ns}
                for name, ns in (("probe", probe_ns), ("hash", hash_ns), ("refusal", 70))]}))
        samples = {"probe": Sample(5e-6, 2e5), "hash": Sample(10e-6, 1e5)}
        table = recording.table([(found(50, 250), samples), (found(100, 350), samples)])
        self.assertEqual(table.rows[1], ["GET /livez", "75", "5.00", "1.50%"])
        self.assertEqual(table.rows[2], ["POST /v1/hash, 1 kB", "300", "10.00", "3.00%"])
        self.assertIn("0.015 (0.010…0.020), target at most 0.02: pass.", table.note)
        self.assertIn("0.030 (0.025…0.035), target at most 0.02: MISS.", table.note)
        with self.assertRaises(servers.BenchError):
            recording.seconds_of(json.dumps({"benchmarks": []}))

    def test_only_lanes_whose_generator_was_on_time_count(self):
        late = itertools.count()
        real = lanes.phase
        lanes.phase = lambda *_: lanes.Phase(50, 400, 900, 5000 if next(late) == 0 else 20, 30)
        try:
            phase = lanes.undisturbed(None, None, lanes.CHOSEN, lanes.INLINE)
            self.assertEqual((phase.lateness_us, next(late)), (20, 2))
            lanes.phase = lambda *_: lanes.Phase(50, 400, 900, 5000, 30)
            with self.assertRaises(servers.BenchError):
                lanes.undisturbed(None, None, lanes.CHOSEN, lanes.INLINE)
        finally:
            lanes.phase = real
        equal = lanes.Phase(50, 1400, 3000, 10, 40)
        text = lanes.tables({(way, name): [phase if name == lanes.CHOSEN else equal]
                             for way in (lanes.INLINE, lanes.OFFLOADED)
                             for name in (lanes.CHOSEN, lanes.EQUAL)})[0].markdown()
        self.assertIn("| 50 | 400 (400…400) | 900 (900…900) | 30.0 | 0.75 (0.75…0.75) |", text)
        self.assertIn("0.400 (0.400…0.400), target at most 1.00: pass.", text)

    def test_an_answer_without_the_bodys_digest_is_not_counted(self):
        def answer(of, size):
            digest = hashlib.sha256(of).hexdigest()
            return json.dumps({"bytes": size, "digests": {"sha256": digest}})
        self.assertTrue(hash_table.says(answer(b"abc", 3), b"abc"))
        self.assertFalse(hash_table.says(answer(b"abd", 3), b"abc"))
        self.assertFalse(hash_table.says(answer(b"abc", 4), b"abc"))


class Reporting(unittest.TestCase):
    def test_a_verdict_goes_by_the_median(self):
        self.assertTrue(report.verdict("x", [0.9, 1.0, 3.0], 1).endswith("pass."))
        self.assertTrue(report.verdict("x", [0.9, 1.1, 1.2], 1).endswith("MISS."))

    def test_a_verdict_may_ask_for_at_least_so_much(self):
        self.assertTrue(report.verdict("x", [1, 2, 9], least=2).endswith("at least 2.00: pass."))
        self.assertTrue(report.verdict("x", [1, 1.9, 9], least=2).endswith("at least 2.00: MISS."))
        for neither_or_both in {}, {"most": 1, "least": 1}:
            with self.assertRaises(ValueError):
                report.verdict("x", [1], **neither_or_both)

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
