# SPDX-License-Identifier: LGPL-2.1-or-later
"""Every method and property of the interfaces in data/, and a harmless call of each: one that the gate
sees whole, and that then fails for a reason of its own or changes nothing."""

import pathlib
import xml.etree.ElementTree

import support
from gi.repository import Gio, GLib

DATA = pathlib.Path(__file__).resolve().parents[2] / "data"
CERTIFICATE = "/org/certd1/certificate/https"
REQUEST = "/org/certd1/request/1"
AUTHORITY = "/org/certd1/authority/internal"
TRUST_STORE = "/org/certd1/truststore"
LOG = "/org/certd1/log"
HTTPS = "/org/certd1/https"
PATHS = {"Manager": support.MANAGER, "Certificate": CERTIFICATE, "Request": REQUEST,
         "Authority": AUTHORITY, "TrustStore": TRUST_STORE, "Https": HTTPS, "Log": LOG}
# What polkit lets everybody do; certd itself looks for whom it opens a credential, and whose report it takes.
FREE = {"read", "open-credential", "report"}
UNKNOWN = {"no-such-key": GLib.Variant("b", True)}

# (interface, method): signature, arguments, polkit action, and what certd says to who may.
CALLS = {
    ("Manager", "CreateCertificate"): ("(sa{sv})", ("new", UNKNOWN), "configure", "InvalidOption"),
    ("Manager", "GetCertificate"): ("(s)", ("https",), "read", None),
    ("Manager", "ListCertificates"): ("(a{sv}su)", ({}, "", 1), "read", None),
    ("Manager", "ListRequests"): ("(a{sv}su)", ({}, "", 1), "read", None),
    ("Manager", "Inspect"): ("(aya{sv})", (b"x", UNKNOWN), "read", "InvalidOption"),
    ("Manager", "InspectFd"): ("(ha{sv})", (0, UNKNOWN), "read", "InvalidOption"),
    ("Manager", "FactoryReset"): ("(a{sv})", (UNKNOWN,), "reset", "InvalidOption"),
    ("Certificate", "Configure"): ("(a{sv})", (UNKNOWN,), "configure", "InvalidOption"),
    ("Certificate", "AddSubjectAltName"): ("(ss)", ("DNS", ""), "configure",
                                           "InvalidSubjectAltName"),
    ("Certificate", "RemoveSubjectAltName"): ("(ss)", ("DNS", ""), "configure",
                                              "InvalidSubjectAltName"),
    ("Certificate", "SetSubjectAltNames"): ("(a(ss))", ([("DNS", "")],), "configure",
                                            "InvalidSubjectAltName"),
    ("Certificate", "CreateRequest"): ("(sa{sv})", ("external", UNKNOWN), "request",
                                       "InvalidOption"),
    ("Certificate", "Import"): ("(aya{sv})", (b"x", UNKNOWN), "install", "InvalidOption"),
    ("Certificate", "ImportFd"): ("(ha{sv})", (0, UNKNOWN), "install", "InvalidOption"),
    ("Certificate", "Confirm"): ("(a{sv})", (UNKNOWN,), "install", "InvalidOption"),
    ("Certificate", "Rollback"): ("()", (), "install", "NothingPrevious"),
    ("Certificate", "Export"): ("(sa{sv})", ("pem", UNKNOWN), "read", "InvalidOption"),
    ("Certificate", "AddConsumer"): ("(sss)", ("unit", "", "none"), "set-consumers", "InvalidOption"),
    ("Certificate", "RemoveConsumer"): ("(ss)", ("user", "nobody"), "set-consumers", "InvalidOption"),
    ("Certificate", "SetConsumers"): ("(a(sss))", ([("user", "", "none")],), "set-consumers",
                                      "InvalidOption"),
    ("Certificate", "OpenCredential"): ("(s)", ("txt",), "open-credential", "InvalidOption"),
    ("Certificate", "Reset"): ("(a{sv})", (UNKNOWN,), "reset", "InvalidOption"),
    ("Certificate", "Remove"): ("(a{sv})", ({},), "remove", "PolicyForbids"),
    ("Request", "GetRequest"): ("(s)", ("txt",), "read", "UnsupportedFormat"),
    ("Request", "Cancel"): ("()", (), "request", "Cancelled"),
    ("Authority", "Regenerate"): ("(a{sv})", (UNKNOWN,), "authority", "InvalidOption"),
    ("Authority", "Sign"): ("(aya{sv})", (b"x", UNKNOWN), "authority", "InvalidOption"),
    ("Authority", "Export"): ("(s)", ("txt",), "read", "UnsupportedFormat"),
    ("TrustStore", "Add"): ("(aya{sv})", (b"x", UNKNOWN), "trust", "InvalidOption"),
    ("TrustStore", "AddFd"): ("(ha{sv})", (0, UNKNOWN), "trust", "InvalidOption"),
    ("TrustStore", "Remove"): ("(s)", ("00",), "trust", "InvalidOption"),
    ("TrustStore", "List"): ("(su)", ("", 1), "read", None),
    ("TrustStore", "Verify"): ("(aysa{sv})", (b"x", "", UNKNOWN), "read", "InvalidOption"),
    ("TrustStore", "VerifyFd"): ("(hsa{sv})", (0, "", UNKNOWN), "read", "InvalidOption"),
    ("TrustStore", "Export"): ("(s)", ("txt",), "read", "UnsupportedFormat"),
    ("Https", "SetLevel"): ("(sa{sv})", ("low", {}), "https", "InvalidOption"),
    ("Https", "SetForce"): ("(ba{sv})", (True, UNKNOWN), "https", "InvalidOption"),
    ("Https", "SetPorts"): ("(qq)", (443, 443), "https", "InvalidOption"),
    ("Https", "ReportProof"): ("(tb)", (1, True), "report", "AccessDenied"),
    ("Https", "ReportExchange"): ("(tsb)", (1, "standard", True), "report", "AccessDenied"),
    ("Https", "ReportProblem"): ("(s)", ("none",), "report", "AccessDenied"),
    ("Https", "Confirm"): ("(a{sv})", (UNKNOWN,), "https", "InvalidOption"),
    ("Https", "Rollback"): ("()", (), "https", "Cancelled"),
    ("Log", "List"): ("(a{sv}su)", ({}, "", 1), "read-log", None),
    ("Log", "Verify"): ("(a{sv})", ({},), "read-log", None),
}
# What the arguments decide.
CHOSEN = {
    "export-key": ("Certificate", "Export", "(sa{sv})", ("p12", UNKNOWN), "export-key",
                   "InvalidOption"),
    "self-signed": ("Certificate", "CreateRequest", "(sa{sv})", ("self", UNKNOWN), "install",
                    "InvalidOption"),
    "internal": ("Certificate", "CreateRequest", "(sa{sv})", ("internal", UNKNOWN), "install",
                 "InvalidOption"),
    # The setting of https is internal.
    "internal-by-setting": ("Certificate", "CreateRequest", "(sa{sv})", ("", UNKNOWN), "install",
                            "InvalidOption"),
}


