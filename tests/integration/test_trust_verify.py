# SPDX-License-Identifier: LGPL-2.1-or-later
"""Chains that can be trusted and chains that can't: certd, OpenSSL and GnuTLS agree about each, by the
bundle and by the directory that certd publishes, and certd names the link that fails."""

import subprocess

import der
import pytest
import trust_directory
import trust_world
import trusted
import verifiers

WWW = "www.example.org"


def chain(anchors, sent, name=WWW, *, code=None, culprit=None, purpose="server", trusted_for=None):
    """anchors and what is sent, by their names in trust_world; the code of the finding and the common
    name of the certificate that it tells of, None where the chain is trusted."""
    return anchors.split(), sent.split(), name, purpose, trusted_for or [purpose], code, culprit


ROWS = {
    "good": chain("root", "leaf inter"),
    "direct": chain("root-renewed", "leaf-renewed-root"),
    "root-comes-along": chain("root", "leaf inter root"),
    "reversed": chain("root", "root inter leaf"),
    "authority-first": chain("root", "inter leaf"),
    "own-authority-first": chain("root", "thief leaf inter", code="untrusted", culprit="Thief"),
    "own-issuer-first": chain("root", "thief-plain of-thief leaf inter", code="untrusted",
                              culprit="Thief Plain"),
    "unrelated-too": chain("root", "leaf inter other-inter root-b"),
    "others-between": chain("root", "leaf other-inter inter"),
    "deep": chain("root", "leaf-2 sub-2 sub-1"),
    "deep-shuffled": chain("root", "sub-1 leaf-2 sub-2"),
    "no-name-asked": chain("root", "leaf inter", ""),
    "name-in-capitals": chain("root", "leaf inter", "WWW.EXAMPLE.ORG"),
    "other-name": chain("root", "leaf inter", "mail.example.org", code="san-mismatch",
                        culprit="leaf"),
    "longer-name": chain("root", "leaf inter", "a.www.example.org", code="san-mismatch",
                         culprit="leaf"),
    "wildcard": chain("root", "wildcard inter", "mail.example.org"),
    "wildcard-two-labels": chain("root", "wildcard inter", "a.b.example.org", code="san-mismatch",
                                 culprit="wildcard"),
    "wildcard-none": chain("root", "wildcard inter", "example.org", code="san-mismatch",
                           culprit="wildcard"),
    "address": chain("root", "addresses inter", "192.0.2.1"),
    "address-6": chain("root", "addresses inter", "2001:db8::1"),
    "other-address": chain("root", "addresses inter", "192.0.2.2", code="san-mismatch",
                           culprit="addresses"),
    "address-of-a-name": chain("root", "leaf inter", "192.0.2.1", code="san-mismatch",
                               culprit="leaf"),
    "missing-link": chain("root", "leaf", code="untrusted", culprit="leaf"),
    "missing-upper-link": chain("root", "leaf-2 sub-2", code="untrusted", culprit="Sub Two"),
    "missing-lower-link": chain("root", "leaf-2 sub-1", code="untrusted", culprit="leaf two"),
    "no-anchors": chain("", "leaf inter", code="untrusted", culprit="Issuing"),
    "other-anchor": chain("root-b", "leaf inter", code="untrusted", culprit="Issuing"),
    "root-not-trusted": chain("root-b", "leaf inter root", code="untrusted", culprit="Root"),
    "leaf-expired": chain("root", "leaf-expired inter", code="expired", culprit="leaf late"),
    "leaf-early": chain("root", "leaf-early inter", code="not-yet-valid", culprit="leaf early"),
    "link-expired": chain("root", "of-late late", code="expired", culprit="Late"),
    "link-early": chain("root", "of-early early", code="not-yet-valid", culprit="Early"),
    "anchor-expired": chain("root-late", "of-root-late", code="expired", culprit="Root Late"),
    "anchor-early": chain("root-early", "of-root-early", code="not-yet-valid",
                          culprit="Root Early"),
    "anchor-renewed": chain("root-renewed", "leaf inter"),
    "anchor-renewed-and-old": chain("root root-renewed", "leaf inter"),
    "two-of-one-name": chain("root root-twin", "leaf inter"),
    "two-of-one-name-the-other": chain("root root-twin", "leaf-of-twin inter-of-twin"),
    "only-the-other-of-the-name": chain("root-twin", "leaf inter", code="bad-signature",
                                        culprit="Issuing"),
    "cross-signed": chain("root-b", "leaf inter-of-b"),
    "cross-signed-both": chain("root-b", "leaf inter-of-b inter"),
    "cross-signed-here": chain("root", "leaf inter inter-of-b"),
    "cross-signed-all-trusted": chain("root root-b", "leaf inter inter-of-b"),
    "name-permitted": chain("root", "inside permitted"),
    "name-not-permitted": chain("root", "outside permitted", "www.example.net",
                                code="name-constraints", culprit="outside"),
    "one-name-not-permitted": chain("root", "half-outside permitted", code="name-constraints",
                                    culprit="half outside"),
    "name-not-excluded": chain("root", "not-excluded excluded"),
    "name-excluded": chain("root", "is-excluded excluded", "a.secret.example.org",
                           code="name-constraints", culprit="is excluded"),
    "address-permitted": chain("root", "in-range range", "192.0.2.9"),
    "address-not-permitted": chain("root", "out-of-range range", "198.51.100.9",
                                   code="name-constraints", culprit="out of range"),
    "anchor-permits": chain("root-narrow", "of-narrow"),
    "anchor-does-not-permit": chain("root-narrow", "too-wide", "www.example.com",
                                    code="name-constraints", culprit="too wide"),
    "path-length-kept": chain("root", "of-zero zero"),
    "path-too-long": chain("root", "of-below-zero below-zero zero", code="path-length",
                           culprit="Zero"),
    "path-too-long-by-one": chain("root", "leaf-3 sub-3 sub-2 sub-1", code="path-length",
                                  culprit="Sub One"),
    "anchor-path-length-kept": chain("root-short", "of-root-short"),
    "anchor-path-too-long": chain("root-short", "below-short of-short", code="path-length",
                                  culprit="Root Short"),
    "client-as-server": chain("root", "client inter", "client.example.org", code="wrong-purpose",
                              culprit="client"),
    "code-signer-as-server": chain("root", "code-signing inter", code="wrong-purpose",
                                   culprit="code signer"),
    "authority-for-clients-only": chain("root", "by-client-only client-only", code="wrong-purpose",
                                        culprit="Client Only"),
    "no-usage": chain("root", "no-usage inter"),
    "client": chain("root", "client inter", "", purpose="client"),
    "both-as-client": chain("root", "both inter", "", purpose="client"),
    "server-as-client": chain("root", "leaf inter", "", purpose="client", code="wrong-purpose",
                              culprit="leaf"),
    "anchor-for-clients-alone": chain("root", "leaf inter", trusted_for=["client"],
                                      code="untrusted", culprit="Issuing"),
    "anchor-for-servers-alone": chain("root", "client inter", "", purpose="client",
                                      trusted_for=["server"], code="untrusted", culprit="Issuing"),
    "issuer-is-no-authority": chain("root", "by-no-ca no-ca", code="not-ca",
                                    culprit="No Authority"),
    "issuer-may-not-sign": chain("root", "by-no-sign no-sign", code="not-ca", culprit="No Signer"),
    "issuer-is-a-leaf": chain("root", "by-leaf leaf inter", code="not-ca", culprit="leaf"),
    "other-key-of-the-name": chain("root", "leaf-by-twin inter", code="bad-signature",
                                   culprit="leaf by twin"),
    "signature-damaged": chain("root", "damaged inter", code="bad-signature", culprit="leaf"),
    "old-digest": chain("root", "sha1 inter", code="weak-digest", culprit="old digest"),
    "critical-extension": chain("root", "critical inter", code="unknown-extension",
                                culprit="critical"),
}
# What other programs want first; certd takes any order.
AUTHORITIES = {"inter", "root", "sub-1", "sub-2"}


