"""What a PromQL expression refers to: its selectors, the labels it groups by, those it makes.

No more of the grammar than that; whether an expression is one at all is for Prometheus to say.
"""

import dataclasses
import re

TOKEN = re.compile(r"""
    (?P<space>\s+) |
    (?P<string>"(?:\\.|[^"\\])*" | '(?:\\.|[^'\\])*') |
    (?P<range>\[[^\]]*\]) |
    (?P<number>\d[\w.]*|\.\d+) |
    (?P<word>[A-Za-z_:][\w:]*) |
    (?P<sign>=~|!~|!=|==|<=|>=|[-+*/%^=<>(){},@])
""", re.VERBOSE)

GROUPINGS = {"by", "without", "on", "ignoring", "group_left", "group_right"}
AGGREGATIONS = {"sum", "min", "max", "avg", "count", "count_values", "quantile", "topk", "bottomk",
                "stddev", "stdvar", "group"}
KEYWORDS = {"and", "or", "unless", "bool", "offset", "atan2", "start", "end", "inf", "nan"}
MATCHES = {"=", "!=", "=~", "!~"}
# Their first string argument after the expression, or before it, is the name of a label.
MAKING_LABELS = {"count_values", "label_replace", "label_join"}


class PromqlError(Exception):
    pass


@dataclasses.dataclass
class Selector:
    name: str
    matchers: list  # of (label, operator, value)


@dataclasses.dataclass
class References:
    selectors: list
    grouped: set  # labels named after by, on and their like
    kept: set  # those named after `by` alone: what a result may have
    made: set  # by count_values and label_replace


def tokens_of(text):
    tokens, position = [], 0
    while position < len(text):
        match = TOKEN.match(text, position)
        if not match:
            raise PromqlError(f"not PromQL from here on: {text[position:position + 20]!r}")
        position = match.end()
        if match.lastgroup != "space":
            tokens.append((match.lastgroup, match[0]))
    return [*tokens, ("end", ""), ("end", "")]


def closing(tokens, start, sign):
    """The place of the next `sign`; parentheses of groupings and braces do not nest."""
    for place in range(start, len(tokens)):
        if tokens[place][1] == sign:
            return place
    raise PromqlError(f"no {sign} after {tokens[start][1]!r}")


def unquoted(text):
    return text[1:-1].replace("\\\\", "\\")


def matchers_of(tokens):
    found, place = [], 0
    while place < len(tokens):
        kinds = [kind for kind, _ in tokens[place:place + 3]]
        label, operator, value = ([text for _, text in tokens[place:place + 3]] + ["", ""])[:3]
        separator = tokens[place + 3][1] if place + 3 < len(tokens) else ","
        if kinds != ["word", "sign", "string"] or operator not in MATCHES or separator != ",":
            raise PromqlError(f"not a matcher: {label} {operator} {value}".rstrip())
        found.append((label, operator, unquoted(value)))
        place += 4
    return found


def references(text):
    found = References([], set(), set(), set())
    tokens, place, making = tokens_of(text), 0, False
    while tokens[place][0] != "end":
        kind, word = tokens[place]
        following = tokens[place + 1][1]
        if word == "{":
            raise PromqlError("a selector without a name")
        if kind == "string" and making:
            found.made.add(unquoted(word))
            making = False
        if kind == "word" and word in GROUPINGS:
            end = closing(tokens, place, ")") if following == "(" else place
            labels = {label for label_kind, label in tokens[place + 2:end] if label_kind == "word"}
            found.grouped |= labels
            if word == "by":
                found.kept |= labels
            place = end
        elif kind == "word" and (following == "(" or word in AGGREGATIONS):
            making = word in MAKING_LABELS
        elif kind == "word" and word.lower() not in KEYWORDS:
            end = closing(tokens, place, "}") if following == "{" else place
            found.selectors.append(Selector(word, matchers_of(tokens[place + 2:end])))
            place = end
        place += 1
    return found
