# SPDX-License-Identifier: LGPL-2.1-or-later
"""requesters.d: users ask for certificates of their own, with the real polkit. Units are told by the
service manager, which only the booted system has: see tests/system."""

import os
import pathlib
import subprocess

import logged
import polkit
import pytest
import requesters
import support
from gi.repository import Gio, GLib
from requesters import ask

REFUSED = "InteractiveAuthorizationRequired"
LIMIT = 64  # CERTD_LIMIT_REQUESTER_CERTIFICATES
OPEN = 8  # CERTD_LIMIT_USER_OPEN_REQUESTS


@pytest.fixture
def listed(bus, certd):
    requesters.begin(bus, certd)
    yield
    for name in requesters.names(bus):
        if name.startswith("mqtt"):
            bus.call(path_of(name), "Certificate", "Remove", "(a{sv})", ({},))
    requesters.end(bus, certd)


def path_of(name):
    """As sd_bus_path_encode() writes a name."""
    coded = "".join(c if c.isalnum() else f"_{ord(c):02x}" for c in name)
    if coded[0].isdigit():
        coded = f"_{ord(coded[0]):02x}{coded[1:]}"
    return f"{support.MANAGER}/certificate/{coded}"


def issued(bus, name):
    support.wait_until(lambda: bus.get(path_of(name), "Certificate", "Chain"), f"{name} is issued")
    return bus.get(path_of(name), "Certificate", "Chain")


def open_credential(bus, name, part, user):
    """What the descriptor holds."""
    reply, handles = bus.connection(user).call_with_unix_fd_list_sync(
        support.NAME, path_of(name), "org.certd1.Certificate", "OpenCredential",
        GLib.Variant("(s)", (part,)), None, Gio.DBusCallFlags.NONE, support.CALL_TIMEOUT_MSEC, None,
        None)
    with os.fdopen(handles.get(reply.unpack()[0]), "rb") as file:
        return os.pread(file.fileno(), 1 << 20, 0)


def test_its_own(bus, listed, tmp_path):  # R60
    """Who is listed gets it issued at once, is its consumer, and takes key and chain that fit."""
    heard = []
    connection = bus.new_connection(support.USER)
    support.subscribe(
        connection, support.NAME, "org.certd1.Manager", "CertificateChanged", support.MANAGER, None,
        Gio.DBusSignalFlags.NONE, lambda *arguments: heard.append(arguments[5].unpack()))
    assert ask(bus, "mqtt", sans=["DNS:mqtt.local", "IP:192.168.2.7"]) is None
    support.wait_until(lambda: heard, "CertificateChanged")
    connection.close_sync(None)
    assert [(row[0], row[2]) for row in heard] == [("mqtt", "requester")]
    assert bus.get(path_of("mqtt"), "Certificate", "Consumers") == [("user", support.USER, "none")]
    assert bus.get(path_of("mqtt"), "Certificate", "Issuer") == "internal"
    key = open_credential(bus, "mqtt", "key", support.USER)
    chain = open_credential(bus, "mqtt", "fullchain", support.USER)
    (tmp_path / "chain.pem").write_bytes(chain)
    of_leaf = subprocess.run(["openssl", "x509", "-in", tmp_path / "chain.pem", "-noout", "-pubkey"],
                             check=True, capture_output=True).stdout
    of_key = subprocess.run(["openssl", "pkey", "-pubout"], input=key, check=True,
                            capture_output=True).stdout
    assert of_key == of_leaf


def test_the_log_tells_who(bus, listed):  # R60
    assert ask(bus, "mqtt-log", sans=["DNS:mqtt.local"]) is None
    uid = int(bus.run("id", "-u", support.USER).stdout)
    made, = (row for row in logged.rows(bus, object="certificate/mqtt-log") if row["action"] == "create")
    assert (made["uid"], made["outcome"]) == (uid, "ok")
    assert made["detail"] == f"requester user:{support.USER}"


