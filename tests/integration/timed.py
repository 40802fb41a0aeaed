# SPDX-License-Identifier: LGPL-2.1-or-later
"""A device with a clock that the tests set, what its users installed on it, and what has to be then: no
user's certificate is lost, https has one, and none of ours is in use that the known time refuses."""

import dataclasses
import os
import pathlib
import shutil
import subprocess
import typing

import keystore
import pytest
import support
from clock import BACKDATE, DAY, INSTALLED, Clock
from gi.repository import Gio, GLib
from hostile import CERTIFICATE

BOOT_1970 = 30  # seconds after the epoch: a clock without a battery
RUNTIME = pathlib.Path(os.environ.get("CERTD_RUNTIME_DIRECTORY", "/nonexistent"))
LAST_9999 = 253402300799  # the last second of X.509 (RFC 5280 4.1.2.5)
LAST_ISSUE = LAST_9999 - 365 * DAY  # there is nothing to issue later
USERS_DAYS, SHORT_DAYS = 397, 60
# A clock that was read is not the one of the test any more when it is compared.
SLACK = 60


@dataclasses.dataclass(frozen=True)
class At:
    """The clock is set to when, and what has to be then."""

    when: int
    synchronized: bool = True
    trusted: bool = True
    boot: bool = False
    asleep: bool = False  # it was suspended until then
    renewed: typing.Optional[bool] = None  # whether https got another certificate by it
    issued_from: typing.Optional[int] = None  # the time that https is issued from
    zone: typing.Optional[str] = None
    act: str = ""  # the name of a function below, called then


def boot(when, **more):
    return At(when, boot=True, **more)


def unsure(when, **more):
    """Not synchronized, and not to be trusted."""
    return At(when, synchronized=False, trusted=False, **more)


def by_hand(when, **more):
    """Not synchronized, and trusted."""
    return At(when, synchronized=False, **more)


def rows(bus):
    """What is installed, by name: a certificate's line in the list."""
    listed, _ = bus.call(support.MANAGER, "Manager", "ListCertificates", "(a{sv}su)", ({}, "", 0))
    return {name: row for name, _, row in listed}


def path_of(name):
    return CERTIFICATE.replace("https", name)


def get(bus, name, what):
    return bus.get(path_of(name), "Certificate", what)


def manager(bus, what):
    return bus.get(support.MANAGER, "Manager", what)


def underway(bus):
    """Whether certd makes a certificate at this moment."""
    return any(bus.call(support.MANAGER, "Manager", "ListRequests", "(a{sv}su)",
                        ({"state": GLib.Variant("s", state)}, "", 1))[0]
               for state in ("queued", "generating"))


def settle(bus):
    """certd has seen the clock, and what it began is done."""
    # Between calls that wait for answers it does what there is to do by itself; the last of them
    # has a process started, which takes longer than what certd signs for itself meanwhile.
    for _ in range(3):
        manager(bus, "ClockTrusted")
    bus.call(support.MANAGER, "Manager", "Inspect", "(aya{sv})",
             (get(bus, "https", "Chain").encode(), {}))
    support.wait_until(lambda: not underway(bus), "what was begun is done")


def make_request(bus, name):
    path, = bus.call(path_of(name), "Certificate", "CreateRequest", "(sa{sv})", ("external", {}))
    support.wait_until(lambda: bus.get(path, "Request", "State") == "ready", "the request is ready")
    return bus.get(path, "Request", "Pem")


