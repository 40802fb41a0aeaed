# SPDX-License-Identifier: LGPL-2.1-or-later
"""Bad names, subjects, alternative names and options: each has its own error, and changes nothing."""

import subprocess

import hostile
import logged
import pytest
import support
from gi.repository import GLib
from hostile import AUTHORITY, CERTIFICATE, ERROR

TEXT = "s"

BAD_NAMES = {
    "empty": "", "capital": "Web", "slash": "a/b", "dot-first": ".a", "dash-first": "-a",
    "space": "a b", "umlaut": "ä", "too-long": "a" * 65, "control": "a\x07", "newline": "a\nb",
    "parent": "../etc/passwd", "percent": "%s%n", "bidi": "a\u202eb", "huge": "a" * 100_000,
}

BAD_SANS = {
    "type-unknown": ("NAME", "a.example.org"), "type-empty": ("", "a.example.org"),
    "dns-empty": ("DNS", ""), "dns-dot": ("DNS", "."), "dns-two-dots": ("DNS", "a..example.org"),
    "dns-space": ("DNS", "a b.example.org"), "dns-umlaut": ("DNS", "bücher.example.org"),
    "dns-label-64": ("DNS", "a" * 64 + ".example.org"), "dns-254": ("DNS", "a." * 127 + "ab"),
    "dns-dash-first": ("DNS", "-a.example.org"), "dns-dash-last": ("DNS", "a-.example.org"),
    "dns-underscore": ("DNS", "a_b.example.org"), "dns-is-ip": ("DNS", "192.0.2.1"),
    "dns-port": ("DNS", "a.example.org:443"), "dns-url": ("DNS", "https://a.example.org"),
    "dns-nul-like": ("DNS", "a.example.org\\0.evil.org"), "dns-control": ("DNS", "a\x01.example.org"),
    "dns-bidi": ("DNS", "a\u202e.example.org"), "dns-huge": ("DNS", "a" * 100_000),
    "wildcard-alone": ("DNS", "*"), "wildcard-top": ("DNS", "*.org"),
    "wildcard-middle": ("DNS", "a.*.example.org"), "wildcard-part": ("DNS", "a*.example.org"),
    "wildcard-twice": ("DNS", "*.*.example.org"), "wildcard-last": ("DNS", "example.*"),
    "ip-five-bytes": ("IP", "192.0.2.1.5"), "ip-range": ("IP", "256.1.1.1"),
    "ip-empty": ("IP", ""), "ip-prefix": ("IP", "192.0.2.0/24"), "ip-zone": ("IP", "fe80::1%eth0"),
    "ip-bracket": ("IP", "[2001:db8::1]"), "ip-octal": ("IP", "192.0.2.010"),
    "ip-short": ("IP", "192.0.2"), "ip-name": ("IP", "a.example.org"),
    "ip6-two-gaps": ("IP", "2001::db8::1"), "email-no-at": ("email", "a.example.org"),
    "email-two-at": ("email", "a@b@example.org"), "email-empty": ("email", ""),
    "email-no-local": ("email", "@example.org"), "email-utf8": ("email", "ä@example.org"),
    "email-header": ("email", "a@example.org\r\nBcc: b@example.org"), "uri-empty": ("URI", ""),
    "uri-relative": ("URI", "/index.html"), "uri-no-host": ("URI", "https:///x"),
    "uri-space": ("URI", "https://a.example.org/a b"), "uri-utf8": ("URI", "https://ä.example.org"),
    "uri-scheme": ("URI", "1http://a.example.org"), "rid-text": ("RID", "not-an-oid"),
    "rid-empty": ("RID", ""), "rid-one-arc": ("RID", "1"), "rid-first-arc": ("RID", "3.1"),
    "rid-second-arc": ("RID", "1.40"), "rid-dots": ("RID", "1..2"), "rid-last-dot": ("RID", "1.2."),
    "rid-letter": ("RID", "1.2.x"), "rid-big": ("RID", "1.2.99999999999999999999"),
    "rid-minus": ("RID", "1.-2"), "rid-21-arcs": ("RID", "1.2" + ".3" * 19),
    "dirname-empty": ("dirName", ""), "dirname-no-equals": ("dirName", "CN"),
    "dirname-country": ("dirName", "CN=a,C=UK"), "dirname-unknown": ("dirName", "ZZ=a"),
    "dirname-plus": ("dirName", "CN=a+OU=b"), "dirname-hex": ("dirName", "CN=#zz"),
}

