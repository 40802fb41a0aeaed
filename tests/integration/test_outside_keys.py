# SPDX-License-Identifier: LGPL-2.1-or-later
"""Certificates that come with keys made elsewhere, in every format in which programs keep keys."""

import pytest
from outside import HOST, PASSPHRASE, Authority, Workshop, codes, export, install, request, show

PASS_IN = "-passin file:passphrase"
PASS_OUT = "-passout file:passphrase"
CERTTOOL_PASS = f"--password '{PASSPHRASE}'"
TO_PKCS12 = ("certtool --to-p12 --load-privkey key.pem --load-certificate chain.pem --p12-name x"
             " --outder")
ENCRYPT = f"openssl pkcs8 -topk8 -in key.pem {PASS_OUT}"


@pytest.fixture(scope="module")
def workshop_of(tmp_path_factory):
    """A function: the workshop whose key.pem is of a kind; each is made once."""
    authority = Authority(tmp_path_factory.mktemp("authority"))
    made = {}

    def get(kind):
        if kind not in made:
            made[kind] = Workshop(tmp_path_factory.mktemp(kind), authority)
            made[kind].make_key(kind)
        return made[kind]
    return get


@pytest.fixture
def name(bus):
    """An empty certificate for HOST."""
    bus.certctl("create", "made-elsewhere", "--subject", f"CN={HOST}", check=True)
    yield "made-elsewhere"
    bus.certctl("remove", "made-elsewhere", "--yes", check=True)


# name: (kind of key, the command for certificate and key in one file)
PLAIN = {
    "pkcs8-rsa": ("rsa", "cat chain.pem key.pem"),
    "pkcs8-ec": ("ec", "cat chain.pem key.pem"),
    "pkcs8-ec384": ("ec384", "cat chain.pem key.pem"),
    "pkcs8-ec521": ("ec521", "cat chain.pem key.pem"),
    "pkcs8-ed25519": ("ed25519", "cat chain.pem key.pem"),
    "key-first": ("ec", "cat key.pem chain.pem"),
    "key-in-the-middle": ("ec", "cat leaf.pem key.pem issuing.pem"),
    "pkcs1": ("rsa", "openssl rsa -in key.pem -traditional; cat chain.pem"),
    "sec1": ("ec", "openssl ec -in key.pem; cat chain.pem"),
    "sec1-with-parameters": ("ec", "openssl ecparam -name prime256v1; openssl ec -in key.pem;"
                             " cat chain.pem"),
    "key-crlf": ("rsa", "cat chain.pem key.pem | sed 's/$/\\r/'"),
    "key-text-dump": ("rsa", "openssl pkey -in key.pem -text; cat chain.pem"),
    "certtool-key-dump": ("rsa", "certtool -k --infile key.pem; cat chain.pem"),
    "certtool-pkcs8": ("ec", "certtool --to-p8 --load-privkey key.pem --password '';"
                       " cat chain.pem"),
    "bag-attributes": ("ec", f"openssl pkcs12 -export -inkey key.pem -in chain.pem {PASS_OUT} |"
                       f" openssl pkcs12 {PASS_IN} -nodes"),
}
ENCRYPTED = {
    "pkcs12-modern": ("rsa", f"openssl pkcs12 -export -inkey key.pem -in chain.pem {PASS_OUT}"),
    "pkcs12-legacy": ("rsa", "openssl pkcs12 -export -legacy -inkey key.pem -in chain.pem"
                      f" {PASS_OUT}"),
    "pkcs12-legacy-ec": ("ec", "openssl pkcs12 -export -legacy -name 'my key' -inkey key.pem"
                         f" -in leaf.pem -certfile issuing.pem {PASS_OUT}"),
    "pkcs12-plain-certificates": ("ec", "openssl pkcs12 -export -certpbe NONE -inkey key.pem"
                                  f" -in chain.pem {PASS_OUT}"),
    "pkcs12-ed25519": ("ed25519", "openssl pkcs12 -export -inkey key.pem -in chain.pem"
                       f" {PASS_OUT}"),
    "pkcs12-in-pem-blocks": ("ec", f"openssl pkcs12 -export -inkey key.pem -in chain.pem {PASS_OUT}"
                             f" | openssl pkcs12 {PASS_IN} {PASS_OUT} -aes256"),
    "pkcs12-certtool": ("rsa", f"{TO_PKCS12} {CERTTOOL_PASS}"),
    "pkcs12-certtool-aes": ("ec", f"{TO_PKCS12} {CERTTOOL_PASS} --pkcs-cipher=aes-256"),
    "pkcs12-certtool-3des": ("ec", f"{TO_PKCS12} {CERTTOOL_PASS} --pkcs-cipher=3des-pkcs12"),
    "pkcs8-default": ("rsa", f"{ENCRYPT}; cat chain.pem"),
    "pkcs8-aes128": ("ec", f"{ENCRYPT} -v2 aes-128-cbc; cat chain.pem"),
    "pkcs8-sha512": ("ec", f"{ENCRYPT} -v2 aes-256-cbc -v2prf hmacWithSHA512; cat chain.pem"),
    "pkcs8-pbes1-3des": ("ec", f"{ENCRYPT} -v1 PBE-SHA1-3DES; cat chain.pem"),
    "pkcs8-ed25519": ("ed25519", f"{ENCRYPT}; cat chain.pem"),
    "pkcs8-first": ("ec", f"{ENCRYPT} | cat - chain.pem"),
    "pkcs8-certtool": ("ec", f"certtool --to-p8 --load-privkey key.pem {CERTTOOL_PASS}"
                       " --pkcs-cipher=aes-256; cat chain.pem"),
    "pkcs1-aes": ("rsa", f"openssl rsa -in key.pem -traditional -aes256 {PASS_OUT}; cat chain.pem"),
    "pkcs1-3des-crlf": ("rsa", f"(openssl rsa -in key.pem -traditional -des3 {PASS_OUT};"
                        " cat chain.pem) | sed 's/$/\\r/'"),
    "sec1-aes": ("ec", f"openssl ec -in key.pem -aes256 {PASS_OUT}; cat chain.pem"),
}


