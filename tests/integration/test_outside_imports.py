# SPDX-License-Identifier: LGPL-2.1-or-later
"""What others make, in each format, imported and handed out again (R30, R33, R34, R42)."""

import json
import os
import subprocess

import pytest

PASSPHRASE = "geheim"
TEMPLATE = 'cn = "Tool CA"\nca\ncert_signing_key\nexpiration_days = 365\n'
LEAF_TEMPLATE = 'cn = "dev1.example.org"\ndns_name = "dev1.example.org"\ntls_www_server\n' \
                'signing_key\nexpiration_days = 90\n'


@pytest.fixture(scope="module", autouse=True)
def expected_name(bus):
    """https answers for dev1.example.org: what doesn't is warned of."""
    bus.certctl("set", "https", "--subject", "CN=dev1.example.org", check=True)


class Pki:
    """A leaf with its key, from the outside authority, and the formats made of them."""

    def __init__(self, authority, folder, key):
        self.authority, self.folder = authority, folder
        self.run("openssl", "req", "-new", *key, "-nodes", "-subj", "/CN=dev1.example.org",
                 "-addext", "subjectAltName=DNS:dev1.example.org", "-addext",
                 "extendedKeyUsage=serverAuth", "-keyout", "key.pem", "-out", "leaf.csr")
        leaf = authority.sign((folder / "leaf.csr").read_text(encoding="ascii"))
        self.leaf = leaf.encode()
        self.issuing = authority.intermediate.read_bytes()
        self.root = authority.root.read_bytes()
        self.key = (folder / "key.pem").read_bytes()
        (folder / "leaf.pem").write_bytes(self.leaf)
        (folder / "chain.pem").write_bytes(self.leaf + self.issuing)

    def run(self, *words, data=None):
        done = subprocess.run([str(word) for word in words], cwd=self.folder, input=data,
                              capture_output=True, check=False)
        assert done.returncode == 0, (words, done.stderr.decode())
        return done.stdout

    def openssl(self, *words, data=None):
        return self.run("openssl", *words, data=data)


EC = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256"]


@pytest.fixture(scope="module")
def pki(authority, tmp_path_factory):
    return Pki(authority, tmp_path_factory.mktemp("pki"), EC)


@pytest.fixture(scope="module")
def rsa(authority, tmp_path_factory):
    return Pki(authority, tmp_path_factory.mktemp("rsa"), ["-newkey", "rsa:2048"])


def pkcs12(pki, *more):
    return pki.openssl("pkcs12", "-export", "-in", "chain.pem", "-inkey", "key.pem", "-passout",
                       f"pass:{PASSPHRASE}", *more)


def encrypted(pki, *how):
    return pki.openssl("pkcs8", "-topk8", "-in", "key.pem", *how, "-passout", f"pass:{PASSPHRASE}")


def traditional(pki, kind, *more):
    return pki.openssl(kind, "-in", "key.pem", *(["-traditional"] if kind == "rsa" else []), *more)


def certtool_pkcs12(pki):
    return pki.run("certtool", "--to-p12", "--load-certificate", "chain.pem", "--load-privkey",
                   "key.pem", "--p12-name", "dev1", "--password", PASSPHRASE, "--outder")


def text_dump(pki):
    return pki.openssl("x509", "-in", "leaf.pem", "-text") + \
        pki.openssl("x509", "-in", str(pki.authority.intermediate), "-text")


