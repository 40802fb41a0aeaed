# SPDX-License-Identifier: LGPL-2.1-or-later
"""SIGHUP: certd.conf is read again, at once, and a broken one leaves all as it was."""

import contextlib
import os
import pathlib
import select
import signal
import socket

import pytest
import support
from gi.repository import GLib

CONFIGURATION = pathlib.Path(os.environ.get("CERTD_PID_FILE", "/nonexistent")).parent / "certd.conf"


@contextlib.contextmanager
def notified(certd):
    """certd started anew with a socket of a service manager; what it tells that."""
    path = CONFIGURATION.with_name("notify")
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as listener:
        listener.bind(str(path))
        os.chmod(path, 0o666)
        os.environ["NOTIFY_SOCKET"] = str(path)
        try:
            certd.restart(clean=True)
        finally:
            del os.environ["NOTIFY_SOCKET"]
        yield listener


def told(listener):
    assert select.select([listener], [], [], support.DEADLINE_SECONDS)[0], "certd tells the manager"
    return listener.recv(4096).decode()


def policy(bus):
    return [feature for feature in bus.get(support.MANAGER, "Manager", "Features")
            if feature.startswith("policy:")]


def try_digest(bus):
    """Whether certd takes SHA-1, which the policy legacy alone does."""
    try:
        bus.call("/org/certd1/certificate/https", "Certificate", "Configure", "(a{sv})",
                 ({"digest": GLib.Variant("s", "sha1")},))
    except GLib.Error as error:
        assert "sha1" in error.message
        return False
    return True


@pytest.fixture(scope="module")
def manager(bus):
    process = support.Certd()
    with notified(process) as listener:
        while told(listener) != "READY=1":
            pass
        yield listener


def reload(certd, manager):
    os.kill(certd.pid, signal.SIGHUP)
    begun, usec = told(manager).split("\n")
    assert begun == "RELOADING=1" and int(usec.removeprefix("MONOTONIC_USEC=")) > 0
    assert told(manager) == "READY=1"


def test_policy(bus, certd, manager):
    changes = []
    connection = bus.connection()
    support.subscribe(connection, support.NAME, "org.freedesktop.DBus.Properties", "PropertiesChanged",
                      support.MANAGER, None, 0, lambda *signal: changes.append(signal[5].unpack()))
    before = certd.pid
    for name, taken in (("legacy", True), ("legacy", True), ("default", False)):
        CONFIGURATION.write_text(f"[certd]\npolicy={name}\n", encoding="utf-8")
        count = len(changes)
        reload(certd, manager)
        assert policy(bus) == [f"policy:{name}"]
        assert try_digest(bus) == taken
        told_of = [change for change in changes[count:] if "Features" in change[1]]
        assert len(told_of) <= 1
    support.wait_until(lambda: len([c for c in changes if "Features" in c[1]]) == 2, "two changes are told")
    assert certd.pid == before


def invalid(bus):
    return [problem for problem in bus.get(support.MANAGER, "Manager", "Problems")
            if problem[0] == "settings-invalid"]


def test_broken(bus, certd, manager):
    """Whatever is wrong with it is told with the line, as a problem until it is mended, and certd goes on as
    it was."""
    CONFIGURATION.write_text("[certd]\npolicy=legacy\n", encoding="utf-8")
    reload(certd, manager)
    for broken, line in (("[certd]\n\npolicy=strict\n", 3), ("[certd]\npolicies=default\n", 2),
                         ("# ours\n[certdd]\n", 2)):
        said = len(certd.log)
        CONFIGURATION.write_text(broken, encoding="utf-8")
        reload(certd, manager)
        assert f"{CONFIGURATION}, line {line}: " in certd.log[said:]
        assert policy(bus) == ["policy:legacy"]
        assert bus.get(support.MANAGER, "Manager", "State") == "degraded"
        (problem,) = invalid(bus)
        assert f"{CONFIGURATION}, line {line}: " in problem[2] and "systemctl reload certd" in problem[3]
        status = bus.certctl("status").stdout
        assert "settings-invalid" in status and "line " in status
    CONFIGURATION.write_text("[certd]\n", encoding="utf-8")
    reload(certd, manager)
    assert policy(bus) == ["policy:default"]
    assert invalid(bus) == []
