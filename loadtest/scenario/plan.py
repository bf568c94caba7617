"""From a scenario to the plans that the generator runs."""

import json
import urllib.parse

from scenario.errors import ScenarioError

NUMBER = "{n}"  # the generator puts a running number there, so that URLs differ


def encoded(text):
    """As a query's value; the running number's place stays as it is."""
    return NUMBER.join(urllib.parse.quote(part, safe="") for part in text.split(NUMBER))


def source_url(source, origins):
    """`NAME/path`: of the origin with that name."""
    name, slash, path = source.partition("/")
    if name not in origins:
        raise ScenarioError(f"source '{source}': there is no origin '{name}'")
    return origins[name] + slash + path


def path_of(request, origins):
    parameters = dict(request.get("parameters", {}))
    if "source" in request:
        parameters["url"] = source_url(request["source"], origins)
    query = "&".join(f"{key}={encoded(str(value))}" for key, value in parameters.items())
    return request["path"] + (f"?{query}" if query else "")


def planned_request(request, files, origins):
    request = files.filled(request)
    planned = {"name": request["name"], "weight": request.get("weight", 1),
               "method": request.get("method", "GET"), "path": path_of(request, origins),
               "refusals": request.get("refusals", [503, 429]),
               "expect": request.get("expect", {"statuses": [200]})}
    if "headers" in request:
        planned["headers"] = request["headers"]
    if "body_bytes" in request:
        planned["body_bytes"] = request["body_bytes"]
    if "body" in request:
        planned["body_file"] = request["body"]
    return planned


class Planner:
    """Makes plans of one scenario against one service."""

    def __init__(self, scenario, service_url, files, origins, seed=1):
        self.scenario, self.service_url, self.seed = scenario, service_url, seed
        self.requests = [planned_request(request, files, origins)
                         for request in scenario["requests"]]

    def plan(self, phases, closed=False, connections=None, only=None):
        requests = [r for r in self.requests if only is None or r["name"] in only]
        return {
            "base": self.service_url, "closed": closed, "threads": 1, "keepalive": True,
            "connections": connections or self.scenario["connections"],
            "timeout_ms": self.scenario.get("timeout_ms", 5000),
            "arrivals": self.scenario.get("arrivals", "poisson"), "seed": self.seed,
            "phases": phases, "requests": requests}


def phase(name, seconds, rate=None, recorded=True):
    """One of a plan; without a rate for a closed loop."""
    planned = {"name": name, "seconds": seconds, "recorded": recorded}
    if rate is not None:
        planned["rate"] = rate
    return planned


def total_seconds(plan):
    return sum(phase["seconds"] for phase in plan["phases"])


def written(path, plan):
    path.write_text(json.dumps(plan, indent=1) + "\n")
    return path