BAD_SUBJECTS = {
    "country-uk": ("C=UK", "GB"), "country-lower": ("C=de", "DE"), "country-long": ("C=Germany", "ISO"),
    "country-three": ("C=DEU", "ISO"), "country-none": ("C=ZZ", "ISO"), "country-empty": ("C=", ""),
    "cn-65": ("CN=" + "a" * 65, "64"), "o-65": ("O=" + "a" * 65, "64"),
    "ou-65": ("OU=" + "a" * 65, "64"), "l-129": ("L=" + "a" * 129, "128"),
    "st-129": ("ST=" + "a" * 129, "128"), "serial-65": ("serialNumber=" + "1" * 65, "64"),
    "serial-at": ("serialNumber=a@b", ""), "dc-umlaut": ("DC=ä", ""),
    "email-none": ("emailAddress=nobody", ""), "email-utf8": ("emailAddress=ä@example.org", ""),
    "unknown-type": ("XX=1", "XX"), "no-value": ("CN", ""), "empty-value": ("CN=", ""),
    "plus": ("CN=a+O=b", "+"), "quote-open": ('CN="a', ""), "backslash-end": ("CN=a\\", ""),
    "comma-end": ("CN=a,", ""), "control": ("CN=a\x1b[31m", ""), "bidi": ("CN=a\u202eb", ""),
    "zero-width": ("CN=a\u200bb", ""), "newline": ("CN=a\nb", ""), "huge": ("CN=" + "a" * 100_000, ""),
    "65-rdns": (",".join(f"OU=u{i}" for i in range(65)), "64"),
}

# Each method's dictionary, and keys with values of a wrong type or beyond a limit.
WRONG_SETTINGS = {
    "unknown": ("subjekt", "s", "CN=a"), "subject-type": ("subject", "u", 5),
    "subject-array": ("subject", "as", ["CN=a"]), "sans-type": ("subject-alt-names", "s", "DNS:a"),
    "sans-no-type": ("subject-alt-names", "as", ["a.example.org"]),
    "key-type-type": ("key-type", "u", 2048), "key-type-unknown": ("key-type", "s", "rsa:2049"),
    "key-type-dsa": ("key-type", "s", "dsa:2048"), "key-type-512": ("key-type", "s", "rsa:512"),
    "key-type-1024": ("key-type", "s", "rsa:1024"), "digest-md5": ("digest", "s", "md5"),
    "digest-md4": ("digest", "s", "md4"), "digest-sha1": ("digest", "s", "sha1"),
    "digest-type": ("digest", "b", True), "days-0": ("days", "u", 0),
    "days-36501": ("days", "u", 36501), "days-minus": ("days", "i", -1), "days-text": ("days", "s", "1"),
    "issuer-unknown": ("issuer", "s", "acme"), "copy-type": ("copy-common-name", "s", "yes"),
    "reuse-type": ("reuse-key", "s", "yes"),
}
POLICY_FORBIDS = {"key-type-dsa", "key-type-512", "key-type-1024", "digest-md5", "digest-md4",
                  "digest-sha1"}
OTHER_ERRORS = {"key-type-unknown": "InvalidKeyType", "sans-no-type": "InvalidSubjectAltName"}


def options(key, kind, value):
    return {key: GLib.Variant(kind, value)}


def shown(value):
    """The part of a value that a message certainly quotes as it is."""
    plain = value.isascii() and value.isprintable() and "\\" not in value and '"' not in value
    return value if plain and len(value) <= 40 else ""


