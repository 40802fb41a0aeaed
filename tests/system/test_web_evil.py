# SPDX-License-Identifier: LGPL-2.1-or-later
"""Another program in the place of certd-web, as that user and in the sandbox of its unit, gets nowhere (R60
to R64): what it tries fails, and the same without the sandbox succeeds, or a row would prove nothing. What it
does with certd-session has its control in the same session."""

import json
import pathlib
import socket
import subprocess

import asked
import booted
import https
import image
import pytest
from https import ADMIN, PASSWORD, READER

EVIL = f"{booted.SOURCE_INSIDE}/tests/system/evil.py"
# The unit as it is shipped, but for what it runs.
INSTEAD = f"""[Service]
Type=exec
ExecStart=
ExecStart=/usr/bin/python3 -B {EVIL}
WatchdogSec=0
Restart=no
"""
INSIDE, AS_ROOT, AS_WEB = "/run/certd-web/http.sock", "/run/outside-root.sock", "/var/tmp/outside-web.sock"
# CERTD_FRESH_SECONDS, CERTD_LIMIT_WEB_SESSION_SECONDS, and MaxConnections= of certd-session.socket.
FRESH_SECONDS, SESSION_SECONDS, CONNECTIONS = 300, 8 * 3600, 96
CLOCK, SLEPT = "/usr/local/lib/fake-clock.so", "/usr/local/lib/slept"
CLONE_NEWNS, CLONE_NEWUSER, CLONE_NEWNET = 0x00020000, 0x10000000, 0x40000000
SET_USER_ID = "/usr/local/bin/set-user-id"
# What is tried: with what, and who can without the sandbox.
ROWS = {
    "bus": ("calls_certd", (), AS_ROOT),
    "bus-socket": ("connects", ("/run/dbus/system_bus_socket", "SOCK_STREAM"), AS_WEB),
    "service-manager": ("connects", ("/run/systemd/private", "SOCK_STREAM"), AS_ROOT),
    "journal-socket": ("connects", ("/run/systemd/journal/stdout", "SOCK_STREAM"), AS_WEB),
    "credential-socket": ("connects", ("/run/certd/credential.sock", "SOCK_STREAM"), AS_WEB),
    "socket-of-certd-tls": ("connects", (INSIDE, "SOCK_STREAM"), AS_ROOT),
    "socket-without-path": ("connects_by_name", (AS_ROOT,), AS_WEB),
    "keystore": ("reads", ("/var/lib/certd/keystore.db",), AS_ROOT),
    "state": ("reads", ("/var/lib/certd",), AS_ROOT),
    "settings": ("reads", ("/etc/certd/certd.conf",), AS_WEB),
    # user:certd-web is a consumer.
    "exported-key": ("reads", ("/run/certd/export/mqtt/tls.key",), AS_WEB),
    "exports": ("reads", ("/run/certd/export",), AS_WEB),
    "passwords": ("reads", ("/etc/shadow",), AS_ROOT),
    "home": ("reads", (f"/home/{ADMIN}",), AS_WEB),
    "home-of-root": ("reads", ("/root",), AS_ROOT),
    "others-tmp": ("reads", ("/tmp/others",), AS_WEB),
    "first-process": ("reads", ("/proc/1/status",), AS_WEB),
    "kernel-settings": ("reads", ("/proc/sys/kernel/hostname",), AS_WEB),
    "network": ("reaches", ("127.0.0.1", 443), AS_WEB),
    "ipv4": ("opens", ("AF_INET", "SOCK_STREAM"), AS_WEB),
    "ipv6": ("opens", ("AF_INET6", "SOCK_STREAM"), AS_WEB),
    "datagrams": ("opens", ("AF_INET", "SOCK_DGRAM"), AS_WEB),
    "netlink": ("opens", ("AF_NETLINK", "SOCK_RAW"), AS_WEB),
    "packets": ("opens", ("AF_PACKET", "SOCK_RAW"), AS_ROOT),
    "write-etc": ("writes", ("/etc",), AS_ROOT),
    "write-usr": ("writes", ("/usr",), AS_ROOT),
    "write-state": ("writes", ("/var/lib/certd",), AS_ROOT),
    "write-run": ("writes", ("/run",), AS_ROOT),
    "write-authority": ("writes", ("/run/certd/authority",), AS_ROOT),
    "write-challenges": ("writes", ("/run/certd-acme",), AS_ROOT),
    "write-socket": ("writes", ("/run/certd-session",), AS_ROOT),
    "write-everybodys": ("writes", ("/dev/shm",), AS_WEB),
    "set-user-id": ("runs_as_root", (SET_USER_ID,), AS_WEB),
    "become-root": ("becomes", (0,), AS_ROOT),
    "mount": ("mounts", (), AS_ROOT),
    "user-namespace": ("unshares", (CLONE_NEWUSER,), AS_ROOT),
    "mount-namespace": ("unshares", (CLONE_NEWNS,), AS_ROOT),
    "network-namespace": ("unshares", (CLONE_NEWNET,), AS_ROOT),
    "module": ("loads_module", (), AS_ROOT),
}
# What it can, for certd-web has to: or the program would be at fault for what fails.
ALLOWED = {
    "sign-in": ("connects", ("/run/certd-session/session.sock", "SOCK_SEQPACKET")),
    "authority": ("reads", ("/run/certd/authority/ca.crt",)),
    "challenges": ("reads", ("/run/certd-acme/challenge",)),
    "watchdog": ("connects", ("/run/systemd/notify", "SOCK_DGRAM")),
    "own-tmp": ("writes", ("/tmp",)),
    "own-descriptors": ("reads", ("/proc/self/fd",)),
}
# All that is left of /run.
RUN = ["certd", "certd-acme", "certd-session", "systemd"]
PROCESSES = ("certd", "certd-tls", "session", "first")
LOOKS_INTO = ("traces", "reads_memory", "opens_memory", "takes_descriptor", "lists_descriptors", "signals")


