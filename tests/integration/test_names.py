# SPDX-License-Identifier: LGPL-2.1-or-later
"""Names and addresses come, go and flap; the device's certificate is for those that there are.

What it has to be for is read from ip, hostname and getent after each change. A proof that something
does not happen ends with a change that does: Generation tells how often there was something new.
"""

import itertools
import json
import subprocess
import time

import device
import pytest
import served
import support
from device import HOME, HOME_NAMES, HOSTS, add
from gi.repository import Gio, GLib
from served import HTTPS, check, settle

pytestmark = pytest.mark.usefixtures("home")
FLAPS_A_SECOND = 100
FLAP_SECONDS = 5
# By how much more one certificate may have taken to be made, and to be told of, than the next.
LATE_SECONDS = 0.5
LIMIT_SANS_OWN = 100


@pytest.fixture
def changes(bus):
    made = served.Changes(bus)
    yield made
    made.close()


def generation(bus):
    return bus.get(HTTPS, "Certificate", "Generation")


def test_first_start(bus, certd):  # R22 R23
    """The first certificate is there with the first answer, for all that the device is called."""
    add("192.168.7.9/24", "203.0.113.9/32", "2001:db8::9/64", "fe80::9/64")
    before = served.Authority()
    certd.stop()
    for path in certd.state_directory.iterdir():
        path.unlink()
    certd.start()
    pem = check(bus)
    assert bus.get(HTTPS, "Certificate", "Origin") == "default"
    after = served.Authority()
    assert after.key_identifier != before.key_identifier
    assert served.public_key(pem) != served.public_key(after.pem)


def device_names(bus):
    return {tuple(pair) for pair in bus.get(support.MANAGER, "Manager", "DeviceNames")}


def test_device_names(bus, settled):  # R24
    """What the device is called is told, and told again when it is another thing."""
    heard = []
    subscription = support.subscribe(
        bus.connection(), support.NAME, "org.freedesktop.DBus.Properties", "PropertiesChanged", support.MANAGER,
        None, Gio.DBusSignalFlags.NONE, lambda *signal: heard.append(signal[5].unpack()[1].get("DeviceNames")))
    assert device_names(bus) == device.names()
    add("192.168.7.9/24")
    settle(bus, "a certificate for the new address")
    support.wait_until(lambda: [one for one in heard if one and ("IP", "192.168.7.9") in one], "the signal")
    assert device_names(bus) == device.names() >= {("IP", "192.168.7.9")}
    assert "IP:192.168.7.9" in bus.certctl("status", check=True).stdout
    bus.connection().signal_unsubscribe(subscription)


def test_addresses_come_and_go(bus, settled):  # R24
    add("192.168.7.9/24", "10.9.8.7/8", "169.254.7.9/16", "fd00:7::9/64", "fe80::9/64")
    settle(bus, "a certificate for the new addresses")
    check(bus)
    device.batch([f"addr del 10.9.8.7/8 dev {device.NEAR}", f"addr del fd00:7::9/64 dev {device.NEAR}",
                  f"addr add 10.9.8.6/8 dev {device.NEAR}"])
    settle(bus, "a certificate without the addresses that went")
    check(bus)
    device.ip("link", "set", device.NEAR, "down")
    try:
        settle(bus, "a certificate without the interface")
        check(bus, HOME_NAMES)
    finally:
        device.ip("link", "set", device.NEAR, "up")


def test_what_is_not_reachable(bus, settled):  # R24
    """Loopback, an interface that is down and a tentative address don't count; the last two may
    later. Duplicate address detection waits for a carrier, and that for the cable's other end."""
    tentative, down = "certd2", "certd3"
    device.plug(tentative, down)
    try:
        device.batch([f"link set {tentative} up", f"addr add fd00:7::5/64 dev {tentative}",
                      f"addr add 192.168.9.1/24 dev {down}", f"addr add fd00:9::1/64 dev {down}",
                      "addr add 127.0.0.9/8 dev lo", "addr add 192.168.9.2/32 dev lo",
                      f"addr add 192.168.7.9/24 dev {device.NEAR}"])
        settle(bus, "a certificate for the one address that counts")
        assert device.tentative() == {"fd00:7::5", "fd00:9::1"}
        check(bus, HOME_NAMES | {("IP", "192.168.7.9")})
        device.ip("link", "set", down, "up")
        support.wait_until(lambda: not device.tentative(), "duplicate address detection")
        settle(bus, "a certificate for the addresses that are ready now")
        check(bus, HOME_NAMES | {("IP", "192.168.7.9"), ("IP", "192.168.9.1"), ("IP", "fd00:7::5"),
                                 ("IP", "fd00:9::1")})
    finally:
        device.unplug(tentative)
        device.batch(["addr del 127.0.0.9/8 dev lo", "addr del 192.168.9.2/32 dev lo"])


