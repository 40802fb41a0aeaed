# SPDX-License-Identifier: LGPL-2.1-or-later
"""Whatever certd issues: no fault for the lint, and accepted by OpenSSL and GnuTLS for its names."""

import ipaddress
import os
import subprocess

import certificate_lint
import der
import pytest
import support
import verifiers
from certificate_lint import AUTHORITY, LEAF, SELF_SIGNED
from certificate_lint_names import COMMON_NAME, IP
from certificate_view import Certificate, from_pem
from gi.repository import GLib
from outside import KEY_COMMANDS

LONG = os.environ.get("CERTD_TEST_LONG") == "1"
AUTHORITY_PATH = support.MANAGER + "/authority/internal"
HTTPS = support.MANAGER + "/certificate/https"
NAMES = {"DNS": ("dev1.local", "*.dev1.local"), "IP": ("10.1.2.3", "fd00::7")}
SANS = [word for kind, values in NAMES.items() for value in values
        for word in ("--san", f"{kind}:{value}")]
ASKED = [verifiers.name_of(kind, value) for kind, values in NAMES.items() for value in values]
KEYS = {
    "ec:secp256r1": 0, "ec:secp384r1": 0, "ec:secp521r1": 0, "ed25519": 0, "rsa:2048": 1,
    "rsa:3072": 1, **({"rsa:4096": 1, "rsa:8192": 1} if LONG else {}),
}
# One slow key of each size is enough.
PAIRS = [(key, digest) for key, slow in KEYS.items() for digest in ("sha256", "sha384", "sha512")
         if not slow or digest == "sha256" or key == "rsa:2048"]


def export_authority(bus, folder):
    """The authority's certificate: its file and its DER."""
    path = folder / "ca.crt"
    bus.certctl("ca", "export", "--out", path, check=True)
    return path, from_pem(path.read_text(encoding="ascii"))[0]


def take(folder, text):
    """Writes the first certificate of PEM text to a file: its path and DER."""
    path = folder / "leaf.pem"
    path.write_text(text[:text.index("-----END") + len("-----END CERTIFICATE-----\n")],
                    encoding="ascii")
    return path, from_pem(text)[0]


def judge(bus, folder, text, asked):
    """Lints the leaf of the PEM text as one of the authority's and has the programs verify it."""
    trusted, authority = export_authority(bus, folder)
    path, leaf = take(folder, text)
    assert certificate_lint.lint(leaf, LEAF, authority) == {}
    assert Certificate(leaf).key_item.raw != Certificate(authority).key_item.raw
    verifiers.all_accept(path, trusted, asked)
    return Certificate(leaf)


def names_in(leaf):
    """The names that a client would ask a leaf (DER) for."""
    names = Certificate(leaf).names()
    return [str(ipaddress.ip_address(octets)) if tag == IP else octets.decode()
            for tag, octets in names]


def make_request(folder):
    """A DER request of another device."""
    verifiers.run("openssl", "req", "-new", "-newkey", "ed25519", "-nodes", "-keyout", "key.pem",
                  "-subj", "/CN=a.local", "-outform", "DER", "-out", "request", cwd=folder)
    return (folder / "request").read_bytes()


@pytest.fixture
def out(bus):
    """A fresh certificate `out`."""
    bus.certctl("create", "out", "--subject", "CN=dev1.local", check=True)
    yield "out"
    bus.certctl("remove", "out", "--yes", check=True)


@pytest.mark.parametrize("key, digest", PAIRS)
def test_issued(bus, out, tmp_path, key, digest):  # R9 R23
    done = bus.certctl("issue", out, "--key", key, "--digest", digest, *SANS)
    assert done.returncode == 0, done.stderr
    made = judge(bus, tmp_path, done.stdout, ASKED)
    kind, _, size = key.partition(":")
    assert made.key_kind == kind
    assert kind != "ec" or made.curve[0] == {"secp256r1": "P-256", "secp384r1": "P-384",
                                             "secp521r1": "P-521"}[size]


