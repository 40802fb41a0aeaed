# SPDX-License-Identifier: LGPL-2.1-or-later
"""A damaged keystore or sealing key, a full disk, a second daemon: said, survived and mended, and nothing
is deleted."""

import os
import pathlib
import subprocess

import hostile
import pytest
import support
from gi.repository import GLib
from hostile import CERTIFICATE, ERROR


def manager(bus, name):
    return bus.get(support.MANAGER, "Manager", name)


def problem_codes(bus):
    return [problem[0] for problem in manager(bus, "Problems")]


def names(certd):
    return {path.name for path in certd.state_directory.iterdir()}


def spoil(certd, bus, name, change):
    """Changes a file of the state directory while certd is down."""
    bus.close()
    certd.stop(clean=True)
    path = certd.state_directory / name
    status = path.stat() if path.exists() else None
    change(path)
    if status is not None and path.exists():
        os.chown(path, status.st_uid, status.st_gid)
    certd.start()


def overwrite(path):
    with open(path, "r+b") as file:
        file.write(b"\xde\xad" * 2048)


def truncate(path):
    os.truncate(path, path.stat().st_size // 2 + 7)


def replace_by_text(path):
    path.write_text("this is no database\n" * 100, encoding="ascii")


@pytest.mark.parametrize("change", (overwrite, truncate, replace_by_text))
def test_keystore_set_aside(bus, certd, change):  # R51
    before = names(certd)
    fingerprint = bus.get(CERTIFICATE, "Certificate", "Fingerprint")
    spoil(certd, bus, "keystore.db", change)
    aside = {name for name in names(certd) - before if name.startswith("keystore.db.damaged-")}
    assert aside, "the damaged keystore is kept"
    assert manager(bus, "State") == "degraded"
    assert "keystore-set-aside" in problem_codes(bus)
    # There is a certificate again, and a reset makes another.
    default = bus.get(CERTIFICATE, "Certificate", "Fingerprint")
    assert default not in ("", fingerprint)
    done = bus.certctl("reset", "https", "--yes")
    assert done.returncode == 0 and "https" in done.stderr + done.stdout  # R53
    assert bus.get(CERTIFICATE, "Certificate", "Fingerprint") != default
    bus.close()
    certd.restart(clean=True)
    assert manager(bus, "State") == "ready"


@pytest.mark.parametrize("change", (overwrite, truncate, lambda path: path.write_bytes(b"")),
                         ids=("overwritten", "truncated", "empty"))
def test_sealing_key_damaged(bus, certd, change):  # R51
    """What it sealed is gone with it; the file is set aside, and a reset mends the rest."""
    spoil(certd, bus, "sealing.key", change)
    damaged = (certd.state_directory / "sealing.key").read_bytes()
    assert manager(bus, "State") == "degraded"
    assert problem_codes(bus) == ["sealing-key-unusable", "key-unreadable"]
    path, = bus.call(CERTIFICATE, "Certificate", "CreateRequest", "(sa{sv})", ("external", {}))
    support.wait_until(lambda: bus.get(path, "Request", "State") == "failed", "the request fails")
    assert bus.get(path, "Request", "Error")[0] == ERROR + "KeyUnavailable"
    assert bus.get(CERTIFICATE, "Certificate", "Chain").startswith("-----BEGIN CERTIFICATE")
    assert bus.certctl("reset", "https", "--yes").returncode == 0
    assert manager(bus, "State") == "ready"
    assert damaged in [path.read_bytes() for path in certd.state_directory.glob("sealing.key?*")]
    assert bus.certctl("request", "https").returncode == 0


def test_one_daemon(certd):
    """A second one on the same keystore says why it doesn't start."""
    scratch = pathlib.Path(os.environ["CERTD_PID_FILE"]).parent
    done = subprocess.run(
        ["setpriv", "--reuid=certd", "--regid=certd", "--init-groups",
         scratch / "libexec" / "certd", "--state-directory", certd.state_directory, "--config",
         scratch / "certd.conf", "--worker", scratch / "libexec" / "certd-worker"],
        capture_output=True, text=True, check=False, timeout=20, stdin=subprocess.DEVNULL)
    assert done.returncode == 1
    assert "another" in done.stderr


def test_modes(certd):
    assert certd.state_directory.stat().st_mode & 0o777 == 0o700
    for path in certd.state_directory.iterdir():
        assert path.stat().st_mode & 0o077 == 0, path


@pytest.fixture
def full_disk(bus, certd):
    """The state directory on a small file system without a byte left."""
    bus.close()
    certd.stop(clean=True)
    state = certd.state_directory
    kept = {path.name: path.read_bytes() for path in state.iterdir()}
    owner = state.stat()
    subprocess.run(["mount", "-t", "tmpfs", "-o", f"size=2m,mode=0700,uid={owner.st_uid},"
                    f"gid={owner.st_gid}", "small", state], check=True)
    for name, data in kept.items():
        if ".damaged-" not in name and name != "keystore.reserve":
            (state / name).write_bytes(data)
            os.chown(state / name, owner.st_uid, owner.st_gid)
            os.chmod(state / name, 0o600)
    certd.start()
    filler = state / "filler"
    with open(filler, "wb", buffering=0) as file:
        try:
            while True:
                file.write(b"\0" * 4096)
        except OSError:
            pass
    yield filler
    bus.close()
    certd.stop(clean=True)
    subprocess.run(["umount", state], check=True)
    certd.start()


def test_full_disk(bus, full_disk):
    """Said, with nothing changed; reading goes on; and with room again all works."""
    errors = set()
    for number in range(2000):
        before = hostile.dump(bus) if number % 100 == 0 else None
        try:
            bus.call(support.MANAGER, "Manager", "CreateCertificate", "(sa{sv})",
                     (f"full{number}", {}))
        except GLib.Error as error:
            errors.add(support.remote_error(error))
            if before is not None:
                assert hostile.dump(bus) == before
        if len(errors) and number % 100 == 0:
            break
    assert errors == {ERROR + "StorageFull"}
    assert bus.get(CERTIFICATE, "Certificate", "Chain")
    full_disk.unlink()
    bus.call(support.MANAGER, "Manager", "CreateCertificate", "(sa{sv})", ("room-again", {}))
    assert bus.certctl("reset", "https", "--yes").returncode == 0


def test_factory_reset(bus, certd):  # R54
    """Every key dies: not even the old sealed bytes with the new sealing key could be opened."""
    bus.certctl("create", "mqtt", check=True)
    bus.certctl("self-sign", "mqtt", check=True)
    old_key = (certd.state_directory / "sealing.key").read_bytes()
    fingerprint = bus.get(CERTIFICATE, "Certificate", "Fingerprint")
    lost, = bus.call(support.MANAGER, "Manager", "FactoryReset", "(a{sv})", ({},))
    assert {"https", "mqtt"} <= set(lost)
    rows, _ = bus.call(support.MANAGER, "Manager", "ListCertificates", "(a{sv}su)", ({}, "", 0))
    assert [row[0] for row in rows] == ["https"]
    assert bus.get(CERTIFICATE, "Certificate", "Fingerprint") not in ("", fingerprint)
    new_key = (certd.state_directory / "sealing.key").read_bytes()
    assert new_key != old_key
    for path in certd.state_directory.iterdir():
        if ".damaged-" not in path.name:
            assert old_key[-32:] not in path.read_bytes(), path
    bus.close()
    certd.restart()
    assert manager(bus, "State") == "ready"
    assert bus.certctl("request", "https").returncode == 0


def test_wrapped_sealing_key(open_path):
    """With a wrapping key the sealing key alone opens nothing; with another one it says so."""
    here = pathlib.Path(__file__).resolve().parent
    credentials = open_path / "credentials"
    credentials.mkdir(mode=0o755)
    (credentials / "certd.wrapping-key").write_bytes(os.urandom(32))
    (credentials / "certd.wrapping-key").chmod(0o644)
    done = subprocess.run(
        [here.parent / "private-bus", "--build", os.environ["CERTD_BUILD"], "--",
         "/usr/bin/python3", here / "wrapped_key.py", credentials],
        env={**os.environ, "CREDENTIALS_DIRECTORY": str(credentials)}, capture_output=True,
        text=True, check=False, stdin=subprocess.DEVNULL)
    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stdout.split() == ["wrapped", "refused", "opened"]
