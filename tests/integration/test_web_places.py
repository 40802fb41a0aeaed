# SPDX-License-Identifier: LGPL-2.1-or-later
"""The OEM side of certificates in the HTTP API: what certctl can do with one can be done here. The client holds each
answer against its schema."""

import base64
import json
import os
import subprocess

import pytest
import support
import web
from gi.repository import GLib
from web_certificates import (
    FACTORY_RESET, GENERATE, HOSTILE, HTTPS, INSPECT, PLACES, SERVICE, TASKS, action, made, place, refused, signed,
    wait_for)

NAME = "place"
PASSPHRASE = "geheim 7"


@pytest.fixture(scope="module", autouse=True)
def certificate(admin):
    """One that nobody serves."""
    with made(admin, NAME, Subject=f"CN={NAME}.example.org,OU=B,OU=A,O=Example,C=DE") as path:
        yield path


def run(client, verb, content=None, name=NAME):
    return client.post(action(name, verb), content)


def test_collection(admin, bus):
    listed = json.loads(bus.certctl("list", "--json", check=True).stdout)
    members = [one["@odata.id"] for one in admin.value(PLACES)["Members"]]
    assert members == [place(one["Name"]) for one in listed]
    page = admin.value(f"{PLACES}?$top=1&$skip=1")
    assert [one["@odata.id"] for one in page["Members"]] == members[1:2]


CREATE_WRONG = {
    "nothing": ({}, 400, "Base.PropertyMissing"),
    "unknown": ({"Id": "x", "Nmae": "y"}, 400, "Base.PropertyUnknown"),
    "type": ({"Id": 7}, 400, "Base.PropertyValueTypeError"),
    "name": ({"Id": "../x"}, 400, "Certd.InvalidName"),
    "there": ({"Id": NAME}, 409, "Certd.Exists"),
    "setting": ({"Id": "x", "Settings": {"Colour": "red"}}, 400, "Base.PropertyUnknown"),
    "key": ({"Id": "x", "Settings": {"KeyType": "dsa"}}, 403, "Certd.PolicyForbids"),
    "days": ({"Id": "x", "Settings": {"Days": -1}}, 400, "Certd.InvalidOption"),
}


@pytest.mark.parametrize("fault", CREATE_WRONG)
def test_create_wrong(admin, fault):
    content, status, message = CREATE_WRONG[fault]
    refused(admin.post(PLACES, content), status, message)
    assert admin.get(place("x")).status == 404


def test_settings(admin):  # R2 R6 R9
    """Each setting comes back as it was given."""
    settings = {"Subject": f"CN={NAME}.example.org,OU=B,OU=A,C=DE", "SubjectAltNames": [
        "DNS:a.example.org", "IP:192.0.2.1", "email:a@example.org", "URI:https://a.example.org/", "RID:1.2.3",
        "dirName:CN=x,O=y"], "KeyType": "ec:secp384r1", "Digest": "sha384", "Days": 90, "Issuer": "self",
        "CopyCommonName": False, "ReuseKey": True}
    before = admin.value(place(NAME))["Settings"]
    assert admin.patch(place(NAME), {"Settings": settings}).body["Settings"] == settings
    for name, value in before.items():
        assert admin.patch(place(NAME), {"Settings": {name: value}}).body["Settings"][name] == value
    assert admin.value(place(NAME))["Settings"] == before


