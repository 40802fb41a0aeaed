# SPDX-License-Identifier: LGPL-2.1-or-later
"""R61 to R63: how HTTPS is served, over the real bus and with certctl; certd-tls' reports are made here."""

import json
import os
import random
import signal
import time

import https_settings
import pytest
import support
import trial
import trusted
from gi.repository import Gio, GLib
from https_settings import (DEFAULTS, PATH, SERVER, back_to_default, confirm, prove, rollback, set_force,
                            set_level, set_ports, shown)
from support import ADMIN, USER
from trial import LONGEST, SHORTEST, USUAL, error_of

SLACK = 2  # seconds between a call and what is read after it
KILLS = support.repeats(10, 200, 5)


@pytest.fixture(autouse=True)
def restored(bus):
    yield
    back_to_default(bus)


def served(bus):
    now = shown(bus)
    return now["Level"], now["Force"], now["TrialDeadline"] != 0


def renew(bus):
    """Another generation of https: nothing is proven of it."""
    trial.reset(bus, "https")


def test_a_new_device(bus):  # R61 R62
    assert shown(bus) == DEFAULTS


def test_force_needs_a_client(bus):  # R62 R63
    renew(bus)
    assert error_of(set_force, bus, True) == "NotProven"
    prove(bus, of=https_settings.generation(bus) - 1)
    assert error_of(set_force, bus, True) == "NotProven"
    prove(bus)
    set_force(bus, True)
    assert served(bus) == ("standard", True, True)
    assert abs(shown(bus)["TrialDeadline"] - time.time() - USUAL) < SLACK
    assert error_of(confirm, bus) == "NotProven"
    assert error_of(confirm, bus, proven=True) == "InvalidOption"
    prove(bus)
    confirm(bus)
    assert served(bus) == ("standard", True, False)
    assert error_of(confirm, bus, tested=True) == error_of(rollback, bus) == "Cancelled"
    set_force(bus, False)
    assert served(bus) == ("standard", False, False)


def test_high_needs_a_client_certificate(bus):  # R61 R63
    renew(bus)
    prove(bus)
    assert error_of(set_level, bus, "high") == "NotProven"
    prove(bus, client_certificate=True)
    set_level(bus, "high", SHORTEST)
    assert served(bus) == ("high", False, True)
    assert error_of(set_force, bus, True) == "OnTrial"
    prove(bus)
    assert not shown(bus)["Proven"]
    assert error_of(confirm, bus) == "NotProven"
    prove(bus, client_certificate=True)
    assert shown(bus)["Proven"]
    confirm(bus)
    assert served(bus) == ("high", False, False)


def test_last_anchor_for_clients(bus, authority):  # R63
    """While the level is high, on trial, confirmed, or to come back, somebody has to be let in."""
    anchor, = trusted.add(bus, authority.root.read_bytes(), ["server", "client"])
    prove(bus, client_certificate=True)
    set_level(bus, "high")
    with pytest.raises(GLib.Error, match="set the level to standard") as refusal:
        trusted.remove(bus, anchor)
    assert "PolicyForbids" in str(refusal.value)
    confirm(bus, tested=True)
    assert error_of(trusted.remove, bus, anchor) == "PolicyForbids"
    assert bus.certctl("trust", "remove", anchor).returncode != 0
    set_level(bus, "standard")
    assert error_of(trusted.remove, bus, anchor) == "PolicyForbids"
    confirm(bus, tested=True)
    trusted.remove(bus, anchor)
    assert anchor not in trusted.rows(bus)


def test_rolled_back(bus):  # R63
    prove(bus, client_certificate=True)
    for begin in (lambda: set_force(bus, True), lambda: set_level(bus, "high")):
        for end in (lambda: rollback(bus), lambda: (set_force(bus, False), set_level(bus, "standard"))):
            begin()
            assert shown(bus)["TrialDeadline"]
            end()
            assert served(bus) == ("standard", False, False)


@pytest.mark.parametrize("options, error", (
    ({"trial": GLib.Variant("u", SHORTEST)}, None),
    ({"trial": GLib.Variant("u", SHORTEST - 1)}, "InvalidOption"),
    ({"trial": GLib.Variant("u", LONGEST)}, None),
    ({"trial": GLib.Variant("u", LONGEST + 1)}, "InvalidOption"),
    ({"trial": GLib.Variant("b", True)}, "InvalidOption"),
    ({"tested": GLib.Variant("b", True)}, "InvalidOption"),
))
def test_bounds_of_a_trial(bus, options, error):  # R63
    prove(bus, client_certificate=True)
    assert error_of(https_settings.call, bus, "SetForce", "(ba{sv})", (True, options)) == error
    assert bool(shown(bus)["TrialDeadline"]) == (error is None)
    if error is None:
        rollback(bus)
    assert error_of(https_settings.call, bus, "SetLevel", "(sa{sv})", ("high", options)) == error


