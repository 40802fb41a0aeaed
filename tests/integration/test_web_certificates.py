# SPDX-License-Identifier: LGPL-2.1-or-later
"""Certificates as the standard has them: GenerateCSR, ReplaceCertificate, Rekey and Renew, used as a fleet's tools
do. The client holds each answer against its schema."""

import base64
import re
import subprocess

import pytest
from web_certificates import (
    GENERATE, HOSTILE, HTTPS, PLACES, REPLACE, SERVICE, made, place, refused, signed, wait_for)

NAME = "standard"
PASSPHRASE = "geheim 7"


@pytest.fixture(scope="module", autouse=True)
def certificate(admin):
    """One that nobody serves."""
    with made(admin, NAME) as path:
        yield path


COLLECTION = {"@odata.id": f"{PLACES}/{NAME}/Certificates"}
CERTIFICATE = {"@odata.id": f"{PLACES}/{NAME}/Certificate"}


def openssl(*words, data):
    done = subprocess.run(["openssl", *map(str, words)], input=data, capture_output=True, check=False)
    assert done.returncode == 0, (words, done.stderr.decode())
    return done.stdout


def generate(client, **parameters):
    return client.post(GENERATE, {"CertificateCollection": COLLECTION, **parameters})


def read(answer):
    """What openssl says of the request that an answer has, and its subject."""
    assert answer.status == 200, answer.body
    pem = answer.body["CSRString"].encode()
    text = openssl("req", "-noout", "-verify", "-text", "-nameopt", "utf8", data=pem).decode()
    subject = openssl("req", "-noout", "-subject", "-nameopt", "sep_multiline,utf8,sname", data=pem).decode()
    return text, [line.strip() for line in subject.splitlines()[1:]]


def test_service(admin):  # R43
    body = admin.value(SERVICE)
    oem = body["Oem"]["Certd"]
    assert oem["Version"] and "key:ec:secp256r1" in oem["Features"] and oem["State"] in ("ready", "degraded")
    actions = body["Actions"]
    assert actions["#CertificateService.GenerateCSR"]["target"] == GENERATE
    assert actions["#CertificateService.ReplaceCertificate"]["target"] == REPLACE
    info = admin.value(actions["#CertificateService.GenerateCSR"]["@Redfish.ActionInfo"])
    assert len(info["Parameters"]) == 19


def test_every_subject_parameter(admin):  # R2
    answer = generate(
        admin, CommonName="dev1.example.org", Country="DE", State="Bayern", City="München", Organization="O GmbH",
        OrganizationalUnit="Timing", Email="admin@example.org", GivenName="Ada", Surname="Lovelace", Initials="A.L.",
        ContactPerson="Ada Lovelace")
    _, subject = read(answer)
    assert subject == ["C=DE", "ST=Bayern", "L=München", "O=O GmbH", "OU=Timing", "name=Ada Lovelace", "SN=Lovelace", "GN=Ada",
                       "initials=A.L.", "CN=dev1.example.org", "emailAddress=admin@example.org"]
    assert answer.body["CertificateCollection"] == COLLECTION


def test_attributes(admin):  # R4
    text, _ = read(generate(admin, ChallengePassword="sesame", UnstructuredName="Example GmbH"))
    assert re.search(r"challengePassword\s*:\s*sesame", text)
    assert re.search(r"unstructuredName\s*:\s*Example GmbH", text)


def test_alternative_names(admin):  # R5
    text, _ = read(generate(admin, CommonName="dev1.example.org", AlternativeNames=[
        "a.example.org", "*.example.org", "192.0.2.1", "2001:db8::1", "a@example.org", "https://a.example.org/x",
        "RID:1.3.6.1.4.1.55555.1", "dirName:CN=a,O=b", "DNS:b.example.org"]))
    for name in ("DNS:a.example.org", "DNS:*.example.org", "IP Address:192.0.2.1", "IP Address:2001:DB8:0:0:0:0:0:1",
                 "email:a@example.org", "URI:https://a.example.org/x", "Registered ID:1.3.6.1.4.1.55555.1",
                 "DirName:/O=b/CN=a", "DNS:b.example.org", "DNS:dev1.example.org"):
        assert name in text
    assert not read(generate(admin, AlternativeNames=[]))[0].count("a.example.org")


KEYS = {
    "rsa": ({"KeyPairAlgorithm": "TPM_ALG_RSA", "KeyBitLength": 2048}, "(2048 bit)"),
    "p256": ({"KeyPairAlgorithm": "TPM_ALG_ECDSA", "KeyCurveId": "TPM_ECC_NIST_P256"}, "P-256"),
    "p384": ({"KeyPairAlgorithm": "TPM_ALG_ECDH", "KeyCurveId": "TPM_ECC_NIST_P384"}, "P-384"),
    "p521": ({"KeyPairAlgorithm": "TPM_ALG_ECDSA", "KeyBitLength": 521}, "P-521"),
    "ed25519": ({"KeyPairAlgorithm": "TPM_ALG_EDDSA"}, "ED25519"),
}


