"""Compiles every header alone: without the precompiled header, as the only thing in its file.

A header that compiled once is not tried again while it, the project's headers it includes, the
flags and the compiler stay the same.
"""
import concurrent.futures
import hashlib
import json
import os
import pathlib
import re
import shlex
import subprocess

OWN_INCLUDE = re.compile(r'^[ \t]*#[ \t]*include[ \t]*"([^"]+)"', re.M)
FOLDERS = ("service", "tests", "loadtest")


def flags_by_folder(root):
    """{folder: (compiler, flags)} as the release build compiles that folder's sources."""
    commands = json.loads((root / "build/release/compile_commands.json").read_text())
    found = {}
    for entry in commands:
        folder = pathlib.Path(entry["file"]).relative_to(root).parts[0]
        if folder in FOLDERS and folder not in found and entry["file"].endswith(".cpp"):
            found[folder] = flags_of(shlex.split(entry["command"]))
    return found


def flags_of(words):
    """The compiler and its flags, without launchers, files and the precompiled header."""
    at = next(i for i, word in enumerate(words) if re.search(r"(\+\+|clang|gcc|cc)(-[\d.]+)?$", word)
              and "ccache" not in word)
    compiler, rest, flags = words[at], iter(words[at + 1:]), []
    for word in rest:
        if word in ("-o", "-c", "-include", "-MF", "-MT"):
            next(rest, None)
        elif word not in ("-Winvalid-pch", "-fpch-preprocess", "-MD", "-MMD"):
            flags.append(word)
    return compiler, flags


def closure(root, header, seen):
    """The project's headers that a header reaches, itself included."""
    if header in seen or not header.is_file():
        return seen
    seen.add(header)
    for name in OWN_INCLUDE.findall(header.read_text(encoding="utf-8")):
        for base in (root / "service", root, header.parent):
            closure(root, base / name, seen)
    return seen


def key_of(root, header, compiler, flags, version):
    digest = hashlib.sha256("\0".join([compiler, version, *flags]).encode())
    for path in sorted({path.resolve() for path in closure(root, header, set())}):
        digest.update(str(path.relative_to(root)).encode() + b"\0" + path.read_bytes())
    return digest.hexdigest()


def compile_alone(root, header, compiler, flags):
    """None, or what the compiler says. Through an #include, as `#pragma once` would warn."""
    done = subprocess.run([compiler, *flags, "-fsyntax-only", "-x", "c++", "-"], cwd=root, text=True,
                          input=f'#include "{header}"\n', stderr=subprocess.PIPE)
    return done.stderr.strip() if done.returncode else None


def failures(root):
    """Yields a text for each header that does not compile alone."""
    if not (root / "build/release/compile_commands.json").is_file():
        yield "no build/release/compile_commands.json: build first, ./dev test does"
        return
    done = root / "build/tidy"
    done.mkdir(parents=True, exist_ok=True)
    wanted = []
    for folder, (compiler, flags) in flags_by_folder(root).items():
        version = subprocess.run([compiler, "--version"], stdout=subprocess.PIPE, text=True).stdout
        for header in sorted((root / folder).rglob("*.hpp")):
            mark = done / key_of(root, header, compiler, flags, version)
            if "tidy" not in header.relative_to(root).parts and not mark.exists():
                wanted.append((header, compiler, flags, mark))
    with concurrent.futures.ThreadPoolExecutor(min(2, os.cpu_count() or 1)) as pool:
        said = pool.map(lambda one: compile_alone(root, *one[:3]), wanted)
        for (header, _, _, mark), problem in zip(wanted, said):
            if problem:
                yield f"{header.relative_to(root)}:\n{problem}"
            else:
                mark.touch()
