# SPDX-License-Identifier: LGPL-2.1-or-later
"""The lint itself: for each of its rules a certificate that is wrong in just that way has to fail it."""

import certificate_lint
import certificate_lint_names as names
import der
import pytest
from certificate_lint import AUTHORITY, LEAF
from certificate_lint_extensions import (AUTHORITY_KEY_ID, BASIC_CONSTRAINTS, EXTENDED_KEY_USAGE,
                                         KEY_USAGE, SUBJECT_KEY_ID)
from certificate_lint_names import DNS, EMAIL, IP, NAME_CONSTRAINTS, SAN, URI
from certificate_view import Certificate, from_pem
from der import encode, encode_oid, replace

TBS = (0, 0)
VERSION, SERIAL, ALGORITHM, ISSUER, VALIDITY, SUBJECT, KEY, EXTENSIONS = range(8)
KEYS = ("ec:secp256r1", "rsa:2048", "ed25519")


@pytest.fixture(scope="module")
def bases(bus):
    """{kind: DER} of what certd issues: a leaf for each kind of key, and the authority."""
    made = {AUTHORITY: from_pem(bus.certctl("ca", "export", check=True).stdout)[0]}
    for key in KEYS:
        name = key.split(":")[0]
        bus.certctl("create", name, "--subject", "CN=dev1.local", check=True)
        done = bus.certctl("issue", name, "--key", key, check=True)
        made[name] = from_pem(done.stdout)[0]
        bus.certctl("remove", name, "--yes", check=True)
    return made


def field(number, new, *below):
    """A change of one field of tbsCertificate, or of what is at the path below it."""
    return lambda data: replace(data, (*TBS, number, *below), new)


def algorithms(*parts):
    """A change of both places that say how it is signed."""
    new = encode(der.SEQUENCE, list(parts))
    return lambda data: replace(replace(data, (*TBS, ALGORITHM), new), (0, 1), new)


def extension(oid, value, flag=b""):
    return encode(der.SEQUENCE, [encode_oid(oid), flag, encode(der.OCTET_STRING, value)])


CRITICAL, FALSE = b"\x01\x01\xff", b"\x01\x01\x00"


def changed(oid, value, flag=b""):
    """A change that puts this in the extension's place; value None takes it out."""
    new = b"" if value is None else extension(oid, value, flag)

    def change(data):
        index = [one.oid for one in Certificate(data).extensions].index(oid)
        return replace(data, (*TBS, EXTENSIONS, 0, index), new)
    return change


def flagged(oid, flag):
    """A change of nothing but whether the extension is critical."""
    return lambda data: changed(oid, Certificate(data).extension(oid).data, flag)(data)


def added(new):
    """A change that adds an extension."""
    return field(EXTENSIONS, lambda last: last + new, 0, 0)


def san(*pairs, flag=b""):
    return changed(SAN, encode(der.SEQUENCE, [encode(*pair) for pair in pairs]), flag)


def constraints(*subtrees, flag=CRITICAL):
    found = [encode(der.SEQUENCE, subtree) for subtree in subtrees]
    return changed(NAME_CONSTRAINTS, encode(der.SEQUENCE, [encode(0xA0, found)]), flag)


def attribute(oid, text, tag=der.UTF8_STRING):
    return encode(der.SEQUENCE, [encode_oid(oid), encode(tag, text)])


def subject(*attributes):
    """A change of the subject, with an RDN for each attribute."""
    return field(SUBJECT, encode(der.SEQUENCE, [encode(der.SET, one) for one in attributes]))


