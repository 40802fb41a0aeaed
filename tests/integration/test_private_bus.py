# SPDX-License-Identifier: LGPL-2.1-or-later
"""The harness and the shipped policy themselves: who may own the name, and what polkit answers."""

import pytest
import support
from gi.repository import Gio, GLib

ACTIONS = ("read", "request", "install", "import-key", "configure", "export-key", "reset", "remove",
           "authority", "trust", "read-log")


def check_authorization(bus, subject, action):
    """polkit's answer about another's connection, asked by root."""
    reply = bus.connection().call_sync(
        "org.freedesktop.PolicyKit1", "/org/freedesktop/PolicyKit1/Authority",
        "org.freedesktop.PolicyKit1.Authority", "CheckAuthorization",
        GLib.Variant("((sa{sv})sa{ss}us)", (
            ("system-bus-name", {"name": GLib.Variant("s", subject.get_unique_name())}),
            f"org.certd1.{action}", {"certificate": "https"}, 0, "")),
        None, Gio.DBusCallFlags.NONE, support.CALL_TIMEOUT_MSEC, None)
    return reply.unpack()[0][0]


@pytest.mark.parametrize("action", ACTIONS)
@pytest.mark.parametrize("user", ("root", support.ADMIN, support.USER))
def test_policy_lets_only_administrators_change(bus, user, action):  # R60
    allowed = user != support.USER or action == "read"
    assert check_authorization(bus, bus.connection(user), action) is allowed


@pytest.mark.parametrize("user", ("root", support.ADMIN, support.USER))
def test_nobody_else_owns_the_name(bus, user):  # R60
    with pytest.raises(GLib.Error) as refusal:
        bus.connection(user).call_sync(
            "org.freedesktop.DBus", "/org/freedesktop/DBus", "org.freedesktop.DBus", "RequestName",
            GLib.Variant("(su)", ("org.certd1", 4)), None, Gio.DBusCallFlags.NONE, -1, None)
    assert support.remote_error(refusal.value) == "org.freedesktop.DBus.Error.AccessDenied"


@pytest.mark.parametrize("user", (support.ADMIN, support.USER))
def test_commands_run_as_the_user(bus, user):
    assert bus.run("id", "-un", user=user, check=True).stdout.strip() == user


@pytest.mark.parametrize("clean", (False, True), ids=("killed", "ended"))
def test_restart_gives_a_new_process(bus, certd, clean):
    before = certd.pid
    certd.restart(clean)
    assert certd.pid != before
    owner = bus.connection().call_sync(
        "org.freedesktop.DBus", "/org/freedesktop/DBus", "org.freedesktop.DBus",
        "GetConnectionUnixProcessID", GLib.Variant("(s)", ("org.certd1",)), None,
        Gio.DBusCallFlags.NONE, -1, None).unpack()[0]
    assert owner == certd.pid