# What comes with its key: how it is made, and the findings it has beside.
WITH_KEY = {
    "pem-key-last": (lambda p: p.leaf + p.issuing + p.key, set()),
    "pem-key-first": (lambda p: p.key + p.leaf + p.issuing, set()),
    "pem-reversed": (lambda p: p.issuing + p.leaf + p.key, {"chain-order"}),
    "pem-root-included": (lambda p: p.leaf + p.issuing + p.root + p.key, {"root-included"}),
    "pem-root-first": (lambda p: p.root + p.issuing + p.leaf + p.key,
                       {"root-included", "chain-order"}),
    "pem-crlf": (lambda p: (p.leaf + p.issuing + p.key).replace(b"\n", b"\r\n"), set()),
    "pem-comments": (lambda p: b"# the leaf\n" + p.leaf + b"\nand above it: \xc3\xa4\n" + p.issuing +
                     p.key, set()),
    "pem-text-dump": (lambda p: text_dump(p) + p.key, set()),
    "pem-byte-order-mark": (lambda p: b"\xef\xbb\xbf" + p.leaf + p.issuing + p.key, set()),
    "pem-utf16": (lambda p: (p.leaf + p.issuing + p.key).decode().encode("utf-16"), set()),
    "pem-no-last-newline": (lambda p: (p.leaf + p.issuing + p.key).rstrip(b"\n"), set()),
    "pem-twice-the-same": (lambda p: p.leaf + p.leaf + p.issuing + p.issuing + p.key, set()),
    "x509-certificate": (lambda p: (p.leaf + p.issuing).replace(b" CERTIFICATE", b" X509 CERTIFICATE")
                         + p.key, set()),
    "trusted-certificate": (lambda p: p.openssl("x509", "-in", "leaf.pem", "-trustout", "-addtrust",
                                                "serverAuth") + p.issuing + p.key, set()),
    "pkcs8-encrypted": (lambda p: p.leaf + p.issuing + encrypted(p, "-v2", "aes-256-cbc"), set()),
    "pkcs8-3des": (lambda p: p.leaf + p.issuing + encrypted(p, "-v2", "des3"), set()),
    "sec1": (lambda p: p.leaf + p.issuing + traditional(p, "ec"), set()),
    "sec1-encrypted": (lambda p: p.leaf + p.issuing + traditional(
        p, "ec", "-aes256", "-passout", f"pass:{PASSPHRASE}"), set()),
    "pkcs12": (pkcs12, set()),
    "pkcs12-legacy": (lambda p: pkcs12(p, "-legacy"), set()),
    "pkcs12-3des": (lambda p: pkcs12(p, "-legacy", "-descert"), set()),
    "pkcs12-no-mac": (lambda p: pkcs12(p, "-nomac"), set()),
    "pkcs12-certtool": (certtool_pkcs12, set()),
    "leaf-alone": (lambda p: p.leaf + p.key, {"chain-incomplete"}),
    "something-else-too": (lambda p: p.leaf + p.issuing + p.openssl(
        "req", "-x509", *EC, "-nodes", "-keyout", "/dev/null", "-subj", "/CN=Nobody", "-days", "9",
        "-addext", "basicConstraints=critical,CA:FALSE") + p.key, {"certificate-ignored"}),
}
RSA_KEYS = {
    "pkcs1": (lambda p: p.leaf + p.issuing + traditional(p, "rsa"), set()),
    "pkcs1-encrypted": (lambda p: p.leaf + p.issuing + traditional(
        p, "rsa", "-aes128", "-passout", f"pass:{PASSPHRASE}"), set()),
    "pkcs12-rsa": (pkcs12, set()),
    "pkcs12-rsa-legacy": (lambda p: pkcs12(p, "-legacy"), set()),
}


def import_file(bus, pki, data, *options):
    (pki.folder / "answer").write_bytes(data)
    (pki.folder / "pass").write_text(PASSPHRASE + "\n", encoding="ascii")
    return bus.certctl("import", "https", pki.folder / "answer", "--passphrase-file",
                       pki.folder / "pass", *options)


def active(bus, pki):
    """The chain that certd hands out, which OpenSSL has to accept."""
    chain = bus.certctl("export", "https", check=True).stdout
    (pki.folder / "active.pem").write_text(chain, encoding="ascii")
    pki.openssl("verify", "-x509_strict", "-CAfile", pki.authority.root, "-untrusted",
                pki.authority.intermediate, "active.pem")
    return chain


def check_import(bus, pki, make, expected, json_findings):
    bus.certctl("reset", "https", "--yes", check=True)
    bus.certctl("set", "https", "--subject", "CN=dev1.example.org", check=True)
    done = import_file(bus, pki, make(pki))
    assert done.returncode == 0, done.stderr
    chain = active(bus, pki)
    count = 1 if "chain-incomplete" in expected else 2
    assert chain.count("BEGIN CERTIFICATE") == count
    assert chain.startswith(pki.leaf.decode())
    codes = {finding[0] for finding in json_findings()}
    assert codes == expected
    # The key is the one that came along: a request with it has its public key.
    request = bus.certctl("request", "https", "--reuse-key", check=True).stdout
    made = pki.openssl("req", "-noout", "-pubkey", data=request.encode())
    assert made == pki.openssl("x509", "-in", "leaf.pem", "-noout", "-pubkey")


@pytest.mark.parametrize("make, expected", WITH_KEY.values(), ids=WITH_KEY.keys())
def test_with_key(bus, pki, make, expected):  # R30 R33 R34
    check_import(bus, pki, make, expected,
                 lambda: bus.get("/org/certd1/certificate/https", "Certificate", "Findings"))


@pytest.mark.parametrize("make, expected", RSA_KEYS.values(), ids=RSA_KEYS.keys())
def test_rsa_with_key(bus, rsa, make, expected):  # R30 R34
    check_import(bus, rsa, make, expected,
                 lambda: bus.get("/org/certd1/certificate/https", "Certificate", "Findings"))


