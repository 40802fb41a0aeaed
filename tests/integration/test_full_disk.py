# SPDX-License-Identifier: LGPL-2.1-or-later
"""On a disk without a byte left https is served as it was, what can't be written changes nothing, and every
way back works: resets, a rollback, the end of a trial and the factory reset."""

import hostile
import https_settings
import keystore
import pytest
import served_tls
import small_disk
import support
import trial
from gi.repository import GLib
from hostile import CERTIFICATE, ERROR

RESETS = 20
MQTT = "/org/certd1/certificate/mqtt"
RESERVE = "keystore.reserve"
RESERVE_BYTES = 4 << 20


@pytest.fixture(params=small_disk.KINDS)
def disk(request, bus, certd):
    """A small disk; certd runs, and has more than its default."""
    bus.close()
    certd.stop(clean=True)
    with small_disk.mounted(certd, request.param) as made:
        certd.start()
        bus.certctl("create", "mqtt", check=True)
        bus.certctl("issue", "mqtt", check=True)
        yield made
        bus.close()
    certd.start()


def fingerprint(bus, path=CERTIFICATE):
    return bus.get(path, "Certificate", "Fingerprint")


def check_full(bus):
    """A change is refused with a message that helps, and nothing is different; what there is can be
    read."""
    before = hostile.dump(bus)
    with pytest.raises(GLib.Error) as refusal:
        for number in range(100):  # what is free within the log's last block is used up first
            before = hostile.dump(bus)
            bus.call(support.MANAGER, "Manager", "CreateCertificate", "(sa{sv})", (f"f{number}", {}))
    assert support.remote_error(refusal.value) == ERROR + "StorageFull"
    assert "make room" in refusal.value.message
    assert hostile.dump(bus) == before
    assert bus.get(CERTIFICATE, "Certificate", "State") == "active"


@pytest.mark.parametrize("started", ("before", "after"))
def test_resets(bus, certd, disk, tmp_path, started):  # R50 R51 R54
    """Again and again, whether certd ran when the disk filled up or was started on it."""
    assert (disk.state / RESERVE).stat().st_size == RESERVE_BYTES
    if started == "after":
        bus.close()
        certd.stop(clean=True)
        disk.fill()
        certd.start()
    disk.fill()
    check_full(bus)
    for number in range(RESETS):
        name, path = (("https", CERTIFICATE), ("mqtt", MQTT))[number % 2]
        before = fingerprint(bus, path)
        done = bus.certctl("reset", name, "--yes")
        assert done.returncode == 0, f"reset {number}: {done.stderr}"
        assert fingerprint(bus, path) != before
        disk.fill()
    served_tls.check(bus, certd, tmp_path)
    check_full(bus)
    for _ in range(2):
        before = fingerprint(bus)
        done = bus.certctl("factory-reset", "--yes")
        assert done.returncode == 0, done.stderr
        assert fingerprint(bus) != before
        served_tls.check(bus, certd, tmp_path)
        disk.fill()
    bus.close()
    certd.restart()
    served_tls.check(bus, certd, tmp_path)


def test_rollback(bus, certd, disk, tmp_path):  # R39
    bus.certctl("reset", "https", "--yes", check=True)
    disk.fill()
    check_full(bus)
    for _ in range(RESETS):
        before = fingerprint(bus)
        done = bus.certctl("rollback", "https")
        assert done.returncode == 0, done.stderr
        assert fingerprint(bus) != before
        disk.fill()
    served_tls.check(bus, certd, tmp_path)


def test_https_settings(bus, disk):  # R63
    """What is tried of HTTPS can be undone, and the plain port opened; nothing else is changed."""
    https_settings.prove(bus, client_certificate=True)
    https_settings.set_force(bus, True)
    https_settings.confirm(bus, tested=True)
    https_settings.set_level(bus, "high")
    disk.fill()
    check_full(bus)
    # As above, small changes may find room at first.
    said = [trial.error_of(https_settings.set_ports, bus, port, 80) for port in range(8000, 8100)]
    assert set(said) <= {None, "StorageFull"} and said[-1] == "StorageFull"
    served = https_settings.shown(bus)["Port"]
    https_settings.rollback(bus)
    disk.fill()
    https_settings.set_force(bus, False)
    shown = https_settings.shown(bus)
    assert (shown["Level"], shown["Force"], shown["Port"]) == ("standard", False, served)


def test_room_again(bus, disk):
    """With room again everything works, and the reserve is what it was."""
    disk.fill()
    check_full(bus)
    bus.certctl("reset", "https", "--yes", check=True)
    disk.empty()
    bus.certctl("create", "room-again", check=True)
    bus.certctl("reset", "https", "--yes", check=True)
    assert (disk.state / RESERVE).stat().st_size >= RESERVE_BYTES // 2


def test_factory_reset_of_much(bus, certd, disk, tmp_path):  # R54
    """What clearing it would write to the log is more than the reserve: a new keystore begins instead."""
    bus.certctl("request", "mqtt", check=True)
    bus.close()
    certd.stop(clean=True)
    with keystore.opened(disk.state / "keystore.db") as database:
        database.executemany("UPDATE request SET request = zeroblob(?)", [(6 << 20,)])
    keystore.own(certd)
    certd.start()
    disk.fill()
    done = bus.certctl("factory-reset", "--yes")
    assert done.returncode == 0, done.stderr
    assert "mqtt" in done.stderr
    served_tls.check(bus, certd, tmp_path)
    listed, _ = bus.call(support.MANAGER, "Manager", "ListCertificates", "(a{sv}su)", ({}, "", 0))
    assert [row[0] for row in listed] == ["https"]


def test_damaged_too(bus, certd, disk, tmp_path):  # R51
    """A keystore that is damaged on top of it."""
    bus.close()
    certd.stop(clean=True)
    with open(disk.state / "keystore.db", "r+b") as file:
        file.write(b"\xde\xad" * 2048)
    disk.fill()
    certd.start()
    done = bus.certctl("reset", "https", "--yes")
    assert done.returncode == 0, done.stderr
    served_tls.check(bus, certd, tmp_path)
