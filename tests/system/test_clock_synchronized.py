# SPDX-License-Identifier: LGPL-2.1-or-later
"""Under the sandbox certd may not ask the kernel whether the clock is synchronized, and asks timedate1: a
clock that was in the future and then set right is trusted again (R72). What NTP does to a clock a machine
can't show, for it has its host's; so what was in the future is what certd has seen, and timedate1 says what
a test wants."""

import asked
import booted
import pytest

DAY = 86400
SECONDS = 10  # "at once"
ASKED_AGAIN_SECONDS = 60 + 15
SAYS = "/run/synchronized"
TIMEDATED = "systemd-timedated.service"
STAND_IN = f"""[Service]
Type=dbus
BusName=org.freedesktop.timedate1
ExecStart=/usr/bin/python3 -B {booted.SOURCE_INSIDE}/tests/system/timedate_says.py {SAYS}
"""
# The latest time that certd knows to have been.
SEEN_AHEAD = f"""
import sqlite3, time
keystore = sqlite3.connect("/var/lib/certd/keystore.db")
with keystore:
    keystore.execute("UPDATE clock SET seen = ?", (int(time.time()) + {10 * DAY},))
keystore.close()
"""


def trusted(machine):
    return asked.get(machine, asked.MANAGER, "Manager", "ClockTrusted")


def problems(machine):
    return [problem[0] for problem in asked.get(machine, asked.MANAGER, "Manager", "Problems")]


def wait_for_trust(machine, seconds=SECONDS):
    booted.wait_until(lambda: trusted(machine), "the clock is trusted", seconds)
    assert "clock-untrusted" not in problems(machine)


def say(machine, synchronized):
    machine.write(SAYS, "yes\n" if synchronized else "no\n")


def start_seen_ahead(machine):
    """certd starts, and has seen a time that is ten days from now."""
    machine.run("systemctl", "stop", "certd.socket", asked.SERVICE)
    machine.run("/usr/bin/python3", "-c", SEEN_AHEAD, user="certd")
    machine.run("systemctl", "start", "certd.socket", asked.SERVICE)


def test_timedated_is_started(machine):  # R72
    """The real one, for certd's question: it need not run."""
    machine.run("systemctl", "stop", TIMEDATED)
    machine.run("systemctl", "restart", asked.SERVICE)
    booted.wait_until(lambda: machine.unit(TIMEDATED, "ActiveState") == "active", "timedated runs", SECONDS)
    assert trusted(machine)


@pytest.fixture
def stand_in(machine):
    """timedate1 says what the test writes; here that the clock is not synchronized."""
    say(machine, False)
    machine.run("systemctl", "mask", "--now", TIMEDATED)
    machine.add_unit("timedate-says.service", STAND_IN)
    machine.run("systemctl", "start", "timedate-says.service")
    yield machine
    machine.run("systemctl", "stop", "timedate-says.service")
    machine.run("systemctl", "unmask", TIMEDATED)


def test_trusted_after_a_restart(stand_in):  # R72
    start_seen_ahead(stand_in)
    assert not trusted(stand_in)
    assert "clock-untrusted" in problems(stand_in)
    say(stand_in, True)
    stand_in.run("systemctl", "restart", asked.SERVICE)
    wait_for_trust(stand_in)
    # The present is what was seen from then on, whoever says what.
    say(stand_in, False)
    stand_in.run("systemctl", "restart", asked.SERVICE)
    assert trusted(stand_in)


def test_trusted_without_a_restart(stand_in):  # R72
    """It is asked again after a minute."""
    start_seen_ahead(stand_in)
    assert not trusted(stand_in)
    say(stand_in, True)
    wait_for_trust(stand_in, ASKED_AGAIN_SECONDS)


def test_nobody_to_ask(stand_in):  # R72
    """No timedate1, and none that could be started: as if the clock were not synchronized; certd runs."""
    say(stand_in, True)
    stand_in.run("systemctl", "stop", "timedate-says.service")
    start_seen_ahead(stand_in)
    assert not trusted(stand_in)
    assert stand_in.unit(asked.SERVICE, "NRestarts") == "0"
