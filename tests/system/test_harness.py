# SPDX-License-Identifier: LGPL-2.1-or-later
"""What boots systems leaves nothing behind, whatever ends it, and says why it can't."""

import os
import pathlib
import signal
import subprocess

import booted
import image
import pytest

HOLD = """
import sys
sys.path.insert(0, sys.argv[1])
import booted, image
machine = booted.Machine(image.clean_layers()).boot()
print(machine.inner, machine.leader, machine._guard.pid, flush=True)
sys.stdin.read()
"""
HERE = pathlib.Path(__file__).resolve().parent
MOUNTS = pathlib.Path("/proc/self/mounts")


def cgroups():
    folder = pathlib.Path("/sys/fs/cgroup")
    return {path for path in folder.glob("**/certd-booted-*")}


@pytest.mark.parametrize("whom", ["owner", "guard", "inner"])
def test_nothing_is_left(whom):
    """Killed are who holds the machine, the guard, and the first process of its namespace."""
    image.clean_layers()
    mounts = MOUNTS.read_text(encoding="utf-8")
    owner = subprocess.Popen(["/usr/bin/python3", "-B", "-c", HOLD, str(HERE)], stdin=subprocess.PIPE,
                             stdout=subprocess.PIPE, text=True)
    inner, leader, guard = (int(word) for word in owner.stdout.readline().split())
    folder = booted.wait_until(lambda: [path for path in cgroups() if path.name.endswith(f"-{guard}")],
                               "the control group")[0]
    os.kill({"owner": owner.pid, "guard": guard, "inner": inner}[whom], signal.SIGKILL)
    booted.wait_until(lambda: not pathlib.Path(f"/proc/{leader}").exists(), "the end of process 1")
    booted.wait_until(lambda: not pathlib.Path(f"/proc/{inner}").exists(), "the end of all")
    owner.kill()
    owner.wait()
    owner.stdin.close()
    owner.stdout.close()
    assert MOUNTS.read_text(encoding="utf-8") == mounts
    if whom == "guard":
        # Nobody is there to remove it; it is empty, and the next machine does.
        with booted.machine(image.clean_layers()):
            pass
    booted.wait_until(lambda: not folder.exists(), "the control group is gone")


def test_without_the_right_to(tmp_path):
    """Without CAP_SYS_ADMIN it fails with a sentence, and is not skipped."""
    words = ["setpriv", "--bounding-set=-sys_admin", "--inh-caps=-sys_admin", "--",
             "/usr/bin/python3", "-B", str(HERE / "guard.py"), str(tmp_path), "--", "true"]
    done = subprocess.run(words, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False)
    assert done.returncode != 0
    assert "CAP_SYS_ADMIN" in done.stdout, done.stdout + done.stderr


def test_two_at_a_time(possible):
    """Each has a disk of its own."""
    with booted.machine(image.clean_layers()) as one, \
            booted.machine(image.clean_layers(), name="other") as other:
        one.write("/root/mine", "one")
        other.write("/root/mine", "other")
        assert one.read("/root/mine") == "one" and other.read("/root/mine") == "other"
        assert one.output("cat", "/etc/machine-id") != other.output("cat", "/etc/machine-id")


def test_disk_over_boots(possible):
    """What was written is there after a reboot, a power cut and a shutdown."""
    with booted.machine(image.clean_layers()) as one:
        one.write("/root/kept", "kept")
        first = one.output("cat", "/proc/sys/kernel/random/boot_id")
        one.reboot()
        assert one.read("/root/kept") == "kept"
        assert one.output("cat", "/proc/sys/kernel/random/boot_id") != first
        one.crash()
        assert one.read("/root/kept") == "kept"
        one.boot()
        one.poweroff()
        assert one.read("/root/kept") == "kept"
        assert not one.is_on()
        one.boot()


def test_a_command_that_fails(possible):
    with booted.machine(image.clean_layers()) as one:
        assert one.run("false", check=False).returncode == 1
        with pytest.raises(booted.Failure, match="exit status 1"):
            one.run("false")
        assert one.output("id", "-un", user="daemon") == "daemon"
