# SPDX-License-Identifier: LGPL-2.1-or-later
"""R38 and R61 to R63 by the HTTP API that is at stake: what is on trial is confirmed by who was let in, and
comes back where nobody confirms it, nobody can reach it, certd is killed, or the device starts again."""

import socket
import time

import clock as clocks
import pytest
import redfish_schemas
import support
import tls_client
import trial
import trusted
import web
import web_https as https
from clock import Clock
from web_certificates import refused
from web_https import (
    CONFIRM, FORCE, HIGH, NETWORK, NO_HANDSHAKE, POLICY, ROLLBACK, SHORTEST, STANDARD, curl, do, on_trial)

# A client that takes what most do, and nothing that is signed with Ed25519.
USUAL_CLIENT = """openssl_conf = all
[all]
ssl_conf = ssl
[ssl]
system_default = usual
[usual]
SignatureAlgorithms = ECDSA+SHA256:RSA-PSS+SHA256:RSA+SHA256
"""
PORTS = "/org/certd1/https"


@pytest.fixture(scope="module", autouse=True)
def clock(bus):
    """certd's clock, which begins a minute ahead of ours: what the authority signs is valid already."""
    ports = [web.place()[1], web.place(plain=True)[1]]
    made = Clock()
    made.open()
    made.boot(int(time.time()) + 60, True)
    bus.close()
    support.wait_until(lambda: tls_client.is_open(ports[0]), "HTTPS is served")
    yield made
    bus.close()
    made.close()
    bus.call(PORTS, "Https", "SetPorts", "(qq)", ports)
    https.wait_for_served(bus)


@pytest.fixture(autouse=True)
def restored(bus, clock):
    yield
    https.back_to_default(bus)


@pytest.fixture(scope="module")
def ada(authority):
    """A client's certificate that the authority vouches for, chain and key."""
    return tls_client.client_chain(authority, "Ada")


@pytest.fixture
def vouched(bus, authority):
    """The device trusts the authority to vouch for clients, and serves that."""
    trusted.add(bus, authority.root.read_bytes(), ["client"])


@pytest.fixture
def admin(authority):
    with web.Web(web.ADMIN, context=https.trusting(authority)) as client:
        yield client
        client.sign_out()


def another_connection(client):
    """The session of client over a connection of its own."""
    made = web.Web(**client.connecting)
    made.credentials = client.credentials
    made.open()
    return made


def now_shows(client, expected):
    """Waits until the next handshake shows that certificate."""
    support.wait_until(lambda: https.served(**client.connecting) == expected, "it is served")


def pass_deadline(bus, clock):
    """The time of the trial is over, which certd sees with whatever comes next."""
    clock.sleep(SHORTEST)
    bus.get(PORTS, "Https", "TrialDeadline")


def plain_is_open():
    return tls_client.is_open(web.place(plain=True)[1])


def wait_for_plain(is_open):
    what = "open" if is_open else "closed"
    support.wait_until(lambda: plain_is_open() is is_open, f"the plain port is {what}")


def test_certificate_not_confirmed(bus, clock, admin, authority):  # R38
    """Not even where it was seen to work; and a connection of the other certificate can't confirm it."""
    before = https.in_use(admin)
    https.install(admin, authority, trial=SHORTEST)
    tried = https.in_use(admin)
    now_shows(admin, tried)
    with another_connection(admin) as new:
        https.prove(bus, **admin.connecting)
        refused(do(admin, "Confirm"), 409, "Certd.NotProven")
        assert https.shown(new)["UsedByThisConnection"] and not https.shown(admin)["UsedByThisConnection"]
        clock.sleep(SHORTEST - 5)
        assert https.in_use(new) == tried
        clock.sleep(5)
        assert https.in_use(new) == https.in_use(admin) == before
        now_shows(admin, before)
        refused(do(new, "Confirm"), 409, "Certd.Cancelled")
        refused(do(admin, "Confirm", {"Tested": True}), 409, "Certd.Cancelled")
    assert https.print_of(admin.sock) == before
    assert https.in_use(admin) == before


