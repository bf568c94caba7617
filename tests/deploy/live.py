"""A real Prometheus watches a real tailrace: what it scrapes, what the dashboard would show, and
that an alert comes with bad traffic and goes with good.

The rules are those of deploy/prometheus with every duration divided, so that hours pass in seconds.
"""

import contextlib
import json
import pathlib
import re
import time
import urllib.error
import urllib.parse
import urllib.request

import exposition
import files
import processes
import queries
import uploads
import yaml

FASTER = 100
SCRAPES_EVERY_MS = 500
UNIT_MS = {"s": 1000, "m": 60000, "h": 3600000, "d": 86400000}
UPLOADS_AT_ONCE = 12
# Of what Prometheus counts about itself: all must stay 0.
COMPLAINTS = ["prometheus_target_scrapes_sample_duplicate_timestamp_total",
              "prometheus_target_scrapes_sample_out_of_order_total",
              "prometheus_target_scrapes_sample_out_of_bounds_total",
              "prometheus_target_scrapes_exceeded_sample_limit_total",
              "prometheus_target_scrape_pool_exceeded_label_limits_total",
              "prometheus_rule_evaluation_failures_total"]
PAGE = "TailraceErrorBudgetBurnsFast"


def sped_up(text, faster):
    """The rules with every window and every `for` divided."""
    def shorter(match):
        milliseconds = int(match[2]) * UNIT_MS[match[3]] // faster
        return f"{match[1]}{milliseconds}ms{match[4]}"
    text = re.sub(r"(\[)(\d+)([smhd])(\])", shorter, text)
    return re.sub(r"(\bfor: )(\d+)([smhd])($)", shorter, text, flags=re.MULTILINE)


class Tailrace(processes.Server):
    """Small enough that a dozen uploads are too many."""

    def __init__(self, binary, directory):
        self.ports = directory / "ports"
        super().__init__("tailrace", [
            binary, "--listen=127.0.0.1:0", "--admin-listen=127.0.0.1:0",
            f"--port-file={self.ports}", f"--local-root={files.ROOT / 'config/samples'}",
            "--long-threads=1", "--long-queue-max=1", "--requests-in-flight-max=8"],
            directory / "tailrace.log")

    def find_port(self):
        found = processes.ports_in(self.ports)
        self.admin_port = found.get("admin")
        return found.get("public")


class Prometheus(processes.Server):
    """With the configuration of deploy/prometheus, sped up."""

    def __init__(self, directory, target, faster=FASTER):
        own = files.DEPLOY / "prometheus"
        config = yaml.safe_load((own / "prometheus.yml").read_text(encoding="utf-8"))
        every = f"{SCRAPES_EVERY_MS}ms"
        config["global"] = {"scrape_interval": every, "evaluation_interval": every}
        config["scrape_configs"][0]["scrape_timeout"] = every
        (directory / "prometheus.yml").write_text(yaml.safe_dump(config))
        (directory / "targets.yaml").write_text(yaml.safe_dump([{"targets": [target]}]))
        rules = sped_up(files.RULES.read_text(encoding="utf-8"), faster)
        (directory / "rules.yaml").write_text(rules)
        port = processes.free_port()
        super().__init__("prometheus", [
            "prometheus", f"--config.file={directory / 'prometheus.yml'}",
            f"--storage.tsdb.path={directory / 'data'}", "--log.format=json",
            f"--web.listen-address=127.0.0.1:{port}"], directory / "prometheus.log", port)

    def ask(self, path, **parameters):
        url = f"http://127.0.0.1:{self.port}/api/v1/{path}?" + urllib.parse.urlencode(parameters)
        try:
            with urllib.request.urlopen(url, timeout=10) as answer:
                return json.load(answer)["data"]
        except urllib.error.HTTPError as error:
            raise processes.PeerError(f"{path} {parameters}: {error.read().decode()}") from error

    def is_ready(self):
        """It accepts connections before it answers queries."""
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{self.port}/-/ready", timeout=5):
                return True
        except urllib.error.HTTPError:
            return False

    def value(self, text):
        """Of a query with one result; None where there is none."""
        result = self.ask("query", query=text)["result"]
        return float(result[0]["value"][1]) if result else None

    def state(self, alert):
        """pending, firing or inactive."""
        for rule in self.rules():
            if rule["name"] == alert:
                return rule["state"]
        raise processes.PeerError(f"Prometheus has no alert {alert}")

    def rules(self):
        return [rule for group in self.ask("rules")["groups"] for rule in group["rules"]]

    def own_metrics(self):
        return exposition.text_of(self.port)


