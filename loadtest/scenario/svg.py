"""Plots as SVG, alone or inside a page. They follow the browser's light or dark scheme, and tell
series apart by dashes and by colours after Okabe and Ito's, which the colour-blind can tell apart.
"""

import dataclasses
import html
import textwrap

WIDTH, HEIGHT = 760, 290
LEFT, RIGHT, TOP, BOTTOM = 66, 30, 52, 42
CHARACTER = 6.3  # of the small font, about
DASHES = ("", "7 3", "2 3", "9 3 2 3", "4 2", "1 2")

LIGHT = ("#0072b2", "#d55e00", "#009e73", "#b3518d", "#b58900", "#3aa0d8")
DARK = ("#56b4e9", "#ff8a3d", "#2fc69a", "#e39ac3", "#f0c43a", "#8fd0ff")


def scheme(ink, grid, band, colours):
    """Rules without variables, since not everything that shows SVG knows those."""
    series = "".join(f".plot .s{i}{{stroke:{c}}}.plot .d{i}{{fill:{c}}}"
                     for i, c in enumerate(colours))
    return (f".plot text{{fill:{ink}}}.plot .grid{{stroke:{grid}}}.plot .band{{fill:{band}}}"
            f".plot .limit{{stroke:{ink}}}{series}")


STYLE = f"""\
.plot{{font:11px system-ui,sans-serif}}
.plot .title{{font-size:13px;font-weight:600}}.plot .name{{font-size:10px;opacity:.8}}
.plot .limit{{stroke-dasharray:5 4}}.plot .line{{fill:none;stroke-width:1.7}}
{scheme("#24292f", "#d0d7de", "#eef4fb", LIGHT)}
@media (prefers-color-scheme:dark){{{scheme("#d6dde4", "#3d444d", "#1b2430", DARK)}}}
"""


@dataclasses.dataclass
class Axis:
    label: str
    scale: object


@dataclasses.dataclass
class Series:
    name: str
    points: list  # of (x, y); a y of None is a gap
    marked: bool = False  # points as dots, for few of them


@dataclasses.dataclass
class Plot:
    name: str  # of the file
    title: str
    x: Axis
    y: Axis
    series: list
    bands: list = dataclasses.field(default_factory=list)  # of (from, to, name) on the x axis
    limits: list = dataclasses.field(default_factory=list)  # of (y, name): lines across

    def place(self, x, y):
        return (LEFT + self.x.scale.at(x) * (WIDTH - LEFT - RIGHT),
                HEIGHT - BOTTOM - self.y.scale.at(y) * (HEIGHT - TOP - BOTTOM))

    def svg(self):
        """One element; with a style of its own, so that it may stand alone in a file."""
        parts = [
            f'<svg xmlns="http://www.w3.org/2000/svg" class="plot" role="img" '
            f'viewBox="0 0 {WIDTH} {HEIGHT}" width="{WIDTH}" height="{HEIGHT}">',
            f"<title>{html.escape(self.title)}</title>", f"<style>{STYLE}</style>",
            text(LEFT, 16, self.title, "start", "title"), *self._bands(), *self._axes(),
            *self._limits()]
        for index, series in enumerate(self.series):
            parts += self._series(index, series)
        return "\n".join([*parts, *self._legend(), "</svg>"])

    def _axes(self):
        bottom, right = HEIGHT - BOTTOM, WIDTH - RIGHT
        for value, label in self.y.scale.ticks():
            y = self.place(self.x.scale.ticks()[0][0], value)[1]
            yield line(LEFT, y, right, y, "grid")
            yield text(LEFT - 6, y + 4, label, "end")
        for value, label in self.x.scale.ticks():
            x = LEFT + self.x.scale.at(value) * (right - LEFT)
            yield line(x, bottom, x, bottom + 4, "grid")
            yield text(x, bottom + 16, label, "middle")
        yield text((LEFT + right) / 2, HEIGHT - 8, self.x.label, "middle")
        middle = (TOP + bottom) / 2
        yield (f'<text x="14" y="{middle:.1f}" text-anchor="middle" '
               f'transform="rotate(-90 14 {middle:.1f})">{html.escape(self.y.label)}</text>')

    def _bands(self):
        width = WIDTH - LEFT - RIGHT
        for index, (start, end, name) in enumerate(self.bands):
            x = LEFT + self.x.scale.at(start) * width
            wide = (self.x.scale.at(end) - self.x.scale.at(start)) * width
            if index % 2 == 0:
                yield (f'<rect class="band" x="{x:.1f}" y="{TOP}" width="{wide:.1f}" '
                       f'height="{HEIGHT - TOP - BOTTOM}">'
                       f"<title>{html.escape(name)}</title></rect>")
            if len(name) * CHARACTER * 0.9 < wide:
                yield text(x + wide / 2, TOP + 11, name, "middle", "name")

    def _limits(self):
        for value, name in self.limits:
            if not 0 <= self.y.scale.at(value) <= 1:
                continue
            y = self.place(self.x.scale.ticks()[0][0], value)[1]
            yield line(LEFT, y, WIDTH - RIGHT, y, "limit")
            yield text(WIDTH - RIGHT - 4, y - 4, name, "end", "name")

    def _series(self, index, series):
        for run in unbroken(series.points, self.x.scale, self.y.scale):
            places = [self.place(x, y) for x, y in run]
            points = " ".join(f"{x:.1f},{y:.1f}" for x, y in places)
            if len(places) > 1:
                yield f'<polyline points="{points}" {stroke(index)}/>'
            if series.marked or len(places) == 1:
                for x, y in places:
                    yield f'<circle cx="{x:.1f}" cy="{y:.1f}" r="3" class="d{index % 6}"/>'

    def _legend(self):
        x = LEFT
        for index, series in enumerate(self.series):
            name = textwrap.shorten(series.name, 40, placeholder="…")
            yield f'<line x1="{x:.1f}" y1="32" x2="{x + 24:.1f}" y2="32" {stroke(index)}/>'
            yield text(x + 29, 36, name, "start")
            x += 29 + len(name) * CHARACTER + 14


def unbroken(points, x_scale, y_scale):
    """The points in runs without a gap, without what the axes have no place for."""
    run = []
    for x, y in points:
        if x_scale.has(x) and y_scale.has(y):
            run.append((x, y))
        elif run:
            yield run
            run = []
    if run:
        yield run


def stroke(index):
    dash = DASHES[index % len(DASHES)]
    return f'class="line s{index % 6}"' + (f' stroke-dasharray="{dash}"' if dash else "")


def text(x, y, content, anchor, style=""):
    named = f' class="{style}"' if style else ""
    return (f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}"{named}>'
            f"{html.escape(content)}</text>")


def line(x1, y1, x2, y2, style):
    return f'<line class="{style}" x1="{x1:.1f}" y1="{y1:.1f}" x2="{x2:.1f}" y2="{y2:.1f}"/>'
