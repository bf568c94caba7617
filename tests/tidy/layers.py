"""Which include is allowed where: the table of layers.txt and the search in it."""
import fnmatch
import re

INCLUDE = re.compile(r'^[ \t]*#[ \t]*include[ \t]*(["<])([^">]+)[">]', re.MULTILINE)


class Table:
    def __init__(self):
        self.libraries = {}  # prefix -> name
        self.rules = []  # (pattern, own folders and files, libraries)


def read(path):
    table = Table()
    for line in path.read_text(encoding="utf-8").splitlines():
        line = line.partition("#")[0].strip()
        if line.startswith("library "):
            _, name, prefix = line.split()
            table.libraries[prefix] = name
        elif line:
            own, _, libraries = line.partition("|")
            pattern, *own = own.split()
            table.rules.append((pattern, own, libraries.split()))
    return table


def rule_of(table, path):
    """(own, libraries) of the last rule for a path below service/, or None."""
    found = None
    for pattern, own, libraries in table.rules:
        if fnmatch.fnmatchcase(path, pattern):
            found = own, libraries
    return found


def allowed(table, rule, path, quote, name):
    own, libraries = rule
    if quote == '"':
        folders = [*own, path.partition("/")[0]]
        return "*" in own or any(name == f or name.startswith(f + "/") for f in folders)
    known = [prefix for prefix in table.libraries if name.startswith(prefix)]
    return not known or "*" in libraries or table.libraries[max(known, key=len)] in libraries


def violations(table, path, text):
    """Yields `path:line: …` for each include that the table does not allow."""
    inside = path.partition("service/")[2]
    rule = rule_of(table, inside)
    if rule is None:
        yield f"{path}:1: belongs to no layer of layers.txt"
        return
    for match in INCLUDE.finditer(text):
        quote, name = match.groups()
        if not allowed(table, rule, inside, quote, name):
            line = text.count("\n", 0, match.start()) + 1
            yield f"{path}:{line}: may not include {name}"
