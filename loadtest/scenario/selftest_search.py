"""The search for the highest rate; a part of selftest.py."""

import types
import unittest

from scenario import search
from scenario.selftest_made import group, objective, run, step


class Searching(unittest.TestCase):
    def test_bisection_comes_close_from_below(self):
        asked = []
        found = search.bisect(lambda rate: asked.append(rate) or rate <= 70, 0, 110)
        self.assertLessEqual(found, 70)
        self.assertGreater(found, 70 * 0.95)
        self.assertLess(len(asked), 8)

    def test_nothing_passes(self):
        asked = []
        self.assertIsNone(search.bisect(lambda rate: asked.append(rate), 0, 110))
        self.assertLess(len(asked), 9)

    def test_the_guess_is_tried_and_doubled_while_it_passes(self):
        for capacity, wanted in (70, (0, 110)), (110, (110, 220)), (500, (440, 880)):
            self.assertEqual(search.bracket(lambda rate: rate <= capacity, 110), wanted)

    def test_a_long_run_that_fails_lowers_the_rate_a_few_times(self):
        self.assertAlmostEqual(search.confirmed(lambda rate: rate < 95, 100, 0.03), 94.09)
        self.assertIsNone(search.confirmed(lambda rate: False, 100))

    def test_runs_are_long_enough_for_what_they_judge(self):
        self.assertEqual(search.seconds_for(1000, 40, 10, 60), 25)
        self.assertEqual(search.seconds_for(1000, 1000, 10, 60), 10)
        self.assertEqual(search.seconds_for(1000, 1, 10, 60), 60)


class Searched(unittest.TestCase):
    def test_a_search_judges_each_run_by_its_own_phase(self):
        stage = types.SimpleNamespace(
            record=run(), seconds=lambda _: 10, peak=lambda: 100,
            options=types.SimpleNamespace(say=lambda _: None, quick=False))
        def play(name, phases):
            made = step(name, [(p["name"], p["seconds"],
                                group(int(p["rate"] * p["seconds"]),
                                      p99_ms=50 if p["rate"] <= 70 else 500)) for p in phases])
            stage.record.steps.append(made)
            return made
        stage.run = play
        found = search.Search(stage, [objective("p99_ms", at_most=120)])
        self.assertGreater(found.run(), 66)
        self.assertLessEqual(found.found, 70)
        self.assertEqual(found.phase, "confirmation 1")
        self.assertGreaterEqual(found.tries[-1]["offered_per_s"] * 300, 10_000)
