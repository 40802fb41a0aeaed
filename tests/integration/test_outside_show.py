# SPDX-License-Identifier: LGPL-2.1-or-later
"""What certd shows and hands out, against what OpenSSL and certtool say of the same certificate."""

import datetime
import re

import pytest
from outside import HOST, PASSPHRASE, Authority, Workshop, install, request, show

NAME = "looked-at"
SUBJECT = f"CN={HOST},OU=Timing,OU=Lab,O=Example\\, Inc.,L=München,C=DE"
SANS = (("DNS", "a.example.org"), ("DNS", "*.example.org"), ("IP", "192.0.2.1"),
        ("IP", "2001:db8::1"), ("email", "a@example.org"), ("URI", "https://example.org/x?y"),
        ("RID", "1.3.6.1.4.1.55555.1"), ("dirName", "CN=a,OU=b,O=c,C=DE"))
# Key types, as OpenSSL prints the signature of an authority whose key is of this type.
KINDS = {"rsa:2048": "(2048 bit)", "rsa:3072": "(3072 bit)", "ec:secp256r1": "P-256",
         "ec:secp384r1": "P-384", "ec:secp521r1": "P-521", "ed25519": "ED25519"}
USAGES = {"Digital Signature": "digitalSignature", "Key Encipherment": "keyEncipherment",
          "Certificate Sign": "keyCertSign", "CRL Sign": "cRLSign"}
PURPOSES = {"TLS Web Server Authentication": "serverAuth",
            "TLS Web Client Authentication": "clientAuth"}


@pytest.fixture(scope="module")
def strict(tmp_path_factory):
    return Authority(tmp_path_factory.mktemp("authority"))


@pytest.fixture
def workshop(bus, strict, tmp_path):
    bus.certctl("create", NAME, "--subject", SUBJECT, check=True)
    yield Workshop(tmp_path, strict)
    bus.certctl("remove", NAME, "--yes", check=True)


class Outside:
    """A PEM certificate of the workshop as OpenSSL sees it."""

    def __init__(self, workshop, name):
        self._workshop, self._name = workshop, name

    def ask(self, option):
        return self._workshop.text(f"openssl x509 -in {self._name} -noout {option}")

    def value(self, option):
        """Of "key=value"."""
        return self.ask(option).partition("=")[2].strip()

    def hex(self, option):
        return self.value(option).replace(":", "").lower()

    def seconds(self, option):
        date = datetime.datetime.strptime(self.value(option), "%b %d %H:%M:%S %Y GMT")
        return int(date.replace(tzinfo=datetime.timezone.utc).timestamp())

    def extension(self, name):
        """The lines below an extension's title, in one; empty without it."""
        lines = self.ask(f"-ext {name}").splitlines()
        return " ".join(line.strip() for line in lines[1:])

    def words(self, extension, translation):
        text = self.extension(extension)
        return sorted(translation[word] for word in text.split(", ")) if text else []

    def hash(self):
        return self._workshop.text(f"openssl x509 -in {self._name} -noout -pubkey |"
                                   " openssl pkey -pubin -outform DER | sha256sum").split()[0]


def compare(details, outside):
    """Holds Details of a certificate against OpenSSL, key by key."""
    assert details["version"] == 3 and "Version: 3 " in outside.ask("-text")
    assert details["serial-number"].lstrip("0") == outside.hex("-serial").lstrip("0")
    assert details["subject"] == outside.value("-subject -nameopt RFC2253,-esc_msb,utf8")
    assert details["issuer"] == outside.value("-issuer -nameopt RFC2253,-esc_msb,utf8")
    assert details["not-before"] == outside.seconds("-startdate")
    assert details["not-after"] == outside.seconds("-enddate")
    assert details["public-key-hash"] == outside.hash()
    for digest in ("sha1", "sha256"):
        assert details[f"fingerprint-{digest}"] == outside.hex(f"-fingerprint -{digest}")
    assert sorted(details["key-usage"]) == outside.words("keyUsage", USAGES)
    assert sorted(details["extended-key-usage"]) == outside.words("extendedKeyUsage", PURPOSES)
    assert details["is-ca"] is ("CA:TRUE" in outside.extension("basicConstraints"))
    for key, extension in (("subject-key-identifier", "subjectKeyIdentifier"),
                           ("authority-key-identifier", "authorityKeyIdentifier")):
        expected = re.sub("^keyid:", "", outside.extension(extension)).replace(":", "").lower()
        assert details[key] == expected


@pytest.mark.parametrize("kind", KINDS)
def test_shows_what_openssl_says(bus, workshop, kind):  # R40
    options = [word for san in SANS for word in ("--san", ":".join(san))]
    _, pem = request(bus, NAME, "--key", kind, *options)
    workshop.sign(pem, days=90)
    install(bus, NAME, workshop.folder / "chain.pem")
    shown = show(bus, NAME)
    leaf = Outside(workshop, "leaf.pem")
    compare(shown["Details"], leaf)
    assert shown["Details"]["key-type"] == kind and KINDS[kind] in leaf.ask("-text")
    assert shown["Details"]["signature-algorithm"] == "ECDSA-SHA256"  # the authority's
    assert "Signature Algorithm: ecdsa-with-SHA256" in leaf.ask("-text")
    assert [tuple(pair) for pair in shown["Details"]["subject-alt-names"]] == \
        [*SANS, ("DNS", HOST)]
    names = leaf.extension("subjectAltName")
    for printed in ("DNS:a.example.org", "DNS:*.example.org", "IP Address:192.0.2.1",
                    "IP Address:2001:DB8:0:0:0:0:0:1", "email:a@example.org",
                    "URI:https://example.org/x?y", "Registered ID:1.3.6.1.4.1.55555.1",
                    "DirName:/C=DE/O=c/OU=b/CN=a", f"DNS:{HOST}"):
        assert printed in names
    above, = shown["Details"]["chain"]
    compare(above, Outside(workshop, "issuing.pem"))
    assert above["is-ca"] is True and above["path-length"] == 0
    assert shown["NotAfter"] == leaf.seconds("-enddate")
    assert shown["Fingerprint"] == leaf.hex("-fingerprint -sha256")


