# SPDX-License-Identifier: LGPL-2.1-or-later
"""The rules of certificate_lint for extensions other than those with names."""

import hashlib

import der
from certificate_rules import AUTHORITY, LEAVES, rule

SUBJECT_KEY_ID, KEY_USAGE, BASIC_CONSTRAINTS = "2.5.29.14", "2.5.29.15", "2.5.29.19"
AUTHORITY_KEY_ID, EXTENDED_KEY_USAGE = "2.5.29.35", "2.5.29.37"
KNOWN = {SUBJECT_KEY_ID, KEY_USAGE, "2.5.29.17", BASIC_CONSTRAINTS, "2.5.29.30", AUTHORITY_KEY_ID,
         EXTENDED_KEY_USAGE}
DIGITAL_SIGNATURE, KEY_ENCIPHERMENT, CERTIFICATE_SIGN, CRL_SIGN = 0, 2, 5, 6
SERVER_AUTH, CLIENT_AUTH = "1.3.6.1.5.5.7.3.1", "1.3.6.1.5.5.7.3.2"


def basic_constraints(certificate):
    """(cA, pathLenConstraint or None); None without the extension."""
    value = certificate.value(BASIC_CONSTRAINTS)
    if value is None:
        return None
    parts = list(value.expect(der.SEQUENCE))
    ca = der.boolean(parts.pop(0)) if parts and parts[0].tag == der.BOOLEAN else False
    return ca, der.integer(parts[0]) if parts else None


def usages(certificate):
    value = certificate.value(KEY_USAGE)
    return der.bits(value) if value else set()


def purposes(certificate):
    value = certificate.value(EXTENDED_KEY_USAGE)
    return [der.oid(item) for item in value] if value else []


def subject_key_id(certificate):
    value = certificate.value(SUBJECT_KEY_ID)
    return value.expect(der.OCTET_STRING).content if value else None


def authority_key_id(certificate):
    """{tag: content} of the extension's parts."""
    value = certificate.value(AUTHORITY_KEY_ID)
    return {part.tag: part.content for part in value.expect(der.SEQUENCE)} if value else {}


@rule("extensions-present", "RFC 5280 4.1.2.9")
def _extensions_present(certificate, _context):
    if not certificate.extensions:
        yield "it has no extensions"


@rule("extensions-once", "RFC 5280 4.2")
def _extensions_once(certificate, _context):
    types = [one.oid for one in certificate.extensions]
    for oid in sorted({oid for oid in types if types.count(oid) > 1}):
        yield f"extension {oid} is there twice"


@rule("extensions-known", "RFC 5280 4.2, BR 7.1.2.11.5")
def _extensions_known(certificate, _context):
    for one in certificate.extensions:
        if one.oid not in KNOWN:
            yield f"nobody asked for extension {one.oid}"


@rule("extensions-default", "X.690 11.5")
def _extensions_default(certificate, _context):
    for one in certificate.extensions:
        if one.flag is not None and not one.critical:
            yield f"extension {one.oid} says FALSE, which is the default"


@rule("basic-constraints-critical", "RFC 5280 4.2.1.9, BR 7.1.2.7.8")
def _basic_constraints(certificate, _context):
    found = certificate.extension(BASIC_CONSTRAINTS)
    if not found or not found.critical:
        yield "basicConstraints is missing or not critical"


@rule("basic-constraints-default", "X.690 11.5")
def _basic_constraints_default(certificate, _context):
    value = certificate.value(BASIC_CONSTRAINTS)
    if value is not None and any(part.raw == b"\x01\x01\x00" for part in value):
        yield "basicConstraints says cA FALSE, which is the default"


@rule("leaf-no-authority", "RFC 5280 4.2.1.9, BR 7.1.2.7.8", *LEAVES)
def _leaf_no_authority(certificate, _context):
    if (basic_constraints(certificate) or (False, None))[0]:
        yield "a leaf is an authority"


@rule("leaf-no-path-length", "RFC 5280 4.2.1.9", *LEAVES)
def _leaf_no_path_length(certificate, _context):
    if (basic_constraints(certificate) or (False, None))[1] is not None:
        yield "a leaf has pathLenConstraint"


@rule("authority-is-one", "RFC 5280 4.2.1.9", AUTHORITY)
def _authority_is_one(certificate, _context):
    if not (basic_constraints(certificate) or (False, None))[0]:
        yield "the authority's certificate is not one of an authority"


