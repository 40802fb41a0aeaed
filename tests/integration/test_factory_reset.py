# SPDX-License-Identifier: LGPL-2.1-or-later
"""The factory reset destroys the sealing key first: no key of before can be opened, and one that is cut off
at any moment is finished by the next start, or has not begun."""

import os
import random
import shutil
import signal
import sqlite3
import threading

import authority_key
import logged
import pytest
import served
import served_tls
import support
from gi.repository import GLib

KILLS = support.repeats(20, 200, 6)
MOST_DELAY_SECONDS = 0.06
SEED = int(os.environ.get("CERTD_TEST_SEED", random.SystemRandom().randrange(1 << 32)))
FILES = ("keystore.db", "keystore.db-wal")


def install(bus):
    """Something that can be lost."""
    if "mqtt" not in names(bus):
        bus.certctl("create", "mqtt", check=True)
        bus.certctl("issue", "mqtt", check=True)


def names(bus):
    return {row[0] for row in bus.call(support.MANAGER, "Manager", "ListCertificates", "(a{sv}su)",
                                       ({}, "", 0))[0]}


def copy(certd, folder):
    """The keystore as it is now, in folder."""
    folder.mkdir(exist_ok=True)
    for name in FILES:
        (folder / name).unlink(missing_ok=True)
        if (certd.state_directory / name).exists():
            shutil.copy(certd.state_directory / name, folder / name)


def rows(folder, sql):
    database = sqlite3.connect(folder / FILES[0])
    found = database.execute(sql).fetchall()
    database.close()
    return found


def opens(folder, sealing_key, identifier, scratch):
    """Whether the key of that id in a copy of a keystore can be opened with a sealing key."""
    scratch.mkdir(exist_ok=True)
    (folder / "sealing.key").write_bytes(sealing_key)
    try:
        authority_key.unseal(folder, scratch, f"id = '{identifier}'")
        return True
    except AssertionError:
        return False


def check_destroyed(certd, before, old, scratch):
    """Nothing in the state directory has the sealing key of before, nor opens what it sealed."""
    identifiers = [row[0] for row in rows(before, "SELECT id FROM key")]
    assert len(identifiers) >= 3  # https, mqtt, the authority
    assert all(opens(before, old, identifier, scratch) for identifier in identifiers)
    now = {path: path.read_bytes() for path in certd.state_directory.iterdir() if path.is_file()}
    secret = old[-authority_key.KEY_BYTES:]
    assert not [path for path, data in now.items() if secret in data]
    for path, data in now.items():
        if path.name.startswith("sealing.key"):
            assert not any(opens(before, data, identifier, scratch) for identifier in identifiers)


def test_keys_die(bus, certd, tmp_path):  # R54
    install(bus)
    before = tmp_path / "before"
    copy(certd, before)
    old = (certd.state_directory / "sealing.key").read_bytes()
    lost, = bus.call(support.MANAGER, "Manager", "FactoryReset", "(a{sv})", ({},))
    assert set(lost) == {"https", "mqtt"}
    check_destroyed(certd, before, old, tmp_path / "scratch")
    served_tls.check(bus, certd, tmp_path)


def test_what_was_set_aside_dies(bus, certd, tmp_path):  # R54
    """A sealing key that was set aside before goes too."""
    install(bus)
    before = tmp_path / "before"
    copy(certd, before)
    old = (certd.state_directory / "sealing.key").read_bytes()
    bus.close()
    certd.stop(clean=True)
    aside = certd.state_directory / "sealing.key.aside-20200101T000000Z"
    aside.write_bytes(old)
    shutil.chown(aside, "certd", "certd")
    certd.start()
    bus.certctl("factory-reset", "--yes", check=True)
    assert not aside.exists()
    check_destroyed(certd, before, old, tmp_path / "scratch")


def factory_reset_killed(bus, certd, delay):
    """A factory reset, and certd killed after delay seconds; the answer, or None."""
    answers = []

    def on_answer(source, result):
        try:
            answers.append(source.call_finish(result).unpack()[0])
        except GLib.Error:
            answers.append(None)

    connection = bus.new_connection()
    connection.call(support.NAME, support.MANAGER, "org.certd1.Manager", "FactoryReset",
                    GLib.Variant("(a{sv})", ({},)), None, 0, 20_000, None, on_answer)
    connection.flush_sync(None)
    killer = threading.Timer(delay, os.kill, (certd.pid, signal.SIGKILL))
    killer.start()
    support.wait_until(lambda: answers, "an answer, or certd's end")
    killer.join()
    connection.close_sync(None)
    return answers[0]


def destroyed(certd, folder):
    """What the log says that factory resets have destroyed."""
    copy(certd, folder)
    return [detail.split() for detail, in rows(
        folder, "SELECT detail FROM audit WHERE action = 'factory-reset' AND object = 'keystore/all'"
        " AND detail NOT LIKE 'it begins:%' ORDER BY id")]


@pytest.mark.parametrize("seed", (SEED,))
def test_killed(bus, certd, tmp_path, seed):  # R54
    """All of it or nothing, whenever certd is killed; and what died is in the log."""
    chance = random.Random(seed)
    outcomes = set()
    for number in range(KILLS):
        install(bus)
        before, scratch = tmp_path / "before", tmp_path / "scratch"
        copy(certd, before)
        old = (certd.state_directory / "sealing.key").read_bytes()
        authority = bus.get(served.AUTHORITY, "Authority", "Fingerprint")
        resets = len(destroyed(certd, scratch))
        lost = factory_reset_killed(bus, certd, chance.random() * MOST_DELAY_SECONDS)
        bus.close()
        certd.restart()
        done = bus.get(served.AUTHORITY, "Authority", "Fingerprint") != authority
        outcomes.add((done, lost is None))
        assert done or lost is None, f"turn {number}: it was answered, and is not done"
        assert bus.get(support.MANAGER, "Manager", "State") == "ready"
        assert names(bus) == ({"https"} if done else {"https", "mqtt"})
        served_tls.check(bus, certd, tmp_path)
        if done:
            check_destroyed(certd, before, old, scratch)
            assert set(destroyed(certd, scratch)[resets]) == {"https", "mqtt"}
    assert (True, True) in outcomes, "killed too early or too late each time"
    logged.check_chain(bus)


def test_cut_off_once_the_key_is_destroyed(bus, certd, tmp_path):  # R54
    """The moment that leaves the least: the sealing key is zeros, and the keystore as it was."""
    install(bus)
    bus.close()
    certd.stop(clean=True)
    state = certd.state_directory
    before = tmp_path / "before"
    copy(certd, before)
    old = (state / "sealing.key").read_bytes()
    with sqlite3.connect(state / FILES[0]) as database:
        database.execute("INSERT INTO problem VALUES ('factory-reset-unfinished', 'cut off', 'go on')")
    database.close()
    (state / "sealing.key").write_bytes(bytes(len(old)))
    certd.start()
    assert names(bus) == {"https"}
    assert bus.get(support.MANAGER, "Manager", "State") == "ready"
    check_destroyed(certd, before, old, tmp_path / "scratch")
    assert set(destroyed(certd, tmp_path / "scratch")[-1]) == {"https", "mqtt"}
    served_tls.check(bus, certd, tmp_path)
