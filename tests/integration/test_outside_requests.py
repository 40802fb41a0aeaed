# SPDX-License-Identifier: LGPL-2.1-or-later
"""Requests from certd, read and verified by OpenSSL and by GnuTLS's certtool."""

import json
import os
import pathlib
import re
import subprocess

import pytest
import support

LONG = os.environ.get("CERTD_TEST_LONG") == "1"


def openssl(*words, data=None):
    done = subprocess.run(["openssl", *map(str, words)], input=data, capture_output=True, text=True,
                          check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout + done.stderr


def certtool(*words, data=None):
    done = subprocess.run(["certtool", *map(str, words)], input=data, capture_output=True, text=True,
                          check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout


def request(bus, *options):
    """The PEM request that certctl makes for the certificate `out` with these options."""
    done = bus.certctl("request", "out", *options)
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("-----BEGIN CERTIFICATE REQUEST-----\n")
    return done.stdout


def verified(pem):
    """What OpenSSL says of it, after both outside programs have verified its signature."""
    text = openssl("req", "-verify", "-noout", "-text", "-nameopt", "RFC2253,-esc_msb,utf8",
                   data=pem)
    assert "self-signature verify OK" in text
    assert "Self signature: verified" in certtool("--crq-info", data=pem)
    return text


@pytest.fixture(autouse=True)
def certificate(bus):
    """A fresh certificate `out` for each test."""
    bus.certctl("create", "out", "--subject", "CN=dev1.example.org", check=True)
    yield
    bus.certctl("remove", "out", "--yes", check=True)


KEYS = {
    "rsa:2048": "(2048 bit)", "rsa:3072": "(3072 bit)", "rsa:4096": "(4096 bit)",
    "ec:secp256r1": "NIST CURVE: P-256", "ec:secp384r1": "NIST CURVE: P-384",
    "ec:secp521r1": "NIST CURVE: P-521", "ed25519": "ED25519",
    **({"rsa:8192": "(8192 bit)"} if LONG else {}),
}
DIGESTS = {"sha256": "SHA256", "sha384": "SHA384", "sha512": "SHA512"}


# One slow key of each size is enough.
PAIRS = [(key, digest) for key in KEYS for digest in DIGESTS
         if digest == "sha256" or not key.startswith("rsa") or key == "rsa:2048"]


@pytest.mark.parametrize("key, digest", PAIRS)
def test_key_and_digest(bus, key, digest):  # R1 R9
    text = verified(request(bus, "--key", key, "--digest", digest))
    assert KEYS[key] in text
    algorithm = re.search(r"Signature Algorithm: (\S+)", text)[1]
    expected = "ED25519" if key == "ed25519" else DIGESTS[digest]
    assert expected in algorithm.upper()


def test_default(bus):  # R9
    text = verified(request(bus))
    assert "P-256" in text and "ecdsa-with-SHA256" in text


FIELDS = {
    "C": "DE", "ST": "Bayern", "L": "München", "O": "Beispiel GmbH", "CN": "dev1.example.org",
    "emailAddress": "admin@example.org", "serialNumber": "4711-A", "DC": "example", "name": "Ada Lovelace",
    "title": "Uhr", "givenName": "Ada", "surname": "Lovelace", "initials": "A.L.",
}


@pytest.mark.parametrize("field", FIELDS)
def test_field(bus, field):  # R2
    subject = f"{field}={FIELDS[field]}"
    pem = request(bus, "--subject", subject if field == "CN" else f"{subject},CN=dev1.example.org")
    text = openssl("req", "-noout", "-subject", "-nameopt", "sep_multiline,utf8,sname", data=pem)
    short = {"givenName": "GN", "surname": "SN"}.get(field, field)
    assert f"{short}={FIELDS[field]}" in text
    verified(pem)


def test_several_units_in_order(bus):  # R2
    units = [f"OU=Unit {number}" for number in range(5)]
    pem = request(bus, "--subject", ",".join(["CN=dev1.example.org", *units, "C=DE"]))
    text = openssl("req", "-noout", "-subject", "-nameopt", "RFC2253", data=pem)
    assert ",".join(["CN=dev1.example.org", *units, "C=DE"]) in text
    assert certtool("--crq-info", data=pem).count("OU=Unit") >= 5


def test_escapes(bus):  # R2
    pem = request(bus, "--subject", r"CN=dev1.example.org,O=a\, b \+ \"c\" \\ \#d,OU=\ x")
    text = openssl("req", "-noout", "-subject", "-nameopt", "sep_multiline,sname", data=pem)
    assert 'O=a, b + "c" \\ #d' in text and "OU= x" in text


SANS = {
    "DNS:*.example.org": ("DNS:*.example.org", "DNSname: *.example.org"),  # R8
    "DNS:a.example.org": ("DNS:a.example.org", "DNSname: a.example.org"),
    "IP:192.0.2.1": ("IP Address:192.0.2.1", "IPAddress: 192.0.2.1"),
    "IP:2001:db8::1": ("IP Address:2001:DB8:0:0:0:0:0:1", "IPAddress: 2001:db8::1"),
    "email:a@example.org": ("email:a@example.org", "RFC822Name: a@example.org"),
    "URI:https://a.example.org/x?y=z": ("URI:https://a.example.org/x?y=z", "URI: https://a.exa"),
    "RID:1.3.6.1.4.1.55555.1": ("Registered ID:1.3.6.1.4.1.55555.1", "Registered ID: 1.3.6"),
    "dirName:CN=a,OU=b,O=c,C=DE": ("DirName:/C=DE/O=c/OU=b/CN=a", "directoryName: CN=a,OU=b,O=c"),
}


@pytest.mark.parametrize("san", SANS)
def test_alternative_name(bus, san):  # R5
    pem = request(bus, "--san", san)
    assert SANS[san][0] in verified(pem)
    assert SANS[san][1] in certtool("--crq-info", data=pem)


def test_all_names_at_once(bus):  # R5 R7
    text = verified(request(bus, *[word for san in SANS for word in ("--san", san)]))
    for expected, _ in SANS.values():
        assert expected in text
    assert "DNS:dev1.example.org" in text  # the common name


def test_hundred_names(bus):  # R5
    names = [word for number in range(99) for word in ("--san", f"DNS:h{number}.example.org")]
    assert verified(request(bus, *names)).count("DNS:") == 100
    # The common name is one more, and that is one too many.
    done = bus.certctl("request", "out", *names, "--san", "DNS:more.example.org", "--san",
                       "DNS:evenmore.example.org")
    assert done.returncode == 7


COMMON_NAMES = {
    "CN=192.0.2.9": "IP Address:192.0.2.9", "CN=2001:db8::9": "IP Address:2001:DB8:0:0:0:0:0:9",
    "CN=www.example.org": "DNS:www.example.org", "CN=*.example.org": "DNS:*.example.org",
}


@pytest.mark.parametrize("subject", COMMON_NAMES)
def test_common_name_is_copied(bus, subject):  # R7
    assert COMMON_NAMES[subject] in verified(request(bus, "--subject", subject))
    assert "Subject Alternative Name" not in verified(request(bus, "--no-copy-cn"))


def test_common_name_that_is_no_name(bus):  # R7
    assert "Subject Alternative Name" not in verified(request(bus, "--subject", "CN=My Device"))


def test_attributes(bus, tmp_path):  # R4
    (tmp_path / "challenge").write_text("Geheimes Wort 7\n", encoding="ascii")
    text = verified(request(bus, "--challenge-password-file", tmp_path / "challenge",
                            "--unstructured-name", "Example Company"))
    assert re.search(r"challengePassword\s*:\s*Geheimes Wort 7", text)
    assert re.search(r"unstructuredName\s*:\s*Example Company", text)


def test_without_attributes(bus):  # R4
    assert "challengePassword" not in verified(request(bus))


def test_formats_and_file_names(bus, tmp_path):  # R14
    assert bus.certctl("request", "out", "--out", f"{tmp_path}").returncode == 0
    pem = (tmp_path / "out.csr").read_text(encoding="ascii")
    verified(pem)
    der = tmp_path / "request.der"
    assert bus.certctl("request", "out", "--format", "der", "--out", der).returncode == 0
    openssl("req", "-inform", "DER", "-in", der, "-verify", "-noout")


def test_printed_as_json(bus):  # R11 R14
    """Id, creation time and public-key hash stand beside every request."""
    request(bus)
    rows = json.loads(bus.certctl("requests", "out", "--json", check=True).stdout)
    row = rows[0] if isinstance(rows, list) else rows["Requests"][0]
    assert row["State"] == "ready" and row["Created"] > 1_700_000_000
    assert re.fullmatch("[0-9a-f]{64}", row["PublicKeyHash"])


def test_self_signed(bus):  # R20 R21
    for days in (1, 36500):
        done = bus.certctl("self-sign", "out", "--days", str(days))
        assert done.returncode == 0, done.stderr
        text = openssl("x509", "-noout", "-subject", "-ext",
                       "subjectAltName,basicConstraints,keyUsage,extendedKeyUsage", data=done.stdout)
        assert "CN = dev1.example.org" in text and "DNS:dev1.example.org" in text
        assert "CA:FALSE" in text and "Digital Signature" in text
        start, end = (openssl("x509", "-noout", f"-{which}date", data=done.stdout).strip()
                      .partition("=")[2] for which in ("start", "end"))
        assert _seconds(end) - _seconds(start) == days * 86400
    for days in ("0", "36501"):
        assert bus.certctl("self-sign", "out", "--days", days).returncode == 12


def _seconds(date):
    return int(subprocess.run(["date", "-ud", date, "+%s"], capture_output=True, text=True,
                              check=True).stdout)


def test_legacy_policy():  # R10
    """SHA-1 and RSA 1024, which the default policy refuses, on a bus under `legacy`."""
    here = pathlib.Path(__file__).resolve().parent
    script = (
        "set -e; certctl create old --subject CN=old.example.org; "
        "certctl request old --key rsa:1024 --digest sha1 | openssl req -verify -noout -text; "
        "certctl reset https --yes >&2; "
        "certctl request old --key rsa:512 && exit 1; certctl request old --digest md5 && exit 1; "
        "exit 0")
    done = subprocess.run(
        [here.parent / "private-bus", "--build", os.environ["CERTD_BUILD"], "--policy", "legacy",
         "--", "sh", "-c", script], capture_output=True, text=True, check=False,
        stdin=subprocess.DEVNULL)
    assert done.returncode == 0, done.stderr
    assert "(1024 bit)" in done.stdout and "sha1WithRSAEncryption" in done.stdout
    assert done.stderr.count("policy") >= 2


@pytest.mark.parametrize("options, word", (
    (("--key", "rsa:1024"), "legacy"), (("--digest", "sha1"), "legacy"),
    (("--key", "rsa:512"), "policy"), (("--digest", "md5"), "policy"),
))
def test_refused_by_policy(bus, options, word):  # R10
    done = bus.certctl("request", "out", *options)
    assert done.returncode == 21 and word in done.stderr


def test_features(bus):  # R43
    features = bus.get(support.MANAGER, "Manager", "Features")
    for expected in ("key:ec:secp256r1", "digest:sha256", "san:dirName", "subject:OU",
                     "import:pkcs12", "export:p7b", "policy:default"):
        assert expected in features
    version = bus.get(support.MANAGER, "Manager", "Version")
    assert version in bus.certctl("--version", check=True).stdout