def test_certificate_nobody_takes(bus, clock, admin, authority, tmp_path):  # R38
    """One with a key that a client does not know ends at its deadline, and it gets in again."""
    settings = tmp_path / "usual.cnf"
    settings.write_text(USUAL_CLIENT, encoding="ascii")
    assert curl(web.ROOT, settings=settings)[:2] == (0, 200)
    before = https.in_use(admin)
    https.install(admin, authority, trial=SHORTEST, KeyPairAlgorithm="TPM_ALG_EDDSA")
    now_shows(admin, https.in_use(admin))
    assert curl(web.ROOT, settings=settings, trust=authority.root).end == NO_HANDSHAKE
    pass_deadline(bus, clock)
    now_shows(admin, before)
    assert curl(web.ROOT, settings=settings)[:2] == (0, 200)


def test_certificate_not_served(bus, clock, admin, authority):  # R38
    """HTTPS is away all the time of the trial: what it was served with before is there with it again."""
    before = https.in_use(admin)
    https.install(admin, authority, trial=SHORTEST)
    bus.run("web-stop", "tls", check=True)
    admin.close()
    pass_deadline(bus, clock)
    bus.run("web-start", "tls", check=True)
    support.wait_until(lambda: tls_client.is_open(web.place()[1]), "HTTPS is served")
    assert https.served(**admin.connecting) == before


def test_force_by_curl(bus, admin):  # R62 R63
    """As the manual shows it: refused with the standard's error until a client was there, then tried and
    confirmed."""
    token = dict(admin.credentials)
    body = ["--request", "PATCH", "--json", '{"HTTP": {"ProtocolEnabled": false}}']
    assert do(admin, "Reset").status == 200
    admin.close()
    https.wait_for_served(bus)
    got = curl(NETWORK, *body, headers=token)
    assert got.status == 409 and got.json["error"]["code"].endswith(".NotProven"), got.body
    assert redfish_schemas.error_errors(got.json) == []
    assert curl("/ca.crt", plain=True).status == 200
    got = curl(NETWORK, *body, headers=token)
    assert got.status == 200 and got.json["HTTP"]["ProtocolEnabled"] is False, got.body
    wait_for_plain(False)
    assert curl("/ca.crt", plain=True).end == https.REFUSED
    got = curl(CONFIRM, "--json", "{}", headers=token)
    assert got.status in (204, 409)
    # That request was a client's, too: with one more it is proven.
    got = curl(CONFIRM, "--json", "{}", headers=token) if got.status == 409 else got
    assert got.status == 204, got.body
    assert curl(ROLLBACK, "--json", "{}", headers=token).json["error"]["code"].endswith(".Cancelled")
    assert not plain_is_open()
    admin.done("PATCH", NETWORK, {"HTTP": {"ProtocolEnabled": True}})
    wait_for_plain(True)


def test_force_confirmed_over_one_connection(bus, admin):  # R63
    """A client that goes on over its connection, once what it has asked for is in force, is the proof of it."""
    https.prove(bus, **admin.connecting)
    for _ in range(support.repeats(10, 100, 3)):
        assert admin.done("PATCH", NETWORK, on_trial(FORCE)).body["HTTP"]["ProtocolEnabled"] is False
        wait_for_plain(False)
        assert admin.value(NETWORK)["Oem"]["Certd"]["TrialDeadline"]
        admin.done("POST", CONFIRM, {})
        assert "TrialDeadline" not in admin.value(NETWORK)["Oem"]["Certd"]
        admin.done("PATCH", NETWORK, {"HTTP": {"ProtocolEnabled": True}})


