# SPDX-License-Identifier: LGPL-2.1-or-later
"""The authority's private key leaks nowhere: it is read out of the keystore as nobody but its owner can,
and then searched for, raw, as hex and as base64, wherever certd could have left it."""

import pathlib

import pytest
import support
from gi.repository import GLib
from leaks import Monitor, authority_key, forms, memory, processes, run

AUTHORITY = "/org/certd1/authority/internal"
# RFC 5915: version 1, then the private key, as 32 octets on P-256.
BEFORE_KEY = b"\x02\x01\x01\x04\x20"


class Scene:
    """What was seen while an authority was made, used, handed out and made again."""

    def __init__(self, bus, certd, folder):
        self.folder = folder
        monitor = Monitor(folder)
        monitor.wait_for(bus, "the-first-message")
        self.said = []
        self.keys = []
        for turn in range(2):
            self.work(bus, turn)
            self.keys.append(self.private_key(bus, certd))
        self.captured = monitor.stop(bus)

    def work(self, bus, turn):
        run("openssl", "req", "-new", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes",
            "-keyout", "other.key", "-out", "other.csr", "-subj", "/CN=camera.local", cwd=self.folder)
        more = ["--reuse-key"] if turn else []
        for words in (["ca", "regenerate", "--yes", *more], ["ca", "show"], ["issue", "https"],
                      ["ca", "sign", str(self.folder / "other.csr")], ["ca", "export"],
                      ["ca", "export", "--format", "mobileconfig"], ["status"], ["reset", "https",
                                                                               "--yes"]):
            done = bus.certctl(*words)
            assert done.returncode == 0, done.stderr
            self.said.append(done.stdout + done.stderr)

    def private_key(self, bus, certd):
        """Whose public key is that of the authority's certificate: what is searched for is the key."""
        certificate = bus.get(AUTHORITY, "Authority", "Certificate")
        bus.close()
        certd.stop(clean=True)
        der = authority_key(certd, self.folder)
        certd.start()
        public = run("openssl", "pkey", "-inform", "DER", "-pubout", data=der)
        assert public == run("openssl", "x509", "-noout", "-pubkey", data=certificate.encode())
        sec1 = run("openssl", "ec", "-inform", "DER", "-outform", "DER", data=der)
        return sec1.partition(BEFORE_KEY)[2][:32]

    def assert_none(self, where, data):
        for key in self.keys:
            # And as GMP has it in memory: the least significant octet first.
            for secret in (key, key[::-1]):
                for form in forms(secret):
                    assert form not in data, where


@pytest.fixture(scope="module")
def scene(bus, tmp_path_factory):
    return Scene(bus, support.Certd(), tmp_path_factory.mktemp("authority"))


def test_it_is_one_key(scene):  # R22
    """reuse-key kept it; and the search finds what it looks for."""
    first, second = scene.keys
    assert first == second and len(first) == 32
    with pytest.raises(AssertionError):
        scene.assert_none("what holds it", b"x" * 1000 + first.hex().encode())
    assert b"Regenerate" in scene.captured and b"BEGIN CERTIFICATE" in scene.captured


def test_bus(scene):  # R22
    scene.assert_none("the bus", scene.captured)


def test_messages(scene, certd):  # R22
    scene.assert_none("certctl's output", "".join(scene.said).encode())
    scene.assert_none("the log", certd.log.encode())


def test_files(scene, bus, certd):  # R22
    """What everybody may read, and what certd alone may."""
    published = pathlib.Path(certd.state_directory).parent / "run" / "authority"
    assert sorted(path.name for path in published.iterdir()) == ["ca.cer", "ca.crt"]
    state = [path for path in certd.state_directory.rglob("*") if path.is_file()]
    assert any(path.name == "keystore.db" for path in state)
    for path in [*state, *published.iterdir()]:
        scene.assert_none(path, path.read_bytes())


def test_properties(scene, bus):  # R22 R28
    for interface, path in (("Authority", AUTHORITY), ("Manager", support.MANAGER),
                            ("Certificate", "/org/certd1/certificate/https")):
        reply = bus.connection().call_sync(
            support.NAME, path, "org.freedesktop.DBus.Properties", "GetAll",
            GLib.Variant("(s)", (f"org.certd1.{interface}",)), None, 0, support.CALL_TIMEOUT_MSEC,
            None)
        scene.assert_none(path, reply.get_data_as_bytes().get_data())


def test_memory(scene, bus, certd):  # R22
    """After it has signed, it is in no process of certd's."""
    for words in (["issue", "https"], ["ca", "sign", str(scene.folder / "other.csr")]):
        assert bus.certctl(*words).returncode == 0
    found = processes(certd)
    assert len(found) > 2
    for pid, role in found:
        scene.assert_none(f"memory of {role}", memory(pid))
