"""The command line of `./dev load SCENARIO`."""

import argparse
import json
import os
import pathlib
import time

import report

from scenario import catalogue, kinds, subjects
from scenario.errors import ScenarioError
from scenario.stage import ROOT

EPILOG = """\
exit status: 0 PASS, 1 FAIL, 2 bad usage, 3 no verdict (the run broke off or could not be measured).
`./dev load generator` starts the generator alone, `./dev load cross-check` puts it beside others.
"""


def parser():
    made = argparse.ArgumentParser(
        prog="./dev load", description="Runs a load scenario against a real service and judges it.",
        epilog=EPILOG, formatter_class=argparse.RawDescriptionHelpFormatter)
    made.add_argument("scenario", nargs="?", metavar="SCENARIO",
                      help=f"one of {', '.join(catalogue.names())}; without one they are listed")
    load = made.add_argument_group("the load")
    load.add_argument("--rate", type=positive, metavar="N", help="requests/s, not the scenario's")
    load.add_argument("--seconds", type=int, metavar="N", help="how long the load lasts")
    load.add_argument("--requests", type=int, metavar="N", help="of a soak, how many")
    load.add_argument("--quick", action="store_true", help="short phases, to see that it works")
    load.add_argument("--seed", type=int, default=1, help="of arrivals, mix and bodies")
    load.add_argument("--image", type=pathlib.Path, metavar="FILE",
                      help="JPEG to resize (default: a sample at a camera's size)")
    more = load.add_mutually_exclusive_group()
    more.add_argument("--search", action="store_true", help="find the highest rate that passes")
    more.add_argument("--sweep", action="store_true", help="then also 0.2 to 2 times the peak")
    service = made.add_argument_group("the service")
    service.add_argument("--service-flag", action="append", default=[], dest="service_flags",
                         metavar="FLAG", help="more flags: --service-flag=--long-threads=2")
    service.add_argument("--peer", choices=["asyncio"], help="load this instead of tailrace")
    service.add_argument("--peer-processes", type=int, metavar="N", help="default: as it has CPUs")
    service.add_argument("--build", type=pathlib.Path, default=ROOT / "build" / "release",
                         metavar="FOLDER", help="with the binaries (default: build/release)")
    service.add_argument("--generator", type=pathlib.Path, metavar="FILE",
                         help="another tailrace-load than that of the folder")
    cpus = made.add_argument_group("where things run (default: service and clients on halves)")
    cpus.add_argument("--service-cpus", metavar="LIST", help="as 0 or 0,2-3")
    cpus.add_argument("--client-cpus", metavar="LIST", help="of generator, origin and this program")
    cpus.add_argument("--together", action="store_true", help="let everything share all CPUs")
    cpus.add_argument("--not-raised", action="store_false", dest="raised",
                      help="leave the generator its priority where it could have a higher one")
    made.add_argument("--output", type=pathlib.Path, metavar="FOLDER",
                      help="default: build/load/SCENARIO-TIME")
    made.add_argument("--compare", metavar="NAME=FILE", type=named_file,
                      help="draw the curves of another run's result.json beside, so named")
    made.add_argument("--write", action="store_true",
                      help="put the result into loadtest/RESULTS.md and loadtest/plots")
    return made


def named_file(text):
    name, equals, file = text.partition("=")
    if not name or not equals or not file:
        raise ValueError
    return name, pathlib.Path(file)


def positive(text):
    value = float(text)
    if not 0 < value < 1e9:
        raise ValueError
    return value


def cpus_of(options, allowed, made):
    if options.together and (options.service_cpus or options.client_cpus):
        made.error("--together excludes --service-cpus and --client-cpus")
    if bool(options.service_cpus) != bool(options.client_cpus):
        made.error("--service-cpus and --client-cpus go together")
    if not options.service_cpus:
        return subjects.placed(allowed, options.together)
    try:
        return subjects.placed(allowed, False, subjects.parse_cpus(options.service_cpus, allowed),
                               subjects.parse_cpus(options.client_cpus, allowed))
    except ValueError as error:
        return made.error(f"CPUs: {error}")


def check_load(options, scenario, made):
    """What would change nothing is refused: who asked for it takes the result for another one."""
    kind, soak = kinds.KINDS[scenario["kind"]], scenario["kind"] == "soak"
    if options.image and not any(file.get("image") == "camera"
                                 for file in scenario.get("files", {}).values()):
        made.error("--image is for scenarios with a camera's image")
    if options.rate and "rate" not in kind.needs:
        made.error(f"--rate is not for a scenario of kind '{scenario['kind']}': its rates are "
                   "multiples of the peak")
    if options.requests and not soak:
        made.error("--requests is of soaks alone; others last for --seconds")
    if options.requests and options.quick:
        made.error("--requests and --quick exclude each other")
    if options.seconds and soak and not options.quick:
        made.error("a soak lasts for --requests; --seconds is for others, or with --quick")
    if options.seconds and "load" not in kind.seconds:
        made.error(f"--seconds is not for a scenario of kind '{scenario['kind']}', which has "
                   "several phases")


def check_service(options, made):
    if options.peer and options.service_flags:
        made.error("--service-flag is tailrace's, so --peer excludes it")
    if options.peer_processes and not options.peer:
        made.error("--peer-processes needs --peer")


def check_write(options, made):
    if options.write and (options.quick or options.generator
                          or not report.is_release(ROOT, options.build)):
        made.error("--write takes neither --quick nor other binaries than this tree's release")


def check_compare(options, made):
    """Afterwards `options.compare` is what the report shows of the other run."""
    if not options.compare:
        return
    name, file = options.compare
    try:
        other = json.loads(file.read_text())
        same = other["scenario"] == options.scenario and len(other["points"]) > 1
        options.compare = {"name": name, "points": other["points"], "phases": other["phases"]}
    except (OSError, ValueError, KeyError, TypeError) as error:
        made.error(f"--compare: {file} is no result of a run: {error}")
    if not same:
        made.error(f"--compare: {file} is no run of {options.scenario} with several loads")


def check(options, scenario, made):
    for value in ("seconds", "requests", "peer_processes"):
        if getattr(options, value) is not None and getattr(options, value) < 1:
            made.error(f"--{value.replace('_', '-')} must be at least 1")
    if options.image and not options.image.is_file():
        made.error(f"{options.image} is no file")
    check_load(options, scenario, made)
    check_service(options, made)
    if options.search and not scenario.get("searched"):
        made.error("--search needs a scenario with one rate and objectives of it, as case-study")
    if options.search and options.rate:
        made.error("--rate and --search exclude each other")
    if options.sweep and scenario["kind"] != "steady":
        made.error("--sweep needs a scenario with one rate")
    check_write(options, made)
    check_compare(options, made)


def parse(arguments):
    """(name, scenario, options); the name is None where none was given."""
    made = parser()
    options = made.parse_args(arguments)
    if options.scenario is None:
        return None, None, options
    try:
        scenario = catalogue.load(options.scenario)
    except ScenarioError as error:
        made.error(str(error))
    options.cpus = cpus_of(options, os.sched_getaffinity(0), made)
    check(options, scenario, made)
    options.build = options.build.resolve()
    options.generator = (options.generator or options.build / "tailrace-load").resolve()
    stamp = time.strftime("%Y%m%d-%H%M%S", time.gmtime())
    options.output = (options.output
                      or ROOT / "build" / "load" / f"{options.scenario}-{stamp}").resolve()
    return options.scenario, scenario, options
