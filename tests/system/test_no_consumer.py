# SPDX-License-Identifier: LGPL-2.1-or-later
"""Who is no consumer of a certificate gets no byte of its key, by none of the ways that consumers have."""

import re
import subprocess

import pytest

import booted
import image

NAME, UNIT, OTHER = "guarded", "consumer.service", "other.service"
READER = image.USER  # a user who is a consumer
STRANGER = "daemon"
OBJECT = f"/org/certd1/certificate/{NAME}"
EXPORTS = "/run/certd/export"
KEY = f"{EXPORTS}/{NAME}/tls.key"
SOCKET = "/run/certd/credential.sock"
CLAIM = f"{booted.SOURCE_INSIDE}/tests/system/claim.py"
PRIVATE = "PRIVATE KEY"
OPEN = ("busctl", "call", "org.certd1", OBJECT, "org.certd1.Certificate", "OpenCredential", "s", "key")
ADDRESS = f"0123456789abcdef/unit/{UNIT}/{NAME}.key"


@pytest.fixture(scope="module", autouse=True)
def guarded(machine):
    machine.run("certctl", "create", NAME, "--issuer", "internal")
    machine.run("certctl", "consumers", NAME, "add", f"unit:{UNIT}", f"user:{READER}")
    booted.wait_until(lambda: machine.exists(KEY), KEY)


def in_unit(machine, unit, *words, properties=(), check=True):
    """Runs a command as a service, which is gone afterwards."""
    return machine.run("systemd-run", "--quiet", "--wait", "--pipe", "--collect", f"--unit={unit}",
                       *[f"--property={one}" for one in properties], *words, check=check)


def credential(machine, unit, identity, properties=()):
    """What a unit has for LoadCredential=; None where it can't be started."""
    done = in_unit(machine, unit, "sh", "-c", f'cat "$CREDENTIALS_DIRECTORY/{identity}"', check=False,
                   properties=(f"LoadCredential={identity}:{SOCKET}", *properties))
    return done.stdout if done.returncode == 0 else None


def refused(machine):
    """The rows that say who was refused a key: the units, "" for a process of none."""
    rows = machine.journal("CERTD_ACTION=open-credential")
    return [row.get("CERTD_UNIT", "") for row in rows if row["CERTD_OUTCOME"] != "ok"]



def test_consumers_get_it(machine):  # R1 R29
    """Else nothing below would prove anything."""
    wanted = machine.run("openssl", "x509", "-noout", "-pubkey",
                         data=machine.output("certctl", "export", NAME)).stdout
    for key in (credential(machine, UNIT, f"{NAME}.key"), credential(machine, UNIT, "tls.key"),
                machine.run("cat", KEY, user=READER).stdout):
        assert machine.run("openssl", "pkey", "-pubout", data=key).stdout == wanted
    for done in (in_unit(machine, UNIT, *OPEN), machine.run(*OPEN, user=READER)):
        assert re.match(r"ht \d+ [1-9]", done.stdout)


@pytest.mark.parametrize("identity", [f"{NAME}.key", f"{NAME}.pem", f"{NAME}.crt", "tls.key", "tls.pem"])
def test_other_unit_by_the_socket(machine, identity):  # R1 R60
    before = len(refused(machine))
    assert not credential(machine, OTHER, identity)
    rows = booted.wait_until(lambda: refused(machine)[before:], "a row of the refusal")
    assert rows == [OTHER]


@pytest.mark.parametrize("identity", [
    f"../{NAME}.key", f"{NAME}.key/", f"{NAME}", f".{NAME}.key", f"{NAME}.keys", f"{NAME}.", "x" * 200,
    f"{NAME.upper()}.key", f"{UNIT}/{NAME}.key", "https.key", "", "trust.key"])
def test_no_other_name_leads_to_a_key(machine, identity):  # R1
    address = ADDRESS.replace(f"{NAME}.key", identity)[:107]
    claimed = in_unit(machine, UNIT, "/usr/bin/python3", "-B", CLAIM, address).stdout
    assert claimed == ""


