# SPDX-License-Identifier: LGPL-2.1-or-later
"""What certd says as the time goes by: that certificates end, and that the clock is not to be trusted."""

import pytest
import support
from clock import DAY, NOW
from timed import BOOT_1970, At, boot, device, rows, settle, unsure
from gi.repository import Gio, GLib

MINUTE = 60


def warnings(row):
    """When a user is warned: at a third of the lifetime left, and some days before the end."""
    end = row["NotAfter"]
    third = end - (end - row["NotBefore"]) // 3
    return [third] + [end - days * DAY for days in (30, 14, 7, 3, 1) if end - days * DAY > third]


@pytest.fixture
def heard(bus):
    """The signals CertificateExpiring as they come: name and end."""
    signals = []
    connection = bus.connection()
    subscription = support.subscribe(
        connection, support.NAME, f"{support.NAME}.Manager", "CertificateExpiring", support.MANAGER, None,
        Gio.DBusSignalFlags.NONE,
        lambda *signal: signals.append((signal[5].unpack()[0], signal[5].unpack()[2])))
    yield signals
    connection.signal_unsubscribe(subscription)


@pytest.mark.parametrize("name", ("short", "mqtt"))
def test_expiring(device, heard, name):  # R41
    """Each warning once, whatever way the clock goes; none of what certd renews by itself."""
    context = GLib.MainContext.default()

    def count():
        while context.iteration(False):
            pass
        return [found[0] for found in heard].count(name)

    device.begin("device")
    device.go(boot(NOW))
    begun = len(device.clock.certd.log)
    row = rows(device.bus)[name]
    times = warnings(row)
    assert len(times) == {"short": 5, "mqtt": 6}[name]
    for number, when in enumerate(times):
        device.go(At(when - MINUTE))
        assert count() == number
        device.go(At(when + MINUTE))
        support.wait_until(lambda: count() > number, f"warning {number}")
        assert heard[-1] == (name, row["NotAfter"])
        journal = device.clock.certd.log[begun:]
        assert journal.count(f"The certificate {name} is valid until ") == number + 1
        with device.clock.programs(int(device.clock.now())):
            status = device.bus.certctl("status", check=True).stdout
        assert f"certctl import {name} FILE" in status
    for step in (At(times[0] - MINUTE), At(times[-1] + MINUTE), boot(times[-1] + MINUTE),
                 unsure(BOOT_1970, boot=True), At(times[-1] + MINUTE), At(row["NotAfter"] + 1),
                 At(times[-1])):
        device.go(step)
    assert count() == len(times)
    assert {found[0] for found in heard} <= {"mqtt", "short"}


def test_expiring_behind(device, heard):  # R41
    """A clock that leaps over several warnings gives one."""
    device.begin("device")
    device.go(boot(NOW))
    device.go(At(rows(device.bus)["mqtt"]["NotAfter"] - 2 * DAY))
    support.wait_until(lambda: "mqtt" in dict(heard), "the warning")
    settle(device.bus)
    assert [found[0] for found in heard].count("mqtt") == 1


def test_said(device, bus):  # R72
    """ClockTrusted and Problems change with a signal, and certctl status says what to do."""
    changed = {}
    subscription = support.subscribe(
        bus.connection(), support.NAME, "org.freedesktop.DBus.Properties", "PropertiesChanged",
        support.MANAGER, None,
        Gio.DBusSignalFlags.NONE, lambda *signal: changed.update(signal[5].unpack()[1]))
    device.begin("device")
    device.go(boot(NOW))
    for step in (unsure(BOOT_1970), At(NOW)):
        device.go(step)
        support.wait_until(lambda: changed.get("ClockTrusted") == step.trusted, "it is said")
        said = [problem[0] for problem in changed["Problems"]]
        assert said == ([] if step.trusted else ["clock-untrusted"])
        status = bus.certctl("status", check=True).stdout
        assert ("Set the clock" in status) == (not step.trusted)
    bus.connection().signal_unsubscribe(subscription)