def is_no_type(kind):
    """Whether it is the type of a name that is wrong, and not its value."""
    return kind not in {"DNS", "IP", "email", "URI", "RID", "dirName"}


@pytest.mark.parametrize("name", BAD_NAMES.values(), ids=BAD_NAMES.keys())
@pytest.mark.parametrize("method", ("CreateCertificate", "GetCertificate"))
def test_name(bus, method, name):
    arguments = ("(sa{sv})", (name, {})) if method == "CreateCertificate" else ("(s)", (name,))
    error, message = hostile.refused(bus, support.MANAGER, "Manager", method, *arguments)
    assert error == ERROR + "InvalidName"
    assert shown(name) in message and len(message) < 1000


@pytest.mark.parametrize("kind, value", BAD_SANS.values(), ids=BAD_SANS.keys())
def test_alternative_name(bus, kind, value):  # R5 R8
    error, message = hostile.refused(bus, CERTIFICATE, "Certificate", "AddSubjectAltName", "(ss)",
                                     (kind, value))
    assert error == ERROR + "InvalidSubjectAltName"
    quoted = kind if is_no_type(kind) else shown(value)
    assert quoted in message and len(message) < 1000


@pytest.mark.parametrize("subject, hint", BAD_SUBJECTS.values(), ids=BAD_SUBJECTS.keys())
@pytest.mark.parametrize("method", ("Configure", "CreateRequest"))
def test_subject(bus, method, subject, hint):  # R2 R3
    given = options("subject", TEXT, subject)
    arguments = ("(a{sv})", (given,)) if method == "Configure" else ("(sa{sv})", ("external", given))
    error, message = hostile.refused(bus, CERTIFICATE, "Certificate", method, *arguments)
    expected = {"LimitExceeded"} if subject.count("OU=") == 65 else {"InvalidSubject"}
    expected |= {"InvalidOption"} if len(subject) > 2048 else set()
    assert error.removeprefix(ERROR) in expected
    assert hint in message and len(message) < 1000


@pytest.mark.parametrize("row", WRONG_SETTINGS, ids=WRONG_SETTINGS.keys())
@pytest.mark.parametrize("method", ("CreateCertificate", "Configure", "CreateRequest"))
def test_settings(bus, method, row):  # R9 R10 R20
    key, kind, value = WRONG_SETTINGS[row]
    given = options(key, kind, value)
    path, interface, signature, arguments = {
        "CreateCertificate": (support.MANAGER, "Manager", "(sa{sv})", ("other", given)),
        "Configure": (CERTIFICATE, "Certificate", "(a{sv})", (given,)),
        "CreateRequest": (CERTIFICATE, "Certificate", "(sa{sv})", ("external", given)),
    }[method]
    error, message = hostile.refused(bus, path, interface, method, signature, arguments)
    in_request = method == "CreateRequest" and key in {"issuer"}
    expected = "PolicyForbids" if row in POLICY_FORBIDS else OTHER_ERRORS.get(row, "InvalidOption")
    assert error == ERROR + ("InvalidOption" if in_request else expected)
    assert key in message or str(value).strip("[']") in message
    if expected == "PolicyForbids":
        assert "legacy" in message or "policy" in message


UNKNOWN_KEY = {
    "FactoryReset": (support.MANAGER, "Manager", "(a{sv})", ()),
    "ListCertificates": (support.MANAGER, "Manager", "(a{sv}su)", ("", 0)),
    "ListRequests": (support.MANAGER, "Manager", "(a{sv}su)", ("", 0)),
    "Inspect": (support.MANAGER, "Manager", "(aya{sv})", None),
    "Import": (CERTIFICATE, "Certificate", "(aya{sv})", None),
    "Export": (CERTIFICATE, "Certificate", "(sa{sv})", None),
    "Reset": (CERTIFICATE, "Certificate", "(a{sv})", ()),
    "Remove": ("/org/certd1/certificate/https", "Certificate", "(a{sv})", ()),
    "Regenerate": (AUTHORITY, "Authority", "(a{sv})", ()),
    "Sign": (AUTHORITY, "Authority", "(aya{sv})", None),
    "List": (logged.LOG, "Log", "(a{sv}su)", ("", 0)),
    "Verify": (logged.LOG, "Log", "(a{sv})", ()),
}