PATCH_WRONG = {
    "nothing": ({}, 400, "Base.NoOperation"),
    "read-only": ({"State": "active"}, 400, "Base.PropertyNotWritable"),
    "id": ({"Id": "x"}, 400, "Base.PropertyNotWritable"),
    "unknown": ({"Settings": {"subject": "CN=x"}}, 400, "Base.PropertyUnknown"),
    "type": ({"Settings": {"Days": "90"}}, 400, "Base.PropertyValueTypeError"),
    "subject": ({"Settings": {"Subject": "XX=1"}}, 400, "Certd.InvalidSubject"),
    "names": ({"Settings": {"SubjectAltNames": ["DNS:a b"]}}, 400, "Certd.InvalidSubjectAltName"),
    "consumers": ({"Consumers": "root"}, 400, "Base.PropertyValueTypeError"),
    "consumer": ({"Consumers": ["root"]}, 400, "Base.PropertyValueTypeError"),
    "consumer-member": ({"Consumers": [{"Kind": "user"}]}, 400, "Base.PropertyMissing"),
    "consumers-and-settings": ({"Consumers": [{"Kind": "user", "Name": "root"}], "Settings": {"Subject": "XX=1"}}, 400,
                               "Certd.InvalidSubject"),
    "settings-and-consumer-kind": ({"Consumers": [{"Kind": "dog", "Name": "x"}], "Settings": {"Days": 77}}, 400,
                                   "Certd.InvalidOption"),
    "consumer-kind": ({"Consumers": [{"Kind": "dog", "Name": "x"}]}, 400, "Certd.InvalidOption"),
}


@pytest.mark.parametrize("fault", PATCH_WRONG)
def test_patch_wrong(admin, fault):
    before = admin.value(place(NAME))
    content, status, message = PATCH_WRONG[fault]
    refused(admin.patch(place(NAME), content), status, message)
    assert admin.value(place(NAME)) == before


def test_consumers(admin):  # R12
    consumers = [{"Kind": "unit", "Name": "x.service", "Action": "reload"},
                 {"Kind": "user", "Name": "root", "Action": "none"}]
    assert admin.patch(place(NAME), {"Consumers": consumers}).body["Consumers"] == consumers
    assert admin.patch(place(NAME), {"Consumers": []}).body["Consumers"] == []


def test_etag(admin):
    etag = admin.get(place(NAME)).headers["ETag"]
    days = {"Settings": {"Days": 100}}
    refused(admin.patch(place(NAME), days, headers={"If-Match": '"other"'}), 412, "Base.PreconditionFailed")
    assert admin.patch(place(NAME), days, headers={"If-Match": etag}).status == 200


def test_etag_of_an_action(admin):
    """A request is made of the settings that whoever asks has seen, or not at all."""
    etag = admin.get(place(NAME)).headers["ETag"]
    action = place(NAME) + "/Actions/CertdCertificate.Request"
    body = {"Issuer": "external", "Subject": "CN=etag.example.org"}
    before = admin.value(place(NAME) + "/Requests")["Members@odata.count"]
    refused(admin.post(action, body, headers={"If-Match": '"other"'}), 412, "Base.PreconditionFailed")
    assert admin.value(place(NAME) + "/Requests")["Members@odata.count"] == before
    assert admin.value(place(NAME))["Settings"]["Subject"] != body["Subject"]
    assert admin.post(action, body, headers={"If-Match": etag}).status == 200
    refused(admin.post(action, body, headers={"If-Match": etag}), 412, "Base.PreconditionFailed")


@pytest.mark.parametrize("name", ["Confirm", "Rollback", "Reset"])
def test_etag_of_what_replaces(admin, name):
    """What goes out of use is what whoever asks has seen, or nothing does."""
    before = admin.get(place(NAME)).headers["ETag"]
    refused(admin.post(action(NAME, name), {}, headers={"If-Match": '"other"'}), 412, "Base.PreconditionFailed")
    assert admin.get(place(NAME)).headers["ETag"] == before


