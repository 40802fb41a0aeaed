# SPDX-License-Identifier: LGPL-2.1-or-later
"""certd-session as certd-web uses it: started with a connection, asked once, then spoken to over D-Bus. In a
booted system its unit is started: web_session_unit.py."""

import array
import contextlib
import os
import pathlib
import socket
import subprocess

import web_session_unit as unit
from gi.repository import Gio, GLib

BOOTED = "CERTD_BOOTED" in os.environ
BUILT = "clients/session/certd-session"  # in a build
ADDRESS = "192.0.2.7"
DEADLINE_SECONDS = 60
# A process that nobody can trace can't look for leaks; and the fake clock is loaded before it.
SANITIZER = {"ASAN_OPTIONS": "detect_leaks=0:verify_asan_link_order=0"}
NAME, MANAGER, HTTPS = "org.certd1", "/org/certd1", "/org/certd1/certificate/https"
DRIVER = "org.freedesktop.DBus"


def account(name):
    """The user and the password that private-bus --web made: "USER", "READER", "EXPIRED" or "STALE"."""
    password = "CERTD_WEB_PASSWORD" if name == "USER" else f"CERTD_WEB_{name}_PASSWORD"
    return os.environ[f"CERTD_WEB_{name}"], os.environ[password]


def program():
    """Where it is."""
    return pathlib.Path(unit.PROGRAM if BOOTED else os.environ["CERTD_BUILD"] + "/" + BUILT)


def started():
    """How many of them the web's listener has started."""
    if BOOTED:
        return unit.started()
    log = pathlib.Path(os.environ["CERTD_WEB_LOGS"]) / "certd-session.log"
    return log.read_text(encoding="utf-8", errors="replace").count("\nSpawned ")


def packet(user, password, address=ADDRESS):
    return b"\0".join(part.encode() for part in (user, password, address))


def start(environment=None):
    """A connection to a process that has it as its standard input, and the process."""
    ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    with theirs:
        return ours, subprocess.Popen([program()], stdin=theirs, stdout=subprocess.DEVNULL, text=True,
                                      stderr=subprocess.PIPE, env=SANITIZER | (environment or {}))


class Attempt:
    """One process of certd-session, with a connection to it: its unit's, or as its standard input."""

    def __init__(self, environment=None):
        self.socket, self.process = unit.connect() if BOOTED else start(environment)
        self.socket.settimeout(DEADLINE_SECONDS)

    def ask(self, data):
        """The word it answers to data, and the descriptors that came along."""
        self.socket.send(data)
        return self.answer()

    def answer(self):
        space = socket.CMSG_SPACE(4 * array.array("i").itemsize)
        word, control, flags, _ = self.socket.recvmsg(1024, space, socket.MSG_CMSG_CLOEXEC)
        assert not flags & socket.MSG_CTRUNC
        found = array.array("i")
        for level, kind, data in control:
            assert (level, kind) == (socket.SOL_SOCKET, socket.SCM_RIGHTS)
            found.frombytes(data)
        return word.decode("ascii"), list(found)

    def wait(self):
        """Its exit status and what it said, once it has ended."""
        said = self.process.communicate(timeout=DEADLINE_SECONDS)[1]
        return self.process.returncode, said

    def close(self):
        self.socket.close()
        if self.process.poll() is None:
            self.process.kill()
        self.wait()


def connect(descriptor):
    """A GDBusConnection as certd-web has it, with a first call without descriptors (see carry.h)."""
    stream = Gio.Socket.new_from_fd(descriptor).connection_factory_create_connection()
    connection = Gio.DBusConnection.new_sync(
        stream, None, Gio.DBusConnectionFlags.AUTHENTICATION_CLIENT, None, None)
    connection.call_sync(NAME, MANAGER, "org.freedesktop.DBus.Peer", "Ping", None, None,
                         Gio.DBusCallFlags.NONE, DEADLINE_SECONDS * 1000, None)
    return connection


class Session:
    """A user who has signed in."""

    def __init__(self, name, environment=None):
        self.attempt = Attempt(environment)
        self.pid = self.attempt.process.pid
        word, (descriptor,) = self.attempt.ask(packet(*account(name)))
        assert word == "ok"
        self.bus = connect(descriptor)

    def call(self, path, interface, member, arguments=None, destination=NAME, descriptors=None):
        """The reply, unpacked, and what descriptors came with it."""
        reply, fds = self.bus.call_with_unix_fd_list_sync(
            destination, path, interface, member, arguments, None, Gio.DBusCallFlags.NONE,
            DEADLINE_SECONDS * 1000, descriptors, None)
        return reply.unpack(), fds

    def refused(self, *arguments, **how):
        """The D-Bus error that the call fails with, and its sentence."""
        try:
            self.call(*arguments, **how)
        except GLib.Error as error:
            name = Gio.DBusError.get_remote_error(error)
            Gio.DBusError.strip_remote_error(error)
            return name, error.message
        raise AssertionError(f"{arguments} was carried")

    def status(self, field):
        """A line of the process's status in /proc, its values."""
        text = pathlib.Path(f"/proc/{self.pid}/status").read_text(encoding="ascii")
        return next(line for line in text.splitlines() if line.startswith(field + ":")).split()[1:]

    def close(self):
        if not self.bus.is_closed():
            with contextlib.suppress(GLib.Error):
                self.bus.close_sync(None)
        self.attempt.close()


@contextlib.contextmanager
def signed_in(name="USER", environment=None):
    session = Session(name, environment)
    try:
        yield session
    finally:
        session.close()
