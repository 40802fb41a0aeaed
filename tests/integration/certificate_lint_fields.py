# SPDX-License-Identifier: LGPL-2.1-or-later
"""The rules of certificate_lint for what stands in every certificate: the fields of RFC 5280 4.1."""

import calendar
import time as clock

import der
from certificate_rules import LEAF, rule

RSA = {"1.2.840.113549.1.1.11", "1.2.840.113549.1.1.12", "1.2.840.113549.1.1.13"}
ECDSA = {"1.2.840.10045.4.3.2", "1.2.840.10045.4.3.3", "1.2.840.10045.4.3.4"}
ED25519 = {"1.3.101.112"}


@rule("outline", "RFC 5280 4.1")
def _outline(certificate, _context):
    if certificate.trailing:
        yield f"{len(certificate.trailing)} octets follow the certificate"


@rule("version", "RFC 5280 4.1.2.1")
def _version(certificate, _context):
    if certificate.version != 2:
        yield "the version is not 3"


@rule("serial-positive", "RFC 5280 4.1.2.2")
def _serial_positive(certificate, _context):
    if der.integer(certificate.serial) <= 0:
        yield "the serial number is not positive"


@rule("serial-size", "RFC 5280 4.1.2.2")
def _serial_size(certificate, _context):
    if len(certificate.serial.content) > 20:
        yield "the serial number has more than 20 octets"


@rule("serial-random", "BR 7.1.2.7")
def _serial_random(certificate, _context):
    if der.integer(certificate.serial).bit_length() < 64:
        yield "the serial number has no room for 64 random bits"


@rule("signature-same", "RFC 5280 4.1.1.2")
def _signature_same(certificate, _context):
    if certificate.algorithm.raw != certificate.outer_algorithm.raw:
        yield "signature and signatureAlgorithm differ"


@rule("signature-algorithm", "BR 7.1.3.2")
def _signature_algorithm(certificate, _context):
    if certificate.algorithm.oid not in RSA | ECDSA | ED25519:
        yield f"signature algorithm {certificate.algorithm.oid}"


@rule("signature-parameters", "RFC 4055 5, RFC 5758 3.2, RFC 8410 3")
def _signature_parameters(certificate, _context):
    for algorithm in (certificate.algorithm, certificate.outer_algorithm):
        wanted = b"\x05\x00" if algorithm.oid in RSA else None
        if algorithm.parameters != wanted:
            yield "the parameters of the signature algorithm are wrong"


@rule("signature-key", "RFC 5280 4.1.1.3")
def _signature_key(certificate, context):
    of_key = {"rsa": RSA, "ec": ECDSA, "ed25519": ED25519}.get(context.issuer.key_kind, set())
    if certificate.algorithm.oid not in of_key:
        yield "the signature algorithm is not one of the issuer's key"


@rule("signature-value", "RFC 5280 4.1.1.3, RFC 3279 2.2.3, RFC 8032 5.1.6")
def _signature_value(certificate, _context):
    if certificate.signature[0] != 0:
        yield "the signature has unused bits"
    value = certificate.signature[1:]
    if certificate.algorithm.oid in ED25519 and len(value) != 64:
        yield "an Ed25519 signature has 64 octets"
    if certificate.algorithm.oid in ECDSA:
        r, s = map(der.integer, der.one(value).expect(der.SEQUENCE))
        if r <= 0 or s <= 0:
            yield "an ECDSA signature is of positive numbers"


@rule("issuer-present", "RFC 5280 4.1.2.4")
def _issuer_present(certificate, _context):
    if not certificate.issuer.content:
        yield "the issuer is empty"


@rule("issuer-matches", "RFC 5280 6.1.3, BR 7.1.4.1")
def _issuer_matches(certificate, context):
    if certificate.issuer.raw != context.issuer.subject.raw:
        yield "the issuer is not the signer's subject, octet for octet"


@rule("validity-type", "RFC 5280 4.1.2.5")
def _validity_type(certificate, _context):
    for time in certificate.validity:
        year = time.content[:4 if time.tag == der.GENERALIZED_TIME else 2].decode()
        if time.tag not in (der.UTC_TIME, der.GENERALIZED_TIME):
            yield f"a time has the tag {time.tag:#04x}"
        elif time.tag == der.GENERALIZED_TIME and int(year) < 2050:
            yield f"the year {year} needs UTCTime"


