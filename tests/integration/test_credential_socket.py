# SPDX-License-Identifier: LGPL-2.1-or-later
"""The credential socket: each id to those who may have it, and to nobody else one byte."""

import os
import pathlib
import pwd
import socket
import subprocess

import credentials
import logged
import pytest
import support
from credentials import UNIT, add, address, ask, connect, read

LIMIT = 64  # CERTD_LIMIT_CREDENTIAL_CONNECTIONS
KEY, CERTIFICATE = b"-----BEGIN PRIVATE KEY-----\n", b"-----BEGIN CERTIFICATE-----\n"
DENIED = "org.freedesktop.DBus.Error.AccessDenied"
ROWS = 20  # CERTD_LIMIT_LOGGED_REFUSALS


@pytest.fixture(scope="module", autouse=True)
def consumer(bus):
    """One certificate that the unit is a consumer of, issued by the device's authority."""
    add(bus, "https")
    bus.call(support.MANAGER, "Manager", "CreateCertificate", "(sa{sv})", ("a.b", {}))


@pytest.fixture
def fresh(bus, certd):
    """certd with a full bucket of refusals; the number of the last row."""
    certd.restart(clean=True)
    return logged.last(bus)


def chain(bus):
    return bus.get("/org/certd1/certificate/https", "Certificate", "Chain").encode()


def authority(bus):
    return bus.certctl("ca", "export", check=True).stdout.encode()


def public_key(data, *how):
    done = subprocess.run(["openssl", *how], input=data, capture_output=True, check=True)
    return done.stdout


def test_each_id(bus):
    leaf = chain(bus).partition(b"-----END CERTIFICATE-----\n")
    leaf, rest = leaf[0] + leaf[1], leaf[2]
    key = ask(UNIT, "https.key")
    assert key.startswith(KEY) and key.count(b"BEGIN") == 1
    assert ask(UNIT, "https.crt") == leaf
    assert ask(UNIT, "https.chain") == rest
    assert ask(UNIT, "https.fullchain") == leaf + rest
    assert ask(UNIT, "https.pem") == key + leaf + rest
    assert ask(UNIT, "https.ca") == authority(bus)
    assert public_key(key, "pkey", "-pubout") == public_key(leaf, "x509", "-noout", "-pubkey")


def test_the_only_certificate(bus):
    """tls.PART is that of the one certificate, until there are two."""
    alone, both = "certd-test-alone.service", "certd-test-both.service"
    assert ask(alone, "tls.key") == b""
    add(bus, "https", alone)
    assert ask(alone, "tls.key") == ask(UNIT, "https.key")
    assert ask(alone, "tls.crt") == ask(UNIT, "https.crt")
    add(bus, "https", both)
    add(bus, "a.b", both)
    assert ask(both, "tls.key") == b""
    assert ask(both, "https.key").startswith(KEY)


def test_a_certificate_named_tls(bus):  # R1
    """Whoever makes one takes tls.PART from nobody who is no consumer of it."""
    unit = "certd-test-named.service"
    add(bus, "https", unit)
    bus.call(support.MANAGER, "Manager", "CreateCertificate", "(sa{sv})", ("tls", {}))
    try:
        assert ask(unit, "tls.crt") == ask(UNIT, "https.crt") != b""
        add(bus, "tls", unit)
        assert ask(unit, "tls.crt") == b""
    finally:
        bus.call("/org/certd1/certificate/tls", "Certificate", "Remove", "(a{sv})", ({},))


def test_what_the_device_trusts(bus, tmp_path):
    """trust.pem is for every unit."""
    assert ask("certd-test-anyone.service", "trust.pem") == b""
    root = support.Authority(tmp_path).root.read_bytes()
    bus.call("/org/certd1/truststore", "TrustStore", "Add", "(aya{sv})", (root, {}))
    assert root.strip() in ask("certd-test-anyone.service", "trust.pem")


REFUSED = {
    "no consumer": ("certd-test-other.service", "https.key", "certificate/https", DENIED),
    "not even its certificate": ("certd-test-other.service", "https.crt", "certificate/https", DENIED),
    "no such certificate": (UNIT, "none.key", "certificate/none", "org.certd1.Error.NoSuchCertificate"),
    "no such part": (UNIT, "https.p12", "certificate/https", "org.certd1.Error.InvalidOption"),
    "no part": (UNIT, "https", "certificate/?", "org.certd1.Error.InvalidOption"),
    "nothing installed": ("certd-test-empty.service", "a.b.key", "certificate/a.b", None),
    "a name that is none": (UNIT, "A_B.key", "certificate/?", None),
}


