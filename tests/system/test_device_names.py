# SPDX-License-Identifier: LGPL-2.1-or-later
"""Under the sandbox certd sees what the device is called and which addresses it has, as they change."""

import asked
import booted
import pytest

SECONDS = 10  # R24
ADDRESSES = ("192.0.2.77/24", "2001:db8::77/64")
HOST_NAME = "unit9.lab.example.org"


def https(machine):
    return asked.openssl("x509", "-noout", "-ext", "subjectAltName",
                         data=machine.output("certctl", "export", "https"))


@pytest.mark.parametrize("address", ADDRESSES)
def test_another_address(machine, address):  # R24
    if machine.run("ip", "link", "show", "near", check=False).returncode != 0:
        machine.shell("ip link add near type veth peer name far; ip link set near up; ip link set far up")
    before = asked.fingerprint(machine, "https")
    machine.run("ip", "addr", "add", address, "dev", "near", *(["nodad"] if ":" in address else []))
    shown = {"192.0.2.77/24": "IP Address:192.0.2.77", "2001:db8::77/64": "IP Address:2001:DB8:0:0:0:0:0:77"}
    booted.wait_until(lambda: shown[address] in https(machine), "a certificate for the address", SECONDS)
    assert asked.fingerprint(machine, "https") != before


def test_another_host_name(machine):  # R24
    machine.run("hostnamectl", "set-hostname", HOST_NAME)
    booted.wait_until(lambda: f"DNS:{HOST_NAME}" in https(machine), "a certificate for the name", SECONDS)
    assert "ready" in machine.output("certctl", "status")
