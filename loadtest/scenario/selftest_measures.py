"""Every objective passes and fails where it should; a part of selftest.py."""

import math
import os
import types
import unittest
from unittest import mock

import measure
from servers import BenchError

from scenario import kinds, measures, sampling
from scenario.selftest_made import group, objective, rows, run, samples, step


class Measures(unittest.TestCase):
    def found(self, played, wanted):
        return measures.judge(played, wanted).figure

    def passes(self, played, wanted):
        verdict = measures.judge(played, wanted)
        self.assertIsInstance(verdict.passed, bool)
        return verdict.passed

    def of(self, groups, seconds=10, **more):
        return run(step("load", [("load", seconds, groups)], **more))

    def test_what_is_not_there_never_passes(self):
        empty = self.of(group(0))
        for what, measure in measures.MEASURES.items():
            if what == "wrong_answers":
                continue  # of nothing, nothing is wrong; its own test sees it fail
            for bound in "at_most", "at_least":
                with self.subTest(what, bound=bound):
                    missing = objective(what, "no such phase", **{bound: 0})
                    self.assertFalse(self.passes(empty, missing))
        for what in "p50_ms", "p99_ms", "p999_ms", "bad_ratio", "lost_ratio", "origin_ratio", \
                "peak_share", "refusal_cpu_us", "recovery_s", "rss_growth", "headroom", \
                "p99_beside_alone":
            with self.subTest(what):
                self.assertFalse(self.passes(empty, objective(what, at_most=1e9)))

    def test_latency(self):
        played = self.of({"hash": group(100, p99_ms=119), "resize": group(10, p99_ms=121)})
        self.assertTrue(self.passes(played, objective("p99_ms", requests="hash", at_most=120)))
        self.assertFalse(self.passes(played, objective("p99_ms", requests="resize", at_most=120)))
        self.assertFalse(self.passes(played, objective("p99_ms", requests="other", at_most=120)))

    def test_bad_is_what_was_refused_failed_or_lost_but_not_the_origins(self):
        played = self.of(group(9990, refused=4, timeout=1, status=5,
                               statuses={"200": 9990, "503": 4, "500": 3, "502": 1, "504": 1}))
        self.assertAlmostEqual(self.found(played, objective("bad_ratio", at_most=1)), 8 / 9998)
        self.assertAlmostEqual(self.found(played, objective("lost_ratio", at_most=1)), 4 / 10000)
        self.assertFalse(self.passes(played, objective("bad_ratio", at_most=0.0003)))
        self.assertTrue(self.passes(self.of(group(9999, refused=3)),
                                    objective("bad_ratio", at_most=0.0003)))

    def test_wrong_answers(self):
        self.assertFalse(self.passes(self.of(group(99, content=1)),
                                     objective("wrong_answers", at_most=0)))
        self.assertTrue(self.passes(self.of(group(99)), objective("wrong_answers", at_most=0)))

    def overloaded(self, ok, refused, cpu_s=10):
        """A peak of 100/s for 0.01 s of CPU each before and after ten seconds of overload."""
        peaks = [step(f"peak {i}", [(f"peak {i}", 10, group(1000))], samples(10, 10), closed=True)
                 for i in (1, 2)]
        return run(peaks[0], step("overload", [("load", 10, group(ok, refused))],
                                  samples(cpu_s, 10)), peaks[1], hash=0.01)

    def test_goodput_is_a_share_of_the_peak_around_it(self):
        self.assertTrue(self.passes(self.overloaded(951, 9000),
                                    objective("peak_share", at_least=0.95)))
        self.assertFalse(self.passes(self.overloaded(949, 9000),
                                     objective("peak_share", at_least=0.95)))

    def test_a_peak_that_left_cpus_idle_is_none(self):
        wanted = objective("peak_share", at_least=0.95)
        for index in 0, 2:
            for cpu_s, passed in (9.5, True), (9.4, False):
                played = self.overloaded(1000, 9000)
                played.steps[index].samples = samples(cpu_s, 10)
                self.assertEqual(self.passes(played, wanted), passed)
            played.steps[index].samples = []
            self.assertIsNone(self.found(played, wanted))

    def test_in_a_mix_cheap_successes_do_not_make_up_for_dear_ones(self):
        peak = {"hash": group(1000), "resize": group(100)}
        played = run(step("peak 1", [("peak 1", 10, peak)], samples(10, 10), closed=True),
                     step("overload", [("load", 10, {"hash": group(2000), "resize": group(50)})]),
                     hash=1e-4, resize=0.1)
        # At the peak 0.01 of the time goes to digests and 1 to images; then 0.02 and 0.5.
        self.assertAlmostEqual(self.found(played, objective("peak_share", at_least=0)),
                               0.52 / 1.01)
        played.costs["hash"] = None
        self.assertFalse(self.passes(played, objective("peak_share", at_least=0)))

    def test_a_refusal_costs_what_successes_do_not_explain(self):
        played = self.overloaded(900, 9000, cpu_s=9.9)
        self.assertAlmostEqual(self.found(played, objective("refusal_cpu_us", at_most=100)), 100)
        self.assertFalse(self.passes(self.overloaded(900, 9000, cpu_s=9.91),
                                     objective("refusal_cpu_us", at_most=100)))
        self.assertTrue(self.passes(self.overloaded(900, 9000, cpu_s=9.8),
                                    objective("refusal_cpu_us", at_most=100)))

    def test_a_machine_that_became_slower_is_not_held_against_refusals(self):
        # Successes cost 20 % more just before and after than when their kind was measured alone.
        played = self.overloaded(900, 9000, cpu_s=11.7)
        for peak in played.steps[0], played.steps[2]:
            peak.samples = samples(12, 10)
        self.assertAlmostEqual(self.found(played, objective("refusal_cpu_us", at_most=100)), 100)

    def test_recovery_is_when_nothing_is_refused_and_three_seconds_are_in_time(self):
        good, late, refused, lost = (9, 0, 0, 10), (9, 0, 0, 121), (9, 1, 0, 10), (9, 0, 1, 10)
        for seconds, after in (((good,) * 6, 0), ((refused,) + (good,) * 5, 1),
                               ((good, good, late, good, good, good), 3),
                               ((refused, good, good, good, late, good), 1),
                               ((late, refused, good, good, good, late), 2),
                               ((good,) * 4 + (lost, good), 5),
                               ((good,) * 5 + (refused,), math.inf),
                               ((good,) * 5 + (late,), 0), ((late,) * 6, math.inf)):
            with self.subTest(seconds):
                played = run(step("overload", [("load", 2, group(9)), ("after", 6, group(9))],
                                  timeline=rows(0, refused, refused, *seconds)))
                self.assertEqual(self.found(played, objective("recovery_s", "after", at_most=5)),
                                 after)
        self.assertFalse(self.passes(played, objective("recovery_s", "after", at_most=5)))
        self.assertEqual(measures.judge(played, objective("recovery_s", "after", at_most=5)).found,
                         "never")

    def test_growth_compares_the_first_and_the_last_tenth(self):
        for what, name in ("rss_growth", "rss"), ("fds_growth", "fds"), ("threads_growth",
                                                                        "threads"):
            for last, passed in (104, True), (106, False):
                values = [100 + (last - 100) * i / 100 for i in range(101)]
                values[50] = 500  # in between it may be more
                played = self.of(group(9), 100, taken=samples(1, 100, **{name: values}))
                figure = self.found(played, objective(what, at_most=0.05))
                self.assertAlmostEqual(figure, (last - 100) / 100, delta=0.01)
                self.assertEqual(self.passes(played, objective(what, at_most=0.05)), passed)

    def test_headroom(self):
        played = self.of(group(9), taken=samples(7, 10))
        self.assertAlmostEqual(self.found(played, objective("headroom", at_least=0)), 0.3)
        self.assertFalse(self.passes(played, objective("headroom", at_least=0.31)))

    def test_a_late_generator_fails_whatever_it_measured(self):
        scenario = {"kind": "steady", "objectives": [objective("p99_ms", at_most=120)]}
        for late_ms, passed in (0.9, True), (1.1, False):
            played = self.of(group(9), late_ms=late_ms)
            verdicts = [measures.judge(played, o) for o in kinds.objectives(scenario)]
            self.assertEqual([v.passed for v in verdicts], [True, True, passed])

    def test_what_is_blamed_on_our_own_origins_fails(self):
        scenario = {"kind": "steady", "objectives": [objective("bad_ratio", at_most=0.0003)]}
        for status in "502", "504":
            for failures, passed in (3, True), (4, False):
                played = self.of(group(10000 - failures, status=failures,
                                       statuses={"200": 10000 - failures, status: failures}))
                verdicts = [measures.judge(played, o) for o in kinds.objectives(scenario)]
                self.assertEqual([v.passed for v in verdicts], [True, passed, True])

    def test_a_generator_that_sent_nothing_was_not_on_time(self):
        played = self.of(group(9))
        played.steps[0].result["lateness"]["count"] = 0
        self.assertFalse(self.passes(played, objective("lateness_ms", at_most=1)))

    def test_lateness_and_origins_of_every_phase_count_whatever_the_objectives_are_about(self):
        wanted = kinds.objectives({"kind": "beside", "rounds": 1, "objectives": [
            objective("p99_ms", "beside 1", at_most=120)]})
        blamed = group(5, status=5, statuses={"200": 5, "502": 5})
        for late_ms, alone, passed in ((0.1, group(9), [True] * 4),
                                       (5, group(9), [True, True, True, False]),
                                       (0.1, blamed, [True, False, True, True])):
            played = run(step("alone 1", [("alone 1", 10, alone)], late_ms=late_ms),
                         step("beside 1", [("beside 1", 10, group(9))]))
            self.assertEqual([self.passes(played, o) for o in wanted], passed)

    def test_beside_slow_ones_is_compared_round_by_round(self):
        def rounds(*p99s_ms):
            return run(*(step(name, [(name, 10, {"good": group(9, p99_ms=p99)})])
                         for i, pair in enumerate(p99s_ms, 1)
                         for name, p99 in zip((f"alone {i}", f"beside {i}"), pair)))
        wanted = objective("p99_beside_alone", "beside 1", requests="good", at_most=1.25)
        self.assertEqual(self.found(rounds((10, 11), (20, 30), (10, 12)), wanted), 1.2)
        self.assertFalse(self.passes(rounds((10, 13), (20, 30), (10, 12)), wanted))

    def test_objectives_of_each_factor(self):
        scenario = {"kind": "overload", "factors": [2, 10],
                    "objectives": [objective("p99_ms", "overload each", at_most=1)]}
        found = kinds.objectives(scenario)
        self.assertEqual([o["of"] for o in found][:2], ["overload 2x", "overload 10x"])
        self.assertEqual([o for o in found if o["of"].endswith("each")], [])


