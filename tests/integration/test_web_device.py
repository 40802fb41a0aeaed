# SPDX-License-Identifier: LGPL-2.1-or-later
"""The device's side of the HTTP API: the manager, ports and levels on trial, what is trusted, the authority and the
log. The client holds each answer against its schema."""

import json
import socket
import ssl
import urllib.parse

import pytest
import support
import web
from web_certificates import refused

DEVICE = f"{web.ROOT}/Managers/device"
NETWORK = f"{DEVICE}/NetworkProtocol"
POLICY = f"{DEVICE}/SecurityPolicy"
TRUST = f"{POLICY}/TrustedCertificates"
VERIFY = f"{POLICY}/Actions/Oem/CertdSecurityPolicy.Verify"
AUTHORITY = f"{web.ROOT}/CertificateService/Oem/Certd/Authority"
AUDIT = f"{DEVICE}/LogServices/Audit"
ENTRIES = f"{AUDIT}/Oem/Certd/Entries"
CONFIRM = f"{NETWORK}/Actions/Oem/CertdNetworkProtocol.Confirm"
ROLLBACK = f"{NETWORK}/Actions/Oem/CertdNetworkProtocol.Rollback"
HTTPS = "/org/certd1/https"


def https(bus, name):
    return bus.get(HTTPS, "Https", name)


def prove(bus, **connecting):
    """A client goes through HTTPS, and certd knows of it."""
    with web.Web(**connecting) as client:
        client.get(web.ROOT)
        client.get(web.ROOT)
    wanted = "ProvenClientCertificate" if connecting else "Proven"
    support.wait_until(lambda: https(bus, wanted), wanted)


def renew(bus):
    """Another certificate is in use, which nobody has been through HTTPS with."""
    generation = bus.get("/org/certd1/certificate/https", "Certificate", "Generation")
    bus.certctl("issue", "https", check=True)
    support.wait_until(
        lambda: bus.get("/org/certd1/certificate/https", "Certificate", "Generation") != generation,
        "another certificate")


@pytest.fixture
def as_it_was(bus):
    """Level, force and ports are afterwards as they were."""
    ports = https(bus, "Port"), https(bus, "PlainPort")
    yield ports
    if https(bus, "TrialDeadline"):
        bus.call(HTTPS, "Https", "Rollback")
    bus.call(HTTPS, "Https", "SetForce", "(ba{sv})", (False, {}))
    bus.call(HTTPS, "Https", "SetPorts", "(qq)", ports)


def test_manager(bus, admin):  # R43
    body = admin.value(DEVICE)
    assert body["FirmwareVersion"] == bus.get("/org/certd1", "Manager", "Version")
    oem = body["Oem"]["Certd"]
    assert oem["Features"] == bus.get("/org/certd1", "Manager", "Features")
    assert oem["ClockTrusted"] is bus.get("/org/certd1", "Manager", "ClockTrusted")
    assert oem["DeviceNames"] == [f"{kind}:{name}" for kind, name in bus.get("/org/certd1", "Manager", "DeviceNames")]
    assert len(oem["Problems"]) == len(body["Status"]["Conditions"])
    assert body["Status"]["State"] == "Enabled"
    again = admin.value(DEVICE)
    assert again["Status"] == body["Status"]


def test_problems(bus, admin, as_it_was):  # R43
    """A problem is a condition, whose time stays; here a port that another program has."""
    with socket.create_server(("::", 0), family=socket.AF_INET6, dualstack_ipv6=True) as taken:
        port = taken.getsockname()[1]
        admin.done("PATCH", NETWORK, {"HTTP": {"Port": port}})
        support.wait_until(lambda: admin.value(DEVICE)["Oem"]["Certd"]["Problems"], "the problem")
        first = admin.value(DEVICE)
        problem, condition = first["Oem"]["Certd"]["Problems"][0], first["Status"]["Conditions"][0]
        assert problem["Code"] == "https-not-served" and str(port) in problem["Message"]
        assert "Certificate" not in problem
        assert condition["MessageId"] == "Certd.1.0.Finding"
        assert condition["MessageArgs"] == [problem["Code"], problem["Message"]]
        assert condition["Message"] == problem["Message"]
        assert first["Status"]["Health"] != "OK"
        assert admin.value(DEVICE)["Status"] == first["Status"]
    admin.done("PATCH", NETWORK, {"HTTP": {"Port": as_it_was[1]}})
    support.wait_until(lambda: not admin.value(DEVICE)["Oem"]["Certd"]["Problems"], "no problem any more")


