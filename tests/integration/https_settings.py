# SPDX-License-Identifier: LGPL-2.1-or-later
"""How HTTPS is served, from the tests' side: calls, and the reports that certd-tls would make."""

import support
from gi.repository import Gio, GLib

PATH = "/org/certd1/https"
SERVER = "certd-tls"
DEFAULTS = {"Level": "standard", "Force": False, "Port": 443, "PlainPort": 80, "TrialDeadline": 0,
            "Proven": False, "ProvenClientCertificate": False}


def call(bus, method, signature="()", arguments=(), user="root"):
    return bus.call(PATH, "Https", method, signature, arguments, user)


def seconds(trial):
    """The options of a call, on trial for so long; None: the usual time."""
    return {} if trial is None else {"trial": GLib.Variant("u", trial)}


def set_level(bus, level, trial=None, user="root"):
    call(bus, "SetLevel", "(sa{sv})", (level, seconds(trial)), user)


def set_force(bus, force, trial=None, user="root"):
    call(bus, "SetForce", "(ba{sv})", (force, seconds(trial)), user)


def set_ports(bus, port, plain_port, user="root"):
    call(bus, "SetPorts", "(qq)", (port, plain_port), user)


def confirm(bus, user="root", **options):
    call(bus, "Confirm", "(a{sv})", ({key: GLib.Variant("b", value) for key, value in options.items()},),
         user)


def rollback(bus, user="root"):
    call(bus, "Rollback", user=user)


def generation(bus):
    return bus.get("/org/certd1/certificate/https", "Certificate", "Generation")


def prove(bus, client_certificate=False, of=None):
    """What certd-tls reports of one client, of the generation in use or another, at the level in use."""
    of = generation(bus) if of is None else of
    call(bus, "ReportExchange", "(tsb)", (of, bus.get(PATH, "Https", "Level"), client_certificate), SERVER)


def shown(bus):
    """All properties, as they are at one moment."""
    reply = bus.connection().call_sync(
        support.NAME, PATH, "org.freedesktop.DBus.Properties", "GetAll",
        GLib.Variant("(s)", ("org.certd1.Https",)), None, Gio.DBusCallFlags.NO_AUTO_START,
        support.CALL_TIMEOUT_MSEC, None)
    return reply.unpack()[0]


def back_to_default(bus):
    """As a new device serves HTTPS, but for what is proven."""
    if shown(bus)["TrialDeadline"]:
        rollback(bus)
    set_force(bus, False)
    if shown(bus)["Level"] != "standard":
        set_level(bus, "standard")
        confirm(bus, tested=True)
    set_ports(bus, 443, 80)


def change_all(life):
    """Calls each method that changes something by life.call, as test_log.py's, where it succeeds."""
    prove(life.bus, client_certificate=True)
    trial, tested = seconds(None), {"tested": GLib.Variant("b", True)}
    for method, *arguments in (("SetForce", "(ba{sv})", (True, trial)), ("Confirm", "(a{sv})", (tested,)),
                               ("SetLevel", "(sa{sv})", ("high", trial)), ("Rollback",),
                               ("SetPorts", "(qq)", (8443, 8080))):
        life.call(PATH, "Https", method, *arguments)
