# SPDX-License-Identifier: LGPL-2.1-or-later
"""The rules of certificate_lint for names: subject, alternative names and name constraints."""

import ipaddress
import re

import der
from certificate_rules import ALL, AUTHORITY, LEAF, LEAVES, rule
from certificate_view import attributes

SAN, NAME_CONSTRAINTS = "2.5.29.17", "2.5.29.30"
EMAIL, DNS, URI, IP = 0x81, 0x82, 0x86, 0x87
COMMON_NAME, COUNTRY, SERIAL_NUMBER = "2.5.4.3", "2.5.4.6", "2.5.4.5"
DOMAIN_COMPONENT, EMAIL_ADDRESS = "0.9.2342.19200300.100.1.25", "1.2.840.113549.1.9.1"
# Upper bounds of RFC 5280 A.1, in characters.
BOUNDS = {
    COMMON_NAME: 64, "2.5.4.4": 32768, SERIAL_NUMBER: 64, COUNTRY: 2, "2.5.4.7": 128, "2.5.4.8": 128,
    "2.5.4.10": 64, "2.5.4.11": 64, "2.5.4.12": 64, "2.5.4.42": 32768, "2.5.4.43": 32768,
    EMAIL_ADDRESS: 255,
}
LABEL = re.compile("[A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?")
PRINTABLE = re.compile("[A-Za-z0-9 '()+,./:=?-]*")


def is_host_name(text):
    """RFC 1034 3.5 and RFC 1123 2.1, without a trailing dot."""
    return len(text) <= 253 and all(LABEL.fullmatch(label) for label in text.split("."))


def subject_attributes(certificate):
    return [one for rdn in attributes(certificate.subject) for one in rdn]


def dns_names(certificate):
    return [octets.decode("ascii", errors="replace") for tag, octets in certificate.names()
            if tag == DNS]


def addresses(certificate):
    return [ipaddress.ip_address(octets) for tag, octets in certificate.names() if tag == IP]


@rule("subject-present", "RFC 5280 4.1.2.6", AUTHORITY)
def _subject_present(certificate, _context):
    if not certificate.subject.content:
        yield "an authority needs a subject"


@rule("subject-strings", "RFC 5280 4.1.2.4, 4.1.2.6")
def _subject_strings(certificate, _context):
    for one in subject_attributes(certificate):
        ia5 = one.oid in (DOMAIN_COMPONENT, EMAIL_ADDRESS)
        if one.tag not in ((der.IA5_STRING,) if ia5 else (der.PRINTABLE_STRING, der.UTF8_STRING)):
            yield f"{one.oid} has the string type {one.tag:#04x}"


@rule("subject-characters", "X.680 41.4, 41.2; RFC 3629 3")
def _subject_characters(certificate, _context):
    for one in subject_attributes(certificate):
        if one.tag == der.PRINTABLE_STRING and not PRINTABLE.fullmatch(one.text):
            yield f"{one.text!r} is no PrintableString"
        if one.tag == der.IA5_STRING and not one.octets.isascii() or "\ufffd" in one.text:
            yield f"{one.octets!r} is not in its character set"


@rule("subject-country", "RFC 5280 A.1")
def _subject_country(certificate, _context):
    for one in certificate.subject_values(COUNTRY):
        if one.tag != der.PRINTABLE_STRING or not re.fullmatch("[A-Z]{2}", one.text):
            yield f"country {one.text!r} is not two capital letters in a PrintableString"


@rule("subject-serial-number", "RFC 5280 A.1")
def _subject_serial_number(certificate, _context):
    for one in certificate.subject_values(SERIAL_NUMBER):
        if one.tag != der.PRINTABLE_STRING:
            yield "serialNumber is not a PrintableString"


@rule("subject-bounds", "RFC 5280 A.1")
def _subject_bounds(certificate, _context):
    for one in subject_attributes(certificate):
        if not 1 <= len(one.text) <= BOUNDS.get(one.oid, 32768):
            yield f"{one.oid} has {len(one.text)} characters"