@pytest.mark.parametrize("field", ["Id", "Subject", "SubjectAltNames", "KeyType", "Digest", "Issuer", "Name"])
def test_hostile(admin, field):
    """Whatever is in a field comes out as text, of the resource or of an error."""
    for text in HOSTILE:
        if field == "Id":
            answer = admin.post(PLACES, {"Id": text})
        elif field == "Name":
            answer = admin.patch(place(NAME), {"Consumers": [{"Kind": "user", "Name": text}]})
        else:
            subject = "CN=" + "".join(rf"\{byte:02x}" for byte in text.encode())
            value = {"Subject": subject, "SubjectAltNames": [f"DNS:{text}"]}.get(field, text)
            answer = admin.patch(place(NAME), {"Settings": {field: value}})
        assert answer.status in (200, 400, 403), (text, answer.status)
        assert "Set-Cookie" not in answer.headers and "text/html" not in answer.headers["Content-Type"]
    admin.done("PATCH", place(NAME), {"Settings": {"Subject": f"CN={NAME}.example.org"}})


@pytest.mark.parametrize("name", ["none", "A", "..", "%2e%2e", "a%2Fb", "https%00", "%F0%9F%92%A9", "x" * 65])
def test_no_such_place(admin, name):
    for path in (f"{PLACES}/{name}", f"{PLACES}/{name}/Requests", f"{PLACES}/{name}/Requests/1"):
        assert admin.get(path).status in (400, 404)


def test_request_external(admin):  # R1 R11 R14
    answer = run(admin, "Request", {"Issuer": "external", "ChallengePassword": "sesame"})
    assert answer.status == 200 and answer.body["State"] == "ready", answer.body
    body = answer.body
    assert admin.value(body["@odata.id"]) == body
    assert admin.value(f"{place(NAME)}/Requests")["Members"][0]["@odata.id"] == body["@odata.id"]
    pem = admin.get(body["Downloads"]["PEM"])
    der = admin.get(body["Downloads"]["DER"])
    for got in (pem, der):
        assert got.headers["Content-Disposition"] == f'attachment; filename="{NAME}.csr"'
    assert pem.body.decode() == body["CSRString"] and der.headers["Content-Type"] == "application/pkcs10"
    made_of = subprocess.run(["openssl", "req", "-inform", "DER"], input=der.body, capture_output=True, check=True)
    assert made_of.stdout == pem.body
    admin.done("PATCH", place(NAME), {"Settings": {"Subject": "CN=other.example.org"}})
    assert admin.value(body["@odata.id"])["OutOfDate"] is True  # R6
    admin.done("PATCH", place(NAME), {"Settings": {"Subject": f"CN={NAME}.example.org"}})
    cancel = body["Actions"]["#CertdRequest.Cancel"]["target"]
    assert admin.post(cancel).status == 204
    assert admin.value(body["@odata.id"])["State"] == "cancelled"
    refused(admin.post(cancel), 409, "Certd.Cancelled")
    assert admin.get(f"{place('https')}/Requests/{body['Id']}").status == 404


def test_request_issued(admin):  # R20 R22
    before = admin.value(place(NAME))["Generation"]
    for issuer in ("self", "internal"):
        answer = run(admin, "Request", {"Issuer": issuer, "Days": 30, "Subject": f"CN={NAME}.local"})
        assert answer.status == 200, answer.body
        body = answer.body
        assert (body["State"], body["Issuer"]) == ("issued", issuer), body
        there = admin.value(place(NAME))
        assert (there["Origin"], there["State"]) == (issuer, "active")
    assert there["Generation"] == before + 2 and there["HasPrevious"]
    details = there["Details"]
    for member in ("Version", "SerialNumber", "Subject", "Issuer", "SignatureAlgorithm", "NotBefore", "NotAfter",
                   "KeyUsage", "PublicKey", "SubjectAltNames", "FingerprintSha1", "FingerprintSha256"):
        assert details[member]  # R40
    assert details["Chain"] == []
    refused(run(admin, "Request", {"Issuer": "nobody"}), 400, "Certd.InvalidOption")


