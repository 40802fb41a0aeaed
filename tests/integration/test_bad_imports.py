# SPDX-License-Identifier: LGPL-2.1-or-later
"""Imports that must be refused: broken, foreign, weak, wrong, or too much of it."""

import os
import socket
import subprocess

import hostile
import pytest
import support
from gi.repository import Gio, GLib
from hostile import CERTIFICATE, ERROR

LIMIT_INPUT = 256 * 1024
SAN = "subjectAltName=DNS:dev1.example.org"
LEAF = f"basicConstraints=critical,CA:FALSE\nkeyUsage=critical,digitalSignature\n" \
       f"extendedKeyUsage=serverAuth\n{SAN}\n"
EC = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256"]


class Maker:
    """Certificates with keys of their own, made outside."""

    def __init__(self, authority, folder):
        self.authority = authority
        self.folder = folder
        self.count = 0

    def openssl(self, *arguments, data=None):
        done = subprocess.run(["openssl", *map(str, arguments)], cwd=self.folder, input=data or b"",
                              capture_output=True, check=False)
        assert done.returncode == 0, done.stderr.decode()
        return done.stdout

    def leaf(self, extensions=LEAF, key=None, sign=()):
        """(certificate, key) as PEM bytes; sign: more options of openssl x509."""
        self.count += 1
        base = self.folder / f"m{self.count}"
        key = key or EC
        self.openssl("req", "-new", *key, "-nodes", "-subj", "/CN=dev1.example.org", "-keyout",
                     f"{base}.key", "-out", f"{base}.csr")
        base.with_suffix(".cnf").write_text(extensions)
        folder = self.authority.folder
        days = () if "-not_after" in sign or "-days" in sign else ("-days", "90")
        issuer = ["-CA", folder / "issuing.pem", "-CAkey", folder / "issuing.key"]
        if "-md5" in sign:  # which OpenSSL makes with RSA keys alone
            issuer = ["-signkey", f"{base}.key"]
        self.openssl("x509", "-req", "-in", f"{base}.csr", *issuer, "-extfile", f"{base}.cnf", "-out", f"{base}.pem",
                     *days, *sign)
        return base.with_suffix(".pem").read_bytes(), base.with_suffix(".key").read_bytes()

    def bundle(self, **how):
        leaf, key = self.leaf(**how)
        return leaf + self.authority.intermediate.read_bytes() + key


@pytest.fixture(scope="module")
def make(authority, tmp_path_factory):
    return Maker(authority, tmp_path_factory.mktemp("bad"))


def strings(*values):
    return GLib.Variant("as", list(values))


FINDINGS = {  # what is wrong: how it is made, and the code
    "expired": ({"sign": ("-days", "-1")}, "expired"),
    "no-san": ({"extensions": LEAF.replace(SAN, "")}, "no-san"),
    "other-names": ({"extensions": LEAF.replace("dev1", "else")}, "san-mismatch"),
    "ca-as-leaf": ({"extensions": f"basicConstraints=critical,CA:TRUE\n{SAN}"}, "is-ca"),
    "client-only": ({"extensions": LEAF.replace("serverAuth", "clientAuth")}, "no-server-auth"),
    "usage-sign": ({"extensions": LEAF.replace("digitalSignature", "keyCertSign")}, "key-usage"),
    "rsa-1024": ({"key": ["-newkey", "rsa:1024"]}, "weak-key"),
    "rsa-exponent-3": ({"key": ["-newkey", "rsa:2048", "-pkeyopt", "rsa_keygen_pubexp:3"]},
                       "weak-key"),
    "sha1": ({"sign": ("-sha1",)}, "weak-digest"),
    "md5": ({"key": ["-newkey", "rsa:2048"], "sign": ("-md5",)}, "weak-digest"),
}


def expect_name(bus, name):
    """Has https expect a name: what answers for none of its names is warned of."""
    bus.call(CERTIFICATE, "Certificate", "SetSubjectAltNames", "(a(ss))", ([("DNS", name)],))


@pytest.mark.parametrize("row", FINDINGS, ids=FINDINGS.keys())
def test_finding(bus, make, row):  # R35
    how, code = FINDINGS[row]
    expect_name(bus, "dev1.example.org")
    data = make.bundle(**how)
    error, message = hostile.refused_import(bus, data)
    assert error == ERROR + "Rejected"
    assert code in message
    _, findings = bus.call(support.MANAGER, "Manager", "Inspect", "(aya{sv})",
                           (data, {"certificate": GLib.Variant("s", "https")}))
    assert code in {finding[0] for finding in findings}
    for _, severity, sentence, remedy in findings:
        assert severity in {"error", "warning", "note"} and sentence and remedy


