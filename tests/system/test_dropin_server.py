# SPDX-License-Identifier: LGPL-2.1-or-later
"""Real servers that take their keys as credentials of systemd, and are restarted for the next certificate:
with the drop-in that certctl systemd-dropin prints, as it is, and nothing else of certd's."""

import itertools
import typing

import asked
import booted
import image
import pytest

AUTHORITY = "/run/certd/authority/ca.crt"
HOST = "device"


class Server(typing.NamedTuple):
    """One server; its configuration names its files where systemd has them."""

    name: str  # of the certificate
    unit: str
    port: int
    file: str  # of the configuration, and its text
    text: str
    override: str = ""  # what the unit needs beside the drop-in


SERVERS = (
    # It opens its files after it has become another user: so systemd starts it as that user.
    Server("mqtt", "mosquitto.service", 8883, "/etc/mosquitto/conf.d/tls.conf",
           "listener 8883\nallow_anonymous true\n"
           "certfile /run/credentials/mosquitto.service/mqtt.fullchain\n"
           "keyfile /run/credentials/mosquitto.service/mqtt.key\n",
           "[Service]\nUser=mosquitto\nRuntimeDirectory=mosquitto\nLogsDirectory=mosquitto\nExecStartPre=\n"),
    # It reads them as root, and gives that up by itself.
    Server("web", "nginx.service", 443, "/etc/nginx/conf.d/tls.conf",
           "server {\n    listen 443 ssl;\n"
           "    ssl_certificate /run/credentials/nginx.service/web.fullchain;\n"
           "    ssl_certificate_key /run/credentials/nginx.service/web.key;\n}\n"),
)

each_server = pytest.mark.parametrize("server", SERVERS, ids=[server.name for server in SERVERS])


@pytest.fixture(scope="module", name="machine")
def served_machine(possible):
    with booted.machine(image.server_layers()) as machine:
        yield machine


def commands(dropin):
    """What the drop-in says to run as root, in its comments."""
    lines = dropin[dropin.index("Run these as root:"):].splitlines()[2:]
    found = [line.removeprefix("#     ") for line in itertools.takewhile(lambda line: line != "#", lines)]
    assert [line.split()[0] for line in found] == ["certctl", "mkdir", "certctl", "systemctl", "systemctl"]
    return found


def served(machine, server):
    """SHA-256 of the certificate that it serves, once openssl accepts it."""
    said = machine.run("openssl", "s_client", "-connect", f"127.0.0.1:{server.port}", "-verify_return_error",
                       "-verify_hostname", HOST, "-CAfile", AUTHORITY, data="", check=False)
    if said.returncode != 0:
        return None
    assert "Verify return code: 0 (ok)" in said.stdout
    shown = asked.openssl("x509", "-noout", "-fingerprint", "-sha256", data=said.stdout)
    return shown.strip().partition("=")[2]


@each_server
def test_served_and_renewed(machine, server):  # R29
    """Started with the certificate that is in use, restarted with the next one, each accepted by openssl."""
    machine.run("certctl", "create", server.name, "--issuer", "internal")
    machine.run("certctl", "issue", server.name)
    machine.write(server.file, server.text)
    if server.override:
        machine.write(f"/etc/systemd/system/{server.unit}.d/user.conf", server.override)
    dropin = machine.output("certctl", "systemd-dropin", server.name, server.unit)
    for part in ("key", "fullchain"):
        path = f"/run/credentials/{server.unit}/{server.name}.{part}"
        assert path in dropin and path in server.text
    machine.shell("\n".join(commands(dropin)))
    first = asked.fingerprint(machine, server.name)
    booted.wait_until(lambda: served(machine, server) == first, f"{server.unit} serves its certificate")
    process = machine.unit(server.unit, "MainPID")
    machine.run("certctl", "issue", server.name)
    second = asked.fingerprint(machine, server.name)
    assert second != first
    booted.wait_until(lambda: served(machine, server) == second, f"{server.unit} serves the next one")
    assert machine.unit(server.unit, "MainPID") != process
    assert not [problem for problem in asked.get(machine, asked.MANAGER, "Manager", "Problems")
                if "consumer-failed" in problem]
