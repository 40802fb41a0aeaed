# SPDX-License-Identifier: LGPL-2.1-or-later
"""What the device trusts: added in any format, all or nothing; listed, handed out and removed."""

import os
import subprocess
import time

import hostile
import outside
import pytest
import support
import trust_world
import trusted
from gi.repository import Gio, GLib

ERROR = "org.certd1.Error."
ROOTS = ("root", "root-b", "root-twin")


@pytest.fixture(scope="module")
def world(tmp_path_factory):
    return trust_world.World(tmp_path_factory.mktemp("world"))


@pytest.fixture(autouse=True)
def empty(bus):
    trusted.clear(bus)
    yield
    trusted.clear(bus)


def fingerprint(world, called):
    done = subprocess.run(["openssl", "x509", "-in", world.path(called), "-noout", "-fingerprint", "-sha256"],
                          capture_output=True, text=True, check=True, stdin=subprocess.DEVNULL)
    return done.stdout.strip().rpartition("=")[2].replace(":", "").lower()


def shell(world, command):
    """What a command prints, in bytes, in a folder with root.pem, root-b.pem, root-twin.pem and all.pem."""
    for name in ROOTS:
        world.path(name)
    (world.folder / "all.pem").write_text(world.pem(*ROOTS), encoding="ascii")
    (world.folder / "passphrase").write_text(f"{outside.PASSPHRASE}\n", encoding="ascii")
    return subprocess.run(["sh", "-ec", command], cwd=world.folder, capture_output=True, check=True,
                          stdin=subprocess.DEVNULL).stdout


PKCS12 = "openssl pkcs12 -export -nokeys -in all.pem -passout file:passphrase"
FORMATS = {  # how it is made, which are in it, and whether it takes the pass phrase
    "pem": ("cat root.pem", ["root"], False),
    "pem-several": ("cat all.pem", ROOTS, False),
    "pem-comments": ("for f in root root-b root-twin; do openssl x509 -in $f.pem -text; done", ROOTS, False),
    "pem-crlf": ("sed 's/$/\\r/' all.pem", ROOTS, False),
    "pem-trusted": ("openssl x509 -in root.pem -trustout", ["root"], False),
    "pem-twice": ("cat root.pem root-b.pem root.pem", ["root", "root-b"], False),
    "der": ("openssl x509 -in root.pem -outform DER", ["root"], False),
    "pkcs7-pem": ("openssl crl2pkcs7 -nocrl -certfile all.pem", ROOTS, False),
    "pkcs7-der": ("openssl crl2pkcs7 -nocrl -certfile all.pem -outform DER", ROOTS, False),
    "pkcs12": (PKCS12, ROOTS, True),
}


@pytest.mark.parametrize("form", FORMATS)
def test_formats(bus, world, form):  # R30 R70
    command, called, secret = FORMATS[form]
    options = {"passphrase": GLib.Variant("s", outside.PASSPHRASE)} if secret else {}
    expected = {fingerprint(world, name) for name in called}
    assert set(trusted.add(bus, shell(world, command), **options)) == expected
    rows = trusted.rows(bus)
    assert set(rows) == expected
    assert {row["certificate"] for row in map(bytes_of, rows.values())} == set(map(world.der, called))


def bytes_of(row):
    return {**row, "certificate": bytes(row["certificate"])}


def test_a_row(bus, world):  # R70
    """What the list says of an anchor."""
    before = int(time.time())
    made, = trusted.add(bus, world.pem("root-narrow").encode(), ["client", "server"])
    (found, row), = trusted.rows(bus).items()
    assert found == made == fingerprint(world, "root-narrow")
    assert row["subject"] == row["issuer"] == "CN=Root Narrow,O=Example"
    assert row["purposes"] == ["server", "client"]
    assert before <= row["added"] <= time.time()
    assert (row["is-ca"], row["self-signed"], row["path-length"]) == (True, True, -1)
    assert row["permitted-names"] == ["DNS:example.org"] and row["key-type"] == "ec:secp256r1"
    assert bytes_of(row)["certificate"] == world.der("root-narrow")
    assert bus.get(trusted.PATH, "TrustStore", "Count") == 1
    assert bus.get(trusted.PATH, "TrustStore", "Changed") == row["added"]


