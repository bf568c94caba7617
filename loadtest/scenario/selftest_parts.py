"""Scenario files, plans, plots and the section in RESULTS.md; a part of selftest.py."""

import hashlib
import json
import pathlib
import re
import tempfile
import unittest
import xml.dom.minidom

from servers import BenchError

from scenario import catalogue, curves, generator, outcome, page, plan, results, scales
from scenario import sources, subjects, svg
from scenario.errors import ScenarioError
from scenario.selftest_made import group, objective, rows, run, samples, step

JPEG = bytes.fromhex("ffd8ffe000104a46494600010100000100010000ffc0000b08004000800101110000")


class Catalogue(unittest.TestCase):
    def test_every_scenario_can_be_read_and_fails_somewhere(self):
        self.assertGreater(len(catalogue.names()), 9)
        for name in catalogue.names():
            with self.subTest(name):
                scenario = catalogue.load(name)
                self.assertIn("p99_ms", [o["what"] for o in scenario["objectives"]])

    def test_what_is_misspelt_is_refused(self):
        good = catalogue.load("case-study")
        def broken(change):
            scenario = json.loads(json.dumps(good))
            change(scenario)
            with self.assertRaises(ScenarioError) as caught:
                catalogue.checked("x", scenario)
            return str(caught.exception)
        for change, word in (
                (lambda s: s.update(seed=1), "no key 'seed'"),
                (lambda s: s["objectives"][0].update(what="p98_ms"), "nothing measures 'p98_ms'"),
                (lambda s: s["objectives"][0].pop("at_most"), "at_most"),
                (lambda s: s["objectives"][0].update(requests="hash"), "no requests 'hash'"),
                (lambda s: s["objectives"].clear(), "nothing could fail"),
                (lambda s: s["seconds"].update(load=1.5), "whole seconds"),
                (lambda s: s.update(rate={}), "exactly one"),
                (lambda s: s.pop("rate"), "'steady' needs rate"),
                (lambda s: s.update(factors=[2]), "'steady' has no use for factors"),
                (lambda s: s.update(kind="overload"), "'overload' needs factors"),
                (lambda s: s.update(kind="overload", factors=[2]),
                 "'overload' has no use for rate"),
                (lambda s: s["requests"][0].update(expected={}), "no key 'expected'"),
                (lambda s: s.update(connections="many"), "wrong type"),
                (lambda s: s.update(kind="steadily"), "kind"),
                (lambda s: s["objectives"][0].update(of="laod"), "no phase 'laod'"),
                (lambda s: s.pop("requests"), "lacks requests")):
            self.assertIn(word, broken(change))

    def test_what_is_no_json_is_refused_by_name(self):
        with tempfile.TemporaryDirectory() as directory:
            path = pathlib.Path(directory) / "odd.json"
            path.write_text("{")
            with self.assertRaisesRegex(ScenarioError, "odd.json: not JSON"):
                catalogue.read(path)


