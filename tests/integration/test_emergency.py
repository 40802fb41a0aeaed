# SPDX-License-Identifier: LGPL-2.1-or-later
"""Whatever is damaged, certd starts, https is answered for, what is wrong is said, a reset mends it, and
when the cause is gone the emergency goes by itself. Nothing is deleted unasked."""

import dataclasses
import json
import os
import pathlib
import subprocess
import typing

import keystore
import pytest
import support
from clock import DAY, NOW
from damage import (AUTHORITY_KEY, DATABASE, HTTPS, HTTPS_CHAIN, HTTPS_KEY, file, flip, log, mode,
                    statement, value)
from gi.repository import GLib
from hostile import ERROR
from timed import boot, device, get, manager, path_of, rows

SEALING_KEY = "sealing.key"
GARBAGE = b"\xde\xad\xbe\xef" * 64
RETRY_SECONDS = 61  # how often certd tries a sealing key again, and one more


@dataclasses.dataclass(frozen=True)
class Damage:
    name: str
    do: typing.Callable
    codes: tuple  # of the problems that it makes
    start: str = "site"  # "device": https is certd's own; "wrapped": so is the sealing key
    aside: str = ""  # the beginning of the name of the file that is kept
    emergency: bool = True
    heals: bool = True  # when it is taken back
    left: tuple = ()  # problems about others, which a reset of https leaves


