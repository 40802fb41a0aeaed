# SPDX-License-Identifier: LGPL-2.1-or-later
"""The lists of requesters.d on the private bus, and asking for certificates as who is in one."""

import os
import pathlib
import shutil
import signal

import support
from gi.repository import GLib

FOLDER = pathlib.Path(os.environ.get("CERTD_PID_FILE", "/nonexistent")).parent / "requesters.d"
LIST = FOLDER / "user.conf"
OWN = """[requester]
user={user}
certificates=mqtt;mqtt-*
names={names}
"""
NAMES = "DNS:mqtt.local;DNS:*.lab.local;IP:192.168.2.0/24;device"


def reload(certd):
    """Has certd read all lists again. What it then does, the test has to wait for."""
    os.kill(certd.pid, signal.SIGHUP)


def write(text, path=LIST):
    FOLDER.mkdir(exist_ok=True)
    path.write_text(text, encoding="utf-8")


def problem(bus):
    """What certd says of the lists; None where it has nothing to say."""
    for code, _, message, _ in bus.get(support.MANAGER, "Manager", "Problems"):
        if code == "requesters-invalid":
            return message
    return None


def probe(bus, user=support.USER):
    """What who asks for https by the list gets: Exists, where it knows them."""
    return ask(bus, "mqtt-probe", user, ["DNS:mqtt.local"])


def begin(bus, certd, text=OWN.format(user=support.USER, names=NAMES)):
    """Has certd know the list; a certificate that it permits is there already."""
    if "mqtt-probe" not in names(bus):
        bus.call(support.MANAGER, "Manager", "CreateCertificate", "(sa{sv})", ("mqtt-probe", {}))
    write(text)
    reload(certd)
    support.wait_until(lambda: probe(bus) == "Exists", "certd knows the list")


def end(bus, certd):
    """Takes all lists away."""
    shutil.rmtree(FOLDER, ignore_errors=True)
    reload(certd)
    support.wait_until(lambda: probe(bus) != "Exists" and problem(bus) is None,
                       "certd has forgotten the lists")


def names(bus):
    return [row[0] for row in bus.call(support.MANAGER, "Manager", "ListCertificates", "(a{sv}su)",
                                       ({}, "", 1000))[0]]


def ask(bus, name, user=support.USER, sans=(), **settings):
    """Asks for certificate name; the short name of the error, or None where it is made."""
    options = {"issuer": GLib.Variant("s", "internal"), **settings}
    if sans:
        options["subject-alt-names"] = GLib.Variant("as", list(sans))
    try:
        bus.call(support.MANAGER, "Manager", "CreateCertificate", "(sa{sv})", (name, options), user)
    except GLib.Error as error:
        return support.remote_error(error).rpartition(".")[2]
    return None
