# SPDX-License-Identifier: LGPL-2.1-or-later
"""What systemd and the bus find in data/: units that they take, a sandbox that is as tight as it can be
without blinding certd, users and folders, and the packages' version."""

import configparser
import os
import pathlib
import re
import stat
import subprocess
from xml.etree import ElementTree

import pytest

SOURCE = pathlib.Path(__file__).resolve().parents[2]
BUILD = pathlib.Path(os.environ["CERTD_BUILD"])
UNITS = BUILD / "data/systemd"
SERVICE = (UNITS / "certd.service").read_text(encoding="utf-8")
NAMES = ("certd.service", "certd.socket", "certd-wrapping-key.service", "certd-tls.service", "certd-web.service",
         "certd-web.socket", "certd-session.socket", "certd-session@.service")
# In tenths; hostnamed has 15, localed 12.
EXPOSURE = {"certd.service": 9, "certd-wrapping-key.service": 9, "certd-tls.service": 13, "certd-web.service": 13,
            "certd-session@.service": 22}
PROGRAMS = {"certd": "daemon/certd", "certd-tls": "clients/tls/certd-tls", "certd-web": "clients/web/certd-web",
            "certd-session": "clients/session/certd-session"}


def run(*command):
    return subprocess.run(command, capture_output=True, text=True, stdin=subprocess.DEVNULL)


def values(key, name="certd.service"):
    return re.findall(rf"^{key}=(.*)$", (UNITS / name).read_text(encoding="utf-8"), re.MULTILINE)


@pytest.mark.parametrize("name", EXPOSURE)
def test_exposure(name):  # R24
    done = run("systemd-analyze", "security", "--offline=yes", f"--threshold={EXPOSURE[name]}",
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


def test_web_is_kept_apart():
    """Who meets the network has no more of the device than what it is for."""
    assert (values("User", "certd-tls.service"), values("User", "certd-web.service")) == (["certd-tls"], ["certd-web"])
    assert values("CapabilityBoundingSet", "certd-tls.service") == ["CAP_NET_BIND_SERVICE"]
    assert values("CapabilityBoundingSet", "certd-web.service") == [""]
    assert values("CapabilityBoundingSet", "certd-session@.service") == ["CAP_SETUID CAP_SETGID CAP_SETPCAP"]
    assert values("PrivateNetwork", "certd-web.service") == values("PrivateNetwork", "certd-session@.service") == ["yes"]
    for unit in ("certd-web.service", "certd-session@.service"):
        assert values("TemporaryFileSystem", unit)[0].split()[0] == "/run:ro"
    assert not any("dbus" in bound for bound in values("Bind(?:ReadOnly)?Paths", "certd-web.service"))
    # Where they meet, and who may connect.
    names = (SOURCE / "daemon/model/names.h").read_text(encoding="utf-8")
    for unit, name, key in (("certd-web.socket", "CERTD_WEB_SOCKET", "ListenStream"),
                            ("certd-session.socket", "CERTD_SESSION_SOCKET", "ListenSequentialPacket")):
        assert values(key, unit) == re.findall(rf'^#define {name} "(.*)"$', names, re.MULTILINE)
    assert values("Socket(?:User|Group|Mode)", "certd-web.socket") == ["certd-tls", "0660"]
    assert values("Socket(?:User|Group|Mode)", "certd-session.socket") == ["certd-web", "0600"]
    assert values("Accept", "certd-session.socket") == ["yes"]
    limits = (SOURCE / "daemon/model/web-limits.h").read_text(encoding="utf-8")
    sessions, sign_ins = (int(re.search(rf"^#define {name} (\d+)u", limits, re.MULTILINE)[1])
                          for name in ("CERTD_LIMIT_WEB_SESSIONS", "CERTD_LIMIT_SIGN_INS"))
    assert int(values("MaxConnections", "certd-session.socket")[0]) > 2 * (sessions + sign_ins)


def test_bus_policy_of_the_web():
    """dbus-daemon(1): who may not connect is denied where nothing can allow it again."""
    policy = ElementTree.parse(SOURCE / "policy/org.certd1.web.conf").getroot()
    mandatory = policy.find("policy[@context='mandatory']")
    assert [(rule.tag, rule.attrib) for rule in mandatory] == [("deny", {"user": "certd-web"})]
    allowed = {rule.get("send_destination") for rule in policy.find("policy[@user='certd-tls']").findall("allow")}
    assert allowed == {"org.certd1", "org.freedesktop.DBus"}


def test_verify(tmp_path):
    """systemd has nothing to say about the units; the programs are where this build has them."""
    for name in NAMES:
        text = (UNITS / name).read_text(encoding="utf-8")
        (tmp_path / name).write_text(re.sub(r"^ExecStart=.*/(certd[a-z-]*)$",
                                            lambda match: f"ExecStart={BUILD}/{PROGRAMS[match[1]]}",
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
        pages = re.findall(r"man:([a-z.-]+)\((\d)\)", text)
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
    users = run("systemd-sysusers", f"--root={tmp_path}", SOURCE / "data/certd.sysusers.conf",
                SOURCE / "data/certd-web.sysusers.conf")
    assert users.returncode == 0, users.stderr
    groups = (tmp_path / "etc/group").read_text()
    assert all(f"{name}:" in groups for name in ("certd-admin", "certd-tls", "certd-web"))
    uid = int(re.search(r"^certd:[^:]*:(\d+):", (tmp_path / "etc/passwd").read_text(),
                        re.MULTILINE).group(1))
    done = run("systemd-tmpfiles", "--create", f"--root={tmp_path}", UNITS / "certd.tmpfiles.conf",
               UNITS / "certd-web.tmpfiles.conf")
    assert done.returncode == 0, done.stderr
    for path, owner in (("run/certd", uid), ("etc/certd/requesters.d", 0), ("run/certd-acme", 0)):
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
