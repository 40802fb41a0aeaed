# SPDX-License-Identifier: LGPL-2.1-or-later
"""The interface org.certd1.Authority: what the device's authority is, hands out, makes anew and signs."""

import hashlib
import json
import os
import pathlib
import plistlib
import stat
import subprocess
import uuid

import pytest
import support
import verifiers
from certificate_view import Certificate, from_pem
from gi.repository import Gio, GLib
from hostile import ERROR

HERE = pathlib.Path(__file__).resolve().parent
PATH = support.MANAGER + "/authority/internal"
HTTPS = support.MANAGER + "/certificate/https"
PUBLISHED = pathlib.Path(os.environ.get("CERTD_RUNTIME_DIRECTORY", "/nonexistent")) / "authority"


def get(bus, name):
    return bus.get(PATH, "Authority", name)


def certificate(bus):
    return Certificate(from_pem(get(bus, "Certificate"))[0])


def regenerate(bus, **options):
    bus.call(PATH, "Authority", "Regenerate", "(a{sv})", (named(options),))


def named(options):
    """Keywords as options: a_b is the key a-b."""
    return {key.replace("_", "-"): value for key, value in options.items()}


def export(bus, form, user="root"):
    """What Export gives, in bytes."""
    reply, fds = bus.connection(user).call_with_unix_fd_list_sync(
        support.NAME, PATH, f"{support.NAME}.Authority", "Export", GLib.Variant("(s)", (form,)), None,
        Gio.DBusCallFlags.NO_AUTO_START, support.CALL_TIMEOUT_MSEC, None, None)
    with os.fdopen(fds.get(reply.unpack()[0]), "rb") as file:
        file.seek(0)
        return file.read()


def https(bus):
    """The certificate in use."""
    return Certificate(from_pem(bus.get(HTTPS, "Certificate", "Chain"))[0])