@pytest.mark.parametrize("method", UNKNOWN_KEY)
def test_unknown_key(bus, method):
    path, interface, signature, more = UNKNOWN_KEY[method]
    given = options("no-such-key", "b", True)
    first = {"Inspect": b"x", "Import": b"x", "Sign": b"x", "Export": "pem"}.get(method)
    arguments = (first, given) if more is None else (given, *more)
    error, message = hostile.refused(bus, path, interface, method, signature, arguments)
    assert error == ERROR + "InvalidOption"
    assert "no-such-key" in message


ODD_CALLS = {
    "page-1001": (support.MANAGER, "Manager", "ListCertificates", "(a{sv}su)", ({}, "", 1001),
                  "LimitExceeded"),
    "log-page-1001": (logged.LOG, "Log", "List", "(a{sv}su)", ({}, "", 1001), "LimitExceeded"),
    "cursor-bad": (support.MANAGER, "Manager", "ListRequests", "(a{sv}su)", ({}, "x", 1),
                   "InvalidOption"),
    "cursor-name": (support.MANAGER, "Manager", "ListCertificates", "(a{sv}su)", ({}, "../x", 1),
                    "InvalidName"),
    "state-unknown": (support.MANAGER, "Manager", "ListRequests", "(a{sv}su)",
                      (options("state", "s", "lost"), "", 0), "InvalidOption"),
    "no-such-certificate": ("/org/certd1/certificate/none", "Certificate", "Rollback", "()", (),
                            "NoSuchCertificate"),
    "no-such-request": ("/org/certd1/request/999999", "Request", "Cancel", "()", (),
                        "NoSuchRequest"),
    "request-id-bad": ("/org/certd1/request/x", "Request", "Cancel", "()", (), "NoSuchRequest"),
    "request-id-zero": ("/org/certd1/request/01", "Request", "Cancel", "()", (), "NoSuchRequest"),
    "get-unknown": (support.MANAGER, "Manager", "GetCertificate", "(s)", ("none",),
                    "NoSuchCertificate"),
    "exists": (support.MANAGER, "Manager", "CreateCertificate", "(sa{sv})", ("https", {}), "Exists"),
    "remove-https": (CERTIFICATE, "Certificate", "Remove", "(a{sv})", ({},), "PolicyForbids"),
    "nothing-previous": (CERTIFICATE, "Certificate", "Rollback", "()", (), "NothingPrevious"),
    "export-format": (CERTIFICATE, "Certificate", "Export", "(sa{sv})", ("jks", {}),
                      "UnsupportedFormat"),
    "export-key": (CERTIFICATE, "Certificate", "Export", "(sa{sv})",
                   ("p12", options("passphrase", "s", "x")), "KeyUnavailable"),
    "export-no-passphrase": (CERTIFICATE, "Certificate", "Export", "(sa{sv})", ("p12", {}),
                             "PassphraseNeeded"),
    "remove-san-unknown": (CERTIFICATE, "Certificate", "RemoveSubjectAltName", "(ss)",
                           ("DNS", "gone.example.org"), "InvalidSubjectAltName"),
    "101-sans": (CERTIFICATE, "Certificate", "SetSubjectAltNames", "(a(ss))",
                 ([("DNS", f"h{i}.example.org") for i in range(101)],), "LimitExceeded"),
    "issuer-unknown": (CERTIFICATE, "Certificate", "CreateRequest", "(sa{sv})", ("acme", {}),
                       "InvalidOption"),
    "reset-digest": (CERTIFICATE, "Certificate", "Reset", "(a{sv})",
                     (options("digest", "s", "sha1"),), "PolicyForbids"),
    "challenge-256": (CERTIFICATE, "Certificate", "CreateRequest", "(sa{sv})",
                      ("external", options("challenge-password", "s", "x" * 256)), "LimitExceeded"),
    "unstructured-control": (CERTIFICATE, "Certificate", "CreateRequest", "(sa{sv})",
                             ("external", options("unstructured-name", "s", "a\x07")),
                             "InvalidOption"),
    "reuse-type": (CERTIFICATE, "Certificate", "CreateRequest", "(sa{sv})",
                   ("external", options("reuse-key", "u", 1)), "InvalidOption"),
    # One beyond CERTD_LIMIT_INTERNAL_DAYS.
    "internal-398-days": (CERTIFICATE, "Certificate", "CreateRequest", "(sa{sv})",
                          ("internal", options("days", "u", 398)), "InvalidOption"),
}

