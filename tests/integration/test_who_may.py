# SPDX-License-Identifier: LGPL-2.1-or-later
"""Who may what: every method and property, for root, an administrator, another user, and with polkit
gone. A method without a row fails."""

import os
import pathlib
import signal
import subprocess

import matrix
import polkit
import pytest
import support
from gi.repository import Gio, GLib

USERS = ("root", support.ADMIN, support.USER)
ROWS = matrix.rows()
ROW_IDS = [f"{row[0]}.{row[1]}-{row[4]}" for row in ROWS]


@pytest.fixture(scope="module", autouse=True)
def request_at_rest(bus):
    matrix.make_request(bus)


def test_every_method_has_a_row():  # R60
    assert set(matrix.contract("method")) == set(matrix.CALLS)


@pytest.mark.parametrize("row", ROWS, ids=ROW_IDS)
@pytest.mark.parametrize("user", USERS)
def test_method(bus, user, row):  # R60
    action, allowed = row[4], row[5]
    expected = allowed
    if user == support.USER and action not in matrix.FREE:
        expected = "InteractiveAuthorizationRequired"
    assert matrix.outcome(bus, user, row) == expected


@pytest.mark.parametrize("interface, name", matrix.contract("property"))
@pytest.mark.parametrize("user", USERS)
def test_property(bus, user, interface, name):  # R60
    assert matrix.read_property(bus, user, interface, name) is None


@pytest.mark.parametrize("user", USERS)
def test_signals(bus, user):  # R41 R60
    """Each of them is everybody's to hear, as what it tells of is everybody's to read. Only the one
    that time sends is not waited for."""
    heard = set()
    connection = bus.new_connection(user)
    support.subscribe(
        connection, support.NAME, "org.certd1.Manager", None, support.MANAGER, None, Gio.DBusSignalFlags.NONE,
        lambda *arguments: heard.add(arguments[4]))
    path, = bus.call(support.MANAGER, "Manager", "CreateCertificate", "(sa{sv})", ("heard", {}))
    bus.call(path, "Certificate", "CreateRequest", "(sa{sv})", ("self", {}))
    support.wait_until(lambda: {"CertificateChanged", "RequestFinished"} <= heard, "it is issued")
    bus.call(path, "Certificate", "Remove", "(a{sv})", ({},))
    expected = {name for interface, name in matrix.contract("signal") if interface == "Manager"}
    expected.discard("CertificateExpiring")
    support.wait_until(lambda: heard == expected, f"the signals {expected}")
    connection.close_sync(None)


@pytest.fixture
def rules(bus):
    """rules(body) makes body polkit's for the test."""
    yield lambda body: polkit.set_rule(bus, body)
    polkit.clear_rules(bus)


ACTIONS = sorted({row[4] for row in ROWS} - {"read"})


@pytest.mark.parametrize("action", ACTIONS)
def test_one_action_on_one_certificate(bus, rules, action):  # R60
    """What is asked for, and about which certificate, is what polkit's rules decide by."""
    rules(polkit.allow(action))
    for row in ROWS:
        # A new name is no certificate yet: the name that is asked for is the detail there too.
        about_https = (row[0] not in ("Authority", "TrustStore", "Https", "Log")
                       and row[1] not in ("CreateCertificate", "FactoryReset"))
        may = row[4] in matrix.FREE or (row[4] == action and about_https)
        got = matrix.outcome(bus, support.USER, row)
        assert got == (row[5] if may else "InteractiveAuthorizationRequired"), row[:2]


def test_the_detail_of_a_new_name(bus, rules):  # R60
    """CreateCertificate is about the name that it is to have."""
    row = next(row for row in ROWS if row[1] == "CreateCertificate")
    for certificate, expected in (("new", row[5]), ("newer", "InteractiveAuthorizationRequired")):
        rules(polkit.allow("configure", certificate=certificate))
        assert matrix.outcome(bus, support.USER, row) == expected


def test_reading_can_be_forbidden(bus, rules):  # R60
    rules(f'if (subject.user == "{support.USER}") return polkit.Result.NO;')
    assert matrix.read_property(bus, support.USER, "Certificate", "Chain") == "AccessDenied"
    row = ("Manager", "GetCertificate", "(s)", ("https",), "read", None)
    assert matrix.outcome(bus, support.USER, row) == "AccessDenied"
    assert matrix.outcome(bus, "root", row) is None


def make_bundle(folder):
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes",
         "-keyout", "k.pem", "-out", "c.pem", "-days", "90", "-subj", "/CN=a.example.org",
         "-addext", "subjectAltName=DNS:a.example.org", "-addext", "basicConstraints=CA:FALSE"],
        cwd=folder, check=True, capture_output=True)
    return (folder / "c.pem").read_bytes() + (folder / "k.pem").read_bytes()