class Sampling(unittest.TestCase):
    def test_one_look_at_proc_is_enough_for_service_and_generator(self):
        service = types.SimpleNamespace(pid=os.getpid(), metrics=dict)
        sampler = sampling.Sampler(service)
        sampler.started, sampler.generator_pid = 0, service.pid
        with mock.patch.object(measure, "processes", wraps=measure.processes) as walk:
            sampler.look()
        walk.assert_called_once()
        found = sampler.samples[0]
        self.assertEqual(found.generator_cpu_s, found.service_cpu_s)
        self.assertGreater(found.rss_bytes, 0)

    def test_a_family_has_all_descendants_and_nobody_else(self):
        running = {1: (0, 100), 2: (1, 200), 3: (2, 400), 4: (9, 800), 5: (4, 1600)}
        tick = measure.TICKS_PER_S
        self.assertEqual(measure.family(1, running), {1: 100 / tick, 2: 200 / tick, 3: 400 / tick})
        with self.assertRaises(BenchError):
            measure.family(6, running)

    def test_cpu_between_two_moments_is_interpolated(self):
        taken = samples(5, 10)
        self.assertAlmostEqual(sampling.cpu_between(taken, 2.5, 4.5), 1)
        self.assertIsNone(sampling.cpu_between(taken, 5, 20))
        self.assertIsNone(sampling.cpu_between([], 0, 1))

    def test_the_time_that_cpus_were_not_idle(self):
        text = "cpu  9 9 9 9\ncpu0 1 2 3 400 500 6 7 8 9 9\ncpu10 100 0 0 7 7 0 0 0 0 0\nintr 1\n"
        tick = sampling.measure.TICKS_PER_S
        self.assertAlmostEqual(sampling.busy_seconds(text, {0}) * tick, 27)
        self.assertAlmostEqual(sampling.busy_seconds(text, {0, 10}) * tick, 127)

    def test_the_bucket_of_a_share(self):
        before, after = {0.001: 5, 0.01: 5, math.inf: 5}, {0.001: 103, 0.01: 105, math.inf: 105}
        self.assertEqual(sampling.upper_bound_of(0.98, before, after), 0.001)
        self.assertEqual(sampling.upper_bound_of(0.99, before, after), 0.01)
        self.assertIsNone(sampling.upper_bound_of(0.99, after, after))

    def test_series_are_summed_by_name_and_label(self):
        series = {'a{lane="long",x="1"}': 2, 'a{lane="short"}': 3, "a": 4, 'ab{lane="long"}': 9}
        self.assertEqual(sampling.sum_of(series, "a"), 9)
        self.assertEqual(sampling.sum_of(series, "a", lane="long"), 2)

    def test_rates_leave_out_counters_that_fell(self):
        taken = samples(10, 2)
        taken.append(sampling.Sample(3, 0, 0, 0, 0, 0, {}))
        self.assertEqual(sampling.rates(taken, lambda s: s.service_cpu_s), [(1, 5), (2, 5)])
