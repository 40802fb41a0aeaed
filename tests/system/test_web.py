# SPDX-License-Identifier: LGPL-2.1-or-later
"""HTTPS in a booted system, as the packages set it up: who serves, who may sign in by the system's own PAM,
and as whom it runs. What the sandboxes keep from whom is in test_web_evil.py."""

import json

import asked
import booted
import https
import image
import pytest
from https import ADMIN, EXPIRED, PASSWORD, READER, ROOT, SESSIONS, STALE, pid, session_units

EXPOSURE = {"certd-tls.service": 13, "certd-web.service": 13}
SESSION_EXPOSURE = 22
# A client with a network of its own: a cable to the machine, and an address at each end.
CLIENT, ADDRESS, CLIENT_ADDRESS = "client", "192.168.77.1", "192.168.77.2"
GUESSER_ADDRESS = "192.168.77.3"  # also the client's: who guesses is made to wait
CABLE = f"""
ip netns add {CLIENT}
ip link add cable type veth peer name cable netns {CLIENT}
ip address add {ADDRESS}/24 dev cable
ip link set cable up
ip -n {CLIENT} address add {CLIENT_ADDRESS}/24 dev cable
ip -n {CLIENT} address add {GUESSER_ADDRESS}/24 dev cable
ip -n {CLIENT} link set cable up
"""


@pytest.fixture(scope="module")
def web(possible):
    """A machine that serves HTTPS, with users of its own."""
    with booted.machine(image.layers()) as one:
        one.shell(CABLE)
        https.serve(one)
        yield one


def curl(machine, path, *more, **how):
    """As a client on the network asks."""
    return https.curl(machine, path, *more, address=ADDRESS, through=("ip", "netns", "exec", CLIENT), **how)


@pytest.fixture
def token(web):
    """Of an administrator's session."""
    return https.sign_in(web, ADMIN, address=ADDRESS, through=("ip", "netns", "exec", CLIENT))


def status_of(machine, number):
    text = machine.output("cat", f"/proc/{number}/status")
    return dict(line.split(":\t", 1) for line in text.splitlines() if ":\t" in line)


def test_serves(web):  # R61 R62
    """HTTPS with the certificate https, verified; HTTP with a redirect, and never with a page."""
    status, headers, body = curl(web, ROOT)
    assert (status, json.loads(body)["Product"]) == (200, "certd")
    assert headers["cache-control"] == "no-store"
    status, headers, _ = curl(web, ROOT, scheme="http")
    assert status in (301, 308) and headers["location"].startswith("https://")
    assert web.output("systemctl", "--failed", "--no-legend") == ""


def test_sign_in(web, token):  # R60
    """By the system's PAM; the session is the user's, has no capability, and a unit of its own."""
    entries = f"{ROOT}/Managers/device/LogServices/Audit/Oem/Certd/Entries"
    status, _, body = curl(web, entries, "--header", token)
    assert status == 200, body
    units = session_units(web)
    assert units
    uid = web.output("id", "--user", ADMIN)
    for unit in units:
        status = status_of(web, pid(web, unit))
        assert status["Uid"].split() == [uid] * 4
        assert {int(status[name], 16) for name in ("CapPrm", "CapEff", "CapInh", "CapAmb")} == {0}
        assert status["NoNewPrivs"] == "1"


@pytest.mark.parametrize("user, password", (
    (ADMIN, "wrong"), ("nobody-there", PASSWORD), ("root", PASSWORD), (EXPIRED, "wrong")))
def test_refused(web, user, password):
    """With one and the same answer."""
    status, headers, body = curl(web, SESSIONS, "--interface", GUESSER_ADDRESS,
                                 data={"UserName": user, "Password": password})
    assert (status, "x-auth-token" in headers) == (401, False)
    assert json.loads(body)["error"]["@Message.ExtendedInfo"][0]["MessageId"].endswith(".SignInRefused")


@pytest.mark.parametrize("user, what", ((EXPIRED, "account has expired"), (STALE, "password has expired")))
def test_expired(web, user, what):  # R60
    """Is told who has the password; nobody is signed in with it."""
    status, headers, body = curl(web, SESSIONS, data={"UserName": user, "Password": PASSWORD})
    assert (status, "x-auth-token" in headers) == (403, False) and what in body, body