def test_following_the_device(bus, listed):  # R24
    """Without names it has the device's, for the list has the word."""
    assert ask(bus, "mqtt-device") is None
    issued(bus, "mqtt-device")
    assert bus.get(path_of("mqtt-device"), "Certificate", "Details")["subject-alt-names"]


PERMITTED = [
    ("exact", ["DNS:mqtt.local"]),
    ("label", ["DNS:a.lab.local"]),
    ("wildcard", ["DNS:*.lab.local"]),
    ("first-address", ["IP:192.168.2.0"]),
    ("last-address", ["IP:192.168.2.255"]),
]


@pytest.mark.parametrize("row, sans", PERMITTED, ids=[row[0] for row in PERMITTED])
def test_permitted(bus, listed, row, sans):  # R60
    assert ask(bus, f"mqtt-{row}", sans=sans) is None
    assert "BEGIN CERTIFICATE" in issued(bus, f"mqtt-{row}")


TEXT = {"subject": GLib.Variant("s", "CN=web.local")}
OTHER = [
    ("other-certificate", "web", ["DNS:mqtt.local"], {}),
    ("longer-certificate", "mqttd", ["DNS:mqtt.local"], {}),
    ("other-name", "mqtt", ["DNS:web.local"], {}),
    ("one-other-name", "mqtt", ["DNS:mqtt.local", "DNS:web.local"], {}),
    ("two-labels", "mqtt", ["DNS:a.b.lab.local"], {}),
    ("domain", "mqtt", ["DNS:lab.local"], {}),
    ("wildcard-above", "mqtt", ["DNS:*.a.lab.local"], {}),
    ("address-below", "mqtt", ["IP:192.168.1.255"], {}),
    ("address-beyond", "mqtt", ["IP:192.168.3.0"], {}),
    ("mail", "mqtt", ["email:root@mqtt.local"], {}),
    ("common-name", "mqtt", ["DNS:mqtt.local"], TEXT),
    ("self-signed", "mqtt", ["DNS:mqtt.local"], {"issuer": GLib.Variant("s", "self")}),
    ("outside", "mqtt", ["DNS:mqtt.local"], {"issuer": GLib.Variant("s", "external")}),
    ("reuse-key", "mqtt", ["DNS:mqtt.local"], {"reuse-key": GLib.Variant("b", True)}),
    ("unknown-key", "mqtt", ["DNS:mqtt.local"], {"port": GLib.Variant("u", 1)}),
]


@pytest.mark.parametrize("row", OTHER, ids=[row[0] for row in OTHER])
def test_beyond_the_list(bus, listed, row):  # R60
    """polkit's usual way: another user is asked for an administrator's password."""
    before = requesters.names(bus)
    assert ask(bus, row[1], sans=row[2], **row[3]) == REFUSED
    assert requesters.names(bus) == before


def test_others(bus, listed):  # R60
    """The list is of one user. An administrator may as before, and is no consumer then."""
    assert ask(bus, "mqtt", "nobody", ["DNS:mqtt.local"]) == REFUSED
    assert ask(bus, "mqtt", support.ADMIN, ["DNS:mqtt.local"]) is None
    assert bus.get(path_of("mqtt"), "Certificate", "Consumers") == []


def refused(bus, method, signature, arguments, name="mqtt"):
    with pytest.raises(GLib.Error) as failure:
        bus.call(path_of(name), "Certificate", method, signature, arguments, support.USER)
    return support.remote_error(failure.value).rpartition(".")[2]


