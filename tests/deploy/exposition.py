"""What a running instance exposes, as far as a query can refer to it."""

import re
import urllib.request

SERIES = re.compile(r"([A-Za-z_:][\w:]*)(?:\{(.*)\})? (\S+)$")
LABEL = re.compile(r'(\w+)="((?:\\.|[^"\\])*)"')
OF_THE_SCRAPE = {"job": "tailrace", "instance": "127.0.0.1:9464"}
# What Prometheus adds by itself.
OF_PROMETHEUS = {
    "up": [OF_THE_SCRAPE],
    "ALERTS": [{**OF_THE_SCRAPE, "alertname": "", "alertstate": state, "severity": severity}
               for state in ("pending", "firing") for severity in ("page", "ticket")],
}


class Exposition:
    """`series`: name -> the label sets it has, with those that a scrape adds. `families`: of each
    name, with the suffixes of histograms gone, what # TYPE says."""

    def __init__(self, text):
        self.text, self.families = text, {}
        self.series = {name: list(sets) for name, sets in OF_PROMETHEUS.items()}
        for line in text.splitlines():
            if line.startswith("# TYPE "):
                name, kind = line.split()[2:4]
                self.families[name] = kind
            elif line and not line.startswith("#"):
                match = SERIES.match(line)
                if not match:
                    raise ValueError(f"not a line of an exposition: {line}")
                labels = dict(LABEL.findall(match[2] or ""))
                self.series.setdefault(match[1], []).append({**OF_THE_SCRAPE, **labels})

    def family_of(self, name):
        if name in self.families:
            return name
        base = re.sub(r"_(bucket|sum|count)$", "", name)
        return base if self.families.get(base) == "histogram" else None


def text_of(port):
    with urllib.request.urlopen(f"http://127.0.0.1:{port}/metrics", timeout=10) as answer:
        return answer.read().decode()