def test_problem_of_a_certificate(bus, admin):  # R55
    """It names its certificate, in both resources that tell problems, over the bus and in certctl's JSON. Nobody on
    this bus is systemd, so that a unit is not told."""
    bus.certctl("create", "served", check=True)
    bus.certctl("consumers", "served", "add", "unit:certd-test-web.service:reload", check=True)
    bus.certctl("issue", "served", check=True)
    support.wait_until(lambda: admin.value(DEVICE)["Oem"]["Certd"]["Problems"], "the problem")
    for path in (DEVICE, f"{web.ROOT}/CertificateService"):
        problem = admin.value(path)["Oem"]["Certd"]["Problems"][0]
        assert problem["Code"] == "consumer-failed"
        link = problem["Certificate"]["@odata.id"]
        assert link == f"{web.ROOT}/CertificateService/Oem/Certd/Certificates/served"
        assert admin.value(link)["Name"] == "served"
    assert bus.get("/org/certd1", "Manager", "ProblemCertificates") == ["served"]
    assert json.loads(bus.certctl("status", "--json=short", check=True).stdout)["ProblemCertificates"] == ["served"]
    bus.certctl("remove", "served", "--yes", check=True)
    support.wait_until(lambda: not admin.value(DEVICE)["Oem"]["Certd"]["Problems"], "no problem any more")
    assert bus.get("/org/certd1", "Manager", "ProblemCertificates") == []


@pytest.mark.parametrize("content, message", [
    ({}, "Base.ActionParameterMissing"),
    ({"ResetType": "PreserveNetwork"}, "Base.ActionParameterValueNotInList"),
    ({"ResetType": "ResetAll", "More": 1}, "Base.ActionParameterUnknown"),
    ({"ResetType": 1}, "Base.ActionParameterValueTypeError"),
])
def test_reset_wrong(admin, content, message):  # R54
    refused(admin.post(f"{DEVICE}/Actions/Manager.ResetToDefaults", content), 400, message)


def test_reader_changes_nothing(bus, reader):  # R60
    force = https(bus, "Force")
    for answer in (reader.patch(NETWORK, {"HTTP": {"ProtocolEnabled": force}}),
                   reader.patch(NETWORK, {"HTTPS": {"Port": 4443}}),
                   reader.patch(POLICY, {"Oem": {"Certd": {"Level": "high"}}}),
                   reader.post(f"{AUTHORITY}/Actions/CertdAuthority.Regenerate"),
                   reader.post(CONFIRM), reader.post(ROLLBACK),
                   reader.post(f"{DEVICE}/Actions/Manager.ResetToDefaults", {"ResetType": "ResetAll"}),
                   reader.get(ENTRIES)):
        assert answer.status in (401, 403), answer.body
    assert https(bus, "Force") is force


def test_what_was_not_seen_is_not_changed(bus, admin):  # R62 R63
    """Two administrators at once: what the second one has not seen of the first one's stays."""
    before = https(bus, "Port"), https(bus, "PlainPort"), https(bus, "Force"), https(bus, "Level")
    other = {"If-Match": '"other"'}
    for answer in (admin.patch(NETWORK, {"HTTP": {"Port": 1}}, headers=other),
                   admin.patch(NETWORK, {"HTTP": {"ProtocolEnabled": False}}, headers=other),
                   admin.patch(POLICY, {"Oem": {"Certd": {"Level": "high"}}}, headers=other),
                   admin.post(CONFIRM, {}, headers=other), admin.post(ROLLBACK, {}, headers=other),
                   admin.post(f"{AUTHORITY}/Actions/CertdAuthority.Regenerate", {}, headers=other)):
        refused(answer, 412, "Base.PreconditionFailed")
    seen = {"If-Match": admin.get(NETWORK).headers["ETag"]}
    for action in (CONFIRM, ROLLBACK):
        assert admin.post(action, {}, headers=seen).status == 409
    assert (https(bus, "Port"), https(bus, "PlainPort"), https(bus, "Force"), https(bus, "Level")) == before


