# SPDX-License-Identifier: LGPL-2.1-or-later
"""Units that consume a certificate are told of another one: once, in order, and only where they run."""

import asked
import booted
import pytest

NAME = "served"
# A service that writes down what happens to it.
COUNTING = """[Service]
Type=exec
ExecStartPre=/bin/sh -c 'echo start >>/run/told-{unit}'
ExecStart=/bin/sleep infinity
ExecReload=/bin/sh -c 'echo reload >>/run/told-{unit}; {reload}'
"""


def add(machine, unit, reload="true"):
    machine.add_unit(unit, COUNTING.format(unit=unit, reload=reload))


def told(machine, unit):
    path = f"/run/told-{unit}"
    return machine.read(path).split() if machine.exists(path) else []


def invocation(machine, unit):
    return machine.unit(unit, "InvocationID")


def problems(machine):
    return [problem for problem in asked.get(machine, asked.MANAGER, "Manager", "Problems")
            if "consumer-failed" in problem]


def change(machine):
    """Another certificate; when this is back, deliveries may be under way still."""
    machine.run("certctl", "issue", NAME)


@pytest.fixture(scope="module", autouse=True)
def certificate(machine):
    machine.run("certctl", "create", NAME, "--issuer", "internal")
    change(machine)


def test_reload_and_restart_once(machine):  # R24
    """Each running unit is told once for each change, and in the order in which they are listed: the
    last one listed has been told when all have."""
    for unit in ("reloads.service", "restarts.service", "nothing.service", "last.service"):
        add(machine, unit)
        machine.run("systemctl", "start", unit)
    asked.consume(machine, NAME, ("unit", "reloads.service", "reload"),
                  ("unit", "restarts.service", "restart"), ("unit", "nothing.service", "none"),
                  ("unit", "last.service", "reload"))
    counted = {unit: len(told(machine, unit)) for unit in
               ("reloads.service", "restarts.service", "nothing.service", "last.service")}
    before = invocation(machine, "restarts.service")
    change(machine)
    booted.wait_until(lambda: len(told(machine, "last.service")) > counted["last.service"], "a reload")
    assert told(machine, "reloads.service")[counted["reloads.service"]:] == ["reload"]
    assert told(machine, "restarts.service")[counted["restarts.service"]:] == ["start"]
    assert told(machine, "nothing.service") == ["start"]
    assert told(machine, "last.service")[counted["last.service"]:] == ["reload"]
    assert invocation(machine, "restarts.service") != before
    assert not problems(machine)


def test_stopped_unit_stays(machine):
    """One that does not run is not started, which is no problem."""
    add(machine, "stopped.service")
    add(machine, "running.service")
    machine.run("systemctl", "start", "running.service")
    asked.consume(machine, NAME, ("unit", "stopped.service", "restart"),
                  ("unit", "running.service", "reload"))
    change(machine)
    booted.wait_until(lambda: "reload" in told(machine, "running.service"), "a reload")
    assert machine.unit("stopped.service", "ActiveState") == "inactive"
    assert told(machine, "stopped.service") == []
    assert not problems(machine)


def test_failed_reload_is_a_problem(machine):  # R41
    """It is a problem of the certificate and a row of the log, until a reload succeeds; and who comes
    after it is told all the same."""
    add(machine, "fails.service", reload="exit 1")
    add(machine, "after.service")
    machine.run("systemctl", "start", "fails.service", "after.service")
    asked.consume(machine, NAME, ("unit", "fails.service", "reload"), ("unit", "after.service", "reload"))
    change(machine)
    found = booted.wait_until(lambda: problems(machine), "a problem")
    assert "fails.service" in " ".join(found[0]) and NAME in " ".join(found[0])
    booted.wait_until(lambda: "reload" in told(machine, "after.service"), "a reload")
    rows = [row for row in asked.wait_logged(machine, "deliver", object=f"certificate/{NAME}")
            if row["CERTD_OUTCOME"] != "ok"]
    assert rows and "fails.service" in rows[-1]["CERTD_DETAIL"]
    add(machine, "fails.service")
    change(machine)
    booted.wait_until(lambda: not problems(machine), "no problem any more")


def test_made_up_for_after_a_crash(machine):
    """A change that certd's end cut off is told at the next start."""
    add(machine, "slow.service", reload="sleep 1")
    add(machine, "late.service")
    machine.run("systemctl", "start", "slow.service", "late.service")
    asked.consume(machine, NAME, ("unit", "slow.service", "reload"), ("unit", "late.service", "reload"))
    count = len(told(machine, "late.service"))
    change(machine)
    machine.run("systemctl", "kill", "--signal=SIGKILL", asked.SERVICE)
    booted.wait_until(lambda: len(told(machine, "late.service")) > count, "a reload")


def test_exported_files(machine):
    """What users and groups read: whole, theirs alone, in memory, and gone with the last consumer."""
    user = booted.image.USER
    folder = f"/run/certd/export/{NAME}"
    asked.consume(machine, NAME, ("user", user, "none"))
    booted.wait_until(lambda: machine.exists(f"{folder}/tls.key"), f"{folder}/tls.key")
    key = machine.output("cat", f"{folder}/tls.key", user=user) + "\n"
    certificate = machine.output("cat", f"{folder}/tls.crt", user=user) + "\n"
    assert asked.fits(key, certificate)
    assert machine.output("stat", "--file-system", "--format=%T", folder) in ("tmpfs", "ramfs")
    asked.consume(machine, NAME)
    booted.wait_until(lambda: not machine.exists(folder), "no files any more")
