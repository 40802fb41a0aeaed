# SPDX-License-Identifier: LGPL-2.1-or-later
"""certd-session: who gets in by PAM's word, what it is then, and what it carries."""

import os
import pathlib
import pwd
import re
import signal
import socket
import subprocess
import time

import pytest
from gi.repository import Gio, GLib

import support
import web_session
from web_session import DRIVER, HTTPS, MANAGER, Attempt, account, packet, signed_in

ACCESS_DENIED = "org.freedesktop.DBus.Error.AccessDenied"
PROPERTIES = "org.freedesktop.DBus.Properties"
CERTIFICATE = "org.certd1.Certificate"
WRONG = "not-the-password"
MEMORY_BYTES = 32 << 20  # CERTD_LIMIT_SESSION_MEMORY_BYTES
SANITIZED = os.environ.get("CERTD_TEST_SANITIZED") == "1"  # its memory is a sanitizer's: not limited


def attempt(data):
    """The word, and what was logged."""
    made = Attempt()
    try:
        word, descriptors = made.ask(data)
        assert not descriptors
        status, said = made.wait()
        assert status == 0
        return word, said
    finally:
        made.close()


WORDS = {
    "wrong": ("READER", WRONG, "refused"),
    "expired": ("EXPIRED", None, "account-expired"),
    "stale": ("STALE", None, "password-expired"),
    "expired-wrong": ("EXPIRED", WRONG, "refused"),
    "stale-wrong": ("STALE", WRONG, "refused"),
    "longest-password": ("READER", "p" * 511, "refused"),
}


@pytest.mark.parametrize("row", WORDS)
def test_word(row):
    name, given, expected = WORDS[row]
    user, password = account(name)
    word, said = attempt(packet(user, given or password))
    assert word == expected
    assert f'"{user}" from 192.0.2.7: {expected}' in said
    assert password not in said and WRONG not in said


def test_unknown_user_is_not_named():
    """It may be the password, in the wrong field."""
    word, said = attempt(packet("hunter-2", WRONG))
    assert word == "refused"
    assert "unknown user" in said and "hunter-2" not in said


def test_root_is_refused():
    """Whatever its password, and PAM is not asked."""
    word, said = attempt(packet("root", WRONG))
    assert word == "refused" and "root does not sign in here" in said


USER = "certd-web-reader"
MALFORMED = {
    "empty": b"\0",
    "no-address": f"{USER}\0{WRONG}".encode(),
    "bad-address": packet(USER, WRONG, "example.org"),
    "a-part-more": packet(USER, WRONG) + b"\0",
    "no-password": packet(USER, ""),
    "long-name": packet("u" * 256, WRONG),
    "long-password": packet(USER, "p" * 512),
    "control": packet("a\nb", WRONG),
    "not-utf8": b"\xff\0" + WRONG.encode() + b"\0192.0.2.7",
    "far-too-long": b"a" * 20000,
}


@pytest.mark.parametrize("row", MALFORMED)
def test_malformed(row):
    word, said = attempt(MALFORMED[row])
    assert word == "refused" and "is no sign-in" in said


def test_packet_that_does_not_come():
    """CERTD_LIMIT_SESSION_PACKET_SECONDS"""
    made = Attempt()
    begin = time.monotonic()
    assert made.answer() == ("refused", []) and made.wait()[0] == 0
    assert 9.5 < time.monotonic() - begin < 30
    made.close()


def test_what_takes_too_long():
    """CERTD_LIMIT_SIGN_IN_SECONDS: what a hanging module is ended with, sent by hand."""
    made = Attempt()
    status = pathlib.Path(f"/proc/{made.process.pid}/status")

    def catches_alarm():
        caught = re.search(r"^SigCgt:\s(\w+)$", status.read_text(encoding="ascii"), re.MULTILINE)[1]
        return int(caught, 16) & 1 << (signal.SIGALRM - 1)

    support.wait_until(catches_alarm, "the alarm's handler")
    made.process.send_signal(signal.SIGALRM)
    assert made.answer() == ("unavailable", []) and made.wait()[0] == 1
    made.close()


def test_without_packet():
    """Who connects and goes leaves nothing behind."""
    made = Attempt()
    made.socket.shutdown(1)
    assert made.answer()[0] == "refused"
    made.close()


def test_only_as_it_is_meant():
    program = web_session.program()
    for command, given in (([program, "--help"], subprocess.PIPE), ([program], subprocess.DEVNULL)):
        done = subprocess.run(command, stdin=given, capture_output=True, text=True, check=False)
        assert done.returncode == 1 and "started by certd-session.socket alone" in done.stderr


@pytest.fixture(scope="module")
def admin():
    with signed_in("USER") as session:
        yield session


@pytest.fixture(scope="module")
def reader():
    with signed_in("READER") as session:
        yield session


