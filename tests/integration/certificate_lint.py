# SPDX-License-Identifier: LGPL-2.1-or-later
"""A lint for certificates that certd issues: RFC 5280 and what it refers to, and the CA/Browser Forum's
TLS Baseline Requirements as far as they fit a device's own authority.

It reads the DER by itself (der.py) and shares no code with certd. The rules are in the three modules
that are imported here, and those about the encoding below.
"""

import certificate_lint_extensions  # noqa: F401 - importing it enters its rules
import certificate_lint_names  # noqa: F401
import der
from certificate_lint_fields import ECDSA
from certificate_rules import ALL, AUTHORITY, LEAF, RULES, SELF_SIGNED, Context, rule
from certificate_view import Certificate

__all__ = ["ALL", "AUTHORITY", "LEAF", "RULES", "SELF_SIGNED", "lint"]

ENCODING = {
    "8.1.2": "der-tag", "8.1.3": "der-length-within", "8.3.2": "der-integer", "8.8.2": "der-null",
    "8.19.2": "der-oid", "10.1": "der-length",
    "11.1": "der-boolean", "11.2": "der-unused-bits", "11.6": "der-set-order",
}


def inner_encodings(certificate):
    """DER that lies inside strings: extension values, RSA keys, ECDSA signatures."""
    found = [one.data for one in certificate.extensions]
    if certificate.key_kind == "rsa":
        found.append(certificate.key)
    if certificate.algorithm.oid in ECDSA:
        found.append(certificate.signature[1:])
    return found


def lint_encoding(*data):
    for part in data:
        for section, said in der.faults(part):
            yield ENCODING[section], f"X.690 {section}: {said}"


def _enter_encoding(section, name):
    @rule(name, f"X.690 {section}")
    def _check(certificate, _context):
        for found, said in lint_encoding(certificate.data, *inner_encodings(certificate)):
            if found == name:
                yield said


for _section, _name in ENCODING.items():
    _enter_encoding(_section, _name)


def lint(data, role, issuer=None):
    """{rule name: "section: what is wrong"} of a DER certificate in that role; issuer: the DER of who
    signed it, None where that is itself."""
    try:
        certificate = Certificate(data)
        context = Context(role, Certificate(issuer) if issuer else certificate)
    except (der.Malformed, ValueError, IndexError) as error:
        wrong = dict(lint_encoding(data))
        return wrong or {"outline": f"{RULES['outline'].section}: {error}"}
    found = {}
    for one in RULES.values():
        if role not in one.roles:
            continue
        try:
            said = list(one.check(certificate, context))
        except (der.Malformed, ValueError, IndexError) as error:
            said = [f"it cannot be read: {error}"]
        if said:
            found[one.name] = f"{one.section}: {'; '.join(said)}"
    return found