def check_key(bus, workshop, name):
    """The key itself is key.pem: certd signs a request with it, and OpenSSL verifies that."""
    _, pem = request(bus, name, "--reuse-key")
    workshop.write("reused.csr", pem)
    workshop.run("openssl req -in reused.csr -noout -verify")
    assert workshop.public_key("openssl req -in reused.csr -noout -pubkey") == \
        workshop.public_key("openssl pkey -in key.pem -pubout")


def check(bus, workshop, name, length=2):
    """What is active is key.pem and leaf.pem."""
    export(bus, workshop, name, length)
    assert workshop.public_key("openssl x509 -in exported.pem -noout -pubkey") == \
        workshop.public_key("openssl pkey -in key.pem -pubout")
    check_key(bus, workshop, name)
    shown = show(bus, name)
    assert shown["Origin"] == "imported" and shown["State"] == "active"


@pytest.mark.parametrize("form", PLAIN)
def test_plain_key(bus, workshop_of, name, form):  # R30 R34
    kind, command = PLAIN[form]
    workshop = workshop_of(kind)
    findings = install(bus, name, workshop.make(command))
    assert not findings
    check(bus, workshop, name)


@pytest.mark.parametrize("form", ENCRYPTED)
def test_encrypted_key(bus, workshop_of, name, form):  # R30 R34
    """Needs its pass phrase, tells none from a wrong one, and changes nothing until it is right."""
    kind, command = ENCRYPTED[form]
    workshop = workshop_of(kind)
    path = workshop.make(command)
    workshop.write("wrong", "not " + PASSPHRASE + "\n")
    done = bus.certctl("import", name, path)
    assert done.returncode == 16, done.stderr  # PassphraseNeeded
    done = bus.certctl("import", name, path, "--passphrase-file", workshop.folder / "wrong")
    assert done.returncode == 17, done.stderr  # PassphraseWrong
    assert show(bus, name)["Generation"] == 0
    findings = install(bus, name, path, "--passphrase-file",
                       workshop.folder / "passphrase")
    assert not findings
    check(bus, workshop, name)


# name: (kind of key, the command for the certificates, the command for the key)
PAIRS = {
    "pem-pem": ("rsa", "cat chain.pem", "cat key.pem"),
    "pem-pkcs1-der": ("rsa", "cat chain.pem",
                      "openssl rsa -in key.pem -traditional -outform DER"),
    "pem-pkcs1-encrypted": ("rsa", "cat chain.pem",
                            f"openssl rsa -in key.pem -traditional -aes128 {PASS_OUT}"),
    "pkcs7-pkcs8-der": ("ec", "openssl crl2pkcs7 -nocrl -certfile chain.pem -outform DER",
                        "openssl pkcs8 -topk8 -nocrypt -in key.pem -outform DER"),
    "pem-sec1-der": ("ec", "cat chain.pem", "openssl ec -in key.pem -outform DER"),
    "pem-pkcs8-encrypted-der": ("ec", "cat chain.pem", f"{ENCRYPT} -outform DER"),
    "der-pem": ("ed25519", "openssl x509 -in leaf.pem -outform DER", "cat key.pem"),
}


