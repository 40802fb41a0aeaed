# SPDX-License-Identifier: LGPL-2.1-or-later
"""Certificates for certd's own requests, in every shape in which outside programs answer."""

import pytest
from outside import HOST, Authority, Workshop, codes, export, install, request, show

ALONE = ["chain-incomplete"]  # a note: the leaf came without the intermediate
WHOLE = []
SET = None  # a PKCS#7 holds a set: the order is the program's, and either is right


@pytest.fixture(scope="module")
def strict(tmp_path_factory):
    return Authority(tmp_path_factory.mktemp("authority"))


@pytest.fixture
def workshop(strict, tmp_path):
    return Workshop(tmp_path, strict)


@pytest.fixture
def answer(bus, workshop):
    """A certificate `in` with a request, signed: leaf.pem and chain.pem. The request's row."""
    bus.certctl("create", "in", "--subject", f"CN={HOST}", check=True)
    row, pem = request(bus, "in")
    workshop.write("in.csr", pem)
    workshop.sign(pem)
    yield row
    bus.certctl("remove", "in", "--yes", check=True)


# name: (the command, certificates of the chain that is served, findings)
FORMS = {
    "x509-pem": ("cat leaf.pem", 1, ALONE),
    "x509-der": ("openssl x509 -in leaf.pem -outform DER", 1, ALONE),
    "der-leaf-and-issuing": ("openssl x509 -in leaf.pem -outform DER;"
                             " openssl x509 -in issuing.pem -outform DER", 2, WHOLE),
    "pem-chain": ("cat chain.pem", 2, WHOLE),
    "label-x509-certificate": ("sed 's/ CERTIFICATE/ X509 CERTIFICATE/' chain.pem", 2, WHOLE),
    "label-trusted": ("openssl x509 -in leaf.pem -addtrust serverAuth -trustout;"
                      " cat issuing.pem", 2, WHOLE),
    "label-trusted-all": ("openssl x509 -in leaf.pem -setalias me -trustout;"
                          " openssl x509 -in issuing.pem -addreject emailProtection -trustout",
                          2, WHOLE),
    "pkcs7-pem": ("openssl crl2pkcs7 -nocrl -certfile chain.pem", 2, WHOLE),
    "pkcs7-der": ("openssl crl2pkcs7 -nocrl -certfile chain.pem -outform DER", 2, WHOLE),
    "pkcs7-with-root": ("openssl crl2pkcs7 -nocrl -certfile chain.pem -certfile root.pem",
                        2, ["root-included"]),
    "pkcs7-leaf-alone": ("openssl crl2pkcs7 -nocrl -certfile leaf.pem", 1, ALONE),
    "pkcs7-with-dump": ("openssl crl2pkcs7 -nocrl -certfile chain.pem | openssl pkcs7 -print_certs"
                        " -text", 2, WHOLE),
    "pkcs7-certtool": ("certtool --p7-generate --load-certificate chain.pem", 2, SET),
    "pkcs7-certtool-der": ("certtool --p7-generate --load-certificate chain.pem --outder", 2,
                           SET),
    "pkcs7-signed": ("echo hello | openssl smime -sign -nodetach -signer issuing.pem"
                     " -inkey issuing.key -certfile leaf.pem -outform PEM", 2, SET),
    "label-cms": ("echo hello | openssl cms -sign -nodetach -signer issuing.pem"
                  " -inkey issuing.key -certfile leaf.pem -outform PEM", 2, SET),
    "cms-der": ("echo hello | openssl cms -sign -nodetach -signer issuing.pem"
                " -inkey issuing.key -certfile leaf.pem -outform DER", 2, SET),
    "cms-der-streamed": ("echo hello | openssl cms -sign -nodetach -stream -signer issuing.pem"
                         " -inkey issuing.key -certfile leaf.pem -outform DER", 2, SET),
    "pkcs12-without-key": ("openssl pkcs12 -export -nokeys -in chain.pem -passout pass:", 2,
                           WHOLE),
    "chain-reversed": ("cat issuing.pem leaf.pem", 2, ["chain-order"]),
    "root-included": ("cat chain.pem root.pem", 2, ["root-included"]),
    "root-first": ("cat root.pem issuing.pem leaf.pem", 2, ["chain-order", "root-included"]),
    "twice-the-same": ("cat chain.pem chain.pem", 2, WHOLE),
    "crlf": ("sed 's/$/\\r/' chain.pem", 2, WHOLE),
    "byte-order-mark": ("printf '\\357\\273\\277'; cat chain.pem", 2, WHOLE),
    "utf-16-little": ("printf '\\377\\376'; iconv -t UTF-16LE chain.pem", 2, WHOLE),
    "utf-16-big": ("printf '\\376\\377'; iconv -t UTF-16BE chain.pem", 2, WHOLE),
    "crlf-and-mark": ("printf '\\357\\273\\277'; sed 's/$/\\r/' chain.pem", 2, WHOLE),
    "comments": ("echo '# for dev1: your certificate'; cat leaf.pem; echo 'and the authority:';"
                 " cat issuing.pem; echo --", 2, WHOLE),
    "text-dump-openssl": ("openssl x509 -in leaf.pem -text; openssl x509 -in issuing.pem -text",
                          2, WHOLE),
    "text-dump-certtool": ("certtool -i --infile leaf.pem; certtool -i --infile issuing.pem",
                           2, WHOLE),
    "with-its-request": ("cat in.csr chain.pem", 2, WHOLE),
    "no-line-end": ("printf %s \"$(cat chain.pem)\"", 2, WHOLE),
    "indented-mail": ("sed 's/^/   /' chain.pem", 2, WHOLE),
    "blank-lines": ("sed 's/$/\\n/' chain.pem", 2, WHOLE),
    "one-line-base64": ("echo '-----BEGIN CERTIFICATE-----'; grep -v -- -- leaf.pem | tr -d '\\n';"
                        " echo; echo '-----END CERTIFICATE-----'", 1, ALONE),
}