@pytest.mark.parametrize("case", REFUSED)
def test_refused(bus, fresh, case):
    unit, credential, about, outcome = REFUSED[case]
    if unit == "certd-test-empty.service":
        add(bus, "a.b", unit)
        fresh = logged.last(bus)
    assert ask(unit, credential) == b""
    row, = logged.since(bus, fresh)
    assert (row["action"], row["object"], row["uid"], row["unit"]) == ("open-credential", about, 0, unit)
    assert row["outcome"] == outcome if outcome else row["outcome"].startswith("org.certd1.Error.")
    assert row["detail"]


GARBAGE = {
    "no address": None,
    "a number alone": b"\0ff",
    "no credential": b"\0ff/unit/" + UNIT.encode(),
    "no unit": b"\0ff/unit//https.key",
    "another word": b"\0ff/user/" + UNIT.encode() + b"/https.key",
    "no number": b"\0/unit/" + UNIT.encode() + b"/https.key",
    "a slash": b"\0ff/unit/" + UNIT.encode() + b"/https.key/",
    "a NUL in the unit": b"\0ff/unit/other.service\0/unit/" + UNIT.encode() + b"/https.key",
    "a NUL behind it": b"\0ff/unit/" + UNIT.encode() + b"/https.key\0",
    "a line break": b"\0ff/unit/" + UNIT.encode() + b"/https.key\n",
    "no UTF-8": b"\0ff/unit/\xff\xfe.service/https.key",
    "a socket unit": b"\0ff/unit/certd-test-web.socket/https.key",
    "as long as can be": b"\0ff/unit/" + UNIT.encode() + b"/" + b"k" * (107 - 31 - 1),
}


@pytest.mark.parametrize("case", GARBAGE)
def test_garbage(bus, fresh, case):
    assert read(connect(GARBAGE[case])) == b""
    row, = logged.since(bus, fresh)
    assert (row["action"], row["uid"], row["object"]) == ("open-credential", 0, "certificate/?")


def test_a_path_is_no_address(bus, tmp_path, fresh):
    """A file's name that reads like one."""
    folder = tmp_path / "ff" / "unit" / UNIT
    folder.mkdir(parents=True)
    os.chdir(tmp_path)
    assert read(connect(f"ff/unit/{UNIT}/https.key".encode())) == b""
    assert [row["outcome"] for row in logged.since(bus, fresh)] == [DENIED]


@pytest.mark.parametrize("user", (support.USER, support.ADMIN, "certd"))
def test_not_root(bus, fresh, user):
    """An ordinary process that claims to be a consumer gets nothing, and the log says who it was."""
    assert ask(UNIT, "https.key", user) == b""
    row, = logged.since(bus, fresh)
    uid = pwd.getpwnam(user).pw_uid
    assert (row["action"], row["object"], row["outcome"]) == ("open-credential", "certificate/https", DENIED)
    # What it only says that it is does not stand where the log says what it is.
    assert (row["uid"], row["unit"]) == (uid, "")
    assert UNIT in row["detail"] and f"User {uid} " in row["detail"]


def test_who_was_given_it(bus, fresh):
    assert ask(UNIT, "https.pem").startswith(KEY)
    row, = logged.since(bus, fresh)
    assert (row["action"], row["object"], row["outcome"], row["uid"], row["unit"]) == (
        "open-credential", "certificate/https", "ok", 0, UNIT)
    assert ask(UNIT, "https.pem").startswith(KEY)
    assert len(logged.since(bus, fresh)) == 1
    assert ask(UNIT, "https.crt").startswith(CERTIFICATE)


def test_strangers_take_no_place(bus, fresh):
    """However many there are, they are sent away at once, and counted behind the first few."""
    held = [connect(address(UNIT, "https.key"), support.USER) for _ in range(4 * LIMIT)]
    assert ask(UNIT, "https.key").startswith(KEY)
    assert [read(connection) for connection in held] == [b""] * len(held)
    rows = [row for row in logged.since(bus, fresh) if row["outcome"] == DENIED]
    assert len(rows) == ROWS


def stuck(count):
    """Connections that stay: what they are sent does not fit their socket, and nobody reads it."""
    made = []
    for _ in range(count):
        connection = socket.socket(socket.AF_UNIX)
        connection.settimeout(credentials.DEADLINE_SECONDS)
        connection.bind(address(UNIT, "trust.pem"))
        connection.connect(str(credentials.SOCKET))
        made.append(connection)
    return made