FORMS = ("PEM", "DER")


@pytest.mark.parametrize("leaf_form", FORMS)
@pytest.mark.parametrize("key_form", FORMS)
@pytest.mark.parametrize("key_kind", ("pkcs8", "sec1", "encrypted"))
def test_two_files(bus, pki, leaf_form, key_form, key_kind):  # R30 R34
    leaf = pki.openssl("x509", "-in", "leaf.pem", "-outform", leaf_form)
    key = {
        "pkcs8": lambda: pki.openssl("pkcs8", "-topk8", "-nocrypt", "-in", "key.pem", "-outform",
                                     key_form),
        "sec1": lambda: pki.openssl("ec", "-in", "key.pem", "-outform", key_form),
        "encrypted": lambda: encrypted(pki, "-v2", "aes-128-cbc", "-outform", key_form),
    }[key_kind]()
    (pki.folder / "its.key").write_bytes(key)
    done = import_file(bus, pki, leaf, "--key-file", pki.folder / "its.key")
    assert done.returncode == 0, done.stderr
    active(bus, pki)


def test_scrypt_is_refused_by_name(bus, pki):  # R30
    done = import_file(bus, pki, pki.leaf + encrypted(pki, "-scrypt"))
    assert done.returncode == 13 and "scrypt" in done.stderr


# The answer to a request of ours: leaf and intermediate, in each format without a key.
ANSWERS = {
    "pem": lambda a, leaf: a.chain(leaf).encode(),
    "pem-leaf": lambda a, leaf: leaf.encode(),
    "der": lambda a, leaf: a.openssl("x509", "-outform", "DER", data=leaf.encode()),
    "pkcs7-pem": lambda a, leaf: a.pkcs7(leaf),
    "pkcs7-der": lambda a, leaf: a.pkcs7(leaf, "DER"),
    "pkcs7-label": lambda a, leaf: a.pkcs7(leaf).replace(b"PKCS7", b"PKCS #7 SIGNED DATA"),
    "cms": lambda a, leaf: a.pkcs7(leaf).replace(b"PKCS7", b"CMS"),
}


@pytest.mark.parametrize("kind", ANSWERS)
def test_answer(bus, authority, tmp_path, kind):  # R30 R32
    request = bus.certctl("request", "https", check=True).stdout
    (tmp_path / "answer").write_bytes(ANSWERS[kind](authority, authority.sign(request)))
    done = bus.certctl("import", "https", tmp_path / "answer")
    assert done.returncode == 0, done.stderr
    chain = bus.certctl("export", "https", check=True).stdout
    authority.verify(chain if kind not in ("pem-leaf", "der") else authority.chain(chain))
    assert authority.openssl("x509", "-noout", "-pubkey", data=chain.encode()) == \
        authority.openssl("req", "-noout", "-pubkey", data=request.encode())


def test_answer_from_standard_input(bus, authority):  # R31
    request = bus.certctl("request", "https", check=True).stdout
    pasted = "  \r\n" + authority.sign(request).replace("\n", "\r\n")
    assert bus.certctl("import", "https", "-", data=pasted).returncode == 0


def easyrsa(folder, *words):
    done = subprocess.run(["/usr/share/easy-rsa/easyrsa", "--batch", *words], cwd=folder,
                          env={**os.environ, "EASYRSA_PKI": str(folder / "pki"),
                               "EASYRSA_ALGO": "ec", "EASYRSA_CURVE": "prime256v1"},
                          capture_output=True, text=True, check=False, stdin=subprocess.DEVNULL)
    assert done.returncode == 0, done.stdout + done.stderr


def test_easy_rsa(bus, tmp_path):  # R30 R32
    """easy-rsa signs our request, and makes a PKCS#12 and a PKCS#7 of its own."""
    easyrsa(tmp_path, "init-pki")
    easyrsa(tmp_path, "build-ca", "nopass")
    bus.certctl("request", "https", "--san", "DNS:dev1.example.org", "--out", tmp_path / "our.csr",
                check=True)
    easyrsa(tmp_path, "import-req", str(tmp_path / "our.csr"), "our")
    easyrsa(tmp_path, "--copy-ext", "sign-req", "server", "our")
    done = bus.certctl("import", "https", tmp_path / "pki/issued/our.crt")
    assert done.returncode == 0, done.stderr
    easyrsa(tmp_path, "--subject-alt-name=DNS:dev1.example.org", "build-server-full", "own",
            "nopass")
    subprocess.run(["openssl", "pkcs12", "-export", "-in", tmp_path / "pki/issued/own.crt", "-inkey",
                    tmp_path / "pki/private/own.key", "-certfile", tmp_path / "pki/ca.crt", "-passout",
                    f"pass:{PASSPHRASE}", "-out", tmp_path / "own.p12"], check=True)
    (tmp_path / "pass").write_text(PASSPHRASE, encoding="ascii")
    done = bus.certctl("import", "https", tmp_path / "own.p12", "--passphrase-file",
                       tmp_path / "pass")
    assert done.returncode == 0, done.stderr