class Refused(Exception):
    """What was tried failed, and how."""


def tries(machine, where, name, *arguments):
    """What evil.py, where it listens, has from an attempt."""
    with socket.socket(socket.AF_UNIX) as one:
        one.settimeout(booted.COMMAND_SECONDS)
        one.connect(str(machine.path(where)))
        one.sendall((json.dumps({"name": name, "arguments": arguments}) + "\n").encode())
        answer = json.loads(one.makefile(encoding="utf-8").readline())
    if not answer["could"]:
        raise Refused(answer["said"])
    return answer["said"]


def fails(machine, *attempt):
    with pytest.raises(Refused) as refused:
        tries(machine, INSIDE, *attempt)
    return str(refused.value)


def carries(machine, number, path, interface, member, arguments="()", destination="org.certd1"):
    return tries(machine, INSIDE, "carries", number, destination, path, interface, member, arguments)


def error(machine, *call, **how):
    """The name of the error that a call over a session fails with."""
    with pytest.raises(Refused) as refused:
        carries(machine, *call, **how)
    return str(refused.value)


def slept(machine, seconds):
    machine.write(SLEPT, f"{seconds}\n")


def prepare(machine, folder):
    """Files that are tried, a certificate that certd-web is a consumer of, and a clock that the tests set."""
    machine.shell(f"""
cp /usr/bin/id {SET_USER_ID}
chmod 4755 {SET_USER_ID}
echo secret >/tmp/others
echo challenge >/run/certd-acme/challenge
install -d -m 0755 /home/{ADMIN} /mnt
echo secret >/home/{ADMIN}/secret
echo '[certd]' >/etc/certd/certd.conf
useradd --non-unique --uid 0 --shell /bin/bash web-toor
printf '%s\\n' 'root:{PASSWORD}' 'web-toor:{PASSWORD}' | chpasswd
certctl create mqtt --issuer internal
certctl create spare --issuer internal
""")
    asked.consume(machine, "mqtt", ("user", "certd-web", "none"), ("user", ADMIN, "none"))
    source = pathlib.Path(image.SOURCE) / "tests" / "harness" / "fake-clock.c"
    library = folder / "fake-clock.so"
    subprocess.run(["cc", "-shared", "-fPIC", "-o", library, source], check=True)
    machine.write(CLOCK, library.read_bytes(), 0o755)
    slept(machine, 0)
    machine.add_unit("certd-session@.service.d/clock.conf",
                     f"[Service]\nEnvironment=LD_PRELOAD={CLOCK} CERTD_TEST_SLEPT={SLEPT}\n")


