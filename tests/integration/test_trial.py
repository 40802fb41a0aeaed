# SPDX-License-Identifier: LGPL-2.1-or-later
"""R38, R39: installing on trial as users see it, over D-Bus and with certctl."""

import json
import re
import time

import device
import pytest
import served
import support
import trial
from gi.repository import Gio, GLib
from support import ADMIN, USER
from trial import LONGEST, SHORTEST, USUAL, confirm, error_of, get, install, reset, rollback

SLACK = 2  # seconds between a call and what is read after it


@pytest.fixture(scope="module")
def bundles(tmp_path_factory):
    folder = tmp_path_factory.mktemp("bundles")
    return [trial.bundle(folder, name) for name in ("one", "two", "three")]


@pytest.fixture
def web(bus, bundles):
    """A certificate with the first bundle installed, and the second as the previous one."""
    trial.create(bus, "web")
    install(bus, "web", bundles[1][0])
    install(bus, "web", bundles[0][0])
    yield "web"
    bus.call(trial.path_of("web"), "Certificate", "Remove", "(a{sv})", ({},))


def state(bus, name):
    """All that a trial that came to nothing must leave as it was."""
    return {what: get(bus, name, what) for what in
            ("State", "Chain", "Fingerprint", "Origin", "HasPrevious", "Findings", "Subject",
             "SubjectAltNames", "Days", "Issuer", "Digest", "TrialDeadline", "Details", "Previous")}


def back_to(bus, name):
    """The fingerprint of what a rollback goes back to."""
    return get(bus, name, "Previous").get("fingerprint-sha256")


def show(bus, name, user="root"):
    return json.loads(bus.certctl("show", name, "--json", check=True, user=user).stdout)


def test_installed_and_confirmed(bus, web, bundles):  # R38, R39
    before = get(bus, web, "Generation")
    install(bus, web, bundles[2][0], trial=120)
    assert get(bus, web, "Fingerprint") == bundles[2][1]
    assert get(bus, web, "Generation") == before + 1
    assert abs(get(bus, web, "TrialDeadline") - time.time() - 120) < SLACK
    assert error_of(confirm, bus, web) == "NotProven"
    assert error_of(confirm, bus, web, tested=False) == "NotProven"
    assert error_of(confirm, bus, web, proven=True) == "InvalidOption"
    confirm(bus, web, tested=True)
    assert get(bus, web, "TrialDeadline") == 0
    assert get(bus, web, "Fingerprint") == bundles[2][1]
    assert error_of(confirm, bus, web, tested=True) == "Cancelled"
    rollback(bus, web)
    assert get(bus, web, "Fingerprint") == bundles[0][1]


def test_rolled_back(bus, web, bundles):  # R38, R39
    before = state(bus, web)
    assert back_to(bus, web) == bundles[1][1]
    install(bus, web, bundles[2][0], trial=LONGEST)
    assert get(bus, web, "HasPrevious") and back_to(bus, web) == bundles[0][1]
    said = bus.certctl("show", web, check=True).stdout
    assert re.search(r"^ *Previous one kept: +CN=.*, valid until ", said, re.MULTILINE), said
    assert re.search(r"^ *Key may be exported: +no$", said, re.MULTILINE), said  # R34
    rollback(bus, web)
    assert state(bus, web) == before
    assert error_of(confirm, bus, web, tested=True) == "Cancelled"
    rollback(bus, web)
    assert get(bus, web, "Fingerprint") == bundles[1][1]


@pytest.mark.parametrize("issuer", ["self", "internal"])
def test_issued_on_trial(bus, web, issuer):  # R38
    before = state(bus, web)
    path, = bus.call(trial.path_of(web), "Certificate", "CreateRequest", "(sa{sv})",
                     (issuer, {"trial": GLib.Variant("b", True)}))
    support.wait_until(lambda: bus.get(path, "Request", "State") == "issued", "it is issued")
    assert abs(get(bus, web, "TrialDeadline") - time.time() - USUAL) < SLACK
    assert get(bus, web, "Origin") == issuer
    rollback(bus, web)
    assert state(bus, web) == before


def test_reset_on_trial(bus):  # R38, R50
    bus.call(trial.path_of("https"), "Certificate", "Configure", "(a{sv})",
             ({"days": GLib.Variant("u", 77)},))
    before = state(bus, "https")
    reset(bus, "https", trial=60)
    assert get(bus, "https", "Days") == 397
    assert get(bus, "https", "Fingerprint") != before["Fingerprint"]
    rollback(bus, "https")
    assert state(bus, "https") == before
    bus.call(trial.path_of("https"), "Certificate", "Configure", "(a{sv})",
             ({"days": GLib.Variant("u", 397)},))


def test_imported_again(bus, web, authority):  # R32, R38: what was tried is not lost
    request = bus.certctl("request", web, "--subject", "CN=web.example.org", check=True).stdout
    chain = authority.chain(authority.sign(request)).encode()
    install(bus, web, chain, trial=60)
    tried = get(bus, web, "Fingerprint")
    rollback(bus, web)
    assert get(bus, web, "Fingerprint") != tried
    install(bus, web, chain, trial=60)
    assert get(bus, web, "Fingerprint") == tried
    confirm(bus, web, tested=True)


