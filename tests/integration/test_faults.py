# SPDX-License-Identifier: LGPL-2.1-or-later
"""A disk that fails: each write and each synchronization of whatever changes the keystore fails once, full
and broken. It is a clean error, nothing has changed by it, and the next attempt succeeds."""

import dataclasses
import subprocess
import time
import typing

import faults
import hostile
import pytest
import served_tls
import support
import trusted
from clock import Clock
from gi.repository import GLib
from hostile import CERTIFICATE, ERROR

MQTT = "/org/certd1/certificate/mqtt"
TRUST = "/org/certd1/truststore"
MINUTE = 60
STEP = support.repeats(3, 1, 12)
ERRORS = {"ENOSPC": "StorageFull", "EIO": "StorageDamaged"}
ACCEPT = ("no-server-auth", "san-mismatch", "self-signed", "lifetime-long", "key-usage")


def make(folder, base, *extensions):
    """A self-signed certificate and its key, PEM."""
    words = [word for extension in extensions for word in ("-addext", extension)]
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes",
         "-keyout", f"{base}.key", "-out", f"{base}.pem", "-days", "90", "-subj", f"/CN={base}.org",
         *words], cwd=folder, check=True, capture_output=True)
    return (folder / f"{base}.pem").read_bytes(), (folder / f"{base}.key").read_bytes()


class Device:
    """What the operations act on."""

    def __init__(self, bus, folder):
        self.bus = bus
        leaf, key = make(folder, "leaf", "subjectAltName=DNS:leaf.org", "basicConstraints=CA:FALSE")
        self.bundle = leaf + key
        self.anchor, self.other_anchor = (
            make(folder, name, "keyUsage=critical,keyCertSign")[0] for name in ("anchor", "other"))

    def install(self, trial=False):
        options = {"accept": GLib.Variant("as", ACCEPT)}
        if trial:
            options["trial"] = GLib.Variant("b", True)
        self.bus.call(CERTIFICATE, "Certificate", "Import", "(aya{sv})", (self.bundle, options))

    def trusted(self):
        return [row[0] for row in self.bus.call(TRUST, "TrustStore", "List", "(su)", ("", 0))[0]]

    def trust(self):
        self.bus.call(TRUST, "TrustStore", "Add", "(aya{sv})", (self.anchor, {}))

    def distrust(self):
        for fingerprint in self.trusted():
            self.bus.call(TRUST, "TrustStore", "Remove", "(s)", (fingerprint,))

    def try_out(self):
        """The certificate is on trial."""
        if self.bus.get(CERTIFICATE, "Certificate", "TrialDeadline") == 0:
            self.install(trial=True)

    def have_previous(self):
        if not self.bus.get(CERTIFICATE, "Certificate", "HasPrevious"):
            self.install()

    def confirm(self):
        self.bus.call(CERTIFICATE, "Certificate", "Confirm", "(a{sv})",
                      ({"tested": GLib.Variant("b", True)},))

    def rollback(self):
        self.bus.call(CERTIFICATE, "Certificate", "Rollback")

    def reset(self):
        self.bus.call(CERTIFICATE, "Certificate", "Reset", "(a{sv})", ({},))

    def factory_reset(self):
        self.bus.call(support.MANAGER, "Manager", "FactoryReset", "(a{sv})", ({},))

    def names(self):
        rows, _ = self.bus.call(support.MANAGER, "Manager", "ListCertificates", "(a{sv}su)", ({}, "", 0))
        return {row[0] for row in rows}

    def dump(self):
        return {**hostile.dump(self.bus), TRUST: self.trusted()}


@dataclasses.dataclass(frozen=True)
class Operation:
    """What is done, and what has to be there before."""

    do: typing.Callable
    before: typing.Callable = lambda device: None


