# SPDX-License-Identifier: LGPL-2.1-or-later
"""Clocks that are wrong, and what certd makes of them. Whatever a clock says, no user's certificate is
lost, https has one, and when the time is known none of ours is in use that it refuses."""

import dataclasses

import pytest
import support
from clock import BACKDATE, DAY, HOUR, INSTALLED, NOW, RELEASE, YEAR
from timed import (BOOT_1970, LAST_9999, SHORT_DAYS, SLACK, At, boot, by_hand, device, get,
                    manager, path_of, rows, settle, underway, unsure)
from gi.repository import GLib
from hostile import CERTIFICATE

MINUTE = 60
# 2038-01-19T03:14:07Z, the last second of 31 bits, and that of 32 bits in 2106.
LAST_31, LAST_32 = 2**31 - 1, 2**32 - 1
NEVER = 4294197631  # what GnuTLS takes for that
DEFAULT_DAYS = 397


@dataclasses.dataclass(frozen=True)
class Scenario:
    name: str
    steps: tuple
    start: str = "device"  # "fresh": without a keystore, "site": with a user's certificate for https


RIGHT = At(NOW)
SCENARIOS = (
    # A clock that is behind.
    Scenario("1970-at-first-boot-then-synchronized",
             (unsure(BOOT_1970, boot=True, issued_from=RELEASE), At(NOW, renewed=True)), "fresh"),
    Scenario("1970-at-first-boot-then-set-by-hand",
             (unsure(BOOT_1970, boot=True, issued_from=RELEASE), by_hand(NOW, renewed=True),
              At(NOW, renewed=False)), "fresh"),
    Scenario("1970-at-boot-then-synchronized",
             (unsure(BOOT_1970, boot=True, renewed=False), At(NOW, renewed=False))),
    Scenario("day-before-the-release-then-synchronized",
             (unsure(RELEASE - DAY, boot=True, issued_from=RELEASE), At(NOW, renewed=True)),
             "fresh"),
    Scenario("reaches-the-release-date",
             (unsure(RELEASE - MINUTE, boot=True, issued_from=RELEASE),
              by_hand(RELEASE, issued_from=RELEASE, renewed=True), RIGHT), "fresh"),
    Scenario("dead-battery-at-three-boots",
             (unsure(BOOT_1970, boot=True), At(NOW, renewed=False),
              unsure(BOOT_1970, boot=True), At(NOW + DAY, renewed=False),
              unsure(BOOT_1970, boot=True), At(NOW + 2 * DAY, renewed=False))),
    Scenario("dead-battery-and-never-set",
             (unsure(BOOT_1970, boot=True, issued_from=RELEASE),
              unsure(BOOT_1970, boot=True, renewed=False),
              unsure(BOOT_1970, boot=True, renewed=False)), "fresh"),
    Scenario("back-before-what-was-seen",
             (boot(NOW), unsure(NOW - 2 * HOUR, renewed=False), At(NOW, renewed=False))),
    Scenario("back-by-a-small-correction",
             (boot(NOW), by_hand(NOW - 4 * MINUTE, renewed=False), At(NOW, renewed=False))),
    Scenario("synchronized-to-a-month-ago",
             (boot(NOW), At(INSTALLED - 30 * DAY, renewed=True), RIGHT)),
    Scenario("synchronized-to-2000", (boot(NOW), At(946684800, renewed=True), RIGHT)),
    Scenario("fresh-synchronized-to-2000", (boot(946684800), At(NOW)), "fresh"),
    # A clock that is ahead.
    Scenario("ten-years-ahead-at-boot",
             (by_hand(NOW + 10 * YEAR, boot=True, renewed=True), unsure(NOW),
              At(NOW, renewed=True))),
    Scenario("ten-years-ahead-while-running",
             (boot(NOW), by_hand(NOW + 10 * YEAR, renewed=True), unsure(NOW),
              At(NOW, renewed=True))),
    Scenario("ten-years-ahead-synchronized",
             (boot(NOW), At(NOW + 10 * YEAR, renewed=True), At(NOW, renewed=True))),
    Scenario("ten-years-ahead-then-right-at-the-next-boot",
             (boot(NOW), by_hand(NOW + 10 * YEAR), unsure(NOW, boot=True), RIGHT)),
    Scenario("ten-years-ahead-at-first-boot",
             (by_hand(NOW + 10 * YEAR, boot=True), unsure(NOW), RIGHT), "fresh"),
    Scenario("beyond-a-users-certificate-and-back",
             (boot(NOW), At(NOW + (SHORT_DAYS + 1) * DAY), At(NOW))),
    Scenario("beyond-the-users-https-and-back",
             (boot(NOW), At(NOW + 2 * YEAR), At(NOW, renewed=True)), "site"),
    Scenario("beyond-the-users-https-at-boot",
             (boot(NOW + 2 * YEAR), unsure(BOOT_1970, boot=True), At(NOW)), "site"),
    Scenario("stopped-for-two-years", (by_hand(NOW + 2 * YEAR, boot=True, renewed=True),)),
    # The ends of calendars.
    Scenario("2038-while-running", (boot(LAST_31), At(LAST_31 + 1), RIGHT)),
    Scenario("2038-at-first-boot", (boot(LAST_31 + 1), At(NOW, renewed=True)), "fresh"),
    Scenario("2106-while-running", (boot(LAST_32), At(LAST_32 + 1), RIGHT)),
    Scenario("gnutls-never-is-now", (boot(NEVER), At(NOW, renewed=True))),
    Scenario("gnutls-never-is-the-end",
             (boot(NEVER - DEFAULT_DAYS * DAY, act="reset_across"), At(NOW, renewed=True))),
    Scenario("the-last-year-but-one", (boot(LAST_9999 - 366 * DAY), At(NOW, renewed=True))),
    Scenario("the-last-year", (boot(NOW), At(LAST_9999 - HOUR, renewed=False), At(NOW, renewed=False))),
    # Small steps, and many.
    Scenario("leap-second", (boot(NOW), At(NOW - 1, renewed=False), At(NOW + 1, renewed=False))),
    Scenario("synchronized-and-not-by-turns",
             (boot(NOW), by_hand(NOW, renewed=False), At(NOW, renewed=False),
              by_hand(NOW, renewed=False), At(NOW, renewed=False))),
    Scenario("steps-during-a-renewal",
             (boot(NOW), At(NOW + 300 * DAY, act="step_while_renewing"), RIGHT)),
    Scenario("to-and-fro", (boot(NOW, act="flap"), RIGHT)),
    Scenario("time-zones",
             (boot(NOW, zone="Pacific/Kiritimati", renewed=False),
              unsure(BOOT_1970, boot=True, zone="America/Anchorage", renewed=False),
              boot(NOW, zone="right/UTC", renewed=False))),
    Scenario("asleep-for-a-year", (boot(NOW), At(NOW + YEAR, asleep=True, renewed=True))),
    # Users who act under a wrong clock.
    Scenario("users-certificate-under-a-clock-of-1970",
             (unsure(BOOT_1970, boot=True, act="install_https"), At(NOW, renewed=False)), "fresh"),
    Scenario("users-certificate-under-a-clock-ahead",
             (by_hand(NOW + 100 * DAY, boot=True, act="install_https"), unsure(NOW), RIGHT)),
    Scenario("self-signed-under-a-clock-of-1970",
             (unsure(BOOT_1970, boot=True, act="self_sign_https"), At(NOW, renewed=True)), "fresh"),
)


