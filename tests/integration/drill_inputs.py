# SPDX-License-Identifier: LGPL-2.1-or-later
"""What the drill of bad installs is given: certificates, chains and files, made by OpenSSL as a user would,
each with one thing wrong."""

import hashlib
import ssl

import outside
from clock import LIBFAKETIME
from device import HOME

SAN = f"subjectAltName=DNS:{HOME}\n"
USAGE = "keyUsage=critical,digitalSignature\n"
SERVER = "extendedKeyUsage=serverAuth\n"
NO_CA = "basicConstraints=critical,CA:FALSE\n"
LEAF = NO_CA + USAGE + SERVER + SAN
CA = "basicConstraints=critical,CA:TRUE\nkeyUsage=critical,keyCertSign,cRLSign\n"
KEYS = {
    "ec": "-newkey ec -pkeyopt ec_paramgen_curve:P-256",
    "ec:192": "-newkey ec -pkeyopt ec_paramgen_curve:prime192v1",
    "ec:384": "-newkey ec -pkeyopt ec_paramgen_curve:P-384",
    "ed25519": "-newkey ed25519",
    "rsa:512": "-newkey rsa:512",
    "rsa:1024": "-newkey rsa:1024",
    "rsa:2048": "-newkey rsa:2048",
    "rsa:2048:3": "-newkey rsa:2048 -pkeyopt rsa_keygen_pubexp:3",
}
DAY = 86400


class Kit(outside.Workshop):
    """A folder with the authorities root and issuing, where each input is made once."""

    def __init__(self, folder, bus):
        folder.joinpath("authority").mkdir()
        super().__init__(folder, outside.Authority(folder / "authority"))
        self.bus = bus
        self.made = {}

    def file(self, name):
        return (self.folder / name).read_bytes()

    def sign(self, base, extensions, issuer="issuing", days=90, at=0, more=""):
        """Signs base.csr: base.pem. at: when that is done, in seconds from now; it is valid from then."""
        clock = f"LD_PRELOAD={LIBFAKETIME} FAKETIME={at:+d} " if at else ""
        self.write(f"{base}.cnf", outside.IDENTIFIERS + extensions)
        own = f"-signkey {base}.key" if issuer is None else f"-CA {issuer}.pem -CAkey {issuer}.key"
        self.run(f"{clock}openssl x509 -req -in {base}.csr {own} -days {days}"
                 f" -extfile {base}.cnf {more} -out {base}.pem")

    def issue(self, base, subject, extensions, key="ec", **how):
        """Makes a key and a certificate for it: base.key and base.pem; how as in sign()."""
        self.run(f"openssl req -new {KEYS[key]} -nodes -subj '{subject}' -keyout {base}.key"
                 f" -out {base}.csr")
        self.sign(base, extensions, **how)

    def authority_of(self, base, subject="/O=Example/CN=Example Other Issuing", extensions=CA, **how):
        """Makes an authority with one thing wrong, signed by the root unless how says otherwise."""
        if not (self.folder / f"{base}.pem").exists():
            self.issue(base, subject, extensions, **{"issuer": "root", **how})
        return base

    def leaf(self, extensions=LEAF, subject=f"/CN={HOME}", **how):
        """The certificate leaf.pem, its key being leaf.key."""
        self.issue("leaf", subject, extensions, **how)
        return self.file("leaf.pem")

    def bundle(self, chain=("issuing",), **how):
        """The same, with the certificates of the authorities named in chain and the key."""
        leaf = self.leaf(**how)
        return leaf + b"".join(self.file(f"{name}.pem") for name in chain) + self.file("leaf.key")

    def requested(self):
        """Has the issuing authority sign a new request of https: leaf.pem."""
        _, made = outside.request(self.bus, "https")
        self.write("leaf.csr", made)
        self.sign("leaf", LEAF)
        return self.file("leaf.pem")

    def pipe(self, command, data):
        """What a command makes of a bundle."""
        self.folder.joinpath("all.pem").write_bytes(data)
        return self.run(command)

    def make(self, install):
        """The bytes of an input and the fingerprint of its leaf. What needs no request is made once."""
        if install.name in self.made:
            return self.made[install.name]
        data = install.make(self)
        leaf = self.folder / "leaf.pem"
        fingerprint = hashlib.sha256(ssl.PEM_cert_to_DER_cert(leaf.read_text(encoding="ascii"))).hexdigest()
        if not install.asks:
            self.made[install.name] = data, fingerprint
        return data, fingerprint


def flipped(data, at):
    """The same with one bit of the byte at that place the other way round."""
    return data[:at] + bytes((data[at] ^ 1,)) + data[at + 1:]


def pem(label, data):
    """DER as PEM (RFC 7468)."""
    body = ssl.DER_cert_to_PEM_cert(data)
    return body.replace("CERTIFICATE", label).encode()


def der_of(certificate):
    return ssl.PEM_cert_to_DER_cert(certificate.decode())


def der_integer(number):
    """A positive INTEGER of three octets (X.690 8.3)."""
    return bytes((2, 3)) + number.to_bytes(3, "big")
