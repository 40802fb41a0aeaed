# SPDX-License-Identifier: LGPL-2.1-or-later
"""The README's main job with curl does what it says, as it stands there."""

import os
import pathlib
import re
import subprocess
import textwrap

import device
import pytest
import served
import web

README = pathlib.Path(__file__).resolve().parents[2] / "README.md"
NAME = "dev1.example.org"


def commands():
    """The indented block below the heading, as one script."""
    section = README.read_text(encoding="utf-8").partition("## The same over HTTPS\n")[2].partition("\n## ")[0]
    block = "".join(re.findall(r"^(?: {4}.*)?\n", section.partition("confirmation")[2].partition("\n")[2],
                               re.MULTILINE))
    return textwrap.dedent(block).strip()


@pytest.fixture
def at_home(bus, cable):
    """The device has the README's name, and a certificate for it."""
    device.go_home()
    device.set_host_name(NAME)
    served.settle(bus, "the certificate for the README's name")


def test_main_job(bus, at_home, authority, tmp_path):  # R4 R60
    """Run with curl told where the device is, and the name and the password as if they were typed."""
    for name in ("root.pem", "root.key"):
        (tmp_path / name).write_bytes((authority.folder / name).read_bytes())
    places = [f'connect-to = "{NAME}:{usual}:{host}:{port}"'
              for usual, (host, port) in ((443, web.place()), (80, web.place(plain=True)))]
    (tmp_path / ".curlrc").write_text("\n".join(places) + "\n", encoding="ascii")
    before = bus.get(served.HTTPS, "Certificate", "Generation")
    user, password = web.account(web.ADMIN)
    script = tmp_path / "script"
    script.write_text(f"set -eo pipefail\n{commands()}\n", encoding="utf-8")
    done = subprocess.run(["bash", script], cwd=tmp_path, input=f"{user}\n{password}\n", text=True, check=False,
                          capture_output=True, env={**os.environ, "CURL_HOME": str(tmp_path)}, timeout=60)
    assert done.returncode == 0, f"{done.stdout}\n{done.stderr}"
    assert bus.get(served.HTTPS, "Certificate", "Generation") > before
    assert bus.get(served.HTTPS, "Certificate", "TrialDeadline") == 0
    details = bus.get(served.HTTPS, "Certificate", "Details")
    assert ("DNS", NAME) in [tuple(pair) for pair in details["subject-alt-names"]]
    assert details["issuer"] == "CN=Example Root,O=Example"
    # It was proven by that client, and not said to be tested.
    assert "ested" not in commands()
    assert password not in done.stdout + done.stderr
    # The session has ended.
    token = (tmp_path / "token").read_text(encoding="ascii").partition(":")[2].strip()
    context = {"trusted": tmp_path / "root.pem", "name": NAME}
    with web.Web(**context) as client:
        assert client.get(web.SESSIONS, headers={"X-Auth-Token": token}).status == 401