# What happens after a step, by the name in the scenario.


def install_https(device):
    device.install("https")


def self_sign_https(device):
    path, = device.bus.call(CERTIFICATE, "Certificate", "CreateRequest", "(sa{sv})", ("self", {}))
    support.wait_until(lambda: device.bus.get(path, "Request", "State") == "issued",
                       "it is self-signed")


def reset_across(device):
    """The end of what is issued goes over the second that GnuTLS takes for "never"."""
    device.clock.set(NEVER + BACKDATE - DEFAULT_DAYS * DAY - 1, True)
    ends = []
    while not ends or ends[-1] <= NEVER:
        device.bus.call(CERTIFICATE, "Certificate", "Reset", "(a{sv})", ({},))
        ends.append(get(device.bus, "https", "NotAfter"))
    assert ends[0] < NEVER and NEVER not in ends and ends[-1] < NEVER + SLACK


def step_while_renewing(device):
    """Hours to and fro while the key of "issued" is made."""
    bus, when = device.bus, NOW + 600 * DAY
    bus.call(path_of("issued"), "Certificate", "Configure", "(a{sv})",
             ({"key-type": GLib.Variant("s", "rsa:3072"), "issuer": GLib.Variant("s", "internal")},))
    before = rows(bus)["issued"]["Fingerprint"]
    device.clock.set(when, True)
    support.wait_until(lambda: underway(bus), "the renewal is under way")
    for hours in (5, -5, 12, -12, 0):
        device.clock.set(when + hours * HOUR, True)
        manager(bus, "ClockTrusted")
    support.wait_until(lambda: rows(bus)["issued"]["Fingerprint"] != before, "it is issued")
    settle(bus)


def flap(device):
    for number in range(40):
        device.clock.set(NOW + number % 2 * 10 * YEAR, number % 3 == 0)
        manager(device.bus, "ClockTrusted")


ACTS = {act.__name__: act
        for act in (install_https, self_sign_https, reset_across, step_while_renewing, flap)}


@pytest.mark.parametrize("scenario", SCENARIOS, ids=lambda scenario: scenario.name)
def test_scenario(device, scenario):  # R24 R55 R72
    device.begin(scenario.start)
    for step in scenario.steps:
        device.go(step)
        if step.act:
            ACTS[step.act](device)
        device.check(step)
