# SPDX-License-Identifier: LGPL-2.1-or-later
"""The way back from a serial console: a terminal that knows little, no network, no agent, no web page."""

import json
import os
import pty
import select
import subprocess
import time

import pytest
from hostile import CERTIFICATE

DEADLINE_SECONDS = 30
CONSOLE = {"LANG": "C", "TERM": "vt100", "LC_ALL": ""}
DECLINED = 30  # Cancelled


@pytest.fixture
def no_network():
    """Not even loopback is up."""
    subprocess.run(["ip", "link", "set", "lo", "down"], check=True)
    links = json.loads(subprocess.run(["ip", "-json", "link", "show", "up"], check=True,
                                      capture_output=True, text=True).stdout)
    assert not [link for link in links if link]
    yield
    subprocess.run(["ip", "link", "set", "lo", "up"], check=True)


def type_at(answer, *words):
    """Runs certctl on a terminal and types the answer to its question: its status and what it showed."""
    pid, terminal = pty.fork()
    if pid == 0:
        os.execvpe("certctl", ["certctl", *words], {**os.environ, **CONSOLE})
    shown, asked = b"", False
    deadline = time.monotonic() + DEADLINE_SECONDS
    while True:
        assert select.select([terminal], [], [], max(0, deadline - time.monotonic()))[0], shown
        try:
            data = os.read(terminal, 4096)
        except OSError:  # the other end is closed
            data = b""
        if not data:
            break
        shown += data
        if not asked and shown.rstrip().endswith((b"?", b"]", b":")):
            os.write(terminal, answer)
            asked = True
    os.close(terminal)
    assert asked, f"it did not ask: {shown}"
    return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]), shown.decode("ascii")


def fingerprint(bus):
    return bus.get(CERTIFICATE, "Certificate", "Fingerprint")


def test_reset(bus, no_network):  # R50 R53
    """It asks, is answered, and says what it did, what is kept and how to go back."""
    before = fingerprint(bus)
    status, shown = type_at(b"y\n", "reset", "https")
    assert status == 0, shown
    after = fingerprint(bus)
    assert after != before
    assert "factory default" in shown
    assert after.upper() in shown.replace(":", "")
    assert "certctl rollback https" in shown
    status, shown = type_at(b"yes\n", "reset", "https")
    assert status == 0 and fingerprint(bus) not in (before, after)
    assert bus.certctl("rollback", "https").returncode == 0
    assert fingerprint(bus) == after


@pytest.mark.parametrize("answer", (b"n\n", b"\n", b"nonsense\n", b"\x04"),
                         ids=("no", "nothing", "nonsense", "end-of-file"))
@pytest.mark.parametrize("words", (("reset", "https"), ("factory-reset",)), ids=lambda words: words[0])
def test_declined(bus, no_network, words, answer):  # R50
    """Anything but a yes changes nothing, and has a status of its own."""
    before = fingerprint(bus)
    status, shown = type_at(answer, *words)
    assert status == DECLINED, shown
    assert fingerprint(bus) == before


def test_factory_reset(bus, no_network):  # R54
    bus.certctl("create", "mqtt", check=True)
    bus.certctl("issue", "mqtt", check=True)
    status, shown = type_at(b"y\n", "factory-reset")
    assert status == 0, shown
    assert "mqtt" in shown and "https" in shown
    assert fingerprint(bus).upper() in shown.replace(":", "")


def test_without_a_terminal(bus):
    """Nobody can be asked: it says what to do instead."""
    before = fingerprint(bus)
    done = bus.certctl("reset", "https")
    assert done.returncode != 0 and "--yes" in done.stderr
    assert fingerprint(bus) == before