def start_outside(machine, path, *more):
    machine.run("systemd-run", "--quiet", "--service-type=exec", *more, "/usr/bin/python3", "-B", EVIL, path)
    booted.wait_until(lambda: machine.exists(path), f"{path} is there")


@pytest.fixture(scope="module")
def evil(possible, tmp_path_factory):
    """A machine whose certd-web has been taken over, with two users who had signed in before."""
    with booted.machine(image.layers()) as one:
        https.serve(one)
        prepare(one, tmp_path_factory.mktemp("evil"))
        one.tokens = [https.sign_in(one, user) for user in (ADMIN, READER)]
        one.before = https.session_units(one)
        one.add_unit("certd-web.service.d/instead.conf", INSTEAD)
        one.run("systemctl", "restart", "certd-web.service")
        start_outside(one, AS_ROOT)
        start_outside(one, AS_WEB, "--uid=certd-web", "--gid=certd-web")
        yield one


@pytest.fixture(scope="module")
def session(evil):
    """An administrator's, as certd-web would have it."""
    return tries(evil, INSIDE, "signs_in", ADMIN, PASSWORD)


@pytest.fixture(scope="module")
def pids(evil):
    """Of processes that it has no business with; the session is another user's, and was begun by root."""
    before = set(https.session_units(evil))
    tries(evil, AS_ROOT, "signs_in", READER, PASSWORD)
    (unit,) = set(https.session_units(evil)) - before
    return {"certd": asked.pid(evil), "certd-tls": https.pid(evil, "certd-tls.service"),
            "session": https.pid(evil, unit), "first": 1}


def test_old_sessions_are_over(evil):  # R60
    """Those that certd-web had ended with it, and their tokens are nothing to anybody."""
    assert len(evil.before) == 2
    booted.wait_until(lambda: not set(evil.before) & set(https.session_units(evil)),
                      "the sessions' units are gone")


@pytest.mark.parametrize("row", ROWS)
def test_fails(evil, row):
    name, arguments, where = ROWS[row]
    tries(evil, where, name, *arguments)
    fails(evil, name, *arguments)


@pytest.mark.parametrize("row", ALLOWED)
def test_has_what_it_needs(evil, row):
    name, arguments = ALLOWED[row]
    tries(evil, INSIDE, name, *arguments)


def test_little_is_left_of_run(evil):
    assert sorted(tries(evil, INSIDE, "listdir", "/run")) == RUN
    assert tries(evil, INSIDE, "listdir", "/run/certd") == ["authority"]
    assert sorted(tries(evil, INSIDE, "listdir", "/run/systemd")) == ["incoming", "notify"]
    fails(evil, "listdir", "/run/systemd/incoming")


def test_little_is_left_of_run_after_a_restart(evil):
    """What lies there is made anew with certd; the sandbox does not get it with that."""
    evil.run("systemctl", "restart", "certd.socket")
    booted.wait_until(lambda: evil.exists("/run/certd/export/mqtt/tls.key"), "the export is there")
    for row in ("exported-key", "credential-socket"):
        test_fails(evil, row)
    test_has_what_it_needs(evil, "authority")


@pytest.mark.parametrize("where", (INSIDE, AS_WEB, AS_ROOT))
def test_claims_a_unit(evil, where):
    """The service manager gets the key of a consumer for its unit; who claims to be it does not."""
    asked.consume(evil, "mqtt", ("user", "certd-web", "none"), ("user", ADMIN, "none"),
                  ("unit", "broker.service", "none"))
    given = evil.output("systemd-run", "--quiet", "--wait", "--pipe", "--unit=broker.service",
                        "--property=LoadCredential=mqtt.key:/run/certd/credential.sock",
                        "sh", "-c", 'cat "$CREDENTIALS_DIRECTORY/mqtt.key"')
    assert given.startswith("-----BEGIN PRIVATE KEY-----")
    with pytest.raises(Refused):
        tries(evil, where, "claims", "broker.service", "mqtt.key")


@pytest.mark.parametrize("process", PROCESSES)
@pytest.mark.parametrize("name", LOOKS_INTO)
def test_looks_into_others(evil, pids, name, process):
    """Neither programs with keys nor another user's session: no memory, no descriptor, not even a signal."""
    pid = pids[process]
    first = evil.output("head", "--lines=1", f"/proc/{pid}/maps")
    address = [int(first.partition("-")[0], 16)] if name.endswith("_memory") else []
    tries(evil, AS_ROOT, name, pid, *address)
    fails(evil, name, pid, *address)