def test_a_key_needs_its_own_action(bus, rules, tmp_path):  # R34 R60
    data = make_bundle(tmp_path)
    options = {"accept": GLib.Variant("as", ["san-mismatch"])}
    row = ("Certificate", "Import", "(aya{sv})", (data, options), "install", None)
    rules(polkit.allow("install"))
    assert matrix.outcome(bus, support.USER, row) == "InteractiveAuthorizationRequired"
    rules(polkit.allow("import-key"))
    assert matrix.outcome(bus, support.USER, row) == "InteractiveAuthorizationRequired"
    rules(polkit.allow("install", "import-key"))
    assert matrix.outcome(bus, support.USER, row) is None
    bus.call(matrix.CERTIFICATE, "Certificate", "Reset", "(a{sv})", ({},))


def test_limits_of_a_user(bus, rules):  # R11
    """8 open requests, and 4 calls that wait, for who is no administrator."""
    rules(polkit.allow("request"))
    made = []
    row = ("Certificate", "CreateRequest", "(sa{sv})", ("external", {}), "request", None)
    for _ in range(8):
        assert matrix.outcome(bus, support.USER, row) is None
    assert matrix.outcome(bus, support.USER, row) == "LimitExceeded"
    assert matrix.outcome(bus, support.ADMIN, row) is None
    for identifier, path, _ in bus.call(support.MANAGER, "Manager", "ListRequests", "(a{sv}su)",
                                        ({}, "", 1000))[0]:
        state = bus.get(path, "Request", "State")
        if state in ("queued", "generating", "ready"):
            bus.call(path, "Request", "Cancel")
            made.append(identifier)
    assert len(made) == 9


def test_calls_that_wait(bus):
    """polkit is stopped: the fifth call of a user is refused at once, the others are answered."""
    polkitd = polkit.pid(bus)
    connection = bus.new_connection(support.USER)
    errors = []

    def on_answer(source, result):
        try:
            source.call_finish(result)
            errors.append(None)
        except GLib.Error as error:
            errors.append(support.remote_error(error).rpartition(".")[2])

    os.kill(polkitd, signal.SIGSTOP)
    try:
        for _ in range(5):
            connection.call(support.NAME, support.MANAGER, "org.certd1.Manager", "GetCertificate",
                            GLib.Variant("(s)", ("https",)), None, 0, support.CALL_TIMEOUT_MSEC,
                            None, on_answer)
        support.wait_until(lambda: errors, "the fifth call's answer")
        assert errors == ["LimitExceeded"]
        # Others are not held up by it.
        assert matrix.outcome(bus, "root", ("Manager", "GetCertificate", "(s)", ("https",), "", None)
                              ) is None
    finally:
        os.kill(polkitd, signal.SIGCONT)
    support.wait_until(lambda: len(errors) == 5, "the others' answers")
    assert errors[1:] == [None] * 4
    connection.close_sync(None)


def test_a_caller_that_has_gone(bus, rules):
    """Who leaves while polkit is asked gets nothing done."""
    polkitd = polkit.pid(bus)
    rules(polkit.allow("configure"))
    connection = bus.new_connection(support.USER)
    os.kill(polkitd, signal.SIGSTOP)
    try:
        connection.call(support.NAME, matrix.CERTIFICATE, "org.certd1.Certificate",
                        "AddSubjectAltName", GLib.Variant("(ss)", ("DNS", "gone.example.org")), None,
                        Gio.DBusCallFlags.NONE, -1, None, None)
        connection.flush_sync(None)
        name = connection.get_unique_name()
        connection.close_sync(None)
        support.wait_until(lambda: not bus.connection().call_sync(
            "org.freedesktop.DBus", "/org/freedesktop/DBus", "org.freedesktop.DBus", "NameHasOwner",
            GLib.Variant("(s)", (name,)), None, 0, -1, None).unpack()[0], "the bus has seen it go")
    finally:
        os.kill(polkitd, signal.SIGCONT)
    # polkit works through its questions in their order: this one is asked behind the other.
    other = bus.new_connection(support.USER)
    other.call_sync(support.NAME, support.MANAGER, "org.certd1.Manager", "GetCertificate",
                    GLib.Variant("(s)", ("https",)), None, 0, support.CALL_TIMEOUT_MSEC, None)
    other.close_sync(None)
    assert bus.get(matrix.CERTIFICATE, "Certificate", "SubjectAltNames") == []


def test_without_polkit():  # R60
    """The same table on a bus without polkit: only root passes."""
    here = pathlib.Path(__file__).resolve().parent
    done = subprocess.run(
        [here.parent / "private-bus", "--build", os.environ["CERTD_BUILD"], "--no-polkit", "--",
         "/usr/bin/python3", here / "without_polkit.py"],
        capture_output=True, text=True, check=False, stdin=subprocess.DEVNULL)
    assert done.returncode == 0, done.stdout + done.stderr
    calls = 3 * (len(ROWS) + len(matrix.contract("property")))
    assert done.stdout.split() == [str(calls), "checked"]