def test_one_at_a_time(bus, web, bundles):  # R38
    install(bus, web, bundles[2][0], trial=60)
    for what in (lambda: install(bus, web, bundles[1][0]),
                 lambda: install(bus, web, bundles[1][0], trial=60),
                 lambda: reset(bus, web, trial=60),
                 lambda: bus.call(trial.path_of(web), "Certificate", "CreateRequest", "(sa{sv})",
                                  ("internal", {})),
                 lambda: bus.call(trial.path_of(web), "Certificate", "CreateRequest", "(sa{sv})",
                                  ("self", {}))):
        assert error_of(what) == "OnTrial"
    assert get(bus, web, "Fingerprint") == bundles[2][1]
    # Others are on trial by themselves, and a reset for good is a way out.
    reset(bus, "https", trial=60)
    reset(bus, web)
    assert get(bus, web, "TrialDeadline") == 0
    assert get(bus, web, "Origin") == "default"
    rollback(bus, web)
    assert get(bus, web, "Fingerprint") == bundles[0][1]
    rollback(bus, "https")


@pytest.mark.parametrize("value, error", [
    (GLib.Variant("u", SHORTEST - 1), "InvalidOption"), (GLib.Variant("u", SHORTEST), None),
    (GLib.Variant("u", LONGEST), None), (GLib.Variant("u", LONGEST + 1), "InvalidOption"),
    (GLib.Variant("u", 0), "InvalidOption"), (GLib.Variant("i", -30), "InvalidOption"),
    (GLib.Variant("t", 2**32 + 60), "InvalidOption"), (GLib.Variant("x", 60), None),
    (GLib.Variant("s", "60"), "InvalidOption"), (GLib.Variant("d", 60.0), "InvalidOption"),
    (GLib.Variant("b", True), None)], ids=str)
def test_limits(bus, web, bundles, value, error):  # R38
    options = {"accept": GLib.Variant("as", ["san-mismatch"]), "trial": value}
    before = state(bus, web)
    assert error_of(bus.call, trial.path_of(web), "Certificate", "Import", "(aya{sv})",
                    (bundles[2][0], options)) == error
    if error is None:
        assert get(bus, web, "TrialDeadline") > time.time()
        rollback(bus, web)
    assert state(bus, web) == before


def test_not_for_requests_to_others(bus, web):  # R12, R38
    options = {"trial": GLib.Variant("u", 60)}
    assert error_of(bus.call, trial.path_of(web), "Certificate", "CreateRequest", "(sa{sv})",
                    ("external", options)) == "InvalidOption"
    assert get(bus, web, "Requests") == []


def test_false_is_for_good(bus, web, bundles):  # R38
    options = {"accept": GLib.Variant("as", ["san-mismatch"]), "trial": GLib.Variant("b", False)}
    bus.call(trial.path_of(web), "Certificate", "Import", "(aya{sv})", (bundles[2][0], options))
    assert get(bus, web, "TrialDeadline") == 0


def test_dry_run_tries_nothing(bus, web, bundles):  # R36, R38
    before = state(bus, web)
    options = {"accept": GLib.Variant("as", ["san-mismatch"]), "trial": GLib.Variant("u", 60),
               "dry-run": GLib.Variant("b", True)}
    bus.call(trial.path_of(web), "Certificate", "Import", "(aya{sv})", (bundles[2][0], options))
    assert state(bus, web) == before


def test_whose(bus, web, bundles):  # R38, R60
    """Administrators end every trial; others none, for they may not install."""
    install(bus, web, bundles[2][0], trial=60)
    for what in (lambda: confirm(bus, web, user=USER, tested=True),
                 lambda: rollback(bus, web, user=USER)):
        assert error_of(what) in ("AccessDenied", "InteractiveAuthorizationRequired")
    assert get(bus, web, "TrialDeadline", ) != 0
    confirm(bus, web, user=ADMIN, tested=True)


