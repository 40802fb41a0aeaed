# SPDX-License-Identifier: LGPL-2.1-or-later
"""The wrapping key comes by a service of its own, so that certd starts also where systemd can't decrypt it:
degraded, with an emergency certificate. Mended, all is back. What a TPM does is in test_wrapping.py. The
tests below go on where the one before ended."""

import asked
import booted
import pytest

CREDENTIAL = "/etc/credstore.encrypted/certd.wrapping-key"
COPIES = "/run/credstore"
HOST_KEY = "/var/lib/systemd/credential.secret"
SERVICE = "certd-wrapping-key.service"
WANTS = f"""[Unit]
Wants={asked.SERVICE}
After={asked.SERVICE}
[Service]
ExecStart=/bin/sleep infinity
"""
# A certd that sees the copy, and does not come further.
FAILS = f"""[Service]
ExecStartPre=+/bin/sh -c 'stat --format="%%U %%a" {COPIES} {COPIES}/* >/run/seen; exit 1'
Restart=no
"""


def sealing_key(machine):
    return asked.get(machine, asked.MANAGER, "Manager", "SealingKey")


def problems(machine):
    return [problem[0] for problem in asked.get(machine, asked.MANAGER, "Manager", "Problems")]


def copies(machine):
    """The files with the key in clear that a start has left."""
    folder = machine.path(COPIES)
    return sorted(path.name for path in folder.iterdir()) if folder.exists() else []


def restart(machine):
    """certd is started anew by whoever is next; nothing of the key is left."""
    machine.run("systemctl", "restart", asked.SERVICE)
    assert copies(machine) == []


@pytest.fixture(scope="module")
def wrapped(machine):
    """A machine with a wrapping key by the host's key, as the manual says."""
    assert sealing_key(machine) == "plain" and problems(machine) == []
    assert machine.unit(SERVICE, "ConditionResult") == "no"
    machine.run("sh", data=machine.output("certctl", "wrapping-key"))
    assert copies(machine) == []
    assert sealing_key(machine) == "wrapped"
    return machine


def test_none_has_certd_plain(machine):
    """Before there is one, certd starts without, and nothing failed."""
    assert not machine.exists(CREDENTIAL)
    restart(machine)
    assert sealing_key(machine) == "plain"
    assert machine.output("systemctl", "--failed", "--no-legend") == ""


def test_no_copy_stays(wrapped):  # R1
    """Not after a start, whatever its end, nor where others want certd that runs already."""
    wrapped.add_unit("wants.service", WANTS)
    last = wrapped.unit(SERVICE, "InactiveExitTimestampMonotonic")
    assert int(last) > 0
    wrapped.run("systemctl", "start", "wants.service", asked.SERVICE)
    assert wrapped.unit(SERVICE, "InactiveExitTimestampMonotonic") == last
    assert copies(wrapped) == []
    assert wrapped.run("systemctl", "start", SERVICE, check=False).returncode != 0
    wrapped.add_unit(f"{asked.SERVICE}.d/fails.conf", FAILS)
    assert wrapped.run("systemctl", "restart", asked.SERVICE, check=False).returncode != 0
    assert wrapped.read("/run/seen").splitlines() == ["root 700", "root 400"]
    assert copies(wrapped) == []
    wrapped.remove(f"/etc/systemd/system/{asked.SERVICE}.d/fails.conf")
    wrapped.run("systemctl", "daemon-reload")
    restart(wrapped)
    assert sealing_key(wrapped) == "wrapped"


def test_started_again_after_a_crash(wrapped):
    """systemd's own start of a certd that ended has the key too."""
    wrapped.add_unit(f"{asked.SERVICE}.d/soon.conf", "[Service]\nRestartSec=100ms\n")
    before = asked.pid(wrapped)
    wrapped.run("systemctl", "kill", "--signal=SIGKILL", "--kill-who=main", asked.SERVICE)
    booted.wait_until(lambda: asked.pid(wrapped) not in (0, before)
                      and wrapped.unit(asked.SERVICE, "ActiveState") == "active", "certd runs again")
    assert sealing_key(wrapped) == "wrapped"
    assert copies(wrapped) == []


def test_not_decrypted(wrapped):  # R1 R41
    """With another host key certd starts, says what is wrong, and has what answers; with the right one
    all is as before."""
    before = asked.fingerprint(wrapped, "https")
    wrapped.run("mv", HOST_KEY, f"{HOST_KEY}.right")
    wrapped.run("systemd-creds", "setup")
    restart(wrapped)
    assert wrapped.unit(SERVICE, "Result") != "success"
    assert wrapped.unit(asked.SERVICE, "ActiveState") == "active"
    assert wrapped.unit(asked.SERVICE, "NRestarts") == "0"
    assert "sealing-key-unusable" in problems(wrapped)
    assert asked.get(wrapped, asked.HTTPS, "Certificate", "Emergency") is True
    emergency = asked.fingerprint(wrapped, "https")
    assert emergency != before
    wrapped.run("mv", f"{HOST_KEY}.right", HOST_KEY)
    restart(wrapped)
    assert problems(wrapped) == [] and sealing_key(wrapped) == "wrapped"
    assert asked.get(wrapped, asked.HTTPS, "Certificate", "Emergency") is False
    assert asked.fingerprint(wrapped, "https") == before


def test_starts_with_the_system(wrapped):  # R1
    """A boot decrypts it in time, and leaves nothing either."""
    before = asked.fingerprint(wrapped, "https")
    wrapped.reboot()
    assert sealing_key(wrapped) == "wrapped" and problems(wrapped) == []
    assert asked.fingerprint(wrapped, "https") == before
    assert copies(wrapped) == []
    assert wrapped.output("systemctl", "is-system-running") == "running"


def test_socket_is_started_anew_with_certd(machine):
    """systemctl restart certd.socket: both are there afterwards, and who asks is answered."""
    before = asked.pid(machine)
    machine.run("systemctl", "restart", "certd.socket")
    machine.run("systemctl", "start", asked.SERVICE)
    assert machine.unit("certd.socket", "ActiveState") == "active"
    assert asked.pid(machine) not in (0, before)
    trusted = machine.output("systemd-run", "--quiet", "--wait", "--pipe", "--collect",
                             "--property=LoadCredential=trust.pem:/run/certd/credential.sock",
                             "sh", "-c", "stat --format=ok \"$CREDENTIALS_DIRECTORY/trust.pem\"")
    assert trusted == "ok"
    assert machine.output("systemctl", "--failed", "--no-legend") == ""