def test_no_more_than_asking(bus, listed):  # R60
    """What is there is nobody's to take, and one's own is not to be changed."""
    assert ask(bus, "mqtt", sans=["DNS:mqtt.local"]) is None
    assert ask(bus, "mqtt", sans=["DNS:mqtt.local"]) == "Exists"
    assert refused(bus, "Configure", "(a{sv})", ({"days": GLib.Variant("u", 7)},)) == REFUSED
    assert refused(bus, "AddSubjectAltName", "(ss)", ("DNS", "a.lab.local")) == REFUSED
    assert refused(bus, "Remove", "(a{sv})", ({},)) == REFUSED
    assert refused(bus, "SetConsumers", "(a(sss))", ([],)) == REFUSED
    assert refused(bus, "CreateRequest", "(sa{sv})", ("internal", {})) == REFUSED


def test_an_administrators_certificate_stays(bus, listed):  # R60
    assert ask(bus, "mqtt-probe", sans=["DNS:mqtt.local"]) == "Exists"
    assert bus.get(path_of("mqtt-probe"), "Certificate", "Consumers") == []
    with pytest.raises(GLib.Error) as failure:
        open_credential(bus, "mqtt-probe", "key", support.USER)
    assert support.remote_error(failure.value).rpartition(".")[2] == "AccessDenied"


def test_too_many(bus, listed):  # R60
    for number in range(LIMIT):
        assert ask(bus, f"mqtt-{number}", sans=["DNS:mqtt.local"]) is None
        issued(bus, f"mqtt-{number}")
    assert ask(bus, "mqtt-beyond", sans=["DNS:mqtt.local"]) == "LimitExceeded"
    assert "mqtt-beyond" not in requesters.names(bus)
    bus.call(path_of("mqtt-7"), "Certificate", "Remove", "(a{sv})", ({},))
    assert ask(bus, "mqtt-beyond", sans=["DNS:mqtt.local"]) is None


def test_too_much_at_a_time(bus, listed):  # R60
    """A requester has as few requests open, and keys in the making, as any user."""
    asked = [f"mqtt-{number}" for number in range(OPEN)]
    for name in asked:
        assert ask(bus, name, sans=["DNS:mqtt.local"],
                   **{"key-type": GLib.Variant("s", "rsa:8192")}) is None
    assert ask(bus, "mqtt-beyond", sans=["DNS:mqtt.local"]) == "LimitExceeded"
    assert "mqtt-beyond" not in requesters.names(bus)
    uid = int(bus.run("id", "-u", support.USER).stdout)
    rows = bus.call(support.MANAGER, "Manager", "ListRequests", "(a{sv}su)", ({}, "", 1000))[0]
    states = [row[2]["State"] for row in rows if row[2]["Certificate"] in asked]
    assert states.count("generating") <= 1 and len(states) == OPEN
    made = [row for row in logged.rows(bus) if row["action"] == "request" and row["detail"] in asked]
    assert {row["uid"] for row in made[-OPEN:]} == {uid}


def test_a_list_taken_away(bus, certd, listed):  # R60
    """Nobody is a requester then; what was issued stays its consumer's."""
    assert ask(bus, "mqtt", sans=["DNS:mqtt.local"]) is None
    issued(bus, "mqtt")
    requesters.end(bus, certd)
    assert ask(bus, "mqtt-later", sans=["DNS:mqtt.local"]) == REFUSED
    assert b"PRIVATE KEY" in open_credential(bus, "mqtt", "key", support.USER)


def test_a_list_taken_away_meanwhile(bus, certd, listed):  # R60
    """polkit said yes to a requester, who is none any more when the call is put back."""
    hold = polkit.Hold(bus, "request-own")
    errors = []

    def on_answer(source, result):
        try:
            source.call_finish(result)
            errors.append(None)
        except GLib.Error as error:
            errors.append(support.remote_error(error).rpartition(".")[2])

    options = {"issuer": GLib.Variant("s", "internal"),
               "subject-alt-names": GLib.Variant("as", ["DNS:mqtt.local"])}
    connection = bus.new_connection(support.USER)
    try:
        connection.call(support.NAME, support.MANAGER, "org.certd1.Manager", "CreateCertificate",
                        GLib.Variant("(sa{sv})", ("mqtt", options)), None, 0,
                        support.CALL_TIMEOUT_MSEC, None, on_answer)
        connection.flush_sync(None)
        hold.wait()
        requesters.LIST.write_text("[requester]\nuser=nobody\n", encoding="utf-8")
        requesters.reload(certd)
        support.wait_until(lambda: requesters.problem(bus), "certd has read the lists again")
    finally:
        hold.release()
    support.wait_until(lambda: errors, "the answer")
    hold.close()
    polkit.clear_rules(bus)
    connection.close_sync(None)
    assert errors == [REFUSED]
    assert "mqtt" not in requesters.names(bus)


