# SPDX-License-Identifier: LGPL-2.1-or-later
"""Authority.Sign: requests of other devices, made by OpenSSL and certtool, signed or refused (R28)."""

import pytest
import support
import verifiers
from certificate_lint_extensions import basic_constraints, purposes
from certificate_view import Certificate, from_pem
from gi.repository import GLib
from hostile import ERROR
from outside import KEY_COMMANDS

PATH = support.MANAGER + "/authority/internal"
REQUEST_BYTES = 64 * 1024
NAMES = 100


@pytest.fixture(scope="module")
def workshop(tmp_path_factory):
    """A folder with a key in key.pem."""
    folder = tmp_path_factory.mktemp("requests")
    verifiers.run("sh", "-ec", f"{KEY_COMMANDS['ec']} > key.pem", cwd=folder)
    return folder


def request(folder, command="openssl req -new -key key.pem", more="-subj /CN=a.local", name="request"):
    """The request that a command writes to standard output."""
    verifiers.run("sh", "-ec", f"{command} {more} > {name}", cwd=folder)
    return (folder / name).read_bytes()


def sign(bus, data, **options):
    """The leaf and the authority that Sign gives."""
    known = {key.replace("_", "-"): value for key, value in options.items()}
    chain, = bus.call(PATH, "Authority", "Sign", "(aya{sv})", (data, known))
    leaf, authority = from_pem(chain)
    assert from_pem(bus.get(PATH, "Authority", "Certificate")) == [authority]
    return Certificate(leaf)


def names(leaf):
    return [octets for _, octets in leaf.names()]


def sans(*pairs):
    return GLib.Variant("a(ss)", pairs)


@pytest.mark.parametrize("form", ("PEM", "DER"))
@pytest.mark.parametrize("key", KEY_COMMANDS)
def test_openssl(bus, workshop, key, form):
    verifiers.run("sh", "-ec", f"{KEY_COMMANDS[key]} > {key}.pem", cwd=workshop)
    made = sign(bus, request(workshop, f"openssl req -new -key {key}.pem -outform {form}",
                             "-subj /O=Example/CN=b.local -addext subjectAltName=DNS:a.local"))
    assert names(made) == [b"a.local", b"b.local"]
    given = verifiers.run("openssl", "pkey", "-in", f"{key}.pem", "-pubout", cwd=workshop)
    assert given in verifiers.run("openssl", "x509", "-inform", "DER", "-noout", "-pubkey", "-in",
                                  _write(workshop, made))


def _write(folder, leaf):
    (folder / "leaf.der").write_bytes(leaf.data)
    return folder / "leaf.der"


def test_certtool(bus, workshop):
    """With names in it; certtool's own way of writing a request."""
    (workshop / "template").write_text(
        'cn = "a.local"\ndns_name = "a.local"\nip_address = "10.0.0.9"\ntls_www_client\n'
        "signing_key\n", encoding="ascii")
    made = sign(bus, request(workshop, "certtool --generate-request --load-privkey key.pem"
                             " --template template", more="2>/dev/null"))
    assert names(made) == [b"a.local", bytes((10, 0, 0, 9))]
    assert purposes(made) == ["1.3.6.1.5.5.7.3.2"]


def test_names_that_are_given(bus, workshop):
    """They take the place of the request's; the common name is one more, unless told not to."""
    data = request(workshop, more="-subj /CN=a.local -addext subjectAltName=DNS:old.local")
    given = sans(("DNS", "new.local"), ("IP", "10.0.0.9"))
    assert names(sign(bus, data, subject_alt_names=given)) == [
        b"new.local", bytes((10, 0, 0, 9)), b"a.local"]
    alone = sign(bus, data, subject_alt_names=GLib.Variant("as", ["DNS:new.local"]),
                 copy_common_name=GLib.Variant("b", False))
    assert names(alone) == [b"new.local"]
    nameless = request(workshop, more="-subj /O=Example")
    assert names(sign(bus, nameless, subject_alt_names=given)) == [b"new.local", bytes((10, 0, 0, 9))]


def test_what_else_it_asks_for_is_left_out(bus, workshop):
    made = sign(bus, request(workshop, more="-subj /CN=a.local -addext keyUsage=keyAgreement"
                             " -addext 1.2.3.4=ASN1:NULL -addext basicConstraints=CA:FALSE"))
    assert basic_constraints(made) == (False, None)
    assert made.extension("1.2.3.4") is None


