# SPDX-License-Identifier: LGPL-2.1-or-later
"""Units that are consumers get their keys from the service manager, however they run and whenever they
start. Who gets nothing is in test_no_consumer.py."""

import asked
import booted
import pytest

SOCKET = "/run/certd/credential.sock"
NAME = "site"
PARTS = ("key", "crt", "chain", "fullchain", "pem", "ca")
# How a service of each kind runs; what it has goes to a file, for it may belong to nobody soon.
USERS = {
    "root": "",
    "user": f"User={booted.image.USER}",
    "dynamic": "DynamicUser=yes",
    "sandboxed": "DynamicUser=yes\nProtectSystem=strict\nPrivateNetwork=yes\nPrivateUsers=yes",
}


def add(machine, unit, identities, *, service="", section="", install=""):
    """A unit that prints the user it runs as and its credentials."""
    loads = "\n".join(f"LoadCredential={identity}:{SOCKET}" for identity in identities)
    machine.add_unit(unit, f"[Unit]\nDescription=A consumer\n{section}\n[Service]\nType=oneshot\n{loads}\n"
                     f"{service}\nStandardOutput=truncate:/run/{unit}.told\n"
                     "ExecStart=/bin/sh -c 'cd \"$CREDENTIALS_DIRECTORY\" && id -u && tail -v -n +1 *'\n"
                     f"[Install]\n{install}\n")


def told(machine, unit):
    """What the last start of a unit printed: its user, and its credentials by their names."""
    user, _, rest = machine.read(f"/run/{unit}.told").partition("\n")
    parts = [part.partition(" <==\n") for part in rest.split("==> ")[1:]]
    return user, {name: text.rstrip("\n") + "\n" if text.strip() else "" for name, _, text in parts}


@pytest.fixture(scope="module", autouse=True)
def certificate(machine):
    machine.run("certctl", "create", NAME, "--issuer", "internal")
    machine.run("certctl", "issue", NAME)


def consume(machine, *units):
    asked.consume(machine, NAME, *(("unit", unit, "none") for unit in units))


def test_each_part(machine):
    """All credentials of a certificate and what the device trusts, in the terms of certctl's export."""
    consume(machine, "parts.service")
    add(machine, "parts.service", [f"{NAME}.{part}" for part in PARTS] + ["trust.pem"])
    machine.run("systemctl", "start", "parts.service")
    _user, got = told(machine, "parts.service")
    exported, authority = machine.output("certctl", "export", NAME), machine.output("certctl", "ca", "export")
    assert asked.fits(got[f"{NAME}.key"], got[f"{NAME}.crt"])
    assert got[f"{NAME}.fullchain"].strip() == exported.strip()
    assert exported.startswith(got[f"{NAME}.crt"].strip())
    assert got[f"{NAME}.ca"].strip() == authority.strip()
    assert got[f"{NAME}.pem"] == got[f"{NAME}.key"] + got[f"{NAME}.fullchain"]
    assert "PRIVATE" not in got[f"{NAME}.chain"] + got["trust.pem"]


@pytest.mark.parametrize("how", USERS)
def test_users(machine, how):
    """A service gets its key as whatever user it runs, under the names without the certificate's too."""
    unit = f"runs-as-{how}.service"
    consume(machine, unit)
    add(machine, unit, [f"{NAME}.key", "tls.key", "tls.crt"], service=USERS[how])
    machine.run("systemctl", "start", unit)
    user, got = told(machine, unit)
    assert (user == "0") == (how == "root")
    assert asked.fits(got["tls.key"], got["tls.crt"])
    assert got[f"{NAME}.key"] == got["tls.key"]
    rows = asked.wait_logged(machine, "open-credential", object=f"certificate/{NAME}", outcome="ok")
    assert unit in [row["CERTD_UNIT"] for row in rows]


def test_of_two_certificates(machine):
    """tls.key is nobody's where a unit consumes two; their own names are as good as before."""
    machine.run("certctl", "create", "second", "--issuer", "internal")
    machine.run("certctl", "issue", "second")
    consume(machine, "two.service")
    asked.consume(machine, "second", ("unit", "two.service", "none"))
    add(machine, "two.service", [f"{NAME}.key", "second.key"])
    machine.run("systemctl", "start", "two.service")
    _user, got = told(machine, "two.service")
    assert got[f"{NAME}.key"] != got["second.key"]
    add(machine, "two.service", ["tls.key"])
    machine.run("systemctl", "start", "two.service", check=False)
    assert "PRIVATE" not in "".join(told(machine, "two.service")[1].values())


def test_next_key_at_the_next_start(machine):  # R24
    consume(machine, "renewed.service")
    add(machine, "renewed.service", ["tls.key", "tls.crt"])
    seen = []
    for _ in range(2):
        machine.run("systemctl", "start", "renewed.service")
        _user, got = told(machine, "renewed.service")
        assert asked.fits(got["tls.key"], got["tls.crt"])
        seen.append(got["tls.key"])
        machine.run("certctl", "issue", NAME)
    assert seen[0] != seen[1]


def test_there_at_boot(machine):
    """A service that starts as early as services can gets its key: the socket waits for certd. With the
    power cut before, and with certd not enabled but through the socket."""
    unit = "early.service"
    consume(machine, unit)
    add(machine, unit, ["tls.key", "tls.crt"], service="RemainAfterExit=yes",
        section="After=certd.socket", install="WantedBy=basic.target")
    machine.run("systemctl", "enable", unit)
    machine.run("systemctl", "disable", asked.SERVICE)
    machine.run("systemctl", "enable", "certd.socket")
    machine.run("sync")
    machine.crash()
    machine.boot()
    assert machine.unit(unit, "Result") == "success"
    _user, got = told(machine, unit)
    assert asked.fits(got["tls.key"], got["tls.crt"])
    assert machine.output("systemctl", "is-system-running") == "running"
