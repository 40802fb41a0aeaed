# SPDX-License-Identifier: LGPL-2.1-or-later
"""The authority and the device's names: when they ask for a new certificate of it, and when not."""

import device
import pytest
import served
import support
from device import HOME, add
from gi.repository import Gio, GLib
from served import AUTHORITY, HTTPS, check, settle

pytestmark = pytest.mark.usefixtures("settled")
HOST_NAMES = {f"DNS:{HOME}", "DNS:unit7.local"}
FIXED = {"DNS:local", "IP:10.0.0.0/255.0.0.0", "IP:172.16.0.0/255.240.0.0",
         "IP:192.168.0.0/255.255.0.0", "IP:169.254.0.0/255.255.0.0",
         "IP:FC00:0:0:0:0:0:0:0/FE00:0:0:0:0:0:0:0", "IP:FE80:0:0:0:0:0:0:0/FFC0:0:0:0:0:0:0:0"}


@pytest.fixture
def local(bus, settled):
    """An authority of the scope local, with a key of its own, that was never replaced unasked."""
    regenerate(bus, "local")


def regenerate(bus, scope):
    """Makes the authority anew in scope; returns when the certificate is of the new one."""
    before = bus.get(HTTPS, "Certificate", "Fingerprint")
    bus.call(AUTHORITY, "Authority", "Regenerate", "(a{sv})",
             ({"authority-scope": GLib.Variant("s", scope)},))
    support.wait_until(lambda: bus.get(HTTPS, "Certificate", "Fingerprint") != before,
                       "a certificate of the new authority", served.DEADLINE_SECONDS)
    assert bus.get(AUTHORITY, "Authority", "Scope") == scope


def replaced(bus, before):
    """Whether the authority has another certificate than before, which is for the same key then."""
    after = served.Authority()
    assert after.key_identifier == before.key_identifier
    assert served.public_key(after.pem) == served.public_key(before.pem)
    assert bus.get(AUTHORITY, "Authority", "Fingerprint").replace(":", "").lower() \
        == after.fingerprint
    return after.fingerprint != before.fingerprint


@pytest.fixture
def looks(bus):
    """An element for each time that certd has looked at the findings of https again."""
    seen = []
    connection = bus.new_connection()
    support.subscribe(
        connection, support.NAME, "org.freedesktop.DBus.Properties", "PropertiesChanged", HTTPS, None,
        Gio.DBusSignalFlags.NONE,
        lambda *arguments: "Findings" in str(arguments[5]) and seen.append(True))
    yield seen
    connection.close_sync(None)


def permitted(bus):
    return set(bus.get(AUTHORITY, "Authority", "PermittedNames"))


@pytest.mark.parametrize("host_name, address, added", (
    (HOME, "203.0.113.9/32", "IP:203.0.113.9/255.255.255.255"),
    (HOME, "2001:db8::9/64", "IP:2001:DB8:0:0:0:0:0:9/FFFF:FFFF:FFFF:FFFF:FFFF:FFFF:FFFF:FFFF"),
    ("unit7.works.example.net", None, "DNS:works.example.net"),
    ("unit8", None, "DNS:unit8"),
), ids=("public-ipv4", "public-ipv6", "new-domain", "new-label"))
def test_outside_the_constraints(bus, local, host_name, address, added):  # R22 R24
    """The same key and another certificate, and whoever imported the one before is told."""
    before = served.Authority()
    pem = bus.certctl("export", "https", check=True).stdout
    device.set_host_name(host_name)
    if address:
        add(address)
    assert added not in before.constraints
    settle(bus, "a certificate for names that the authority did not permit")
    check(bus)
    assert replaced(bus, before)
    after = served.Authority()
    assert added in after.constraints
    assert FIXED < after.constraints
    severity, message, remedy = served.problems(bus)["authority-replaced"]
    assert severity == "warning" and "import" in message and "certctl ca export" in remedy
    assert bus.get(support.MANAGER, "Manager", "State") == "ready"
    # What was issued before is of this authority still.
    served.openssl("verify", "-x509_strict", "-CAfile", served.PUBLISHED / "ca.crt", data=pem)


def test_within_the_constraints(bus, local):  # R22 R24
    """DHCP, link-local addresses and other host names of the domain ask for no new import."""
    before = served.Authority()
    assert "authority-replaced" in served.problems(bus), "regenerate is told of as well"
    told = served.problems(bus)["authority-replaced"]
    add("192.168.7.9/24", "10.9.8.7/8", "172.20.1.1/16", "169.254.7.9/16", "fd00:7::9/64",
        "fe80::9/64")
    device.set_host_name("unit9.lab.example.org")
    settle(bus, "a certificate for the new names")
    check(bus)
    assert not replaced(bus, before)
    assert served.problems(bus)["authority-replaced"] == told


def test_scope_device(bus):  # R22 R26
    """The names there are, no others; so an address from DHCP asks for a new import."""
    add("192.168.7.9/24")
    settle(bus, "a certificate for the address")
    done = bus.certctl("ca", "regenerate", "--scope", "device", "--yes")
    assert done.returncode == 0, done.stderr
    support.wait_until(lambda: accepted(bus), "a certificate of the new authority",
                       served.DEADLINE_SECONDS)
    check(bus)
    assert permitted(bus) == {*HOST_NAMES, "IP:192.168.7.9/32", "IP:::/128"}
    before = served.Authority()
    device.ip("addr", "flush", "dev", device.NEAR)
    add("192.168.7.10/24")
    settle(bus, "a certificate for the other address")
    check(bus)
    assert replaced(bus, before)
    assert permitted(bus) == {*HOST_NAMES, "IP:192.168.7.10/32", "IP:::/128"}


def accepted(bus):
    """Whether the certificate is of the authority whose certificate is published."""
    done = bus.run("openssl", "verify", "-CAfile", served.PUBLISHED / "ca.crt",
                   data=bus.certctl("export", "https", check=True).stdout)
    return done.returncode == 0


def test_scope_any(bus):  # R22 R26
    """Without constraints no name ever asks for a new import."""
    regenerate(bus, "any")
    before = served.Authority()
    assert not before.constraints and permitted(bus) == set()
    device.set_host_name("unit7.works.example.net")
    add("203.0.113.9/32")
    settle(bus, "a certificate for another domain and a public address")
    check(bus)
    assert not replaced(bus, before)
    regenerate(bus, "local")
    check(bus)
    assert {"DNS:local", "DNS:works.example.net", "IP:203.0.113.9/32"} <= permitted(bus)


def test_names_are_back_after_none(bus, looks):  # R24 R55
    """A device without any name keeps its certificate, and has the next as soon as it has names."""
    regenerate(bus, "device")
    fingerprint = bus.get(HTTPS, "Certificate", "Fingerprint")
    looks.clear()
    device.set_host_name("")
    device.write("hostname", "")
    support.wait_until(lambda: looks, "a look at the names", served.DEADLINE_SECONDS)
    assert bus.get(HTTPS, "Certificate", "Fingerprint") == fingerprint
    assert bus.get(support.MANAGER, "Manager", "State") == "ready"
    add("192.168.7.9/24")
    settle(bus, "a certificate for the first name there is")
    check(bus)


def test_restart_with_new_names(bus, certd, local):  # R22 R24
    """Names that left the constraints while certd was down."""
    before = served.Authority()
    certd.stop(clean=True)
    device.set_host_name("unit7.works.example.net")
    certd.start()
    settle(bus, "a certificate for the other domain")
    check(bus)
    assert replaced(bus, before)