class Plans(unittest.TestCase):
    def files(self):
        made = sources.Files.__new__(sources.Files)
        made.paths = {"photo": pathlib.Path("/f/photo.jpg")}
        made.data = {"photo": JPEG}
        return made

    def test_placeholders_know_the_file(self):
        digest = hashlib.sha256(JPEG).hexdigest()
        self.assertEqual(self.files().filled(
            {"h": "${height photo 32}", "x": ["sha256=${sha256 photo}"], "n": 3,
             "u": "/${file photo}?a={n}"}),
            {"h": 16, "x": [f"sha256={digest}"], "n": 3, "u": "/photo.jpg?a={n}"})
        for unknown in "${sha256 other}", "${size photo}", "${}":
            with self.assertRaises(ScenarioError):
                self.files().filled(unknown)

    def test_the_sides_of_a_jpeg(self):
        self.assertEqual(sources.jpeg_sides(JPEG), (128, 64))
        with self.assertRaises(BenchError):
            sources.jpeg_sides(b"\x89PNG" + bytes(40))

    def test_a_source_is_encoded_but_the_running_number(self):
        planned = plan.planned_request(
            {"name": "r", "path": "/v1/resize", "parameters": {"width": 3},
             "source": "far/file/${file photo}?seed={n}"}, self.files(), {"far": "http://h:1"})
        self.assertEqual(planned["path"], "/v1/resize?width=3&url="
                         "http%3A%2F%2Fh%3A1%2Ffile%2Fphoto.jpg%3Fseed%3D{n}")
        self.assertEqual(planned["expect"], {"statuses": [200]})
        with self.assertRaises(ScenarioError):
            plan.source_url("near/x", {"far": ""})

    def test_cpus(self):
        self.assertEqual(subjects.placed({0, 1}), subjects.Cpus({0}, {1}, 2))
        self.assertEqual(subjects.placed({0, 1, 2}), subjects.Cpus({0}, {1, 2}, 3))
        self.assertEqual(subjects.placed({0}), subjects.Cpus(None, None, 1))
        self.assertEqual(subjects.placed({0, 1}, together=True).service_count, 2)
        self.assertEqual(subjects.parse_cpus("0,2-3", {0, 1, 2, 3}), {0, 2, 3})
        for bad in "4", "", "a", "0-9":
            with self.assertRaises(ValueError):
                subjects.parse_cpus(bad, {0, 1})

    def test_only_whole_results_of_this_plan_are_taken(self):
        made = step("load", [("load", 10, group(5))])
        self.assertIs(generator.checked(made.result, made.plan), made.result)
        for change in (lambda r: r.update(format=1), lambda r: r["phases"].clear(),
                       lambda r: r["phases"][0]["totals"].update(ok=4)):
            broken = json.loads(json.dumps(made.result))
            change(broken)
            with self.assertRaises(BenchError):
                generator.checked(broken, made.plan)