@pytest.mark.parametrize("transient, fixed", (
    ("sensor7", "sensor8.lab.example.org"),
    ("10.1.2.3", "..\x07$(id)\"'\\"),
    ("Sensor7.Lab.Example.ORG", "a b"),
    ("com", ""),
    ("localhost", "under_score"),
    ("", "x" * 64),
    ("y" * 31 + "." + "z" * 32, "-"),
    ("\udcff\udcfe", "m\u00fcnchen"),
), ids=("one-label", "quotes", "spaces", "public-suffix", "localhost", "empty", "64-characters",
        "not-ascii"))
def test_host_names(bus, transient, fixed):  # R24
    device.set_host_name(transient)
    device.write("hostname", fixed + "\n")
    assert served.names(bus) != device.names(), "each row asks for another certificate than the last"
    settle(bus, "a certificate for the new host names")
    check(bus)
    assert bus.get(support.MANAGER, "Manager", "State") == "ready"


def test_addresses_alone(bus, settled):  # R24
    """Without a host name the certificate is for addresses, and nothing in it reads as a name."""
    device.set_host_name("a b")
    device.write("hostname", "")
    add("192.168.7.9/24")
    settle(bus, "a certificate for the address")
    pem = check(bus, {("IP", "192.168.7.9")})
    assert served.openssl("x509", "-noout", "-subject", data=pem).strip() == "subject="


@pytest.mark.parametrize("change", (device.write, device.replace), ids=("in-place", "replaced"))
def test_names_in_files(bus, settled, change):  # R24
    change("hostname", "# a comment\n\nrouter7\n")
    expected = HOME_NAMES | {("DNS", "router7"), ("DNS", "router7.local")}
    settle(bus, "a certificate for the name in /etc/hostname", lambda: expected)
    check(bus, expected)
    change("hosts", f"{HOSTS}192.0.2.1\trouter7.lab.example.org router7 # here\n")
    expected.add(("DNS", "router7.lab.example.org"))
    settle(bus, "a certificate for the full name in /etc/hosts", lambda: expected)
    check(bus, expected)