def contract(kind):
    """(interface, name) of each element of that kind in the XML."""
    found = []
    for path in sorted(DATA.glob("org.certd1.*.xml")):
        for interface in xml.etree.ElementTree.parse(path).iter("interface"):
            short = interface.get("name").removeprefix("org.certd1.")
            found += [(short, element.get("name")) for element in interface.iter(kind)]
    return found


def rows():
    """Every call: interface, method, signature, arguments, action, error for who may."""
    return [(*key, *row) for key, row in CALLS.items()] + list(CHOSEN.values())


def outcome(bus, user, row):
    """The short name of the error that row's call gives user; None where it succeeds."""
    interface, method, signature, arguments, _, _ = row
    handles = None
    if signature.startswith("(h"):
        handles = Gio.UnixFDList.new()
        with open("/etc/hostname", "rb") as file:
            handles.append(file.fileno())
    try:
        bus.connection(user).call_with_unix_fd_list_sync(
            support.NAME, PATHS[interface], f"org.certd1.{interface}", method,
            GLib.Variant(signature, arguments), None, 0, support.CALL_TIMEOUT_MSEC, handles, None)
    except GLib.Error as error:
        return support.remote_error(error).rpartition(".")[2]
    return None


def read_property(bus, user, interface, name):
    """The short name of the error that reading gives user; None where it succeeds."""
    try:
        bus.get(PATHS[interface], interface, name, user)
    except GLib.Error as error:
        return support.remote_error(error).rpartition(".")[2]
    return None


def make_request(bus):
    """Request 1, at rest."""
    if bus.call(support.MANAGER, "Manager", "ListRequests", "(a{sv}su)", ({}, "", 1))[0]:
        return
    path, = bus.call(CERTIFICATE, "Certificate", "CreateRequest", "(sa{sv})", ("external", {}))
    assert path == REQUEST
    bus.call(REQUEST, "Request", "Cancel")