def test_signals(bus, web, bundles):  # R37, R38
    """Each change of what is in use is told after the commit, with the generation; a confirmation
    changes nothing but that the trial is over."""
    heard = []
    connection = bus.new_connection()

    def on_signal(_connection, _sender, path, _interface, signal, arguments):
        if signal == "CertificateChanged" and arguments.unpack()[0] == web:
            name, _, cause = arguments.unpack()
            heard.append((name, cause, get(bus, web, "Generation"), get(bus, web, "Fingerprint")))
        elif signal == "PropertiesChanged" and path == trial.path_of(web):
            changed = arguments.unpack()[1]
            if "TrialDeadline" in changed:
                heard.append(("deadline", changed["TrialDeadline"] != 0))
    support.subscribe(connection, support.NAME, None, None, None, None,
                      Gio.DBusSignalFlags.NONE, on_signal)
    connection.call_sync(support.NAME, support.MANAGER, "org.freedesktop.DBus.Peer", "Ping", None, None,
                         Gio.DBusCallFlags.NONE, -1, None)
    # A signal follows the answer: what was installed before is told by now, and is not meant here.
    generation = get(bus, web, "Generation")
    while GLib.MainContext.default().iteration(False):
        pass
    heard.clear()
    install(bus, web, bundles[2][0], trial=60)
    support.wait_until(lambda: len(heard) >= 2, "the installation is told")
    rollback(bus, web)
    support.wait_until(lambda: len(heard) >= 4, "the rollback is told")
    install(bus, web, bundles[2][0], trial=60)
    support.wait_until(lambda: len(heard) >= 6, "the installation is told")
    confirm(bus, web, tested=True)
    support.wait_until(lambda: len(heard) >= 7, "the confirmation is told")
    connection.close_sync(None)
    assert heard == [
        ("deadline", True), ("web", "import", generation + 1, bundles[2][1]),
        ("deadline", False), ("web", "rollback", generation + 2, bundles[0][1]),
        ("deadline", True), ("web", "import", generation + 3, bundles[2][1]),
        ("deadline", False)]


def test_certctl(bus, web, bundles, tmp_path):  # R38, R39
    file = tmp_path / "two.pem"
    file.write_bytes(bundles[2][0])
    done = bus.certctl("import", web, file, "--accept", "san-mismatch", "--trial", "90")
    assert done.returncode == 0, done.stderr
    assert "certctl confirm web --tested" in done.stderr
    assert "1 min" in done.stderr
    shown = bus.certctl("show", web, check=True).stdout
    assert "On trial:" in shown and "1 min" in shown
    status = bus.certctl("status", check=True).stdout
    assert "certctl confirm web --tested" in status
    assert show(bus, web)["TrialDeadline"] > time.time()
    listed = [line.split("\t") for line in bus.certctl("list", check=True).stdout.splitlines()]
    assert {row[0]: row[1] for row in listed} == {"https": "active", web: "active, on trial"}
    listed = json.loads(bus.certctl("status", "--json", check=True).stdout)["NeedAttention"]
    assert [row["TrialDeadline"] > 0 for row in listed if row["Name"] == web] == [True]
    done = bus.certctl("confirm", web)
    assert done.returncode == 23 and done.stderr.endswith(": certctl confirm web --tested\n")
    done = bus.certctl("import", web, file, "--accept", "san-mismatch")
    assert done.returncode == 25 and "on trial" in done.stderr
    done = bus.certctl("confirm", web, "--tested")
    assert done.returncode == 0 and "certctl rollback web" in done.stderr
    assert "On trial" not in bus.certctl("show", web, check=True).stdout
    for seconds, status in ((29, 2), (3601, 2), (-1, 2)):
        done = bus.certctl("import", web, file, "--accept", "san-mismatch", f"--trial={seconds}")
        assert done.returncode == status and "30 to 3600" in done.stderr
    for verb in (("issue", web), ("self-sign", web), ("reset", web, "--yes")):
        done = bus.certctl(*verb, "--trial", "60")
        assert done.returncode == 0, done.stderr
        assert "is on trial" in done.stderr
        done = bus.certctl("rollback", web)
        assert done.returncode == 0, done.stderr
    assert get(bus, web, "Fingerprint") == bundles[2][1]


def test_certctl_nothing_before(bus, bundles):  # R38
    """The end of a trial in an empty place tells of no certificate."""
    trial.create(bus, "bare")
    install(bus, "bare", bundles[0][0], trial=60)
    done = bus.certctl("rollback", "bare")
    assert done.returncode == 0
    assert done.stderr == "The trial is over; nothing was there before\nbare is empty\n"
    bus.call(trial.path_of("bare"), "Certificate", "Remove", "(a{sv})", ({},))


def test_removed_meanwhile(bus, bundles):  # R38
    trial.create(bus, "gone")
    install(bus, "gone", bundles[0][0], trial=60)
    bus.call(trial.path_of("gone"), "Certificate", "Remove", "(a{sv})", ({},))
    trial.create(bus, "gone")
    assert get(bus, "gone", "TrialDeadline") == 0
    bus.call(trial.path_of("gone"), "Certificate", "Remove", "(a{sv})", ({},))


def test_nothing_is_renewed_meanwhile(bus, settled):  # R24, R38
    """Another host name has what is in use issued again once the trial is over."""
    names = served.names(bus)
    reset(bus, "https", trial=60)
    tried = get(bus, "https", "Fingerprint")
    device.set_host_name("elsewhere.example.org")
    assert not support.wait_until(
        lambda: "elsewhere.example.org" in bus.get(served.AUTHORITY, "Authority", "PermittedNames")
        or device.host_names(), "the name is seen")
    assert get(bus, "https", "Fingerprint") == tried
    rollback(bus, "https")
    served.settle(bus, "the certificate for the new name")
    assert served.names(bus) != names