@pytest.mark.parametrize("days", (1, 397))
def test_days(bus, workshop, days):
    made = sign(bus, request(workshop), days=GLib.Variant("u", days))
    begin, end = (time.content.decode() for time in made.validity)
    said = verifiers.run("sh", "-ec", 'echo $(( $(date -ud "$2" +%s) - $(date -ud "$1" +%s) ))', "-",
                         *(f"20{t[:2]}-{t[2:4]}-{t[4:6]} {t[6:8]}:{t[8:10]}:{t[10:12]}"
                           for t in (begin, end)))
    assert int(said) == days * 86400


SUBJECT = "-subj /CN=a.local"
OPENSSL = "openssl req -new -key key.pem"
RSA = "openssl req -new -nodes -keyout /dev/null -newkey rsa"
# Case: (command, more words, error, word in the message).
REFUSED = {
    "name outside": (OPENSSL, "-subj /CN=www.example.com", "PolicyForbids", "www.example.com"),
    "names outside": (OPENSSL, f"{SUBJECT} -addext subjectAltName=DNS:a.local,DNS:x.example.com",
                      "PolicyForbids", "x.example.com"),
    "address outside": (OPENSSL, f"{SUBJECT} -addext subjectAltName=IP:198.51.100.1",
                        "PolicyForbids", "198.51.100.1"),
    "no names": (OPENSSL, "-subj /O=Example", "InvalidSubjectAltName", "--san DNS:NAME"),
    "common name outside, beside a name": (
        OPENSSL, "-subj /CN=www.example.com -addext subjectAltName=DNS:a.local", "PolicyForbids",
        "DNS:www.example.com"),
    "address as common name outside, beside a name": (
        OPENSSL, "-subj /CN=198.51.100.1 -addext subjectAltName=DNS:a.local", "PolicyForbids",
        "IP:198.51.100.1"),
    "mail outside": (OPENSSL, f"{SUBJECT} -addext subjectAltName=DNS:a.local,email:a@example.com",
                     "PolicyForbids", "whose host is example.com"),
    "mail outside in the subject": (OPENSSL, f"{SUBJECT}/emailAddress=a@example.com",
                                    "PolicyForbids", "whose host is example.com"),
    "URI outside": (OPENSSL, f"{SUBJECT} -addext subjectAltName=DNS:a.local,URI:https://example.com/",
                    "PolicyForbids", "whose host is example.com"),
    "URI without a host": (OPENSSL, f"{SUBJECT} -addext subjectAltName=DNS:a.local,URI:urn:uuid:1",
                           "PolicyForbids", "no host name"),
    "label and an address": (OPENSSL, "-subj '/CN=My Camera' -addext subjectAltName=IP:10.0.0.9",
                             "InvalidSubject", "My Camera"),
    "authority": (OPENSSL, f"{SUBJECT} -addext basicConstraints=CA:TRUE", "Rejected", "authority"),
    "signs certificates": (OPENSSL, f"{SUBJECT} -addext keyUsage=keyCertSign", "Rejected",
                           "keyCertSign"),
    "signs code": (OPENSSL, f"{SUBJECT} -addext extendedKeyUsage=codeSigning", "Rejected",
                   "codeSigning"),
    "any purpose": (OPENSSL, f"{SUBJECT} -addext extendedKeyUsage=2.5.29.37.0", "Rejected",
                    "anyExtendedKeyUsage"),
    "critical and unknown": (OPENSSL, f"{SUBJECT} -addext 1.2.3.4=critical,ASN1:NULL", "Rejected",
                             "1.2.3.4"),
    "RSA 1024": (f"{RSA}:1024", SUBJECT, "PolicyForbids",
                 'has 1024 bits; the policy "default" needs 2048, "legacy" allows 1024'),
    "exponent 3": (f"{RSA}:2048 -pkeyopt rsa_keygen_pubexp:3", SUBJECT, "Rejected", "exponent"),
    "MD5": (f"{RSA}:2048 -md5", SUBJECT, "PolicyForbids", "MD5"),
    "SHA-1": (f"{OPENSSL} -sha1", SUBJECT, "PolicyForbids", "SHA-1"),
    "another curve": ("openssl req -new -nodes -keyout /dev/null -newkey ec -pkeyopt"
                      " ec_paramgen_curve:secp256k1", SUBJECT, None, "key"),
    "a certificate": ("openssl req -x509 -key key.pem", SUBJECT, "UnsupportedFormat", "request"),
    "a key": ("openssl pkey -in key.pem", "", "UnsupportedFormat", "request"),
    "nothing": ("true", "", "Malformed", "nothing"),
    "text": ("echo hello", "", "UnsupportedFormat", "request"),
    "country": (OPENSSL, "-subj /C=UK/CN=a.local", "InvalidSubject", "UK"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_refused(bus, workshop, case):  # R28
    command, more, error, word = REFUSED[case]
    data = request(workshop, command, more)
    with pytest.raises(GLib.Error, match=word) as caught:
        sign(bus, data)
    assert error is None or support.remote_error(caught.value) == ERROR + error


def test_broken_signature(bus, workshop):  # R28
    """By another key than the one that asks: nobody gets a certificate for somebody else's key."""
    data = bytearray(request(workshop, f"{OPENSSL} -outform DER", SUBJECT))
    data[data.index(b"a.local")] ^= 1
    with pytest.raises(GLib.Error, match="signature") as caught:
        sign(bus, bytes(data))
    assert support.remote_error(caught.value) == ERROR + "Rejected"


WRONG_OPTIONS = {
    "days 0": ({"days": GLib.Variant("u", 0)}, "InvalidOption", "days.* from 1 to 397, not 0"),
    "days 398": ({"days": GLib.Variant("u", 398)}, "InvalidOption", "from 1 to 397, not 398"),
    "unknown": ({"subject": GLib.Variant("s", "CN=b.local")}, "InvalidOption", "subject"),
    "digest": ({"digest": GLib.Variant("s", "sha384")}, "InvalidOption", "digest"),
    "type": ({"days": GLib.Variant("s", "7")}, "InvalidOption", "days"),
    "no name": ({"subject_alt_names": GLib.Variant("as", ["DNS:a b"])}, "InvalidSubjectAltName",
                "a b"),
    "name outside": ({"subject_alt_names": sans(("DNS", "x.example.com"))}, "PolicyForbids",
                     "x.example.com"),
}


@pytest.mark.parametrize("case", WRONG_OPTIONS)
def test_wrong_options(bus, workshop, case):  # R28
    options, error, word = WRONG_OPTIONS[case]
    with pytest.raises(GLib.Error, match=word) as caught:
        sign(bus, request(workshop), **options)
    assert support.remote_error(caught.value) == ERROR + error


def test_largest_request(bus, workshop):  # R28
    """Comments before the PEM make it as long as it may be, and one octet longer."""
    pem = request(workshop)
    assert names(sign(bus, b"#" * (REQUEST_BYTES - len(pem) - 1) + b"\n" + pem)) == [b"a.local"]
    with pytest.raises(GLib.Error) as caught:
        sign(bus, b"#" * (REQUEST_BYTES - len(pem)) + b"\n" + pem)
    assert support.remote_error(caught.value) == ERROR + "TooLarge"


def test_most_names(bus, workshop):  # R28
    """In the request, and given beside it."""
    hosts = [f"h{number}.local" for number in range(NAMES + 1)]

    def asked(count):
        listed = ",".join(f"DNS:{host}" for host in hosts[:count])
        return request(workshop, more=f"-subj /CN=h0.local -addext subjectAltName={listed}")

    def given(count):
        return {"subject_alt_names": sans(*(("DNS", host) for host in hosts[:count]))}

    plain = request(workshop, more="-subj /CN=h0.local", name="plain")
    for data, options in ((asked(NAMES), {}), (plain, given(NAMES))):
        assert len(names(sign(bus, data, **options))) == NAMES
    for data, options in ((asked(NAMES + 1), {}), (plain, given(NAMES + 1))):
        with pytest.raises(GLib.Error) as caught:
            sign(bus, data, **options)
        assert support.remote_error(caught.value) == ERROR + "LimitExceeded"


def test_only_administrators(bus, workshop):  # R60
    for user, allowed in ((support.ADMIN, True), (support.USER, False)):
        done = bus.certctl("ca", "sign", "-", data=request(workshop).decode(), user=user)
        assert (done.returncode == 0) == allowed, done.stderr
