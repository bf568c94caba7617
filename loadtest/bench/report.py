"""Tables of results, and where they were measured."""

import dataclasses
import datetime
import os
import pathlib
import platform
import statistics
import subprocess

import measure

HEADER = """\
# Results

Written by `./dev bench --write`, newest first, and by `./dev load SCENARIO --write`, which replaces
that scenario's section. CPU is user and system time of the server's whole process tree per request;
a ratio is the median of per-round ratios of interleaved rounds (smallest and largest round in
brackets). Absolute times of a shared machine are of little use; compare the ratios.
"""


@dataclasses.dataclass
class Table:
    title: str
    rows: list  # of lists of str; the first one names the columns
    note: str = ""

    def markdown(self):
        lines = [" | ".join(row).join(["| ", " |"]) for row in self.rows]
        lines.insert(1, "|" + "---|" * len(self.rows[0]))
        return "\n".join([f"### {self.title}", "", *lines, *(["", self.note] if self.note else [])])


def ratio_text(ratios, digits=2):
    return (f"{statistics.median(ratios):.{digits}f} "
            f"({min(ratios):.{digits}f}…{max(ratios):.{digits}f})")


def verdict(what, ratios, most=None, *, least=None):
    """A target in words: the median ratio is to be at most `most`, or at least `least`."""
    if (most is None) == (least is None):
        raise ValueError("a target is either the most or the least")
    median = statistics.median(ratios)
    met = median <= most if least is None else median >= least
    target = f"at most {most:.2f}" if least is None else f"at least {least:.2f}"
    return f"{what}: {ratio_text(ratios, 3)}, target {target}: {'pass' if met else 'MISS'}."


def comparison(title, samples, references, unit=("µs", 1e6), note=""):
    """A row for each subject: CPU per request, requests/s from one core (none where the rate is 0),
    and the ratio to each reference that was measured."""
    references = [name for name in references if name in samples]
    name_of_unit, factor = unit
    rows = [["", f"CPU {name_of_unit}/request", "requests/s, one core",
             *(f"÷ {r}" for r in references)]]
    for name, own in samples.items():
        rows.append([
            name, f"{measure.median_cpu(own) * factor:.2f}",
            f"{measure.median_rate(own):.0f}" if measure.median_rate(own) else "",
            *("" if r == name else ratio_text(measure.ratios(own, samples[r]))
              for r in references)])
    return Table(title, rows, note)


def _output(*command):
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=10)
        return (done.stdout or done.stderr).strip()
    except OSError:
        return ""


def _cpu_model():
    for line in _output("lscpu").splitlines():
        if line.startswith("Model name:"):
            return line.partition(":")[2].strip()
    return platform.machine()


def _commit(root):
    commit = _output("git", "-C", str(root), "rev-parse", "--short=12", "HEAD")
    dirty = _output("git", "-C", str(root), "status", "--porcelain", "--untracked-files=no")
    return (commit or "unknown") + (" with changes" if dirty else "")


def _packages():
    names = ["nginx", "wrk", "libvips42", "libvips42t64", "libvips-tools", "libssl3", "libssl3t64",
             "slowhttptest", "nghttp2-client", "python3-aiohttp", "python3-pil", "libtbb12",
             "libboost1.81-dev", "libboost-dev", "g++"]
    installed = []
    for name in names:
        version = _output("dpkg-query", "-W", "-f", "${db:Status-Abbrev}${Version}", name)
        if version.startswith("ii"):
            installed.append(f"{name} {version[3:].strip()}")
    return ", ".join(installed)


def is_release(root, build):
    """Whether a folder of binaries is the one that RESULTS.md is about. Those beside it are of
    sanitizers."""
    return build.resolve() == (root / "build" / "release").resolve()


def machine(root, load_before):
    """Lines of what was measured and where."""
    return [
        f"commit {_commit(root)}, load average before the run {load_before:.1f}",
        f"{_cpu_model()}, {os.cpu_count()} cores, Linux {platform.release()}, "
        f"{platform.freedesktop_os_release().get('PRETTY_NAME', '')}",
        _packages()]


def circumstances(root, bench):
    now = datetime.datetime.now(datetime.timezone.utc)
    of_run, of_machine, packages = machine(root, bench.load_before)
    return "\n".join([
        f"- {now:%Y-%m-%d %H:%M} UTC, {of_run}", f"- {of_machine}", f"- {packages}",
        f"- {bench.rounds} rounds of {bench.seconds} s; server on CPU {bench.server_cpu}, client "
        f"and origin on CPU {bench.client_cpu}"])


def section(root, bench, tables):
    now = datetime.datetime.now(datetime.timezone.utc)
    parts = [f"## Bench, {now:%Y-%m-%d}", circumstances(root, bench)]
    return "\n\n".join(parts + [table.markdown() for table in tables]) + "\n"


def write(path, text):
    """Puts the section before all earlier ones."""
    path = pathlib.Path(path)
    old = path.read_text() if path.exists() else HEADER
    start = old.find("\n## ")
    head, rest = (old, "") if start < 0 else (old[:start], old[start:])
    path.write_text(head.rstrip("\n") + "\n\n" + text + rest)
