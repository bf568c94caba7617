"""A finished run as data: the JSON file, the page and the section in RESULTS.md are made of it."""

import dataclasses
import datetime
import math

from scenario import measures, record, search

COUNTED = ("tailrace_rejections_total", "tailrace_errors_total",
           "tailrace_cpu_throttled_periods_total")
OTHERS_MAX = 0.1


def phase_row(run, phase):
    group = phase.group()
    cpu_s = phase.cpu_s()
    return {
        "name": phase.name, "step": phase.step.name, "start_s": phase.start_s,
        "seconds": phase.seconds, "offered": group["offered"], "ok": group["ok"],
        "refused": group["refused"], "errors": group["errors"]["total"],
        "origin_failures": record.origin_failures(group), "bad_ratio": record.bad_ratio(group),
        "p50_ms": phase.latency_ms("p50_ns"), "p99_ms": phase.latency_ms("p99_ns"),
        "p999_ms": phase.latency_ms("p999_ns"), "max_ms": phase.latency_ms("max_ns"),
        "cpu_s": cpu_s,
        "cores": None if cpu_s is None else cpu_s / phase.seconds,
        "headroom": None if cpu_s is None else 1 - cpu_s / phase.seconds / run.service_cpus,
        "cpu_ms_per_ok": cpu_s * 1e3 / group["ok"] if cpu_s is not None and group["ok"] else None,
        "requests": {name: {"offered": part["offered"], "ok": part["ok"],
                            "refused": part["refused"], "errors": part["errors"]["total"],
                            "p50_ms": phase.latency_ms("p50_ns", name),
                            "p99_ms": phase.latency_ms("p99_ns", name)}
                     for name, part in ((n, phase.group(n)) for n in phase.names())}}


def judged(run, objectives):
    return [measures.judge(run, objective) for objective in objectives]


def overload_points(run):
    """Steps with an overload in them as a sweep: each phase's load, and what came of it."""
    return [search.point(run, phase, None) for step in run.steps
            if step.name.startswith("overload ") for phase in step.recorded()]


def turned_away(samples):
    """By the service's own counters, from the first sample to the last: what grew."""
    if not samples:
        return {}
    before, after = samples[0].metrics, samples[-1].metrics
    return {series: round(value - before.get(series, 0)) for series, value in after.items()
            if series.startswith(COUNTED) and value > before.get(series, 0)}


def warnings(run):
    """What makes figures worth less than they look."""
    found = []
    for step in run.steps:
        for phase in step.recorded():
            cpus_s = phase.seconds * run.service_cpus
            cpu_s, others_s = phase.cpu_s(), phase.others_s()
            if (step.plan["closed"] and cpu_s is not None
                    and not measures.saturated(run, phase)):
                found.append(f"{phase.name}: the service used only {cpu_s / cpus_s * 100:.0f} % of "
                             "its CPUs, so something else was the limit and it could do more")
            if others_s is not None and others_s > OTHERS_MAX * cpus_s:
                found.append(f"{phase.name}: other work took {others_s / cpus_s * 100:.0f} % of "
                             "the service's CPUs")
    return found


def finite(value):
    """For JSON, which has no infinity; "never" is what it says of a recovery."""
    return "never" if isinstance(value, float) and math.isinf(value) else value


def now():
    return f"{datetime.datetime.now(datetime.timezone.utc):%Y-%m-%d %H:%M} UTC"


def collect(run, name, scenario, verdicts, points, circumstances, subject, compared=None):
    if not verdicts:
        raise ValueError("a run without objectives has no verdict")
    return {
        "scenario": name, "description": " ".join(scenario["description"]), "subject": subject,
        "verdict": "PASS" if all(v.passed for v in verdicts) else "FAIL",
        "date": now(),
        "circumstances": circumstances, "warnings": warnings(run),
        "objectives": [dict(dataclasses.asdict(v), figure=finite(v.figure)) for v in verdicts],
        "phases": [phase_row(run, phase) for step in run.steps for phase in step.recorded()],
        "points": points or overload_points(run), "compared": compared,
        "steps": [{"name": step.name, "plan": step.plan, "result": step.result,
                   "turned_away": turned_away(step.samples),
                   "samples": [dataclasses.asdict(s) for s in step.samples]}
                  for step in run.steps]}
