# SPDX-License-Identifier: LGPL-2.1-or-later
"""A user who floods certd is in nobody else's way: others are answered in time, and the memory that it takes
is little and comes back. What was measured is printed (pytest -s, or with a failure)."""

import itertools
import json
import os
import pathlib
import pwd
import subprocess
import threading
import time

import pytest
import support
from gi.repository import Gio, GLib

FLOOD = pathlib.Path(__file__).with_name("flood.py")
P99_SECONDS = 0.2
GROWTH_KIB = 20 * 1024
# sd-bus reads a message whole before certd can refuse it: one of 30 MiB is there at a time, and no second.
LARGEST_GROWTH_KIB = (30 + 4) * 1024
REST_KIB = 4 * 1024  # what may stay: memory that is used again next time
LONG = 4
# kind: (count of each, users). The bus lets a user have 256 connections.
FLOODS = {
    "calls": (10_000, (support.USER,)),
    "matches": (1_000, (support.USER,)),
    "connections": (250, (support.USER, "nobody")),
    "sockets": (500, (support.USER,)),
    "arrays": (100, (support.USER,)),
    "values": (60, (support.USER,)),
    "names": (150, (support.USER,)),
    "largest": (12, (support.USER,)),
    "descriptors": (2_000, (support.USER,)),
}
# All of it at once is more than what is asked of certd, and takes each processor of a small machine.
ALL = ("calls", "matches", "sockets", "arrays", "descriptors")
if os.environ.get("CERTD_TEST_LONG") == "1":
    FLOODS["all"] = (0, (support.USER,))


def memory(pid):
    """Private and shared memory of certd in KiB, what others share divided among them."""
    for line in pathlib.Path(f"/proc/{pid}/smaps_rollup").read_text(encoding="ascii").splitlines():
        if line.startswith("Pss:"):
            return int(line.split()[1])
    raise AssertionError("no Pss")


class Watcher(threading.Thread):
    """Looks at certd's memory now and then, while the test measures."""

    def __init__(self, pid):
        super().__init__(daemon=True)
        self.pid = pid
        self.most = 0
        self._end = threading.Event()

    def run(self):
        while not self._end.wait(0.02):
            self.most = max(self.most, memory(self.pid))

    def end(self):
        self._end.set()
        self.join()
        return self.most


def ask(connection):
    """How long Ping and a property take."""
    begun = time.monotonic()
    connection.call_sync(support.NAME, support.MANAGER, "org.freedesktop.DBus.Peer", "Ping", None, None, 0,
                         support.CALL_TIMEOUT_MSEC, None)
    middle = time.monotonic()
    connection.call_sync(support.NAME, support.MANAGER, "org.freedesktop.DBus.Properties", "Get",
                         GLib.Variant("(ss)", ("org.certd1.Manager", "Version")), None,
                         Gio.DBusCallFlags.NO_AUTO_START, support.CALL_TIMEOUT_MSEC, None)
    return middle - begun, time.monotonic() - middle


def p99(values):
    return sorted(values)[min(len(values) - 1, len(values) * 99 // 100)]


def begin(kind, count, user, source):
    """A flood of user's, who may not be able to read the tests: the program comes in by source."""
    return subprocess.Popen(
        ["setpriv", f"--reuid={user}", f"--regid={pwd.getpwnam(user).pw_gid}", "--init-groups", "--",
         "/usr/bin/python3", "-B", "-", kind, str(count)],
        stdin=source, stdout=subprocess.PIPE, text=True)


def flood(connection, kind, times):
    """Runs floods beside each other while connection's user asks; the times, and what was reached."""
    count, users = FLOODS[kind]
    kinds = ALL if kind == "all" else (kind,)
    processes = []
    for one, user in itertools.product(kinds, users):
        with open(FLOOD, "rb") as source:
            processes.append((one, begin(one, (count or FLOODS[one][0]) * times, user, source)))
    asked = []
    while any(process.poll() is None for _, process in processes):
        asked.append(ask(connection))
    reached = []
    for one, process in processes:
        out = process.communicate()[0]
        assert process.returncode == 0, one
        reached.append({"kind": one, **json.loads(out)})
    return asked, reached


@pytest.fixture(scope="module")
def warm(bus):
    """certd as it is after a while: what is made once for all callers is there."""
    process = support.Certd()
    for kind in ("calls", "arrays"):
        flood(bus.connection(support.ADMIN), kind, 1)
    return process.pid


@pytest.mark.parametrize("kind", FLOODS)
def test_flood(bus, warm, kind):
    times = LONG if os.environ.get("CERTD_TEST_LONG") == "1" else 1
    connection = bus.connection(support.ADMIN)
    before = memory(warm)
    watcher = Watcher(warm)
    watcher.start()
    asked, reached = flood(connection, kind, times)
    most = watcher.end()
    ask(connection)
    after = memory(warm)
    ping, read = (p99(values) for values in zip(*asked))
    print(f"\n{kind}: {len(asked)} times asked, p99 of Ping {ping * 1000:.1f} ms, of a property"
          f" {read * 1000:.1f} ms, longest {max(map(max, asked)) * 1000:.1f} ms; memory {before} KiB, at most"
          f" {most - before:+} KiB, afterwards {after - before:+} KiB; {json.dumps(reached)}")
    assert ping < P99_SECONDS and read < P99_SECONDS
    assert most - before < (LARGEST_GROWTH_KIB if kind == "largest" else GROWTH_KIB)
    assert after - before < REST_KIB
