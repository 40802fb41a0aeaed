# SPDX-License-Identifier: LGPL-2.1-or-later
"""Whatever is damaged, certd starts, https is answered for, what is wrong is said, a reset mends it, and
when the cause is gone the emergency goes by itself. Nothing is deleted unasked."""

import dataclasses
import json
import subprocess
import typing

import keystore
import pytest
import support
from clock import DAY, NOW
from damage import (AUTHORITY_KEY, DATABASE, HTTPS, HTTPS_CHAIN, HTTPS_KEY, date, file, flip, mode,
                    statement, value)
from timed import RUNTIME, boot, device, get, manager, rows

SEALING_KEY = "sealing.key"
GARBAGE = b"\xde\xad\xbe\xef" * 64
RETRY_SECONDS = 60  # how often certd tries a sealing key again


@dataclasses.dataclass(frozen=True)
class Damage:
    name: str
    do: typing.Callable
    codes: tuple  # of the problems that it makes
    start: str = "site"  # "device": https is certd's own
    aside: str = ""  # the beginning of the name of the file that is kept
    emergency: bool = True
    heals: bool = True  # when it is taken back
    gone: bool = False  # the damage took what a user installed
    left: tuple = ()  # problems about others, which a reset of https leaves


LOST = ("keystore-set-aside", "certificate-missing")
UNSEALED = ("sealing-key-unusable", "key-unreadable")
NO_AUTHORITY = {"codes": ("authority-unusable",), "start": "device", "emergency": False,
                "left": ("authority-replaced",)}
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
    Damage("sealing-key-empty", file(SEALING_KEY, lambda data: b""), UNSEALED, aside=SEALING_KEY,
           left=("authority-replaced", "key-unreadable")),
    Damage("sealing-key-truncated", file(SEALING_KEY, lambda data: data[:-9]), UNSEALED,
           aside=SEALING_KEY, left=("authority-replaced", "key-unreadable")),
    Damage("sealing-key-unreadable", mode(SEALING_KEY, 0), UNSEALED, aside=SEALING_KEY,
           left=("authority-replaced", "key-unreadable")),
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
           ("certificate-missing",), heals=False, gone=True),
    Damage("reference-to-nothing", value("certificate", "active_chain", HTTPS, lambda number: 999999,
                                         seen=False), ("certificate-missing",), heals=False),
    Damage("expired", date("not_after", NOW - DAY), ("certificate-expired",)),
    Damage("not-yet-valid", date("not_before", NOW + DAY), ("certificate-not-yet-valid",)),
    Damage("settings-garbage", value("certificate", "settings", HTTPS, lambda data: GARBAGE),
           ("keystore-damaged",), emergency=False, heals=False),
    # What is not of https alone.
    Damage("settings-of-another-garbage",
           value("certificate", "settings", "name = 'mqtt'", lambda data: GARBAGE),
           ("certificate-damaged",), emergency=False, left=("certificate-damaged",)),
    Damage("authority-flipped", value("authority", "certificate", "only = 1", flip),
           **NO_AUTHORITY),
    Damage("authority-subject-garbage",
           value("authority", "subject", "only = 1", lambda data: GARBAGE), **NO_AUTHORITY),
    Damage("authority-key-flipped", value("key", "sealed", AUTHORITY_KEY, flip), **NO_AUTHORITY),
    # What certd can issue again it does.
    Damage("own-key-flipped", value("key", "sealed", HTTPS_KEY, flip), (), start="device",
           emergency=False, heals=False),
    Damage("own-chain-flipped", value("chain", "chain", HTTPS_CHAIN, flip), (), start="device",
           emergency=False, heals=False),
)


def problems(bus):
    """Severity, message and remedy by code; one of https goes before those of others."""
    found = sorted(manager(bus, "Problems"), key=lambda problem: '"https"' in problem[2])
    return {code: said for code, *said in found}


@dataclasses.dataclass
class Damaged:
    """What there was before the damage."""

    https: str  # the fingerprint of the one in use
    chains: set  # the numbers of what users installed
    files: dict  # what certd found
    undo: typing.Optional[typing.Callable]


def spoil(device, damage):
    """Damages the device and starts certd."""
    device.begin(damage.start)
    state = device.clock.certd.state_directory
    chains = {number for number, fingerprint in keystore.chains(state / DATABASE).items()
              if fingerprint in device.users.values()}
    assert len(chains) == len(device.users)
    undo = damage.do(state)
    keystore.own(device.clock.certd)
    files = {path.name: path.read_bytes() for path in state.iterdir()}
    device.go(boot(NOW))
    return Damaged(device.https, chains, files, undo)


