"""Reports files and functions that have grown over what is easy to read. A report, no verdict."""
import re

FILE_LINES, FUNCTION_LINES = 250, 50
NOISE = re.compile(
    r'//[^\n]*|/\*.*?\*/|R"(\w*)\(.*?\)\1"|"(?:\\.|[^"\\\n])*"|(?<!\w)\'(?:\\.|[^\'\\\n])+\'', re.S)
# What opens a brace without being a function.
SCOPE = re.compile(r"\b(?:namespace|class|struct|union|enum|concept)\b[^()]*$|=\s*$|^\s*$|\bextern\b")


def functions(text):
    """Yields (first line, lines) of each outermost function body."""
    text = NOISE.sub(lambda match: re.sub(r"[^\n]", " ", match.group(0)), text)
    text = re.sub(r"^[ \t]*#.*$", "", text, flags=re.M)
    open_scopes, since, function = [], 0, None
    for match in re.finditer(r"[{};]", text):
        if match.group(0) == "{":
            head = re.sub(r"alignas\(.*?\)", "", text[since:match.start()])
            is_function = "(" in head and not SCOPE.search(head)
            open_scopes.append(is_function)
            if is_function and function is None:
                function = len(open_scopes), since + len(head) - len(head.lstrip())
        elif match.group(0) == "}" and open_scopes:
            if function and function[0] == len(open_scopes):
                first = text.count("\n", 0, function[1]) + 1
                yield first, text.count("\n", 0, match.start()) + 2 - first
                function = None
            open_scopes.pop()
        since = match.end()


def report(files):
    for path, text in files:
        if not path.startswith(("service/", "loadtest/", "tests/")):
            continue
        if not path.endswith((".cpp", ".hpp")):
            continue
        lines = text.count("\n")
        if lines > FILE_LINES:
            yield f"{path}: {lines} lines, more than {FILE_LINES}"
        for first, length in functions(text):
            if length > FUNCTION_LINES:
                yield f"{path}:{first}: a function of {length} lines, more than {FUNCTION_LINES}"