def test_files(admin):  # R42
    files = admin.value(place(NAME))["Downloads"]
    leaf = subprocess.run(["openssl", "x509", "-outform", "DER"], input=admin.get(files["PEM"]).body,
                          capture_output=True, check=True).stdout
    assert admin.get(files["DER"]).body == leaf
    listed = subprocess.run(["openssl", "pkcs7", "-inform", "DER", "-print_certs"], input=admin.get(files["PKCS7"]).body,
                            capture_output=True, check=True).stdout
    assert listed.count(b"BEGIN CERTIFICATE") == 1 + len(admin.value(place(NAME))["Details"]["Chain"])
    for kind, suffix in (("PEM", "pem"), ("DER", "cer"), ("PKCS7", "p7b")):
        assert admin.get(files[kind]).headers["Content-Disposition"] == f'attachment; filename="{NAME}.{suffix}"'


def test_import(admin, authority):  # R31 R35 R36 R39
    leaf, chain = signed(admin, NAME, authority)
    before = admin.value(place(NAME))
    body = run(admin, "Import", {"Data": chain, "DryRun": True}).body
    assert (body["Passes"], body["Installed"]) == (True, False)
    assert admin.value(place(NAME)) == before
    der = subprocess.run(["openssl", "x509", "-outform", "DER"], input=leaf.encode(), capture_output=True, check=True)
    body = run(admin, "Import", {"Data": base64.b64encode(der.stdout).decode()}).body
    assert body["Installed"] and [one["Code"] for one in body["Findings"]] == ["chain-incomplete"]
    now = admin.value(place(NAME))
    assert now["Origin"] == "request" and now["Generation"] == before["Generation"] + 1
    assert len(now["Previous"]) == 6 and now["Previous"].items() <= {**before["Details"], **before}.items()
    back = run(admin, "Rollback").body
    assert back["Fingerprint"] == before["Fingerprint"] and not back["KeyExportable"]
    refused(run(admin, "Rollback", {"x": 1}), 400, "Base.ActionParameterUnknown")


def test_import_refused(admin, authority):  # R35
    leaf, _ = signed(admin, NAME, authority)
    admin.done("PATCH", place(NAME), {"Settings": {"Subject": "CN=other.example.org"}})
    answer = run(admin, "Import", {"Data": leaf})
    assert (answer.status, answer.messages[0]) == (409, "Certd.Rejected"), answer.body
    codes = [one["MessageArgs"][0] for one in answer.body["error"]["@Message.ExtendedInfo"][1:]]
    assert "san-mismatch" in codes
    body = run(admin, "Import", {"Data": leaf, "DryRun": True}).body
    assert body["Passes"] is False
    assert run(admin, "Import", {"Data": leaf, "Accept": ["san-mismatch"]}).body["Passes"] is True
    admin.done("PATCH", place(NAME), {"Settings": {"Subject": f"CN={NAME}.example.org"}})
    refused(run(admin, "Import", {"Data": "no certificate"}), 400, "Base.ActionParameterValueFormatError")
    refused(run(admin, "Import", {}), 400, "Base.ActionParameterMissing")


def outside(authority, folder):
    """A certificate and its key that were made outside, as PEM."""
    subprocess.run(["openssl", "req", "-new", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-subj",
                    f"/CN={NAME}.example.org", "-addext", f"subjectAltName=DNS:{NAME}.example.org", "-passout",
                    f"pass:{PASSPHRASE}", "-keyout", "key.pem", "-out", "csr.pem"], cwd=folder, check=True,
                   capture_output=True)
    leaf = authority.sign((folder / "csr.pem").read_text(encoding="ascii"))
    return leaf, (folder / "key.pem").read_text(encoding="ascii")


