"""The queries of the dashboard and of the rules, and what is wrong with what they refer to."""

import dataclasses
import json
import re

import promql
import yaml

# What Grafana puts in for its variables, at their least.
VARIABLES = {"$__rate_interval": "1m", "$__range": "3h", "$__interval": "15s",
             "$job": "tailrace", "$instance": ".*"}
# Families of ours that no panel and no rule needs, each with the reason.
UNUSED = {
    "tailrace_connections_cut_total":
        "moves in the last two seconds of a process, which most scrapes miss; the log says it",
}


@dataclasses.dataclass
class Query:
    where: str
    text: str
    legend: str = ""


def filled(text):
    for name in sorted(VARIABLES, key=len, reverse=True):
        text = text.replace(name, VARIABLES[name])
    return text


def panels_of(dashboard):
    for panel in dashboard["panels"]:
        yield panel
        yield from panel.get("panels", [])


def of_dashboard(path):
    dashboard = json.loads(path.read_text(encoding="utf-8"))
    found = [Query(f"{panel['title']} {target['refId']}", filled(target["expr"]),
                   target["legendFormat"])
             for panel in panels_of(dashboard) for target in panel.get("targets", [])]
    found += [Query(f"annotation {each['name']}", filled(each["expr"]), each["textFormat"])
              for each in dashboard["annotations"]["list"]]
    for variable in dashboard["templating"]["list"]:
        match = re.fullmatch(r"label_values\((.*), (\w+)\)", variable.get("definition", ""))
        if match:
            text = f"count by ({match[2]}) ({filled(match[1])})"
            found.append(Query(f"variable {variable['name']}", text))
    return found


def rules_of(path):
    groups = yaml.safe_load(path.read_text(encoding="utf-8"))["groups"]
    return [rule for group in groups for rule in group["rules"]]


def of_rules(path):
    return [Query(rule.get("alert") or rule["record"], rule["expr"]) for rule in rules_of(path)]


def recorded(path):
    """name -> one label set, with the labels its expression groups by; of values nothing is known
    here, so that a matcher on them takes any."""
    found = {}
    for rule in rules_of(path):
        if "record" in rule:
            kept = promql.references(rule["expr"])
            found[rule["record"]] = {label: None for label in kept.kept | kept.made}
    return found


def matches(labels, matcher):
    label, operator, value = matcher
    if label not in labels:
        return False
    own = labels[label]
    if own is None or operator in ("!=", "!~") or label in ("job", "instance"):
        return True
    return own == value if operator == "=" else re.fullmatch(value, own) is not None


def problems_of(query, exposition, recorded_names):
    """Metrics, labels and values that do not exist."""
    try:
        found = promql.references(query.text)
    except promql.PromqlError as error:
        return [str(error)]
    problems, labels = [], set(found.made)
    for selector in found.selectors:
        if selector.name in recorded_names:
            known = [recorded_names[selector.name]]
        else:
            known = exposition.series.get(selector.name, [])
        if not known:
            problems.append(f"there is no metric {selector.name}")
            continue
        for each in known:
            labels |= set(each)
        for matcher in selector.matchers:
            if not any(matches(each, matcher) for each in known):
                problems.append("{} has no {}{}\"{}\"".format(selector.name, *matcher))
    if problems:
        return problems
    problems += [f"no metric here has the label {label}"
                 for label in sorted(found.grouped - labels)]
    shown = set(re.findall(r"\{\{(\w+)\}\}", query.legend))
    grouped = found.kept | found.made if found.kept else labels
    problems += [f"the legend shows {label}, which the result has not"
                 for label in sorted(shown - grouped)]
    return problems


def names_in(queries):
    return {selector.name for query in queries
            for selector in promql.references(query.text).selectors}


def unused_families(queries, exposition, listed):
    used = {exposition.family_of(name) for name in names_in(queries)}
    problems = [f"{family} is on no panel, in no rule, and not listed as unused"
                for family in exposition.families
                if family.startswith("tailrace_") and family not in used | set(listed)]
    return problems + [f"{family} is listed as unused, and is used or gone"
                       for family in listed if family in used or family not in exposition.families]


def layout_problems(path):
    """Identifiers given twice, panels over each other, and those that ask another data source than
    the one chosen."""
    dashboard = json.loads(path.read_text(encoding="utf-8"))
    problems, taken, seen = [], {}, set()
    for panel in panels_of(dashboard):
        if panel["id"] in seen:
            problems.append(f"the id {panel['id']} is given twice")
        seen.add(panel["id"])
        at = panel["gridPos"]
        if at["x"] + at["w"] > 24:
            problems.append(f"{panel['title']} is wider than the screen")
        for x in range(at["x"], at["x"] + at["w"]):
            for y in range(at["y"], at["y"] + at["h"]):
                other = taken.setdefault((x, y), panel["title"])
                if other != panel["title"] and f"{panel['title']} lies on {other}" not in problems:
                    problems.append(f"{panel['title']} lies on {other}")
        sources = [panel.get("datasource"), *(t["datasource"] for t in panel.get("targets", []))]
        if panel["type"] != "row" and any(s["uid"] != "${datasource}" for s in sources):
            problems.append(f"{panel['title']} does not ask the data source chosen")
    return problems