@pytest.mark.parametrize("key", KEY_COMMANDS)
def test_signed(bus, tmp_path, key):  # R28
    verifiers.run("sh", "-ec", f"{KEY_COMMANDS[key]} > key.pem", cwd=tmp_path)
    asked = ",".join(f"{kind}:{value}" for kind, values in NAMES.items() for value in values)
    verifiers.run("openssl", "req", "-new", "-key", "key.pem", "-subj", "/CN=dev1.local", "-addext",
                  f"subjectAltName={asked}", "-out", "request.pem", cwd=tmp_path)
    done = bus.certctl("ca", "sign", tmp_path / "request.pem")
    assert done.returncode == 0, done.stderr
    judge(bus, tmp_path, done.stdout, ASKED)


@pytest.mark.parametrize("key", KEYS)
def test_self_signed(bus, out, tmp_path, key):  # R20
    """100 years lead beyond 2049, where times are written in another way."""
    done = bus.certctl("self-sign", out, "--key", key, "--days", "36500", *SANS)
    assert done.returncode == 0, done.stderr
    path, leaf = take(tmp_path, done.stdout)
    assert certificate_lint.lint(leaf, SELF_SIGNED) == {}
    assert [time.tag for time in Certificate(leaf).validity] == [der.UTC_TIME, der.GENERALIZED_TIME]
    verifiers.openssl_accepts(path, path, ASKED)


def test_organisation(bus, out, tmp_path):  # R24 R26
    """The organisation's values beside the device's names, as if no subject were given."""
    done = bus.certctl("issue", out, "--subject", "O=Example,C=DE")
    assert done.returncode == 0, done.stderr
    of_device = bus.certctl("export", "https", check=True).stdout
    made = judge(bus, tmp_path, done.stdout, names_in(from_pem(of_device)[0]))
    said = verifiers.run("openssl", "x509", "-noout", "-subject", "-nameopt", "RFC2253",
                         data=done.stdout)
    host = made.subject_values(COMMON_NAME)[0].text
    assert said.strip() == f"subject=CN={host},O=Example,C=DE"
    assert set(made.names()) == set(Certificate(from_pem(of_device)[0]).names())


def test_organisation_is_kept(bus, tmp_path):  # R24 R26
    """What is set for https is in it when certd issues it again by itself."""
    before = names_in(from_pem(bus.get(HTTPS, "Certificate", "Chain"))[0])
    bus.certctl("set", "https", "--subject", "O=Example,C=DE", check=True)
    bus.certctl("ca", "regenerate", "--yes", check=True)
    path, authority = export_authority(bus, tmp_path)
    support.wait_until(lambda: _verified(bus, tmp_path, path), "https is issued again")
    leaf = take(tmp_path, bus.get(HTTPS, "Certificate", "Chain"))[1]
    assert certificate_lint.lint(leaf, LEAF, authority) == {}
    said = verifiers.run("openssl", "x509", "-noout", "-subject", "-nameopt", "RFC2253", "-in",
                         tmp_path / "leaf.pem")
    assert said.strip().endswith(",O=Example,C=DE") and names_in(leaf) == before
    bus.certctl("set", "https", "--subject", "", check=True)


# Settings, what is set later, certctl's exit status and a word in the message.
IMPOSSIBLE = {
    "days": (["--days", "3650"], ["--issuer", "internal"], 12, "397"),
    "names": (["--san", "DNS:www.example.com"], ["--issuer", "internal"], 21,
              "DNS:www.example.com"),
    "names later": (["--issuer", "internal"], ["--san", "DNS:www.example.com"], 21,
                    "DNS:www.example.com"),
    "days later": (["--issuer", "internal"], ["--days", "398"], 12, "397"),
}


def settings(bus, path):
    return [bus.get(path, "Certificate", name) for name in ("Days", "Issuer", "SubjectAltNames")]


@pytest.mark.parametrize("case", IMPOSSIBLE)
def test_impossible_settings(bus, case):  # R23 R26
    """Are refused when they are set, not when the certificate is due, and nothing has changed."""
    first, later, status, word = IMPOSSIBLE[case]
    bus.certctl("create", "m4", *first, check=True)
    path = support.MANAGER + "/certificate/m4"
    before = settings(bus, path)
    done = bus.certctl("set", "m4", *later)
    after = settings(bus, path)
    bus.certctl("remove", "m4", "--yes", check=True)
    assert done.returncode == status and word in done.stderr, done
    assert after == before


