"""Checks of the files under deploy/ against each other, and against a running instance."""

import json
import pathlib
import re
import subprocess

import queries
import yaml

ROOT = pathlib.Path(__file__).resolve().parents[2]
DEPLOY = ROOT / "deploy"
RULES = DEPLOY / "prometheus/rules.yaml"
RULES_TEST = DEPLOY / "prometheus/rules.test.yaml"
DASHBOARD = DEPLOY / "grafana/tailrace.json"
OPERATIONS = ROOT / "docs/operations.md"
HARDENED = {"read_only": True, "cap_drop": ["ALL"], "security_opt": ["no-new-privileges:true"]}


def promtool(*arguments, text=None):
    """What promtool complains about, as a list."""
    done = subprocess.run(["promtool", *map(str, arguments)], input=text, text=True,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=240,
                          stdin=None if text is not None else subprocess.DEVNULL)
    complaints = done.stdout.strip() if done.returncode or text is not None else ""
    return [complaints or f"ended with {done.returncode}"] if done.returncode or complaints else []


def anchors(path):
    """Of the headings, as hosts of Markdown make them."""
    headings = re.findall(r"^#+ (.*)$", path.read_text(encoding="utf-8"), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


def alert_problems(rule, known_anchors):
    notes = rule.get("annotations", {})
    problems = [f"no {name}" for name in ("summary", "description") if not notes.get(name)]
    if rule.get("labels", {}).get("severity") not in ("page", "ticket"):
        problems.append("its severity is neither page nor ticket")
    page, _, anchor = notes.get("runbook_url", "").partition("#")
    if page != str(OPERATIONS.relative_to(ROOT)) or anchor not in known_anchors:
        problems.append(f"there is no runbook at {notes.get('runbook_url')}")
    if anchor != rule["alert"].lower():
        problems.append("the runbook is another alert's")
    return problems


def check_alerts(tally):
    known, tests = anchors(OPERATIONS), RULES_TEST.read_text(encoding="utf-8")
    for rule in queries.rules_of(RULES):
        if "alert" in rule:
            problems = alert_problems(rule, known)
            if f'alertname="{rule["alert"]}"' not in tests:
                problems.append("no test sees it fire")
            tally.add(f"{rule['alert']} is explained and tested", problems)
    alerts = {rule.get("alert", "").lower() for rule in queries.rules_of(RULES)}
    gone = [anchor for anchor in known if re.match("tailrace[a-z]+$", anchor)
            and anchor not in alerts]
    tally.add("every runbook is of an alert that exists", gone)


def check_queries(exposition, tally):
    recorded = queries.recorded(RULES)
    asked = queries.of_dashboard(DASHBOARD) + queries.of_rules(RULES)
    for query in asked:
        tally.add(f"{query.where} asks for what exists",
                  queries.problems_of(query, exposition, recorded), query.text)
    tally.add("every metric is looked at",
              queries.unused_families(asked, exposition, queries.UNUSED))
    tally.add("every recorded series is looked at",
              sorted(set(recorded) - queries.names_in(asked)))
    tally.add("panels have a place of their own", queries.layout_problems(DASHBOARD))


def check_promtool(exposition, tally):
    tally.add("promtool takes the configuration",
              promtool("check", "config", DEPLOY / "prometheus/prometheus.yml"))
    tally.add("promtool takes the rules", promtool("check", "rules", RULES))
    tally.add("promtool tests the rules", promtool("test", "rules", RULES_TEST))
    tally.add("promtool finds nothing wrong with the exposition",
              promtool("check", "metrics", text=exposition.text))


def mounts(service):
    """(file here, path in the container) of the bind mounts."""
    for text in service.get("volumes", []):
        source, target = text.split(":")[:2]
        if source.startswith("."):
            yield (DEPLOY / source).resolve(), target


def service_problems(name, service, composed):
    problems = [f"{key} is {service.get(key)}" for key, value in HARDENED.items()
                if service.get(key) != value]
    problems += [f"no {key}" for key in ("cpus", "mem_limit", "restart") if key not in service]
    if not re.search(r":v?\d+\.\d+", service["image"]):
        problems.append(f"{service['image']} may be any version")
    problems += [f"{path} does not exist" for path, _ in mounts(service) if not path.exists()]
    named = [text.split(":")[0] for text in service.get("volumes", [])]
    problems += [f"the volume {volume} is not declared" for volume in named
                 if not volume.startswith(".") and volume not in composed["volumes"]]
    problems += [f"it waits for {other}, which does not exist"
                 for other in service.get("depends_on", []) if other not in composed["services"]]
    return [f"{name}: {problem}" for problem in problems]


def refused_command(binary, service):
    done = subprocess.run([binary, "--check-config", *service["command"]], text=True,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=20)
    return [done.stdout.strip()] if done.returncode else []


def paths_in_containers(composed):
    """That what one file says of a container's paths and names, another one puts there."""
    services = composed["services"]
    prometheus = {target: path for path, target in mounts(services["prometheus"])}
    grafana = {target: path for path, target in mounts(services["grafana"])}
    problems = []
    config = services["prometheus"]["command"][0].removeprefix("--config.file=")
    loaded = yaml.safe_load(prometheus[config].read_text(encoding="utf-8"))
    folder = pathlib.PurePath(config).parent
    discovery = loaded["scrape_configs"][0]["file_sd_configs"][0]
    for name in [*loaded["rule_files"], *discovery["files"]]:
        if str(folder / name) not in prometheus:
            problems.append(f"{name} is not mounted beside the configuration")
    targets = yaml.safe_load(prometheus[str(folder / "targets.yaml")].read_text(encoding="utf-8"))
    problems += [f"nobody is {target}" for each in targets for target in each["targets"]
                 if target.split(":")[0] not in services]
    provisioning = grafana["/etc/grafana/provisioning"]
    source = yaml.safe_load((provisioning / "datasources/prometheus.yaml").read_text())
    host = re.match(r"http://([a-z]+):9090$", source["datasources"][0]["url"])
    if not host or host[1] not in services:
        problems.append("Grafana's data source is nobody")
    if source["datasources"][0]["jsonData"]["timeInterval"] != loaded["global"]["scrape_interval"]:
        problems.append("Grafana takes another scrape interval than Prometheus")
    provider = yaml.safe_load((provisioning / "dashboards/tailrace.yaml").read_text())
    shown = pathlib.PurePath(provider["providers"][0]["options"]["path"]) / DASHBOARD.name
    if grafana.get(str(shown)) != DASHBOARD:
        problems.append(f"the dashboard is not at {shown}")
    return problems


def check_compose(binary, tally):
    composed = yaml.safe_load((DEPLOY / "compose.yaml").read_text(encoding="utf-8"))
    for name, service in composed["services"].items():
        tally.add(f"compose.yaml: {name}", service_problems(name, service, composed))
    # It tells of a service that did not start.
    waits = composed["services"]["prometheus"].get("depends_on", [])
    tally.add("compose.yaml: prometheus waits for nobody", list(waits))
    own = composed["services"]["tailrace"]
    tally.add("compose.yaml: tailrace takes its flags", refused_command(binary, own))
    dockerfile = (ROOT / "Dockerfile").read_text(encoding="utf-8")
    health = re.search(r"^HEALTHCHECK .*CMD (\[.*\])$", dockerfile, re.MULTILINE)
    tally.add("compose.yaml: the health check is the image's",
              [] if health and own["healthcheck"]["test"] == ["CMD", *json.loads(health[1])]
              else [str(own["healthcheck"]["test"])])
    grace_s = int(own["stop_grace_period"].removesuffix("s"))
    drains_ms = sum(int(flag.partition("=")[2]) for flag in own["command"] if "drain-" in flag)
    tally.add("compose.yaml: a drain has the time it wants",
              [] if drains_ms < grace_s * 1000 else [f"{drains_ms} ms in {grace_s} s"])
    tally.add("compose.yaml: files and names meet", paths_in_containers(composed))