@pytest.mark.parametrize("form", FORMS)
def test_form(bus, workshop, answer, form):  # R30 R32 R33
    command, length, expected = FORMS[form]
    findings = install(bus, "in", workshop.make(command))
    exported = export(bus, workshop, "in", length)
    assert codes(findings) in (([], ["chain-order"]) if expected is SET else (expected,))
    assert workshop.public_key(f"openssl x509 -in {exported} -noout -pubkey") == \
        workshop.public_key("openssl req -in in.csr -noout -pubkey")
    assert workshop.text("openssl x509 -in exported.pem -outform DER | sha256sum") == \
        workshop.text("openssl x509 -in leaf.pem -outform DER | sha256sum")
    shown = show(bus, "in")
    assert shown["Origin"] == "request" and shown["State"] == "active"
    assert shown["Details"]["public-key-hash"] == answer["PublicKeyHash"]


def test_from_standard_input(bus, workshop, answer):  # R30
    done = bus.certctl("import", "in", "-", data=workshop.read("chain.pem"))
    assert done.returncode == 0, done.stderr
    export(bus, workshop, "in")


def test_names_what_it_leaves_out(bus, workshop, answer):  # R33
    workshop.run("openssl req -x509 -newkey ed25519 -nodes -keyout other.key -out other.pem"
                 " -subj /CN=Stranger")
    findings = install(bus, "in", workshop.make("cat other.pem chain.pem root.pem"))
    export(bus, workshop, "in")
    assert codes(findings) == ["certificate-ignored", "root-included"]
    messages = {finding[0]: finding[2] for finding in findings}
    for code, name, path in (("certificate-ignored", "Stranger", "other.pem"),
                             ("root-included", "Example Root", "root.pem")):
        assert name in messages[code]
        fingerprint = workshop.text(f"openssl x509 -in {path} -noout -fingerprint -sha256")
        assert fingerprint.partition("=")[2].replace(":", "").lower() in messages[code]


def test_says_which_link_is_missing(bus, workshop, answer):  # R33
    done = bus.certctl("import", "in", workshop.make("cat leaf.pem root.pem"))
    assert done.returncode == 19  # ChainIncomplete
    assert "Example Issuing" in done.stderr and "chain-incomplete" in done.stderr
    assert show(bus, "in")["State"] == "empty"
    findings = install(bus, "in", workshop.folder / "input", "--accept", "chain-incomplete")
    assert ["chain-incomplete", "warning"] in [finding[:2] for finding in findings]
    export(bus, workshop, "in", length=1)


SIGNERS = {
    "certtool": (
        "printf 'expiration_days = 90\\ntls_www_server\\nsigning_key\\nhonor_crq_extensions\\n'"
        " >template; certtool --generate-certificate --load-request in.csr"
        " --load-ca-certificate issuing.pem --load-ca-privkey issuing.key --template template"
        " --outfile leaf.pem; cat leaf.pem issuing.pem", 2, WHOLE),
    "certtool-text": (
        "printf 'expiration_days = 90\\ntls_www_server\\nsigning_key\\nhonor_crq_extensions\\n'"
        " >template; certtool --generate-certificate --load-request in.csr"
        " --load-ca-certificate issuing.pem --load-ca-privkey issuing.key --template template"
        " --outder >leaf.der; certtool -i --inder --infile leaf.der --outfile leaf.pem;"
        " cat leaf.pem issuing.pem", 2, WHOLE),
    "openssl-ca": (
        "mkdir db; touch db/index; printf '[ca]\\ndefault_ca=x\\n[x]\\ndatabase=db/index\\n"
        "new_certs_dir=db\\nrand_serial=yes\\ndefault_md=sha256\\npolicy=p\\n"
        "copy_extensions=copy\\n"
        "x509_extensions=e\\n[p]\\ncommonName=supplied\\n[e]\\nsubjectKeyIdentifier=hash\\n"
        "authorityKeyIdentifier=keyid\\n' >ca.cnf; openssl ca -config ca.cnf -batch -days 90"
        " -in in.csr -cert issuing.pem -keyfile issuing.key -out leaf.pem;"
        " cat leaf.pem issuing.pem", 2, WHOLE),
}


@pytest.mark.parametrize("signer", SIGNERS)
def test_signer(bus, workshop, answer, signer):  # R30 R32
    """Other programs' ways to sign a request, and to print what they signed."""
    command, length, expected = SIGNERS[signer]
    findings = install(bus, "in", workshop.make(command))
    export(bus, workshop, "in", length)
    assert codes(findings) == expected
    shown = show(bus, "in")["Details"]
    assert shown["public-key-hash"] == answer["PublicKeyHash"]
    assert shown["subject-alt-names"] == [["DNS", HOST]]
