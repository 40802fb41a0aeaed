# SPDX-License-Identifier: LGPL-2.1-or-later
"""R1: the sealing key under a wrapping key that comes later: wrapped once, said everywhere, and a copy of the
state directory is useless without it; and the commands that make the credential."""

import json
import os
import pathlib
import shutil
import stat
import subprocess

import logged
import pytest
import small_disk
import support
from hostile import CERTIFICATE

NAME = "certd.wrapping-key"
FORM_OFFSET = 20  # behind the magic of the file
PLAIN, WRAPPED = 0, 1
HERE = pathlib.Path(__file__).resolve().parent
STORE = pathlib.Path("/etc/credstore.encrypted")


def manager(bus, name):
    return bus.get(support.MANAGER, "Manager", name)


def problems(bus):
    return {problem[0]: problem[1] for problem in manager(bus, "Problems")}


def form(certd):
    return (certd.state_directory / "sealing.key").read_bytes()[FORM_OFFSET]


def restart(bus, certd):
    bus.close()
    certd.restart(clean=True)


def wraps(bus):
    return [row["outcome"] for row in logged.rows(bus, action="wrap", object="keystore/all")]


@pytest.fixture
def credentials(open_path):
    """A directory with a wrapping key that certd can read, as systemd would make it."""
    folder = open_path / "credentials"
    folder.mkdir()
    folder.chmod(0o755)
    (folder / NAME).write_bytes(os.urandom(32))
    (folder / NAME).chmod(0o644)
    return folder


@pytest.fixture
def plain(bus, certd):
    """certd with a sealing key in clear, and no credentials; afterwards too."""
    yield certd
    os.environ.pop("CREDENTIALS_DIRECTORY", None)
    bus.close()
    certd.stop()
    for path in certd.state_directory.iterdir():
        path.unlink()
    certd.start()


def give(credentials):
    """What certd finds when it is started the next time."""
    os.environ["CREDENTIALS_DIRECTORY"] = str(credentials)


def check_keys_open(bus):
    assert bus.certctl("request", "https", "--reuse-key", check=True).stdout


def test_wrapped_later(bus, plain, credentials):
    """Once, with a row of the log, and everything goes on with the keys that there were."""
    before = bus.get(CERTIFICATE, "Certificate", "Fingerprint")
    assert manager(bus, "SealingKey") == "plain" and form(plain) == PLAIN
    assert "plain" in bus.certctl("status", check=True).stdout
    give(credentials)
    for _ in range(2):
        restart(bus, plain)
        support.wait_until(lambda: manager(bus, "SealingKey") == "wrapped", "it is wrapped")
        assert form(plain) == WRAPPED
        assert manager(bus, "State") == "ready" and not problems(bus)
        assert bus.get(CERTIFICATE, "Certificate", "Fingerprint") == before
        check_keys_open(bus)
        assert wraps(bus) == ["ok"]
    assert "Sealing key:" in bus.certctl("status", check=True).stdout
    assert json.loads(bus.certctl("status", "--json", check=True).stdout)["SealingKey"] == "wrapped"
    assert not list(plain.state_directory.glob("sealing.key?*"))
    logged.check_chain(bus)


def test_copied(bus, plain, credentials, tmp_path):
    """The state directory elsewhere, without the credential: no key opens, certd says so, and an emergency
    certificate serves."""
    give(credentials)
    restart(bus, plain)
    support.wait_until(lambda: manager(bus, "SealingKey") == "wrapped", "it is wrapped")
    before = bus.get(CERTIFICATE, "Certificate", "Fingerprint")
    bus.close()
    plain.stop(clean=True)
    copy = shutil.copytree(plain.state_directory, tmp_path / "copy")
    environment = {name: value for name, value in os.environ.items() if name != "CREDENTIALS_DIRECTORY"}
    done = subprocess.run(
        [HERE.parent / "private-bus", "--build", os.environ["CERTD_BUILD"], "--state", copy, "--",
         "/usr/bin/python3", HERE / "copied_state.py", before],
        env=environment, capture_output=True, text=True, check=False, stdin=subprocess.DEVNULL)
    assert (done.returncode, done.stdout) == (0, "useless\n"), done.stdout + done.stderr
    plain.start()
    assert bus.get(CERTIFICATE, "Certificate", "Fingerprint") == before


def test_lost_and_found(bus, plain, credentials):
    """Without its credential it is unusable; with it, as before."""
    give(credentials)
    restart(bus, plain)
    os.environ.pop("CREDENTIALS_DIRECTORY")
    restart(bus, plain)
    assert manager(bus, "SealingKey") == "unusable"
    assert manager(bus, "State") == "degraded" and "sealing-key-unusable" in problems(bus)
    assert "unusable" in bus.certctl("status", check=True).stdout
    give(credentials)
    restart(bus, plain)
    support.wait_until(lambda: manager(bus, "SealingKey") == "wrapped", "it opens again")
    check_keys_open(bus)


