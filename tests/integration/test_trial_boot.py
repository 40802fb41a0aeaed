# SPDX-License-Identifier: LGPL-2.1-or-later
"""R38: in another boot nothing is on trial: whoever asks first, at the moment when certd's name is there,
gets what was confirmed, also on a disk without a byte left."""

import threading

import pytest
import small_disk
import support
import trial
from gi.repository import Gio, GLib

DBUS = "org.freedesktop.DBus"


@pytest.fixture(scope="module")
def bundles(tmp_path_factory):
    folder = tmp_path_factory.mktemp("bundles")
    return [trial.bundle(folder, name) for name in ("one", "two")]


@pytest.fixture(scope="module")
def boots(tmp_path_factory):
    with trial.boots(tmp_path_factory.mktemp("boot")) as made:
        yield made


class First:
    """Asks for all of a certificate as soon as somebody has certd's name: the first of all calls."""

    def __init__(self, bus, name):
        self.shown = None
        self._path = trial.path_of(name)
        self._connection = bus.new_connection()
        support.subscribe(self._connection, DBUS, DBUS, "NameOwnerChanged", "/org/freedesktop/DBus",
                          support.NAME, Gio.DBusSignalFlags.NONE, self._on_owner)

    def _on_owner(self, *arguments):
        if not arguments[5].unpack()[2]:
            return
        self._connection.call(
            support.NAME, self._path, f"{DBUS}.Properties", "GetAll",
            GLib.Variant("(s)", ("org.certd1.Certificate",)), None, Gio.DBusCallFlags.NO_AUTO_START,
            support.CALL_TIMEOUT_MSEC, None, self._on_answer)

    def _on_answer(self, source, result):
        self.shown = source.call_finish(result).unpack()[0]

    def wait(self):
        support.wait_until(lambda: self.shown is not None, "the answer to the first call")
        self._connection.close_sync(None)
        return self.shown


def seen_first(bus, certd, name):
    """What the first call of all shows of the certificate, certd being started for it."""
    first = First(bus, name)
    starter = threading.Thread(target=certd.start)
    starter.start()
    shown = first.wait()
    starter.join()
    return shown


def try_out(bus, name, bundles):
    """Has the one bundle confirmed and the other on trial: what is shown of both."""
    trial.create(bus, name)
    trial.install(bus, name, bundles[0][0])
    confirmed = trial.shown(bus, name)
    trial.install(bus, name, bundles[1][0], trial=trial.LONGEST)
    tried = trial.shown(bus, name)
    assert (confirmed["Fingerprint"], tried["Fingerprint"]) == (bundles[0][1], bundles[1][1])
    assert tried["TrialDeadline"] != 0
    return confirmed, tried


def check(shown, confirmed, tried):
    assert shown["Fingerprint"] == confirmed["Fingerprint"] and shown["Chain"] == confirmed["Chain"]
    assert shown["TrialDeadline"] == 0
    assert shown["Generation"] == tried["Generation"] + 1


@pytest.mark.parametrize("clean", (False, True), ids=("killed", "ended"))
def test_first_call(bus, certd, boots, bundles, clean):
    name = "ended" if clean else "killed"
    confirmed, tried = try_out(bus, name, bundles)
    bus.close()
    certd.stop(clean=clean)
    boots.another()
    check(seen_first(bus, certd, name), confirmed, tried)
    assert trial.error_of(trial.confirm, bus, name, tested=True) == "Cancelled"


def test_same_boot(bus, certd, bundles):
    """It is the boot alone that ends it: the first call after another start sees what is on trial."""
    _, tried = try_out(bus, "same", bundles)
    bus.close()
    certd.stop()
    assert seen_first(bus, certd, "same") == tried
    trial.rollback(bus, "same")


@pytest.mark.parametrize("kind", small_disk.KINDS)
def test_full_disk(bus, certd, boots, bundles, kind):
    bus.close()
    certd.stop(clean=True)
    with small_disk.mounted(certd, kind) as disk:
        certd.start()
        confirmed, tried = try_out(bus, "full", bundles)
        bus.close()
        certd.stop()
        disk.fill()
        boots.another()
        check(seen_first(bus, certd, "full"), confirmed, tried)
        disk.empty()
        bus.close()
    certd.start()