def test_reader_may_not_change(web):  # R60
    """polkit decides by the user who signed in; the client's address is in the session."""
    reader = https.sign_in(web, READER, address=ADDRESS, through=("ip", "netns", "exec", CLIENT))
    places = f"{ROOT}/CertificateService/Oem/Certd/Certificates"
    assert curl(web, f"{places}/https", "--header", reader)[0] == 200
    status, _, body = curl(web, f"{ROOT}/Managers/device/NetworkProtocol", "--header", reader,
                           "--request", "PATCH", data={"HTTPS": {"Port": 444}})
    assert status == 403, body
    assert asked.get(web, "/org/certd1/https", "Https", "Port") == 443
    assert f"from {CLIENT_ADDRESS}" in web.output("journalctl", "--boot", "SYSLOG_IDENTIFIER=certd-session")


def test_sign_out_ends_the_unit(web):  # R60
    before = set(session_units(web))
    _, headers, _ = curl(web, SESSIONS, data={"UserName": READER, "Password": PASSWORD})
    token = f"X-Auth-Token: {headers['x-auth-token']}"
    new = set(session_units(web)) - before
    assert len(new) == 1
    path = headers["location"].partition("/redfish")[2]
    assert curl(web, f"/redfish{path}", "--header", token, "--request", "DELETE")[0] == 204
    booted.wait_until(lambda: not new & set(session_units(web)), "the session's unit is gone")


def test_swap_under_its_unit(web):  # R37
    """Another certificate is served without a restart."""
    process = pid(web, "certd-tls.service")
    before = served(web)
    web.run("certctl", "issue", "https")
    booted.wait_until(lambda: served(web) != before, "the next certificate is served")
    assert served(web) == asked.fingerprint(web, "https")
    assert pid(web, "certd-tls.service") == process


def served(machine):
    """SHA-256 of the certificate that a client sees."""
    said = machine.shell("openssl s_client -connect 127.0.0.1:443 </dev/null 2>/dev/null"
                         " | openssl x509 -noout -fingerprint -sha256").stdout
    return said.strip().partition("=")[2]


@pytest.mark.parametrize("unit", EXPOSURE)
def test_little_is_exposed(web, unit):
    web.run("systemd-analyze", "security", f"--threshold={EXPOSURE[unit]}", unit)


def test_little_of_a_session_is_exposed(web, token):
    web.run("systemd-analyze", "security", f"--threshold={SESSION_EXPOSURE}", session_units(web)[0])


def test_runs_as(web):
    """Each as a user of its own; certd-tls has one capability, certd-web none."""
    curl(web, ROOT)
    for unit, capabilities in (("certd-tls.service", 1 << 10), ("certd-web.service", 0)):
        status = status_of(web, pid(web, unit))
        assert set(status["Uid"].split()) == {web.output("id", "--user", unit.removesuffix(".service"))}
        assert {int(status[name], 16) for name in ("CapPrm", "CapEff", "CapBnd")} == {capabilities}
        assert (status["NoNewPrivs"], status["Seccomp"]) == ("1", "2")


def test_user_of_the_web_can_not_reach_the_bus(web):
    """Not even without its sandbox; certd-tls can, and there speaks with certd alone."""
    call = ("busctl", "call", "org.certd1", "/org/certd1", "org.freedesktop.DBus.Peer", "Ping")
    assert web.run(*call, user="certd-web", check=False).returncode != 0
    assert web.run(*call, user="certd-tls", check=False).returncode == 0
    other = ("busctl", "call", "org.freedesktop.systemd1", "/org/freedesktop/systemd1",
             "org.freedesktop.DBus.Peer", "Ping")
    assert web.run(*other, user="certd-tls", check=False).returncode != 0
    assert web.run(*other, user=image.USER, check=False).returncode == 0


def test_sockets_are_for_their_users(web):
    """Nobody but certd-tls reaches certd-web, and nobody but certd-web the sign-in."""
    script = "import socket, sys; socket.socket(socket.AF_UNIX, int(sys.argv[1])).connect(sys.argv[2])"
    for path, kind, allowed in (("/run/certd-web/http.sock", 1, "certd-tls"),
                                ("/run/certd-session/session.sock", 5, "certd-web")):
        for user in ("certd-tls", "certd-web", "certd", ADMIN):
            done = web.run("python3", "-c", script, kind, path, user=user, check=False)
            assert (done.returncode == 0) is (user == allowed), (path, user, done.stderr)


def test_restart_ends_the_sessions(web, token):
    """A session is of one certd-web; its socket stays meanwhile."""
    web.run("systemctl", "restart", "certd-web.service")
    status, _, _ = curl(web, SESSIONS, "--header", token)
    assert status == 401
    booted.wait_until(lambda: session_units(web) == [], "the sessions' units are gone")


def test_nothing_secret_is_logged(web):
    """Neither the password nor a token stands in the journal."""
    web.run("journalctl", "--sync")
    assert PASSWORD not in web.output("journalctl", "--boot", "--all", "--output=export")
