# SPDX-License-Identifier: LGPL-2.1-or-later
"""What the device trusts, and its own authority, in the HTTP API. The client holds each answer against its schema."""

import ssl

import pytest
import support
import web
from web_certificates import refused

POLICY = f"{web.ROOT}/Managers/device/SecurityPolicy"
TRUST = f"{POLICY}/TrustedCertificates"
VERIFY = f"{POLICY}/Actions/Oem/CertdSecurityPolicy.Verify"
AUTHORITY = f"{web.ROOT}/CertificateService/Oem/Certd/Authority"


def test_trust_store(bus, admin, authority, trust):  # R70
    root = authority.root.read_text(encoding="ascii")
    answer = admin.done("POST", TRUST, {"CertificateString": root, "CertificateType": "PEM"})
    path = answer.headers["Location"]
    assert answer.status == 201 and path == answer.body["@odata.id"]
    body = admin.value(path)
    assert body["CertificateString"].split() == root.split()
    assert body["Subject"]["CommonName"] == "Example Root"
    assert body["Oem"]["Certd"]["Purposes"] == ["server"]
    assert body["Fingerprint"].replace(":", "").lower() == path.rpartition("/")[2]
    collection = admin.value(TRUST)
    assert [row["@odata.id"] for row in collection["Members"]] == [path]
    summary, = collection["Oem"]["Certd"]["Anchors"]
    assert summary["@odata.id"] == path and summary["Fingerprint"] == body["Fingerprint"]
    assert summary["Subject"] == body["Subject"]["DisplayString"] and summary["ValidNotAfter"] == body["ValidNotAfter"]
    assert {**body["Oem"]["Certd"], "@odata.type": None} == {"@odata.type": None} | {
        key: value for key, value in summary.items() if key in body["Oem"]["Certd"]}
    client, server = f"{POLICY}/TLS/Client/TrustedCertificates", f"{POLICY}/TLS/Server/TrustedCertificates"
    assert admin.value(client)["Members"] == [{"@odata.id": path}]
    assert admin.value(server)["Members"] == []
    admin.done("POST", server, {"CertificateString": root})
    assert admin.value(path)["Oem"]["Certd"]["Purposes"] == ["server", "client"]
    assert b"BEGIN CERTIFICATE" in admin.get(f"{POLICY}/Oem/Certd/client.pem").body
    assert admin.delete(path).status == 204
    refused(admin.delete(path), 404, "Base.ResourceNotFound")
    refused(admin.get(path), 404, "Base.ResourceNotFound")
    assert admin.value(TRUST)["Members@odata.count"] == 0


def test_trust_pages(admin, trust, tmp_path):  # R70
    """One after another by $top and $skip."""
    for number in range(3):
        folder = tmp_path / str(number)
        folder.mkdir()
        other = support.Authority(folder)
        admin.done("POST", TRUST, {"CertificateString": other.root.read_text(encoding="ascii")})
    every = [row["@odata.id"] for row in admin.value(TRUST)["Members"]]
    pages = [admin.value(f"{TRUST}?$skip={number}&$top=1") for number in range(3)]
    paged = [page["Members"][0]["@odata.id"] for page in pages]
    assert len(set(every)) == 3 and paged == every
    assert [[row["@odata.id"] for row in page["Oem"]["Certd"]["Anchors"]] for page in pages] == [[one] for one in every]


@pytest.mark.parametrize("change, message", [
    ({"CertificateString": None}, "Base.PropertyMissing"),
    ({"CertificateString": "no certificate"}, "Base.PropertyValueError"),
    ({"CertificateType": "PKCS12"}, "Base.PropertyValueNotInList"),
    ({"CertificateType": "PKCS7"}, "Base.PropertyValueError"),
    ({"Oem": {"Certd": {"Purposes": ["everything"]}}}, "Base.PropertyValueNotInList"),
    ({"Oem": {"Certd": {"Purposes": "server"}}}, "Base.PropertyValueTypeError"),
    ({"Password": "x"}, "Base.PropertyUnknown"),
])
def test_trust_wrong(admin, authority, trust, change, message):  # R70
    content = {"CertificateString": authority.root.read_text(encoding="ascii")} | change
    content = {name: value for name, value in content.items() if value is not None}
    answer = admin.post(TRUST, content)
    assert answer.status == 400 and answer.messages == [message], answer.body
    assert admin.value(TRUST)["Members@odata.count"] == 0


