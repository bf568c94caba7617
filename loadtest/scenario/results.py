"""What a run leaves: its folder, and if wanted a section in RESULTS.md with the plots beside it."""

import json
import re

from scenario import page
from scenario.stage import ROOT

RESULTS = ROOT / "loadtest" / "RESULTS.md"
PLOTS = ROOT / "loadtest" / "plots"
COMMITTED = ("goodput", "p99-over-load", "latency", "percentiles", "throughput", "cpu", "queues",
             "memory")


def heading(outcome):
    subject = "" if outcome["subject"] == "tailrace" else f" ({outcome['subject']})"
    return f"## Load: {outcome['scenario']}{subject}"


def markdown(rows):
    rows = [list(map(str, row)) for row in rows]
    if not rows:
        return ""
    lines = [" | ".join(row).join(["| ", " |"]) for row in rows]
    lines.insert(1, "|---|" + "---:|" * (len(rows[0]) - 1))
    return "\n".join(lines)


def stem_of(outcome):
    subject = "" if outcome["subject"] == "tailrace" else f"-{outcome['subject']}"
    return f"{outcome['scenario']}{subject}"


def section(outcome, plots):
    images = [f"![{plot.title}](plots/{stem_of(outcome)}-{plot.name}.svg)" for plot in plots]
    tables = [page.point_rows(outcome), page.phase_rows(outcome), page.request_rows(outcome),
              page.turned_away_rows(outcome), page.compared_rows(outcome)]
    parts = [f"{heading(outcome)}: {outcome['verdict']}", outcome["description"],
             f"- {outcome['date']}\n{outcome['circumstances']}",
             markdown(page.objective_rows(outcome)), " ".join(page.notes(outcome)),
             "\n".join(f"- WARNING: {warning}." for warning in outcome["warnings"]),
             *map(markdown, tables), *images]
    return "\n\n".join(part for part in parts if part) + "\n"


def replaced(text, outcome, new):
    """The file with this scenario's section new; the first time it comes before all others."""
    found = re.search(rf"^{re.escape(heading(outcome))}: .*?(?=^## |\Z)", text,
                      re.MULTILINE | re.DOTALL)
    if found:
        return text[:found.start()] + new + ("\n" if found.end() < len(text) else "") + \
            text[found.end():]
    first = re.search(r"^## ", text, re.MULTILINE)
    at = first.start() if first else len(text)
    return text[:at] + new + "\n" + text[at:]


def write_folder(outcome, plots, folder):
    (folder / "result.json").write_text(json.dumps(outcome, indent=1) + "\n")
    (folder / "report.html").write_text(page.written(outcome, plots))
    (folder / "plots").mkdir(exist_ok=True)
    for plot in plots:
        (folder / "plots" / f"{plot.name}.svg").write_text(plot.svg() + "\n")


def write_section(outcome, plots, results=RESULTS, folder=PLOTS):
    plots = [plot for plot in plots if plot.name in COMMITTED]
    folder.mkdir(exist_ok=True)
    for plot in plots:
        (folder / f"{stem_of(outcome)}-{plot.name}.svg").write_text(plot.svg() + "\n")
    results.write_text(replaced(results.read_text(), outcome, section(outcome, plots)))