WRONG_NETWORK = [
    ({}, "Base.NoOperation"),
    ({"@odata.etag": '"x"', "HTTP": None}, "Base.NoOperation"),
    ({"HTTPS": {"ProtocolEnabled": False}}, "Base.PropertyValueIncorrect"),
    ({"HTTPS": {"Port": 0}}, "Base.PropertyValueOutOfRange"),
    ({"HTTP": {"Port": 65536}}, "Base.PropertyValueOutOfRange"),
    ({"HTTP": {"Port": 4444}, "HTTPS": {"Port": 4444}}, "Base.PropertyValueConflict"),
    ({"HTTP": {"Port": "80"}}, "Base.PropertyValueTypeError"),
    ({"HTTP": {"ProtocolEnabled": 0}}, "Base.PropertyValueTypeError"),
    ({"HTTP": 80}, "Base.PropertyValueTypeError"),
    ({"HTTP": {"Prot": 80}}, "Base.PropertyUnknown"),
    ({"SSH": {"ProtocolEnabled": True}}, "Base.PropertyUnknown"),
    ({"Id": "x"}, "Base.PropertyNotWritable"),
    ({"HTTP": {"ProtocolEnabled": False}, "Oem": {"Certd": {"Trial": 29}}}, "Base.PropertyValueOutOfRange"),
    ({"HTTP": {"ProtocolEnabled": False}, "Oem": {"Certd": {"Trial": 3601}}}, "Base.PropertyValueOutOfRange"),
    ({"HTTP": {"ProtocolEnabled": True}, "Oem": {"Certd": {"Trial": 30}}}, "Base.PropertyValueConflict"),
    ({"HTTP": {"ProtocolEnabled": False}, "Oem": {"Other": {}}}, "Base.PropertyUnknown"),
]


@pytest.mark.parametrize("content, message", WRONG_NETWORK)
def test_network_wrong(bus, admin, content, message):  # R62
    before = https(bus, "Port"), https(bus, "PlainPort"), https(bus, "Force")
    refused(admin.patch(NETWORK, content), 400, message)
    assert (https(bus, "Port"), https(bus, "PlainPort"), https(bus, "Force")) == before


def test_plain_port(bus, admin, as_it_was):  # R62
    port = as_it_was[1] + 1 if as_it_was[1] < 65535 else 1024
    body = admin.patch(NETWORK, {"HTTP": {"Port": port}}).body
    assert body["HTTP"] == {"ProtocolEnabled": True, "Port": port}
    assert (https(bus, "Port"), https(bus, "PlainPort")) == (as_it_was[0], port)


def plain_port_is_closed():
    try:
        socket.create_connection(web.place(plain=True)).close()
    except ConnectionRefusedError:
        return True
    return False


def test_force(bus, admin, as_it_was):  # R63
    """Refused before proof, then on trial, put back, and confirmed by what was seen."""
    renew(bus)
    old = web.Web(web.ADMIN)
    renew(bus)
    refused(old.patch(NETWORK, {"HTTP": {"ProtocolEnabled": False}}), 409, "Certd.NotProven")
    assert https(bus, "Force") is False
    old.close()

    prove(bus)
    body = admin.patch(NETWORK, {"HTTP": {"ProtocolEnabled": False}, "Oem": {"Certd": {"Trial": 30}}}).body
    assert body["HTTP"]["ProtocolEnabled"] is False
    assert "TrialDeadline" in body["Oem"]["Certd"]
    support.wait_until(plain_port_is_closed, "the plain port is closed")
    assert admin.post(ROLLBACK).status == 204
    assert admin.value(NETWORK)["HTTP"]["ProtocolEnabled"] is True
    refused(admin.post(ROLLBACK), 409, "Certd.Cancelled")

    admin.done("PATCH", NETWORK, {"HTTP": {"ProtocolEnabled": False}})
    prove(bus)
    assert admin.post(CONFIRM).status == 204
    body = admin.value(NETWORK)
    assert body["HTTP"]["ProtocolEnabled"] is False and "TrialDeadline" not in body["Oem"]["Certd"]
    body = admin.done("PATCH", NETWORK, {"HTTP": {"ProtocolEnabled": True}}).body
    assert body["HTTP"]["ProtocolEnabled"] is True