LOST = ("keystore-set-aside", "certificate-missing")
UNSEALED = ("sealing-key-unusable", "key-unreadable")
DAMAGES = (
    # The files.
    Damage("database-truncated", file(DATABASE, lambda data: data[:len(data) // 2 + 7]), LOST,
           aside=DATABASE),
    Damage("database-overwritten", file(DATABASE, lambda data: GARBAGE * 16 + data[4096:]), LOST,
           aside=DATABASE),
    Damage("database-zeroed", file(DATABASE, lambda data: bytes(len(data))), LOST, aside=DATABASE),
    Damage("database-is-text", file(DATABASE, lambda data: b"this is no database\n" * 99), LOST,
           aside=DATABASE),
    Damage("table-missing", statement("DELETE FROM sqlite_schema WHERE name = 'counter'"), LOST,
           aside=DATABASE, heals=False),
    Damage("sealing-key-empty", file(SEALING_KEY, lambda data: b""), UNSEALED, aside=SEALING_KEY),
    Damage("sealing-key-truncated", file(SEALING_KEY, lambda data: data[:-9]), UNSEALED,
           aside=SEALING_KEY),
    Damage("sealing-key-unreadable", mode(SEALING_KEY, 0), UNSEALED, aside=SEALING_KEY),
    # What is in them.
    Damage("key-flipped", value("key", "sealed", HTTPS_KEY, flip), ("key-unreadable",)),
    Damage("key-hash-flipped", value("key", "public_hash", HTTPS_KEY, flip),
           ("certificate-damaged",)),
    Damage("key-deleted", statement(f"DELETE FROM key WHERE {HTTPS_KEY}"), LOST, aside=DATABASE,
           heals=False),
    Damage("key-gone-by-itself", statement(f"DELETE FROM key WHERE {HTTPS_KEY}", seen=False),
           ("key-unreadable",), heals=False),
    Damage("chain-flipped", value("chain", "chain", HTTPS_CHAIN, flip), ("certificate-damaged",)),
    Damage("chain-garbage", value("chain", "chain", HTTPS_CHAIN, lambda data: GARBAGE),
           ("certificate-damaged",)),
    Damage("details-garbage", value("chain", "details", HTTPS_CHAIN, lambda data: GARBAGE),
           ("certificate-damaged",)),
    Damage("details-empty", value("chain", "details", HTTPS_CHAIN, lambda data: b""),
           ("certificate-damaged",)),
    Damage("findings-garbage", value("chain", "findings", HTTPS_CHAIN, lambda data: GARBAGE),
           ("certificate-damaged",)),
    Damage("fingerprint-of-another", value("chain", "fingerprint", HTTPS_CHAIN, lambda text: "0" * 64),
           ("certificate-damaged",)),
    Damage("chain-deleted", statement(f"DELETE FROM chain WHERE {HTTPS_CHAIN}"), LOST,
           aside=DATABASE, heals=False),
    Damage("chain-gone-by-itself", statement(f"DELETE FROM chain WHERE {HTTPS_CHAIN}", seen=False),
           ("certificate-damaged",), heals=False),
    Damage("reference-to-nothing", value("certificate", "active_chain", HTTPS, lambda number: 999999,
                                         seen=False), ("certificate-damaged",)),
    Damage("expired", value("certificate", "not_after", HTTPS, lambda when: NOW - DAY),
           ("certificate-expired",)),
    Damage("not-yet-valid", value("certificate", "not_before", HTTPS, lambda when: NOW + DAY),
           ("certificate-not-yet-valid",)),
    Damage("settings-garbage", value("certificate", "settings", HTTPS, lambda data: GARBAGE),
           ("certificate-missing",), heals=False),
    # What is not of https alone.
    Damage("settings-of-another-garbage",
           value("certificate", "settings", "name = 'mqtt'", lambda data: GARBAGE),
           ("certificate-damaged",), emergency=False, left=("certificate-damaged",)),
    Damage("authority-flipped", value("authority", "certificate", "only = 1", flip),
           ("authority-unusable",), start="device", emergency=False),
    Damage("authority-subject-garbage",
           value("authority", "subject", "only = 1", lambda data: GARBAGE),
           ("authority-unusable",), start="device", emergency=False),
    Damage("authority-key-flipped", value("key", "sealed", AUTHORITY_KEY, flip),
           ("authority-unusable",), start="device", emergency=False),
    Damage("own-key-flipped", value("key", "sealed", HTTPS_KEY, flip), (), start="device",
           emergency=False, heals=False),
    Damage("own-chain-flipped", value("chain", "chain", HTTPS_CHAIN, flip), ("certificate-damaged",),
           start="device"),
)


def problems(bus):
    return {code: (severity, message, remedy)
            for code, severity, message, remedy in manager(bus, "Problems")}


@dataclasses.dataclass
class Damaged:
    """The device after the damage."""

    device: object
    before: str  # the fingerprint of https
    chains: list
    undo: typing.Optional[typing.Callable]
    spoiled: dict  # what is in the files


def spoil(device, damage):
    """Damages the device and starts certd."""
    device.begin(damage.start)
    certd = device.clock.certd
    state = certd.state_directory
    before, chains = device.https, keystore.chains(state / DATABASE)
    undo = damage.do(state)
    keystore.own(certd)
    spoiled = {path.name: path.read_bytes() for path in state.iterdir()}
    device.go(boot(NOW))
    return Damaged(device, before, chains, undo, spoiled)


def check_served(bus, clock):
    """https has a chain that is valid now, by the authority or by itself."""
    chain = get(bus, "https", "Chain")
    path = clock.folder / "https.pem"
    path.write_text(chain, encoding="ascii")
    published = pathlib.Path(os.environ["CERTD_RUNTIME_DIRECTORY"]) / "authority" / "ca.crt"
    said = [subprocess.run(["openssl", "verify", "-x509_strict", "-purpose", "sslserver", "-attime",
                            str(int(clock.now())), "-CAfile", trusted, path], capture_output=True,
                           text=True, check=False, stdin=subprocess.DEVNULL)
            for trusted in (published, path)]
    assert 0 in [done.returncode for done in said], said


def check_nothing_lost(damage, damaged):
    state = damaged.device.clock.certd.state_directory
    if not damage.aside:
        assert set(damaged.chains) <= set(keystore.chains(state / DATABASE))
        return
    kept = [path.read_bytes() for path in state.iterdir() if path.name.startswith(damage.aside)]
    assert damaged.spoiled[damage.aside] in kept


@pytest.mark.parametrize("damage", DAMAGES, ids=lambda damage: damage.name)
def test_damage(device, bus, damage):  # R51 R55
    damaged = spoil(device, damage)
    support.wait_until(lambda: set(damage.codes) <= set(problems(bus)), f"problems {damage.codes}")
    assert get(bus, "https", "Emergency") == damage.emergency
    assert manager(bus, "State") == ("degraded" if damage.codes else "ready")
    for code in damage.codes:
        assert all(problems(bus)[code])
        assert code in bus.certctl("status", check=True).stdout
    if damage.emergency:
        shown = json.loads(bus.certctl("show", "https", "--json", check=True).stdout)
        assert shown["Fingerprint"] != damaged.before
    check_served(bus, device.clock)
    check_nothing_lost(damage, damaged)

    done = bus.certctl("reset", "https", "--yes")
    assert done.returncode == 0, done.stderr
    for _ in range(2):
        assert set(problems(bus)) <= set(damage.left)
        assert manager(bus, "State") == ("degraded" if damage.left else "ready")
        assert not get(bus, "https", "Emergency") and get(bus, "https", "Origin") == "default"
        check_served(bus, device.clock)
        check_nothing_lost(damage, damaged)
        device.clock.certd.restart(clean=True)