def test_force_not_confirmed(bus, clock, admin):  # R63
    https.prove(bus, **admin.connecting)
    admin.done("PATCH", NETWORK, on_trial(FORCE))
    wait_for_plain(False)
    clock.sleep(SHORTEST - 5)
    assert admin.value(NETWORK)["HTTP"]["ProtocolEnabled"] is False
    clock.sleep(5)
    assert admin.value(NETWORK)["HTTP"]["ProtocolEnabled"] is True
    wait_for_plain(True)
    refused(admin.post(CONFIRM, {"Tested": True}), 409, "Certd.Cancelled")


def try_both(bus, admin, authority):
    """A certificate and HTTPS alone, both on trial; the certificate that was in use before."""
    https.prove(bus, **admin.connecting)
    before = https.in_use(admin)
    admin.done("PATCH", NETWORK, on_trial(FORCE))
    https.install(admin, authority, trial=SHORTEST)
    wait_for_plain(False)
    now_shows(admin, https.in_use(admin))
    return before


def test_killed(bus, certd, clock, admin, authority):  # R38 R63
    """A kill of certd ends no trial, and what was proven before it does not count: the deadline does."""
    before = try_both(bus, admin, authority)
    tried = https.in_use(admin)
    certd.restart()
    bus.close()
    assert https.in_use(admin) == tried
    assert admin.value(NETWORK)["HTTP"]["ProtocolEnabled"] is False and not plain_is_open()
    pass_deadline(bus, clock)
    wait_for_plain(True)
    now_shows(admin, before)
    assert admin.value(NETWORK)["HTTP"]["ProtocolEnabled"] is True


def test_killed_and_confirmed(bus, certd, admin, authority):  # R38 R63
    try_both(bus, admin, authority)
    tried = https.in_use(admin)
    certd.restart()
    bus.close()
    admin.close()
    now_shows(admin, tried)
    https.prove(bus, **admin.connecting)
    assert do(admin, "Confirm").status == 200
    assert admin.post(CONFIRM).status == 204
    assert https.in_use(admin) == tried and not plain_is_open()


def test_another_boot(bus, certd, admin, authority, tmp_path_factory):  # R38 R63
    """Both are undone before the first handshake."""
    before = try_both(bus, admin, authority)
    with trial.boots(tmp_path_factory.mktemp("boot")) as boots:
        bus.run("web-stop", check=True)
        certd.stop()
        boots.another()
        bus.close()
        certd.start()
        bus.run("web-start", check=True)
        support.wait_until(lambda: tls_client.is_open(web.place()[1]), "HTTPS is served")
        assert https.served(**admin.connecting) == before
        wait_for_plain(True)
        admin.close()
        admin.sign_in(*web.account(web.ADMIN))
        assert admin.value(NETWORK)["HTTP"]["ProtocolEnabled"] is True
        bus.run("web-stop", check=True)
        certd.stop()
    bus.close()
    certd.start()
    bus.run("web-start", check=True)
    support.wait_until(lambda: tls_client.is_open(web.place()[1]), "HTTPS is served")
    admin.close()
    admin.sign_in(*web.account(web.ADMIN))


@pytest.fixture(scope="module")
def strangers(clock, authority, tmp_path_factory):
    """Clients' certificates that do not count: of nobody who is trusted, over, and of a server."""
    other = support.Authority(tmp_path_factory.mktemp("other"))
    with clock.programs(int(time.time()) - 500 * clocks.DAY):
        over = tls_client.client_chain(authority, "Over")
    return {"of nobody who is trusted": tls_client.client_chain(other, "Eve"), "over": over,
            "of a server": tls_client.client_chain(authority, "Server", "serverAuth")}


def gets_in(*words):
    return curl("/redfish", *words)[:2] == (0, 200)