def test_purposes(bus, world):  # R70
    """Another purpose for one that is there; and nothing where it is the same."""
    heard = []
    connection = bus.new_connection()
    support.subscribe(connection, support.NAME, "org.freedesktop.DBus.Properties", "PropertiesChanged",
                      trusted.PATH, None, Gio.DBusSignalFlags.NONE,
                      lambda *arguments: heard.append(arguments[5].unpack()[1]))
    data = world.pem("root").encode()
    made, = trusted.add(bus, data)
    support.wait_until(lambda: len(heard) == 1, "the signal of the first")
    assert heard[0]["Count"] == 1 and set(heard[0]) == {"Count", "Changed"}
    assert trusted.add(bus, data, ["server"]) == [made]
    for purposes in (["client"], ["server", "client"], ["server"]):  # nothing is taken away
        assert trusted.add(bus, data, purposes) == [made]
        assert trusted.rows(bus)[made]["purposes"] == ["server", "client"]
    trusted.remove(bus, made)
    support.wait_until(lambda: len(heard) == 3 and heard[2]["Count"] == 0, "the other signals, no more")
    connection.close_sync(None)


def test_by_descriptor(bus, world):  # R70 R71
    path = world.path("root")
    made = bus.certctl("trust", "add", path)
    assert made.returncode == 0, made.stderr
    assert set(trusted.rows(bus)) == {fingerprint(world, "root")}


@pytest.fixture(scope="module")
def many(tmp_path_factory):
    """make(first, count): as many other roots, PEM, with one key."""
    folder = tmp_path_factory.mktemp("many")
    subprocess.run(["openssl", "genpkey", "-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-256", "-out",
                    folder / "key"], check=True, capture_output=True, stdin=subprocess.DEVNULL)

    def make(first, count):
        for number in range(first, first + count):
            if not (folder / f"{number}.pem").exists():
                subprocess.run(["openssl", "req", "-x509", "-key", folder / "key", "-days", "9", "-subj",
                                f"/CN=Root {number}", "-out", folder / f"{number}.pem"], check=True,
                               capture_output=True, stdin=subprocess.DEVNULL)
        return b"".join((folder / f"{number}.pem").read_bytes() for number in range(first, first + count))
    return make


BAD = {  # what is added to root-b, good by itself, and the error
    "nothing": ("true", "Malformed"),
    "text": ("echo hello", "UnsupportedFormat"),
    "damaged": ("openssl x509 -in root.pem -outform DER | head -c 200", "Malformed"),
    "damaged-base64": ("sed '5s/./!/5' root.pem", "Malformed"),
    "one-damaged": ("cat root-twin.pem; sed '5s/./!/5' root.pem", "Malformed"),
    "intermediate": ("cat inter.pem", "Rejected"),
    "one-intermediate": ("cat root-twin.pem inter.pem", "Rejected"),
    "leaf": ("cat leaf.pem", "Rejected"),
    "key": ("cat root-twin.pem; cat Root.key", "UnsupportedFormat"),
    "key-alone": ("cat Root.key", "UnsupportedFormat"),
    "no-passphrase": (PKCS12, "PassphraseNeeded"),
    "too-large": ("cat root-twin.pem; head -c 262144 /dev/zero | tr '\\0' 'x'", "TooLarge"),
}


def refused(bus, data, code, purposes=None, **options):
    """What is refused changes nothing, byte for byte."""
    before = trusted.everything(bus)
    with pytest.raises(GLib.Error) as refusal:
        trusted.add(bus, data, purposes, **options)
    assert support.remote_error(refusal.value) == ERROR + code, refusal.value.message
    assert trusted.everything(bus) == before


@pytest.mark.parametrize("bad", BAD)
def test_bad_input(bus, world, bad):  # R70
    command, code = BAD[bad]
    trusted.add(bus, world.pem("root-b").encode(), ["client", "server"])
    for name in ("inter", "leaf"):
        world.path(name)
    refused(bus, shell(world, command), code)


def test_wrong_passphrase(bus, world):  # R70
    refused(bus, shell(world, PKCS12), "PassphraseWrong", passphrase=GLib.Variant("s", "wrong"))


@pytest.mark.parametrize("purposes", ([], ["email"], ["Server"], ["server", ""], ["server", "client", "x"]))
def test_bad_purposes(bus, world, purposes):  # R70
    refused(bus, world.pem("root").encode(), "InvalidOption", purposes)