def test_shows_it_as_text(bus, workshop):  # R40
    """The table for people has the same values."""
    _, pem = request(bus, NAME)
    workshop.sign(pem)
    install(bus, NAME, workshop.folder / "chain.pem")
    text = bus.certctl("show", NAME, check=True).stdout
    leaf, above = Outside(workshop, "leaf.pem"), Outside(workshop, "issuing.pem")
    for expected in (leaf.value("-fingerprint -sha256"), leaf.value("-fingerprint -sha1"),
                     leaf.hex("-serial"), leaf.hash(), above.value("-fingerprint -sha256"),
                     leaf.value("-subject -nameopt RFC2253,-esc_msb,utf8"), f"DNS:{HOST}"):
        assert expected in text, expected


@pytest.fixture
def active(bus, workshop):
    """An installed certificate with an exportable key: leaf.pem, chain.pem and key.pem."""
    workshop.make_key("ec")
    install(bus, NAME, workshop.make("cat key.pem chain.pem"), "--exportable")
    return workshop


def exported(bus, workshop, form):
    path = workshop.folder / f"exported.{form}"
    more = ["--passphrase-file", workshop.folder / "passphrase"] if form == "p12" else []
    bus.certctl("export", NAME, "--format", form, "--out", path, *more, check=True)
    return path


# name: (format, the command that prints the certificates in PEM, how many)
READERS = {
    "pem-openssl": ("pem", "openssl crl2pkcs7 -nocrl -certfile exported.pem |"
                    " openssl pkcs7 -print_certs", 2),
    "pem-certtool": ("pem", "certtool -i --infile exported.pem", 2),
    "der-openssl": ("der", "openssl x509 -inform DER -in exported.der", 1),
    "der-certtool": ("der", "certtool -i --inder --infile exported.der", 1),
    "p7b-openssl": ("p7b", "openssl pkcs7 -inform DER -in exported.p7b -print_certs", 2),
    "p7b-openssl-cms": ("p7b", "openssl cms -cmsout -inform DER -in exported.p7b -outform PEM |"
                        " sed 's/CMS/PKCS7/' | openssl pkcs7 -print_certs", 2),
    "p7b-certtool": ("p7b", "certtool --p7-info --inder --infile exported.p7b", 2),
    "p12-openssl": ("p12", "openssl pkcs12 -in exported.p12 -passin file:passphrase -nokeys", 2),
    "p12-certtool": ("p12", "certtool --p12-info --inder --infile exported.p12"
                     f" --password '{PASSPHRASE}'", 2),
}
BLOCK = re.compile("-----BEGIN CERTIFICATE-----.*?-----END CERTIFICATE-----", re.DOTALL)


@pytest.mark.parametrize("reader", READERS)
def test_export_is_read(bus, active, reader):  # R42
    form, command, count = READERS[reader]
    exported(bus, active, form)
    blocks = BLOCK.findall(active.text(command))
    wanted = BLOCK.findall(active.read("chain.pem"))[:count]
    assert sorted(blocks) == sorted(wanted)


def test_pem_verifies(bus, active):  # R42
    exported(bus, active, "pem")
    assert active.text("openssl verify -x509_strict -CAfile root.pem -untrusted exported.pem"
                       " exported.pem") == "exported.pem: OK"
    said = active.text("certtool --verify --load-ca-certificate root.pem --infile exported.pem"
                       f" --verify-hostname {HOST} --verify-purpose 1.3.6.1.5.5.7.3.1")
    assert "Verified. The certificate is trusted." in said


@pytest.mark.parametrize("program", ("openssl", "certtool"))
def test_pkcs12_has_the_key(bus, active, program):  # R34 R42
    path = exported(bus, active, "p12")
    assert path.stat().st_mode & 0o077 == 0
    command = {
        "openssl": "openssl pkcs12 -in exported.p12 -passin file:passphrase -nocerts -nodes",
        "certtool": "certtool --p12-info --inder --infile exported.p12 --outfile p12.txt"
                    f" --password '{PASSPHRASE}'; certtool --to-p8 --infile p12.txt"
                    f" --load-privkey p12.txt --password '{PASSPHRASE}' |"
                    " openssl pkey -passin file:passphrase",
    }[program]
    assert active.public_key(f"({command}) | openssl pkey -pubout") == \
        active.public_key("openssl pkey -in key.pem -pubout")


def test_file_names(bus, active):  # R42
    for form, name in (("pem", "pem"), ("der", "cer"), ("p7b", "p7b")):
        bus.certctl("export", NAME, "--format", form, "--out", active.folder, check=True)
        assert (active.folder / f"{NAME}.{name}").stat().st_size > 0
