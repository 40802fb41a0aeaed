# SPDX-License-Identifier: LGPL-2.1-or-later
"""Clocks that are wrong, and what certd makes of them. Whatever a clock says, no user's certificate is
lost, https has one, and when the time is known none of ours is in use that it refuses."""

import dataclasses
import os
import pathlib
import shutil
import subprocess
import typing

import keystore
import pytest
import support
from clock import BACKDATE, DAY, HOUR, INSTALLED, NOW, RELEASE, YEAR, Clock
from gi.repository import Gio, GLib
from hostile import CERTIFICATE

BOOT_1970 = 30  # seconds after the epoch: a clock without a battery
MINUTE = 60
# 2038-01-19T03:14:07Z, the last second of 31 bits, and that of 32 bits in 2106.
LAST_31, LAST_32 = 2**31 - 1, 2**32 - 1
# What GnuTLS takes for "never", and the last second of X.509 (RFC 5280 4.1.2.5).
NEVER, LAST_9999 = 4294197631, 253402300799
LAST_ISSUE = LAST_9999 - 365 * DAY  # there is nothing to issue later
DEFAULT_DAYS = 397
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


@dataclasses.dataclass(frozen=True)
class Scenario:
    name: str
    steps: tuple
    start: str = "device"  # "fresh": without a keystore, "site": with a user's certificate for https


def boot(when, **more):
    return At(when, boot=True, **more)


def unsure(when, **more):
    """Not synchronized, and not to be trusted."""
    return At(when, synchronized=False, trusted=False, **more)


def by_hand(when, **more):
    """Not synchronized, and trusted."""
    return At(when, synchronized=False, **more)


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
    # Between two calls that wait for answers it does what there is to do by itself.
    for _ in range(3):
        manager(bus, "ClockTrusted")
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
        fingerprint = get(bus, "https", "Fingerprint")
        if step.renewed is not None:
            assert (fingerprint != self.https) == step.renewed
        self.https = fingerprint
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
        published = pathlib.Path(os.environ["CERTD_RUNTIME_DIRECTORY"]) / "authority" / "ca.crt"
        trusted = path if origin == "self" else published
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
             ({"key-type": GLib.Variant("s", "rsa:3072")},))
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


@pytest.fixture(scope="module")
def device(bus, tmp_path_factory):
    """Installed at INSTALLED, with something of every kind; and the same with a user's https."""
    made = Device(bus, tmp_path_factory.mktemp("authority"))
    # Whatever certd says of itself wakes who waits for it.
    watch = bus.connection().signal_subscribe(support.NAME, None, None, None, None,
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


@pytest.mark.parametrize("scenario", SCENARIOS, ids=lambda scenario: scenario.name)
def test_scenario(device, scenario):  # R24 R55 R72
    device.begin(scenario.start)
    for step in scenario.steps:
        device.go(step)
        if step.act:
            ACTS[step.act](device)
        device.check(step)


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
    subscription = connection.signal_subscribe(
        support.NAME, f"{support.NAME}.Manager", "CertificateExpiring", support.MANAGER, None,
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
    subscription = bus.connection().signal_subscribe(
        support.NAME, "org.freedesktop.DBus.Properties", "PropertiesChanged", support.MANAGER, None,
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
