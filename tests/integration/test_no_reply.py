# SPDX-License-Identifier: LGPL-2.1-or-later
"""R60: a call that wants no reply needs the same permission as any other: nobody gets past polkit with it,
not beyond the limit of waiting calls, and not by leaving before anybody looks."""

import os
import signal

import polkit
import pytest
import support
import trial
from gi.repository import Gio, GLib

WAITING_CALLS = 4  # of a user who is no administrator
NAME = "victim"
PATH = trial.path_of(NAME)
HTTPS = trial.path_of("https")
TRUST = "/org/certd1/truststore"


@pytest.fixture(scope="module")
def calls(tmp_path_factory):
    """One call of each kind of change: (path, interface, method, arguments)."""
    data, _ = trial.bundle(tmp_path_factory.mktemp("bundle"), "no-reply")
    accepted = {"accept": GLib.Variant("as", ["san-mismatch"])}
    days = {"days": GLib.Variant("u", 11)}
    certificate = data[:data.index(b"-----BEGIN PRIVATE")]
    return [
        (support.MANAGER, "Manager", "CreateCertificate", ("(sa{sv})", ("forged", {}))),
        (PATH, "Certificate", "Configure", ("(a{sv})", (days,))),
        (PATH, "Certificate", "AddSubjectAltName", ("(ss)", ("DNS", "forged.example.org"))),
        (PATH, "Certificate", "SetSubjectAltNames", ("(a(ss))", ([("DNS", "f.example.org")],))),
        (PATH, "Certificate", "CreateRequest", ("(sa{sv})", ("external", {}))),
        (PATH, "Certificate", "Import", ("(aya{sv})", (data, accepted))),
        (PATH, "Certificate", "AddConsumer", ("(sss)", ("user", support.USER, "none"))),
        (PATH, "Certificate", "SetConsumers", ("(a(sss))", ([("user", support.USER, "none")],))),
        (PATH, "Certificate", "Reset", ("(a{sv})", ({},))),
        (PATH, "Certificate", "Rollback", ("()", ())),
        (PATH, "Certificate", "Remove", ("(a{sv})", ({},))),
        ("/org/certd1/authority/internal", "Authority", "Regenerate", ("(a{sv})", ({},))),
        (TRUST, "TrustStore", "Add", ("(aya{sv})", (certificate, {}))),
        (support.MANAGER, "Manager", "FactoryReset", ("(a{sv})", ({},))),
    ]


@pytest.fixture(scope="module")
def victim(bus, tmp_path_factory):
    folder = tmp_path_factory.mktemp("victim")
    trial.create(bus, NAME)
    for name in ("one", "two"):
        trial.install(bus, NAME, trial.bundle(folder, name)[0])


def message(call):
    path, interface, method, (signature, arguments) = call
    made = Gio.DBusMessage.new_method_call(support.NAME, path, f"org.certd1.{interface}", method)
    made.set_body(support.pack(signature, arguments))
    made.set_flags(Gio.DBusMessageFlags.NO_REPLY_EXPECTED)
    return made


def state(bus):
    """What any of the calls would change."""
    names = bus.call(support.MANAGER, "Manager", "ListCertificates", "(a{sv}su)", ({}, "", 0))[0]
    return ([name for name, _, _ in names],
            [trial.get(bus, NAME, what) for what in
             ("Generation", "SubjectAltNames", "Days", "Requests", "Fingerprint", "Consumers")],
            trial.get(bus, "https", "Fingerprint"), bus.get(TRUST, "TrustStore", "Count"),
            bus.get("/org/certd1/authority/internal", "Authority", "Fingerprint"))


def done_rows(bus, before):
    """What the log says was done since."""
    entries, _ = bus.call("/org/certd1/log", "Log", "List", "(a{sv}su)",
                          ({"outcome": GLib.Variant("s", "ok")}, "", 0))
    return [entry for number, entry in entries if number > before]


def last_row(bus):
    return bus.get("/org/certd1/log", "Log", "Last")


def test_beyond_the_waiting_calls(bus, victim, calls):
    before, last = state(bus), last_row(bus)
    polkitd = polkit.pid(bus)
    for call in calls:
        connection = bus.new_connection(support.USER)
        os.kill(polkitd, signal.SIGSTOP)
        try:
            for _ in range(WAITING_CALLS):
                connection.call(support.NAME, HTTPS, "org.certd1.Certificate", "AddSubjectAltName",
                                GLib.Variant("(ss)", ("DNS", "")), None, 0, -1, None, None)
            connection.send_message(message(call), Gio.DBusSendMessageFlags.NONE)
            connection.flush_sync(None)
            # certd has seen it when it answers what came behind it.
            connection.call_sync(support.NAME, HTTPS, "org.freedesktop.DBus.Peer", "Ping", None, None, 0,
                                 -1, None)
        finally:
            os.kill(polkitd, signal.SIGCONT)
        connection.close_sync(None)
        assert state(bus) == before, call[2]
    assert not done_rows(bus, last)


def test_gone_before_anybody_looks(bus, certd, victim, calls):
    before, last = state(bus), last_row(bus)
    for call in calls:
        connection = bus.new_connection(support.USER)
        os.kill(certd.pid, signal.SIGSTOP)
        try:
            connection.send_message(message(call), Gio.DBusSendMessageFlags.NONE)
            connection.flush_sync(None)
            name = connection.get_unique_name()
            connection.close_sync(None)
            support.wait_until(lambda: not bus.connection().call_sync(
                "org.freedesktop.DBus", "/org/freedesktop/DBus", "org.freedesktop.DBus", "NameHasOwner",
                GLib.Variant("(s)", (name,)), None, 0, -1, None).unpack()[0], "the bus has seen it go")
        finally:
            os.kill(certd.pid, signal.SIGCONT)
        assert state(bus) == before, call[2]
    assert not done_rows(bus, last)


def test_permitted(bus, victim):
    """Who may is served all the same."""
    connection = bus.new_connection(support.ADMIN)
    connection.send_message(message((PATH, "Certificate", "AddSubjectAltName",
                                     ("(ss)", ("DNS", "mine.example.org")))),
                            Gio.DBusSendMessageFlags.NONE)
    connection.flush_sync(None)
    support.wait_until(lambda: ("DNS", "mine.example.org") in trial.get(bus, NAME, "SubjectAltNames"),
                       "the name is added")
    connection.close_sync(None)