@pytest.mark.parametrize("pair", PAIRS)
def test_key_in_a_file_of_its_own(bus, workshop_of, name, pair):  # R30 R34
    kind, certificates, key = PAIRS[pair]
    workshop = workshop_of(kind)
    findings = install(bus, name, workshop.make(certificates), "--key-file",
                       workshop.make(key, "its.key"), "--passphrase-file",
                       workshop.folder / "passphrase")
    alone = certificates.startswith("openssl x509")
    assert codes(findings) == (["chain-incomplete"] if alone else [])
    check(bus, workshop, name, length=1 if alone else 2)


def test_key_of_another_certificate(bus, workshop_of, name):  # R32
    workshop, other = workshop_of("ec"), workshop_of("rsa")
    done = bus.certctl("import", name, workshop.folder / "chain.pem", "--key-file",
                       other.folder / "key.pem")
    assert done.returncode == 18  # KeyMismatch
    assert show(bus, name)["Generation"] == 0


def test_key_stays_unless_exportable(bus, workshop_of, name):  # R1 R34
    workshop = workshop_of("ec")
    install(bus, name, workshop.make("cat chain.pem key.pem"))
    done = bus.certctl("export", name, "--format", "p12", "--passphrase-file",
                       workshop.folder / "passphrase", text=False)
    assert done.returncode == 26 and done.stdout == b""  # KeyUnavailable


# What each kind of easy-rsa's own files is imported with.
EASY_RSA = {
    "p12": "export-p12 dev1; cat pki/private/dev1.p12",
    "p8": "export-p8 dev1; cat pki/private/dev1.p8 pki/issued/dev1.crt pki/ca.crt",
    "p1": "export-p1 dev1; cat pki/private/dev1.p1 pki/issued/dev1.crt pki/ca.crt",
    "key": "gen-crl; cat pki/private/dev1.key pki/issued/dev1.crt pki/ca.crt pki/crl.pem",
}


@pytest.fixture(scope="module")
def easy_rsa(tmp_path_factory):
    """A workshop where easy-rsa is the authority and has made a key with its certificate."""
    workshop = Workshop(tmp_path_factory.mktemp("easy-rsa"),
                        Authority(tmp_path_factory.mktemp("authority")))
    workshop.run(easy_rsa_command("init-pki"))
    workshop.run(easy_rsa_command("build-ca nopass"))
    workshop.run(easy_rsa_command(f"--subject-alt-name=DNS:{HOST} build-server-full dev1"))
    workshop.make(f"openssl pkey -in pki/private/dev1.key {PASS_IN}", "key.pem")
    workshop.make("cat pki/ca.crt", "root.pem")
    return workshop


def easy_rsa_command(words):
    verb, semicolon, rest = words.partition(";")
    return ("EASYRSA_PKI=$PWD/pki EASYRSA_BATCH=1 EASYRSA_CERT_EXPIRE=90"
            " EASYRSA_PASSIN=file:passphrase EASYRSA_PASSOUT=file:passphrase"
            f" /usr/share/easy-rsa/easyrsa {verb} >easy-rsa.log{semicolon}{rest}")


@pytest.mark.parametrize("kind", EASY_RSA)
def test_easy_rsa(bus, easy_rsa, name, kind):  # R30 R34
    findings = install(bus, name, easy_rsa.make(easy_rsa_command(EASY_RSA[kind])),
                       "--passphrase-file", easy_rsa.folder / "passphrase")
    assert codes(findings) == ["root-included"]
    exported = easy_rsa.folder / "exported.pem"
    bus.certctl("export", name, "--out", exported, check=True)
    # easy-rsa's own root doesn't keep to x509_strict: its CA:TRUE is not critical.
    assert easy_rsa.text("openssl verify -purpose sslserver -CAfile root.pem exported.pem") == \
        "exported.pem: OK"
    assert easy_rsa.public_key("openssl x509 -in exported.pem -noout -pubkey") == \
        easy_rsa.public_key("openssl pkey -in key.pem -pubout")
    check_key(bus, easy_rsa, name)
