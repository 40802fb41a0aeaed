# SPDX-License-Identifier: LGPL-2.1-or-later
"""What the integration tests share: callers under several users, an outside authority, certd itself."""

import contextlib
import os
import pathlib
import pwd
import subprocess
import time

from gi.repository import Gio, GLib

ADMIN = "certd-test-admin"
USER = "certd-test-user"
NAME = "org.certd1"
MANAGER = "/org/certd1"
CALL_TIMEOUT_MSEC = 120_000
DEADLINE_SECONDS = 60


def repeats(usual, long, sanitized):
    """How often a random thing is tried: in a usual run, the long one, and with sanitizers, which are
    slow and see at once what they look for."""
    if os.environ.get("CERTD_TEST_LONG") == "1":
        return long
    return sanitized if os.environ.get("CERTD_TEST_SANITIZED") == "1" else usual


@contextlib.contextmanager
def identity(user):
    """This process as user, root saved for the way back. A socket connected within is the user's."""
    if user == "root":
        yield
        return
    entry = pwd.getpwnam(user)
    groups = os.getgroups()
    os.setgroups(os.getgrouplist(user, entry.pw_gid))
    os.setresgid(entry.pw_gid, entry.pw_gid, 0)
    os.setresuid(entry.pw_uid, entry.pw_uid, 0)
    try:
        yield
    finally:
        os.setresuid(0, 0, 0)
        os.setresgid(0, 0, 0)
        os.setgroups(groups)


def pack(signature, arguments):
    """A call's arguments as a variant. GLib.Variant() makes a call for each byte of an ay, seconds for
    what an import may have: leading bytes are taken as they are."""
    if not signature.startswith("(ay") or not isinstance(arguments[0], bytes):
        return GLib.Variant(signature, arguments)
    data = GLib.Variant.new_from_bytes(GLib.VariantType("ay"), GLib.Bytes.new(arguments[0]), True)
    rest = GLib.Variant(f"({signature.removeprefix('(ay')}", tuple(arguments[1:]))
    return GLib.Variant.new_tuple(data, *map(rest.get_child_value, range(rest.n_children())))


class Bus:
    """The private bus: callers and connections, one a user."""

    def __init__(self):
        self.address = os.environ["DBUS_SYSTEM_BUS_ADDRESS"]
        self._connections = {}

    def run(self, *command, user="root", data=None, check=False, text=True):
        """Runs a command as user with data (str, or bytes with text=False) on its input."""
        words = [str(word) for word in command]
        if user != "root":
            words = ["setpriv", f"--reuid={user}", f"--regid={user}", "--init-groups", "--", *words]
        given = {"input": data} if data is not None else {"stdin": subprocess.DEVNULL}
        return subprocess.run(words, capture_output=True, text=text, check=check, **given)

    def certctl(self, *arguments, **how):
        """Runs certctl; how as in run()."""
        return self.run("certctl", *arguments, **how)

    def busctl(self, *arguments, **how):
        """Runs busctl with --json=short; how as in run()."""
        return self.run("busctl", "--system", "--json=short", *arguments, **how)

    def new_connection(self, user="root"):
        """A connection of its own, which the caller closes."""
        flags = (Gio.DBusConnectionFlags.AUTHENTICATION_CLIENT
                 | Gio.DBusConnectionFlags.MESSAGE_BUS_CONNECTION)
        with identity(user):
            connection = Gio.DBusConnection.new_for_address_sync(self.address, flags, None, None)
        connection.set_exit_on_close(False)
        return connection

    def connection(self, user="root"):
        """The user's connection, kept for the module."""
        if user not in self._connections or self._connections[user].is_closed():
            self._connections[user] = self.new_connection(user)
        return self._connections[user]

    def call(self, path, interface, method, signature="()", arguments=(), user="root",
             interactive=False):
        """Calls a method of certd and gives the unpacked reply; raises GLib.Error.

        signature is of the whole tuple: "(sa{sv})". remote_error() names a failure.
        """
        flags = Gio.DBusCallFlags.NO_AUTO_START
        if interactive:
            flags |= Gio.DBusCallFlags.ALLOW_INTERACTIVE_AUTHORIZATION
        reply = self.connection(user).call_sync(
            NAME, path, f"{NAME}.{interface}", method, pack(signature, arguments), None, flags,
            CALL_TIMEOUT_MSEC, None)
        return reply.unpack()

    def get(self, path, interface, name, user="root"):
        """A property's value."""
        reply = self.connection(user).call_sync(
            NAME, path, "org.freedesktop.DBus.Properties", "Get",
            GLib.Variant("(ss)", (f"{NAME}.{interface}", name)), None,
            Gio.DBusCallFlags.NO_AUTO_START, CALL_TIMEOUT_MSEC, None)
        return reply.unpack()[0]

    def close(self):
        for connection in self._connections.values():
            if not connection.is_closed():
                connection.close_sync(None)
        self._connections.clear()


def remote_error(error):
    """The D-Bus name of a GLib.Error, as org.certd1.Error.Exists."""
    return Gio.DBusError.get_remote_error(error)


def subscribe(connection, *arguments):
    """signal_subscribe(), and the bus knows of it by now: what others do from here on is heard."""
    number = connection.signal_subscribe(*arguments)
    connection.call_sync("org.freedesktop.DBus", "/org/freedesktop/DBus", "org.freedesktop.DBus",
                         "GetId", None, None, Gio.DBusCallFlags.NONE, -1, None)
    return number


