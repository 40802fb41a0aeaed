#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""What the tree has to look like (STYLE, DESIGN 2), as TAP: one line a check, offenders below it."""

import argparse
import pathlib
import re
import subprocess
import sys

import lint_text

SOURCE = pathlib.Path(__file__).resolve().parents[1]
CODE_FOLDERS = ("daemon", "clients", "tests")
MAX_FILE_LINES, MAX_FUNCTION_LINES, MAX_NESTING = 400, 60, 4

# Which folders a layer may include from, besides itself.
LAYERS = {
    "daemon/model": set(),
    "daemon/wire": {"model"},
    "daemon/store": {"model"},
    "daemon/x509": {"model"},
    "daemon/worker": {"model", "wire", "x509"},
    "daemon/pool": {"model", "wire"},
    "daemon/service": {"model", "store"},
    "daemon/watch": {"model"},
    "daemon/bus": {"model", "wire", "service"},
    "daemon/socket": {"model", "service"},
    "clients/common": {"model"},
    "clients/certctl": {"model", "common", "wire"},
    # The web's programs share nothing but what certctl shares, too.
    "clients/session": {"model", "common"},
    "clients/tls": {"model", "common"},
    "clients/web": {"model", "common"},
}
FOLDERS = {layer.split("/")[-1] for layer in LAYERS}
# System headers that only these folders may include.
LIBRARIES = {
    "gnutls/": {"daemon/x509", "daemon/worker", "clients/tls"},
    "sqlite3.h": {"daemon/store"},
    "systemd/": {"daemon/bus", "daemon/pool", "daemon/socket", "daemon/wire", "daemon/worker",
                 "daemon/watch", "clients/session", "clients/tls", "clients/web"},
    "seccomp.h": {"daemon/worker"},
    "security/": {"clients/session"},
    "libsoup/": {"clients/web"},
}
# What a program must not link.
WALLS = {
    "daemon/certd": ("libgnutls", "libnettle", "libcrypto"),
    "daemon/worker/certd-worker": ("libsqlite3",),
    "clients/certctl/certctl": ("libgnutls", "libsqlite3"),
    "clients/tls/certd-tls": ("libsqlite3", "libsoup", "libgio", "libpam"),
    "clients/web/certd-web": ("libgnutls", "libsqlite3", "libcrypto", "libpam"),
    "clients/session/certd-session": ("libgnutls", "libsqlite3", "libsoup", "libjson"),
}
REQUIREMENTS = [f"R{number}" for number in (
    *range(1, 16), 20, *range(22, 44), *range(50, 56), *range(60, 65), 66, *range(70, 73))]
# Written apart, or this file would be its own offender.
MARKERS = re.compile(r"\b(" + "|".join(("TO" + "DO", "FIX" + "ME", "X" * 3, "HA" + "CK")) + r")\b")
WRONG_TYPES = re.compile(r"\b(gint|gchar|gdouble|gfloat|gshort)\b")
LOG_CALL = re.compile(
    r"\b(g_(message|warning|info|debug|critical|print|printerr|log\w*)|sd_journal_\w+|printf|"
    r"fprintf|syslog)\s*\((?P<arguments>[^;]*);", re.DOTALL)
SECRET_WORD = re.compile(r"\b\w*(passphrase|password|secret|private_key|sealing_key|pin)\w*\b")
STRING = re.compile(r'"(?:[^"\\\n]|\\.)*"')
COMMENT = re.compile(r"/\*.*?\*/", re.DOTALL)
CONTROL = re.compile(r"^\s*(\} else |)(if|for|while|switch|do)\b|^\s*\} else \{")
PROTOTYPE = re.compile(r"^[A-Za-z_][\w \*]*\b\w+\([^{;]*\)[^{;]*;", re.MULTILINE)


def files(folders, *suffixes):
    """The tree's files of those kinds, sorted; what git would ignore is not below them."""
    found = []
    for folder in folders:
        found += [path for path in (SOURCE / folder).rglob("*") if path.suffix in suffixes]
    return sorted(path for path in found if "__pycache__" not in path.parts)


def c_files():
    return files(CODE_FOLDERS, ".c", ".h")


def scripts():
    candidates = [path for path in (SOURCE / "tests").rglob("*")
                  if path.is_file() and path.suffix in ("", ".py", ".sh")]
    return sorted(path for path in [*candidates, SOURCE / ".ci" / "run", SOURCE / "po" / "update"]
                  if path.read_bytes().startswith(b"#!") or path.suffix == ".py")


