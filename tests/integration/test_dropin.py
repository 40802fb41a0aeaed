# SPDX-License-Identifier: LGPL-2.1-or-later
"""certctl systemd-dropin: what it prints is a drop-in that systemd takes, and what it can't be made of is
refused. It needs no certd."""

import os
import pathlib
import subprocess

import pytest

CERTCTL = pathlib.Path(os.environ["CERTD_BUILD"]) / "clients/certctl/certctl"
UNIT = "[Unit]\nDescription=Test\n[Service]\nExecStart=/bin/true\n"


def dropin(*arguments):
    """Its run; there is no bus to ask."""
    environment = dict(os.environ, DBUS_SYSTEM_BUS_ADDRESS="unix:path=/nonexistent", LC_ALL="C.UTF-8")
    return subprocess.run([CERTCTL, "systemd-dropin", *arguments], capture_output=True, text=True,
                          env=environment, stdin=subprocess.DEVNULL)


def printed(*arguments):
    done = dropin(*arguments)
    assert (done.returncode, done.stderr) == (0, "")
    return done.stdout


def lines(text):
    return [line for line in text.splitlines() if line and not line.startswith("#")]


@pytest.mark.parametrize("unit", (
    "broker.service",
    "postgresql@15-main.service",
    r"dev-disk\x2dby.service",
))
@pytest.mark.parametrize("option", ((), ("--reload",)))
def test_systemd_takes_it(tmp_path, unit, option):  # R29
    (tmp_path / unit).write_text(UNIT)
    folder = tmp_path / (unit + ".d")
    folder.mkdir()
    (folder / "certd.conf").write_text(printed(*option, "mqtt", unit))
    # certd's own units, as far as the drop-in names them.
    (tmp_path / "certd.service").write_text(UNIT)
    (tmp_path / "certd.socket").write_text("[Socket]\nListenStream=/run/certd/credential.sock\n")
    done = subprocess.run(["systemd-analyze", "verify", "--man=no", tmp_path / unit],
                          capture_output=True, text=True, stdin=subprocess.DEVNULL)
    own = [line for line in done.stderr.splitlines() if "certd" in line or "Credential" in line]
    assert (done.returncode, own) == (0, [])


def test_restarted():  # R29
    text = printed("mqtt", "broker.service")
    assert lines(text) == [
        "[Unit]", "Wants=certd.socket", "After=certd.socket", "[Service]",
        "LoadCredential=mqtt.key:/run/certd/credential.sock",
        "LoadCredential=mqtt.fullchain:/run/certd/credential.sock"]
    assert "%d/mqtt.key" in text and "${CREDENTIALS_DIRECTORY}/mqtt.key" in text
    # For what takes no variable, and for what gives up root by itself.
    assert "#     /run/credentials/broker.service/mqtt.key\n" in text
    assert "#     /run/credentials/broker.service/mqtt.fullchain\n" in text
    assert "User=" in text and "#     certctl systemd-dropin --reload mqtt broker.service\n" in text
    assert "certctl consumers mqtt add unit:broker.service:restart\n" in text
    assert "/etc/systemd/system/broker.service.d/certd.conf\n" in text


def test_reloaded():  # R29
    text = printed("mqtt", "broker.service", "--reload")
    assert lines(text) == ["[Unit]", "Wants=certd.service", "After=certd.service"]
    assert "/run/certd/export/mqtt/tls.key\n" in text
    assert "certctl consumers mqtt add unit:broker.service:reload\n" in text
    assert "certctl systemd-dropin --reload mqtt broker.service >" in text


def test_shell():
    """A name with a backslash is one word of the shell that the comments are meant for."""
    text = printed("mqtt", r"a\x2db.service")
    assert r"add unit:'a\x2db.service':restart" in text
    assert "certctl systemd-dropin --reload mqtt 'a\\x2db.service'\n" in text
    assert "#     /run/credentials/a\\x2db.service/mqtt.key\n" in text


@pytest.mark.parametrize("name, unit, part", (
    ("../mqtt", "broker.service", '"../mqtt"'),
    ("MQTT", "broker.service", '"MQTT"'),
    ("mqtt", "broker", '"broker" is not the name of a service'),
    ("mqtt", "broker.socket", '"broker.socket"'),
    ("mqtt", "broker@.service", '"broker@.service"'),
    ("mqtt", "a b.service", '"a b.service"'),
    ("mqtt", "a\nExecStart=x.service", "not the name of a service"),
    ("mqtt", "a'b.service", "not the name of a service"),
    ("mqtt", "b" * 248 + ".service", "not the name of a service"),
))
def test_refused(name, unit, part):
    done = dropin(name, unit)
    assert done.stdout == ""
    assert done.returncode == (8 if name != "mqtt" else 12)  # InvalidName, InvalidOption
    assert part in done.stderr