@pytest.mark.parametrize("ports, error", (
    ((1, 65535), None), ((65535, 1), None), ((0, 80), "InvalidOption"), ((443, 0), "InvalidOption"),
    ((80, 80), "InvalidOption"),
))
def test_bounds_of_ports(bus, ports, error):  # R62
    assert error_of(set_ports, bus, *ports) == error
    expected = ports if error is None else (443, 80)
    assert (shown(bus)["Port"], shown(bus)["PlainPort"]) == expected


@pytest.mark.parametrize("user", ["root", ADMIN, USER])
def test_who_may_report(bus, user):  # R63
    """Nobody but who serves HTTPS, whatever they may change."""
    renew(bus)
    for method, *arguments in (("ReportProof", "(tb)", (https_settings.generation(bus), True)),
                               ("ReportExchange", "(tsb)", (https_settings.generation(bus), "standard", True)),
                               ("ReportProblem", "(s)", ("It is not served",))):
        assert error_of(https_settings.call, bus, method, *arguments, user) == "AccessDenied"
    assert not shown(bus)["Proven"]
    assert "https-not-served" not in [row[0] for row in bus.get(support.MANAGER, "Manager", "Problems")]


def test_who_serves_may_change_nothing(bus):  # R60 R63
    prove(bus, client_certificate=True)
    for function, *arguments in ((set_force, True), (set_level, "high"), (set_ports, 1, 2), (rollback,)):
        assert error_of(function, bus, *arguments, user=SERVER) == "InteractiveAuthorizationRequired"
    assert served(bus) == ("standard", False, False)


def problems(bus):
    return {row[0]: row[2] for row in bus.get(support.MANAGER, "Manager", "Problems")}


def test_a_problem_ends_with_its_reporter(bus):  # R55
    connection = bus.new_connection(SERVER)

    def report(text):
        connection.call_sync(support.NAME, PATH, "org.certd1.Https", "ReportProblem",
                             GLib.Variant("(s)", (text,)), None, 0, support.CALL_TIMEOUT_MSEC, None)

    assert error_of(report, "x" * 513) == error_of(report, "two\nlines") == "InvalidOption"
    report("x" * 512)
    assert problems(bus)["https-not-served"] == "x" * 512
    report("")
    assert "https-not-served" not in problems(bus)
    report("Port 443 is taken")
    assert problems(bus)["https-not-served"] == "Port 443 is taken"
    assert bus.get(support.MANAGER, "Manager", "State") == "degraded"
    connection.close_sync(None)
    support.wait_until(lambda: "https-not-served" not in problems(bus), "the problem is gone")


class Heard:
    """What PropertiesChanged has said so far."""

    def __init__(self, bus):
        self.values = {}
        self._connection = bus.new_connection()
        support.subscribe(self._connection, support.NAME, "org.freedesktop.DBus.Properties",
                          "PropertiesChanged", PATH, "org.certd1.Https", Gio.DBusSignalFlags.NONE,
                          lambda *arguments: self.values.update(arguments[5].unpack()[1]))

    def wait(self, bus):
        """Until it is what there is."""
        now = shown(bus)
        support.wait_until(lambda: self.values == now, f"{now} is told, after {self.values}")

    def close(self):
        self._connection.close_sync(None)


def test_each_change_is_told(bus):  # R61 R62 R63
    renew(bus)
    heard = Heard(bus)
    steps = (lambda: prove(bus), lambda: prove(bus, client_certificate=True),
             lambda: set_level(bus, "high"), lambda: prove(bus, client_certificate=True),
             lambda: confirm(bus), lambda: set_force(bus, True), lambda: rollback(bus),
             lambda: set_ports(bus, 8443, 8080), lambda: renew(bus))
    for step in steps:
        before = shown(bus)
        step()
        assert shown(bus) != before
        heard.wait(bus)
    heard.close()


def open_credential(bus, user, part):
    reply, handles = bus.connection(user).call_with_unix_fd_list_sync(
        support.NAME, trial.path_of("https"), "org.certd1.Certificate", "OpenCredential",
        GLib.Variant("(s)", (part,)), None, Gio.DBusCallFlags.NONE, support.CALL_TIMEOUT_MSEC, None, None)
    with os.fdopen(handles.get(reply.unpack()[0]), "rb") as file:
        return os.pread(file.fileno(), 1 << 20, 0).decode(), reply.unpack()[1]


def test_who_serves_gets_the_key(bus):  # R37
    """Without being listed, and only that of https."""
    assert bus.get(trial.path_of("https"), "Certificate", "Consumers") == []
    text, generation = open_credential(bus, SERVER, "pem")
    assert text.startswith("-----BEGIN PRIVATE KEY-----")
    assert text.endswith(bus.get(trial.path_of("https"), "Certificate", "Chain"))
    assert generation == https_settings.generation(bus)
    assert error_of(open_credential, bus, USER, "pem") == "AccessDenied"
    assert error_of(open_credential, bus, "root", "pem") == "AccessDenied"
    trial.create(bus, "web")
    assert error_of(bus.call, trial.path_of("web"), "Certificate", "OpenCredential", "(s)", ("crt",),
                    SERVER) == "AccessDenied"
    bus.call(trial.path_of("web"), "Certificate", "Remove", "(a{sv})", ({},))