def read(path):
    return path.read_text(encoding="utf-8")


def show(path, line=None):
    name = str(path.relative_to(SOURCE))
    return name if line is None else f"{name}:{line}"


def blank(match):
    """As many lines, and nothing in them."""
    return "\n" * match.group().count("\n")


def code_of(path):
    """A C file without comments and string contents, its lines kept."""
    return STRING.sub('""', COMMENT.sub(blank, read(path)))


def grep(paths, pattern, text=read):
    for path in paths:
        for number, line in enumerate(text(path).splitlines(), 1):
            if pattern.search(line):
                yield f"{show(path, number)}: {line.strip()}"


def check_format(_build):
    sources = files(CODE_FOLDERS, ".c")
    done = subprocess.run(["clang-format", "--dry-run", "-Werror", *sources], cwd=SOURCE,
                          stderr=subprocess.PIPE, text=True, check=False)
    offenders = re.findall(r"^([^:\n]+):\d+:\d+: error:", done.stderr, re.MULTILINE)
    return [f"{show(pathlib.Path(SOURCE, name))}: {offenders.count(name)} places"
            for name in sorted(set(offenders))]


def check_file_length(_build):
    for path in [*c_files(), *scripts()]:
        length = len(read(path).splitlines())
        if length >= MAX_FILE_LINES:
            yield f"{show(path)}: {length} lines"


def functions(path):
    """(first line, lines) of each function: from its brace in column 0 to the closing one."""
    start, lines = None, code_of(path).splitlines()
    for number, line in enumerate(lines, 1):
        if line == "{":
            start = number
        elif line == "}" and start:
            yield start, lines[start - 1:number]
            start = None


def check_function_length(_build):
    for path in files(CODE_FOLDERS, ".c"):
        for start, lines in functions(path):
            if len(lines) >= MAX_FUNCTION_LINES:
                yield f"{show(path, start)}: {len(lines)} lines"


def check_nesting(_build):
    """Control statements within control statements; clang-format makes indentation tell."""
    for path in files(CODE_FOLDERS, ".c"):
        for start, lines in functions(path):
            open_at = []
            for number, line in enumerate(lines, start):
                if not line.strip():
                    continue
                indent = len(line) - len(line.lstrip())
                open_at = [outer for outer in open_at if outer < indent]
                if CONTROL.match(line):
                    open_at.append(indent)
                    if len(open_at) >= MAX_NESTING:
                        yield f"{show(path, number)}: {len(open_at)} deep"


def check_forbidden_words(_build):
    yield from grep(c_files(), re.compile(r"\bgoto\b"), code_of)
    yield from grep(c_files(), WRONG_TYPES, code_of)
    yield from grep(c_files(), re.compile(r"(^|[^:])//"), code_of)
    yield from grep([*c_files(), *scripts()], MARKERS)


def check_license(_build):
    meson = sorted(path for path in SOURCE.rglob("meson.build") if "build" not in path.parts[:-1])
    for path in [*c_files(), *scripts(), *meson, *files(["policy"], ".conf", ".rules", ".in")]:
        if "SPDX-License-Identifier: LGPL-2.1-or-later" not in read(path)[:700]:
            yield show(path)


def layer_of(path):
    name = str(path.relative_to(SOURCE))
    return next((layer for layer in LAYERS if name.startswith(layer + "/")), None)


def check_layers(_build):
    for path in files(["daemon", "clients"], ".c", ".h"):
        layer = layer_of(path)
        if layer is None:
            continue
        allowed = LAYERS[layer] | {layer.split("/")[-1]}
        for number, line in enumerate(read(path).splitlines(), 1):
            match = re.match(r'#include (?:"(\w[\w-]*)/|<(.+)>)', line)
            folder, header = match.groups() if match else (None, None)
            if folder in FOLDERS and folder not in allowed:
                yield f"{show(path, number)}: {layer} may not include {folder}/"
            for library, users in LIBRARIES.items():
                if header and header.startswith(library) and layer not in users:
                    yield f"{show(path, number)}: {layer} may not use {library}"


def check_walls(build):
    """The dynamic section, not ldd: what the program itself asks for."""
    for program, libraries in WALLS.items():
        path = build / program
        if not path.exists():
            yield f"{program} was not built"
            continue
        needed = subprocess.run(["readelf", "-d", path], stdout=subprocess.PIPE,
                                stderr=subprocess.DEVNULL, text=True, check=False).stdout
        if "NEEDED" not in needed:
            yield f"{program} is no program that links dynamically"
        for library in libraries:
            if library in needed:
                yield f"{program} links {library}"


