# SPDX-License-Identifier: LGPL-2.1-or-later
"""A certificate taken apart (RFC 5280 4.1), for the lint to look at."""

import base64
import re

import der

KEY_NAMES = {
    "1.2.840.113549.1.1.1": "rsa", "1.2.840.10045.2.1": "ec", "1.3.101.112": "ed25519",
}
CURVES = {
    "1.2.840.10045.3.1.7": ("P-256", 32), "1.3.132.0.34": ("P-384", 48), "1.3.132.0.35": ("P-521", 66),
}


def from_pem(text):
    """The DER of each certificate in PEM text."""
    bodies = re.findall("-----BEGIN CERTIFICATE-----(.*?)-----END CERTIFICATE-----", text, re.DOTALL)
    return [base64.b64decode(body) for body in bodies]


class Algorithm:
    """An AlgorithmIdentifier: OID, and the parameters' DER (None without)."""

    def __init__(self, item):
        parts = list(item.expect(der.SEQUENCE))
        self.raw = item.raw
        self.oid = der.oid(parts[0])
        self.parameters = b"".join(part.raw for part in parts[1:]) if len(parts) > 1 else None


class Extension:
    """Type, whether critical, whether that was written out, and the value's item."""

    def __init__(self, item):
        parts = list(item.expect(der.SEQUENCE))
        self.oid = der.oid(parts[0])
        self.flag = parts[1] if len(parts) == 3 else None
        self.critical = self.flag is not None and der.boolean(self.flag)
        self.data = parts[-1].expect(der.OCTET_STRING).content

    @property
    def value(self):
        return der.one(self.data)


class Attribute:
    """One attribute of a name: its OID, string tag and octets."""

    def __init__(self, item):
        kind, value = item
        self.oid, self.tag, self.octets = der.oid(kind), value.tag, value.content

    @property
    def text(self):
        return self.octets.decode("utf-8", errors="replace")


def attributes(name):
    """The attributes of each RDN of a Name's item."""
    return [[Attribute(pair) for pair in rdn.expect(der.SET)] for rdn in name.expect(der.SEQUENCE)]


class Certificate:
    """The fields of RFC 5280 4.1; der.Malformed where the outline is another."""

    def __init__(self, data):
        self.data = data
        outer = der.items(data)
        if not outer:
            raise der.Malformed("8.1.1", "there is nothing")
        self.trailing = data[len(outer[0].raw):]
        tbs, algorithm, signature = outer[0].expect(der.SEQUENCE)
        self.outer_algorithm = Algorithm(algorithm)
        self.signature = signature.expect(der.BIT_STRING).content
        fields = list(tbs.expect(der.SEQUENCE))
        self.version = der.integer(der.one(fields.pop(0).content)) if fields[0].tag == 0xA0 else None
        self.serial = fields[0]
        self.algorithm = Algorithm(fields[1])
        self.issuer, self.validity, self.subject = fields[2], list(fields[3]), fields[4]
        self.key_item = fields[5]
        self.unique_ids = [field for field in fields[6:] if field.tag in (0x81, 0x82)]
        lists = [field for field in fields[6:] if field.tag == 0xA3]
        self.extensions = [Extension(item) for field in lists for item in der.one(field.content)]
        key_algorithm, key = self.key_item
        self.key_algorithm = Algorithm(key_algorithm)
        self.key = key.expect(der.BIT_STRING).content[1:]

    @property
    def key_kind(self):
        return KEY_NAMES.get(self.key_algorithm.oid, self.key_algorithm.oid)

    @property
    def curve(self):
        """Name and field size of the curve; (None, 0) for one that is not named or not known."""
        parameters = self.key_algorithm.parameters or b""
        if parameters[:1] != bytes((der.OID,)):
            return None, 0
        return CURVES.get(der.oid(der.one(parameters)), (None, 0))

    def subject_values(self, oid):
        return [one for rdn in attributes(self.subject) for one in rdn if one.oid == oid]

    def extension(self, oid):
        """The extension of that type, or None."""
        return next((one for one in self.extensions if one.oid == oid), None)

    def value(self, oid):
        """The item in that extension, or None."""
        found = self.extension(oid)
        return found.value if found else None

    def names(self):
        """(tag, octets) of each subject alternative name; none without the extension."""
        value = self.value("2.5.29.17")
        return [(item.tag, item.content) for item in value.expect(der.SEQUENCE)] if value else []

    def permitted(self):
        """(tag, octets, whether minimum or maximum is there) of each permitted subtree."""
        value = self.value("2.5.29.30")
        found = []
        for part in value or []:
            for subtree in part if part.tag == 0xA0 else []:
                base, *bounds = subtree
                found.append((base.tag, base.content, bool(bounds)))
        return found