def test_bad_addition_changes_nothing(admin, authority, trust):  # R70
    """What another authority issued is no anchor, and what stands beside it is not taken either."""
    both = authority.chain(authority.root.read_text(encoding="ascii"))
    refused(admin.post(TRUST, {"CertificateString": both, "CertificateType": "PEMchain"}), 409, "Certd.Rejected")
    assert admin.value(TRUST)["Members@odata.count"] == 0


def test_verify(admin, reader, authority, trust):  # R71
    request = authority.openssl("req", "-new", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes",
                                "-keyout", "/dev/null", "-subj", "/CN=www", "-addext",
                                "subjectAltName=DNS:www.example.org").decode()
    chain = authority.chain(authority.sign(request, extensions="extendedKeyUsage=serverAuth"))
    content = {"CertificateString": chain, "HostName": "www.example.org"}
    body = reader.done("POST", VERIFY, content).body
    assert body["Trusted"] is False and "untrusted" in [one["Code"] for one in body["Findings"]]
    admin.done("POST", TRUST, {"CertificateString": authority.root.read_text(encoding="ascii")})
    assert admin.post(VERIFY, content).body["Trusted"] is True
    body = admin.post(VERIFY, content | {"HostName": "other.example.org"}).body
    assert body["Trusted"] is False and body["Findings"][0]["Remedy"]
    assert admin.post(VERIFY, content | {"Purpose": "client"}).body["Trusted"] is False
    refused(admin.post(VERIFY, content | {"Purpose": "all"}), 400, "Base.ActionParameterValueNotInList")
    refused(admin.post(VERIFY, {}), 400, "Base.ActionParameterMissing")


def test_authority(bus, admin):  # R27
    body = admin.value(AUTHORITY)
    assert body["Fingerprint"].replace(":", "").lower() == bus.get(
        "/org/certd1/authority/internal", "Authority", "Fingerprint")
    assert body["CertificateString"].encode() == admin.get(body["Downloads"]["PEM"]).body
    answer = admin.get(body["Downloads"]["DER"])
    assert answer.headers.get_content_type() == "application/pkix-cert"
    assert ssl.DER_cert_to_PEM_cert(answer.body).split() == body["CertificateString"].split()
    answer = admin.get(body["Downloads"]["AppleProfile"])
    assert answer.headers.get_content_type() == "application/x-apple-aspen-config"
    assert "ca.mobileconfig" in answer.headers["Content-Disposition"]


def generation(bus):
    return bus.get("/org/certd1/certificate/https", "Certificate", "Generation")


def test_regenerate(bus, admin):  # R26
    action = f"{AUTHORITY}/Actions/CertdAuthority.Regenerate"
    before, old = admin.value(AUTHORITY), generation(bus)
    refused(admin.post(action, {"Days": 0}), 400, "Base.ActionParameterValueOutOfRange")
    refused(admin.post(action, {"Days": 364}), 400, "Certd.InvalidOption")
    refused(admin.post(action, {"Scope": "world"}), 400, "Base.ActionParameterValueNotInList")
    refused(admin.post(action, {"Subject": "C=UK"}), 400, "Certd.InvalidSubject")
    assert admin.value(AUTHORITY) == before
    assert admin.post(action, {"Subject": "O=Example Device Makers,C=DE", "ReuseKey": True}).status == 204
    support.wait_until(lambda: generation(bus) != old, "what it had issued is issued again")
    support.wait_until(serves_it, "it is served")
    after = admin.value(AUTHORITY)
    assert "O=Example Device Makers" in after["Subject"] and after["Fingerprint"] != before["Fingerprint"]


def serves_it():
    """Whether who trusts the authority as it is now gets in."""
    try:
        with web.Web() as client:
            return client.get(web.ROOT).status == 200
    except ssl.SSLCertVerificationError:
        return False


def test_sign(bus, admin, authority):  # R27
    action = f"{AUTHORITY}/Actions/CertdAuthority.Sign"
    request = authority.openssl("req", "-new", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes",
                                "-keyout", "/dev/null", "-subj", "/CN=printer.local").decode()
    body = admin.done("POST", action, {"CSRString": request, "Days": 30}).body
    assert body["CertificateType"] == "PEMchain" and body["CertificateString"].count("BEGIN CERTIFICATE") == 2
    refused(admin.post(action, {"CSRString": request, "AlternativeNames": ["DNS:www.example.com"]}), 403,
            "Certd.PolicyForbids")
    refused(admin.post(action, {"CSRString": "nonsense"}), 415, "Certd.UnsupportedFormat")
    refused(admin.post(action, {"CSRString": request, "Days": "30"}), 400, "Base.ActionParameterValueTypeError")
