# SPDX-License-Identifier: LGPL-2.1-or-later
"""R38: a trial ends at its deadline, whatever the wall clock does and however often certd is stopped, and
in another boot before anybody can ask."""

import time

import pytest
import support
import trial
from clock import DAY, NOW, YEAR, Clock
from gi.repository import Gio
from trial import SHORTEST, confirm, error_of, get, install

LATE_SECONDS = 1
# Where the clock is set to in the middle of the trials, from NOW on: before certd is killed, and after.
JUMPS = (5 * YEAR, -3 * YEAR, 3600, -1, DAY)
JUMPS_AFTER = (-2 * YEAR, 4 * YEAR, -DAY, 3600, -1, YEAR)


@pytest.fixture(scope="module")
def clock(bus):
    made = Clock()
    made.open()
    made.boot(NOW, True)
    bus.close()
    yield made
    bus.close()
    made.close()


@pytest.fixture(scope="module")
def bundles(clock, tmp_path_factory):
    """Valid at all times that the clock is set to."""
    folder = tmp_path_factory.mktemp("bundles")
    with clock.programs(NOW - 10 * YEAR):
        return [trial.bundle(folder, name, days=20 * 365) for name in ("one", "two")]


class Ends:
    """When each certificate's trial ended by itself, on the monotonic clock."""

    def __init__(self, bus):
        self.at = {}
        self._connection = bus.new_connection()
        support.subscribe(self._connection, support.NAME, f"{support.NAME}.Manager",
                          "CertificateChanged", None, None, Gio.DBusSignalFlags.NONE, self._on_changed)

    def _on_changed(self, *arguments):
        name, _, cause = arguments[5].unpack()
        if cause == "trial-end":
            self.at[name] = time.monotonic()

    def close(self):
        self._connection.close_sync(None)


def set_again_and_again(bus, clock, jumps, begun, expected):
    """Each trial goes on, and the time that it has left is what it was."""
    for jump in jumps:
        clock.set(NOW + jump, True)
        for name, at in begun.items():
            left = get(bus, name, "TrialDeadline") - clock.now()
            assert abs(at + SHORTEST - time.monotonic() - left) < 2
            assert get(bus, name, "Fingerprint") == expected


def test_deadline(bus, certd, clock, bundles):
    """The clock is set, again and again, and certd killed and started: each trial takes its time."""
    names = [f"t{number}" for number in range(4)]
    begun = {}
    for name in names:
        trial.create(bus, name)
        install(bus, name, bundles[0][0])
    ends = Ends(bus)
    for name in names:
        install(bus, name, bundles[1][0], trial=SHORTEST)
        begun[name] = time.monotonic()
    set_again_and_again(bus, clock, JUMPS, begun, bundles[1][1])
    assert not ends.at
    bus.close()
    ends.close()
    certd.restart()
    ends = Ends(bus)
    set_again_and_again(bus, clock, JUMPS_AFTER, begun, bundles[1][1])
    assert not ends.at
    support.wait_until(lambda: len(ends.at) == len(names), "every trial has ended", SHORTEST + 10)
    ends.close()
    for name in names:
        assert 0 <= ends.at[name] - begun[name] - SHORTEST < LATE_SECONDS
        assert get(bus, name, "Fingerprint") == bundles[0][1]
        assert get(bus, name, "TrialDeadline") == 0
        assert error_of(confirm, bus, name, tested=True) == "Cancelled"


def test_asleep(bus, clock, bundles):
    """What a device slept through counts: the first look shows what was confirmed."""
    trial.create(bus, "slept")
    install(bus, "slept", bundles[0][0])
    for seconds, expected in ((SHORTEST - 10, 1), (10, 0)):
        if expected:
            install(bus, "slept", bundles[1][0], trial=SHORTEST)
        clock.sleep(seconds)
        assert get(bus, "slept", "Fingerprint") == bundles[expected][1]
    assert get(bus, "slept", "TrialDeadline") == 0
    assert error_of(confirm, bus, "slept", tested=True) == "Cancelled"
    assert get(bus, "slept", "Fingerprint") == bundles[0][1]


def test_stopped_meanwhile(bus, certd, clock, bundles):
    """The deadline passes while certd is stopped: it begins with what was confirmed."""
    trial.create(bus, "stopped")
    install(bus, "stopped", bundles[0][0])
    install(bus, "stopped", bundles[1][0], trial=SHORTEST)
    bus.close()
    certd.stop()
    clock.sleep(SHORTEST)
    certd.start()
    assert get(bus, "stopped", "Fingerprint") == bundles[0][1]
    assert get(bus, "stopped", "TrialDeadline") == 0