@pytest.mark.parametrize("key", KEYS)
def test_keys(admin, key):  # R9
    parameters, expected = KEYS[key]
    assert expected in read(generate(admin, **parameters))[0]


def test_usages(admin):
    usages = ["DigitalSignature", "KeyEncipherment", "ServerAuthentication", "ClientAuthentication"]
    text, _ = read(generate(admin, KeyUsage=usages, KeyPairAlgorithm="TPM_ALG_RSA", KeyBitLength=2048))
    assert "Digital Signature, Key Encipherment" in text and "TLS Web Server Authentication" in text
    refused(generate(admin, KeyUsage=["KeyCertSign"]), 400, "Base.ActionParameterValueNotInList")


WRONG = {
    "no-collection": ({"CertificateCollection": None}, "Base.ActionParameterMissing"),
    "no-link": ({"CertificateCollection": f"{PLACES}/{NAME}/Certificates"}, "Base.ActionParameterValueTypeError"),
    "other-link": ({"CertificateCollection": {"@odata.id": "/redfish/v1"}}, "Base.ResourceMissingAtURI"),
    "number": ({"CommonName": 7}, "Base.ActionParameterValueTypeError"),
    "unknown": ({"CommonNames": "x"}, "Base.ActionParameterUnknown"),
    "algorithm": ({"KeyPairAlgorithm": "DSA"}, "Base.ActionParameterValueNotInList"),
    "bits": ({"KeyPairAlgorithm": "TPM_ALG_RSA", "KeyBitLength": 1536}, "Base.ActionParameterValueNotInList"),
    "curve": ({"KeyPairAlgorithm": "TPM_ALG_ECDSA", "KeyCurveId": "P-256"}, "Base.ActionParameterValueNotInList"),
    "bits-alone": ({"KeyBitLength": 2048}, "Base.ActionParameterMissing"),
    "country": ({"Country": "UK"}, "Certd.InvalidSubject"),
    "name": ({"AlternativeNames": ["a b"]}, "Certd.InvalidSubjectAltName"),
}


@pytest.mark.parametrize("fault", WRONG)
def test_wrong_parameter(admin, fault):
    parameters, message = WRONG[fault]
    before = admin.value(f"{place(NAME)}/Requests")["Members@odata.count"]
    refused(generate(admin, **parameters), 400, message)
    assert admin.value(f"{place(NAME)}/Requests")["Members@odata.count"] == before


@pytest.mark.parametrize("field", ["CommonName", "Organization", "Email", "ChallengePassword", "UnstructuredName",
                                   "AlternativeNames", "KeyPairAlgorithm", "KeyUsage", "CertificateCollection"])
def test_hostile_parameter(admin, field):  # R2
    """Each comes out as text of JSON, of the request or of an error; never as a header."""
    for text in HOSTILE:
        value = {"AlternativeNames": [text], "KeyUsage": [text], "CertificateCollection": {"@odata.id": text}}
        answer = generate(admin, **{field: value.get(field, text)})
        assert answer.status in (200, 400), (text, answer.body)
        assert "Set-Cookie" not in answer.headers
        if answer.status == 200 and field in ("CommonName", "Organization"):
            assert any(line.endswith(text) for line in read(answer)[1])


def test_reader_may_not(reader):  # R60
    refused(generate(reader), 403, "Base.InsufficientPrivilege", "Certd.InteractiveAuthorizationRequired")


@pytest.fixture(scope="module")
def bundle(authority, tmp_path_factory):
    """A certificate with a key that was made outside: a function that has openssl convert it."""
    folder = tmp_path_factory.mktemp("bundle")

    def run(*words):
        done = subprocess.run(["openssl", *words], cwd=folder, capture_output=True, check=False)
        assert done.returncode == 0, done.stderr.decode()
        return done.stdout
    run("req", "-new", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-subj",
        f"/CN={NAME}.example.org", "-addext", f"subjectAltName=DNS:{NAME}.example.org", "-keyout", "key.pem",
        "-out", "leaf.csr")
    leaf = authority.sign((folder / "leaf.csr").read_text(encoding="ascii"))
    (folder / "chain.pem").write_text(authority.chain(leaf), encoding="ascii")
    (folder / "leaf.pem").write_text(leaf, encoding="ascii")
    return run


def replace(client, kind, text, **more):
    return client.post(REPLACE, {"CertificateType": kind, "CertificateString": text, "CertificateUri": CERTIFICATE,
                                 **more})


def in_use(client):
    """SHA-256 of what is in use, as OpenSSL prints it."""
    return client.value(CERTIFICATE["@odata.id"])["Fingerprint"]


