"""One page for a run: verdict, objectives, phases, plots. It needs nothing but itself."""

import html

STYLE = """\
:root{color-scheme:light dark;font:15px/1.45 system-ui,sans-serif}
body{max-width:60rem;margin:1.5rem auto;padding:0 1rem;background:Canvas;color:CanvasText}
table{border-collapse:collapse;margin:.6rem 0 1.4rem;font-size:.85rem;width:100%}
th,td{padding:.25rem .5rem;border-bottom:1px solid #8886;text-align:right}
th:first-child,td:first-child{text-align:left}
.verdict{font-size:1.5rem;font-weight:700}
.PASS{color:light-dark(#0a6b3d,#3fcf8e)}.FAIL{color:light-dark(#b3261e,#ff8a80)}
.wide{overflow-x:auto}svg{max-width:100%;height:auto;display:block;margin:0 0 1.2rem}
code,pre{font-size:.85rem}
"""
MISSING = "–"


def cell(value, digits=4):
    if value is None:
        return MISSING
    if isinstance(value, float):
        return f"{value:.{digits}g}"
    return str(value)


def percent(value):
    return MISSING if value is None else f"{value * 100:.3g} %"


def objective_rows(outcome):
    yield ["objective", "found", "target", ""]
    for objective in outcome["objectives"]:
        yield [objective["text"], objective["found"], objective["target"],
               "PASS" if objective["passed"] else "FAIL"]


def notes(outcome):
    """How things are counted, each once."""
    return list(dict.fromkeys(o["note"] for o in outcome["objectives"] if o["note"]))


def turned_away_rows(outcome):
    """What the service itself says of refusals and failures, by step."""
    rows = [[f"{step['name']}: {name}", cell(count)] for step in outcome["steps"]
            for name, count in step["turned_away"].items()]
    return [["step: the service's own count", ""], *rows] if rows else []


def phase_rows(outcome):
    yield ["phase", "s", "offered/s", "ok/s", "refused/s", "errors", "bad", "p50 ms", "p99 ms",
           "p99.9 ms", "CPU cores", "headroom", "CPU ms/ok"]
    for phase in outcome["phases"]:
        seconds = phase["seconds"]
        yield [phase["name"], cell(seconds), *(cell(phase[key] / seconds)
                                               for key in ("offered", "ok", "refused")),
               cell(phase["errors"]), percent(phase["bad_ratio"]),
               *(cell(phase[key]) for key in ("p50_ms", "p99_ms", "p999_ms")),
               cell(phase["cores"], 3), percent(phase["headroom"]),
               cell(phase["cpu_ms_per_ok"], 3)]


def request_rows(outcome):
    """Only where requests of several kinds were mixed."""
    rows = [[f"{phase['name']}: {name}",
             *(cell(part[key] / phase["seconds"]) for key in ("offered", "ok", "refused")),
             cell(part["errors"]), cell(part["p50_ms"]), cell(part["p99_ms"])]
            for phase in outcome["phases"] if len(phase["requests"]) > 1
            for name, part in phase["requests"].items()]
    head = ["phase: requests", "offered/s", "ok/s", "refused/s", "errors", "p50 ms", "p99 ms"]
    return [head, *rows] if rows else []


def point_rows(outcome):
    """Of a search or a sweep, by load."""
    points = sorted(outcome["points"], key=lambda point: point["offered_per_s"])
    if not any(point["passed"] is not None for point in points):
        return []
    words = {True: "PASS", False: "FAIL", None: ""}
    return [["run", "offered/s", "ok/s", "p50 ms", "p99 ms", "CPU", ""],
            *([p["name"], *(cell(p[key]) for key in
                            ("offered_per_s", "ok_per_s", "p50_ms", "p99_ms")),
               percent(p["cpu_share"]), words[p["passed"]]] for p in points)]


def compared_rows(outcome):
    """The phases of this run and of another one, side by side."""
    compared = outcome["compared"]
    if not compared:
        return []
    others = {phase["name"]: phase for phase in compared["phases"]}
    name = compared["name"]
    head = ["phase", "offered/s", "ok/s", "p99 ms", "CPU ms/ok",
            f"{name}: offered/s", "ok/s", "p99 ms", "CPU ms/ok"]

    def figures(phase):
        rates = [cell(phase[key] / phase["seconds"]) for key in ("offered", "ok")]
        return [*rates, cell(phase["p99_ms"]), cell(phase["cpu_ms_per_ok"], 3)]
    return [head, *([phase["name"], *figures(phase), *figures(others[phase["name"]])]
                    for phase in outcome["phases"] if phase["name"] in others)]


def table(rows):
    rows = list(rows)
    if not rows:
        return ""
    def row(cells, tag):
        return "<tr>" + "".join(
            f"<{tag}{coloured(c)}>{html.escape(c)}</{tag}>" for c in cells) + "</tr>"
    return "\n".join(['<div class="wide"><table>', row(rows[0], "th"),
                      *(row(cells, "td") for cells in rows[1:]), "</table></div>"])


def coloured(content):
    return f' class="{content}"' if content in ("PASS", "FAIL") else ""


def written(outcome, plots):
    failures = [failure for step in outcome["steps"]
                for failure in step["result"].get("first_failures", [])][:10]
    title = f"{outcome['scenario']}, {outcome['subject']}"
    parts = [
        "<!doctype html>", '<html lang="en"><head><meta charset="utf-8">',
        '<meta name="viewport" content="width=device-width">',
        f"<title>{html.escape(title)}: {outcome['verdict']}</title>",
        f"<style>{STYLE}</style></head><body>", f"<h1>{html.escape(title)}</h1>",
        f'<p class="verdict {outcome["verdict"]}">{outcome["verdict"]}</p>',
        f"<p>{html.escape(outcome['description'])}</p>", table(objective_rows(outcome)),
        *(f"<p>{html.escape(note)}</p>" for note in notes(outcome)),
        *(f"<p>WARNING: {html.escape(warning)}.</p>" for warning in outcome["warnings"]),
        table(point_rows(outcome)), *(plot.svg() for plot in plots),
        "<h2>Phases</h2>", table(phase_rows(outcome)), table(request_rows(outcome)),
        table(turned_away_rows(outcome)), table(compared_rows(outcome))]
    if failures:
        parts += ["<h2>First failures</h2>", f"<pre>{html.escape(chr(10).join(failures))}</pre>"]
    parts += ["<h2>Circumstances</h2>", f"<pre>{html.escape(outcome['circumstances'])}</pre>",
              "</body></html>"]
    return "\n".join(parts) + "\n"