def wait(what, seconds, is_so):
    """Whether it came to be in that time."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if is_so():
            return []
        time.sleep(0.1)
    return [f"not within {seconds} s: {what}"]


def check_rules(prometheus, tally):
    expected = sorted(rule.get("alert") or rule["record"]
                      for rule in queries.rules_of(files.RULES))

    def evaluated():
        return all(rule["health"] != "unknown" for rule in prometheus.rules())

    problems = wait("every rule is evaluated", 10, evaluated)
    loaded = prometheus.rules()
    names = sorted(rule["name"] for rule in loaded)
    if names != expected:
        problems.append(f"loaded are {names}")
    problems += [f"{rule['name']}: {rule.get('lastError')}" for rule in loaded
                 if rule["health"] != "ok"]
    tally.add("Prometheus has loaded every rule and can evaluate it", problems)


def check_series(prometheus, scraped, tally):
    known = set(prometheus.ask("label/__name__/values"))
    tally.add("every series of the exposition was scraped",
              sorted(set(scraped.series) - {"ALERTS"} - known))
    missing = []
    for name, sets in scraped.series.items():
        stored = prometheus.value(f"count({name})") or 0
        if name != "ALERTS" and stored < len(sets):
            missing.append(f"{name}: {stored} of {len(sets)}")
    tally.add("with every label set", missing)


def is_filtered(text):
    """May rightly have no result: what is compared, and alerts."""
    return re.search(r"(> 0|== 0)$", text) is not None or text.startswith("ALERTS")


def check_dashboard(prometheus, tally):
    for query in queries.of_dashboard(files.DASHBOARD):
        try:
            result = prometheus.ask("query", query=query.text)["result"]
            problems = [] if result or is_filtered(query.text) else ["nothing to show"]
        except processes.PeerError as error:
            problems = [str(error)]
        tally.add(f"{query.where} shows something", problems, query.text)


def check_alert(prometheus, tailrace, tally):
    """The page of the error budget, through its whole life."""
    tally.add("nothing is wrong yet", [] if prometheus.state(PAGE) == "inactive" else ["it fires"])
    with uploads.Uploads(tailrace.port, UPLOADS_AT_ONCE) as bad:
        fired = wait("the page fires", 30, lambda: prometheus.state(PAGE) == "firing")
    shed = bad.statuses[503]
    tally.note(f"deploy: {UPLOADS_AT_ONCE} uploads at once: {dict(bad.statuses)}")
    tally.add("too many uploads at once are shed, and page", fired)
    tally.add("some were served, the others refused, and nothing else happened",
              [] if shed >= 10 and bad.statuses[200] and set(bad.statuses) == {200, 503}
              else [str(dict(bad.statuses))])
    told = [alert for alert in prometheus.ask("alerts")["alerts"]
            if alert["labels"]["alertname"] == PAGE]
    tally.add("the page says what it is about",
              [] if told and re.match(r"tailrace fails requests \d+ times as often",
                                      told[0]["annotations"]["summary"])
              and told[0]["labels"]["severity"] == "page" else [str(told)])
    with uploads.Uploads(tailrace.port, 1, 0.05) as good:
        counted = wait("Prometheus counts as many refused as clients", 5, lambda: prometheus.value(
            'sum(tailrace_errors_total{side="us"})') == shed)
        cleared = wait("the page ends", 40, lambda: prometheus.state(PAGE) == "inactive")
    tally.add("what clients were refused is what burns the budget", counted, f"clients: {shed}")
    tally.add("good traffic ends the page", cleared + [
        f"{status}: {n}" for status, n in good.statuses.items() if status != 200])


def check_complaints(prometheus, tally):
    own = exposition.Exposition(prometheus.own_metrics()).text
    counts = {name: re.findall(rf"^{name}(?:\{{.*\}})? (\S+)$", own, re.MULTILINE)
              for name in COMPLAINTS}
    tally.add("Prometheus complains of nothing",
              [f"{name}: {found}" for name, found in counts.items()
               if not found or any(float(value) for value in found)])
    lines = [json.loads(line) for line in prometheus.output.read_text().splitlines()
             if line.startswith("{")]
    tally.add("nor in its log", [str(line) for line in lines
                                 if line.get("level") not in ("info", "debug")])


def run(binary, directory, tally):
    """Returns the exposition, for the checks that need no Prometheus."""
    directory = pathlib.Path(directory)
    with contextlib.ExitStack() as until_down, contextlib.ExitStack() as stack:
        tailrace = until_down.enter_context(Tailrace(binary, directory))
        target = f"127.0.0.1:{tailrace.admin_port}"
        prometheus = stack.enter_context(Prometheus(directory, target))
        ready = wait("Prometheus is ready", 20, prometheus.is_ready)
        if ready:
            raise processes.PeerError(ready[0])
        up = wait("up == 1", 20, lambda: prometheus.value(f'up{{instance="{target}"}}') == 1)
        tally.add("Prometheus scrapes tailrace", up)
        with uploads.Uploads(tailrace.port, 1, 0.05):
            check_rules(prometheus, tally)
            burning = wait("a burn rate", 10, lambda: prometheus.value(
                "job:tailrace_error_burn:rate5m") == 0)
            tally.add("a burn rate of zero is recorded", burning)
        scraped = exposition.Exposition(exposition.text_of(tailrace.admin_port))
        check_series(prometheus, scraped, tally)
        check_dashboard(prometheus, tally)
        check_alert(prometheus, tailrace, tally)
        check_complaints(prometheus, tally)
        until_down.close()
        tally.add("an instance that is gone pages", wait(
            "TailraceDown", 15, lambda: prometheus.state("TailraceDown") == "firing"))
    return scraped
