# SPDX-License-Identifier: LGPL-2.1-or-later
"""A disk that fails: each write and each synchronization of whatever changes the keystore fails once, full
and broken. It is a clean error, nothing has changed by it, and the next attempt succeeds."""

import dataclasses
import os
import subprocess
import typing

import faults
import hostile
import pytest
import support
from gi.repository import GLib
from hostile import CERTIFICATE, ERROR

LONG = os.environ.get("CERTD_TEST_LONG") == "1"
TRUST = "/org/certd1/truststore"
ERRORS = {"ENOSPC": "StorageFull", "EIO": "StorageDamaged"}
ACCEPT = ("no-server-auth", "san-mismatch", "self-signed", "lifetime-long", "key-usage")
# Of the writes, which are all alike; each synchronization fails with each error.
EVERY = {"ENOSPC": 1, "EIO": 1 if LONG else 2}


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
        self.anchor, _ = make(folder, "anchor", "keyUsage=critical,keyCertSign")

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
    call, number, error = fault
    failure = None
    with faults.failing(certd, folder, call, number, error):
        try:
            operation.do(device)
        except GLib.Error as said:
            failure = said
    if failure is None:
        return False
    assert support.remote_error(failure) == ERROR + ERRORS[error], f"{fault}: {failure.message}"
    assert failure.message and device.dump() == before, fault
    return True


def faults_of(made):
    """Which calls fail, with what."""
    return [(call, number, error) for call, times in made.items() for error in ERRORS
            for number in range(1, times + 1)
            if call in ("fsync", "fdatasync") or number % EVERY[error] == 0]


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
    assert fail_one(device, certd, tmp_path, operation, ("fdatasync", 1, "EIO"))
    before = device.dump()
    bus.close()
    certd.restart()
    after = device.dump()
    assert {path: shown for path, shown in after.items() if path != support.MANAGER} == {
        path: shown for path, shown in before.items() if path != support.MANAGER}
    operation.do(device)
