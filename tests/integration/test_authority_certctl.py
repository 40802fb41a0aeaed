# SPDX-License-Identifier: LGPL-2.1-or-later
"""certctl ca, issue and status: what the device's own authority looks like from the command line, held
against what OpenSSL reads in the same certificate."""

import json
import plistlib
import subprocess

import pytest
import support

AUTHORITY = "/org/certd1/authority/internal"


def openssl(*arguments, data=None):
    return subprocess.run(["openssl", *arguments], input=data, check=True, capture_output=True).stdout


def certctl(bus, *arguments, status=0, **more):
    done = bus.certctl(*arguments, **more)
    assert done.returncode == status, done.stdout + done.stderr
    return done.stdout


def authority(bus):
    return json.loads(certctl(bus, "ca", "show", "--json"))


def fingerprint(pem):
    line = openssl("x509", "-noout", "-fingerprint", "-sha256", data=pem.encode())
    return line.decode().strip().partition("=")[2]


def test_show_has_the_fingerprint_to_compare(bus):  # R27
    pem = certctl(bus, "ca", "export")
    assert fingerprint(pem) in certctl(bus, "ca", "show")
    assert authority(bus)["Certificate"] == pem


def test_formats_hold_the_same_certificate(bus, tmp_path):  # R27
    pem = certctl(bus, "ca", "export")
    der = openssl("x509", "-outform", "der", data=pem.encode())
    certctl(bus, "ca", "export", "--format", "der", "--out", str(tmp_path))
    assert (tmp_path / "ca.cer").read_bytes() == der
    certctl(bus, "ca", "export", "--format", "mobileconfig", "--out", str(tmp_path))
    profile = plistlib.loads((tmp_path / "ca.mobileconfig").read_bytes())
    assert der in [payload["PayloadContent"] for payload in profile["PayloadContent"]]
    certctl(bus, "ca", "export", "--format", "p12", status=13)


def test_issue_is_signed_by_it(bus, tmp_path):  # R23 R26
    (tmp_path / "ca.pem").write_text(certctl(bus, "ca", "export"), encoding="ascii")
    certctl(bus, "create", "issued")
    leaf = certctl(bus, "issue", "issued", "--san", "DNS:issued.local")
    openssl("verify", "-x509_strict", "-purpose", "sslserver", "-verify_hostname", "issued.local",
            "-CAfile", str(tmp_path / "ca.pem"), data=leaf.encode())
    certctl(bus, "issue", "issued", "--san", "DNS:www.example.com", status=21)
    certctl(bus, "remove", "issued", "--yes")


@pytest.mark.parametrize("form", ("pem", "der"))
def test_sign(bus, tmp_path, form):  # R28
    (tmp_path / "ca.pem").write_text(certctl(bus, "ca", "export"), encoding="ascii")
    request = tmp_path / "request"
    openssl("req", "-new", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes",
            "-keyout", "/dev/null", "-subj", "/CN=camera.local", "-outform", form, "-out",
            str(request))
    leaf = certctl(bus, "ca", "sign", str(request), "--days", "10")
    openssl("verify", "-x509_strict", "-purpose", "sslserver", "-verify_hostname", "camera.local",
            "-CAfile", str(tmp_path / "ca.pem"), data=leaf.encode())
    openssl("x509", "-noout", "-checkend", str(9 * 86400), data=leaf.encode())
    certctl(bus, "ca", "sign", str(request), "--san", "DNS:bank.example.com", status=21)


def test_regenerate_asks_and_says_what_it_did(bus):  # R26
    before = authority(bus)
    certctl(bus, "ca", "regenerate", status=2)
    assert authority(bus) == before
    done = bus.certctl("ca", "regenerate", "--subject", "O=Example,C=DE", "--scope", "device", "--yes")
    after = authority(bus)
    assert done.returncode == 0
    assert fingerprint(after["Certificate"]) in done.stderr
    assert after["Scope"] == "device" and ["O", "Example"] in after["Subject"]
    assert after["Fingerprint"] != before["Fingerprint"]
    # With the same key, for those that trust it already.
    certctl(bus, "ca", "regenerate", "--reuse-key", "--scope", "local", "--yes")
    key = [openssl("x509", "-noout", "-pubkey", data=one["Certificate"].encode())
           for one in (before, after, authority(bus))]
    assert key[0] != key[1] == key[2]


def test_status_has_it_all(bus):  # R41 R55
    shown = json.loads(certctl(bus, "status", "--json"))
    assert shown["Authority"] == authority(bus)
    assert shown["NextRenewal"] == bus.get(support.MANAGER, "Manager", "NextRenewal") > 0
    assert shown["NeedAttention"] == []


def test_properties_change_with_it(bus):  # R26
    """Everything of the authority is in the signal, as a reader would get it."""
    seen = []
    connection = bus.connection()
    subscription = connection.signal_subscribe(
        support.NAME, "org.freedesktop.DBus.Properties", "PropertiesChanged", AUTHORITY, None, 0,
        lambda *arguments: seen.append(arguments[5].unpack()))
    certctl(bus, "ca", "regenerate", "--reuse-key", "--yes")
    support.wait_until(lambda: seen, "PropertiesChanged of the authority")
    connection.signal_unsubscribe(subscription)
    interface, changed, invalidated = seen[-1]
    assert (interface, invalidated) == ("org.certd1.Authority", [])
    assert {**changed, "Subject": [list(pair) for pair in changed["Subject"]]} == authority(bus)
