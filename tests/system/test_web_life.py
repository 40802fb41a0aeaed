# SPDX-License-Identifier: LGPL-2.1-or-later
"""HTTPS over the life of a device: crashes, reboots with a change on trial, an upgrade, a removal."""

import asked
import booted
import https
import image
import pytest
from https import ROOT, curl, ports

TRIAL = "600"
SETTINGS = "/org/certd1/https"
# Between certd and certd-tls: what HTTPS is then, and which ports are open.
LOOK = f"""[Unit]
After=certd.service
Before=certd-tls.service
[Service]
Type=oneshot
ExecStart=/bin/sh -c 'busctl get-property org.certd1 {SETTINGS} org.certd1.Https Level Force; ss -Hltn'
StandardOutput=truncate:/run/looked
[Install]
WantedBy=multi-user.target
"""
PACKAGES = "/root/packages"
# The same content under a higher version.
RAISE = f"""
cd {PACKAGES}
dpkg-deb --raw-extract certd-web_*.deb /root/unpacked
sed -i 's/^Version: .*/&+1/' /root/unpacked/DEBIAN/control
dpkg-deb --root-owner-group --build /root/unpacked /root/higher.deb >/dev/null
"""


@pytest.fixture(scope="module")
def device(possible):
    """A machine that serves HTTPS. The tests below go on where the one before ended: they are one story."""
    with booted.machine(image.layers()) as one:
        https.serve(one)
        for deb in image.packages().glob("*.deb"):
            one.write(f"{PACKAGES}/{deb.name}", deb.read_bytes())
        yield one


def settings(machine):
    return tuple(asked.get(machine, SETTINGS, "Https", name) for name in ("Level", "Force"))


def serves(machine, seconds=5):
    """Whether a new connection is answered in that time."""
    done = machine.run("curl", "--silent", "--insecure", "--max-time", str(seconds), f"https://127.0.0.1{ROOT}",
                       check=False)
    return '"RedfishVersion"' in done.stdout


def prove(machine):
    """A client goes through HTTPS, in good order."""
    assert curl(machine, ROOT)[0] == 200
    booted.wait_until(lambda: asked.get(machine, SETTINGS, "Https", "Proven"), "proof")


@pytest.mark.parametrize("unit", ("certd.service", *https.UNITS))
def test_serves_after_a_crash(device, unit):  # R37
    """Of any of the three, by itself; the device need not be started again."""
    booted.wait_until(lambda: serves(device), "HTTPS is served")
    before = https.pid(device, unit)
    served = asked.fingerprint(device, "https")
    device.run("kill", "-KILL", before)
    # Who asks meanwhile waits, where it is certd-web, for its socket is there; certd nobody misses for that. A unit
    # with a network of its own may take seconds to begin where many of them come and go.
    assert unit == "certd-tls.service" or serves(device, seconds=60)
    booted.wait_until(lambda: https.pid(device, unit) not in (0, before), f"{unit} runs again")
    booted.wait_until(lambda: serves(device), "HTTPS is served again")
    booted.wait_until(lambda: device.unit(unit, "ActiveState") == "active", f"{unit} is active")
    assert asked.fingerprint(device, "https") == served
    assert ports(device) == {"https", "http"}


# What is tried: with what, and what it is then: the settings, and the ports that are open.
CHANGES = {
    "force": ("SetForce", "ba{sv}", "true", ("standard", True), {"https"}),
    "level": ("SetLevel", "sa{sv}", "high", ("high", False), {"https", "http"}),
}


@pytest.mark.parametrize("change", CHANGES)
def test_reboot_ends_a_trial(device, change):  # R61 R63
    """What was confirmed is back before any port is open, though the time of the trial is not over."""
    method, signature, value, tried, open_ports = CHANGES[change]
    device.add_unit("look.service", LOOK)
    device.run("systemctl", "enable", "--quiet", "look.service")
    prove(device)
    # For a client that has a certificate, of which this is not about.
    generation = asked.get(device, asked.HTTPS, "Certificate", "Generation")
    asked.call(device, SETTINGS, "Https", "ReportProof", "tb", generation, "true", user="certd-tls")
    asked.call(device, SETTINGS, "Https", method, signature, value, 1, "trial", "u", TRIAL)
    assert settings(device) == tried
    booted.wait_until(lambda: (ports(device), serves(device)) == (open_ports, change == "force"),
                      "what is on trial is served")
    device.reboot()
    level, force, *listening = device.read("/run/looked").splitlines()
    assert (level, force, listening) == ('s "standard"', "b false", [])
    assert settings(device) == ("standard", False)
    booted.wait_until(lambda: ports(device) == {"https", "http"}, "the plain port is open")
    assert curl(device, ROOT, scheme="http")[0] in (301, 308)
    assert serves(device)
    assert asked.get(device, SETTINGS, "Https", "TrialDeadline") == 0


def test_reboot_keeps_what_was_confirmed(device):  # R61
    """The plain port does not open then, not even for a moment."""
    prove(device)
    asked.call(device, SETTINGS, "Https", "SetForce", "ba{sv}", "true", 0)
    prove(device)
    asked.call(device, SETTINGS, "Https", "Confirm", "a{sv}", 0)
    device.reboot()
    device.run("systemctl", "disable", "--quiet", "look.service")
    device.remove("/etc/systemd/system/look.service")
    device.run("systemctl", "daemon-reload")
    booted.wait_until(lambda: serves(device), "HTTPS is served")
    assert (settings(device), ports(device)) == (("standard", True), {"https"})
    assert device.read("/run/looked").splitlines()[1:] == ["b true"]
    asked.call(device, SETTINGS, "Https", "SetForce", "ba{sv}", "false", 0)
    booted.wait_until(lambda: ports(device) == {"https", "http"}, "the plain port is open")


def test_upgrade(device):
    """The sessions end, for they are of another version; HTTPS is served, and who signs in again gets in."""
    before = [https.pid(device, unit) for unit in https.UNITS]
    token = https.sign_in(device, https.ADMIN)
    device.shell(RAISE + "dpkg --install /root/higher.deb")
    booted.wait_until(lambda: serves(device), "HTTPS is served")
    after = [https.pid(device, unit) for unit in https.UNITS]
    assert not set(before) & set(after)
    assert curl(device, https.SESSIONS, "--header", token)[0] == 401
    booted.wait_until(lambda: https.session_units(device) == [], "the sessions' units are gone")
    https.sign_in(device, https.ADMIN)


def test_remove(device):
    """certd goes on without; no process, no port, no socket and no unit of the web is left."""
    device.run("dpkg", "--purge", "certd-web")
    assert ports(device) == set()
    assert device.run("pgrep", "--full", "certd-(tls|web|session)", check=False).stdout == ""
    assert device.output("systemctl", "list-units", "--all", "--no-legend", "certd-tls*", "certd-web*",
                         "certd-session*") == ""
    assert not [path for path in ("/run/certd-web", "/run/certd-session", "/run/certd-acme",
                                  "/etc/pam.d/certd")
                if device.exists(path)]
    assert device.output("systemctl", "--failed", "--no-legend") == ""
    assert device.unit(asked.SERVICE, "ActiveState") == "active"
    assert "ready" in device.output("certctl", "status")


def test_install_again(device):
    device.shell(f"dpkg --install {PACKAGES}/certd-web_*.deb")
    booted.wait_until(lambda: serves(device), "HTTPS is served")
    https.sign_in(device, https.ADMIN)
