# SPDX-License-Identifier: LGPL-2.1-or-later
"""HTTPS in a booted system, as the packages set it up: who serves, who may sign in by the system's own PAM, as
whom it runs, and what the sandboxes of the units keep from whom."""

import json

import asked
import booted
import image
import pytest

EXPOSURE = {"certd-tls.service": 13, "certd-web.service": 13}
SESSION_EXPOSURE = 22
ADMIN, READER, LOCKED = "web-admin", "web-reader", "web-locked"
PASSWORD = "correct horse battery staple 7"
ROOT = "/redfish/v1"
SESSIONS = f"{ROOT}/SessionService/Sessions"
# The unit as it is shipped, but for what it runs: as certd-web, in certd-web's sandbox.
TRY = """
import socket, sys
tries = {"bus": "/run/dbus/system_bus_socket", "credential": "/run/certd/credential.sock"}
for name, path in tries.items():
    try:
        socket.socket(socket.AF_UNIX).connect(path)
        print(name, "yes")
    except OSError as error:
        print(name, "no")
try:
    socket.create_connection(("127.0.0.1", 443), 5)
    print("network yes")
except OSError:
    print("network no")
"""
AS_WEB = """[Service]
Type=oneshot
ExecStart=/usr/bin/python3 /usr/local/lib/try.py
StandardOutput=file:/run/tried
"""


@pytest.fixture(scope="module")
def web(possible):
    """A machine that serves HTTPS, with users of its own."""
    with booted.machine(image.layers()) as one:
        for user, more in ((ADMIN, "--groups certd-admin"), (READER, ""), (LOCKED, "--expiredate 2020-01-01")):
            one.shell(f"useradd --shell /bin/bash {more} {user}")
        one.run("chpasswd", data="".join(f"{user}:{PASSWORD}\n" for user in (ADMIN, READER, LOCKED)))
        one.run("systemctl", "enable", "--quiet", "--now", "certd-tls.service")
        one.write("/root/ca.crt", one.output("certctl", "ca", "export"))
        yield one


def curl(machine, path, *more, data=None, check=True, scheme="https"):
    """Asks over HTTPS, whose certificate is verified: status, headers and body. data: JSON."""
    name = machine.output("cat", "/proc/sys/kernel/hostname")
    port = {"https": 443, "http": 80}[scheme]
    sent = [] if data is None else ["--json", "@-"]
    done = machine.run("curl", "--silent", "--show-error", "--include", "--cacert", "/root/ca.crt", "--connect-to",
                       f"{name}:{port}:127.0.0.1:{port}", *sent, *more, f"{scheme}://{name}{path}",
                       data=None if data is None else json.dumps(data), check=check)
    head, _, body = done.stdout.partition("\n\n")
    lines = head.splitlines()
    headers = {name.lower(): value for name, value in (line.split(": ", 1) for line in lines[1:])}
    return int(lines[0].split()[1]), headers, body


@pytest.fixture
def token(web):
    """Of an administrator's session."""
    status, headers, body = curl(web, SESSIONS, data={"UserName": ADMIN, "Password": PASSWORD})
    assert status == 201, body
    return f"X-Auth-Token: {headers['x-auth-token']}"


def pid(machine, unit):
    return int(machine.unit(unit, "MainPID"))


def status_of(machine, number):
    text = machine.output("cat", f"/proc/{number}/status")
    return dict(line.split(":\t", 1) for line in text.splitlines() if ":\t" in line)


def session_units(machine):
    return [line.split()[0] for line in machine.output(
        "systemctl", "list-units", "--no-legend", "--plain", "certd-session@*").splitlines()]


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
    status, _, body = curl(web, f"{ROOT}/Managers/device/LogServices/Audit/Oem/Certd/Entries", "--header", token)
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
    (ADMIN, "wrong"), ("nobody-there", PASSWORD), ("root", PASSWORD), (LOCKED, "wrong")))
def test_refused(web, user, password):
    """With one and the same answer."""
    status, headers, body = curl(web, SESSIONS, data={"UserName": user, "Password": password})
    assert (status, "x-auth-token" in headers) == (401, False)
    assert json.loads(body)["error"]["@Message.ExtendedInfo"][0]["MessageId"].endswith(".SignInRefused")


def test_expired(web):
    """Is told who has the password."""
    status, _, body = curl(web, SESSIONS, data={"UserName": LOCKED, "Password": PASSWORD})
    assert status in (401, 403) and "expired" in body


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


def test_sandbox_of_the_web(web):
    """Another program in certd-web's place has neither the bus nor a network. It is the last, for it is the end
    of certd-web."""
    web.write("/usr/local/lib/try.py", TRY)
    for unit, expected in (("outside", "yes"), ("certd-web", "no")):
        text = AS_WEB if unit == "outside" else AS_WEB.replace("ExecStart=", "ExecStart=\nExecStart=").replace(
            "Type=oneshot", "Type=oneshot\nWatchdogSec=0\nRestart=no")
        web.add_unit("outside.service" if unit == "outside" else "certd-web.service.d/instead.conf", text)
        web.shell(f"systemctl stop certd-web.service; : >/run/tried; systemctl start {unit}.service")
        answers = web.read("/run/tried").split()
        assert dict(zip(answers[::2], answers[1::2])) == dict.fromkeys(("bus", "credential", "network"), expected)
