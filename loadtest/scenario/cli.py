"""From the command line to the verdict."""

import os
import signal
import subprocess
import sys
import traceback

import report
from servers import BenchError

from scenario import catalogue, crosscheck, curves, kinds, measures, options, outcome, results
from scenario import search
from scenario.errors import ScenarioError
from scenario.stage import ROOT, Stage

PASS, FAIL, USAGE, BROKEN = 0, 1, 2, 3


class Ended(Exception):
    """A signal. As an exception it passes every `with`: no child stays."""


def end_early(number, _):
    raise Ended(signal.Signals(number).name)


def say(text):
    print(text, file=sys.stderr, flush=True)


def list_scenarios():
    for name in catalogue.names():
        first, *others = catalogue.load(name)["description"]
        print(f"{name:16} {first}")
        for line in others:
            print(f"{'':16} {line}")


def searched(stage, objectives):
    """The verdicts of the long run at the highest rate that passes, or of the last that failed."""
    found = search.Search(stage, objectives)
    rate = found.run()
    name = found.phase or found.tries[-1]["name"]
    verdicts = outcome.judged(stage.record, search.about(objectives, name))
    verdicts.insert(0, measures.Verdict(
        "the highest rate that passes", name, rate,
        "none" if rate is None else f"{rate:.4g}/s", "any", "1/s", rate is not None))
    return verdicts, found.tries


def played(stage, scenario):
    """(verdicts, points of the plot over the load)"""
    objectives = kinds.objectives(scenario)
    if stage.options.search:
        return searched(stage, objectives)
    kinds.KINDS[scenario["kind"]].play(stage)
    verdicts = outcome.judged(stage.record, objectives)
    return verdicts, search.sweep(stage) if stage.options.sweep else []


def circumstances(run_options, load_before):
    lines = [*report.machine(ROOT, load_before), run_options.cpus.text()]
    if run_options.service_flags:
        lines.append("service flags " + " ".join(run_options.service_flags))
    if run_options.image:
        lines.append(f"image {run_options.image.name}")
    return "\n".join(f"- {line}" for line in lines)


def run(name, scenario, run_options):
    """The outcome, complete or not at all."""
    load_before = os.getloadavg()[0]
    run_options.output.mkdir(parents=True)
    run_options.say = say
    with Stage(scenario, run_options, run_options.output) as stage:
        verdicts, points = played(stage, scenario)
        stage.expect_understood()
    subject = run_options.peer or "tailrace"
    return outcome.collect(stage.record, name, scenario, verdicts, points,
                           circumstances(run_options, load_before), subject, run_options.compare)


def print_verdict(found, folder):
    wide = max(len(objective["text"]) for objective in found["objectives"])
    for objective in found["objectives"]:
        print(f"{'PASS' if objective['passed'] else 'FAIL'}  {objective['text']:{wide}}  "
              f"{objective['found']}, {objective['target']}")
    for warning in found["warnings"]:
        print(f"WARNING  {warning}")
    judged = [objective["phase"] for objective in found["objectives"]]
    for phase in found["phases"]:
        if phase["name"] in judged and phase["cores"] is not None:
            print(f"      {phase['name']}: {phase['ok'] / phase['seconds']:.4g} ok/s with "
                  f"{phase['cores']:.2f} CPUs, headroom {phase['headroom'] * 100:.0f} %")
    print(f"{found['verdict']}  {found['scenario']}; {folder}/report.html", flush=True)


def main(arguments):
    if arguments[:1] == ["cross-check"]:
        return PASS if crosscheck.main(arguments[1:]) else FAIL
    name, scenario, run_options = options.parse(arguments)
    if name is None:
        list_scenarios()
        return PASS
    found = run(name, scenario, run_options)
    plots = curves.all_of(found)
    results.write_folder(found, plots, run_options.output)
    if run_options.write:
        results.write_section(found, plots)
    print_verdict(found, run_options.output)
    return PASS if found["verdict"] == "PASS" else FAIL


def guarded(arguments):
    """`main`, with every way out that is not a verdict named as such."""
    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, end_early)
    try:
        return main(arguments)
    except (Ended, KeyboardInterrupt) as end:
        say(f"NO VERDICT: ended early: {end!r}")
    except (BenchError, ScenarioError, OSError, subprocess.SubprocessError) as error:
        say(f"NO VERDICT: {error}")
    except Exception:  # a bug must not look like a verdict either
        say(f"NO VERDICT: {traceback.format_exc()}")
    return BROKEN
