# SPDX-License-Identifier: LGPL-2.1-or-later
"""What the tests against outside programs share: a folder to make inputs in, and what came of them.

Inputs are made by the commands that a user would type, so that each row of a table can be tried by
hand. A command finds these files in its folder, and what it prints is the input:

root.pem root.key issuing.pem issuing.key   the authorities
leaf.pem chain.pem                          the certificate; the same with issuing.pem after it
key.pem                                     its key (PKCS#8), where it was made outside
passphrase                                  PASSPHRASE, in two lines: OpenSSL takes the first to
                                            decrypt and the second to encrypt
"""

import json
import shutil
import subprocess

import support

PASSPHRASE = "correct horse 7"
HOST = "dev1.example.org"
# What openssl verify -x509_strict wants of every certificate below the root (RFC 5280 4.2.1.1).
IDENTIFIERS = "subjectKeyIdentifier=hash\nauthorityKeyIdentifier=keyid:always\n"

KEY_COMMANDS = {
    "rsa": "openssl genpkey -algorithm RSA -pkeyopt rsa_keygen_bits:2048",
    "ec": "openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256",
    "ec384": "openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-384",
    "ec521": "openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-521",
    "ed25519": "openssl genpkey -algorithm ED25519",
}


class Authority(support.Authority):
    """support's, but strictly as RFC 5280 has it."""

    def __init__(self, folder):
        super().__init__(folder)
        (self.folder / "issuing.cnf").write_text(IDENTIFIERS, encoding="ascii")
        self.openssl("x509", "-req", "-in", "issuing.csr", "-CA", "root.pem", "-CAkey", "root.key",
                     "-days", "1825", "-copy_extensions", "copyall", "-extfile", "issuing.cnf",
                     "-out", "issuing.pem")

    def sign(self, request, days=397, extensions=""):
        return super().sign(request, days, IDENTIFIERS + extensions)


class Workshop:
    """A folder of one test, where outside programs make what certd shall read."""

    def __init__(self, folder, authority):
        self.folder = folder
        self.authority = authority
        for name in ("root.pem", "root.key", "issuing.pem", "issuing.key"):
            shutil.copy(authority.folder / name, folder / name)
        self.write("passphrase", f"{PASSPHRASE}\n{PASSPHRASE}\n")

    def write(self, name, text):
        """Writes a file of the folder; its path."""
        path = self.folder / name
        path.write_text(text, encoding="utf-8", newline="")
        return path

    def read(self, name):
        return (self.folder / name).read_text(encoding="utf-8")

    def run(self, command, data=None):
        """What a shell command prints, in bytes; a failure shows what it said."""
        done = subprocess.run(["sh", "-ec", command], cwd=self.folder, input=data or b"",
                              capture_output=True, check=False)
        assert done.returncode == 0, f"{command}: {(done.stdout + done.stderr).decode()}"
        return done.stdout

    def text(self, command, data=None):
        """What a shell command prints, as text without the line end."""
        return self.run(command, data.encode() if data is not None else None).decode().strip()

    def make(self, command, name="input"):
        """Writes what a command prints to a file of the folder; its path."""
        path = self.folder / name
        path.write_bytes(self.run(command))
        return path

    def sign(self, request, **how):
        """Has the authority sign a PEM request: leaf.pem and chain.pem."""
        leaf = self.authority.sign(request, **how)
        self.write("leaf.pem", leaf)
        self.write("chain.pem", self.authority.chain(leaf))
        return leaf

    def make_key(self, kind, **how):
        """Makes key.pem, and leaf.pem and chain.pem for it."""
        self.make(KEY_COMMANDS[kind], "key.pem")
        self.sign(self.text(f"openssl req -new -key key.pem -subj /CN={HOST}"
                            f" -addext subjectAltName=DNS:{HOST}") + "\n", **how)

    def public_key(self, command):
        """The public key, DER in hex, of the PEM one that a command prints."""
        return self.run(f"{command} | openssl pkey -pubin -outform DER").hex()


def codes(findings):
    """The sorted codes of findings (code, severity, message, remedy)."""
    return sorted(finding[0] for finding in findings)


def install(bus, name, path, *options):
    """Imports the file at path, which has to succeed; the findings."""
    done = bus.certctl("import", name, path, "--json", *options)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)["Findings"]


def show(bus, name):
    """All that certctl shows about a certificate."""
    return json.loads(bus.certctl("show", name, "--json", check=True).stdout)


def request(bus, name, *options):
    """Makes a request: its row in `certctl requests` and its PEM."""
    done = bus.certctl("request", name, "--json", *options)
    assert done.returncode == 0, done.stderr
    made = json.loads(done.stdout)
    rows = json.loads(bus.certctl("requests", name, "--json", check=True).stdout)
    row = next(row for row in rows if row["PublicKeyHash"] == made["PublicKeyHash"]
               and row["State"] == "ready")
    return row, made["Pem"]


def export(bus, workshop, name, length=2):
    """Exports the chain, which OpenSSL has to accept under the root alone; length: of the chain
    without the root. The path of the PEM file."""
    path = workshop.folder / "exported.pem"
    bus.certctl("export", name, "--out", path, check=True)
    assert workshop.read("exported.pem").count("BEGIN CERTIFICATE") == length
    above = "" if length > 1 else "-untrusted issuing.pem"
    said = workshop.text(f"openssl verify -x509_strict -purpose sslserver -CAfile root.pem"
                         f" -untrusted exported.pem {above} exported.pem")
    assert said == "exported.pem: OK"
    return path