class Plots(unittest.TestCase):
    def test_ticks_are_round(self):
        for high, top in (0.7, 0.8), (9.6, 10), (60, 60), (61, 80), (1234, 1250), (1, 1):
            self.assertAlmostEqual(scales.Linear(high).high, top)
        self.assertEqual([t for _, t in scales.Linear(20_000).ticks()][-1], "20k")
        self.assertEqual([v for v, _ in scales.Log(3, 140).ticks()],
                         [1, 2, 5, 10, 20, 50, 100, 200])
        self.assertEqual([v for v, _ in scales.Log(0.02, 900).ticks()], [.01, .1, 1, 10, 100, 1000])
        self.assertAlmostEqual(scales.Log(1, 100).at(10), 0.5)
        self.assertAlmostEqual(scales.Percentile(99).at(90), 0.5)

    def test_gaps_and_what_has_no_place_break_a_line(self):
        points = [(0, 1), (1, 2), (2, None), (3, 0), (4, 5)]
        self.assertEqual(list(svg.unbroken(points, scales.Linear(5), scales.Log(1, 10))),
                         [[(0, 1), (1, 2)], [(4, 5)]])

    def outcome(self, passed=True):
        played = run(step("overload 2x", [("before <2x>", 2, group(5)), ("load", 2, group(9, 3))],
                          samples(2, 4), rows(0, (5, 0, 0, 9), (0, 3, 0, 0), (1, 1, 1, 300))),
                     hash=0.1)
        wanted = objective("p99_ms", at_most=120 if passed else 1)
        return outcome.collect(played, "made-up", {"description": ["a & b", "c"]},
                               outcome.judged(played, [wanted]), [], "- a machine", "tailrace")

    def test_the_page_needs_nothing_but_itself(self):
        for passed, word in (True, "PASS"), (False, "FAIL"):
            made = self.outcome(passed)
            self.assertEqual(made["verdict"], word)
            plots = curves.all_of(made)
            text = page.written(made, plots)
            self.assertIn(f'<p class="verdict {word}">{word}</p>', text)
            self.assertIn("a &amp; b c", text)
            self.assertNotIn("<2x>", text)
            links = re.findall(r'(?:src|href|url\()\s*=?\s*"?([^"\s)]+)', text)
            self.assertEqual([link for link in links if "w3.org" not in link], [])
            self.assertNotIn("<script", text)
            self.assertIn("prefers-color-scheme:dark", text)
            for plot in plots:
                xml.dom.minidom.parseString(plot.svg())

    def test_one_objective_that_failed_fails_all(self):
        played = run(step("load", [("load", 10, group(5))]))
        verdicts = outcome.judged(played, [objective("p99_ms", at_most=120),
                                           objective("p99_ms", at_most=1)])
        made = outcome.collect(played, "x", {"description": [""]}, verdicts, [], "", "tailrace")
        self.assertEqual(made["verdict"], "FAIL")
        with self.assertRaises(ValueError):
            outcome.collect(played, "x", {"description": [""]}, [], [], "", "tailrace")

    def test_a_peak_that_left_the_service_idle_is_named(self):
        played = run(*(step(f"peak {i}", [(f"peak {i}", 10, group(5))], samples(cpu_s, 10),
                            closed=True) for i, cpu_s in enumerate((8, 9.6))))
        found = outcome.warnings(played)
        self.assertEqual(len(found), 1)
        self.assertIn("peak 0: the service used only 80 %", found[0])

    def test_other_work_on_the_services_cpus_is_named(self):
        played = run(*(step(f"load {i}", [(f"load {i}", 10, group(5))], samples(3, 10))
                       for i in (0, 1)))
        for others_s, made in zip((0.9, 1.1), played.steps):
            for sample in made.samples:
                sample.busy_s = sample.service_cpu_s + sample.at_s * others_s / 10
        self.assertEqual(outcome.warnings(played),
                         ["load 1: other work took 11 % of the service's CPUs"])

    def test_what_the_service_counted_is_the_difference(self):
        taken = samples(1, 2)
        for sample, (refused, busy) in zip(taken, ((5, 1), (6, 2), (8, 3))):
            sample.metrics = {'tailrace_rejections_total{reason="queue"}': refused,
                              'tailrace_rejections_total{reason="memory"}': 4,
                              "tailrace_executor_busy_seconds_total": busy}
        self.assertEqual(outcome.turned_away(taken),
                         {'tailrace_rejections_total{reason="queue"}': 3})

    def test_another_run_is_drawn_and_listed_beside(self):
        made, other = self.outcome(), self.outcome()
        made["points"] = [dict(made["points"][0], offered_per_s=load) for load in (10, 20)]
        before = [[s.name for s in plot.series] for plot in curves.all_of(made)[:2]]
        self.assertEqual(before, [["ok"], ["p50", "p99"]])
        other["points"] = [dict(made["points"][0], offered_per_s=load) for load in (400, 30)]
        made["compared"] = {"name": "old", **{key: other[key] for key in ("points", "phases")}}
        goodput, late = curves.all_of(made)[:2]
        self.assertEqual([s.name for s in goodput.series], ["ok", "ok, old"])
        self.assertEqual([s.name for s in late.series], ["p50", "p50, old", "p99", "p99, old"])
        self.assertEqual([x for x, _ in goodput.series[1].points], [30, 400])
        self.assertTrue(goodput.x.scale.has(400))
        self.assertIn("| old: offered/s |", results.section(made, []))
        self.assertIn("old: offered/s", page.written(made, []))

    def test_a_section_is_replaced_and_others_are_not(self):
        made, other = self.outcome(), dict(self.outcome(), scenario="other")
        text = "# Results\n\nWords.\n\n## Bench, today\n\nA table.\n"
        text = results.replaced(text, made, results.section(made, []))
        text = results.replaced(text, other, results.section(other, []))
        failed = self.outcome(passed=False)
        text = results.replaced(text, failed, results.section(failed, []))
        self.assertEqual(re.findall(r"^## .*", text, re.MULTILINE),
                         ["## Load: other: PASS", "## Load: made-up: FAIL", "## Bench, today"])
        self.assertTrue(text.startswith("# Results\n\nWords.\n\n## Load"))
        self.assertTrue(text.endswith("## Bench, today\n\nA table.\n"))

    def test_plots_are_committed_beside_the_section(self):
        made = self.outcome()
        with tempfile.TemporaryDirectory() as directory:
            file, folder = pathlib.Path(directory) / "R.md", pathlib.Path(directory) / "plots"
            file.write_text("# Results\n")
            results.write_section(made, curves.all_of(made), file, folder)
            named = re.findall(r"\(plots/([^)]+)\)", file.read_text())
            self.assertGreater(len(named), 4)
            self.assertEqual(sorted(named), sorted(path.name for path in folder.iterdir()))
