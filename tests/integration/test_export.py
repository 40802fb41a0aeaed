# SPDX-License-Identifier: LGPL-2.1-or-later
"""The export directory with real users: who may read it, what replaces it, and what can't get in its way."""

import errno
import json
import os
import pwd
import shutil
import socket
import subprocess

import exported
import logged
import pytest
import served
import support
from exported import EXPORTS, FILES

BY_USER, BY_GROUP, OTHER = support.USER, support.ADMIN, "nobody"
RENEWALS = 20


@pytest.fixture
def web(bus):
    """A certificate of the device's authority's, with one consumer by user and one by group."""
    path = bus.call(support.MANAGER, "Manager", "CreateCertificate", "(sa{sv})", ("web", {}))[0]
    bus.call(path, "Certificate", "Reset", "(a{sv})", ({},))
    exported.add(bus, "web", "user", BY_USER)
    exported.add(bus, "web", "group", BY_GROUP)
    exported.settle(bus, "web")
    yield path
    if "web" in bus.certctl("list", check=True).stdout:
        bus.call(path, "Certificate", "Remove", "(a{sv})", ({},))


def problems(bus):
    return {code: message for code, _, message, _ in bus.get(support.MANAGER, "Manager", "Problems")}


def test_who_reads(bus, web):
    for user in (BY_USER, BY_GROUP, "root"):
        files = {file: exported.read("web", file, user) for file in FILES}
        assert files["tls.crt"] == exported.leaf(bus, "web")
        assert files["fullchain.pem"] == bus.get(web, "Certificate", "Chain")
        assert files["ca.pem"] == bus.certctl("ca", "export", check=True).stdout
        assert exported.belong_together(files["tls.key"], files["tls.crt"])
    assert exported.refusals("web", OTHER) == {"EACCES"}
    with support.identity(OTHER), pytest.raises(PermissionError):
        os.listdir(EXPORTS / "web")
    assert (EXPORTS / "web").stat().st_uid == pwd.getpwnam("certd").pw_uid


def test_removal_is_at_once(bus, web):
    exported.remove(bus, "web", "user", BY_USER)
    assert exported.refusals("web", BY_USER) == {"EACCES"}
    exported.read("web", "tls.key", BY_GROUP)
    # A directory that is held open is no way in either.
    with support.identity(BY_GROUP):
        held = os.open(EXPORTS / "web", os.O_RDONLY | os.O_DIRECTORY)
    exported.remove(bus, "web", "group", BY_GROUP)
    with support.identity(BY_GROUP), pytest.raises(OSError) as refused:
        os.open("tls.key", os.O_RDONLY, dir_fd=held)
    os.close(held)
    assert refused.value.errno in (errno.EACCES, errno.ENOENT)
    assert exported.listing() == []


def test_nothing_is_mixed(bus, web):
    watcher = exported.Watcher("web", BY_USER)
    for _ in range(RENEWALS):
        before = exported.leaf(bus, "web")
        bus.call(web, "Certificate", "Reset", "(a{sv})", ({},))
        assert exported.leaf(bus, "web") != before
        exported.settle(bus, "web")
    pairs = json.loads(watcher.end())
    assert len(pairs) > 1
    for key, certificate in pairs:
        assert exported.belong_together(key, certificate)


def test_a_user_plants(bus, web):
    for user in (BY_USER, OTHER):
        for folder in (EXPORTS.parent, EXPORTS, EXPORTS / "web"):
            with support.identity(user), pytest.raises(PermissionError):
                os.symlink("/etc", folder / "planted")
            with support.identity(user), pytest.raises(PermissionError):
                os.mkdir(folder / ".web.new")
    with support.identity(BY_USER), pytest.raises(PermissionError):
        os.open(EXPORTS / "web" / "tls.key", os.O_WRONLY)