def test_force_and_ports_together(bus, admin, as_it_was):  # R62, R63
    """Either all of it or nothing: what may be refused goes first."""
    other = as_it_was[1] + 1 if as_it_was[1] < 65535 else 1024
    renew(bus)
    with web.Web(web.ADMIN) as old:
        renew(bus)
        refused(old.patch(NETWORK, {"HTTP": {"ProtocolEnabled": False, "Port": other}}), 409, "Certd.NotProven")
        assert https(bus, "PlainPort") == as_it_was[1]
        old.sign_out()
    prove(bus)
    body = admin.done("PATCH", NETWORK, {"HTTP": {"ProtocolEnabled": False, "Port": other}}).body
    assert body["HTTP"] == {"ProtocolEnabled": False, "Port": other}


WRONG_POLICY = [
    ({}, "Base.NoOperation"),
    ({"Oem": {"Certd": {"Trial": 30}}}, "Base.NoOperation"),
    ({"Oem": {"Certd": {"Level": "higher"}}}, "Base.PropertyValueNotInList"),
    ({"Oem": {"Certd": {"Level": 1}}}, "Base.PropertyValueTypeError"),
    ({"TLS": {"Server": {"Allowed": {"Versions": ["1.0"]}}}}, "Base.PropertyValueNotInList"),
    ({"TLS": {"Server": {"Allowed": {"Versions": ["1.3"]}}}}, "Base.PropertyValueConflict"),
    ({"TLS": {"Server": {"VerifyCertificate": True}}}, "Base.PropertyValueConflict"),
    ({"TLS": {"Server": {"Allowed": {"Versions": "1.3"}}}}, "Base.PropertyValueTypeError"),
    ({"TLS": {"Client": {}}}, "Base.PropertyUnknown"),
    ({"SPDM": {"Enabled": True}}, "Base.PropertyUnknown"),
]


@pytest.mark.parametrize("content, message", WRONG_POLICY)
def test_policy_wrong(bus, admin, content, message):  # R61
    refused(admin.patch(POLICY, content), 400, message)
    assert https(bus, "Level") == "standard"


@pytest.fixture(scope="module")
def certified(authority, tmp_path_factory):
    """A context of TLS with a client certificate."""
    folder = tmp_path_factory.mktemp("client")
    key, leaf = folder / "client.key", folder / "client.pem"
    authority.openssl("genpkey", "-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-256", "-out", key)
    request = authority.openssl("req", "-new", "-key", key, "-subj", "/CN=operator").decode()
    leaf.write_text(authority.chain(authority.sign(request, extensions="extendedKeyUsage=clientAuth")), encoding="ascii")
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.load_verify_locations(web.AUTHORITY)
    context.load_cert_chain(leaf, key)
    return context


def shows_certificate(bus, context):
    """Goes through HTTPS with a client certificate; whether certd knows of it."""
    with web.Web(context=context) as client:
        client.get(web.ROOT)
        client.get(web.ROOT)
    return https(bus, "ProvenClientCertificate")


def test_level(bus, admin, authority, certified, trust, as_it_was):  # R61, R63
    """High is refused until a client has shown a certificate, then on trial, and put back."""
    body = admin.value(POLICY)
    assert body["TLS"]["Server"]["Allowed"]["Versions"] == ["1.2", "1.3"]
    assert body["TLS"]["Server"]["VerifyCertificate"] is False
    assert body["Oem"]["Certd"]["ClientCertificateShown"] is False
    refused(admin.patch(POLICY, {"Oem": {"Certd": {"Level": "high"}}}), 409, "Certd.NotProven")

    root = authority.root.read_text(encoding="ascii")
    admin.done("POST", TRUST, {"CertificateString": root, "CertificateType": "PEM",
                               "Oem": {"Certd": {"Purposes": ["client"]}}})
    support.wait_until(lambda: shows_certificate(bus, certified), "proof with a client certificate")
    with web.Web(web.ADMIN, context=certified) as client:
        same = {"TLS": {"Server": {"Allowed": {"Versions": ["1.3"]}, "VerifyCertificate": True}}}
        body = client.done("PATCH", POLICY, same).body
        assert body["Oem"]["Certd"]["Level"] == "high" and "TrialDeadline" in body["Oem"]["Certd"]
        assert body["Oem"]["Certd"]["ClientCertificateShown"] is True
        assert body["TLS"]["Server"]["Allowed"]["Versions"] == ["1.3"]
        refused(client.patch(NETWORK, {"HTTP": {"ProtocolEnabled": False}}), 409, "Certd.OnTrial")
        assert client.post(ROLLBACK).status == 204
        assert client.value(POLICY)["Oem"]["Certd"]["Level"] == "standard"
        client.sign_out()
    support.wait_until(serves_without_certificate, "the level standard is served")
    admin.close()