def test_import_with_key_and_export(admin, authority, tmp_path):  # R34
    admin.sign_in_again()
    leaf, key = outside(authority, tmp_path)
    given = {"Data": leaf, "KeyPem": key}
    refused(run(admin, "Import", given), 400, "Certd.PassphraseNeeded")
    body = run(admin, "Import", {**given, "Passphrase": PASSPHRASE, "Exportable": True}).body
    assert body["Installed"] and admin.value(place(NAME)).items() >= {("Origin", "imported"), ("KeyExportable", True)}
    refused(run(admin, "Export", {"Format": "p12"}), 400, "Certd.PassphraseNeeded")
    body = run(admin, "Export", {"Format": "p12", "Passphrase": "other 8"}).body
    (tmp_path / "out.p12").write_bytes(base64.b64decode(body["Data"], validate=True))
    shown = subprocess.run(["openssl", "pkcs12", "-in", "out.p12", "-nodes", "-passin", "pass:other 8"], cwd=tmp_path,
                           capture_output=True, check=True).stdout
    assert b"PRIVATE KEY" in shown and b"BEGIN CERTIFICATE" in shown
    refused(run(admin, "Export", {"Format": "doc"}), 415, "Certd.UnsupportedFormat")
    assert leaf.encode() in base64.b64decode(run(admin, "Export", {"Format": "pem"}).body["Data"])


def test_inspect(admin, reader, authority, tmp_path):  # R36
    leaf, key = outside(authority, tmp_path)
    body = reader.post(INSPECT, {"Data": leaf, "Certificate": NAME}).body
    assert body["Details"]["Subject"] == f"CN={NAME}.example.org" and body["Details"]["HasKey"] is False
    assert "key-mismatch" in [one["Code"] for one in body["Findings"]]
    body = admin.post(INSPECT, {"Data": leaf, "KeyPem": key, "Passphrase": PASSPHRASE}).body
    assert body["Details"]["HasKey"] is True
    refused(admin.post(INSPECT, {"Data": leaf, "Certificate": "none"}), 404, "Certd.NoSuchCertificate")


def test_trial(admin, authority):  # R38
    """On trial it takes the user's word, for nobody serves it."""
    _, chain = signed(admin, NAME, authority)
    before = admin.value(place(NAME))
    assert run(admin, "Import", {"Data": chain, "Trial": 60}).body["Installed"]
    assert admin.value(place(NAME))["OnTrial"] is True
    refused(run(admin, "Confirm"), 409, "Certd.NotProven")
    back = run(admin, "Rollback").body
    assert (back["OnTrial"], back["Fingerprint"]) == (False, before["Fingerprint"])
    assert run(admin, "Import", {"Data": chain, "Trial": 60}).body["Installed"]
    kept = run(admin, "Confirm", {"Tested": True}).body
    assert kept["OnTrial"] is False and kept["Fingerprint"] != before["Fingerprint"]
    refused(run(admin, "Confirm"), 409, "Certd.Cancelled")
    refused(run(admin, "Import", {"Data": chain, "Trial": 3601}), 400, "Certd.InvalidOption")


def test_reset(admin):  # R50
    admin.sign_in_again()
    body = run(admin, "Reset", {"Digest": "sha384"}).body
    assert body["Origin"] == "default" and body["Settings"]["Subject"] == ""
    refused(run(admin, "Reset", {"Trial": 5}), 400, "Certd.InvalidOption")


READER_MAY_NOT = {
    "create": ("POST", PLACES, {"Id": "x"}),
    "configure": ("PATCH", place(NAME), {"Settings": {"Days": 9}}),
    "consumers": ("PATCH", place(NAME), {"Consumers": []}),
    "request": ("POST", action(NAME, "Request"), {"Issuer": "external"}),
    "rollback": ("POST", action(NAME, "Rollback"), {}),
    "reset": ("POST", action(NAME, "Reset"), {}),
    "remove": ("DELETE", place(NAME), None),
    "factory-reset": ("POST", FACTORY_RESET, {}),
}


@pytest.mark.parametrize("way", READER_MAY_NOT)
def test_reader_may_not(reader, way):  # R60
    before = reader.value(place(NAME))
    method, path, content = READER_MAY_NOT[way]
    answer = reader.request(method, path, content)
    assert (answer.status, answer.messages[0]) == (403, "Base.InsufficientPrivilege"), answer.body
    assert reader.value(place(NAME)) == before