def packet(*parts):
    return "\0".join(parts).encode().hex()


ADDRESS = "192.0.2.7"
FORGED = {
    "root": packet("root", PASSWORD, ADDRESS),
    "another-root": packet("web-toor", PASSWORD, ADDRESS),
    "number": packet("0", PASSWORD, ADDRESS),
    "wrong": packet(ADMIN, "wrong", ADDRESS),
    "no-password": packet(ADMIN, "", ADDRESS),
    "user-of-a-service": packet("certd", "", ADDRESS),
    "environment": packet(ADMIN, PASSWORD, ADDRESS, "LD_PRELOAD=/tmp/evil.so"),
    "name-with-more": packet(f"{ADMIN}\nroot", PASSWORD, ADDRESS),
    "password-with-nul": packet(ADMIN, f"{PASSWORD}\0", ADDRESS),
    "nul-at-the-end": packet(ADMIN, PASSWORD, f"{ADDRESS}\0"),
    "no-address": packet(ADMIN, PASSWORD),
    "bad-address": packet(ADMIN, PASSWORD, "$(id)"),
    "huge": packet(ADMIN, PASSWORD, 60000 * "1"),
    "arguments": packet("--help", PASSWORD, ADDRESS),
}


@pytest.mark.parametrize("row", FORGED)
def test_forged_sign_in(evil, row):  # R60
    """One packet, one answer: what comes after it is not read."""
    right = packet(ADMIN, PASSWORD, ADDRESS)
    assert tries(evil, INSIDE, "sends", right) == ["ok"]
    assert tries(evil, INSIDE, "sends", FORGED[row], right) == ["refused", ""]


MQTT, MANAGER = asked.path_of("mqtt"), asked.MANAGER
CERTIFICATE = "org.certd1.Certificate"
ACCESS_DENIED, AGAIN = "org.freedesktop.DBus.Error.AccessDenied", "org.certd1.Session.Error.SignInAgain"
# What a session never carries, though its user may do it on the bus: destination, path, interface, member,
# arguments.
NEVER = {
    "key": ("org.certd1", MQTT, CERTIFICATE, "OpenCredential", "('key',)"),
    "proof": ("org.certd1", "/org/certd1/https", "org.certd1.Https", "ReportProof", "(uint64 1, true)"),
    "exchange": ("org.certd1", "/org/certd1/https", "org.certd1.Https", "ReportExchange",
                 "(uint64 1, 'high', true)"),
    "problem": ("org.certd1", "/org/certd1/https", "org.certd1.Https", "ReportProblem", "('',)"),
    "introspection": ("org.certd1", MANAGER, "org.freedesktop.DBus.Introspectable", "Introspect", "()"),
    "service-manager": ("org.freedesktop.systemd1", "/org/freedesktop/systemd1",
                        "org.freedesktop.systemd1.Manager", "ListUnits", "()"),
    "polkit": ("org.freedesktop.PolicyKit1", "/org/freedesktop/PolicyKit1/Authority",
               "org.freedesktop.DBus.Peer", "Ping", "()"),
    "ping-another": ("org.freedesktop.systemd1", MANAGER, "org.freedesktop.DBus.Peer", "Ping", "()"),
    "bus-driver": ("org.freedesktop.DBus", "/org/freedesktop/DBus", "org.freedesktop.DBus", "ListNames",
                   "()"),
    "bus-driver-as-certd": ("org.certd1", "/org/freedesktop/DBus", "org.freedesktop.DBus", "ListNames", "()"),
}


@pytest.mark.parametrize("row", NEVER)
def test_session_carries_nothing_else(evil, session, row):  # R60
    destination, path, interface, member, arguments = NEVER[row]
    assert "https" in carries(evil, session, MANAGER, "org.certd1.Manager", "ListCertificates",
                              "(@a{sv} {}, '', uint32 0)")
    assert error(evil, session, path, interface, member, arguments, destination=destination) == ACCESS_DENIED


def test_consumer_has_the_key_on_the_bus(evil):
    """That OpenCredential fails over the session is the session's doing."""
    asked.call(evil, MQTT, "Certificate", "OpenCredential", "s", "key", user=ADMIN)