@rule("subject-blank", "BR 7.1.4.4")
def _subject_blank(certificate, _context):
    for one in subject_attributes(certificate):
        if not one.text.strip(" .-"):
            yield f"{one.oid} is {one.text!r}, which says nothing"


@rule("subject-single-values", "BR 7.1.4.1")
def _subject_single_values(certificate, _context):
    for rdn in attributes(certificate.subject):
        if len(rdn) != 1:
            yield f"a relative distinguished name has {len(rdn)} attributes"


@rule("subject-one-common-name", "BR 7.1.4.1")
def _one_common_name(certificate, _context):
    if len(certificate.subject_values(COMMON_NAME)) > 1:
        yield "it has more than one common name"


@rule("common-name-among-names", "BR 7.1.4.3", *LEAVES)
def _common_name(certificate, _context):
    known = dns_names(certificate) + list(map(str, addresses(certificate)))
    for one in certificate.subject_values(COMMON_NAME):
        if one.text not in known:
            yield f"common name {one.text!r} is not among the alternative names"


@rule("san-present", "BR 7.1.2.7.12", *LEAVES)
def _san_present(certificate, _context):
    if not certificate.extension(SAN):
        yield "it has no subjectAltName"


@rule("san-not-empty", "RFC 5280 4.2.1.6", *ALL)
def _san_not_empty(certificate, _context):
    if certificate.extension(SAN) and not certificate.names():
        yield "its subjectAltName is empty"


@rule("san-critical", "RFC 5280 4.2.1.6", *LEAVES)
def _san_critical(certificate, _context):
    found = certificate.extension(SAN)
    if found and found.critical == bool(certificate.subject.content):
        yield "subjectAltName is critical where, and only where, the subject is empty"


@rule("san-dns-syntax", "RFC 5280 4.2.1.6, RFC 1034 3.5", *LEAVES)
def _san_dns(certificate, _context):
    for name in dns_names(certificate):
        if not is_host_name(name.removeprefix("*.")):
            yield f"{name!r} is no host name"


@rule("san-wildcard", "BR 3.2.2.6", *LEAVES)
def _san_wildcard(certificate, _context):
    for name in dns_names(certificate):
        if "*" in name and (name.count("*") > 1 or not re.match(r"\*\.[^.]+\.", name)):
            yield f"{name!r} has a wildcard that is not the whole leftmost label, or covers a top level"


@rule("san-address-size", "RFC 5280 4.2.1.6", *LEAVES)
def _san_address_size(certificate, _context):
    for tag, octets in certificate.names():
        if tag == IP and len(octets) not in (4, 16):
            yield f"an address has {len(octets)} octets"


@rule("san-reachable", "RFC 6761 6.3, RFC 1122 3.2.1.3", *LEAVES)
def _san_reachable(certificate, _context):
    for address in addresses(certificate):
        if address.is_loopback or address.is_unspecified or address.is_multicast:
            yield f"{address} is an address of no device"
    for name in dns_names(certificate):
        if re.search(r"(^|\.)(localhost|invalid)$", name, re.IGNORECASE):
            yield f"{name} is a name of no device"


@rule("san-text", "RFC 5280 4.2.1.6", *LEAVES)
def _san_text(certificate, _context):
    patterns = {EMAIL: r"[^@\s]+@[^@\s]+", URI: r"[A-Za-z][A-Za-z0-9+.-]*:\S+"}
    for tag, octets in certificate.names():
        text = octets.decode("ascii", errors="replace")
        if tag in patterns and not re.fullmatch(patterns[tag], text):
            yield f"{text!r} is not what its type says"


def _host(tag, text):
    """By which a mail address or URI is held against constraints; "" where it has none."""
    if tag == EMAIL:
        return text.rpartition("@")[2]
    found = re.match(r"[^:/?#]+://(?:[^@/?#]*@)?([^:/?#]*)", text)
    return found[1] if found else ""


def _is_within(tag, octets, bounds):
    half = len(bounds) // 2
    if tag == IP:
        return len(octets) == half and all(
            octet & mask == base for octet, base, mask in zip(octets, bounds[:half], bounds[half:]))
    name, domain = (part.decode("ascii", errors="replace").lower() for part in (octets, bounds))
    if tag == DNS:
        name = name.removeprefix("*.")
        return name == domain or name.endswith("." + domain)
    host = _host(tag, name)
    return host.endswith(domain) if domain.startswith(".") else host == domain