def private_bus(script, *options):
    """What a script prints on another private bus, with a keystore of its own."""
    done = subprocess.run(
        [HERE.parent / "private-bus", "--build", os.environ["CERTD_BUILD"], *options, "--", "sh",
         "-ec", script], stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_unique_to_the_device():  # R22
    """Two that start for the first time have nothing in common."""
    made = [from_pem(private_bus("certctl ca export; certctl export https")) for _ in range(2)]
    for one, other in zip(*(map(Certificate, pair) for pair in made)):
        assert one.key != other.key
        assert one.serial.content != other.serial.content
    authorities = [Certificate(pair[0]) for pair in made]
    assert authorities[0].subject.raw != authorities[1].subject.raw


def test_ten_years_and_p256(bus):  # R22
    assert certificate(bus).curve[0] == "P-256"
    assert get(bus, "NotAfter") - get(bus, "NotBefore") == 3650 * 86400
    assert get(bus, "Scope") == "local" and "DNS:local" in get(bus, "PermittedNames")


def test_key_of_the_server_is_its_own(bus):  # R23
    assert https(bus).key != certificate(bus).key
    assert https(bus).issuer.raw == certificate(bus).subject.raw


SUBJECTS = {
    "text": GLib.Variant("s", "OU=Timing,O=Beispiel GmbH,L=München,C=DE"),
    "pairs": GLib.Variant("a(ss)", [("C", "DE"), ("L", "München"), ("O", "Beispiel GmbH"),
                                    ("OU", "Timing")]),
}


@pytest.mark.parametrize("form", SUBJECTS)
def test_organisation(bus, form):  # R26
    """Its values in their order, and a name that no other device has at the end."""
    regenerate(bus, subject=SUBJECTS[form])
    *given, (kind, name) = get(bus, "Subject")
    assert given == [("C", "DE"), ("L", "München"), ("O", "Beispiel GmbH"), ("OU", "Timing")]
    assert kind == "CN" and name
    # They stay when nothing is said of them; the name goes with the key.
    regenerate(bus)
    *kept, (_, other) = get(bus, "Subject")
    assert kept == given and other != name


def test_both_are_made_anew(bus):  # R26
    before = certificate(bus), https(bus)
    regenerate(bus)
    support.wait_until(lambda: https(bus).issuer.raw == certificate(bus).subject.raw,
                       "the server's certificate is issued again")
    assert certificate(bus).key != before[0].key and https(bus).key != before[1].key


def test_authority_alone(bus):  # R26
    """With its key it has a new certificate, under which everything that it signed stays good."""
    before, server = certificate(bus), https(bus)
    fingerprint = get(bus, "Fingerprint")
    regenerate(bus, reuse_key=GLib.Variant("b", True))
    after = certificate(bus)
    assert (after.key, after.subject.raw) == (before.key, before.subject.raw)
    assert after.serial.content != before.serial.content
    assert get(bus, "Fingerprint") != fingerprint
    assert server.issuer.raw == after.subject.raw


def test_server_alone(bus):  # R26
    authority, server = get(bus, "Fingerprint"), https(bus)
    bus.certctl("issue", "https", check=True)
    assert get(bus, "Fingerprint") == authority
    assert https(bus).key != server.key


WRONG_OPTIONS = {
    "days 364": ({"days": GLib.Variant("u", 364)}, "InvalidOption", "364"),
    "days 36501": ({"days": GLib.Variant("u", 36501)}, "InvalidOption", "36501"),
    "scope": ({"authority_scope": GLib.Variant("s", "world")}, "InvalidOption", "world"),
    "country": ({"subject": GLib.Variant("s", "C=UK")}, "InvalidSubject", "GB"),
    "long": ({"subject": GLib.Variant("s", "CN=" + "a" * 65)}, "InvalidSubject", "64"),
    "unknown": ({"key_type": GLib.Variant("s", "rsa:2048")}, "InvalidOption", "key-type"),
    "type": ({"reuse_key": GLib.Variant("s", "yes")}, "InvalidOption", "reuse-key"),
}


@pytest.mark.parametrize("case", WRONG_OPTIONS)
def test_wrong_options(bus, case):  # R26
    options, name, word = WRONG_OPTIONS[case]
    before = get(bus, "Certificate")
    with pytest.raises(GLib.Error, match=word) as caught:
        regenerate(bus, **options)
    assert support.remote_error(caught.value) == ERROR + name
    assert get(bus, "Certificate") == before


@pytest.mark.parametrize("days", (365, 36500))
def test_days(bus, days):  # R26
    regenerate(bus, days=GLib.Variant("u", days))
    assert get(bus, "NotAfter") - get(bus, "NotBefore") == days * 86400


def test_exports(bus):  # R27
    """For everyone, and each with the same certificate in it."""
    pem, der = export(bus, "pem", support.USER), export(bus, "der", support.USER)
    assert from_pem(pem.decode()) == [der] and pem.decode() == get(bus, "Certificate")
    assert hashlib.sha256(der).hexdigest() == get(bus, "Fingerprint")
    with pytest.raises(GLib.Error, match="mobileconfig") as caught:
        export(bus, "p7b")
    assert support.remote_error(caught.value) == ERROR + "UnsupportedFormat"


def test_profile(bus):  # R27
    """As Apple's Configuration Profile Reference has it."""
    data = export(bus, "mobileconfig", support.USER)
    profile = plistlib.loads(data)
    payload, = profile["PayloadContent"]
    assert profile["PayloadType"] == "Configuration"
    assert payload["PayloadType"] == "com.apple.security.root"
    assert payload["PayloadContent"] == export(bus, "der")
    for one in (profile, payload):
        assert one["PayloadVersion"] == 1 and one["PayloadIdentifier"] and one["PayloadDisplayName"]
        assert uuid.UUID(one["PayloadUUID"]).version == 8
    assert profile["PayloadUUID"] != payload["PayloadUUID"]
    assert export(bus, "mobileconfig") == data, "importing it again replaces it"


def test_profile_escapes_names(bus):  # R27
    regenerate(bus, subject=GLib.Variant("s", "CN=A & B \\<\\\"C\\\"\\>,O=Ü"))
    profile = plistlib.loads(export(bus, "mobileconfig"))
    assert profile["PayloadDisplayName"] == 'A & B <"C">'
    assert profile["PayloadContent"][0]["PayloadContent"] == export(bus, "der")
    regenerate(bus, subject=GLib.Variant("s", "O=Example"))


def test_published(bus):  # R27
    """Anyone can read the files, and they follow the authority."""
    for _ in range(2):
        assert (PUBLISHED / "ca.crt").read_text(encoding="ascii") == get(bus, "Certificate")
        assert bus.run("cat", PUBLISHED / "ca.cer", user=support.USER, text=False,
                       check=True).stdout == export(bus, "der")
        assert {path.name for path in PUBLISHED.iterdir()} == {"ca.crt", "ca.cer"}
        assert all(stat.S_IMODE(path.stat().st_mode) == 0o644 for path in PUBLISHED.iterdir())
        assert stat.S_IMODE(PUBLISHED.stat().st_mode) == 0o755
        regenerate(bus)


def test_fingerprint_to_compare(bus, tmp_path):  # R27
    bus.certctl("ca", "export", "--format", "der", "--out", tmp_path / "ca.cer", check=True)
    said = verifiers.run("openssl", "x509", "-inform", "DER", "-in", tmp_path / "ca.cer", "-noout",
                         "-fingerprint", "-sha256")
    assert said.strip().split("=")[1] in bus.certctl("ca", "show", user=support.USER).stdout


def test_one_for_several_and_one_each(bus, tmp_path):  # R29
    """Services with certificates of their own, and services that share one."""
    trusted = tmp_path / "ca.crt"
    bus.certctl("ca", "export", "--out", trusted, check=True)
    services = {"mqtt": ("mqtt.local",), "ldap": ("ldap.local",), "shared": ("a.local", "b.local")}
    keys = {https(bus).key}
    for name, hosts in services.items():
        bus.certctl("create", name, check=True)
        sans = [word for host in hosts for word in ("--san", f"DNS:{host}")]
        leaf = tmp_path / f"{name}.pem"
        leaf.write_text(bus.certctl("issue", name, *sans, check=True).stdout, encoding="ascii")
        for host in hosts:
            verifiers.openssl(leaf, trusted, host)
        keys.add(Certificate(from_pem(leaf.read_text(encoding="ascii"))[0]).key)
    assert len(keys) == 4
    for name in services:
        bus.certctl("remove", name, "--yes", check=True)


def test_explicit_names(bus):  # R23 R29
    """Names that were given take the place of the device's; one outside is named and refused."""
    bus.certctl("create", "mqtt", check=True)
    leaf = bus.certctl("issue", "mqtt", "--san", "DNS:mqtt.local", "--san", "IP:10.0.0.9", check=True)
    assert [octets for _, octets in Certificate(from_pem(leaf.stdout)[0]).names()] == [
        b"mqtt.local", bytes((10, 0, 0, 9))]
    for san in ("DNS:www.example.com", "IP:198.51.100.7", "IP:2001:db8:ffff::7"):
        done = bus.certctl("issue", "mqtt", "--san", "DNS:mqtt.local", "--san", san)
        assert done.returncode == 21 and f'"{san}"' in done.stderr, done.stderr
        assert "--scope" in done.stderr
    shown = json.loads(bus.certctl("show", "mqtt", "--json", check=True).stdout)
    assert from_pem(shown["Chain"])[0] == from_pem(leaf.stdout)[0], "the one in use stays"
    bus.certctl("remove", "mqtt", "--yes", check=True)


def test_sha1_under_the_legacy_policy_alone(bus):  # R52
    before = bus.get(HTTPS, "Certificate", "Fingerprint")
    done = bus.certctl("reset", "https", "--digest", "sha1", "--yes")
    assert done.returncode == 21 and "legacy" in done.stderr
    assert bus.get(HTTPS, "Certificate", "Fingerprint") == before
    for digest in ("sha256", "sha384"):
        bus.certctl("reset", "https", "--digest", digest, "--yes", check=True)
    script = ("certctl reset https --digest sha1 --yes; certctl export https;"
              "certctl reset https --yes; certctl export https")
    old, new = (Certificate(data) for data in from_pem(private_bus(script, "--policy", "legacy")))
    assert old.algorithm.oid == "1.2.840.10045.4.1", "ecdsa-with-SHA1"
    assert new.algorithm.oid == "1.2.840.10045.4.3.2", "ecdsa-with-SHA256"
