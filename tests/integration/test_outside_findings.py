# SPDX-License-Identifier: LGPL-2.1-or-later
"""What certd says of certificates that OpenSSL makes: dry run, inspection, warnings to accept."""

import json

import pytest
from outside import HOST, IDENTIFIERS, Authority, Workshop, codes, show

NAME = "judged"
SAN = f"subjectAltName=DNS:{HOST}"
REJECTED = 20


@pytest.fixture(scope="module")
def strict(tmp_path_factory):
    return Authority(tmp_path_factory.mktemp("authority"))


@pytest.fixture
def workshop(bus, strict, tmp_path):
    """A workshop with the key and request of a server; the certificate NAME is empty."""
    bus.certctl("create", NAME, "--subject", f"CN={HOST}", check=True)
    yield Workshop(tmp_path, strict)
    bus.certctl("remove", NAME, "--yes", check=True)


def make(workshop, extensions, days=90, key="ec -pkeyopt ec_paramgen_curve:P-256", more=""):
    """A certificate with its key and chain; its only extensions are the given ones."""
    workshop.run(f"openssl req -new -newkey {key} -nodes -subj /CN={HOST} -keyout key.pem"
                 " -out leaf.csr")
    workshop.write("leaf.cnf", IDENTIFIERS + extensions)
    workshop.run("openssl x509 -req -in leaf.csr -CA issuing.pem -CAkey issuing.key"
                 f" -days {days} -extfile leaf.cnf {more} -out leaf.pem")
    return workshop.make("cat key.pem leaf.pem issuing.pem")


# name: (extensions, other arguments of make(), codes of warnings)
WARNINGS = {
    "no-san": ("", {}, ["no-san"]),
    "other-name": ("subjectAltName=DNS:other.example.org", {}, ["san-mismatch"]),
    "wildcard-elsewhere": ("subjectAltName=DNS:*.example.net", {},
                           ["san-mismatch", "wildcard"]),
    "wildcard-two-levels": ("subjectAltName=DNS:*.org", {}, ["san-mismatch", "wildcard"]),
    "client-only": (f"{SAN}\nextendedKeyUsage=clientAuth", {}, ["no-server-auth"]),
    "no-signature": (f"{SAN}\nkeyUsage=keyEncipherment", {}, ["key-usage"]),
    "authority": (f"{SAN}\nbasicConstraints=critical,CA:TRUE", {}, ["is-ca"]),
    "several": ("extendedKeyUsage=clientAuth\nkeyUsage=keyAgreement", {},
                ["key-usage", "no-san", "no-server-auth"]),
}
ERRORS = {
    "rsa-1024": (SAN, {"key": "rsa:1024"}, ["weak-key"]),
    "exponent-3": (SAN, {"key": "rsa:2048 -pkeyopt rsa_keygen_pubexp:3"}, ["weak-key"]),
    "sha-1": (SAN, {"more": "-sha1"}, ["weak-digest"]),
    "expired": (SAN, {"days": "-1"}, ["expired"]),
}
NOTES = {
    "nothing": (SAN, {}, []),
    "server-and-client": (f"{SAN}\nextendedKeyUsage=clientAuth,serverAuth", {}, []),
    "any-usage": (f"{SAN}\nextendedKeyUsage=anyExtendedKeyUsage", {}, []),
    "another-case": (f"subjectAltName=DNS:{HOST.upper()}", {}, []),
    "398-days": (SAN, {"days": 398}, []),
    "long": (SAN, {"days": 399}, ["lifetime-long"]),
    "wildcard": ("subjectAltName=DNS:*.example.org", {}, ["wildcard"]),
    "sha-512": (SAN, {"more": "-sha512"}, []),
}


def inspected(bus, path):
    """What inspection finds; the details' public-key hash stands for the rest."""
    done = bus.certctl("inspect", path, "--certificate", NAME, "--json")
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)["Findings"]


def dry_run(bus, path, *options):
    """A dry run's exit status and findings; it must not change anything."""
    before = show(bus, NAME)
    done = bus.certctl("import", NAME, path, "--dry-run", "--json", *options)
    assert show(bus, NAME) == before
    assert ("would succeed" in done.stderr) is (done.returncode == 0)
    return done.returncode, json.loads(done.stdout)["Findings"]


def accepting(names):
    return [word for name in names for word in ("--accept", name)]


