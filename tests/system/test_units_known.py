# SPDX-License-Identifier: LGPL-2.1-or-later
"""Which unit a caller is of, as the real service manager says it, though certd sees no other processes."""

import pytest

import image

UNIT = "certd-test-caller.service"


def create(machine, name, *properties):
    """Has a service create a certificate; the row of the log that tells of it."""
    machine.run("systemd-run", "--quiet", "--wait", "--pipe", "--collect", f"--unit={UNIT}",
                *[f"--property={one}" for one in properties], "certctl", "create", name)
    return row_of(machine, name)


def row_of(machine, name):
    row, = machine.journal("CERTD_ACTION=create", f"CERTD_OBJECT=certificate/{name}")
    return row["CERTD_UID"], row.get("CERTD_UNIT", "")


@pytest.mark.parametrize("user", ("root", image.ADMIN))
def test_service(machine, user):
    uid = machine.output("id", "-u", user)
    assert create(machine, f"by-{user}", f"User={user}") == (uid, UNIT)


def test_no_service(machine):
    """A process that the machine's own container manager put there is of no service."""
    machine.run("certctl", "create", "by-nobody")
    assert row_of(machine, "by-nobody")[1] != UNIT


def test_users_own(machine):
    """What a user's systemd runs is of that, whatever the user calls it."""
    uid = machine.output("id", "-u", image.ADMIN)
    machine.add_unit(f"../user/{UNIT}", "[Service]\nType=oneshot\nExecStart=certctl create by-users-own\n")
    machine.run("systemctl", "start", f"user@{uid}.service")
    machine.run("systemctl", "--user", "start", UNIT, user=image.ADMIN,
                environment={"XDG_RUNTIME_DIR": f"/run/user/{uid}"})
    assert row_of(machine, "by-users-own") == (uid, f"user@{uid}.service")


def test_certd_sees_nobody(machine):
    """None of this comes from /proc."""
    assert machine.unit("certd.service", "ProtectProc") == "invisible"