OPERATIONS = {
    "import": Operation(Device.install),
    "import-on-trial": Operation(lambda device: device.install(trial=True)),
    "reset": Operation(Device.reset),
    "rollback": Operation(Device.rollback, Device.have_previous),
    "confirm": Operation(Device.confirm, Device.try_out),
    "rollback-of-trial": Operation(Device.rollback, Device.try_out),
    "trust-add": Operation(Device.trust, Device.distrust),
    "trust-remove": Operation(Device.distrust, Device.trust),
}


def settle(device):
    """What certd does by itself after a change is done."""
    def idle():
        rows = [device.bus.call(support.MANAGER, "Manager", "ListRequests", "(a{sv}su)",
                                ({"state": GLib.Variant("s", state)}, "", 1))[0]
                for state in ("queued", "generating")]
        return not any(rows)
    support.wait_until(idle, "what was begun is done")


def prepare(device, operation):
    if operation.do not in (Device.confirm, Device.rollback):
        if device.bus.get(CERTIFICATE, "Certificate", "TrialDeadline") != 0:
            device.rollback()
    operation.before(device)
    settle(device)


@pytest.fixture(scope="module")
def device(bus, tmp_path_factory):
    return Device(bus, tmp_path_factory.mktemp("made"))


def fail_one(device, certd, folder, operation, fault):
    """One call fails; whether the operation did, with nothing changed."""
    prepare(device, operation)
    before = device.dump()
    failure = None
    with faults.failing(certd, folder, fault):
        try:
            operation.do(device)
        except GLib.Error as said:
            failure = said
    if failure is None:
        return False
    assert support.remote_error(failure) == ERROR + ERRORS[fault[2]], f"{fault}: {failure.message}"
    assert failure.message and device.dump() == before, fault
    return True


def faults_of(made):
    """Which calls fail, with what."""
    return [(call, number, error) for call, times in made.items() for number in range(1, times + 1)
            for error in ERRORS]


@pytest.mark.parametrize("name", OPERATIONS)
def test_each_call(device, bus, certd, tmp_path, name):
    operation = OPERATIONS[name]
    pid = certd.pid
    prepare(device, operation)
    with faults.traced(certd, tmp_path) as lines:
        operation.do(device)
    made = faults.count(lines)
    assert made["fdatasync"] + made["fsync"] >= 1
    failed = set()
    for fault in faults_of(made):
        if fail_one(device, certd, tmp_path, operation, fault):
            failed.add(fault[0])
            operation.do(device)
        assert certd.pid == pid
    assert failed >= {"pwrite64", "fdatasync"}


@pytest.mark.parametrize("name", OPERATIONS)
def test_killed_after_it(device, bus, certd, tmp_path, name):
    """What was answered with an error does not come back when certd is killed right after it."""
    operation = OPERATIONS[name]
    # What certd stores by itself may take the first fault; the next one is the operation's.
    assert any(fail_one(device, certd, tmp_path, operation, ("fdatasync", 1, "EIO")) for _ in range(3))
    before = device.dump()
    bus.close()
    certd.restart()
    assert stored(device) == {path: before[path] for path in before if path != support.MANAGER}
    operation.do(device)


def stored(device):
    """What is shown, but of the service itself, which tells other problems after another start."""
    return {path: shown for path, shown in device.dump().items() if path != support.MANAGER}


def problems(bus):
    return {problem[0] for problem in bus.get(support.MANAGER, "Manager", "Problems")}


def authority(bus):
    return bus.get(hostile.AUTHORITY, "Authority", "Fingerprint")


def have_much(device):
    """What a factory reset takes away."""
    if "mqtt" not in device.names():
        device.bus.call(support.MANAGER, "Manager", "CreateCertificate", "(sa{sv})", ("mqtt", {}))
        device.bus.call(MQTT, "Certificate", "CreateRequest", "(sa{sv})", ("internal", {}))
        device.trust()
    settle(device)