def fingerprint(pem):
    said = openssl("x509", "-noout", "-fingerprint", "-sha256", data=pem.encode()).decode()
    return said.strip().partition("=")[2]


def installed(client, answer, leaf):
    assert (answer.status, answer.headers["Location"]) == (204, CERTIFICATE["@odata.id"]), answer.body
    assert in_use(client) == fingerprint(leaf)


def test_replace_pem(admin, authority):  # R30
    leaf, _ = signed(admin, NAME, authority)
    installed(admin, replace(admin, "PEM", leaf), leaf)


def test_replace_chain(admin, authority):  # R30
    leaf, chain = signed(admin, NAME, authority)
    installed(admin, replace(admin, "PEMchain", chain), leaf)
    body = admin.value(CERTIFICATE["@odata.id"])
    assert body["CertificateType"] == "PEMchain" and body["CertificateString"].count("BEGIN CERTIFICATE") == 2
    assert body["Subject"]["CommonName"] == f"{NAME}.example.org"
    assert body["Subject"]["AlternativeNames"] == [f"DNS:{NAME}.example.org"]
    assert body["SignatureAlgorithm"] == "1.2.840.10045.4.3.2"
    assert {"DigitalSignature", "ServerAuthentication"} <= set(body["KeyUsage"])


def test_replace_pkcs7(admin, authority, tmp_path):  # R30
    leaf, chain = signed(admin, NAME, authority)
    (tmp_path / "chain.pem").write_text(chain, encoding="ascii")
    text = openssl("crl2pkcs7", "-nocrl", "-certfile", tmp_path / "chain.pem", data=b"").decode()
    installed(admin, replace(admin, "PKCS7", text), leaf)


def test_replace_with_key(admin, bundle):  # R34
    admin.sign_in_again()
    leaf = bundle("x509", "-in", "leaf.pem").decode()
    installed(admin, replace(admin, "PEM", leaf + bundle("pkey", "-in", "key.pem").decode()), leaf)


def test_replace_pkcs12(admin, bundle):  # R30 R34
    leaf = bundle("x509", "-in", "leaf.pem").decode()
    data = base64.b64encode(bundle("pkcs12", "-export", "-in", "chain.pem", "-inkey", "key.pem", "-passout",
                                   f"pass:{PASSPHRASE}")).decode()
    refused(replace(admin, "PKCS12", data), 400, "Certd.PassphraseNeeded")
    refused(replace(admin, "PKCS12", data, Password="no"), 400, "Certd.PassphraseWrong")
    installed(admin, replace(admin, "PKCS12", data, Password=PASSPHRASE), leaf)


def test_findings(admin, authority):  # R35
    """A refusal has each finding: its code, severity, sentence and remedy. What is accepted is installed."""
    leaf, _ = signed(admin, NAME, authority, days=397)
    wrong = authority.sign(admin.done("POST", f"{place(NAME)}/Actions/CertdCertificate.Request", {
        "Issuer": "external", "Subject": "CN=other.example.org"}).body["CSRString"])
    admin.done("PATCH", place(NAME), {"Settings": {"Subject": f"CN={NAME}.example.org"}})
    answer = replace(admin, "PEM", wrong)
    assert answer.status == 409 and answer.messages[0] == "Certd.Rejected", answer.body
    found = {one["MessageArgs"][0]: one for one in answer.body["error"]["@Message.ExtendedInfo"][1:]}
    assert found["san-mismatch"]["MessageSeverity"] == "Warning"
    assert found["san-mismatch"]["Message"] and found["san-mismatch"]["Resolution"]
    accepted = replace(admin, "PEM", wrong, Oem={"Certd": {"Accept": list(found)}})
    installed(admin, accepted, wrong)
    installed(admin, replace(admin, "PEM", leaf), leaf)


@pytest.mark.parametrize("issuer", ("self", "internal"))
def test_request_stays_one(admin, issuer):  # R21
    """Whatever signs the certificate otherwise: a request waits for its answer."""
    name = f"chosen-{issuer}"
    with made(admin, name, Subject=f"CN={name}.local", Issuer=issuer) as path:
        before = wait_for(admin, path, lambda body: body["State"] == "active", f"{issuer} has issued it")
        text, _ = read(admin.post(GENERATE, {"CertificateCollection": before["Certificates"]}))
        assert f"DNS:{name}.local" in text
        newest = admin.value(before["Requests"]["@odata.id"])["Members"][0]["@odata.id"]
        request = admin.value(newest)
        assert (request["Issuer"], request["State"]) == ("external", "ready")
        after = admin.value(path)
        assert (after["Settings"], after["Fingerprint"]) == (before["Settings"], before["Fingerprint"])