def test_process_is_the_user(admin):  # R60
    entry = pwd.getpwnam(account("USER")[0])
    assert set(admin.status("Uid")) == {str(entry.pw_uid)}
    assert set(admin.status("Gid")) == {str(entry.pw_gid)}
    groups = os.getgrouplist(entry.pw_name, entry.pw_gid)
    assert set(map(int, admin.status("Groups"))) == set(groups)
    for field in ("CapInh", "CapPrm", "CapEff", "CapBnd", "CapAmb"):
        assert int(admin.status(field)[0], 16) == 0
    assert admin.status("NoNewPrivs") == ["1"]
    proc = pathlib.Path(f"/proc/{admin.pid}")
    assert proc.joinpath("environ").stat().st_uid == 0  # it can't be dumped: the files are root's
    assert os.readlink(proc / "cwd") == "/"
    limits = proc.joinpath("limits").read_text(encoding="ascii")
    wanted = {"core file size": 0, "processes": 0, "file size": 0, "data size": MEMORY_BYTES}
    if SANITIZED:
        del wanted["data size"]
    for name, value in wanted.items():
        assert re.search(rf"^Max {name}\s+{value}\s+{value}\s", limits, re.MULTILINE)
    kinds = [os.readlink(link) for link in proc.joinpath("fd").iterdir()]
    sockets = [kind for kind in kinds if kind.startswith("socket:")]
    assert len(sockets) == 2, kinds  # the bus and the peer


def test_nobody_traces_it(reader):
    """Not even the user whose it is."""
    done = subprocess.run(
        ["setpriv", f"--reuid={account('READER')[0]}", "--clear-groups", "--", "cat",
         f"/proc/{reader.pid}/maps"], capture_output=True, text=True, check=False)
    assert done.returncode != 0 and done.stdout == ""


def test_properties_and_descriptors(reader):
    (properties,), _ = reader.call(HTTPS, PROPERTIES, "GetAll", GLib.Variant("(s)", (CERTIFICATE,)))
    assert properties["Name"] == "https"
    (index,), fds = reader.call(HTTPS, CERTIFICATE, "Export", GLib.Variant("(sa{sv})", ("pem", {})))
    with os.fdopen(fds.get(index), "rb") as exported:
        assert exported.read().decode() == properties["Chain"]


def test_descriptors_to_certd(reader):
    with open("/etc/hostname", "rb") as given:
        fds = Gio.UnixFDList.new_from_array([os.dup(given.fileno())])
        name, _ = reader.refused(MANAGER, "org.certd1.Manager", "InspectFd",
                                 GLib.Variant("(ha{sv})", (0, {})), descriptors=fds)
    assert name in ("org.certd1.Error.UnsupportedFormat", "org.certd1.Error.Malformed")


def test_rights_are_the_users(admin, reader):  # R60
    settings = GLib.Variant("(a{sv})", ({"days": GLib.Variant("u", 90)},))
    name, _ = reader.refused(HTTPS, CERTIFICATE, "Configure", settings)
    assert name in (ACCESS_DENIED, "org.freedesktop.DBus.Error.InteractiveAuthorizationRequired")
    admin.call(HTTPS, CERTIFICATE, "Configure", settings)


def test_hears_certd_alone(bus, reader):
    heard = []
    reader.bus.signal_subscribe(None, None, None, None, None, Gio.DBusSignalFlags.NONE,
                                lambda *signal: heard.append(signal[2:5]))
    # Anybody may send the session's connection a signal; which is the user's, the bus says.
    forger = bus.connection(support.USER)
    for name in forger.call_sync(DRIVER, "/org/freedesktop/DBus", DRIVER, "ListNames", None, None,
                                 Gio.DBusCallFlags.NONE, -1, None).unpack()[0]:
        if name.startswith(":"):
            forger.emit_signal(name, MANAGER, "org.certd1.Manager", "CertificateRemoved",
                               GLib.Variant("(so)", ("https", HTTPS)))
    forger.flush_sync(None)
    bus.certctl("create", "heard", check=True)
    wanted = (MANAGER, "org.certd1.Manager", "CertificateAdded")
    context = GLib.MainContext.default()
    late = []
    source = GLib.timeout_add_seconds(web_session.DEADLINE_SECONDS, lambda: late.append(True))
    while wanted not in heard and not late:
        context.iteration(True)
    GLib.source_remove(source)
    assert wanted in heard
    assert not [signal for signal in heard if signal[2] == "CertificateRemoved"]


# What is none of certd's, or not for the web.
REFUSED = {
    "open-credential": (HTTPS, CERTIFICATE, "OpenCredential", GLib.Variant("(s)", ("fullchain",))),
    "report-proof": ("/org/certd1/https", "org.certd1.Https", "ReportProof",
                     GLib.Variant("(tb)", (1, False))),
    "report-exchange": ("/org/certd1/https", "org.certd1.Https", "ReportExchange",
                        GLib.Variant("(tsb)", (1, "standard", False))),
    "report-problem": ("/org/certd1/https", "org.certd1.Https", "ReportProblem",
                       GLib.Variant("(s)", ("",))),
    "set-property": (HTTPS, PROPERTIES, "Set",
                     GLib.Variant("(ssv)", (CERTIFICATE, "Days", GLib.Variant("u", 1)))),
    "introspect": (MANAGER, "org.freedesktop.DBus.Introspectable", "Introspect", None),
    "machine-id": (MANAGER, "org.freedesktop.DBus.Peer", "GetMachineId", None),
    "unknown": (MANAGER, "org.certd1.Manager", "Unknown", None),
    "worker": ("/org/certd1/worker", "org.certd1.Worker", "OpenKey", None),
    "other-path": ("/org/freedesktop/systemd1", PROPERTIES, "GetAll", GLib.Variant("(s)", ("x",))),
    "path-beside": ("/org/certd10", PROPERTIES, "GetAll", GLib.Variant("(s)", ("x",))),
}