def check_factory_reset(device, certd, folder, fault, files):
    """Done, or done by the next start where anything has changed; else nothing has, then either. Whether
    it was answered as done, and whether the call failed."""
    have_much(device)
    before, old, failure = device.dump(), authority(device.bus), None
    with faults.failing(certd, folder, fault, *faults.WORKERS_TOO, files=files) as lines:
        try:
            device.factory_reset()
        except GLib.Error as said:
            failure = said
    begun = failure is None or device.dump() != before
    if failure is not None:
        assert support.remote_error(failure).startswith(ERROR), f"{fault}: {failure.message}"
        device.bus.close()
        certd.restart()
    settle(device)
    assert problems(device.bus) == set(), fault
    assert (authority(device.bus) != old) is begun, fault
    assert device.names() == ({"https"} if begun else {"https", "mqtt"}), fault
    assert bool(device.trusted()) is not begun, fault
    assert begun or stored(device) == {
        path: before[path] for path in before if path != support.MANAGER}, fault
    if failure is not None:
        served_tls.check(device.bus, certd, folder)
    return failure is None, faults.injected(lines) != []


def is_chosen(call, number, error):
    """Of the writes to the keystore, which are all alike, one in STEP fails, with each error in turn."""
    return STEP == 1 or call != "pwrite64" or (
        number % STEP == 0 and error == sorted(ERRORS)[number // STEP % len(ERRORS)])


@pytest.mark.parametrize("names, outcomes", (
    (("keystore.db", "keystore.db-wal"), {True, False}),
    (("sealing.key.new",), {False}),  # a worker makes the new one
    (("sealing.key",), {True}),  # the old one goes also where it can't be overwritten first
), ids=("keystore", "new-key", "old-key"))
def test_factory_reset(device, bus, certd, tmp_path, names, outcomes):  # R54
    files = [certd.state_directory / name for name in names]
    have_much(device)
    with faults.traced(certd, tmp_path, *faults.WORKERS_TOO, files=files) as lines:
        device.factory_reset()
    made = faults_of(faults.count(lines))
    assert {call for call, _, _ in made} >= {"pwrite64"}
    if len(files) > 1:
        made = [fault for fault in made if is_chosen(*fault)]
    seen = [check_factory_reset(device, certd, tmp_path, fault, files) for fault in made]
    assert {done for done, hit in seen if hit} == outcomes


def is_published(device):
    return trusted.files()["server.pem"] == trusted.export(device.bus, "pem")


def test_trust_is_not_published(device, bus, certd, tmp_path):  # R70
    """What other programs read can't be written: that is told, no reason to refuse, and the next change
    publishes all of it."""
    files = [trusted.TREE.with_name(".trust.new") / name for name in ("server.pem", "client.pem")]
    device.distrust()
    with faults.traced(certd, tmp_path, files=files) as lines:
        device.trust()
    made = faults.count(lines)
    assert made["write"] >= 1
    for fault in faults_of(made):
        device.distrust()
        with faults.failing(certd, tmp_path, fault, files=files) as lines:
            device.trust()
        assert faults.injected(lines), fault
        assert len(device.trusted()) == 1 and not is_published(device), fault
        assert "trust-unpublished" in problems(bus)
        device.bus.call(TRUST, "TrustStore", "Add", "(aya{sv})", (device.other_anchor, {}))
        assert len(device.trusted()) == 2 and is_published(device), fault
        assert "trust-unpublished" not in problems(bus)


@pytest.fixture
def clock(bus):
    made = Clock()
    made.open()
    made.boot(int(time.time()) + MINUTE, True)
    bus.close()
    yield made
    bus.close()
    made.close()


def test_trust_is_published_later(device, clock, certd, tmp_path):  # R70
    """By itself, a minute later."""
    files = [trusted.TREE.with_name(".trust.new") / "server.pem"]
    device.distrust()
    with faults.failing(certd, tmp_path, ("write", 1, "ENOSPC"), files=files) as lines:
        device.trust()
    assert faults.injected(lines)
    assert "trust-unpublished" in problems(device.bus) and not is_published(device)
    clock.sleep(MINUTE)
    support.wait_until(lambda: "trust-unpublished" not in problems(device.bus), "it is published")
    assert is_published(device)