REPLACE_WRONG = {
    "type": ({"CertificateType": "DER"}, 400, "Base.ActionParameterValueNotInList"),
    "text": ({"CertificateString": "hello"}, 400, "Base.ActionParameterValueFormatError"),
    "missing": ({"CertificateString": None}, 400, "Base.ActionParameterMissing"),
    "place": ({"CertificateUri": {"@odata.id": PLACES}}, 400, "Base.ResourceMissingAtURI"),
    "unknown": ({"Oem": {"Certd": {"Trail": 60}}}, 400, "Base.ActionParameterUnknown"),
    "trial": ({"Oem": {"Certd": {"Trial": 29}}}, 400, "Certd.InvalidOption"),
    "trial-zero": ({"Oem": {"Certd": {"Trial": 0}}}, 400, "Certd.InvalidOption"),
    "bytes": ({"CertificateString": "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"}, 415,
              "Certd.UnsupportedFormat"),
}


@pytest.mark.parametrize("fault", REPLACE_WRONG)
def test_replace_wrong(admin, authority, fault):
    before = admin.value(CERTIFICATE["@odata.id"])
    parameters, status, message = REPLACE_WRONG[fault]
    given = {"CertificateType": "PEM", "CertificateUri": CERTIFICATE,
             "CertificateString": before["CertificateString"].partition("-----END CERTIFICATE-----\n")[0]
             + "-----END CERTIFICATE-----\n", **parameters}
    refused(admin.post(REPLACE, given), status, message)
    assert admin.value(CERTIFICATE["@odata.id"]) == before


def test_post_to_collection(admin, authority):
    leaf, chain = signed(admin, NAME, authority)
    answer = admin.post(COLLECTION["@odata.id"], {"CertificateType": "PEMchain", "CertificateString": chain})
    assert (answer.status, answer.headers["Location"]) == (201, CERTIFICATE["@odata.id"])
    assert answer.body["Fingerprint"] == fingerprint(leaf)
    refused(admin.post(COLLECTION["@odata.id"], {"CertificateType": "PEM"}), 400, "Base.PropertyMissing")


def public_key(pem, kind):
    return openssl(kind, "-noout", "-pubkey", data=pem.encode())


def test_rekey_and_renew(admin):  # R15
    body = admin.value(CERTIFICATE["@odata.id"])
    old = public_key(body["CertificateString"], "x509")
    for verb, same in (("Rekey", False), ("Renew", True)):
        answer = admin.post(body["Actions"][f"#Certificate.{verb}"]["target"], {"ChallengePassword": "sesame"})
        assert answer.body["Certificate"] == CERTIFICATE
        text, subject = read(answer)
        assert f"CN={NAME}.example.org" in subject and "sesame" in text
        assert (public_key(answer.body["CSRString"], "req") == old) is same


def test_rekey_with_another_type(admin):
    target = f"{CERTIFICATE['@odata.id']}/Actions/Certificate.Rekey"
    answer = admin.post(target, {"KeyPairAlgorithm": "TPM_ALG_ECDSA", "KeyCurveId": "TPM_ECC_NIST_P384"})
    assert "P-384" in read(answer)[0]
    refused(admin.post(target, {"KeyPairAlgorithm": "x"}), 400, "Base.ActionParameterValueNotInList")


def test_https(admin):  # R40
    body = admin.value(HTTPS)
    assert [one["@odata.id"] for one in body["Members"]] == [f"{HTTPS}/https"]
    body = admin.value(f"{HTTPS}/https")
    assert body["CertificateUsageTypes"] == ["Web"] and body["Oem"]["Certd"]["Place"]["@odata.id"] == place("https")
    answer = admin.post(body["Actions"]["#Certificate.Renew"]["target"])
    assert answer.status == 200 and answer.body["Certificate"]["@odata.id"] == f"{HTTPS}/https"
    answer = admin.post(GENERATE, {"CertificateCollection": {"@odata.id": HTTPS}})
    assert answer.status == 200 and answer.body["CertificateCollection"]["@odata.id"] == HTTPS


def test_nothing_there(admin):
    with made(admin, "nothing"):
        assert admin.value(f"{place('nothing')}/Certificates")["Members"] == []
        refused(admin.get(f"{place('nothing')}/Certificate"), 404, "Base.ResourceNotFound")
        refused(admin.post(f"{place('nothing')}/Certificate/Actions/Certificate.Rekey"), 404, "Base.ResourceNotFound")
    refused(admin.get(f"{place('nothing')}/Certificates"), 404, "Base.ResourceNotFound")
    refused(admin.get(f"{place('https')}/Certificate"), 404, "Base.InvalidURI")


def test_locations(admin):
    links = [one["@odata.id"] for one in admin.value(f"{SERVICE}/CertificateLocations")["Links"]["Certificates"]]
    assert sorted(links) == sorted([f"{HTTPS}/https", CERTIFICATE["@odata.id"]])