def test_limits(bus, many):  # R70
    """CERTD_LIMIT_ANCHORS_AT_ONCE (256) and CERTD_LIMIT_ANCHORS (512), and one more of each."""
    refused(bus, many(0, 257), "LimitExceeded")
    assert len(trusted.add(bus, many(0, 256))) == 256
    assert len(trusted.add(bus, many(256, 256))) == 256
    refused(bus, many(512, 1), "LimitExceeded")
    assert len(trusted.add(bus, many(511, 1), ["client"])) == 1
    rows = trusted.rows(bus, 100)
    assert list(rows) == sorted(rows) and len(rows) == 512
    assert rows == trusted.rows(bus, 1000) == trusted.rows(bus, 7)
    # One of them vouches for both; and the two bundles.
    assert len(trusted.files()) == 512 + 1 + 2
    bus.call(support.MANAGER, "Manager", "FactoryReset", "(a{sv})", ({},))
    assert trusted.files() == {"server.pem": b"", "client.pem": b""}


def test_page_limits(bus):
    for cursor, limit, code in (("", 1001, "LimitExceeded"), ("x", 1, "InvalidOption"),
                                ("A" * 64, 1, "InvalidOption"), ("0" * 65, 1, "InvalidOption")):
        error, _ = hostile.refused(bus, trusted.PATH, "TrustStore", "List", "(su)", (cursor, limit))
        assert error == ERROR + code


@pytest.mark.parametrize("name, code", (
    ("", None), ("www.example.org", None), ("192.0.2.1", None), ("2001:DB8::1", None),
    ("*.example.org", "InvalidSubjectAltName"), ("a b", "InvalidSubjectAltName"),
    ("-", "InvalidSubjectAltName"), ("www.example.org\n", "InvalidSubjectAltName"),
    ("fe80::1%eth0", "InvalidSubjectAltName"), ("bücher.example", "InvalidSubjectAltName"),
    ("a" * 100_000, "InvalidSubjectAltName"), ("\u202e", "InvalidSubjectAltName")))
def test_names_to_verify(bus, world, name, code):  # R71
    data = world.pem("leaf").encode()
    if code is None:
        assert trusted.errors(trusted.verify(bus, data, name))
        return
    error, message = hostile.refused(bus, trusted.PATH, "TrustStore", "Verify", "(aysa{sv})",
                                     (data, name, {}))
    assert error == ERROR + code and len(message) < 1000


@pytest.mark.parametrize("data, code", (
    (b"", "Malformed"), (b"x" * 262_144, "UnsupportedFormat"), (b"x" * 262_145, "TooLarge")))
def test_nothing_to_verify(bus, data, code):  # R71
    error, _ = hostile.refused(bus, trusted.PATH, "TrustStore", "Verify", "(aysa{sv})", (data, "", {}))
    assert error == ERROR + code


def test_too_many_to_verify(bus, many):  # R71
    """CERTD_LIMIT_INPUT_CERTIFICATES (16), and one more."""
    assert trusted.errors(trusted.verify(bus, many(0, 16)))
    error, _ = hostile.refused(bus, trusted.PATH, "TrustStore", "Verify", "(aysa{sv})",
                               (many(0, 17), "", {}))
    assert error == ERROR + "LimitExceeded"


def test_everybody_verifies(bus, world):  # R60 R71
    trusted.add(bus, world.pem("root").encode())
    found, = bus.call(trusted.PATH, "TrustStore", "Verify", "(aysa{sv})",
                      (world.pem("leaf", "inter").encode(), "www.example.org", {}), user=support.USER)
    assert trusted.errors(found) == []


def test_only_root_owns_the_files(bus, world):  # R70
    """Everybody reads what is published, and nobody but certd changes it."""
    trusted.add(bus, world.pem("root").encode())
    assert bus.run("cat", trusted.TREE / "server.pem", user=support.USER).stdout
    for path in (trusted.TREE, *trusted.TREE.rglob("*")):
        assert path.stat().st_mode & 0o7777 == (0o755 if path.is_dir() else 0o644)
        assert path.stat().st_uid == os.stat(f"/proc/{support.Certd().pid}").st_uid