def test_certtool_authority(bus, tmp_path):  # R30 R32
    """GnuTLS's certtool as the authority, with its own key and PKCS#7."""
    def certtool(*words):
        subprocess.run(["certtool", *map(str, words)], cwd=tmp_path, check=True,
                       capture_output=True, stdin=subprocess.DEVNULL)
    (tmp_path / "ca.cfg").write_text(TEMPLATE, encoding="ascii")
    (tmp_path / "leaf.cfg").write_text(LEAF_TEMPLATE, encoding="ascii")
    certtool("--generate-privkey", "--ecc", "--outfile", "ca.key")
    certtool("--generate-self-signed", "--load-privkey", "ca.key", "--template", "ca.cfg",
             "--outfile", "ca.pem")
    bus.certctl("request", "https", "--out", tmp_path / "our.csr", check=True)
    certtool("--generate-certificate", "--load-request", "our.csr", "--load-ca-certificate",
             "ca.pem", "--load-ca-privkey", "ca.key", "--template", "leaf.cfg", "--outfile",
             "our.pem")
    done = bus.certctl("import", "https", tmp_path / "our.pem")
    assert done.returncode == 0, done.stderr


def test_export_formats(bus, pki, tmp_path):  # R42
    """Each format is read back by both outside programs."""
    assert import_file(bus, pki, pkcs12(pki), "--exportable").returncode == 0
    for form in ("pem", "der", "p7b", "p12"):
        more = ["--passphrase-file", pki.folder / "pass"] if form == "p12" else []
        bus.certctl("export", "https", "--format", form, "--out", tmp_path / form, *more, check=True)
    leaf = pki.openssl("x509", "-in", "leaf.pem", "-outform", "DER")
    assert (tmp_path / "der").read_bytes() == leaf
    printed = pki.openssl("pkcs7", "-inform", "DER", "-in", tmp_path / "p7b", "-print_certs")
    assert printed.count(b"BEGIN CERTIFICATE") == 2
    pki.run("certtool", "--p7-info", "--inder", "--infile", tmp_path / "p7b")
    key = pki.openssl("pkcs12", "-in", tmp_path / "p12", "-passin", f"pass:{PASSPHRASE}", "-nocerts",
                      "-nodes")
    assert pki.openssl("pkey", "-pubout", data=key) == pki.openssl("pkey", "-in", "key.pem", "-pubout")
    pki.run("certtool", "--p12-info", "--inder", "--infile", tmp_path / "p12", "--password",
            PASSPHRASE)
    assert (tmp_path / "p12").stat().st_mode & 0o077 == 0


def test_show_says_what_openssl_says(bus, pki):  # R40
    assert import_file(bus, pki, pki.leaf + pki.issuing + pki.key).returncode == 0
    shown = json.loads(bus.certctl("show", "https", "--json", check=True).stdout)
    details = shown["Details"]

    def openssl(option):
        text = pki.openssl("x509", "-in", "leaf.pem", "-noout", *option.split()).decode()
        return text.strip().partition("=")[2]
    assert details["version"] == 3
    assert details["serial-number"].lstrip("0") == openssl("-serial").lower().lstrip("0")
    assert details["subject"] == openssl("-subject -nameopt RFC2253")
    assert details["issuer"] == openssl("-issuer -nameopt RFC2253")
    for digest in ("sha1", "sha256"):
        expected = openssl(f"-fingerprint -{digest}").replace(":", "").lower()
        assert details[f"fingerprint-{digest}"] == expected
    assert details["extended-key-usage"] == ["serverAuth"]
    assert details["subject-alt-names"] == [["DNS", "dev1.example.org"]]
    assert details["key-type"] == "ec:secp256r1" and details["is-ca"] is False
    assert [one["subject"] for one in details["chain"]] == ["CN=Example Issuing,O=Example"]
    assert shown["Origin"] == "imported"
    text = bus.certctl("show", "https", check=True).stdout
    fingerprint = openssl("-fingerprint -sha256")
    assert fingerprint in text and "Example Issuing" in text