@pytest.mark.parametrize("issuer", ("self", "internal"))
def test_issued_at_once(bus, tmp_path, issuer):  # R20 R23
    """With the certificate, where nobody else is needed."""
    bus.certctl("create", "own", "--issuer", issuer, check=True)
    path = support.MANAGER + "/certificate/own"
    support.wait_until(lambda: bus.get(path, "Certificate", "Chain"), "it is issued")
    origin = bus.get(path, "Certificate", "Origin")
    chain = bus.get(path, "Certificate", "Chain")
    trusted, authority = export_authority(bus, tmp_path)
    bus.certctl("remove", "own", "--yes", check=True)
    assert origin == issuer
    role = (SELF_SIGNED,) if issuer == "self" else (LEAF, authority)
    file, leaf = take(tmp_path, chain)
    assert certificate_lint.lint(leaf, *role) == {}
    verifiers.openssl_accepts(file, file if issuer == "self" else trusted, names_in(leaf))


def test_mail_and_uris(bus, out, tmp_path):  # R6 R22
    """Within the constraints, at hosts above and below."""
    more = ("email:a@dev1.local", "URI:https://dev1.local/x", "URI:coap://a.dev1.local:5683/")
    done = bus.certctl("issue", out, *SANS, *(word for name in more for word in ("--san", name)))
    assert done.returncode == 0, done.stderr
    judge(bus, tmp_path, done.stdout, ASKED)
    path, _ = take(tmp_path, done.stdout)
    for asked, code in (("a@dev1.local", 0), ("a@dev2.local", 2)):
        verified = subprocess.run(["openssl", "verify", "-CAfile", tmp_path / "ca.crt", "-verify_email",
                                   asked, path], capture_output=True, check=False)
        assert verified.returncode == code, verified


def test_label_beside_a_name(bus, out, tmp_path):  # R23
    """Only a single label stays one, which no verifier takes for a name: its value is what the rule
    of the CA/Browser Forum on common names has against it, and nothing else."""
    bus.certctl("set", out, "--subject", "CN=sensor7", check=True)
    done = bus.certctl("issue", out, *SANS)
    assert done.returncode == 0, done.stderr
    trusted, authority = export_authority(bus, tmp_path)
    path, leaf = take(tmp_path, done.stdout)
    assert set(certificate_lint.lint(leaf, LEAF, authority)) == {"common-name-among-names"}
    verifiers.all_accept(path, trusted, ASKED)


# A certificate of addresses alone: its subject, and what is in the end the subject (RFC 4514). Verifiers
# would hold a common name against what the authority may speak for by DNS.
ADDRESS_SUBJECTS = {"CN=10.1.2.3": "", "CN=fd00::7,O=Example": "O=Example", "O=Example": "O=Example"}


@pytest.mark.parametrize("subject", ADDRESS_SUBJECTS)
def test_addresses_alone(bus, out, tmp_path, subject):  # R7 R23
    words = ["--subject", subject, "--san", "IP:10.1.2.3", "--san", "IP:fd00::7"]
    done = bus.certctl("issue", out, *words)
    assert done.returncode == 0, done.stderr
    judge(bus, tmp_path, done.stdout, ["10.1.2.3", "fd00::7"])
    said = verifiers.run("openssl", "x509", "-noout", "-subject", "-nameopt", "RFC2253",
                         data=done.stdout)
    assert said.strip() == f"subject={ADDRESS_SUBJECTS[subject]}"
    assert bus.certctl("show", out).returncode == 0


@pytest.mark.parametrize("subject", ("CN=My Camera", "CN=camera"))
def test_label_beside_addresses(bus, out, subject):  # R23
    """Refused with its value, for GnuTLS would take it for a host name."""
    done = bus.certctl("issue", out, "--subject", subject, "--san", "IP:10.1.2.3")
    assert done.returncode in (9, 21) and subject.removeprefix("CN=") in done.stderr, done.stderr