def serves_without_certificate():
    try:
        with web.Web() as client:
            return client.get(web.ROOT).status == 200
    except OSError:
        return False


def test_log(bus, admin):
    body = admin.value(AUDIT)
    assert body["Oem"]["Certd"]["Last"] >= body["Oem"]["Certd"]["First"] > 0
    answer = admin.done("POST", f"{AUDIT}/Actions/Oem/CertdLog.Verify")
    assert answer.body["Last"] >= body["Oem"]["Certd"]["Last"]
    newest = admin.value(f"{ENTRIES}?newest-first=true&limit=1")["Entries"][0]
    assert newest["Number"] >= body["Oem"]["Certd"]["Last"]
    first = admin.value(f"{ENTRIES}?limit=2")
    second = admin.value(first["Entries@odata.nextLink"])
    of_root = admin.value(f"{ENTRIES}?uid=0&limit=1")["Entries"][0]
    assert (of_root["Uid"], of_root["UserName"]) == (0, "root")
    of_none = admin.value(f"{ENTRIES}?uid=4294967295&limit=1")["Entries"][0]
    assert of_none["Uid"] == 4294967295 and "UserName" not in of_none
    numbers = [row["Number"] for row in first["Entries"] + second["Entries"]]
    assert numbers == sorted(set(numbers)) and len(first["Entries"]) == 2
    signs = admin.value(f"{ENTRIES}?action={newest['Action']}&newest-first=true")["Entries"]
    assert {row["Action"] for row in signs} == {newest["Action"]}


@pytest.mark.parametrize("query, status, message", [
    ("objects=x", 501, "Base.QueryParameterUnsupported"),
    ("uid=root", 400, "Base.QueryParameterValueFormatError"),
    ("since=yesterday", 400, "Base.QueryParameterValueFormatError"),
    ("limit=1001", 429, "Certd.LimitExceeded"),
    ("action=nothing-of-that-name", 400, "Certd.InvalidOption"),
])
def test_log_wrong(admin, query, status, message):
    answer = admin.get(f"{ENTRIES}?{query}")
    assert (answer.status, answer.messages) == (status, [message]), answer.body


HOSTILE = ("\r\nX-Evil: 1", "<script>alert(1)</script>", "\u202e\u2066evil", "\x00", "' OR 1=1 --", "%0d%0a", "../../etc",
           "a" * 5000, "\U0001f600", "{}", "\x1b[2J")


@pytest.mark.parametrize("number", range(len(HOSTILE)))
def test_hostile_text(admin, number):
    """Whatever is in a field comes back as text, in JSON that is valid; nothing of it is a header or a query."""
    text = HOSTILE[number]
    for answer in (admin.patch(POLICY, {"Oem": {"Certd": {"Level": text}}}),
                   admin.patch(POLICY, {"TLS": {"Server": {"Allowed": {"Versions": [text]}}}}),
                   admin.patch(NETWORK, {text: True}),
                   admin.get(f"{ENTRIES}?outcome={urllib.parse.quote(text)}"),
                   admin.get(f"{ENTRIES}?{urllib.parse.quote(text)}=1"),
                   admin.post(f"{AUTHORITY}/Actions/CertdAuthority.Regenerate", {"Scope": text}),
                   admin.post(VERIFY, {"CertificateString": text, "HostName": text})):
        assert 400 <= answer.status < 502 and answer.messages, answer.body
        assert "X-Evil" not in answer.headers