@rule("authority-path-length", "RFC 5280 4.2.1.9", AUTHORITY)
def _authority_path_length(certificate, _context):
    if (basic_constraints(certificate) or (True, None))[1] != 0:
        yield "pathLenConstraint is not 0"


@rule("key-usage-critical", "RFC 5280 4.2.1.3, BR 7.1.2.7.11")
def _key_usage_critical(certificate, _context):
    found = certificate.extension(KEY_USAGE)
    if not found or not found.critical:
        yield "keyUsage is missing or not critical"


@rule("key-usage-minimal", "X.690 11.2.2, RFC 5280 4.2.1.3")
def _key_usage_minimal(certificate, _context):
    value = certificate.value(KEY_USAGE)
    if value is None:
        return
    set_bits, content = usages(certificate), value.expect(der.BIT_STRING).content
    if not set_bits:
        yield "keyUsage has no bit"
    elif 8 * (len(content) - 1) - content[0] != max(set_bits) + 1:
        yield "keyUsage has zero bits at its end"


@rule("leaf-signs", "BR 7.1.2.7.11", *LEAVES)
def _leaf_signs(certificate, _context):
    if DIGITAL_SIGNATURE not in usages(certificate):
        yield "keyUsage lacks digitalSignature"


@rule("leaf-signs-nothing-else", "RFC 5280 4.2.1.3, BR 7.1.2.7.11", *LEAVES)
def _leaf_nothing_else(certificate, _context):
    if usages(certificate) - {DIGITAL_SIGNATURE, KEY_ENCIPHERMENT}:
        yield "keyUsage has more than a server needs"


@rule("key-encipherment", "RFC 5480 3, RFC 8410 5")
def _key_encipherment(certificate, _context):
    if KEY_ENCIPHERMENT in usages(certificate) and certificate.key_kind != "rsa":
        yield "only an RSA key enciphers keys"


@rule("authority-usage", "RFC 5280 4.2.1.3, BR 7.1.2.10.7", AUTHORITY)
def _authority_usage(certificate, _context):
    if usages(certificate) != {CERTIFICATE_SIGN, CRL_SIGN}:
        yield "keyUsage is not keyCertSign and cRLSign"


@rule("server-auth", "RFC 5280 4.2.1.12, BR 7.1.2.7.10")
def _server_auth(certificate, _context):
    if SERVER_AUTH not in purposes(certificate):
        yield "extendedKeyUsage lacks serverAuth"


@rule("purposes-only-tls", "BR 7.1.2.7.10, 7.1.2.10.6")
def _purposes_only_tls(certificate, _context):
    if set(purposes(certificate)) - {SERVER_AUTH, CLIENT_AUTH}:
        yield "extendedKeyUsage has more than server and client"


@rule("purposes-not-critical", "BR 7.1.2.7.6")
def _purposes_not_critical(certificate, _context):
    found = certificate.extension(EXTENDED_KEY_USAGE)
    if found and found.critical:
        yield "extendedKeyUsage is critical"


@rule("subject-key-id", "RFC 5280 4.2.1.2")
def _subject_key_id(certificate, _context):
    found = certificate.extension(SUBJECT_KEY_ID)
    if not found or found.critical:
        yield "subjectKeyIdentifier is missing or critical"


@rule("subject-key-id-value", "RFC 5280 4.2.1.2, RFC 7093 2")
def _subject_key_id_value(certificate, _context):
    known = {hashlib.sha1(certificate.key).digest(),
             *(hashlib.new(name, certificate.key_item.raw).digest() for name in ("sha256",)),
             hashlib.sha256(certificate.key).digest()[:20]}
    if subject_key_id(certificate) not in known:
        yield "subjectKeyIdentifier is not made from the key"


@rule("authority-key-id", "RFC 5280 4.2.1.1")
def _authority_key_id(certificate, _context):
    found = certificate.extension(AUTHORITY_KEY_ID)
    if not found or found.critical:
        yield "authorityKeyIdentifier is missing or critical"


@rule("authority-key-id-form", "BR 7.1.2.11.1")
def _authority_key_id_form(certificate, _context):
    if set(authority_key_id(certificate)) != {0x80}:
        yield "authorityKeyIdentifier has something else than keyIdentifier"


@rule("authority-key-id-value", "RFC 5280 4.2.1.1")
def _authority_key_id_value(certificate, context):
    if authority_key_id(certificate).get(0x80) != subject_key_id(context.issuer):
        yield "authorityKeyIdentifier is not the issuer's subjectKeyIdentifier"