# The authority's own: what a client could ask of it and must not get. R22 R26 R28
AUTHORITY_CALLS = {
    "days-364": ("Regenerate", "(a{sv})", (options("days", "u", 364),), "InvalidOption"),
    "days-36501": ("Regenerate", "(a{sv})", (options("days", "u", 36501),), "InvalidOption"),
    "days-type": ("Regenerate", "(a{sv})", (options("days", "s", "365"),), "InvalidOption"),
    "scope-unknown": ("Regenerate", "(a{sv})", (options("authority-scope", "s", "world"),),
                      "InvalidOption"),
    "scope-type": ("Regenerate", "(a{sv})", (options("authority-scope", "b", True),),
                   "InvalidOption"),
    "reuse-type": ("Regenerate", "(a{sv})", (options("reuse-key", "s", "yes"),), "InvalidOption"),
    "subject-type": ("Regenerate", "(a{sv})", (options("subject", "u", 1),), "InvalidOption"),
    "subject-country": ("Regenerate", "(a{sv})", (options("subject", "s", "O=a,C=UK"),),
                        "InvalidSubject"),
    "sign-nothing": ("Sign", "(aya{sv})", (b"", {}), "Malformed"),
    "sign-text": ("Sign", "(aya{sv})", (b"no request", {}), "UnsupportedFormat"),
    "sign-der": ("Sign", "(aya{sv})", (b"\x30\x03\x02\x01\x00", {}), "UnsupportedFormat"),
    # CERTD_LIMIT_REQUEST_BYTES, and one beyond it.
    "sign-64-kib": ("Sign", "(aya{sv})", (b"x" * 64 * 1024, {}), "UnsupportedFormat"),
    "sign-over-64-kib": ("Sign", "(aya{sv})", (b"x" * (64 * 1024 + 1), {}), "TooLarge"),
    "sign-days-0": ("Sign", "(aya{sv})", (b"x", options("days", "u", 0)), "InvalidOption"),
    "sign-days-398": ("Sign", "(aya{sv})", (b"x", options("days", "u", 398)), "InvalidOption"),
    "sign-copy-type": ("Sign", "(aya{sv})", (b"x", options("copy-common-name", "s", "yes")),
                       "InvalidOption"),
    "sign-san": ("Sign", "(aya{sv})", (b"x", options("subject-alt-names", "as", ["DNS:a b"])),
                 "InvalidSubjectAltName"),
    "sign-days-type": ("Sign", "(aya{sv})", (b"x", options("days", "s", "7")), "InvalidOption"),
    "sign-reuse-key": ("Sign", "(aya{sv})", (b"x", options("reuse-key", "b", True)),
                       "InvalidOption"),
    "sign-101-names": ("Sign", "(aya{sv})", (b"x", options("subject-alt-names", "as", [
        f"DNS:h{i}.local" for i in range(101)])), "LimitExceeded"),
    "subject-65": ("Regenerate", "(a{sv})", (options("subject", "s", "O=" + "a" * 65),),
                   "InvalidSubject"),
    "export-format": ("Export", "(s)", ("p12",), "UnsupportedFormat"),
    "export-nothing": ("Export", "(s)", ("",), "UnsupportedFormat"),
    "export-capital": ("Export", "(s)", ("PEM",), "UnsupportedFormat"),
    "export-control": ("Export", "(s)", ("pem\x1b[31m",), "UnsupportedFormat"),
    "export-huge": ("Export", "(s)", ("p" * 100_000,), "UnsupportedFormat"),
}