# What destroys, or gives a key away: path, interface, member, arguments.
DESTROYS = {
    "factory-reset": (MANAGER, "Manager", "FactoryReset", "(@a{sv} {},)"),
    "reset": (MQTT, "Certificate", "Reset", "(@a{sv} {},)"),
    "remove": (MQTT, "Certificate", "Remove", "(@a{sv} {},)"),
    "import-key": (MQTT, "Certificate", "Import", "(@ay [0x30], @a{sv} {})"),
    "export-key": (MQTT, "Certificate", "Export", "('p12', @a{sv} {})"),
    "add-consumer": (MQTT, "Certificate", "AddConsumer", "('user', 'certd-web', 'none')"),
    "set-consumers": (MQTT, "Certificate", "SetConsumers", "([('user', 'certd-web', 'none')],)"),
    "regenerate": ("/org/certd1/authority/internal", "Authority", "Regenerate", "(@a{sv} {},)"),
    "remove-trust": ("/org/certd1/truststore", "TrustStore", "Remove", f"('{64 * '0'}',)"),
    "force": ("/org/certd1/https", "Https", "SetForce", "(true, @a{sv} {})"),
    "level": ("/org/certd1/https", "Https", "SetLevel", "('high', @a{sv} {})"),
}


@pytest.fixture(scope="module")
def stale(evil):
    """A session whose user gave the password too long ago; until then, it destroyed."""
    slept(evil, 0)
    number = tries(evil, INSIDE, "signs_in", ADMIN, PASSWORD)
    carries(evil, number, asked.path_of("spare"), CERTIFICATE, "Remove", "(@a{sv} {},)")
    slept(evil, FRESH_SECONDS + 1)
    yield number
    slept(evil, 0)


@pytest.mark.parametrize("row", DESTROYS)
def test_destroys_nothing_without_the_password(evil, stale, row):  # R61
    path, interface, member, arguments = DESTROYS[row]
    assert error(evil, stale, path, f"org.certd1.{interface}", member, arguments) == AGAIN


def test_keeps_no_session_for_ever(evil):
    """However hard it holds on: after CERTD_LIMIT_WEB_SESSION_SECONDS nothing is carried, the unit ends."""
    before = set(https.session_units(evil))
    number = tries(evil, INSIDE, "signs_in", READER, PASSWORD)
    (unit,) = set(https.session_units(evil)) - before
    call = (number, MANAGER, "org.freedesktop.DBus.Peer", "Ping")
    carries(evil, *call)
    slept(evil, SESSION_SECONDS + 1)
    # The event loop looks at the clock before each turn.
    with pytest.raises(Refused):
        for _ in range(3):
            carries(evil, *call)
    slept(evil, 0)
    booted.wait_until(lambda: unit not in https.session_units(evil), "the session's unit is gone")


def test_signed_out_is_over(evil):
    before = set(https.session_units(evil))
    number = tries(evil, INSIDE, "signs_in", READER, PASSWORD)
    (unit,) = set(https.session_units(evil)) - before
    pid = https.pid(evil, unit)
    tries(evil, INSIDE, "signs_out", number)
    booted.wait_until(lambda: unit not in https.session_units(evil), "the session's unit is gone")
    assert not evil.exists(f"/proc/{pid}")


def test_not_more_at_a_time_than_there_may_be(evil):
    """MaxConnections= of certd-session.socket; afterwards it signs users in as before."""
    there = len(https.session_units(evil))
    assert tries(evil, INSIDE, "connects_often", CONNECTIONS + 4) == CONNECTIONS - there
    booted.wait_until(lambda: len(https.session_units(evil)) == there, "the units are gone")
    assert tries(evil, INSIDE, "sends", packet(READER, PASSWORD, ADDRESS)) == ["ok"]


def test_nothing_came_of_it(evil):
    """certd and certd-tls have gone on as they were."""
    for unit in ("certd.service", "certd-tls.service"):
        assert evil.unit(unit, "ActiveState") == "active"
    assert evil.unit("certd-tls.service", "NRestarts") == "0"
    assert asked.get(evil, "/org/certd1/https", "Https", "Level") == "standard"
    assert not asked.get(evil, "/org/certd1/https", "Https", "Proven")
    evil.run("journalctl", "--sync")
    assert PASSWORD not in evil.output("journalctl", "--boot", "--all", "--output=export")
