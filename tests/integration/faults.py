# SPDX-License-Identifier: LGPL-2.1-or-later
"""A disk that fails on command: strace makes one system call of certd's on the keystore fail."""

import collections
import contextlib
import re
import subprocess

CALLS = ("pwrite64", "write", "fsync", "fdatasync")
FILES = ("keystore.db", "keystore.db-wal", "sealing.key", "sealing.key.new")
LINE = re.compile(r"^(\w+)\(")


@contextlib.contextmanager
def traced(certd, folder, *options):
    """What certd calls on its files meanwhile, as lines; from the beginning on, with strace's options."""
    log = folder / "strace.log"
    lines = []
    paths = [word for name in FILES for word in ("-P", certd.state_directory / name)]
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
    """How often each call was made."""
    made = (LINE.match(line) for line in lines)
    return collections.Counter(match.group(1) for match in made if match)


@contextlib.contextmanager
def failing(certd, folder, call, number, error):
    """The call of that number (from 1) on the keystore fails with error; the lines as traced() has them."""
    with traced(certd, folder, "-e", f"inject={call}:error={error}:when={number}") as lines:
        yield lines
    hit = [line for line in lines if "INJECTED" in line]
    assert len(hit) <= 1
