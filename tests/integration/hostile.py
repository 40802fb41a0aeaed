# SPDX-License-Identifier: LGPL-2.1-or-later
"""Calling certd with what it must refuse, and seeing that nothing changed by it."""

import time

import pytest
import support
from gi.repository import Gio, GLib

CERTIFICATE = "/org/certd1/certificate/https"
AUTHORITY = "/org/certd1/authority/internal"
TRUST_STORE = "/org/certd1/truststore"
HTTPS = "/org/certd1/https"
ERROR = "org.certd1.Error."
ANSWER_SECONDS = 2


def properties(bus, path, interface):
    """All properties of an object, printed: to be compared."""
    reply = bus.connection().call_sync(
        support.NAME, path, "org.freedesktop.DBus.Properties", "GetAll",
        GLib.Variant("(s)", (f"{support.NAME}.{interface}",)), None,
        Gio.DBusCallFlags.NO_AUTO_START, support.CALL_TIMEOUT_MSEC, None)
    return sorted((key, repr(value)) for key, value in reply.unpack()[0].items())


def dump(bus):
    """Everything that certd shows of itself."""
    shown = {support.MANAGER: properties(bus, support.MANAGER, "Manager"),
             AUTHORITY: properties(bus, AUTHORITY, "Authority"),
             TRUST_STORE: properties(bus, TRUST_STORE, "TrustStore"),
             HTTPS: properties(bus, HTTPS, "Https")}
    for method, interface in (("ListCertificates", "Certificate"), ("ListRequests", "Request")):
        rows, _ = bus.call(support.MANAGER, "Manager", method, "(a{sv}su)", ({}, "", 1000))
        for _, path, _ in rows:
            shown[path] = properties(bus, path, interface)
    return shown


def refused(bus, path, interface, method, signature, arguments):
    """The D-Bus error name and message of a call that must fail, change nothing and be quick."""
    before = dump(bus)
    pid = support.Certd().pid
    begun = time.monotonic()
    with pytest.raises(GLib.Error) as refusal:
        bus.call(path, interface, method, signature, arguments)
    assert time.monotonic() - begun < ANSWER_SECONDS
    assert support.Certd().pid == pid
    assert dump(bus) == before
    name = support.remote_error(refusal.value)
    assert name is not None, refusal.value.message
    return name, Gio.DBusError.strip_remote_error(refusal.value) and refusal.value.message


def import_bytes(bus, data, options=None, name="https"):
    """Import of bytes, as busctl would: its findings."""
    return bus.call(f"/org/certd1/certificate/{name}", "Certificate", "Import", "(aya{sv})",
                    (data, options or {}))[0]


def refused_import(bus, data, options=None):
    return refused(bus, CERTIFICATE, "Certificate", "Import", "(aya{sv})", (data, options or {}))
