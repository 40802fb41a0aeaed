# SPDX-License-Identifier: LGPL-2.1-or-later
"""A reader of DER (ITU-T X.690) that shares nothing with certd's, and a writer for what is to be wrong."""

BOOLEAN, INTEGER, BIT_STRING, OCTET_STRING, NULL, OID = 0x01, 0x02, 0x03, 0x04, 0x05, 0x06
UTF8_STRING, PRINTABLE_STRING, IA5_STRING = 0x0C, 0x13, 0x16
UTC_TIME, GENERALIZED_TIME = 0x17, 0x18
SEQUENCE, SET = 0x30, 0x31
CONSTRUCTED = 0x20


class Malformed(ValueError):
    """What cannot be read; rule is the section of X.690 that it breaks."""

    def __init__(self, rule, message):
        super().__init__(message)
        self.rule = rule


class Item:
    """One tag, length and value: tag octet, content, and all of it as raw."""

    def __init__(self, tag, content, raw):
        self.tag, self.content, self.raw = tag, content, raw

    def __iter__(self):
        """What is inside a constructed item."""
        if not self.tag & CONSTRUCTED:
            raise Malformed("8.9.1", f"tag {self.tag:#04x} is primitive where it should be a list")
        return iter(items(self.content))

    def expect(self, tag):
        """Itself, which has to have that tag."""
        if self.tag != tag:
            raise Malformed("8.1.2", f"tag {self.tag:#04x} where {tag:#04x} belongs")
        return self


def _length(data, at):
    """The length at that place, and where its content begins."""
    if at >= len(data):
        raise Malformed("8.1.3", "an item ends before its length")
    first = data[at]
    if first < 0x80:
        return first, at + 1
    size = first & 0x7F
    octets = data[at + 1:at + 1 + size]
    if size == 0 or len(octets) < size:
        raise Malformed("10.1", "a length is indefinite or cut off")
    length = int.from_bytes(octets, "big")
    if octets[0] == 0 or length < 0x80:
        raise Malformed("10.1", f"a length has more octets than it needs: {octets.hex()}")
    return length, at + 1 + size


def items(data):
    """The items that data holds, one after the other."""
    found, at = [], 0
    while at < len(data):
        if data[at] & 0x1F == 0x1F:
            raise Malformed("8.1.2", "a tag has more than one octet")
        length, begin = _length(data, at + 1)
        if begin + length > len(data):
            raise Malformed("8.1.3", "an item is longer than what holds it")
        found.append(Item(data[at], data[begin:begin + length], data[at:begin + length]))
        at = begin + length
    return found


def one(data):
    """The only item in data."""
    found = items(data)
    if len(found) != 1:
        raise Malformed("8.1.1", f"{len(found)} items where there should be one")
    return found[0]


def integer(item):
    return int.from_bytes(item.expect(INTEGER).content, "big", signed=True)


def boolean(item):
    return item.expect(BOOLEAN).content != b"\0"


def oid(item):
    """Dotted digits."""
    numbers, value = [], 0
    for octet in item.expect(OID).content:
        value = value << 7 | octet & 0x7F
        if octet < 0x80:
            numbers.append(value)
            value = 0
    top = min(numbers[0] // 40, 2)
    return ".".join(map(str, (top, numbers[0] - 40 * top, *numbers[1:])))


def bits(item):
    """The set bits of a named bit list, by number (X.690 8.6)."""
    content = item.expect(BIT_STRING).content
    return {8 * at + bit for at, octet in enumerate(content[1:]) for bit in range(8)
            if octet & 0x80 >> bit}


def _integer_fault(content):
    if not content:
        return "an INTEGER has no octets"
    if len(content) > 1 and (content[0] == 0 and content[1] < 0x80
                             or content[0] == 0xFF and content[1] >= 0x80):
        return f"INTEGER {content.hex()} has an octet too many"
    return None


def _boolean_fault(content):
    return None if content in (b"\0", b"\xff") else f"BOOLEAN {content.hex()} is neither 00 nor ff"


def _bits_fault(content):
    if not content or content[0] > 7 or len(content) == 1 and content[0]:
        return "a BIT STRING has a wrong number of unused bits"
    if len(content) > 1 and content[-1] & (1 << content[0]) - 1:
        return "unused bits of a BIT STRING are set"
    return None


def _oid_fault(content):
    starts = [at for at in range(len(content)) if at == 0 or content[at - 1] < 0x80]
    if not content or content[-1] >= 0x80 or any(content[at] == 0x80 for at in starts):
        return f"OBJECT IDENTIFIER {content.hex()} is cut off or padded"
    return None


def _set_fault(content):
    members = [item.raw for item in items(content)]
    return None if members == sorted(members) else "a SET OF is not in order"


def _null_fault(content):
    return "NULL has content" if content else None


PRIMITIVES = {
    BOOLEAN: ("11.1", _boolean_fault), INTEGER: ("8.3.2", _integer_fault),
    BIT_STRING: ("11.2", _bits_fault), OID: ("8.19.2", _oid_fault), SET: ("11.6", _set_fault),
    NULL: ("8.8.2", _null_fault),
}


def faults(data):
    """(section of X.690, what is wrong) for all in data that is not DER, nested as deep as it goes."""
    try:
        found = items(data)
    except Malformed as fault:
        return [(fault.rule, str(fault))]
    wrong = []
    for item in found:
        section, check = PRIMITIVES.get(item.tag, (None, None))
        inside = faults(item.content) if item.tag & CONSTRUCTED else []
        said = check(item.content) if check and not inside else None
        wrong += inside + ([(section, said)] if said else [])
    return wrong


def encode(tag, content):
    """The DER of content (bytes, or a list of what this function gave)."""
    data = content if isinstance(content, bytes) else b"".join(content)
    size = len(data)
    if size < 0x80:
        return bytes((tag, size)) + data
    octets = size.to_bytes((size.bit_length() + 7) // 8, "big")
    return bytes((tag, 0x80 | len(octets))) + octets + data


def encode_oid(dotted):
    """The DER of an object identifier in dotted digits."""
    top, second, *rest = map(int, dotted.split("."))
    content = b""
    for number in (40 * top + second, *rest):
        groups = [number & 0x7F]
        while number := number >> 7:
            groups.insert(0, number & 0x7F | 0x80)
        content += bytes(groups)
    return encode(OID, content)


def replace(data, path, new):
    """data with the item at path (an index for each level) replaced by new: bytes, or a function of
    the item's own bytes; b"" takes it out."""
    parts = [item.raw for item in items(data)]
    if len(path) == 1:
        parts[path[0]] = new(parts[path[0]]) if callable(new) else new
        return b"".join(parts)
    item = one(parts[path[0]])
    parts[path[0]] = encode(item.tag, replace(item.content, path[1:], new))
    return b"".join(parts)