def test_not_yet_valid(bus, make):  # R35
    folder = make.authority.folder
    leaf_days = make.folder / "future.cnf"
    leaf_days.write_text("[ca]\ndefault_ca=d\n[d]\ndatabase=index.txt\nserial=serial\n"
                         "new_certs_dir=.\npolicy=p\ndefault_md=sha256\ncopy_extensions=copy\n"
                         "[p]\ncommonName=supplied\n")
    (make.folder / "index.txt").write_text("")
    (make.folder / "serial").write_text("01\n")
    make.openssl("req", "-new", *EC, "-nodes", "-subj", "/CN=dev1.example.org", "-addext", SAN,
                 "-keyout", "future.key", "-out", "future.csr")
    make.openssl("ca", "-batch", "-notext", "-config", leaf_days, "-in", "future.csr", "-out",
                 "future.pem", "-cert", folder / "issuing.pem", "-keyfile", folder / "issuing.key",
                 "-startdate", "20900101000000Z", "-enddate", "20910101000000Z")
    data = (make.folder / "future.pem").read_bytes() + (make.folder / "future.key").read_bytes()
    error, message = hostile.refused_import(bus, data)
    assert error == ERROR + "Rejected" and "not-yet-valid" in message


def test_broken_chain(bus, make):  # R33
    expect_name(bus, "dev1.example.org")
    leaf, key = make.leaf()
    error, message = hostile.refused_import(bus, leaf + make.authority.root.read_bytes() + key)
    assert error == ERROR + "ChainIncomplete"
    assert "Example Issuing" in message


def test_no_key_matches(bus, make):  # R32
    leaf, _ = make.leaf()
    error, message = hostile.refused_import(bus, leaf)
    assert error == ERROR + "KeyMismatch" and "dev1.example.org" in message


def test_key_of_another(bus, make):  # R32 R34
    leaf, _ = make.leaf()
    _, key = make.leaf()
    error, _ = hostile.refused_import(bus, leaf + key)
    assert error == ERROR + "KeyMismatch"


def make_formats(make):
    """A bundle in each of the main formats."""
    pem = make.bundle()
    (make.folder / "all.pem").write_bytes(pem)
    encrypted = make.openssl("pkcs8", "-topk8", "-in", "all.pem", "-v2", "aes-256-cbc", "-passout",
                             "pass:geheim")
    return {
        "pem": pem,
        "pkcs7": make.openssl("crl2pkcs7", "-nocrl", "-certfile", "all.pem", "-outform", "DER"),
        "pkcs12": make.openssl("pkcs12", "-export", "-in", "all.pem", "-passout", "pass:geheim"),
        "encrypted-key": make.leaf()[0] + encrypted,
        "der": make.openssl("x509", "-in", "all.pem", "-outform", "DER"),
    }


@pytest.mark.parametrize("kind", ("pem", "pkcs7", "pkcs12", "encrypted-key", "der"))
def test_truncated(bus, make, kind):  # R30
    """Cut at every 64th byte: refused each time, and the daemon answers as if nothing had been."""
    whole = make_formats(make)[kind]
    options = {"passphrase": GLib.Variant("s", "geheim")} \
        if kind in {"pkcs12", "encrypted-key"} else {}
    before = hostile.dump(bus)
    pid = support.Certd().pid
    # A PEM bundle cut behind a certificate is a smaller bundle; without its key it is refused too.
    for length in range(0, len(whole), 64):
        with pytest.raises(GLib.Error) as refusal:
            hostile.import_bytes(bus, whole[:length], options)
        name = support.remote_error(refusal.value).removeprefix(ERROR)
        assert name in {"Malformed", "UnsupportedFormat", "KeyMismatch", "PassphraseWrong",
                        "Rejected"}, (length, name)
    assert hostile.dump(bus) == before
    assert support.Certd().pid == pid


PASSPHRASES = {
    "none": ({}, "PassphraseNeeded"),
    "wrong": ({"passphrase": GLib.Variant("s", "falsch")}, "PassphraseWrong"),
    "empty": ({"passphrase": GLib.Variant("s", "")}, "PassphraseWrong"),
    "1025-bytes": ({"passphrase": GLib.Variant("s", "x" * 1025)}, "TooLarge"),
}


@pytest.mark.parametrize("kind", ("pkcs12", "encrypted-key"))
@pytest.mark.parametrize("row", PASSPHRASES, ids=PASSPHRASES.keys())
def test_passphrase(bus, make, kind, row):  # R30
    options, expected = PASSPHRASES[row]
    error, message = hostile.refused_import(bus, make_formats(make)[kind], options)
    assert error == ERROR + expected
    assert "falsch" not in message and "geheim" not in message


NO_CERTIFICATES = {
    "empty": (b"", "Malformed"), "text": (b"hello\n", "UnsupportedFormat"),
    "zeros": (b"\0" * 4096, "UnsupportedFormat"), "nulls-pem": (b"-----BEGIN CERTIFICATE-----\n"
                                                               b"-----END CERTIFICATE-----\n",
                                                               "Malformed"),
    "not-base64": (b"-----BEGIN CERTIFICATE-----\n!!!!\n-----END CERTIFICATE-----\n", "Malformed"),
    "request": (None, "UnsupportedFormat"), "html": (b"<html><body>404</body></html>",
                                                     "UnsupportedFormat"),
    "largest": (b"A" * LIMIT_INPUT, "UnsupportedFormat"),
    "too-large": (b"A" * (LIMIT_INPUT + 1), "TooLarge"),
    "deep": (b"\x30\x80" * 60_000, None), "long-length": (b"\x30\x84\xff\xff\xff\xff", None),
}