def test_polkit_may_say_no(bus, listed):  # R60
    polkit.set_rule(bus, 'if (action.id == "org.certd1.request-own") return polkit.Result.NO;')
    try:
        assert ask(bus, "mqtt", sans=["DNS:mqtt.local"]) == "AccessDenied"
    finally:
        polkit.clear_rules(bus)


INVALID = [
    ("unknown-key", "[requester]\nuser=nobody\nport=1\n", "line 3", "port"),
    ("unknown-group", "[requester]\n[more]\n", "line 2", "[more]"),
    ("twice", "[requester]\nuser=nobody\nuser=nobody\n", "line 3", "user"),
    ("bad-name", "[requester]\nuser=nobody\ncertificates=a\nnames=DNS:*\n", "line 4", "*"),
    ("both", "[requester]\nuser=nobody\nunit=a.service\n", "line 2", "second"),
    ("neither", "# none\n[requester]\ncertificates=a\nnames=device\n", "line 2", "unit or user"),
]


@pytest.mark.parametrize("row", INVALID, ids=[row[0] for row in INVALID])
def test_a_file_with_an_error(bus, certd, listed, row):
    """It is a problem that names it, the others count, and mending it is enough."""
    wrong = requesters.FOLDER / "a-wrong.conf"
    requesters.write(row[1], wrong)
    requesters.reload(certd)
    support.wait_until(lambda: requesters.problem(bus), "the problem")
    said = requesters.problem(bus)
    assert said.startswith(f"{wrong}, {row[2]}: ") and row[3] in said, said
    assert requesters.probe(bus) == "Exists"
    wrong.unlink()
    requesters.reload(certd)
    support.wait_until(lambda: requesters.problem(bus) is None, "the problem's end")


def test_a_broken_certd_conf(bus, certd, listed):
    """It keeps no list from being read: whoever is in none any more has no right left."""
    conf = requesters.FOLDER.with_name("certd.conf")
    before = conf.read_text(encoding="utf-8") if conf.exists() else None
    conf.write_text("[certd]\npolicies=default\n", encoding="utf-8")
    try:
        requesters.end(bus, certd)
        requesters.begin(bus, certd)
    finally:
        if before is None:
            conf.unlink()
        else:
            conf.write_text(before, encoding="utf-8")
        requesters.reload(certd)


@pytest.mark.parametrize("mode, owner", [(0o664, "root"), (0o646, "root"), (0o644, "nobody")])
def test_a_file_that_others_may_write(bus, certd, listed, mode, owner):
    requesters.LIST.chmod(mode)
    subprocess.run(["chown", owner, requesters.LIST], check=True)
    requesters.reload(certd)
    support.wait_until(lambda: requesters.problem(bus), "the problem")
    assert str(requesters.LIST) in requesters.problem(bus)
    assert requesters.probe(bus) == REFUSED


def test_a_start_with_a_wrong_file(bus, certd, listed):
    """certd starts, and knows whom the other files list."""
    requesters.write("user=nobody\n", requesters.FOLDER / "wrong.conf")
    certd.restart(clean=True)
    support.wait_until(lambda: requesters.problem(bus), "the problem")
    assert requesters.probe(bus) == "Exists"
    assert pathlib.Path(f"/proc/{certd.pid}").exists()