@pytest.mark.parametrize("row", AUTHORITY_CALLS.values(), ids=AUTHORITY_CALLS.keys())
def test_authority(bus, row):  # R22 R26 R28
    method, signature, arguments, expected = row
    error, message = hostile.refused(bus, AUTHORITY, "Authority", method, signature, arguments)
    assert error == ERROR + expected
    assert len(message) < 1000


# Requests that OpenSSL makes: its options, those of Sign, and the error.
SIGN_REQUESTS = {
    "name-outside": ("-addext subjectAltName=DNS:www.example.com", {}, "PolicyForbids"),
    "common-name-outside": ("-subj /CN=www.example.com", {}, "PolicyForbids"),
    "given-name-outside": ("", options("subject-alt-names", "as", ["DNS:www.example.com"]),
                           "PolicyForbids"),
    "no-names": ("-subj /O=Example", {}, "InvalidSubjectAltName"),
    "common-name-not-copied": ("-subj /CN=camera.local", options("copy-common-name", "b", False),
                               "InvalidSubjectAltName"),
    "country": ("-subj /C=UK/CN=camera.local", {}, "InvalidSubject"),
    "101-names": ("-addext subjectAltName=" + ",".join(f"DNS:h{i}.local" for i in range(101)), {},
                  "LimitExceeded"),
}


@pytest.mark.parametrize("row", SIGN_REQUESTS.values(), ids=SIGN_REQUESTS.keys())
def test_sign(bus, tmp_path, row):  # R28
    made, given, expected = row
    words = made.split() if "-subj" in made else ["-subj", "/O=Example", *made.split()]
    request = subprocess.run(
        ["openssl", "req", "-new", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes",
         "-keyout", tmp_path / "key", *words], check=True, capture_output=True).stdout
    error, message = hostile.refused(bus, AUTHORITY, "Authority", "Sign", "(aya{sv})",
                                     (request, given))
    assert error == ERROR + expected, message


# Filters of Log.List: the cursor, the limit, a filter, and the word that the message has.
LOG_FILTERS = {
    "action-capital": ("", 0, options("action", "s", "Import"), "Import"),
    "action-empty": ("", 0, options("action", "s", ""), "action"),
    "action-type": ("", 0, options("action", "as", ["import"]), "action"),
    "object-empty": ("", 0, options("object", "s", ""), "object"),
    "object-type": ("", 0, options("object", "o", "/org/certd1"), "object"),
    "outcome-unknown": ("", 0, options("outcome", "s", "bad"), "failed"),
    "outcome-control": ("", 0, options("outcome", "s", "ok\x1b[31m"), "outcome"),
    "uid-name": ("", 0, options("uid", "s", "root"), "uid"),
    "uid-minus": ("", 0, options("uid", "i", -1), "uid"),
    "uid-beyond": ("", 0, options("uid", "t", 2**32), "4294967295"),
    "since-0": ("", 0, options("since", "t", 0), "since"),
    "since-beyond": ("", 0, options("since", "t", 2**63), "since"),
    "until-0": ("", 0, options("until", "t", 0), "until"),
    "until-text": ("", 0, options("until", "s", "today"), "until"),
    "newest-text": ("", 0, options("newest-first", "s", "yes"), "newest-first"),
    "cursor-minus": ("-1", 0, {}, "cursor"),
    "cursor-text": ("x", 0, {}, "cursor"),
    "cursor-beyond": (str(2**63), 0, {}, "cursor"),
}


@pytest.mark.parametrize("row", LOG_FILTERS.values(), ids=LOG_FILTERS.keys())
def test_log_filter(bus, row):
    cursor, limit, given, word = row
    error, message = hostile.refused(bus, logged.LOG, "Log", "List", "(a{sv}su)",
                                     (given, cursor, limit))
    assert error == ERROR + "InvalidOption"
    assert word in message and len(message) < 1000 and "\x1b" not in message


