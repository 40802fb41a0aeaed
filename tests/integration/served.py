# SPDX-License-Identifier: LGPL-2.1-or-later
"""What certd serves for the device's names: its certificate and authority, as OpenSSL sees them."""

import hashlib
import ipaddress
import os
import pathlib
import ssl
import subprocess
import time

import device
import support
from gi.repository import Gio

HTTPS = "/org/certd1/certificate/https"
AUTHORITY = "/org/certd1/authority/internal"
PUBLISHED = pathlib.Path(os.environ.get("CERTD_RUNTIME_DIRECTORY", "/nonexistent")) / "authority"
# R24.
DEADLINE_SECONDS = 10
GATHER_SECONDS = 2
CHECKS = {"DNS": "-checkhost", "IP": "-checkip"}
PRINTED_TYPES = {"DNS": "DNS", "IP Address": "IP"}


def openssl(*arguments, data=""):
    """What openssl prints; a failure shows what it said."""
    done = subprocess.run(["openssl", *map(str, arguments)], input=data, capture_output=True,
                          text=True, check=False)
    assert done.returncode == 0, f"openssl {arguments}: {done.stdout}{done.stderr}"
    return done.stdout


def extension(pem, name):
    """The lines that OpenSSL prints for an extension, stripped; none where it is not there."""
    lines = openssl("x509", "-noout", "-ext", name, data=pem).splitlines()
    return [line.strip() for line in lines[1:] if line.strip()]


def public_key(pem):
    return openssl("x509", "-noout", "-pubkey", data=pem)


def alt_names(pem):
    """The subject alternative names of a certificate, as device.names() has them."""
    found = set()
    for line in extension(pem, "subjectAltName"):
        for name in line.split(", "):
            kind, _, value = name.partition(":")
            value = str(ipaddress.ip_address(value)) if kind == "IP Address" else value
            found.add((PRINTED_TYPES[kind], value))
    return found


def names(bus):
    """The same of the certificate in use, as certd says."""
    return {tuple(pair) for pair in bus.get(HTTPS, "Certificate", "Details")["subject-alt-names"]}


def settle(bus, what, expected=device.names):
    """Waits until the certificate is for what expected() says, for as long as R24 allows."""
    support.wait_until(lambda: names(bus) == expected(), what, DEADLINE_SECONDS)


def export(bus, expected):
    """What certd hands out, as PEM: for the names expected and no others, and OpenSSL accepts it
    under the authority whose certificate is published."""
    published = (PUBLISHED / "ca.crt").read_text(encoding="ascii")
    assert (PUBLISHED / "ca.cer").read_bytes() == ssl.PEM_cert_to_DER_cert(published)
    assert bus.get(AUTHORITY, "Authority", "Certificate") == published
    pem = bus.certctl("export", "https", check=True).stdout
    assert alt_names(pem) == expected
    openssl("verify", "-x509_strict", "-purpose", "sslserver", "-CAfile", PUBLISHED / "ca.crt",
            data=pem)
    return pem


def check(bus, expected=None):
    """The same for the names that the device has, and for each of them OpenSSL knows it."""
    expected = device.names() if expected is None else expected
    pem = export(bus, expected)
    for kind, value in expected:
        said = openssl("x509", "-noout", CHECKS[kind], value, data=pem)
        assert "does match certificate" in said, said
    return pem


class Authority:
    """The authority's certificate as it is published at this moment."""

    def __init__(self):
        self.pem = (PUBLISHED / "ca.crt").read_text(encoding="ascii")
        self.fingerprint = hashlib.sha256(ssl.PEM_cert_to_DER_cert(self.pem)).hexdigest()
        self.key_identifier = extension(self.pem, "subjectKeyIdentifier")
        self.constraints = set(extension(self.pem, "nameConstraints"))
        assert self.key_identifier


class Changes:
    """The CertificateChanged signals of https: [(seconds on the monotonic clock, cause)]."""

    def __init__(self, bus):
        self.seen = []
        self._connection = bus.new_connection()
        self._id = support.subscribe(
            self._connection, support.NAME, f"{support.NAME}.Manager", "CertificateChanged", None, None,
            Gio.DBusSignalFlags.NONE, self._on_changed)

    def _on_changed(self, *arguments):
        name, _, cause = arguments[5].unpack()
        if name == "https":
            self.seen.append((time.monotonic(), cause))

    def close(self):
        self._connection.signal_unsubscribe(self._id)
        self._connection.close_sync(None)


def problems(bus):
    """What is wrong, by code: (severity, message, remedy)."""
    return {code: rest for code, *rest in bus.get(support.MANAGER, "Manager", "Problems")}


def finding_codes(bus):
    return {finding[0] for finding in bus.get(HTTPS, "Certificate", "Findings")}
