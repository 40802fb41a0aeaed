# SPDX-License-Identifier: LGPL-2.1-or-later
"""The trust store as the tests use it: changed, shown, and read as other programs do."""

import os
import pathlib

import support
from gi.repository import Gio, GLib

PATH = "/org/certd1/truststore"
TREE = pathlib.Path(os.environ.get("CERTD_RUNTIME_DIRECTORY", "/nonexistent")) / "trust"


def add(bus, data, purposes=None, **options):
    """Adds all of data, bytes: the fingerprints."""
    given = dict(options)
    if purposes is not None:
        given["purposes"] = GLib.Variant("as", purposes)
    return bus.call(PATH, "TrustStore", "Add", "(aya{sv})", (data, given))[0]


def remove(bus, fingerprint):
    bus.call(PATH, "TrustStore", "Remove", "(s)", (fingerprint,))


def rows(bus, limit=0):
    """All rows of the list by their fingerprints, page by page."""
    found, cursor = {}, ""
    while True:
        page, cursor = bus.call(PATH, "TrustStore", "List", "(su)", (cursor, limit))
        found.update(page)
        if not cursor:
            return found


def clear(bus):
    for fingerprint in rows(bus, 1000):
        remove(bus, fingerprint)


def verify(bus, data, name="", purpose="server"):
    """The findings about the chain in data, bytes."""
    return bus.call(PATH, "TrustStore", "Verify", "(aysa{sv})",
                    (data, name, {"purpose": GLib.Variant("s", purpose)}))[0]


def errors(findings):
    return [finding for finding in findings if finding[1] == "error"]


def export(bus, form):
    """The bundle in that format, bytes."""
    reply, handles = bus.connection().call_with_unix_fd_list_sync(
        support.NAME, PATH, "org.certd1.TrustStore", "Export", GLib.Variant("(s)", (form,)), None,
        Gio.DBusCallFlags.NO_AUTO_START, support.CALL_TIMEOUT_MSEC, None, None)
    with open(handles.get(reply.unpack()[0]), "rb") as file:
        file.seek(0)
        return file.read()


def files(tree=TREE):
    """Every file below tree and its content."""
    return {str(path.relative_to(tree)): path.read_bytes() for path in sorted(tree.rglob("*"))
            if path.is_file()}


def everything(bus):
    """All that is to be seen of the trust store."""
    return (rows(bus), export(bus, "pem"), export(bus, "client-pem"), files(),
            bus.get(PATH, "TrustStore", "Count"), bus.get(PATH, "TrustStore", "Changed"))