@pytest.fixture(scope="module")
def world(tmp_path_factory):
    return trust_world.World(tmp_path_factory.mktemp("world"))


@pytest.fixture(scope="module", autouse=True)
def empty_again(bus):
    yield
    trusted.clear(bus)


def trust_exactly(bus, world, anchors, purposes):
    trusted.clear(bus)
    for anchor in anchors:
        trusted.add(bus, world.der(anchor), purposes)
    assert len(trusted.rows(bus)) == len(anchors)


def leaf_first(sent):
    leaf = next(name for name in sent if name not in AUTHORITIES) if sent[0] in AUTHORITIES else sent[0]
    return [leaf, *(name for name in sent if name != leaf)]


def openssl(folder, how, name, purpose):
    """Whether openssl verify trusts leaf.pem with others.pem, by nothing but what how names."""
    ask = []
    if name:
        ask = ["-verify_ip" if verifiers.is_address(name) else "-verify_hostname", name]
    done = subprocess.run(
        ["openssl", "verify", "-no-CAstore", *how, "-purpose", f"ssl{purpose}", "-auth_level", "2", *ask,
         "-untrusted", "others.pem", "leaf.pem"],
        cwd=folder, capture_output=True, text=True, check=False, stdin=subprocess.DEVNULL)
    return done.returncode == 0