class Flapping:
    """Other names and addresses, FLAPS_A_SECOND, until it is stopped; late ones are made up for."""

    def __init__(self):
        self.count = 0
        self.began = time.monotonic()
        self._ip = subprocess.Popen(["ip", "-batch", "-"], stdin=subprocess.PIPE, text=True)
        self._source = GLib.timeout_add(1000 // FLAPS_A_SECOND, self._on_time)

    def _on_time(self):
        while self.count < (time.monotonic() - self.began) * FLAPS_A_SECOND:
            self._flap()
        return True

    def _flap(self):
        word = "del" if self.count % 2 else "add"
        number = self.count // 2 % 250 + 1
        device.set_host_name(f"flap{self.count}.lab.example.org")
        self._ip.stdin.write(f"addr {word} 10.9.0.{number}/32 dev {device.NEAR}\n"
                             f"addr {word} fd00:9::{number:x}/128 dev {device.NEAR} nodad\n")
        self._ip.stdin.flush()
        self.count += 1

    def stop(self):
        GLib.source_remove(self._source)
        self._ip.stdin.close()
        assert self._ip.wait() == 0


def test_flapping(bus, settled, changes):  # R24
    """However fast things flap, there is one certificate every 2 s, and the right one at the end."""
    authority = served.Authority()
    before = generation(bus)
    flapping = Flapping()
    try:
        support.wait_until(lambda: flapping.count >= FLAPS_A_SECOND * FLAP_SECONDS, "flaps")
    finally:
        flapping.stop()
    device.set_host_name("settled.lab.example.org")
    settle(bus, "the certificate for the names that stayed")
    check(bus)
    issued = generation(bus) - before
    support.wait_until(lambda: len(changes.seen) >= issued, "a signal for each certificate")
    assert {cause for _, cause in changes.seen} == {"names"}
    assert 2 <= issued == len(changes.seen)
    passed = [later - earlier for (earlier, _), (later, _) in itertools.pairwise(changes.seen)]
    assert min(passed) >= served.GATHER_SECONDS - LATE_SECONDS
    assert served.Authority().fingerprint == authority.fingerprint, "all within the domain"


def test_many_addresses(bus, settled):  # R24
    """At the limit all, beyond it as many as there is room for; public ones, so the authority too."""
    room = LIMIT_SANS_OWN - len(HOME_NAMES)
    add(*(f"203.0.113.{number}/32" for number in range(1, room + 1)))
    settle(bus, "a certificate with as many names as there may be")
    check(bus)
    assert len(device.names()) == LIMIT_SANS_OWN
    add(*(f"198.51.100.{number}/32" for number in range(1, 201)))
    settle(bus, "a certificate with some of the names",
           lambda: served.names(bus) if served.names(bus) < device.names() else None)
    some = served.names(bus)
    assert len(some) == LIMIT_SANS_OWN and HOME_NAMES < some
    served.export(bus, some)


def test_installed_certificate_stays(bus, settled, authority, tmp_path):  # R25
    """It keeps its place when the names leave it, with a warning for as long as they are away."""
    key, leaf, chain = (tmp_path / name for name in ("key.pem", "leaf.csr", "chain.pem"))
    served.openssl("req", "-new", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes",
                   "-subj", f"/CN={HOME}", "-addext", f"subjectAltName=DNS:{HOME}", "-keyout", key,
                   "-out", leaf)
    chain.write_text(authority.chain(authority.sign(leaf.read_text(encoding="ascii"))),
                     encoding="ascii")
    bus.certctl("import", "https", chain, "--key-file", key, check=True)
    try:
        installed = bus.certctl("export", "https", check=True).stdout
        before = generation(bus)
        assert "san-mismatch" not in served.finding_codes(bus)
        assert "san-mismatch" not in served.problems(bus)
        device.set_host_name("elsewhere.lab.example.org")
        device.write("hostname", "")
        add("192.168.7.9/24")
        support.wait_until(lambda: "san-mismatch" in served.finding_codes(bus)
                           and "san-mismatch" in served.problems(bus), "the warning",
                           served.DEADLINE_SECONDS)
        assert served.problems(bus)["san-mismatch"][0] == "warning"
        assert bus.get(support.MANAGER, "Manager", "State") == "ready"
        assert "san-mismatch" in bus.certctl("show", "https", "--json", check=True).stdout
        device.set_host_name(HOME)
        support.wait_until(lambda: "san-mismatch" not in served.finding_codes(bus)
                           and "san-mismatch" not in served.problems(bus), "the warning's end",
                           served.DEADLINE_SECONDS)
        assert bus.certctl("export", "https", check=True).stdout == installed
        assert generation(bus) == before
    finally:
        bus.certctl("reset", "https", "--yes", check=True)
    check(bus)


def test_restart(bus, certd, settled):  # R23 R24
    """Nothing new for the same names, and a new certificate for names that changed meanwhile."""
    fingerprint, before = bus.get(HTTPS, "Certificate", "Fingerprint"), generation(bus)
    authority = served.Authority()
    certd.restart(clean=True)
    certd.restart()
    assert bus.get(HTTPS, "Certificate", "Fingerprint") == fingerprint
    certd.stop()
    add("192.168.7.9/24")
    certd.start()
    settle(bus, "a certificate for the names that changed while certd was down")
    check(bus)
    assert generation(bus) == before + 1
    assert served.Authority().fingerprint == authority.fingerprint


@pytest.fixture
def without_network(bus, settled):
    """Every interface is down, loopback too."""
    names = [link["ifname"] for link in json.loads(device.ip("-json", "link", "show"))]
    device.batch([f"link set {name} down" for name in names])
    yield
    device.batch([f"link set {name} up" for name in names])


def test_reset_without_network(bus, certd, without_network):  # R50
    """A console is enough, and certd goes on: what somebody installed is the previous one then."""
    assert device.ip("link", "show", "up") == ""
    bus.certctl("self-sign", "https", "--san", "DNS:elsewhere.example.org", check=True)
    installed, pid = bus.get(HTTPS, "Certificate", "Fingerprint"), certd.pid
    assert bus.get(HTTPS, "Certificate", "Origin") == "self"
    bus.certctl("reset", "https", "--yes", check=True)
    check(bus, HOME_NAMES)
    assert bus.get(HTTPS, "Certificate", "Origin") == "default"
    assert bus.get(support.MANAGER, "Manager", "State") == "ready"
    assert certd.pid == pid
    bus.certctl("rollback", "https", check=True)
    assert bus.get(HTTPS, "Certificate", "Fingerprint") == installed
    # Without a network at its start, too.
    certd.restart(clean=True)
    bus.certctl("reset", "https", "--yes", check=True)
    check(bus, HOME_NAMES)