def rsa(modulus, exponent):
    def number(value):
        return encode(der.INTEGER, value.to_bytes(value.bit_length() // 8 + 1, "big"))
    key = encode(der.SEQUENCE, [number(modulus), number(exponent)])
    return field(KEY, encode(der.BIT_STRING, b"\0" + key), 1)


def times(begin, end):
    return field(VALIDITY, encode(der.SEQUENCE, [encode(*begin), encode(*end)]))


def utc(text):
    return der.UTC_TIME, text


CN, OTHER = names.COMMON_NAME, "1.2.3.4"
A_NAME = attribute(CN, b"a.local")
MODULUS = (1 << 2047) + 1001 * 2 + 1
LOCAL, V4, V6 = (encode(DNS, b"local"), encode(IP, bytes((10, 0, 0, 0, 255, 0, 0, 0))),
                 encode(IP, bytes((0xFC, *[0] * 15, 0xFE, *[0] * 15))))
MAIL, URIS = encode(EMAIL, b".local"), encode(URI, b".local")
NULL = b"\x05\x00"

# Rule: (kind of certificate, change).
MUTATIONS = {
    "der-tag": ("ec", field(SERIAL, b"\x1f\x81\x01\x00")),
    "der-length-within": ("ec", lambda data: data[:-1]),
    "der-integer": ("ec", field(SERIAL, b"\x02\x09\x00\x59" + b"7" * 7)),
    "der-null": ("rsa", field(KEY, b"\x05\x01\x00", 0, 1)),
    "der-oid": ("ec", field(ALGORITHM, b"\x06\x03\x80\x01\x01", 0)),
    "der-length": ("ec", field(SERIAL, lambda raw: b"\x02\x81" + raw[1:])),
    "der-boolean": (AUTHORITY, flagged(KEY_USAGE, b"\x01\x01\x01")),
    "der-unused-bits": ("ec", changed(KEY_USAGE, b"\x03\x02\x07\x81", CRITICAL)),
    "der-set-order": ("ec", subject(A_NAME + attribute("2.5.4.11", b"b"))),
    "outline": ("ec", lambda data: data + NULL),
    "version": ("ec", field(VERSION, b"\xa0\x03\x02\x01\x01")),
    "serial-positive": ("ec", field(SERIAL, b"\x02\x09\x80" + b"7" * 8)),
    "serial-size": ("ec", field(SERIAL, encode(der.INTEGER, b"7" * 21))),
    "serial-random": ("ec", field(SERIAL, b"\x02\x02\x10\x01")),
    "signature-same": ("ec", lambda data: replace(data, (0, 1), lambda raw: encode(
        der.SEQUENCE, encode_oid("1.2.840.10045.4.3.3")))),
    "signature-algorithm": ("ec", algorithms(encode_oid("1.2.840.10045.4.1"))),
    "signature-parameters": ("ec", algorithms(encode_oid("1.2.840.10045.4.3.2"), NULL)),
    "signature-key": ("ec", algorithms(encode_oid("1.3.101.112"))),
    "signature-value": ("ec", lambda data: replace(
        data, (0, 2), b"\x03\x09\x00\x30\x06\x02\x01\x00\x02\x01\x01")),
    "issuer-present": ("ec", field(ISSUER, b"\x30\x00")),
    "issuer-matches": ("ec", field(ISSUER, encode(der.SEQUENCE, encode(der.SET, A_NAME)))),
    "validity-type": ("ec", field(VALIDITY, encode(der.GENERALIZED_TIME, b"20270101000000Z"), 1)),
    "validity-form": ("ec", field(VALIDITY, encode(der.UTC_TIME, b"2712010000Z"), 1)),
    "validity-order": ("ec", times(utc(b"270101000000Z"), utc(b"270101000000Z"))),
    "lifetime": ("ec", times(utc(b"270101000000Z"), utc(b"280202000001Z"))),
    "lifetime-within-authority": ("ec", times(
        utc(b"270101000000Z"), (der.GENERALIZED_TIME, b"20990101000000Z"))),
    "unique-identifiers": ("ec", field(KEY, lambda raw: raw + b"\x81\x02\x00\x01")),
    "key-algorithm": ("ec", field(KEY, encode_oid("1.3.132.0.10"), 0, 1)),
    "key-parameters": ("rsa", field(KEY, b"", 0, 1)),
    "ec-point": ("ec", field(KEY, encode(der.BIT_STRING, b"\0\x02" + b"x" * 32), 1)),
    "ed25519-key": ("ed25519", field(KEY, encode(der.BIT_STRING, b"\0" + b"x" * 31), 1)),
    "rsa-size": ("rsa", rsa(MODULUS >> 8 | 1, 65537)),
    "rsa-exponent": ("rsa", rsa(MODULUS, 3)),
    "rsa-modulus": ("rsa", rsa(MODULUS // 3 * 3, 65537)),
    "extensions-present": ("ec", field(EXTENSIONS, b"")),
    "extensions-once": ("ec", added(extension(EXTENDED_KEY_USAGE, b"\x30\x00"))),
    "extensions-known": ("ec", added(extension(OTHER, NULL))),
    "extensions-default": ("ec", flagged(SAN, FALSE)),
    "basic-constraints-critical": ("ec", flagged(BASIC_CONSTRAINTS, b"")),
    "basic-constraints-default": ("ec", changed(BASIC_CONSTRAINTS, b"\x30\x03" + FALSE, CRITICAL)),
    "leaf-no-authority": ("ec", changed(BASIC_CONSTRAINTS, b"\x30\x03" + CRITICAL, CRITICAL)),
    "leaf-no-path-length": ("ec", changed(BASIC_CONSTRAINTS, b"\x30\x03\x02\x01\x00", CRITICAL)),
    "authority-is-one": (AUTHORITY, changed(BASIC_CONSTRAINTS, b"\x30\x00", CRITICAL)),
    "authority-path-length": (AUTHORITY, changed(
        BASIC_CONSTRAINTS, b"\x30\x06" + CRITICAL + b"\x02\x01\x01", CRITICAL)),
    "key-usage-critical": ("ec", flagged(KEY_USAGE, b"")),
    "key-usage-minimal": ("ec", changed(KEY_USAGE, b"\x03\x02\x00\x80", CRITICAL)),
    "leaf-signs": ("rsa", changed(KEY_USAGE, b"\x03\x02\x05\x20", CRITICAL)),
    "leaf-signs-nothing-else": ("ec", changed(KEY_USAGE, b"\x03\x02\x02\x84", CRITICAL)),
    "key-encipherment": ("ec", changed(KEY_USAGE, b"\x03\x02\x05\xa0", CRITICAL)),
    "authority-usage": (AUTHORITY, changed(KEY_USAGE, b"\x03\x02\x01\x86", CRITICAL)),
    "server-auth": ("ec", changed(EXTENDED_KEY_USAGE, encode(
        der.SEQUENCE, encode_oid("1.3.6.1.5.5.7.3.2")))),
    "purposes-only-tls": ("ec", changed(EXTENDED_KEY_USAGE, encode(
        der.SEQUENCE, encode_oid("1.3.6.1.5.5.7.3.1") + encode_oid("2.5.29.37.0")))),
    "purposes-not-critical": ("ec", flagged(EXTENDED_KEY_USAGE, CRITICAL)),
    "subject-key-id": ("ec", changed(SUBJECT_KEY_ID, None)),
    "subject-key-id-value": ("ec", changed(SUBJECT_KEY_ID, b"\x04\x04abcd")),
    "authority-key-id": ("ec", changed(AUTHORITY_KEY_ID, None)),
    "authority-key-id-form": ("ec", changed(AUTHORITY_KEY_ID, b"\x30\x06\x80\x01a\x82\x01\x01")),
    "authority-key-id-value": ("ec", changed(AUTHORITY_KEY_ID, b"\x30\x06\x80\x04abcd")),
    "subject-present": (AUTHORITY, field(SUBJECT, b"\x30\x00")),
    "subject-strings": ("ec", subject(attribute(CN, b"a", 0x14))),
    "subject-characters": ("ec", subject(attribute(CN, b"a@b", der.PRINTABLE_STRING))),
    "subject-country": ("ec", subject(attribute(names.COUNTRY, b"de", der.PRINTABLE_STRING))),
    "subject-serial-number": ("ec", subject(attribute(names.SERIAL_NUMBER, b"1"))),
    "subject-bounds": ("ec", subject(attribute(CN, b"a" * 65))),
    "subject-blank": ("ec", subject(attribute("2.5.4.10", b" - "))),
    "subject-single-values": ("ec", subject(A_NAME + attribute("2.5.4.11", b"b"))),
    "subject-one-common-name": ("ec", subject(A_NAME, A_NAME)),
    "common-name-among-names": ("ec", subject(A_NAME)),
    "san-present": ("ec", changed(SAN, None)),
    "san-not-empty": ("ec", changed(SAN, b"\x30\x00")),
    "san-critical": ("ec", flagged(SAN, CRITICAL)),
    "san-dns-syntax": ("ec", san((DNS, b"a_b.local"))),
    "san-wildcard": ("ec", san((DNS, b"w*.a.local"))),
    "san-address-size": ("ec", san((IP, b"12345"))),
    "san-reachable": ("ec", san((IP, bytes((127, 0, 0, 1))))),
    "san-text": ("ec", san((EMAIL, b"nobody"))),
    "names-permitted": ("ec", san((DNS, b"www.example.com"))),
    "constraints-critical": (AUTHORITY, flagged(NAME_CONSTRAINTS, b"")),
    "constraints-authority-only": ("ec", added(extension(NAME_CONSTRAINTS, b"\x30\x00", CRITICAL))),
    "constraints-not-empty": (AUTHORITY, constraints()),
    "constraints-base-only": (AUTHORITY, constraints(LOCAL + b"\x80\x01\x01", V4, V6)),
    "constraints-dns": (AUTHORITY, constraints(encode(DNS, b".local"), V4, V6)),
    "constraints-address": (AUTHORITY, constraints(LOCAL, encode(IP, b"1234"), V6)),
    "constraints-mask": (AUTHORITY, constraints(
        LOCAL, V4, encode(IP, bytes((10, 0, 0, 1, 255, 0, 0, 0))), V6)),
    "constraints-hosts": (AUTHORITY, constraints(LOCAL, V4, V6, MAIL, encode(URI, b"*.local"))),
    "constraints-every-kind": (AUTHORITY, constraints(LOCAL, V4, MAIL, URIS)),
}


def lint(bases, kind, data):
    if kind == AUTHORITY:
        return certificate_lint.lint(data, AUTHORITY)
    return certificate_lint.lint(data, LEAF, bases[AUTHORITY])


def test_every_rule_has_a_mutation():
    assert set(MUTATIONS) == set(certificate_lint.RULES)
    assert len(MUTATIONS) >= 40


def test_no_fault_without_a_mutation(bases):
    for kind, data in bases.items():
        assert lint(bases, kind, data) == {}


@pytest.mark.parametrize("name", MUTATIONS)
def test_mutation(bases, name):
    kind, change = MUTATIONS[name]
    mutated = change(bases[kind])
    assert mutated != bases[kind]
    assert name in lint(bases, kind, mutated)


@pytest.mark.parametrize("missing", range(5))
def test_every_kind_of_constraint(bases, missing):
    """The rule names the kind that is left open, whichever it is."""
    subtrees = [LOCAL, V4, V6, MAIL, URIS]
    assert lint(bases, AUTHORITY, constraints(*subtrees)(bases[AUTHORITY])) == {}
    del subtrees[missing]
    assert set(lint(bases, AUTHORITY, constraints(*subtrees)(bases[AUTHORITY]))) == {
        "constraints-every-kind"}


# Names beside a.local, and whether names-permitted lets them pass.
HOSTS = {
    "mail": ((EMAIL, b"a@dev1.local"), True), "mail at the host": ((EMAIL, b"a@local"), True),
    "mail beyond": ((EMAIL, b"a@example.com"), False),
    "mail, domain as a part of a label": ((EMAIL, b"a@notlocal"), False),
    "URI": ((URI, b"https://dev1.local:443/x"), True),
    "URI beyond": ((URI, b"https://example.com/dev1.local"), False),
    "URI with user information": ((URI, b"https://dev1.local@example.com/"), False),
    "URI without a host": ((URI, b"urn:dev1.local"), False),
}


@pytest.mark.parametrize("case", HOSTS)
def test_names_with_hosts(bases, case):
    name, permitted = HOSTS[case]
    found = lint(bases, "ec", san((DNS, b"dev1.local"), name)(bases["ec"]))
    assert set(found) == (set() if permitted else {"names-permitted"})


@pytest.mark.parametrize("host, permitted", ((b"dev1.local", True), (b"example.com", False)))
def test_mail_in_the_subject(bases, host, permitted):
    mail = attribute(names.EMAIL_ADDRESS, b"a@" + host, der.IA5_STRING)
    found = lint(bases, "ec", subject(attribute(CN, b"dev1.local"), mail)(bases["ec"]))
    assert set(found) == (set() if permitted else {"names-permitted"})


def test_empty_subject_makes_names_critical(bases):
    """The other half of san-critical: critical where the subject says nothing."""
    nameless = field(SUBJECT, b"\x30\x00")(bases["ec"])
    assert set(lint(bases, "ec", nameless)) == {"san-critical"}
    assert lint(bases, "ec", flagged(SAN, CRITICAL)(nameless)) == {}


def test_lint_reads_garbage(bases):
    """Whatever comes, a fault is named and nothing raised."""
    for data in (b"", b"\0", b"\x30\x80\0\0", b"\x30\x00", bytes(100)):
        assert lint(bases, "ec", data)
    whole = bases["ec"]
    for at in range(0, len(whole), 7):
        lint(bases, "ec", whole[:at] + bytes((whole[at] ^ 0xFF,)) + whole[at + 1:])