def certtool(bundle, sent, name, purpose):
    """Whether certtool trusts the chain by the bundle."""
    ask = ["--verify-hostname", name] if name else []
    oid = trust_directory.PURPOSES[purpose].decode()
    done = subprocess.run(
        ["certtool", "--verify", "--load-ca-certificate", bundle, "--verify-purpose", oid, *ask],
        input=sent, capture_output=True, text=True, check=False)
    return done.returncode == 0


def opinions(folder, world, sent, name, purpose):
    """What the others say, each by the bundle and by the directory."""
    ordered = leaf_first(sent)
    (folder / "leaf.pem").write_text(world.pem(ordered[0]), encoding="ascii")
    (folder / "others.pem").write_text(world.pem(*ordered[1:]) or world.pem(ordered[0]),
                                       encoding="ascii")
    bundle, directory = trusted.TREE / f"{purpose}.pem", trusted.TREE / purpose
    return {
        "openssl, bundle": openssl(folder, ["-CAfile", bundle, "-no-CApath"], name, purpose),
        "openssl, directory": openssl(folder, ["-CApath", directory, "-no-CAfile"], name, purpose),
        "certtool, bundle": certtool(bundle, world.pem(*ordered), name, purpose),
        "gnutls, directory": trust_directory.accepts(directory, world.pem(*ordered), name, purpose),
    }


def test_there_are_enough():  # R71
    refused = [row for row in ROWS.values() if row[5] is not None]
    assert len(ROWS) >= 40 and len(refused) >= 20 and len(ROWS) - len(refused) >= 20


@pytest.mark.parametrize("label", ROWS)
def test_all_agree(bus, world, tmp_path, label):  # R70 R71
    anchors, sent, name, purpose, purposes, code, culprit = ROWS[label]
    trust_exactly(bus, world, anchors, purposes)
    findings = trusted.verify(bus, world.pem(*sent).encode(), name, purpose)
    found = trusted.errors(findings)
    said = opinions(tmp_path, world, sent, name, purpose)
    assert said == dict.fromkeys(said, code is None), (label, findings)
    if code is None:
        assert found == []
        return
    assert code in [finding[0] for finding in found], findings
    message = next(finding[2] for finding in found if finding[0] == code)
    assert f"CN={culprit}," in message or f"CN={culprit}\"" in message, message


