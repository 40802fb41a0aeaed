# SPDX-License-Identifier: LGPL-2.1-or-later
"""What systemd and the bus find in data/: units that they take, a sandbox that is as tight as it can be
without blinding certd, users and folders, and the packages' version."""

import configparser
import os
import pathlib
import re
import stat
import subprocess

import pytest

SOURCE = pathlib.Path(__file__).resolve().parents[2]
BUILD = pathlib.Path(os.environ["CERTD_BUILD"])
UNITS = BUILD / "data/systemd"
SERVICE = (UNITS / "certd.service").read_text(encoding="utf-8")
NAMES = ("certd.service", "certd.socket", "certd-wrapping-key.service")
EXPOSURE_TENTHS = 9  # hostnamed has 15, localed 12


def run(*command):
    return subprocess.run(command, capture_output=True, text=True, stdin=subprocess.DEVNULL)


def values(key):
    return re.findall(rf"^{key}=(.*)$", SERVICE, re.MULTILINE)


@pytest.mark.parametrize("name", ("certd.service", "certd-wrapping-key.service"))
def test_exposure(name):  # R24
    done = run("systemd-analyze", "security", "--offline=yes", f"--threshold={EXPOSURE_TENTHS}",
               "--no-pager", UNITS / name)
    assert done.returncode == 0, done.stdout


@pytest.mark.parametrize("key", ("PrivateNetwork", "ProtectHostname", "PrivateUsers", "ProcSubset"))
def test_sees_addresses_names_and_users(key):  # R24
    """These would hide changes of addresses and of the host name, or other users from ACLs."""
    assert values(key) == []


def test_denied():
    """What the exposure does not count."""
    assert values("User") == ["certd"]
    assert values("CapabilityBoundingSet") == values("AmbientCapabilities") == [""]
    assert values("RestrictAddressFamilies") == ["AF_UNIX AF_NETLINK"]
    assert values("IPAddressDeny") == ["any"]
    assert values("LimitCORE") == ["0"]
    assert values("StateDirectoryMode") == ["0700"]


def test_verify(tmp_path):
    """systemd has nothing to say about the units; certd is where this build has it."""
    for name in NAMES:
        text = (UNITS / name).read_text(encoding="utf-8")
        (tmp_path / name).write_text(re.sub(r"^ExecStart=.*/certd$", f"ExecStart={BUILD}/daemon/certd",
                                            text, flags=re.MULTILINE))
    done = run("systemd-analyze", "verify", "--man=no", *(tmp_path / name for name in NAMES))
    assert (done.returncode, done.stdout + done.stderr) == (0, "")
    (tmp_path / "certd.service").write_text(SERVICE + "[Service]\nNoSuchKey=yes\n")
    assert "NoSuchKey" in run("systemd-analyze", "verify", "--man=no",
                              tmp_path / "certd.service").stderr


def test_documentation():
    """Each page that a unit names is there."""
    for name in NAMES:
        text = (UNITS / name).read_text(encoding="utf-8")
        pages = re.findall(r"man:([a-z.]+)\((\d)\)", text)
        assert pages
        for page, section in pages:
            assert (SOURCE / "data/man" / f"{page}.{section}").exists()


def test_activation():
    """The bus has systemd start certd, by the name that certd takes."""
    file = configparser.ConfigParser()
    file.optionxform = str
    file.read_string((UNITS / "org.certd1.service").read_text(encoding="utf-8"))
    assert dict(file["D-BUS Service"]) == {
        "Name": values("BusName")[0], "Exec": "/bin/false", "User": "certd",
        "SystemdService": "certd.service"}


def test_users_and_folders(tmp_path):
    """sysusers makes the user and the group, tmpfiles the folders that are there before certd."""
    (tmp_path / "etc").mkdir()
    users = run("systemd-sysusers", f"--root={tmp_path}", SOURCE / "data/certd.sysusers.conf")
    assert users.returncode == 0, users.stderr
    groups = (tmp_path / "etc/group").read_text()
    assert "certd-admin:" in groups
    uid = int(re.search(r"^certd:[^:]*:(\d+):", (tmp_path / "etc/passwd").read_text(),
                        re.MULTILINE).group(1))
    done = run("systemd-tmpfiles", "--create", f"--root={tmp_path}", UNITS / "certd.tmpfiles.conf")
    assert done.returncode == 0, done.stderr
    for path, owner in (("run/certd", uid), ("etc/certd/requesters.d", 0)):
        status = (tmp_path / path).stat()
        assert (stat.S_IMODE(status.st_mode), status.st_uid) == (0o755, owner)


def test_version_of_the_packages():
    """meson.build is where the version is; the packages begin with an entry of it."""
    version = re.search(r"^  version: '(.*)',$", (SOURCE / "meson.build").read_text(encoding="utf-8"),
                        re.MULTILINE).group(1)
    entry = (SOURCE / "data/debian/changelog").read_text(encoding="utf-8").splitlines()[0]
    assert re.fullmatch(r"certd \(([^)]*)\) \S+; urgency=\w+", entry).group(1) == version


def test_build_packages_refuses_other_options():
    done = run(SOURCE / "data/debian/build-packages", "--install")
    assert done.returncode == 2 and '"--install" is not an option' in done.stderr
