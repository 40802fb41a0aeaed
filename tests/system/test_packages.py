# SPDX-License-Identifier: LGPL-2.1-or-later
"""certd's packages over their life on a machine: installed, upgraded, removed, installed again, purged."""

import subprocess

import asked
import booted
import image
import pytest

DEBS = "/root/packages"
HIGHER = "/root/higher"
PACKAGES = ("certctl", "certd", "certd-web")
STATE = "/var/lib/certd"
# Of Debian's tools, without building anything: the same content under a higher version.
RAISE = f"""
mkdir -p {HIGHER}
for deb in {DEBS}/*.deb; do
    rm -rf /root/unpacked
    dpkg-deb --raw-extract "$deb" /root/unpacked
    sed -i 's/^Version: .*/&+1/; s/(= \\([^)]*\\))/(= \\1+1)/' /root/unpacked/DEBIAN/control
    dpkg-deb --root-owner-group --build /root/unpacked {HIGHER} >/dev/null
done
"""


@pytest.fixture(scope="module")
def clean(possible):
    """A machine without certd, with its packages at hand. The tests below go on where the one before
    ended: they are one story."""
    debs = image.packages()
    with booted.machine(image.clean_layers()) as one:
        for deb in debs.glob("*.deb"):
            one.write(f"{DEBS}/{deb.name}", deb.read_bytes())
        yield one


def dpkg(machine, *words):
    return machine.run("dpkg", *words, environment={"DEBIAN_FRONTEND": "noninteractive"})


def install(machine, folder):
    machine.shell(f"dpkg --install {folder}/*.deb")


def files_of(machine, package):
    return machine.output("dpkg-query", "--listfiles", package).splitlines()


def test_policy():
    """Debian's own checker finds no error."""
    debs = sorted(image.packages().glob("*.deb"))
    assert sorted(deb.name.split("_")[0] for deb in debs) == sorted(PACKAGES)
    done = subprocess.run(["lintian", "--allow-root", "--fail-on", "error", *debs], check=False,
                          stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    assert done.returncode == 0, done.stdout


def test_install(clean):
    install(clean, DEBS)
    assert clean.unit(asked.SERVICE, "ActiveState") == "active"
    assert clean.unit("certd.socket", "ActiveState") == "active"
    assert "ready" in clean.output("certctl", "status")
    assert clean.output("getent", "group", "certd-admin")
    for unit in ("certd-tls.service", "certd-web.socket", "certd-session.socket"):
        assert (clean.unit(unit, "ActiveState"), clean.unit(unit, "UnitFileState")) == ("active", "enabled"), unit
    clean.write("/root/ca.crt", clean.output("certctl", "ca", "export"))
    name = clean.output("cat", "/proc/sys/kernel/hostname")
    assert "RedfishVersion" in clean.output("curl", "--silent", "--cacert", "/root/ca.crt", "--connect-to",
                                            f"{name}:443:127.0.0.1:443", f"https://{name}/redfish/v1")
    assert clean.output("systemctl", "--failed", "--no-legend") == ""


def test_files_are_whole(clean):
    """What was installed is what was packed, root's, and nobody else's to write; nothing is set-user-id."""
    for package in PACKAGES:
        assert clean.run("dpkg", "--verify", package).stdout == ""
        # Folders of other packages' too are theirs.
        listed = [path for path in files_of(clean, package)
                  if not clean.path(path).is_dir() or "certd" in path]
        assert listed
        modes = clean.output("stat", "--format=%U:%G %A %n", *listed).splitlines()
        wrong = [line for line in modes if not line.startswith("root:root ")
                 or (not line.split()[1].startswith("l") and "w" in line.split()[1][4:])
                 or "s" in line.split()[1].lower()[1:]]
        assert wrong == []


def test_upgrade(clean):
    """The keystore stays, another process serves it, and the credential socket stays bound meanwhile."""
    before, process = asked.fingerprint(clean, "https"), asked.pid(clean)
    socket = clean.unit("certd.socket", "InvocationID")
    clean.shell(RAISE)
    install(clean, HIGHER)
    assert "+1" in clean.output("dpkg-query", "--show", "certd")
    assert asked.pid(clean) not in (0, process)
    assert clean.unit("certd.socket", "InvocationID") == socket
    assert asked.fingerprint(clean, "https") == before


def test_remove(clean):
    """The service is gone, its keys stay."""
    dpkg(clean, "--remove", *PACKAGES)
    assert clean.run("pgrep", "certd", check=False).stdout == ""
    assert clean.run("ss", "--listening", "--tcp", "--no-header").stdout == ""
    assert clean.exists(f"{STATE}/keystore.db")
    assert not clean.exists("/usr/libexec/certd")
    assert clean.output("systemctl", "--failed", "--no-legend") == ""


def test_install_again(clean):
    """With the keys that are there."""
    install(clean, DEBS)
    rows = clean.output("certctl", "log", "--action=first-start").splitlines()
    assert len(rows) == 1
    assert clean.unit(asked.SERVICE, "ActiveState") == "active"


def test_purge(clean):
    """Nothing is left but the users, as Debian has it: no key, no unit, no process, no file."""
    known = {path for package in PACKAGES for path in files_of(clean, package)}
    dpkg(clean, "--purge", *PACKAGES)
    assert not clean.exists(STATE)
    for name in ("certd", "certd-acme", "certd-session", "certd-web"):
        assert not clean.exists(f"/run/{name}")
    assert clean.run("pgrep", "certd", check=False).stdout == ""
    assert clean.run("systemctl", "list-unit-files", "--no-legend", "certd*", check=False).stdout == ""
    assert clean.output("systemctl", "list-units", "--all", "--no-legend", "certd*") == ""
    assert [path for path in known if "certd" in path and clean.exists(path)] == []
    assert clean.run("find", "/etc", "/var/lib/systemd", "-name", "*certd*").stdout == ""