def test_the_certificate_is_confirmed_by_proof(bus):  # R38 R63
    before = https_settings.generation(bus)
    trial.reset(bus, "https", trial=LONGEST)
    prove(bus, of=before)
    assert error_of(trial.confirm, bus, "https") == "NotProven"
    prove(bus)
    assert bus.certctl("confirm", "https").returncode == 0
    assert trial.get(bus, "https", "TrialDeadline") == 0


def test_certificates_only(bus, tmp_path):  # R32 R34
    """An input with a key is refused, whatever the caller may, and nothing is changed."""
    trial.create(bus, "web")
    data, fingerprint = trial.bundle(tmp_path, "one")
    only = {"accept": GLib.Variant("as", ["san-mismatch"]), "certificates-only": GLib.Variant("b", True)}
    path = trial.path_of("web")
    assert error_of(bus.call, path, "Certificate", "Import", "(aya{sv})", (data, only)) == "PolicyForbids"
    assert trial.get(bus, "web", "Fingerprint") == ""
    trial.install(bus, "web", data)
    trial.reset(bus, "web")
    # The key is kept as the previous one's: its certificate alone finds it.
    leaf = data.partition(b"-----BEGIN PRIVATE")[0]
    bus.call(path, "Certificate", "Import", "(aya{sv})", (leaf, only))
    assert trial.get(bus, "web", "Fingerprint") == fingerprint
    bus.call(path, "Certificate", "Remove", "(a{sv})", ({},))


def test_killed_on_trial(bus, certd):  # R63
    """What was answered is true after a kill at any moment, and the trial goes on to its deadline."""
    for _ in range(KILLS):
        prove(bus, client_certificate=True)
        set_level(bus, "high", LONGEST)
        deadline = shown(bus)["TrialDeadline"]
        ending = random.choice((lambda: None, lambda: rollback(bus), lambda: confirm(bus, tested=True)))
        ending()
        before = served(bus)
        os.kill(certd.pid, signal.SIGKILL)
        bus.close()
        certd.restart()
        assert served(bus) == before
        assert not shown(bus)["Proven"] and not shown(bus)["ProvenClientCertificate"]
        if before[2]:
            assert abs(shown(bus)["TrialDeadline"] - deadline) <= SLACK
        back_to_default(bus)


def test_another_boot(bus, certd, tmp_path_factory):  # R63
    prove(bus)
    set_force(bus, True, LONGEST)
    with trial.boots(tmp_path_factory.mktemp("boot")) as boots:
        certd.stop(clean=True)
        boots.another()
        bus.close()
        certd.start()
        assert served(bus) == ("standard", False, False)
        log = json.loads(bus.certctl("log", "--json", "--action", "https-trial-end", check=True).stdout)
        assert "started again" in json.dumps(log)
        certd.stop(clean=True)
    bus.close()
    certd.start()


def test_certctl(bus):  # R61 R62 R63
    renew(bus)
    assert "no client" in bus.certctl("https", check=True).stdout
    assert bus.certctl("https", "force", "on").returncode == 23
    prove(bus, client_certificate=True)
    done = bus.certctl("https", "force", "on", "--trial", "60", "--json", check=True)
    assert json.loads(done.stdout)["Force"] is True
    assert "certctl https confirm" in done.stderr
    assert "HTTP is closed; on trial until" in bus.certctl("status", check=True).stdout
    done = bus.certctl("https", "confirm")
    assert done.returncode == 23 and "--tested" in done.stderr
    bus.certctl("https", "confirm", "--tested", check=True)
    bus.certctl("https", "force", "off", check=True)
    bus.certctl("https", "level", "high", check=True)
    assert bus.certctl("https", "level", "low").returncode != 0
    bus.certctl("https", "rollback", check=True)
    bus.certctl("https", "ports", "8443", "8080", check=True)
    shown_as = json.loads(bus.certctl("https", "show", "--json", check=True).stdout)
    assert shown_as == shown(bus)
    for words in (("force", "yes"), ("ports", "0", "80"), ("ports", "443", "65536"), ("ports", "1x", "2")):
        assert bus.certctl("https", *words).returncode == 2, words
    assert "HTTPS" not in bus.certctl("status", check=True).stdout
    assert bus.certctl("https", "ports", "1", "2", user=USER).returncode != 0


def test_a_factory_reset_ends_all(bus):  # R54 R61 R62
    prove(bus, client_certificate=True)
    set_level(bus, "high")
    confirm(bus, tested=True)
    set_force(bus, True)
    set_ports(bus, 8443, 8080)
    bus.call(support.MANAGER, "Manager", "FactoryReset", "(a{sv})", ({},))
    assert shown(bus) == DEFAULTS