def verifies(device, trusted):
    """Whether OpenSSL accepts what https uses, now and by what is trusted."""
    path = device.clock.folder / "https.pem"
    path.write_text(get(device.bus, "https", "Chain"), encoding="ascii")
    done = subprocess.run(
        ["openssl", "verify", "-x509_strict", "-purpose", "sslserver", "-attime",
         str(int(device.clock.now())), "-CAfile", trusted or path, path],
        capture_output=True, check=False, stdin=subprocess.DEVNULL)
    return done.returncode == 0


def check_nothing_lost(device, damage, damaged):
    state = device.clock.certd.state_directory
    if damage.aside:
        kept = [path.read_bytes() for path in state.iterdir() if path.name.startswith(damage.aside)]
        assert damaged.files[damage.aside] in kept
    if damage.aside != DATABASE and not damage.gone:
        assert damaged.chains <= set(keystore.chains(state / DATABASE))


def check_said(bus, damage):
    """What is wrong and what to do about it, in a place where a person looks."""
    support.wait_until(lambda: set(damage.codes) <= set(problems(bus)), f"problems {damage.codes}")
    assert manager(bus, "State") == ("degraded" if damage.codes else "ready")
    status = bus.certctl("status", check=True).stdout
    for code in damage.codes:
        severity, message, remedy = problems(bus)[code]
        assert severity == "error" and message and remedy
        assert code in status and message in status and remedy in status


@pytest.mark.parametrize("damage", DAMAGES, ids=lambda damage: damage.name)
def test_damage(device, bus, damage):  # R51 R55
    damaged = spoil(device, damage)
    check_said(bus, damage)
    assert get(bus, "https", "Emergency") == damage.emergency
    if damage.emergency:
        shown = json.loads(bus.certctl("show", "https", "--json", check=True).stdout)
        assert shown["Fingerprint"] != damaged.https
        assert verifies(device, RUNTIME / "authority" / "ca.crt") or verifies(device, None)
    check_nothing_lost(device, damage, damaged)

    done = bus.certctl("reset", "https", "--yes")
    assert done.returncode == 0, done.stderr
    for _ in range(2):
        assert set(problems(bus)) <= set(damage.left)
        assert not any('"https"' in said[1] for said in problems(bus).values())
        # What others lack is found one after another.
        support.wait_until(lambda: manager(bus, "State") == state_of(problems(bus)), "the state")
        assert not get(bus, "https", "Emergency")
        assert (get(bus, "https", "State"), get(bus, "https", "Origin")) == ("active", "default")
        assert verifies(device, RUNTIME / "authority" / "ca.crt")
        check_nothing_lost(device, damage, damaged)
        device.clock.certd.restart(clean=True)


def state_of(found):
    return "degraded" if [said for said in found.values() if said[0] == "error"] else "ready"


def take_back(device, damaged):
    damaged.undo()
    keystore.own(device.clock.certd)


def check_healed(device, bus, damaged):
    """Nothing is wrong any more, and https uses what it used before."""
    support.wait_until(lambda: not get(bus, "https", "Emergency"), "the emergency's end")
    support.wait_until(lambda: manager(bus, "State") == "ready", "the state ready")
    assert not [said for said in problems(bus).values() if said[0] == "error"]
    assert (get(bus, "https", "State"), get(bus, "https", "Fingerprint")) == ("active", damaged.https)
    installed = rows(bus)
    assert {name: installed[name]["Fingerprint"] for name in device.users} == device.users
    assert damaged.chains <= set(keystore.chains(device.clock.certd.state_directory / DATABASE))


@pytest.mark.parametrize("damage", [damage for damage in DAMAGES if damage.heals],
                         ids=lambda damage: damage.name)
def test_healed(device, bus, damage):  # R51 R55
    """The cause is gone at the next start, and with it the emergency."""
    damaged = spoil(device, damage)
    check_said(bus, damage)
    assert get(bus, "https", "Emergency") == damage.emergency
    device.clock.certd.stop(clean=True)
    take_back(device, damaged)
    device.go(boot(NOW))
    check_healed(device, bus, damaged)


@pytest.mark.parametrize("name", ("sealing-key-truncated", "sealing-key-unreadable"))
def test_healed_while_it_runs(device, bus, name):  # R51 R55
    """A sealing key that is there again is found without a restart."""
    damage = next(damage for damage in DAMAGES if damage.name == name)
    damaged = spoil(device, damage)
    check_said(bus, damage)
    pid = device.clock.certd.pid
    take_back(device, damaged)
    assert get(bus, "https", "Emergency"), "nothing tells certd of it"
    device.clock.sleep(RETRY_SECONDS)
    check_healed(device, bus, damaged)
    assert device.clock.certd.pid == pid
