# SPDX-License-Identifier: LGPL-2.1-or-later
"""The sandbox of certd.service holds: a program in certd's place can't do what certd needn't. The same
program as a service without a sandbox can, or a row would prove nothing."""

import asked
import booted
import pytest

INSIDE = f"{booted.SOURCE_INSIDE}/tests/system/inside.py"
# What is tried, and whether it succeeds within certd's unit. Without a sandbox each of them does.
ROWS = {
    "read-home": False,
    "read-root-home": False,
    "open-inet": False,
    "open-inet6": False,
    "open-udp": False,
    "open-packet": False,
    "open-unix": True,
    "open-netlink": True,
    "load-module": False,
    "write-etc": False,
    "write-usr": False,
    "write-var-lib": False,
    "write-run": False,
    "write-state": True,
    "write-runtime": True,
    "write-kernel-setting": False,
    "read-host-name": True,
    "see-processes": False,
    "see-others-tmp": False,
    "become-root": False,
    "make-setuid": False,
    "mount": False,
    "new-user-namespace": False,
    "new-network": False,
    "execute-written-memory": False,
    "trace": False,
}
# The unit as it is shipped, but for what it runs.
INSTEAD = f"""[Service]
Type=oneshot
ExecStart=
ExecStart=/usr/bin/python3 {INSIDE}
WatchdogSec=0
Restart=no
StandardOutput=file:/run/tried
"""


def answers(text):
    return {line.split()[0]: line.split(None, 1)[1] for line in text.splitlines()}


@pytest.fixture(scope="module")
def tried(machine):
    """What could be done inside of the sandbox, and outside."""
    machine.write("/home/someone/secret", "secret")
    machine.write("/root/secret", "secret")
    machine.write("/tmp/others", "secret")
    machine.shell("chmod 0644 /home/someone/secret; chmod 0755 /home/someone /root; mkdir -p /mnt")
    outside = answers(machine.output("systemd-run", "--quiet", "--wait", "--pipe", "--service-type=exec",
                                     "/usr/bin/python3", INSIDE))
    machine.run("systemctl", "stop", "certd.socket", asked.SERVICE)
    machine.add_unit("certd.service.d/instead.conf", INSTEAD)
    machine.run("systemctl", "start", asked.SERVICE)
    return answers(machine.read("/run/tried")), outside


def test_table_is_complete(tried):
    inside, outside = tried
    assert set(inside) == set(outside) == set(ROWS)


@pytest.mark.parametrize("name", ROWS)
def test_inside(tried, name):
    assert tried[0][name].split()[0] == ("yes" if ROWS[name] else "no"), tried[0][name]


@pytest.mark.parametrize("name", ROWS)
def test_outside(tried, name):
    assert tried[1][name] == "yes"
