# SPDX-License-Identifier: LGPL-2.1-or-later
"""A disk that fails on command: strace makes one system call of certd's on its files fail."""

import collections
import contextlib
import re
import subprocess

CALLS = ("pwrite64", "write", "fsync", "fdatasync")
FILES = ("keystore.db", "keystore.db-wal", "sealing.key", "sealing.key.new")
# With the number of the process before it where strace follows to more than one.
LINE = re.compile(r"^(\d*) *(\w+)\(")
# strace follows to the workers that certd starts from then on, and names the file of each call.
WORKERS_TOO = ("-f", "-y")


@contextlib.contextmanager
def traced(certd, folder, *options, files=None):
    """What certd calls on its files (files: on these) meanwhile, as lines; from the beginning on, with
    strace's options."""
    log = folder / "strace.log"
    lines = []
    files = files or [certd.state_directory / name for name in FILES]
    paths = [word for file in files for word in ("-P", file)]
    with subprocess.Popen(
            ["strace", "-p", str(certd.pid), *paths, "-e", f"trace={','.join(CALLS)}", "-o", log,
             *options], stdin=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True) as process:
        said = process.stderr.readline()
        assert "attached" in said, f"strace: {said}{process.stderr.read()}"
        try:
            yield lines
        finally:
            process.terminate()
            process.wait()
            lines.extend(log.read_text(encoding="utf-8", errors="replace").splitlines())


def count(lines):
    """How often each call was made by the process that made it most often."""
    made = (LINE.match(line) for line in lines)
    most = collections.Counter()
    for (_, call), times in collections.Counter(match.groups() for match in made if match).items():
        most[call] = max(most[call], times)
    return most


@contextlib.contextmanager
def failing(certd, folder, fault, *options, files=None):
    """One call fails: fault is its name, its number (from 1, in each process) and the error. options,
    files and the lines as traced() has them."""
    call, number, error = fault
    inject = f"inject={call}:error={error}:when={number}"
    with traced(certd, folder, "-e", inject, *options, files=files) as lines:
        yield lines
    assert not [call for call, times in count(injected(lines)).items() if times > 1]


def injected(lines):
    """Those of the calls that failed so."""
    return [line for line in lines if "INJECTED" in line]
