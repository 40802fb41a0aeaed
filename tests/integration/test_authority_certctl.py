# SPDX-License-Identifier: LGPL-2.1-or-later
"""certctl ca, issue and status: what the device's own authority looks like from the command line, held
against what OpenSSL reads in the same certificate."""

import json
import pathlib
import plistlib
import re
import subprocess

import pytest
import support

AUTHORITY = "/org/certd1/authority/internal"
SOURCE = pathlib.Path(__file__).resolve().parents[2]
NOBODY = ("invalid", "0.0.0.0/32", "::/128")  # stand for a kind of which nothing is permitted


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
    subscription = support.subscribe(
        connection, support.NAME, "org.freedesktop.DBus.Properties", "PropertiesChanged", AUTHORITY, None, 0,
        lambda *arguments: seen.append(arguments[5].unpack()))
    certctl(bus, "ca", "regenerate", "--reuse-key", "--yes")
    support.wait_until(lambda: seen, "PropertiesChanged of the authority")
    connection.signal_unsubscribe(subscription)
    interface, changed, invalidated = seen[-1]
    assert (interface, invalidated) == ("org.certd1.Authority", [])
    assert {**changed, "Subject": [list(pair) for pair in changed["Subject"]]} == authority(bus)


def test_days_of_the_help_are_the_limits(bus):  # R20 R22
    limits = dict(re.findall(r"#define CERTD_LIMIT_(\w+) (\d+)u",
                             (SOURCE / "daemon/model/limits.h").read_text(encoding="utf-8")))
    least = re.search(r"#define AUTHORITY_DAYS_MIN (\d+)u",
                      (SOURCE / "daemon/service/authority.c").read_text(encoding="utf-8"))[1]
    ranges = [f"{limits['DAYS_MIN']} to {limits['DAYS_MAX']} days",
              f"{limits['DAYS_MIN']} to {limits['INTERNAL_DAYS']};", f"{least} to {limits['DAYS_MAX']}"]
    for verb in ("issue", "ca", "create"):
        line = next(line for line in certctl(bus, verb, "--help").splitlines() if "--days" in line)
        assert [text for text in ranges if text not in line] == []


def test_no_wait_names_the_request(bus):  # R11 R23
    certctl(bus, "create", "later")
    for verb in ("issue", "self-sign", "request"):
        made = json.loads(certctl(bus, verb, "later", "--no-wait", "--json"))
        assert made["Object"] == f"/org/certd1/request/{made['Id']}"
        assert bus.get(made["Object"], "Request", "Certificate") == made["Certificate"]
    certctl(bus, "remove", "later", "--yes")


@pytest.mark.parametrize("verb", (["export", "https"], ["ca", "export"]))
def test_the_file_that_was_asked_for_is_named(bus, verb):  # R27 R42
    done = bus.certctl(*verb, "--out", "/nonexistent/ca.crt")
    assert done.returncode == 1
    assert done.stderr == 'certctl: Cannot write "/nonexistent/ca.crt": No such file or directory\n'


def test_no_address_is_permitted(bus):  # R26 R27
    """This device has none: what stands for that in the constraints is not shown as a name."""
    certctl(bus, "ca", "regenerate", "--reuse-key", "--scope", "device", "--yes")
    permitted = authority(bus)["PermittedNames"]
    shown = certctl(bus, "ca", "show").partition("and for no others:\n")[2]
    assert {"IP:0.0.0.0/32", "IP:::/128"} <= set(permitted)
    assert not [name for name in NOBODY if name in shown]
    lines = [line.strip() for line in shown.splitlines()]
    assert {"IPv4 addresses: none", "IPv6 addresses: none"} <= set(lines)
    assert [line for line in lines if line.startswith("DNS:")] == [
        name for name in permitted if name.startswith("DNS:")] != []
    certctl(bus, "ca", "regenerate", "--reuse-key", "--scope", "local", "--yes")


def test_requests_say_why_they_failed(bus):  # R11 R24
    """What was issued is for a name that the authority may not speak for any more."""
    certctl(bus, "create", "lab")
    certctl(bus, "issue", "lab", "--san", "IP:10.9.8.7")
    certctl(bus, "ca", "regenerate", "--scope", "device", "--yes")

    def listed(state):
        return [row for row in json.loads(certctl(bus, "requests", "lab", "--json"))
                if row["State"] == state]
    support.wait_until(lambda: listed("failed"), "the attempt to issue it again has failed")
    name, message = listed("failed")[0]["Error"]
    assert name == "org.certd1.Error.PolicyForbids" and "IP:10.9.8.7" in message
    assert [row["Error"] for row in listed("issued")] == [["", ""]]
    fields = {line.split("\t")[2]: line.split("\t")[-1]
              for line in certctl(bus, "requests", "lab").splitlines()}
    assert fields == {"issued": "-", "failed": message}
    assert message in certctl(bus, "requests")
    certctl(bus, "remove", "lab", "--yes")
    certctl(bus, "ca", "regenerate", "--scope", "local", "--yes")


@pytest.mark.parametrize("issuer", ("self", "internal"))
def test_create_issues_at_once(bus, issuer):  # R20 R23
    done = bus.certctl("create", "at-once", "--issuer", issuer, "--subject", "O=Example")
    assert done.returncode == 0 and "issues its certificate now" in done.stderr
    support.wait_until(
        lambda: json.loads(certctl(bus, "show", "at-once", "--json"))["Origin"] == issuer,
        "it is issued")
    certctl(bus, "remove", "at-once", "--yes")
    done = bus.certctl("create", "at-once")
    assert "and empty" in done.stderr
    certctl(bus, "remove", "at-once", "--yes")


def test_factory_reset_tells_of_the_authority(bus):  # R54
    before = authority(bus)["Fingerprint"]
    done = bus.certctl("factory-reset", "--yes")
    assert done.returncode == 0
    assert "the authority's too" in done.stderr and "certctl ca export" in done.stderr
    assert authority(bus)["Fingerprint"] != before