def tests_text():
    kinds = [*files(["tests"], ".c", ".h", ".py"), *scripts()]
    own = {SOURCE / "tests" / "lint.py"}
    return "\n".join(read(path) for path in kinds if path not in own)


def check_limits(_build):
    """Each limit is tested by its name (or, in Python, by its name in a comment)."""
    text = tests_text()
    for header in ("limits.h", "web-limits.h"):
        for name in re.findall(r"#define (CERTD_LIMIT_\w+)", read(SOURCE / "daemon/model" / header)):
            if not re.search(rf"\b{name}\b", text):
                yield f"no test names {name}"


def check_requirements(_build):
    text = tests_text()
    for name in REQUIREMENTS:
        if not re.search(rf"\b{name}\b", text):
            yield f"no test names {name}"


def check_secrets(_build):
    """No variable whose name says that it is a secret is an argument of a log call."""
    for path in files(["daemon", "clients"], ".c"):
        text = code_of(path)
        for match in LOG_CALL.finditer(text):
            word = SECRET_WORD.search(match.group("arguments"))
            if word:
                line = text.count("\n", 0, match.start()) + 1
                yield f"{show(path, line)}: {word.group()} in a log call"


def check_headers(_build):
    """Each paragraph of a header that declares functions has a comment saying what they do."""
    for path in files(["daemon", "clients"], ".h"):
        text, offset = read(path), 1
        for paragraph in text.split("\n\n"):
            prototype = PROTOTYPE.search(paragraph)
            plain = prototype and not prototype.group().startswith(("G_", "typedef"))
            if plain and "/*" not in paragraph and not re.search(r"_(free|quark)\(", prototype.group()):
                yield f"{show(path, offset)}: {prototype.group().splitlines()[0]}"
            offset += paragraph.count("\n") + 2


def check_interfaces(_build):
    """The XML documents each method, signal and property, and each argument by name."""
    for path in sorted((SOURCE / "data").glob("*.xml")):
        text = read(path)
        for comment, kind, name, body in re.findall(
                r'(<!--(?:(?!-->).)*-->)?\s*<(method|signal|property) name="(\w+)"((?:(?!</\2>).)*)',
                text, re.DOTALL):
            if f"{name}:" not in comment:
                yield f"{show(path)}: {kind} {name} is not documented"
            head = body if kind != "property" else ""
            if head.startswith("/>"):
                continue
            for argument in re.findall(r'<arg name="(\w+)"', head):
                if f"@{argument}:" not in comment:
                    yield f"{show(path)}: {name}'s argument {argument} is not documented"


def check_shell(_build):
    shell = [path for path in scripts() if b"bash" in path.read_bytes().split(b"\n", 1)[0]]
    done = subprocess.run(["shellcheck", "-x", *shell], cwd=SOURCE, stdout=subprocess.PIPE,
                          text=True, check=False)
    return done.stdout.splitlines() if done.returncode else []


CHECKS = {
    "clang-format has nothing to change": check_format,
    f"files are shorter than {MAX_FILE_LINES} lines": check_file_length,
    f"functions are shorter than {MAX_FUNCTION_LINES} lines": check_function_length,
    f"nesting is less than {MAX_NESTING}": check_nesting,
    "no goto, marker, // comment or GLib alias of a C type": check_forbidden_words,
    "each file names its license": check_license,
    "includes keep the layers": check_layers,
    "programs link only what their layer may": check_walls,
    "each limit is named in a test": check_limits,
    "each requirement is named in a test": check_requirements,
    "no secret in a log call": check_secrets,
    "headers say what functions do": check_headers,
    "the interfaces are documented to the last argument": check_interfaces,
    "shellcheck is content": check_shell,
    **lint_text.CHECKS,
}


def main():
    parser = argparse.ArgumentParser(description="Checks the tree's shape.")
    parser.add_argument("--build", type=pathlib.Path, required=True, metavar="DIR",
                        help="a build directory with the programs")
    options = parser.parse_args()
    failed = False
    print(f"1..{len(CHECKS)}")
    for number, (name, check) in enumerate(CHECKS.items(), 1):
        offenders = list(check(options.build.resolve()))
        print(f"{'not ok' if offenders else 'ok'} {number} - {name.replace('#', '')}")
        for offender in offenders:
            print(f"# {offender}")
        failed = failed or bool(offenders)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