def test_the_last_place(bus, certd, tmp_path_factory):
    """With all places taken by root's processes that don't read, the next one waits; once one of them leaves
    it is answered. What they get is the trust store, made larger than a socket takes."""
    fill_trust_store(bus, tmp_path_factory.mktemp("anchors"))
    held = stuck(LIMIT)
    waiting = connect(address(UNIT, "https.crt"))
    support.wait_until(lambda: certd_sockets(certd) >= LIMIT, "all places are taken")
    bus.call(support.MANAGER, "Manager", "GetCertificate", "(s)", ("https",))
    assert credentials.is_open(waiting)
    held.pop().close()
    assert read(waiting).startswith(CERTIFICATE)
    whole = read(held.pop())
    assert whole.count(CERTIFICATE) > 200
    assert {read(connection) for connection in held} == {whole}


def certd_sockets(certd):
    """How many accepted connections of the credential socket certd has."""
    with open(f"/proc/{certd.pid}/net/unix", encoding="ascii", errors="replace") as table:
        inodes = {line.split()[6] for line in table
                  if line.rstrip().endswith(str(credentials.SOCKET)) and line.split()[5] == "03"}
    found = 0
    for entry in pathlib.Path(f"/proc/{certd.pid}/fd").iterdir():
        try:
            target = os.readlink(entry)
        except FileNotFoundError:
            continue
        found += target.removeprefix("socket:[").removesuffix("]") in inodes
    return found


def fill_trust_store(bus, folder):
    """More than 300 KiB of anchors: one key, and many names."""
    subprocess.run(["openssl", "req", "-x509", "-newkey", "rsa:4096", "-nodes", "-days", "365", "-keyout",
                    "k", "-out", "c", "-subj", "/CN=0"], cwd=folder, check=True, capture_output=True)
    pem = []
    for number in range(240):
        done = subprocess.run(
            ["openssl", "req", "-x509", "-key", "k", "-days", "3650", "-subj", f"/CN=Example Root {number}",
             "-addext", "keyUsage=critical,keyCertSign"], cwd=folder, check=True, capture_output=True)
        pem.append(done.stdout)
    for begin in range(0, len(pem), 60):
        bus.call("/org/certd1/truststore", "TrustStore", "Add", "(aya{sv})",
                 (b"".join(pem[begin:begin + 60]), {}))


def test_restarted(bus, certd):
    """The socket of a certd that was killed makes room, and who comes with the next one is answered."""
    certd.stop()
    assert credentials.SOCKET.is_socket()
    with pytest.raises(ConnectionRefusedError):
        ask(UNIT, "https.key")
    certd.start()
    assert ask(UNIT, "https.key").startswith(KEY)
    assert credentials.SOCKET.stat().st_mode & 0o777 == 0o666
    certd.stop(clean=True)
    assert not credentials.SOCKET.exists()
    certd.start()
    assert ask(UNIT, "https.key").startswith(KEY)


def test_before_the_start(bus, certd, tmp_path):
    """Handed over by the service manager: who connects before certd is there at all waits, and is answered
    once https has its certificate."""
    scratch = pathlib.Path(os.environ["CERTD_PID_FILE"]).parent
    os.chmod(tmp_path, 0o755)
    path = tmp_path / "handed.sock"
    bus.close()
    certd.stop(clean=True)
    with open(os.environ["CERTD_LOG"], "ab") as log:
        process = subprocess.Popen(
            ["systemd-socket-activate", f"--listen={path}", "--fdname=credential",
             "-E", "DBUS_SYSTEM_BUS_ADDRESS", "setpriv", "--reuid=certd", "--regid=certd", "--init-groups",
             "--inh-caps=-all", "--bounding-set=-all", "--no-new-privs", scratch / "libexec/certd",
             "--state-directory", os.environ["CERTD_STATE_DIRECTORY"],
             "--runtime-directory", os.environ["CERTD_RUNTIME_DIRECTORY"],
             "--config", scratch / "certd.conf", "--worker", scratch / "libexec/certd-worker"],
            stdin=subprocess.DEVNULL, stdout=log, stderr=log)
    try:
        support.wait_until(path.is_socket, "the service manager listens")
        early = [connect(address(UNIT, "https.key"), path=path) for _ in range(3)]
        assert [read(connection)[:len(KEY)] for connection in early] == [KEY] * 3
        # There is one socket.
        assert not credentials.SOCKET.exists()
    finally:
        process.terminate()
        process.wait(credentials.DEADLINE_SECONDS)
    assert path.is_socket()
    certd.start()