def wait_until(condition, what, seconds=DEADLINE_SECONDS):
    """Turns the main loop until condition() is true; fails with what was waited for.

    The loop wakes for D-Bus signals, and four times a second for what sends none.
    """
    context = GLib.MainContext.default()
    deadline = time.monotonic() + seconds
    tick = GLib.timeout_add(250, lambda: True)
    try:
        while not condition():
            assert time.monotonic() < deadline, f"{what}: not within {seconds} s"
            context.iteration(True)
    finally:
        GLib.source_remove(tick)


class Certd:
    """The daemon's process."""

    state_directory = pathlib.Path(os.environ.get("CERTD_STATE_DIRECTORY", "/nonexistent"))

    @property
    def pid(self):
        return int(pathlib.Path(os.environ["CERTD_PID_FILE"]).read_text(encoding="ascii"))

    @property
    def log(self):
        return pathlib.Path(os.environ["CERTD_LOG"]).read_text(encoding="utf-8")

    def start(self):
        subprocess.run(["certd-start"], stdin=subprocess.DEVNULL, check=True)

    def stop(self, clean=False):
        """Kills certd (SIGKILL), or ends it (SIGTERM) where clean."""
        subprocess.run(["certd-stop", *(["--term"] if clean else [])],
                       stdin=subprocess.DEVNULL, check=True)

    def restart(self, clean=False):
        """stop() and start() with the same state; returns when certd owns its name again."""
        subprocess.run(["certd-restart", *(["--term"] if clean else [])],
                       stdin=subprocess.DEVNULL, check=True)


class Authority:
    """A root and an intermediate authority made with OpenSSL in folder."""

    def __init__(self, folder):
        self.folder = pathlib.Path(folder)
        self.root = self.folder / "root.pem"
        self.intermediate = self.folder / "issuing.pem"
        self._count = 0
        ca = ["-addext", "keyUsage=critical,keyCertSign,cRLSign"]
        key = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes"]
        self.openssl("req", "-x509", *key, "-days", "3650", "-subj", "/O=Example/CN=Example Root",
                     "-keyout", "root.key", "-out", "root.pem",
                     "-addext", "basicConstraints=critical,CA:TRUE", *ca)
        self.openssl("req", "-new", *key, "-subj", "/O=Example/CN=Example Issuing",
                     "-keyout", "issuing.key", "-out", "issuing.csr",
                     "-addext", "basicConstraints=critical,CA:TRUE,pathlen:0", *ca)
        self.openssl("x509", "-req", "-in", "issuing.csr", "-CA", "root.pem", "-CAkey", "root.key",
                     "-days", "1825", "-copy_extensions", "copyall", "-out", "issuing.pem")

    def openssl(self, *arguments, data=None):
        """Runs openssl in the folder; its output as bytes. A failure shows what it said."""
        done = subprocess.run(["openssl", *map(str, arguments)], cwd=self.folder,
                              input=data or b"", capture_output=True, check=False)
        assert done.returncode == 0, f"openssl {arguments}: {done.stderr.decode()}"
        return done.stdout

    def sign(self, request, days=397, extensions=""):
        """The leaf (PEM text) for a PEM request, its extensions kept; extensions adds x509v3.cnf
        lines such as "extendedKeyUsage=serverAuth"."""
        self._count += 1
        base = f"leaf{self._count}"
        (self.folder / f"{base}.csr").write_text(request, encoding="ascii")
        more = []
        if extensions:
            (self.folder / f"{base}.cnf").write_text(extensions + "\n", encoding="utf-8")
            more = ["-extfile", f"{base}.cnf"]
        self.openssl("x509", "-req", "-in", f"{base}.csr", "-CA", "issuing.pem",
                     "-CAkey", "issuing.key", "-days", days, "-copy_extensions", "copyall", *more,
                     "-out", f"{base}.pem")
        return (self.folder / f"{base}.pem").read_text(encoding="ascii")

    def chain(self, leaf, root=False):
        """leaf and the intermediate, and the root where wanted, as one PEM text."""
        parts = [leaf, self.intermediate.read_text(encoding="ascii")]
        return "".join(parts + ([self.root.read_text(encoding="ascii")] if root else []))

    def pkcs7(self, leaf, form="PEM"):
        """leaf and the intermediate as PKCS#7, PEM or DER, in bytes."""
        (self.folder / "p7.pem").write_text(self.chain(leaf), encoding="ascii")
        return self.openssl("crl2pkcs7", "-nocrl", "-certfile", "p7.pem", "-outform", form)

    def pkcs12(self, leaf, key, passphrase):
        """leaf, the intermediate and the PEM key as PKCS#12 under passphrase, in bytes."""
        (self.folder / "p12.pem").write_text(self.chain(leaf) + key, encoding="ascii")
        return self.openssl("pkcs12", "-export", "-in", "p12.pem", "-passout", f"pass:{passphrase}")

    def verify(self, chain):
        """Whether openssl verify accepts a PEM chain under the root alone; raises where not."""
        (self.folder / "verify.pem").write_text(chain, encoding="ascii")
        return self.openssl("verify", "-CAfile", "root.pem", "-untrusted", "verify.pem",
                            "verify.pem")