@pytest.mark.parametrize("row", NO_CERTIFICATES, ids=NO_CERTIFICATES.keys())
def test_no_certificate(bus, make, row):  # R30
    data, expected = NO_CERTIFICATES[row]
    if data is None:
        make.openssl("req", "-new", *EC, "-nodes", "-subj", "/CN=a", "-keyout", "r.key", "-out",
                     "r.csr")
        data = (make.folder / "r.csr").read_bytes()
    error, _ = hostile.refused_import(bus, data)
    allowed = {expected} if expected else {"UnsupportedFormat", "Malformed", "LimitExceeded"}
    assert error.removeprefix(ERROR) in allowed


def san_of(count):
    return "subjectAltName=" + ",".join(f"DNS:h{i}.example.org" for i in range(count))


BOMBS = {  # what is just within the limit, and what is just beyond
    "16-certificates": lambda make: b"".join(make.leaf()[0] for _ in range(16)),
    "17-certificates": lambda make: b"".join(make.leaf()[0] for _ in range(17)),
    "1000-sans": lambda make: make.bundle(extensions=san_of(1000)),
    "1001-sans": lambda make: make.bundle(extensions=san_of(1001)),
    "iterations": lambda make: make.leaf()[0] + make.openssl(
        "pkcs8", "-topk8", "-in", "all.pem", "-v2", "aes-256-cbc", "-iter", "10000000", "-passout",
        "pass:geheim"),
    "rsa-16384": None,
}
EXPECTED_BOMBS = {
    "16-certificates": "Rejected", "17-certificates": "LimitExceeded", "1000-sans": "Rejected",
    "1001-sans": "LimitExceeded", "iterations": "LimitExceeded", "rsa-16384": "LimitExceeded",
}


def der(tag, content):
    """A DER element."""
    size = len(content)
    length = bytes([size]) if size < 128 else \
        bytes([0x80 | (size.bit_length() + 7) // 8]) + size.to_bytes((size.bit_length() + 7) // 8,
                                                                     "big")
    return bytes([tag]) + length + content


def big_rsa_key(bits):
    """A PKCS#1 key whose modulus nobody had the time to make."""
    number = der(2, b"\0" + b"\xa5" * (bits // 8))
    rest = b"".join(der(2, b"\x03") for _ in range(6))
    return der(0x30, der(2, b"\0") + number + der(2, b"\x01\0\x01") + rest)


@pytest.mark.parametrize("row", BOMBS, ids=BOMBS.keys())
def test_bomb(bus, make, row):
    make_formats(make)
    expect_name(bus, "dev1.example.org")
    data = big_rsa_key(16384) if BOMBS[row] is None else BOMBS[row](make)
    error, _ = hostile.refused_import(bus, data, {"passphrase": GLib.Variant("s", "geheim")})
    assert error == ERROR + EXPECTED_BOMBS[row]


def open_fd(kind, folder):
    """A descriptor that is no regular file that can be read, or too big a one."""
    if kind == "pipe":
        return os.pipe()[0]
    if kind == "socket":
        return socket.socket(socket.AF_UNIX).detach()
    if kind == "directory":
        return os.open(folder, os.O_RDONLY)
    if kind == "device":
        return os.open("/dev/zero", os.O_RDONLY)
    path = folder / f"fd-{kind}"
    path.write_bytes(b"x")
    if kind == "path-only":
        return os.open(path, os.O_PATH)
    if kind == "write-only":
        return os.open(path, os.O_WRONLY)
    os.truncate(path, 1 << 40)
    return os.open(path, os.O_RDONLY)


@pytest.mark.parametrize("kind, expected", (
    ("pipe", "InvalidOption"), ("socket", "InvalidOption"), ("directory", "InvalidOption"),
    ("device", "InvalidOption"), ("path-only", "Malformed"), ("write-only", "Malformed"),
    ("huge", "TooLarge"),
))
@pytest.mark.parametrize("method", ("ImportFd", "InspectFd"))
def test_descriptor(bus, make, method, kind, expected):
    before = hostile.dump(bus)
    handles = Gio.UnixFDList.new()
    fd = open_fd(kind, make.folder)
    handles.append(fd)
    os.close(fd)
    path, interface = (CERTIFICATE, "Certificate") if method == "ImportFd" else \
        (support.MANAGER, "Manager")
    with pytest.raises(GLib.Error) as refusal:
        bus.connection().call_with_unix_fd_list_sync(
            support.NAME, path, f"org.certd1.{interface}", method,
            GLib.Variant("(ha{sv})", (0, {})), None, 0, support.CALL_TIMEOUT_MSEC, handles, None)
    assert support.remote_error(refusal.value) == ERROR + expected
    assert hostile.dump(bus) == before


def test_accept_unknown_code(bus, make):  # R35
    error, message = hostile.refused_import(bus, make.bundle(), {"accept": strings("no-such-code")})
    assert error == ERROR + "InvalidOption"
    assert "accept" in message
