"""Reads what `perf script` prints."""

import pathlib
import re


def function_name(symbol):
    """The qualified name of a demangled symbol, without return type, arguments and template
    arguments: `void a::b<int>::c<x>(d<e>)` is `a::b::c`."""
    symbol = symbol.replace("(anonymous namespace)::", "")
    symbol = re.sub(r"operator\(\)", "operator_call", symbol)
    symbol = re.sub(r"operator(<<|>>|<=>|<=|>=|<|>|->)", "operator_sign", symbol)
    plain, depth = [], 0
    for character in symbol:
        depth += (character == "<") - (character == ">")
        if depth == 0 and character != ">":
            plain.append(character)
    name = "".join(plain).partition("(")[0]
    if "operator new" in name or "operator delete" in name:
        return name[name.index("operator"):]
    return name.split()[-1] if name.split() else symbol


def stack_in(block):
    """(symbol, shared object) of each frame, the leaf first."""
    stack = []
    for line in block.splitlines():
        match = re.match(r"\s*[0-9a-f]+ (.*) \((.*)\)$", line)
        if match:
            stack.append((re.sub(r"\+0x[0-9a-f]+$", "", match[1]),
                          pathlib.PurePath(match[2]).name))
    return stack


def stacks(text):
    """The samples of `perf script -F ip,sym,dso`: blocks of lines `address symbol (object)`."""
    return (stack for stack in map(stack_in, text.split("\n\n")) if stack)


def stacks_of_threads(text):
    """(thread, stack) of each sample of `perf script -F comm,ip,sym,dso`: its blocks begin with a
    line for the thread."""
    for block in text.split("\n\n"):
        stack = stack_in(block)
        if stack:
            yield block.strip("\n").partition("\n")[0].strip(), stack