def test_level_high_by_curl(bus, authority, ada, strangers, vouched):  # R61 R63
    """Whoever has no certificate that counts is let in at level standard, proves nothing for level high,
    and is not let in there; who has one still needs a password."""
    context = https.trusting(authority, ada)
    with web.Web(web.ADMIN, context=context) as admin:
        assert do(admin, "Reset").status == 200
        admin.close()
        https.wait_for_served(bus)
        for chain in strangers.values():
            assert gets_in("--cert", chain)
        with web.Web(context=https.trusting(authority)) as client:
            client.credentials = admin.credentials
            refused(client.patch(POLICY, HIGH), 409, "Certd.NotProven")
        https.prove(bus, client_certificate=True, context=context)
        assert admin.done("PATCH", POLICY, on_trial(HIGH)).body["TLS"]["Server"]["VerifyCertificate"] is True
        support.wait_until(lambda: not gets_in(), "the level high is served")
        admin.close()
        for chain in strangers.values():
            assert not gets_in("--cert", chain), chain
        assert gets_in("--cert", ada)
        assert not gets_in("--cert", ada, "--tls-max", "1.2")
        assert curl(POLICY, "--cert", ada).status == 401
        https.prove(bus, client_certificate=True, context=context)
        assert admin.post(CONFIRM).status == 204
        admin.done("PATCH", POLICY, on_trial(STANDARD))
        support.wait_until(gets_in, "the level standard is served")
        https.prove(bus, context=https.trusting(authority))
        assert admin.post(CONFIRM).status == 204
        admin.sign_out()


def test_level_high_not_confirmed(bus, clock, authority, ada, vouched):  # R61 R63
    """The client's certificate is lost: who has none gets in again after the deadline."""
    context = https.trusting(authority, ada)
    https.prove(bus, client_certificate=True, context=context)
    with web.Web(web.ADMIN, context=context) as admin:
        admin.done("PATCH", POLICY, on_trial(HIGH))
    support.wait_until(lambda: not gets_in(), "the level high is served")
    pass_deadline(bus, clock)
    support.wait_until(gets_in, "the level standard is served")
    assert bus.get(PORTS, "Https", "Level") == "standard"


def test_openssl(bus, authority, ada, vouched):  # R61
    """What another client is told of the certificates that it may show, and that its own counts."""
    host, port = web.place()
    names = ["-connect", f"{host}:{port}", "-servername", web.device_name(), "-CAfile", web.AUTHORITY]
    support.wait_until(lambda: "Example Root" in bus.run("openssl", "s_client", *names, data="").stdout,
                       "the authority for clients is named")
    done = bus.run("openssl", "s_client", *names, "-cert", ada, "-cert_chain", ada, "-key", ada, "-quiet",
                   "-verify_return_error",
                   data="GET /redfish HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
    assert "HTTP/1.1 200" in done.stdout, done.stderr
    support.wait_until(lambda: bus.get(PORTS, "Https", "ProvenClientCertificate"), "it counts")


def test_ports(bus, admin):  # R62
    """Changed over the connection that goes on; the plain port leads to the new one."""
    usual, plain = web.place()[1], web.place(plain=True)[1]
    with socket.create_server(("::", 0), family=socket.AF_INET6, dualstack_ipv6=True) as taken:
        port = taken.getsockname()[1]
    body = admin.done("PATCH", NETWORK, {"HTTPS": {"Port": port}}).body
    assert body["HTTPS"]["Port"] == port
    support.wait_until(lambda: tls_client.is_open(port) and not tls_client.is_open(usual), "it is changed")
    got = curl("/redfish", "--include", plain=True)
    assert got.status in (301, 302, 307, 308) and f":{port}/redfish" in got.body, got.body
    assert admin.value(NETWORK)["HTTPS"]["Port"] == port
    with web.Web(context=admin.connecting["context"], port=port) as client:
        assert client.get(web.ROOT).status == 200
    admin.done("PATCH", NETWORK, {"HTTPS": {"Port": plain}, "HTTP": {"Port": usual}})
    support.wait_until(lambda: tls_client.is_open(usual) and not tls_client.is_open(port), "it is back")
    admin.done("PATCH", NETWORK, {"HTTPS": {"Port": usual}, "HTTP": {"Port": plain}})
    support.wait_until(lambda: curl("/redfish")[:2] == (0, 200), "they are as they were")