@pytest.mark.parametrize("row", REFUSED)
def test_refused(admin, row):
    name, text = admin.refused(*REFUSED[row])
    assert name == ACCESS_DENIED and "carries only calls of the service org.certd1" in text


def test_other_destinations(admin):
    for destination in (DRIVER, "org.freedesktop.PolicyKit1", "org.freedesktop.systemd1", ":1.0"):
        for path, interface, member in ((MANAGER, PROPERTIES, "GetAll"),
                                        ("/org/freedesktop/DBus", DRIVER, "ListNames"),
                                        ("/org/freedesktop/DBus", DRIVER, "Hello")):
            assert admin.refused(path, interface, member, destination=destination)[0] == ACCESS_DENIED
    assert admin.refused("/org/freedesktop/DBus", DRIVER, "Hello", destination=None)[0] == ACCESS_DENIED


def test_errors_as_they_are(reader):
    name, text = reader.refused(MANAGER, "org.certd1.Manager", "GetCertificate",
                                GLib.Variant("(s)", ("none",)))
    assert name == "org.certd1.Error.NoSuchCertificate" and '"none"' in text


def test_ends_with_its_peer():
    with signed_in("READER") as session:
        session.bus.close_sync(None)
        status, said = session.attempt.wait()
        assert status == 0, said


def test_peer_that_does_not_read():
    """CERTD_LIMIT_SESSION_QUEUE: what it does not take is the end of the session, before memory is."""
    made = Attempt()
    word, (descriptor,) = made.ask(packet(*account("READER")))
    assert word == "ok"
    with socket.socket(fileno=descriptor) as peer:
        peer.setblocking(True)
        peer.sendall(b"\0AUTH EXTERNAL 30\r\nNEGOTIATE_UNIX_FD\r\nBEGIN\r\n")
        message = Gio.DBusMessage.new_method_call("org.certd1", HTTPS, PROPERTIES, "GetAll")
        message.set_body(GLib.Variant("(s)", (CERTIFICATE,)))
        message.set_serial(7)
        wire = bytes(message.to_blob(Gio.DBusCapabilityFlags.UNIX_FD_PASSING))
        with pytest.raises(OSError):
            for _ in range(100_000):
                peer.sendall(wire)
        status, said = made.wait()
        assert status == 0, said
    made.close()


def inspect(session, size):
    data = GLib.Variant.new_from_bytes(GLib.VariantType("ay"), GLib.Bytes.new(bytes(size)), True)
    options = GLib.Variant("a{sv}", {})
    return session.refused(MANAGER, "org.certd1.Manager", "Inspect",
                           GLib.Variant.new_tuple(data, options))[0]


def test_memory():
    """CERTD_LIMIT_SESSION_MEMORY_BYTES: a call that is far too large for certd reaches it; what does not fit
    is the end."""
    with signed_in("READER") as session:
        assert inspect(session, MEMORY_BYTES // 8) == "org.certd1.Error.TooLarge"
        if SANITIZED:
            return
        assert inspect(session, MEMORY_BYTES + (1 << 20)) is None
        status, said = session.attempt.wait()
        assert status == 0, said


def test_fresh(open_path):
    """CERTD_FRESH_SECONDS, and CERTD_LIMIT_WEB_SESSION_SECONDS, by a clock that the test sets."""
    slept = open_path / "slept"
    slept.write_text("0", encoding="ascii")
    environment = {"LD_PRELOAD": str(pathlib.Path(os.environ["CERTD_BUILD"]) / "tests/harness/fake-clock.so"),
                   "CERTD_TEST_SLEPT": str(slept)}
    remove = ("/org/certd1/truststore", "org.certd1.TrustStore", "Remove", GLib.Variant("(s)", ("00",)))
    with signed_in("USER", environment) as session:
        for seconds, again in (("290", False), ("301", True)):
            slept.write_text(seconds, encoding="ascii")
            name, _ = session.refused(*remove)
            assert (name == "org.certd1.Session.Error.SignInAgain") == again, name
        session.call(HTTPS, PROPERTIES, "GetAll", GLib.Variant("(s)", (CERTIFICATE,)))
        slept.write_text(str(8 * 3600 + 1), encoding="ascii")
        # The event loop looks at the clock before each turn.
        with pytest.raises(GLib.Error):
            for _ in range(3):
                session.call(HTTPS, PROPERTIES, "GetAll", GLib.Variant("(s)", (CERTIFICATE,)))
        status, said = session.attempt.wait()
        assert status == 0, said
