# SPDX-License-Identifier: LGPL-2.1-or-later
"""Credentials from a consumer's side: what is handed out, and whether it hangs together."""

import contextlib
import fcntl
import grp
import os
import pwd
import subprocess

import support
from gi.repository import Gio, GLib

ALL_SEALS = fcntl.F_SEAL_SEAL | fcntl.F_SEAL_SHRINK | fcntl.F_SEAL_GROW | fcntl.F_SEAL_WRITE
PARTS = ("key", "crt", "chain", "fullchain", "pem", "ca")


def path_of(name):
    return f"/org/certd1/certificate/{name}"


def set_consumers(bus, name, *consumers):
    """Makes these the consumers of the certificate: (kind, name) or (kind, name, action)."""
    whole = [(*one, "none")[:3] for one in consumers]
    bus.call(path_of(name), "Certificate", "SetConsumers", "(a(sss))", (whole,))


def consumers(bus, name):
    return bus.get(path_of(name), "Certificate", "Consumers")


def create(bus, name, issuer="internal"):
    """A certificate of that name, which certd has issued; removed first where it is there."""
    with contextlib.suppress(GLib.Error):
        bus.call(path_of(name), "Certificate", "Remove", "(a{sv})", ({},))
    bus.call(support.MANAGER, "Manager", "CreateCertificate", "(sa{sv})",
             (name, {"issuer": GLib.Variant("s", issuer)}))
    support.wait_until(lambda: bus.get(path_of(name), "Certificate", "State") == "active", "it is issued")


@contextlib.contextmanager
def connected(bus, user, *groups):
    """A connection of user's with the primary group of that user and these groups alone."""
    kept, entry = os.getgroups(), pwd.getpwnam(user)
    flags = (Gio.DBusConnectionFlags.AUTHENTICATION_CLIENT
             | Gio.DBusConnectionFlags.MESSAGE_BUS_CONNECTION)
    os.setgroups([grp.getgrnam(name).gr_gid for name in groups])
    os.setresgid(entry.pw_gid, entry.pw_gid, 0)
    os.setresuid(entry.pw_uid, entry.pw_uid, 0)
    try:
        connection = Gio.DBusConnection.new_for_address_sync(bus.address, flags, None, None)
    finally:
        os.setresuid(0, 0, 0)
        os.setresgid(0, 0, 0)
        os.setgroups(kept)
    connection.set_exit_on_close(False)
    yield connection
    connection.close_sync(None)


def take(connection, name, part):
    """What OpenCredential gives: its bytes, the generation, and the seals of the memfd."""
    reply, handles = connection.call_with_unix_fd_list_sync(
        support.NAME, path_of(name), "org.certd1.Certificate", "OpenCredential",
        GLib.Variant("(s)", (part,)), GLib.VariantType("(ht)"), Gio.DBusCallFlags.NO_AUTO_START,
        support.CALL_TIMEOUT_MSEC, None, None)
    handle, generation = reply.unpack()
    descriptor = handles.get(handle)
    with open(descriptor, "rb") as file:
        seals = fcntl.fcntl(descriptor, fcntl.F_GET_SEALS)
        return file.read(), generation, seals


def refusal(connection, name, part="key"):
    """The short name of the error; None where it is handed out."""
    try:
        take(connection, name, part)
    except GLib.Error as error:
        return support.remote_error(error).rpartition(".")[2]
    return None


def openssl(*words, data=b""):
    """openssl's output as bytes; None where it says no."""
    done = subprocess.run(["openssl", *map(str, words)], input=data, capture_output=True, check=False)
    return done.stdout if done.returncode == 0 else None


def fits(key, certificate):
    """Whether the PEM key is that of the PEM certificate."""
    of_key = openssl("pkey", "-pubout", data=key)
    return of_key is not None and of_key == openssl("x509", "-noout", "-pubkey", data=certificate)


def verifies(folder, ca, fullchain):
    """Whether openssl verify takes the chain by ca alone."""
    (folder / "ca.pem").write_bytes(ca)
    (folder / "fullchain.pem").write_bytes(fullchain)
    return openssl("verify", "-partial_chain", "-no-CApath", "-no-CAstore", "-CAfile", folder / "ca.pem",
                   "-untrusted", folder / "fullchain.pem", folder / "fullchain.pem") is not None