@rule("validity-form", "RFC 5280 4.1.2.5.1, 4.1.2.5.2")
def _validity_form(certificate, _context):
    for time in certificate.validity:
        digits = 12 if time.tag == der.UTC_TIME else 14
        text = time.content.decode("ascii", errors="replace")
        if len(text) != digits + 1 or not text[:digits].isdigit() or text[digits] != "Z":
            yield f"{text} is not in whole seconds with Z"


def seconds(time):
    """A Time's item as seconds since the epoch."""
    text = time.content.decode("ascii")
    if time.tag == der.UTC_TIME:
        text = ("19" if int(text[:2]) >= 50 else "20") + text
    return calendar.timegm(clock.strptime(text, "%Y%m%d%H%M%SZ"))


@rule("validity-order", "RFC 5280 4.1.2.5")
def _validity_order(certificate, _context):
    begin, end = map(seconds, certificate.validity)
    if begin >= end:
        yield "it ends before it begins"


@rule("lifetime", "BR 6.3.2", LEAF)
def _lifetime(certificate, _context):
    begin, end = map(seconds, certificate.validity)
    if end - begin > 397 * 86400:
        yield f"it is valid for {(end - begin) / 86400:.2f} days"


@rule("lifetime-within-authority", "RFC 5280 6.1.3", LEAF)
def _lifetime_within(certificate, context):
    if seconds(certificate.validity[1]) > seconds(context.issuer.validity[1]):
        yield "it is valid for longer than its issuer"


@rule("unique-identifiers", "RFC 5280 4.1.2.8")
def _unique_identifiers(certificate, _context):
    if certificate.unique_ids:
        yield "it has unique identifiers"


@rule("key-algorithm", "BR 6.1.5")
def _key_algorithm(certificate, _context):
    if certificate.key_kind not in ("rsa", "ec", "ed25519"):
        yield f"key algorithm {certificate.key_kind}"
    elif certificate.key_kind == "ec" and certificate.curve[0] is None:
        yield "the curve is not a named one that is allowed"


@rule("key-parameters", "RFC 3279 2.3.1, RFC 5480 2.1.1, RFC 8410 3")
def _key_parameters(certificate, _context):
    parameters = certificate.key_algorithm.parameters
    right = {"rsa": parameters == b"\x05\x00", "ed25519": parameters is None,
             "ec": (parameters or b"")[:1] == bytes((der.OID,))}
    if not right.get(certificate.key_kind, True):
        yield "the parameters of the key's algorithm are wrong"


@rule("ec-point", "RFC 5480 2.2")
def _ec_point(certificate, _context):
    size = certificate.curve[1]
    if certificate.key_kind == "ec" and size and (
            certificate.key[:1] != b"\4" or len(certificate.key) != 1 + 2 * size):
        yield "the public key is not an uncompressed point of its curve"


@rule("ed25519-key", "RFC 8410 4")
def _ed25519_key(certificate, _context):
    if certificate.key_kind == "ed25519" and len(certificate.key) != 32:
        yield "an Ed25519 key has 32 octets"


def _rsa_numbers(certificate):
    return map(der.integer, der.one(certificate.key)) if certificate.key_kind == "rsa" else None


@rule("rsa-size", "BR 6.1.5")
def _rsa_size(certificate, _context):
    modulus, _ = _rsa_numbers(certificate) or (None, None)
    if modulus is not None and (modulus.bit_length() < 2048 or modulus.bit_length() % 8):
        yield f"the modulus has {modulus.bit_length()} bits"


@rule("rsa-exponent", "BR 6.1.6")
def _rsa_exponent(certificate, _context):
    _, exponent = _rsa_numbers(certificate) or (None, None)
    if exponent is not None and (exponent < 65537 or exponent % 2 == 0 or exponent >> 256):
        yield f"the public exponent is {exponent}"


@rule("rsa-modulus", "BR 6.1.6")
def _rsa_modulus(certificate, _context):
    modulus, _ = _rsa_numbers(certificate) or (None, None)
    if modulus is not None and any(modulus % number == 0 for number in range(2, 752)):
        yield "the modulus has a factor smaller than 752"