def constrained_names(certificate):
    """(tag, octets) of the alternative names, and of the mail addresses in the subject."""
    return certificate.names() + [(EMAIL, one.octets)
                                  for one in certificate.subject_values(EMAIL_ADDRESS)]


@rule("names-permitted", "RFC 5280 4.2.1.10", LEAF)
def _names_permitted(certificate, context):
    permitted = context.issuer.permitted()
    for tag, octets in constrained_names(certificate):
        same = [bounds for kind, bounds, _ in permitted if kind == tag]
        if same and not any(_is_within(tag, octets, bounds) for bounds in same):
            yield f"{octets!r} is outside the authority's constraints"


@rule("constraints-critical", "RFC 5280 4.2.1.10", AUTHORITY)
def _constraints_critical(certificate, _context):
    found = certificate.extension(NAME_CONSTRAINTS)
    if found and not found.critical:
        yield "nameConstraints is not critical"


@rule("constraints-authority-only", "RFC 5280 4.2.1.10", *LEAVES)
def _constraints_authority_only(certificate, _context):
    if certificate.extension(NAME_CONSTRAINTS):
        yield "only an authority has nameConstraints"


@rule("constraints-not-empty", "RFC 5280 4.2.1.10", AUTHORITY)
def _constraints_not_empty(certificate, _context):
    if certificate.extension(NAME_CONSTRAINTS) and not certificate.permitted():
        yield "nameConstraints permits and excludes nothing"


@rule("constraints-base-only", "RFC 5280 4.2.1.10", AUTHORITY)
def _constraints_base_only(certificate, _context):
    if any(bounded for _, _, bounded in certificate.permitted()):
        yield "a subtree has minimum or maximum"


@rule("constraints-dns", "RFC 5280 4.2.1.10", AUTHORITY)
def _constraints_dns(certificate, _context):
    for tag, octets, _ in certificate.permitted():
        text = octets.decode("ascii", errors="replace")
        if tag == DNS and not is_host_name(text):
            yield f"{text!r} is no domain without a leading dot"


@rule("constraints-hosts", "RFC 5280 4.2.1.10", AUTHORITY)
def _constraints_hosts(certificate, _context):
    for tag, octets, _ in certificate.permitted():
        text = octets.decode("ascii", errors="replace")
        if tag in (EMAIL, URI) and not is_host_name(text.removeprefix(".")):
            yield f"{text!r} is neither a host nor a domain with a leading dot"


@rule("constraints-address", "RFC 5280 4.2.1.10", AUTHORITY)
def _constraints_address(certificate, _context):
    for tag, octets, _ in certificate.permitted():
        if tag == IP and len(octets) not in (8, 32):
            yield f"an address and its mask have {len(octets)} octets"


@rule("constraints-mask", "RFC 5280 4.2.1.10, RFC 4632 3.1", AUTHORITY)
def _constraints_mask(certificate, _context):
    for tag, octets, _ in certificate.permitted():
        if tag != IP or len(octets) not in (8, 32):
            continue
        half = len(octets) // 2
        base, mask = (int.from_bytes(part, "big") for part in (octets[:half], octets[half:]))
        inverse = ~mask & (1 << 8 * half) - 1
        if inverse & inverse + 1 or base & inverse:
            yield f"{octets.hex()} is not an address block with a prefix"


@rule("constraints-every-kind", "BR 7.1.2.10.8", AUTHORITY)
def _constraints_every_kind(certificate, _context):
    if certificate.extension(NAME_CONSTRAINTS):
        kinds = {(tag, len(octets) if tag == IP else 0) for tag, octets, _ in certificate.permitted()}
        for kind in sorted({(EMAIL, 0), (DNS, 0), (URI, 0), (IP, 8), (IP, 32)} - kinds):
            yield f"nothing is said of kind {kind}, so all of it is permitted"