def test_root_planted(bus, certd, web, tmp_path):
    victim = EXPORTS.parent / "victim"
    victim.write_text("precious", encoding="ascii")
    victim.chmod(0o666)
    (tmp_path / "tls.key").write_text("precious", encoding="ascii")
    certd.stop(clean=True)
    shutil.rmtree(EXPORTS / "web")
    (EXPORTS / "web").symlink_to(tmp_path)
    (EXPORTS / ".web.new").symlink_to(tmp_path)
    (EXPORTS / "https").symlink_to(tmp_path)
    os.link(victim, EXPORTS / "linked")
    (EXPORTS / ".hidden").mkdir()
    certd.start()
    exported.settle(bus, "web")
    assert not (EXPORTS / "web").is_symlink() and exported.listing() == ["web"]
    assert (tmp_path / "tls.key").read_text(encoding="ascii") == "precious"
    assert [entry.name for entry in tmp_path.iterdir()] == ["tls.key"]
    assert victim.read_text(encoding="ascii") == "precious"
    victim.unlink()
    # In the place of all of it.
    certd.stop(clean=True)
    shutil.rmtree(EXPORTS)
    EXPORTS.symlink_to(tmp_path)
    certd.start()
    exported.settle(bus, "web")
    assert not EXPORTS.is_symlink()
    assert [entry.name for entry in tmp_path.iterdir()] == ["tls.key"]


def test_restart(bus, certd, web):
    key = exported.read("web", "tls.key")
    for clean in (True, False):
        certd.stop(clean=clean)
        shutil.rmtree(EXPORTS)
        certd.start()
        exported.settle(bus, "web")
        assert exported.read("web", "tls.key", BY_USER) == key
        assert exported.refusals("web", OTHER) == {"EACCES"}


def test_remove(bus, web):
    bus.call(web, "Certificate", "Remove", "(a{sv})", ({},))
    assert exported.listing() == []


def test_unit_without_systemd(bus, web):
    """Nobody on this bus is systemd: that is told, and its success would take it away."""
    exported.add(bus, "web", "unit", "certd-test-web.service", "reload")
    before = logged.last(bus)
    bus.call(web, "Certificate", "Reset", "(a{sv})", ({},))
    support.wait_until(lambda: "consumer-failed" in problems(bus), "the failure to be told")
    message = problems(bus)["consumer-failed"]
    assert "certd-test-web.service" in message and '"web"' in message
    told = [row for row in logged.since(bus, before) if row["action"] == "deliver"]
    assert len(told) == 1 and told[0]["outcome"].startswith("org.") and "reload" in told[0]["detail"]
    exported.remove(bus, "web", "unit", "certd-test-web.service")
    assert "consumer-failed" not in problems(bus)


def test_a_server_serves(bus, web, tmp_path):
    """A program that runs as the consumer serves from the files, and a client believes it."""
    trusted = tmp_path / "ca.crt"
    shutil.copy(served.PUBLISHED / "ca.crt", trusted)
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    folder = EXPORTS / "web"
    server = subprocess.Popen(
        ["setpriv", f"--reuid={BY_USER}", "--regid=nogroup", "--clear-groups", "openssl", "s_server",
         "-accept", f"127.0.0.1:{port}", "-cert", folder / "tls.crt", "-key", folder / "tls.key",
         "-cert_chain", folder / "fullchain.pem", "-naccept", "1"],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    try:
        while server.stdout.readline() != "ACCEPT\n":
            assert server.poll() is None
        client = subprocess.run(
            ["openssl", "s_client", "-connect", f"127.0.0.1:{port}", "-verify_return_error",
             "-CAfile", trusted], input="Q\n", capture_output=True, text=True, check=False)
    finally:
        server.stdin.close()
        server.terminate()
        server.wait(support.DEADLINE_SECONDS)
    assert client.returncode == 0, client.stderr
    assert "Verify return code: 0 (ok)" in client.stdout
    assert exported.leaf(bus, "web").strip() in client.stdout


def test_factory_reset(bus, web):
    exported.add(bus, "https", "user", BY_USER)
    exported.settle(bus, "https")
    bus.call(support.MANAGER, "Manager", "FactoryReset", "(a{sv})", ({},))
    assert exported.listing() == []
    assert bus.get(exported.path_of(bus, "https"), "Certificate", "Consumers") == []
