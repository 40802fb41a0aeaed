# SPDX-License-Identifier: LGPL-2.1-or-later
"""A certd that may not ask the kernel whether the clock is synchronized asks timedate1 (R72). The device's
clock was ten days ahead once, so that only a clock that is synchronized is trusted."""

import pytest
import support
from clock import DAY, HOUR, NOW, Clock
from timed import manager
from timedate1 import timedate

AHEAD = NOW + 10 * DAY


@pytest.fixture(scope="module")
def clock(bus):
    made = Clock()
    made.open()
    yield made
    bus.close()
    made.close()


@pytest.fixture
def was_ahead(bus, clock):
    """The clock has shown AHEAD, and certd is to be started."""
    clock.boot(AHEAD, None)
    support.wait_until(lambda: manager(bus, "ClockTrusted"), "a clock that is ahead is trusted")
    bus.close()
    clock.certd.stop(clean=True)
    return clock


def wait_for(bus, trusted):
    support.wait_until(lambda: manager(bus, "ClockTrusted") == trusted, f"ClockTrusted is {trusted}")


def problems(bus):
    return [problem[0] for problem in manager(bus, "Problems")]


def test_nobody_to_ask(bus, was_ahead):  # R72
    was_ahead.boot(NOW, None)
    wait_for(bus, False)
    assert "clock-untrusted" in problems(bus)


def test_asked_at_the_start(bus, was_ahead):  # R72
    with timedate(bus, True) as one:
        was_ahead.boot(NOW, None)
        wait_for(bus, True)
        assert "clock-untrusted" not in problems(bus)
        # It is started for each question.
        assert one.asked == 1


def test_asked_after_a_change(bus, was_ahead):  # R72
    with timedate(bus, False) as one:
        was_ahead.boot(NOW - HOUR, None)
        support.wait_until(lambda: one.asked == 1, "timedate1 is asked")
        wait_for(bus, False)
        one.says = True
        was_ahead.set(NOW, None)
        wait_for(bus, True)
        assert one.asked == 2
        # What was seen from there on is certain: a clock that is set back is seen.
        one.says = False
        was_ahead.set(NOW - DAY, None)
        wait_for(bus, False)
        support.wait_until(lambda: one.asked == 3, "timedate1 is asked once more")
        assert not manager(bus, "ClockTrusted")


def test_answers_while_it_waits(bus, was_ahead):  # R72
    """timedate1 says nothing: certd does not wait for it."""
    with timedate(bus, None) as one:
        was_ahead.boot(NOW, None)
        support.wait_until(lambda: one.asked == 1, "timedate1 is asked")
        assert not manager(bus, "ClockTrusted")
        one.says = True
        was_ahead.set(NOW + HOUR, None)
        wait_for(bus, True)


def test_kernel_is_asked_where_it_may_be(bus, was_ahead):  # R72
    with timedate(bus, True) as one:
        was_ahead.boot(NOW, False)
        wait_for(bus, False)
        was_ahead.set(NOW + HOUR, True)
        wait_for(bus, True)
        assert one.asked == 0