def test_disk_full(bus, plain, credentials):
    """It can't be wrapped: that is a warning, the keys open, and the next start with room wraps it."""
    bus.close()
    plain.stop(clean=True)
    with small_disk.mounted(plain, "tmpfs") as disk:
        disk.fill()
        give(credentials)
        plain.start()
        support.wait_until(lambda: "sealing-key-plain" in problems(bus), "it is said")
        assert problems(bus)["sealing-key-plain"] == "warning"
        assert manager(bus, "State") == "ready" and manager(bus, "SealingKey") == "plain"
        assert bus.get(CERTIFICATE, "Certificate", "State") == "active"
        assert form(plain) == PLAIN
        disk.empty()
        check_keys_open(bus)
        restart(bus, plain)
        support.wait_until(lambda: manager(bus, "SealingKey") == "wrapped", "it is wrapped")
        assert not problems(bus) and wraps(bus) == ["ok"] and form(plain) == WRAPPED
        check_keys_open(bus)
        bus.close()
    plain.start()


class Script:
    """What certctl wrapping-key prints, run in a mount namespace with a store of its own. systemd-creds is
    the real one, with the host's key in that namespace; systemctl only notes that it was called."""

    def __init__(self, folder):
        self.text = subprocess.run(
            ["certctl", "wrapping-key"], env={**os.environ, "DBUS_SYSTEM_BUS_ADDRESS": "unix:path=/none"},
            stdin=subprocess.DEVNULL, capture_output=True, text=True, check=True).stdout
        self.folder = folder
        self.calls = folder / "systemctl-calls"
        self.store = folder / "store"
        for name in ("bin", "store", "secret"):
            (folder / name).mkdir(mode=0o700)
        self.stub("systemctl", f'echo "$*" >>{self.calls}')
        self.stub("systemd-creds", 'verb=$1\nshift\n[ "$verb" = decrypt ] || set -- --with-key=host "$@"\n'
                                   'exec /usr/bin/systemd-creds "$verb" "$@"')
        STORE.mkdir(mode=0o700, exist_ok=True)

    def stub(self, name, body):
        path = self.folder / "bin" / name
        path.write_text(f"#!/bin/sh\n{body}\n", encoding="ascii")
        path.chmod(0o755)

    def run(self, *command):
        """The script, or a command beside it, where its store is; with text of the output."""
        words = command or ("sh",)
        inside = 'mount --bind "$1" "$2" && mount --bind "$3" /var/lib/systemd && shift 3 && exec "$@"'
        return subprocess.run(
            ["unshare", "--mount", "sh", "-c", inside, "sh", self.store, STORE, self.folder / "secret",
             *words], input="" if command else self.text, capture_output=True, text=True, check=False,
            cwd=self.folder, env={**os.environ, "PATH": f"{self.folder}/bin:{os.environ['PATH']}"})


@pytest.fixture
def script(bus, tmp_path):
    return Script(tmp_path)


def test_script(script):
    """It makes a credential for root alone that systemd decrypts, restarts certd, and does so once."""
    done = script.run()
    assert done.returncode == 0, done.stderr
    made = script.store / NAME
    assert [path.name for path in script.store.iterdir()] == [NAME]
    assert stat.S_IMODE(made.stat().st_mode) == 0o600 and made.stat().st_uid == 0
    assert script.calls.read_text(encoding="ascii") == "restart certd.service\n"
    before = made.read_bytes()
    shown = script.run("sh", "-c", f"systemd-creds decrypt --name={NAME} {STORE}/{NAME} - | wc -c")
    assert shown.stdout.strip() == "32", shown.stderr
    again = script.run()
    assert again.returncode == 0 and "already" in again.stderr
    assert made.read_bytes() == before
    assert script.calls.read_text(encoding="ascii") == "restart certd.service\n"


@pytest.mark.parametrize("creds", ("exit 1", "cat >/dev/null; : >\"$4\"", "[ $1 = encrypt ] && : >\"$4\""))
def test_script_fails(script, creds):
    """Where systemd-creds fails, or says that it has not, nothing is left and certd goes on."""
    script.stub("systemd-creds", creds)
    assert script.run().returncode != 0
    assert not list(script.store.iterdir()) and not script.calls.exists()


def test_script_needs_root(script, bus):
    done = bus.run("sh", user=support.USER, data=script.text)
    assert done.returncode == 1 and "root" in done.stderr


def test_script_is_clean(script):
    done = subprocess.run(["shellcheck", "--shell=sh", "-"], input=script.text, capture_output=True,
                          text=True, check=False)
    assert done.returncode == 0, done.stdout