@pytest.mark.parametrize("row", WARNINGS)
def test_warning(bus, workshop, row):  # R35 R36
    """Stops the import until just these codes are accepted."""
    extensions, how, expected = WARNINGS[row]
    path = make(workshop, extensions, **how)
    findings = inspected(bus, path)
    assert codes(findings) == expected
    assert all(severity == ("note" if code == "wildcard" else "warning") and message and remedy
               for code, severity, message, remedy in findings)
    assert dry_run(bus, path) == (REJECTED, findings)
    for accept in ([], accepting(["chain-order"]), accepting(expected[1:])):
        done = bus.certctl("import", NAME, path, *accept)
        assert done.returncode == REJECTED and expected[0] in done.stderr
    assert show(bus, NAME)["Generation"] == 0
    assert dry_run(bus, path, *accepting(expected)) == (0, findings)
    bus.certctl("import", NAME, path, *accepting(expected), check=True)
    shown = show(bus, NAME)
    assert shown["Findings"] == findings and shown["Generation"] == 1


@pytest.mark.parametrize("row", ERRORS)
def test_error(bus, workshop, row):  # R35 R36
    """Stops the import for good."""
    extensions, how, expected = ERRORS[row]
    path = make(workshop, extensions, **how)
    findings = inspected(bus, path)
    assert codes(findings) == expected and findings[0][1] == "error"
    assert dry_run(bus, path, *accepting(expected)) == (REJECTED, findings)
    done = bus.certctl("import", NAME, path, *accepting(expected))
    assert done.returncode == REJECTED and expected[0] in done.stderr
    assert show(bus, NAME)["Generation"] == 0


@pytest.mark.parametrize("row", NOTES)
def test_note(bus, workshop, row):  # R35 R36
    """Doesn't stop the import."""
    extensions, how, expected = NOTES[row]
    path = make(workshop, extensions, **how)
    findings = inspected(bus, path)
    assert codes(findings) == expected
    assert dry_run(bus, path) == (0, findings)
    bus.certctl("import", NAME, path, check=True)
    assert show(bus, NAME)["Findings"] == findings


def test_dry_run_of_a_foreign_one(bus, workshop):  # R32 R36
    make(workshop, SAN)
    status, findings = dry_run(bus, workshop.make("cat leaf.pem issuing.pem"))
    assert status == 18 and codes(findings) == ["key-mismatch"]


def test_dry_run_leaves_the_request_open(bus, workshop):  # R36
    made = json.loads(bus.certctl("request", NAME, "--json", check=True).stdout)
    workshop.sign(made["Pem"])
    assert dry_run(bus, workshop.folder / "chain.pem") == (0, [])
    row = json.loads(bus.certctl("requests", NAME, "--json", check=True).stdout)[0]
    assert row["State"] == "ready"


def test_inspection_without_a_place(bus, workshop):  # R36
    """Says what it holds; nobody asks whose names they are."""
    make(workshop, "subjectAltName=DNS:*.example.net")
    done = bus.certctl("inspect", workshop.make("cat leaf.pem issuing.pem"), "--json")
    assert done.returncode == 0, done.stderr
    answer = json.loads(done.stdout)
    assert answer["Details"]["has-key"] is False and answer["Details"]["format"] == "pem"
    assert answer["Details"]["public-key-hash"] == workshop.text(
        "openssl pkey -in key.pem -pubout -outform DER | sha256sum").split()[0]
    assert "wildcard" in codes(answer["Findings"])


def test_unknown_code(bus, workshop):  # R35
    path = make(workshop, SAN)
    done = bus.certctl("import", NAME, path, "--accept", "no-such-thing")
    assert done.returncode == 12 and show(bus, NAME)["Generation"] == 0  # InvalidOption


def test_self_signed_elsewhere(bus, workshop):  # R34 R35
    workshop.run(f"openssl req -x509 -newkey ed25519 -nodes -subj /CN={HOST} -keyout key.pem"
                 f" -out leaf.pem -days 90 -addext {SAN}"
                 " -addext basicConstraints=critical,CA:FALSE")
    path = workshop.make("cat key.pem leaf.pem")
    findings = inspected(bus, path)
    assert "self-signed" in codes(findings)
    assert {finding[1] for finding in findings if finding[0] == "self-signed"} == {"note"}