@pytest.mark.parametrize("row", ODD_CALLS.values(), ids=ODD_CALLS.keys())
def test_odd_call(bus, row):
    path, interface, method, signature, arguments, expected = row
    error, _ = hostile.refused(bus, path, interface, method, signature, arguments)
    assert error == ERROR + expected


@pytest.fixture
def bare(bus):
    """A certificate with nothing installed: its object."""
    path, = bus.call(support.MANAGER, "Manager", "CreateCertificate", "(sa{sv})", ("bare", {}))
    yield path
    bus.call(path, "Certificate", "Remove", "(a{sv})", ({},))


@pytest.mark.parametrize("issuer", ("external", "self", "internal"))
def test_no_key_to_reuse(bus, bare, issuer):  # R15 R29
    error, message = hostile.refused(bus, bare, "Certificate", "CreateRequest", "(sa{sv})",
                                     (issuer, options("reuse-key", "b", True)))
    assert error == ERROR + "KeyUnavailable"
    assert "bare" in message and "reuse-key" in message


FREEDESKTOP = "org.freedesktop.DBus.Error."


@pytest.mark.parametrize("interface, method, signature, arguments, expected", (
    ("Manager", "NoSuchMethod", "()", (), "UnknownMethod"),
    ("NoSuchInterface", "X", "()", (), "UnknownMethod"),
    ("Manager", "GetCertificate", "(u)", (1,), "InvalidArgs"),
    ("Manager", "GetCertificate", "()", (), "InvalidArgs"),
    ("Manager", "CreateCertificate", "(ss)", ("a", "b"), "InvalidArgs"),
), ids=("method", "interface", "wrong-type", "no-argument", "wrong-dictionary"))
def test_not_the_contract(bus, interface, method, signature, arguments, expected):
    error, _ = hostile.refused(bus, support.MANAGER, interface, method, signature, arguments)
    assert error == FREEDESKTOP + expected


def test_properties_are_read_only(bus):
    with pytest.raises(GLib.Error) as refusal:
        bus.connection().call_sync(
            support.NAME, CERTIFICATE, "org.freedesktop.DBus.Properties", "Set",
            GLib.Variant("(ssv)", ("org.certd1.Certificate", "Days", GLib.Variant("u", 1))), None,
            0, support.CALL_TIMEOUT_MSEC, None)
    assert support.remote_error(refusal.value) == FREEDESKTOP + "PropertyReadOnly"


def test_at_the_limits(bus, tmp_path):  # R22 R26 R28
    """What is refused one beyond is taken here: days of the authority, and of what it gives
    (CERTD_LIMIT_INTERNAL_DAYS); a request of CERTD_LIMIT_REQUEST_BYTES."""
    for days in (365, 36500):
        bus.call(AUTHORITY, "Authority", "Regenerate", "(a{sv})", (options("days", "u", days),))
        lasts = bus.get(AUTHORITY, "Authority", "NotAfter") - bus.get(AUTHORITY, "Authority",
                                                                      "NotBefore")
        assert days * 86400 <= lasts <= days * 86400 + 3600
    request = subprocess.run(
        ["openssl", "req", "-new", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes",
         "-keyout", tmp_path / "key", "-subj", "/CN=camera.local"], check=True,
        capture_output=True).stdout
    for days in (1, 397):
        padded = request + b"\n" * (64 * 1024 - len(request))
        chain, = bus.call(AUTHORITY, "Authority", "Sign", "(aya{sv})",
                          (padded, options("days", "u", days)))
        assert chain.count("BEGIN CERTIFICATE") == 2
    path, = bus.call(CERTIFICATE, "Certificate", "CreateRequest", "(sa{sv})",
                     ("internal", options("days", "u", 397)))
    support.wait_until(lambda: bus.get(path, "Request", "State") == "issued", "it is issued")