def test_unit_is_proven(machine):  # R1 R60
    """The same bytes, from the same address, lead to the key only from the unit itself as root."""
    claim = ("/usr/bin/python3", "-B", CLAIM, ADDRESS)
    assert PRIVATE in in_unit(machine, UNIT, *claim).stdout
    assert in_unit(machine, OTHER, *claim).stdout == ""
    assert in_unit(machine, UNIT, *claim, properties=[f"User={STRANGER}"]).stdout == ""
    assert machine.run(*claim).stdout == ""
    for user in (image.ADMIN, READER, STRANGER, "certd"):
        assert machine.run(*claim, user=user).stdout == ""


# It answers nobody for as long as that runs: longer than certd lets a caller on the bus wait for its unit.
GENERATOR = """#!/bin/sh
touch /run/reloading
while [ ! -e /run/claiming ]; do sleep 0.1; done
sleep 8
"""
CLAIMING = f"""while [ ! -e /run/reloading ]; do sleep 0.1; done
touch /run/claiming
exec /usr/bin/python3 -B {CLAIM} {ADDRESS}
"""


def test_the_proof_waits_for_the_service_manager(machine):  # R60
    """CERTD_LIMIT_CREDENTIAL_PROOF_SECONDS: a unit that starts while systemd reads its files again is given
    its key when that answers, for it would be started without."""
    generator = "/etc/systemd/system-generators/slow"
    machine.write(generator, GENERATOR, 0o755)
    try:
        claim = machine.start("systemd-run", "--quiet", "--wait", "--pipe", "--collect", f"--unit={UNIT}",
                              "sh", "-ec", CLAIMING, stdout=subprocess.PIPE, text=True)
        booted.wait_until(lambda: machine.unit(UNIT, "ActiveState") == "active", UNIT)
        machine.run("systemctl", "daemon-reload")
        assert PRIVATE in claim.communicate(timeout=booted.DEADLINE_SECONDS)[0]
    finally:
        for path in (generator, "/run/reloading", "/run/claiming"):
            machine.remove(path)


@pytest.mark.parametrize("address", [
    "", "x", f"unit/{UNIT}/{NAME}.key", f"0123456789abcdef/unit/{UNIT}", f"0123456789abcdef/unit//{NAME}.key",
    f"0123456789abcdef/unit/{UNIT}/../{UNIT}/{NAME}.key", f"0123456789abcdef/user/{UNIT}/{NAME}.key",
    f"0123456789ABCDEF/unit/{UNIT}/{NAME}.key", f"{ADDRESS}\n", f"{ADDRESS} ", f" {ADDRESS}"])
def test_address_of_another_form(machine, address):  # R1
    assert in_unit(machine, UNIT, "/usr/bin/python3", "-B", CLAIM, address).stdout == ""


def test_by_d_bus(machine):  # R1 R60
    """From another unit's process, whoever it is, and from the administrators."""
    runs = [in_unit(machine, OTHER, *OPEN, check=False),
            in_unit(machine, OTHER, *OPEN, check=False, properties=[f"User={STRANGER}"]),
            machine.run(*OPEN, check=False),
            machine.run(*OPEN, user=image.ADMIN, check=False),
            machine.run(*OPEN, user=STRANGER, check=False)]
    for done in runs:
        assert done.returncode != 0 and done.stdout == ""
        assert "Access denied" in done.stderr


def test_by_d_bus_as_another_user_of_the_unit(machine):  # R1
    """A process of the consumer's unit that is not its user: what the unit started for somebody else."""
    words = ("setpriv", f"--reuid={STRANGER}", f"--regid={STRANGER}", "--clear-groups", *OPEN)
    done = in_unit(machine, UNIT, *words, check=False)
    assert done.returncode != 0 and "Access denied" in done.stderr


