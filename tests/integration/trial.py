# SPDX-License-Identifier: LGPL-2.1-or-later
"""What the tests of trials share: another boot, and what is tried."""

import contextlib
import pathlib
import subprocess
import uuid

import support
from gi.repository import Gio, GLib

BOOT_ID = "/proc/sys/kernel/random/boot_id"
SHORTEST, LONGEST, USUAL = 30, 3600, 180


def path_of(name):
    return f"/org/certd1/certificate/{name}"


def get(bus, name, what):
    return bus.get(path_of(name), "Certificate", what)


def shown(bus, name):
    """All properties of the certificate, as they are at one moment."""
    reply = bus.connection().call_sync(
        support.NAME, path_of(name), "org.freedesktop.DBus.Properties", "GetAll",
        GLib.Variant("(s)", ("org.certd1.Certificate",)), None, Gio.DBusCallFlags.NO_AUTO_START,
        support.CALL_TIMEOUT_MSEC, None)
    return reply.unpack()[0]


def create(bus, name):
    bus.call(support.MANAGER, "Manager", "CreateCertificate", "(sa{sv})", (name, {}))


def seconds(trial):
    """The options of a call, on trial for so long; None: for good."""
    return {} if trial is None else {"trial": GLib.Variant("u", trial)}


def install(bus, name, data, trial=None, user="root"):
    """Imports a PEM text, whose names are not the device's."""
    options = {"accept": GLib.Variant("as", ["san-mismatch"]), **seconds(trial)}
    bus.call(path_of(name), "Certificate", "Import", "(aya{sv})", (data, options), user)


def reset(bus, name, trial=None, user="root"):
    bus.call(path_of(name), "Certificate", "Reset", "(a{sv})", (seconds(trial),), user)


def confirm(bus, name, user="root", **options):
    options = {key: GLib.Variant("b", value) for key, value in options.items()}
    bus.call(path_of(name), "Certificate", "Confirm", "(a{sv})", (options,), user)


def rollback(bus, name, user="root"):
    bus.call(path_of(name), "Certificate", "Rollback", user=user)


def error_of(function, *arguments, **how):
    """The short name of the D-Bus error that a call gives; None where it succeeds."""
    try:
        function(*arguments, **how)
    except GLib.Error as error:
        return support.remote_error(error).rpartition(".")[2]
    return None


def bundle(folder, name, days=90):
    """A certificate with its key as one PEM text, and its fingerprint."""
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes",
         "-keyout", f"{name}.key", "-out", f"{name}.pem", "-days", str(days), "-subj", f"/CN={name}.org",
         "-addext", f"subjectAltName=DNS:{name}.org", "-addext", "basicConstraints=CA:FALSE"],
        cwd=folder, check=True, capture_output=True)
    said = subprocess.run(
        ["openssl", "x509", "-in", f"{name}.pem", "-noout", "-fingerprint", "-sha256"], cwd=folder,
        check=True, capture_output=True, text=True).stdout
    data = (folder / f"{name}.pem").read_bytes() + (folder / f"{name}.key").read_bytes()
    return data, said.strip().rpartition("=")[2].replace(":", "").lower()


class Boots:
    """What certd takes for the boot that it runs in, in this mount namespace alone."""

    def __init__(self, folder):
        self._file = pathlib.Path(folder) / "boot_id"
        self._mounted = False

    def another(self):
        """From the next start of certd on it is another boot."""
        self._file.write_text(f"{uuid.uuid4()}\n", encoding="ascii")
        self._file.chmod(0o644)
        if not self._mounted:
            subprocess.run(["mount", "--bind", self._file, BOOT_ID], check=True)
            self._mounted = True

    def close(self):
        if self._mounted:
            subprocess.run(["umount", BOOT_ID], check=True)


@contextlib.contextmanager
def boots(folder):
    made = Boots(folder)
    try:
        yield made
    finally:
        made.close()