class Device:
    """A device with a clock, and what its users installed."""

    def __init__(self, bus, folder):
        self.bus = bus
        self.clock = Clock()
        self.clock.open()
        with self.clock.programs(INSTALLED - DAY):
            self.authority = support.Authority(folder)
        self.users = {}  # the fingerprints of what they installed
        self.https = ""  # the one in use at the step before
        self.kept = {"fresh": (None, {}, "")}  # folder, users and https by what it begins with

    def close(self):
        self.bus.close()
        self.clock.close()

    def begin(self, start):
        """Puts the keystore of start in place; certd is down, and starts with the first step."""
        self.clock.certd.stop()
        folder, users, self.https = self.kept[start]
        keystore.put(self.clock.certd, folder)
        for path in (RUNTIME / "authority").iterdir():
            path.unlink()
        self.clock.zone(None)
        self.users = dict(users)

    def keep(self, start, folder):
        """Makes what there is now the keystore of start."""
        https = get(self.bus, "https", "Fingerprint")
        self.clock.certd.stop(clean=True)
        shutil.copytree(self.clock.certd.state_directory, folder)
        self.kept[start] = (folder, dict(self.users), https)
        self.clock.certd.start()

    def install(self, name, days=USERS_DAYS):
        """A user installs a certificate for name, which is valid from INSTALLED."""
        made = make_request(self.bus, name)
        with self.clock.programs(INSTALLED):
            leaf = self.authority.sign(made, days=days)
        accepted = {"accept": GLib.Variant("as", ["san-mismatch"])}
        self.bus.call(path_of(name), "Certificate", "Import", "(aya{sv})",
                      (self.authority.chain(leaf).encode(), accepted))
        self.users[name] = rows(self.bus)[name]["Fingerprint"]

    def go(self, step):
        """Sets the clock as step says."""
        if step.zone is not None:
            self.clock.zone(step.zone)
        if step.boot:
            self.clock.boot(step.when, step.synchronized)
        elif step.asleep:
            self.clock.sleep(step.when - int(self.clock.now()))
        else:
            self.clock.set(step.when, step.synchronized)
        settle(self.bus)

    def is_good(self, row):
        return row["State"] == "active" and row["NotBefore"] <= self.clock.now() <= row["NotAfter"]

    def ours(self):
        """The lines of what certd renews by itself."""
        return {name: row for name, row in rows(self.bus).items() if name not in self.users}

    def check(self, step):
        """What has to be after step."""
        bus = self.bus
        support.wait_until(lambda: manager(bus, "ClockTrusted") == step.trusted,
                           f"ClockTrusted is {step.trusted}")
        codes = [problem[0] for problem in manager(bus, "Problems")]
        assert ("clock-untrusted" in codes) == (not step.trusted)
        if step.trusted and step.when <= LAST_ISSUE:
            support.wait_until(lambda: all(map(self.is_good, self.ours().values())),
                               "all of ours are good")
            settle(bus)
            self.check_chain(step)
        bad = [name for name in self.users if not self.check_users(name, step)]
        degraded = "degraded" if bad or step.when > LAST_ISSUE else "ready"
        support.wait_until(lambda: manager(bus, "State") == degraded, f"the state {degraded}")
        assert get(bus, "https", "Chain").startswith("-----BEGIN CERTIFICATE")
        if step.renewed:
            support.wait_until(lambda: get(bus, "https", "Fingerprint") != self.https,
                               "https is renewed")
        elif step.renewed is not None:
            assert get(bus, "https", "Fingerprint") == self.https
        self.https = get(bus, "https", "Fingerprint")
        if step.issued_from is not None:
            late = get(bus, "https", "NotBefore") + BACKDATE - step.issued_from
            assert 0 <= late < SLACK
            assert step.trusted or late == 0

    def check_chain(self, step):
        """OpenSSL accepts what https uses, at the time that it is."""
        origin = get(self.bus, "https", "Origin")
        if origin == "request":
            return
        path = self.clock.folder / "https.pem"
        path.write_text(get(self.bus, "https", "Chain"), encoding="ascii")
        trusted = path if origin == "self" else RUNTIME / "authority" / "ca.crt"
        done = subprocess.run(
            ["openssl", "verify", "-x509_strict", "-purpose", "sslserver", "-attime",
             str(int(self.clock.now())), "-CAfile", trusted, path],
            capture_output=True, text=True, check=False, stdin=subprocess.DEVNULL)
        assert done.returncode == 0, f"{step}: {done.stdout}{done.stderr}"

    def check_users(self, name, step):
        """What a user installed is there, and in use unless a trusted clock refuses it; whether."""
        row = rows(self.bus)[name]
        assert row["Fingerprint"] == self.users[name]
        if step.when > LAST_ISSUE:
            return False
        now = self.clock.now()
        good = not step.trusted or row["NotBefore"] <= now <= row["NotAfter"]
        support.wait_until(lambda: get(self.bus, name, "Emergency") != good,
                           f"an emergency certificate for {name}: {not good}")
        assert (get(self.bus, name, "State") == "active") == good
        assert (get(self.bus, name, "Fingerprint") == self.users[name]) == good
        if not good:
            assert get(self.bus, name, "NotBefore") <= now <= get(self.bus, name, "NotAfter")
        return good


@pytest.fixture(scope="module")
def device(bus, tmp_path_factory):
    """Installed at INSTALLED, with something of every kind; and the same with a user's https."""
    made = Device(bus, tmp_path_factory.mktemp("authority"))
    # Whatever certd says of itself wakes who waits for it.
    watch = support.subscribe(bus.connection(), support.NAME, None, None, None, None,
                              Gio.DBusSignalFlags.NONE, lambda *_: None)
    made.begin("fresh")
    made.go(boot(INSTALLED))
    for name in ("mqtt", "short", "own", "issued"):
        bus.call(support.MANAGER, "Manager", "CreateCertificate", "(sa{sv})", (name, {}))
    for name, issuer in (("own", "self"), ("issued", "internal")):
        bus.call(path_of(name), "Certificate", "CreateRequest", "(sa{sv})", (issuer, {}))
    settle(bus)
    made.install("mqtt")
    made.install("short", SHORT_DAYS)
    folder = tmp_path_factory.mktemp("kept")
    made.keep("device", folder / "device")
    made.install("https")
    made.keep("site", folder / "site")
    yield made
    made.close()
