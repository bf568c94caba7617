"""Is the generator to be believed? `./dev load cross-check` puts it beside wrk, beside h2load and
beside delays that are known: the scenarios of the bench, with a verdict."""

import argparse
import contextlib
import os
import pathlib
import shutil
import statistics
import tempfile

import bench
import report
import servers
from scenarios import delays, generator

from scenario import measures, outcome, results
from scenario.options import check_write
from scenario.stage import ROOT

WRK_WITHIN = 0.05
# Times of a single request differ more: who sleeps until a request is due finds colder caches than
# who polls, and h2load wakes every 10 ms.
H2LOAD_WITHIN = 0.25


class Bench(bench.Bench):
    """With the generator that is asked about, and with longer runs."""

    def __init__(self, options, directory):
        super().__init__(options.build, directory, options.rounds, options.quick)
        self.load_binary = options.generator
        self.seconds = 1 if options.quick else 5

    def origin(self):
        """Away from the generator, which is to be on time."""
        return servers.Origin(self.origin_binary, self.fresh_directory("origin"), self.server_cpu)


def verdict(text, deviation, within, found):
    return measures.Verdict(text, "", deviation, found, f"within {within * 100:.0f} %", "%",
                            abs(deviation) <= within)


def of_ratios(text, ratios, within):
    return verdict(text, statistics.median(ratios) - 1, within, report.ratio_text(ratios, 3))


def judged(saturated, sparse, delayed):
    """Medians over the rounds, each against its target."""
    verdicts = [
        of_ratios("throughput at saturation ÷ wrk's", generator.ratios(*saturated), WRK_WITHIN),
        of_ratios(f"p50 at {generator.SPARSE_PER_S}/s ÷ h2load's", generator.ratios(*sparse),
                  H2LOAD_WITHIN)]
    for case, key, times_ms in delayed:
        off = delays.deviation(case, key, times_ms)
        verdicts.append(verdict(
            f"{key.removesuffix('_ns')} of a delay of {case.name}", off, delays.WITHIN,
            f"{statistics.median(times_ms):.1f} of {case.expected_ms[key]:.1f} ms"))
    return verdicts


def parse(arguments):
    parser = argparse.ArgumentParser(prog="./dev load cross-check", description=__doc__)
    parser.add_argument("--rounds", type=int, choices=range(1, 100), default=5, metavar="N")
    parser.add_argument("--quick", action="store_true", help="runs of a second")
    parser.add_argument("--build", type=pathlib.Path, default=ROOT / "build" / "release")
    parser.add_argument("--generator", type=pathlib.Path, metavar="FILE",
                        help="another tailrace-load than that of the folder")
    parser.add_argument("--write", action="store_true", help="put it into loadtest/RESULTS.md")
    options = parser.parse_args(arguments)
    check_write(options, parser)
    options.build = options.build.resolve()
    options.generator = (options.generator or options.build / "tailrace-load").resolve()
    return options


def rows(verdicts):
    return [["generator beside others", "found", "target", ""],
            *([v.text, v.found, v.target, "PASS" if v.passed else "FAIL"] for v in verdicts)]


def main(arguments):
    """Whether all is as it should be."""
    options = parse(arguments)
    missing = [tool for tool in ("nginx", "wrk", "h2load") if not shutil.which(tool)]
    if missing:
        raise servers.BenchError("not installed: " + ", ".join(missing))
    load_before = os.getloadavg()[0]
    with contextlib.ExitStack() as stack:
        directory = stack.enter_context(tempfile.TemporaryDirectory(prefix="tailrace-load-"))
        os.chmod(directory, 0o755)  # nginx workers run as another user when started by root
        checks = Bench(options, directory)
        saturated, sparse = generator.measured(checks)
        delayed = delays.measured(checks, 1 if options.quick else 3)
    verdicts = judged(saturated, sparse, delayed)
    table = generator.table(saturated, sparse).markdown()
    for row in rows(verdicts)[1:]:
        print(f"{row[3]}  {row[0]}: {row[1]}, {row[2]}")
    print("\n" + table)
    passed = all(v.passed for v in verdicts)
    if options.write:
        write(verdicts, table, passed, report.machine(ROOT, load_before))
    print(f"\n{'PASS' if passed else 'FAIL'}  cross-check", flush=True)
    return passed


def write(verdicts, table, passed, circumstances):
    about = {"scenario": "cross-check", "subject": "tailrace"}
    section = "\n\n".join([
        f"{results.heading(about)}: {'PASS' if passed else 'FAIL'}",
        "tailrace-load beside wrk at saturation, beside h2load far below it, and beside delays "
        "that are known. Rounds are interleaved; medians.",
        "\n".join(f"- {line}" for line in [outcome.now(), *circumstances]),
        results.markdown(rows(verdicts)), table]) + "\n"
    results.RESULTS.write_text(results.replaced(results.RESULTS.read_text(), about, section))
