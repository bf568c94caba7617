"""Scenarios are data: loadtest/scenarios/NAME.json. What is in them is checked when they are read,
so that a misspelt key is not a check that never happens."""

import json
import pathlib

from scenario import kinds, measures
from scenario.errors import ScenarioError

FOLDER = pathlib.Path(__file__).resolve().parents[1] / "scenarios"

NUMBER, TEXT, LIST, OBJECT, SWITCH = (int, float), str, list, dict, bool

# key -> (type, needed)
KEYS = {
    "description": (LIST, True),  # of lines
    "kind": (TEXT, True),
    "service_flags": (LIST, False),
    "files": (OBJECT, False),
    "origins": (OBJECT, False),
    "requests": (LIST, True),
    "connections": (int, True),
    "closed_connections_per_cpu": (int, True),
    "timeout_ms": (int, False),
    "arrivals": (TEXT, False),
    "rate": (OBJECT, False),
    "seconds": (OBJECT, True),
    "factors": (LIST, False),
    "rounds": (int, False),
    "beside": (TEXT, False),
    "total_requests": (int, False),
    "searched": (SWITCH, False),
    "raised": (SWITCH, False),
    "lateness_ms_max": (NUMBER, False),
    "objectives": (LIST, True),
}
REQUEST_KEYS = {
    "name": (TEXT, True),
    "weight": (NUMBER, False),
    "method": (TEXT, False),
    "path": (TEXT, True),
    "parameters": (OBJECT, False),
    "source": (TEXT, False),
    "headers": (LIST, False),
    "body_bytes": (int, False),
    "body": (TEXT, False),
    "refusals": (LIST, False),
    "expect": (OBJECT, False),
}
OBJECTIVE_KEYS = {
    "what": (TEXT, True),
    "of": (TEXT, True),
    "requests": (TEXT, False),
    "at_most": (NUMBER, False),
    "at_least": (NUMBER, False),
}
FILE_KEYS = {"image": (TEXT, False), "random_bytes": (int, False)}
RATE_KEYS = {"per_s": (NUMBER, False), "of_peak": (NUMBER, False)}


def check(where, value, keys):
    """Every key known, of its type, and the needed ones there."""
    if not isinstance(value, dict):
        raise ScenarioError(f"{where}: an object is wanted, not {json.dumps(value)}")
    for key, found in value.items():
        if key not in keys:
            raise ScenarioError(f"{where}: there is no key '{key}'; known are {', '.join(keys)}")
        wanted = keys[key][0]
        if not isinstance(found, wanted) or (isinstance(found, bool) and wanted is not bool):
            raise ScenarioError(f"{where}.{key}: {json.dumps(found)} is of the wrong type")
    missing = [key for key, (_, needed) in keys.items() if needed and key not in value]
    if missing:
        raise ScenarioError(f"{where}: lacks {', '.join(missing)}")


def one_of(where, value, keys):
    check(where, value, keys)
    if len(value) != 1:
        raise ScenarioError(f"{where}: exactly one of {', '.join(keys)} is wanted")


def check_objective(where, objective, names, phases):
    check(where, objective, OBJECTIVE_KEYS)
    if objective["of"] not in phases:
        raise ScenarioError(f"{where}: there is no phase '{objective['of']}'; there are "
                            + ", ".join(phases))
    if objective["what"] not in measures.MEASURES:
        raise ScenarioError(f"{where}: nothing measures '{objective['what']}'; known are "
                            + ", ".join(sorted(measures.MEASURES)))
    if ("at_most" in objective) == ("at_least" in objective):
        raise ScenarioError(f"{where}: exactly one of at_most, at_least is wanted")
    if objective.get("requests", names[0]) not in names:
        raise ScenarioError(f"{where}: there are no requests '{objective['requests']}'")


def check_requests(where, requests):
    if not requests:
        raise ScenarioError(f"{where}.requests: none")
    for index, request in enumerate(requests):
        check(f"{where}.requests[{index}]", request, REQUEST_KEYS)
        if "body" in request and "body_bytes" in request:
            raise ScenarioError(f"{where}.requests[{index}]: body excludes body_bytes")
    names = [request["name"] for request in requests]
    if len(set(names)) != len(names):
        raise ScenarioError(f"{where}.requests: two have the same name")
    return names


def check_objectives(name, scenario, names):
    if not scenario["objectives"]:
        raise ScenarioError(f"{name}.objectives: none, so nothing could fail")
    kind = kinds.KINDS.get(scenario["kind"])
    if kind is None:
        raise ScenarioError(f"{name}: there is no kind '{scenario['kind']}'; there are "
                            + ", ".join(kinds.KINDS))
    for key in kinds.NEEDED_BY_SOME:
        if (key in scenario) != (key in kind.needs):
            raise ScenarioError(f"{name}: a scenario of kind '{scenario['kind']}' "
                                + ("needs " if key in kind.needs else "has no use for ") + key)
    missing = [phase for phase in kind.seconds if phase not in scenario["seconds"]]
    if missing:
        raise ScenarioError(f"{name}.seconds: lacks {', '.join(missing)}")
    for index, objective in enumerate(scenario["objectives"]):
        check_objective(f"{name}.objectives[{index}]", objective, names, kind.phases(scenario))


def checked(name, scenario):
    check(name, scenario, KEYS)
    names = check_requests(name, scenario["requests"])
    if "rate" in scenario:
        one_of(f"{name}.rate", scenario["rate"], RATE_KEYS)
    for file, made in scenario.get("files", {}).items():
        one_of(f"{name}.files.{file}", made, FILE_KEYS)
    for origin, flags in scenario.get("origins", {}).items():
        if not isinstance(flags, list):
            raise ScenarioError(f"{name}.origins.{origin}: a list of flags is wanted")
    for phase, seconds in scenario["seconds"].items():
        # Whole ones, so that phases and the seconds of the timeline begin together.
        if not isinstance(seconds, int) or isinstance(seconds, bool) or seconds < 1:
            raise ScenarioError(f"{name}.seconds.{phase}: whole seconds are wanted")
    check_objectives(name, scenario, names)
    return scenario


def names():
    return sorted(path.stem for path in FOLDER.glob("*.json"))


def load(name):
    path = FOLDER / f"{name}.json"
    if not path.is_file():
        raise ScenarioError(f"there is no scenario '{name}'; there are {', '.join(names())}")
    return read(path)


def read(path):
    try:
        scenario = json.loads(path.read_text())
    except ValueError as error:
        raise ScenarioError(f"{path.name}: not JSON: {error}") from None
    return checked(path.stem, scenario)
