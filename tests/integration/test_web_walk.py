# SPDX-License-Identifier: LGPL-2.1-or-later
"""The whole tree of the HTTP API, as those see it who may change it, and who may look: each answer is as its
schema says (the client looks at that itself), and leads nowhere that is not there."""

import json

import pytest
import redfish_schemas as schemas
import support
import web

MANAGER = f"{web.ROOT}/Managers/device"
OEM = f"{web.ROOT}/CertificateService/Oem/Certd"
# What has to be found from the root: DESIGN 7.
REACHABLE = (
    web.ROOT, web.SESSIONS, f"{web.ROOT}/SessionService", f"{web.ROOT}/Managers", MANAGER,
    f"{MANAGER}/NetworkProtocol", f"{MANAGER}/NetworkProtocol/HTTPS/Certificates",
    f"{MANAGER}/NetworkProtocol/HTTPS/Certificates/https", f"{MANAGER}/SecurityPolicy",
    f"{MANAGER}/SecurityPolicy/TrustedCertificates", f"{MANAGER}/LogServices", f"{web.ROOT}/CertificateService",
    f"{web.ROOT}/CertificateService/CertificateLocations", f"{OEM}/Certificates", f"{OEM}/Certificates/https",
    f"{OEM}/Authority", f"{web.ROOT}/EventService", f"{web.ROOT}/TaskService", f"{web.ROOT}/TaskService/Tasks",
    f"{web.ROOT}/JsonSchemas", f"{web.ROOT}/Registries",
)
HOSTILE = "<script>alert(1)<\\/script>\u202e'%0d%0a"
# What only administrators see.
SECRET = ("/LogServices/",)


@pytest.fixture(scope="module")
def trees(bus, authority):
    """What an administrator and a reader find on a device that is in use."""
    fill(bus, authority)
    found = {}
    for user in (web.ADMIN, web.READER):
        with web.Web(user) as client:
            found[user] = client.walk()
            client.sign_out()
    return found


def fill(bus, authority):
    """Something of everything: requests, a certificate on trial, an anchor, one with a hostile name."""
    for name, *more in (("mqtt",), ("mail", "--issuer", "internal"), ("a-b_c.d",)):
        bus.certctl("create", name, *more, check=True)
    bus.certctl("issue", "mail", check=True)
    request = bus.certctl("request", "mqtt", "--subject", "CN=mqtt,O=Example", "--san", "DNS:mqtt.example.org",
                          check=True).stdout
    bus.certctl("import", "mqtt", "-", "--trial", "300", data=authority.chain(authority.sign(request)), check=True)
    bus.certctl("request", "mqtt", check=True)
    bus.certctl("trust", "add", authority.root, check=True)
    foreign = authority.openssl(
        "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "30", "-utf8",
        "-subj", f"/CN={HOSTILE}", "-keyout", "hostile.key").decode()
    bus.certctl("trust", "add", "--purpose", "client", "-", data=foreign, check=True)


def test_administrator(trees):  # R60
    wrong = {path: answer.status for path, answer in trees[web.ADMIN].items() if answer.status != 200}
    assert wrong == {}


def test_reader(trees):  # R60
    wrong = {path: answer.status for path, answer in trees[web.READER].items() if answer.status != 200}
    assert {path for path in wrong if not any(part in path for part in SECRET)} == set()
    assert set(wrong.values()) <= {403}


@pytest.mark.parametrize("path", REACHABLE)
def test_reachable(trees, path):
    assert path in trees[web.ADMIN]


def test_stranger():  # R60
    """Who has not signed in finds the root, and what says what this is."""
    with web.Web() as client:
        assert client.get("/redfish").body == {"v1": f"{web.ROOT}/"}
        assert client.get(web.ROOT).status == 200
        assert client.get(f"{web.ROOT}/odata").status == 200
        answer = client.get(f"{web.ROOT}/$metadata")
        assert (answer.status, answer.headers.get_content_type()) == (200, "application/xml")
        for path in REACHABLE[1:]:
            if path not in (web.SESSIONS, f"{web.ROOT}/SessionService"):
                answer = client.get(path)
                public = path.endswith(("/JsonSchemas", "/Registries"))
                assert answer.status in ((200, 401) if public else (401,)), path


