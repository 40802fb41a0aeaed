# SPDX-License-Identifier: LGPL-2.1-or-later
"""A machine that serves HTTPS, the users that sign in there, and what the tests ask it as an HTTP client."""

import json

PASSWORD = "correct horse battery staple 7"
ADMIN, READER, EXPIRED, STALE = "web-admin", "web-reader", "web-expired", "web-stale"
USERS = {ADMIN: "--groups certd-admin", READER: "", EXPIRED: "--expiredate 2020-01-01", STALE: ""}
ROOT = "/redfish/v1"
SESSIONS = f"{ROOT}/SessionService/Sessions"
AUTHORITY = "/root/ca.crt"
UNITS = ("certd-tls.service", "certd-web.service")
PORTS = {"https": 443, "http": 80}


def serve(machine):
    """Has it serve, and makes the users: one may do all, one may read, two are expired."""
    for user, more in USERS.items():
        machine.shell(f"useradd --shell /bin/bash {more} {user}")
    machine.run("chpasswd", data="".join(f"{user}:{PASSWORD}\n" for user in USERS))
    machine.run("chage", "--lastday", "2020-01-01", "--maxdays", "30", STALE)
    machine.run("systemctl", "enable", "--quiet", "--now", UNITS[0])
    machine.write(AUTHORITY, machine.output("certctl", "ca", "export"))


def curl(machine, path, *more, data=None, check=True, scheme="https", address="127.0.0.1", through=()):
    """Asks over HTTPS, whose certificate is verified: status, headers and body. data: JSON; through: what
    curl runs in."""
    name = machine.output("cat", "/proc/sys/kernel/hostname")
    port = PORTS[scheme]
    sent = [] if data is None else ["--json", "@-"]
    done = machine.run(*through, "curl", "--silent", "--show-error", "--include", "--cacert", AUTHORITY,
                       "--connect-to", f"{name}:{port}:{address}:{port}", *sent, *more,
                       f"{scheme}://{name}{path}", check=check,
                       data=None if data is None else json.dumps(data))
    head, _, body = done.stdout.partition("\n\n")
    lines = head.splitlines()
    headers = {name.lower(): value for name, value in (line.split(": ", 1) for line in lines[1:])}
    return int(lines[0].split()[1]), headers, body


def sign_in(machine, user, **how):
    """The header of a session's token."""
    status, headers, body = curl(machine, SESSIONS, data={"UserName": user, "Password": PASSWORD}, **how)
    assert status == 201, body
    return f"X-Auth-Token: {headers['x-auth-token']}"


def pid(machine, unit):
    return int(machine.unit(unit, "MainPID"))


def session_units(machine):
    return [line.split()[0] for line in machine.output(
        "systemctl", "list-units", "--no-legend", "--plain", "certd-session@*").splitlines()]


def ports(machine):
    """Which of PORTS are open, on any address."""
    said = machine.output("ss", "--listening", "--tcp", "--numeric", "--no-header")
    listening = {line.split()[3].rpartition(":")[2] for line in said.splitlines()}
    return {scheme for scheme, port in PORTS.items() if str(port) in listening}