@pytest.fixture
def busy(bus):
    """As many slow keys in the making as there are workers, and some more: what comes after them waits. A function
    that gives them up."""
    path = "/org/certd1/certificate/https"
    slow = [bus.call(path, "Certificate", "CreateRequest", "(sa{sv})",
                     ("external", {"key-type": GLib.Variant("s", "rsa:8192")}))[0] for _ in range(2 + os.cpu_count())]

    def give_up():
        while slow:
            bus.call(slow.pop(), "Request", "Cancel")
    yield give_up
    give_up()
    bus.call(path, "Certificate", "Configure", "(a{sv})", ({"key-type": GLib.Variant("s", "ec:secp256r1")},))


RSA = {"KeyPairAlgorithm": "TPM_ALG_RSA", "KeyBitLength": 2048,
       "CertificateCollection": {"@odata.id": f"{place(NAME)}/Certificates"}}


def test_task(admin, busy):  # R11
    """What takes long is a task; its monitor says so until the answer is there."""
    answer = admin.post(GENERATE, RSA)
    assert answer.status == 202
    monitor, task = answer.headers["Location"], answer.body["@odata.id"]
    assert monitor == answer.body["TaskMonitor"] and answer.body["TaskState"] == "Pending"
    assert task in [one["@odata.id"] for one in admin.value(f"{TASKS}/Tasks")["Members"]]
    waiting = admin.get(monitor)
    assert (waiting.status, waiting.body["@odata.id"]) == (202, task)
    busy()
    done = wait_for(admin, task, lambda body: body["TaskState"] == "Completed", "the key is made")
    assert (done["PercentComplete"], done["TaskStatus"]) == (100, "OK")
    body = admin.value(monitor)
    assert body["CertificateCollection"] == RSA["CertificateCollection"]
    assert admin.value(done["Links"]["CreatedResources"][0]["@odata.id"])["CSRString"] == body["CSRString"]
    assert admin.delete(task).status == 204
    assert [admin.get(path).status for path in (task, monitor)] == [404, 404]


def test_task_given_up(admin, busy):  # R11
    """Who deletes a task, or its monitor, gives its request up."""
    answer = admin.post(GENERATE, RSA)
    assert answer.status == 202
    made_request = answer.body["Links"]["CreatedResources"][0]["@odata.id"]
    assert admin.delete(answer.headers["Location"]).status == 204
    assert admin.value(made_request)["State"] == "cancelled"
    assert admin.get(answer.body["@odata.id"]).status == 404


def test_remove(admin):
    with made(admin, "other"):
        assert place("other") in [one["@odata.id"] for one in admin.value(PLACES)["Members"]]
    assert admin.get(place("other")).status == 404
    refused(admin.delete(place("https")), 403, "Certd.PolicyForbids")


def test_factory_reset(admin, bus):  # R54
    """Last: it ends whatever there was, the ports that were chosen, too; the session goes on."""
    admin.sign_in_again()
    before = admin.value(f"{HTTPS}/https")["Fingerprint"]
    answer = admin.post(FACTORY_RESET)
    assert answer.status == 200 and {NAME, "https"} <= set(answer.body["Lost"])
    admin.close()
    bus.call("/org/certd1/https", "Https", "SetPorts", "(qq)", [web.place()[1], web.place(plain=True)[1]])
    support.wait_until(lambda: listens(admin), "HTTPS is served where it was")
    assert admin.value(f"{HTTPS}/https")["Fingerprint"] != before
    assert admin.get(place(NAME)).status == 404
    assert admin.value(SERVICE)["Oem"]["Certd"]["State"] == "ready"
    admin.done("POST", PLACES, {"Id": NAME})


def listens(client):
    try:
        return client.open() is not None
    except OSError:
        return False