def test_every_action_is_there(trees):
    """Each target that a resource names is one: another method is wrong there, and the path is not."""
    targets = {target for answer in trees[web.ADMIN].values() for target in targets_of(answer.body)}
    assert targets
    with web.Web(web.ADMIN) as client:
        for target in sorted(targets):
            answer = client.get(target)
            assert (answer.status, answer.headers["Allow"]) == (405, "POST"), target
        client.sign_out()


def test_entity_tags(trees):  # R37
    """They are of the state: the same at another time, and over connections of other generations and sessions."""
    with web.Web(web.ADMIN) as client, web.Web(web.ADMIN, how="cookie") as page:
        first = tags_of(client, trees[web.ADMIN])
        # The next one is of another generation.
        client.sign_in_again()
        client.done("POST", f"{OEM}/Certificates/https/Actions/CertdCertificate.Reset", {})
        page.close()
        support.wait_until(lambda: is_used_by(page), "another generation is served")
        settled = tags_of(page, trees[web.ADMIN])
        changed = {path for path in first if first[path] != settled[path]}
        assert f"{OEM}/Certificates/https" in changed
        assert tags_of(client, trees[web.ADMIN]) == settled == tags_of(page, trees[web.ADMIN])
        assert is_used_by(page) and not client.value(f"{OEM}/Certificates/https")["UsedByThisConnection"]
        client.sign_out()
        page.sign_out()


def test_no_action_takes_anything(trees):  # R37
    """What no parameter is called is refused by each of them, before anything else is."""
    targets = {target for answer in trees[web.ADMIN].values() for target in targets_of(answer.body)}
    with web.Web(web.READER) as client:
        for target in sorted(targets):
            answer = client.post(target, {"Nonsense": True})
            assert answer.status == 400 and "Base.ActionParameterUnknown" in answer.messages, target
        client.sign_out()


def test_hostile_name_is_text(trees):
    """What an anchor's name has in it is told as text of JSON; the client sees that its direction is escaped."""
    told = [path for path, answer in trees[web.READER].items() if "alert(1)" in json.dumps(answer.body)]
    assert any("TrustedCertificates" in path for path in told)
    for path in told:
        answer = trees[web.READER][path]
        assert answer.headers.get_content_type() == "application/json"
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        assert "\u202e" in json.dumps(answer.body, ensure_ascii=False)


def test_schemas_and_registries_are_served(trees):
    """What a schema file or a registry leads to on the device is there, as it is kept, and is what it says."""
    leads = {where["Uri"]: path for path, answer in trees[web.ADMIN].items()
             for where in answer.body.get("Location", []) if "Uri" in where}
    assert leads
    with web.Web(web.READER) as client:
        for uri, path in leads.items():
            body = client.value(uri)
            own = schemas.OWN / f"{path.rpartition('/')[2]}.json"
            if "/JsonSchemas/" in path:
                assert body == json.loads(own.read_text(encoding="utf-8"))
            else:
                assert body["@odata.type"].startswith("#MessageRegistry.")
        client.sign_out()
    found = {path.rpartition("/")[2] for path in trees[web.ADMIN]}
    assert {path.stem for path in schemas.OWN.glob("*.json")} <= found


def is_used_by(client):
    """Whether a connection of the client's is of the generation in use; else the next one is another."""
    found = client.value(f"{OEM}/Certificates/https")["UsedByThisConnection"]
    if not found:
        client.close()
    return found


def tags_of(client, paths):
    """The entity tag of each that is there for everybody all the time."""
    return {path: client.get(path).headers["ETag"] for path in sorted(paths) if f"{web.SESSIONS}/" not in f"{path}/"}


def targets_of(body):
    if isinstance(body, list):
        return {target for one in body for target in targets_of(one)}
    if not isinstance(body, dict):
        return set()
    found = {target for one in body.values() for target in targets_of(one)}
    return found | ({body["target"]} if isinstance(body.get("target"), str) else set())