def item(tag, content):
    size = len(content)
    octets = size.to_bytes((size.bit_length() + 7) // 8, "big")
    return bytes([tag]) + (bytes([size]) if size < 0x80 else bytes([0x80 | len(octets)]) + octets) + content


def rewritten(raw, old, new):
    """raw with the one item old, wherever it is inside, as new."""
    if raw == old:
        return new
    outer = der.one(raw)
    if not outer.tag & der.CONSTRUCTED:
        return raw
    return item(outer.tag, b"".join(rewritten(inner.raw, old, new) for inner in outer))


def forged(world, folder, old, new):
    """The leaf in DER with the item old as new, signed by its issuer."""
    to_sign, algorithm, _ = der.one(world.der("leaf"))
    assert to_sign.raw.count(old) == 1
    (folder / "tbs").write_bytes(rewritten(to_sign.raw, old, new))
    signed = subprocess.run(["openssl", "dgst", "-sha256", "-sign", world.key("Issuing"), "tbs"],
                            cwd=folder, capture_output=True, check=True, stdin=subprocess.DEVNULL).stdout
    made = item(der.SEQUENCE, (folder / "tbs").read_bytes() + algorithm.raw +
                item(der.BIT_STRING, b"\0" + signed))
    done = subprocess.run(["openssl", "x509", "-inform", "DER"], input=made, capture_output=True, check=True)
    return done.stdout.decode("ascii")


KEY_USAGE = bytes.fromhex("300e0603551d0f0101ff040403020780")
TILL = item(der.GENERALIZED_TIME, b"20590101000000Z")
FORGERIES = {
    "unchanged": (TILL, TILL, None),
    "usage-empty": (KEY_USAGE, KEY_USAGE[:-6].replace(b"\x30\x0e", b"\x30\x0a") + b"\x04\x00", "a key usage"),
    "no-seconds": (TILL, item(der.UTC_TIME, b"4901010000Z"), "a validity"),
}


@pytest.mark.parametrize("label", FORGERIES)
def test_forged(bus, world, tmp_path, label):  # R71
    """What certtool would not write and GnuTLS overlooks; OpenSSL agrees with certd."""
    old, new, culprit = FORGERIES[label]
    trust_exactly(bus, world, ["root"], ["server"])
    leaf = forged(world, tmp_path, old, new)
    (tmp_path / "leaf.pem").write_text(leaf, encoding="ascii")
    (tmp_path / "others.pem").write_text(world.pem("inter"), encoding="ascii")
    found = trusted.errors(trusted.verify(bus, (leaf + world.pem("inter")).encode(), WWW))
    assert openssl(tmp_path, ["-CAfile", trusted.TREE / "server.pem", "-no-CApath"], WWW,
                   "server") == (culprit is None)
    assert [finding[0] for finding in found] == (["malformed"] if culprit else []), found
    assert culprit is None or f"has {culprit} that is not as RFC 5280 says" in found[0][2]


def test_all_anchors_agree(bus, world):  # R70
    """What is counted in the bundle and the directory, by both libraries."""
    anchors = [name for name, row in trust_world.CERTIFICATES.items()
               if not row[2] and "ca" in row[3]]
    trust_exactly(bus, world, anchors, ["server"])
    bundle = (trusted.TREE / "server.pem").read_text(encoding="utf-8")
    assert bundle.count("-----BEGIN CERTIFICATE") == len(anchors)
    assert trust_directory.count(trusted.TREE / "server") == len(anchors)
    listed = subprocess.run(["openssl", "storeutl", "-noout", "-certs", trusted.TREE / "server.pem"],
                            capture_output=True, text=True, check=True, stdin=subprocess.DEVNULL)
    assert f"Total found: {len(anchors)}" in listed.stdout
    assert trust_directory.count(trusted.TREE / "client") == 0
    rows = trusted.rows(bus)
    hashes = {row["subject-hash"] for row in rows.values()}
    for anchor in anchors:
        made = subprocess.run(["openssl", "x509", "-in", world.path(anchor), "-noout", "-hash"],
                              capture_output=True, text=True, check=True, stdin=subprocess.DEVNULL)
        assert made.stdout.strip() in hashes