def test_default(bus, tmp_path):  # R22 R23
    """The device's own certificate and authority, and that they have nothing in common."""
    chain = bus.certctl("export", "https", check=True).stdout
    asked = names_in(from_pem(chain)[0])
    assert asked
    judge(bus, tmp_path, chain, asked)


ORGANISATIONS = {
    "plain": ("CN=Example authority,O=Example,C=DE",),
    "long": ("CN=" + "c" * 64 + ",OU=" + "u" * 64 + ",OU=second,O=" + "o" * 64 + ",L=" + "l" * 128
             + ",ST=" + "s" * 128 + ",C=DE",),
    "foreign": ("CN=Behörde,O=Beispiel & Söhne GmbH,L=München,serialNumber=4711-A,DC=example,"
                "emailAddress=admin@example.org",),
    "device": ("--scope", "device"), "any": ("--scope", "any"), "local": ("--scope", "local"),
    "century": ("--days", "36500"), "year": ("--days", "365"), "same key": ("--reuse-key",),
}


@pytest.mark.parametrize("case", ORGANISATIONS)
def test_authority(bus, tmp_path, case):  # R22 R26
    words = ORGANISATIONS[case]
    options = words if words[0].startswith("--") else ("--subject", *words)
    done = bus.certctl("ca", "regenerate", "--yes", *options)
    assert done.returncode == 0, done.stderr
    path, authority = export_authority(bus, tmp_path)
    assert certificate_lint.lint(authority, AUTHORITY) == {}
    support.wait_until(lambda: Certificate(from_pem(bus.get(HTTPS, "Certificate", "Chain"))[0])
                       .issuer.raw == Certificate(authority).subject.raw
                       and _verified(bus, tmp_path, path), "https is issued again")
    assert bool(Certificate(authority).permitted()) == (case != "any")
    leaf = take(tmp_path, bus.get(HTTPS, "Certificate", "Chain"))[1]
    assert certificate_lint.lint(leaf, LEAF, authority) == {}
    if case == "any":
        bus.certctl("ca", "regenerate", "--yes", "--scope", "local", check=True)


def _verified(bus, folder, trusted):
    leaf, _ = take(folder, bus.get(HTTPS, "Certificate", "Chain"))
    try:
        verifiers.openssl(leaf, trusted)
        verifiers.gnutls(leaf, trusted)
    except AssertionError:
        return False
    return True


def test_serials_are_random(bus, tmp_path):  # R28
    """Of 64 certificates no serial is there twice, and no bit of 64 and more is ever the same."""
    request, serials = make_request(tmp_path), []
    for _ in range(64):
        chain, = bus.call(AUTHORITY_PATH, "Authority", "Sign", "(aya{sv})", (request, {}))
        serials.append(der.integer(Certificate(from_pem(chain)[0]).serial))
    assert len(set(serials)) == 64
    ones, zeros = 0, 0
    for serial in serials:
        ones, zeros = ones | serial, zeros | ~serial
    assert (ones & zeros).bit_count() >= 64


def test_emergency(bus, certd, tmp_path):  # R55
    """With a sealing key that opens nothing the certificate that stands in signs itself."""
    bus.close()
    certd.stop(clean=True)
    key = certd.state_directory / "sealing.key"
    kept = key.read_bytes()
    with open(key, "r+b") as file:
        file.write(b"\0" * len(kept))
    certd.start()
    support.wait_until(lambda: bus.get(HTTPS, "Certificate", "Origin") == "emergency",
                       "an emergency certificate stands in")
    path, leaf = take(tmp_path, bus.get(HTTPS, "Certificate", "Chain"))
    assert certificate_lint.lint(leaf, SELF_SIGNED) == {}
    verifiers.openssl_accepts(path, path, names_in(leaf))
    with pytest.raises(GLib.Error, match="KeyUnavailable"):
        bus.call(AUTHORITY_PATH, "Authority", "Sign", "(aya{sv})", (make_request(tmp_path), {}))
    bus.close()
    certd.stop(clean=True)
    with open(key, "r+b") as file:
        file.write(kept)
    certd.start()
    support.wait_until(lambda: bus.get(HTTPS, "Certificate", "Origin") != "emergency",
                       "the certificate is in use again")
