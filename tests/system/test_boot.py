# SPDX-License-Identifier: LGPL-2.1-or-later
"""The device boots with certd's packages: what is there then, as whom it runs, and D-Bus activation."""

import asked
import booted

UNITS = {"certd.service": "running", "certd.socket": "listening"}


def test_nothing_failed(machine):
    assert machine.output("systemctl", "is-system-running") == "running"
    assert machine.output("systemctl", "--failed", "--no-legend") == ""


def test_units(machine):
    for unit, state in UNITS.items():
        assert machine.output("systemctl", "is-enabled", unit) == "enabled"
        assert machine.unit(unit, "ActiveState") == "active"
        # The socket says "running" once it has handed itself over to the service.
        assert machine.unit(unit, "SubState") in (state, "running"), unit
    assert machine.unit(asked.SERVICE, "NRestarts") == "0"


def test_files_of_the_units_are_right(machine):
    """systemd-analyze verify has nothing to say."""
    done = machine.run("systemd-analyze", "verify", "--man=no",
                       *(f"/lib/systemd/system/{unit}" for unit in UNITS))
    assert done.stdout + done.stderr == ""


def test_little_is_exposed(machine):
    """The bound of certd's unit in tenths; what raises it is a hardening that got lost."""
    machine.run("systemd-analyze", "security", "--threshold=9", asked.SERVICE)


def test_is_ready(machine):  # R20 R22
    assert not asked.get(machine, asked.MANAGER, "Manager", "Problems")
    shown = machine.output("certctl", "show", "https")
    assert "Subject" in shown
    certificate = machine.output("certctl", "export", "https")
    authority = machine.output("certctl", "ca", "export")
    assert asked.public_key(certificate)
    machine.write("/root/ca.pem", authority)
    machine.write("/root/https.pem", certificate)
    machine.run("openssl", "verify", "-CAfile", "/root/ca.pem", "/root/https.pem")


def test_nothing_of_it_runs_as_root(machine):
    """No process of certd's, the workers included, and none has a capability."""
    group = machine.unit(asked.SERVICE, "ControlGroup")
    listed = machine.output("cat", f"/sys/fs/cgroup{group}/cgroup.procs").split()
    assert len(listed) >= 2, "certd has no workers?"
    for pid in listed:
        status = dict(line.split(":\t", 1) for line in machine.output(
            "cat", f"/proc/{pid}/status").splitlines() if ":\t" in line)
        user = machine.output("id", "-u", "certd")
        assert set(status["Uid"].split()) == {user}
        assert {int(status[name], 16) for name in ("CapPrm", "CapEff", "CapBnd", "CapAmb")} == {0}
        assert status["NoNewPrivs"] == "1"
    ours = machine.output("ps", "-eo", "user=,comm=").splitlines()
    assert not [line for line in ours if line.split()[0] == "root" and "cert" in line.split()[1]]


def test_journal_has_what_happened(machine):
    rows = machine.journal("CERTD_ACTION=first-start")
    assert rows and rows[0]["_SYSTEMD_UNIT"] == asked.SERVICE and rows[0]["MESSAGE_ID"]


def wait_active(machine):
    """It answers a moment before systemd has done what follows on its start."""
    booted.wait_until(lambda: machine.unit(asked.SERVICE, "ActiveState") == "active", "certd is active")


def test_bus_starts_it(machine):
    """Stopped, and started again by the first who calls."""
    machine.run("systemctl", "stop", asked.SERVICE)
    assert machine.unit(asked.SERVICE, "ActiveState") == "inactive"
    assert "ready" in machine.output("certctl", "status")
    wait_active(machine)


def test_a_user_may_look(machine):
    assert "https" in machine.output("certctl", "list", user=booted.image.USER)


def test_socket_starts_it(machine):
    """Who connects for a credential finds certd, though it was stopped. The caller gets nothing."""
    machine.run("systemctl", "stop", asked.SERVICE)
    done = machine.run("/usr/bin/python3", "-c",
                       "import socket\n"
                       "s = socket.socket(socket.AF_UNIX)\n"
                       "s.connect('/run/certd/credential.sock')\n"
                       "print(len(s.recv(1)))")
    assert done.stdout == "0\n"
    wait_active(machine)