def test_by_file(machine):  # R1 R60
    folder = f"{EXPORTS}/{NAME}"
    for user in (image.ADMIN, STRANGER):
        for words in (("cat", KEY), ("ls", folder), ("cat", f"{folder}/tls.crt")):
            assert machine.run(*words, user=user, check=False).returncode != 0, (user, words)
        # Nor by way of the process that has it in its hands for a moment, and of its disk.
        certd = machine.unit("certd.service", "MainPID")
        for path in (f"/proc/{certd}/fd", f"/proc/{certd}/root{KEY}", "/var/lib/certd"):
            assert machine.run("ls", path, user=user, check=False).returncode != 0, (user, path)


@pytest.fixture(name="drop")
def drop_folder(machine):
    """A folder that everybody may write, on the file system of the exported files."""
    machine.run("install", "-d", "-m", "1777", "/run/drop")
    yield "/run/drop"
    machine.run("rm", "-rf", "/run/drop")


def test_links_to_the_files(machine, drop):  # R1
    """A consumer makes links to the files that it may read: nobody else can read through them."""
    for option, name in (("--symbolic", "soft"), ("", "hard")):
        link = f"{drop}/{name}"
        machine.run("ln", *option.split(), KEY, link, user=READER, check=False)
        assert machine.run("cat", link, user=STRANGER, check=False).stdout == ""
    for word in ("ln -s /etc/passwd", "touch", "mkdir"):
        for folder in (EXPORTS, f"{EXPORTS}/{NAME}"):
            command = [*word.split(), f"{folder}/planted"]
            assert machine.run(*command, user=READER, check=False).returncode != 0


@pytest.mark.parametrize("planted", [
    "ln -s {drop} {exports}/{name}",
    "mkdir {exports}/{name} && ln -s {drop}/mine {exports}/{name}/tls.key",
    "mkdir {exports}/{name} && ln {drop}/mine {exports}/{name}/tls.key",
    "mkdir {exports}/{name} {exports}/.{name}.new && ln {drop}/mine {exports}/.{name}.new/tls.key",
    "ln -s {drop} {exports}/{name} && ln -s {drop} {exports}/.{name}.new",
])
def test_links_in_place_of_the_files(machine, drop, planted):  # R1
    """Whoever could plant links there: certd writes the key through none of them."""
    machine.run("install", "-m", "666", "/dev/null", f"{drop}/mine")
    machine.run("rm", "-rf", f"{EXPORTS}/{NAME}")
    machine.shell(planted.format(drop=drop, exports=EXPORTS, name=NAME)
                  + f"; chown --recursive --no-dereference certd {EXPORTS}")
    wanted = machine.output("certctl", "issue", NAME)
    crt = f"{EXPORTS}/{NAME}/tls.crt"
    booted.wait_until(lambda: machine.run("cat", crt, check=False).stdout.strip() in wanted
                      and machine.exists(KEY) and not machine.path(crt).parent.is_symlink(), crt)
    assert PRIVATE in machine.run("cat", KEY, user=READER).stdout
    assert machine.output("find", drop, "-type", "f", "-size", "+0") == ""
    assert machine.output("find", f"{EXPORTS}/{NAME}", "-type", "f", "-links", "+1") == ""
    assert machine.output("find", EXPORTS, "-type", "l") == ""
    assert machine.output("ls", "--almost-all", drop) == "mine"


def test_no_longer_a_consumer(machine):  # R1
    """Last of all: with their entries, they lose all of the ways."""
    machine.run("certctl", "consumers", NAME, "remove", f"unit:{UNIT}", f"user:{READER}")
    assert not credential(machine, UNIT, f"{NAME}.key")
    assert in_unit(machine, UNIT, "/usr/bin/python3", "-B", CLAIM, ADDRESS).stdout == ""
    for done in (in_unit(machine, UNIT, *OPEN, check=False), machine.run(*OPEN, user=READER, check=False)):
        assert done.returncode != 0 and "Access denied" in done.stderr
    assert not machine.exists(f"{EXPORTS}/{NAME}")
