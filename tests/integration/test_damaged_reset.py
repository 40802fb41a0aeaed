# SPDX-License-Identifier: LGPL-2.1-or-later
"""Whatever is damaged, at a start or under a certd that runs: a reset of https succeeds and what it makes works in
a TLS handshake, and so does a factory reset."""

import os
import shutil

import keystore
import logged
import pytest
import served
import served_tls
import support
from damage import file, flip, statement, value
from gi.repository import GLib
from hostile import ERROR
from logged import Follow

PAGE = 4096
DATABASE, WAL, SEALING_KEY = "keystore.db", "keystore.db-wal", "sealing.key"
GARBAGE = b"\xde\xad\xbe\xef" * (PAGE // 4)
RESETS = (("reset", "https", "--yes"), ("factory-reset", "--yes"))
AUTHORITY = "only = 1"
HTTPS = "name = 'https'"
LONG = os.environ.get("CERTD_TEST_LONG") == "1"
EVERY = support.repeats(4, 1, 16)  # of the pages; the others are another test's
COPIES = 12000  # of a request: more than SQLite's cache holds


def directory(name):
    """A directory in the place of a file."""
    def damage(state):
        (state / name).unlink(missing_ok=True)
        (state / name).mkdir()
    return damage


def link(name):
    def damage(state):
        (state / name).rename(state / "elsewhere")
        (state / name).symlink_to(state / "elsewhere")
    return damage


def new(name, data):
    """A file that was not there."""
    def damage(state):
        (state / name).write_bytes(data)
    return damage


def garble(sql, seen=True):
    """Values that nothing accepts."""
    return statement(sql, seen)


DAMAGES = {
    "header": file(DATABASE, lambda data: GARBAGE[:100] + data[100:]),
    "truncated": file(DATABASE, lambda data: data[:len(data) // 2 + 7]),
    "one-page-left": file(DATABASE, lambda data: data[:PAGE]),
    "empty": file(DATABASE, lambda data: b""),
    "wal-of-garbage": new(WAL, GARBAGE),
    "wal-of-few-bytes": new(WAL, b"garbage"),
    "wal-is-a-directory": directory(WAL),
    "journal-of-garbage": new("keystore.db-journal", GARBAGE),
    "database-missing": file(DATABASE, lambda data: None),
    "database-is-a-directory": directory(DATABASE),
    "database-is-a-link": link(DATABASE),
    "sealing-key-missing": file(SEALING_KEY, lambda data: None),
    "sealing-key-of-garbage": file(SEALING_KEY, lambda data: GARBAGE),
    "sealing-key-short": file(SEALING_KEY, lambda data: data[:-1]),
    "sealing-key-is-a-directory": directory(SEALING_KEY),
    "sealing-key-is-a-link": link(SEALING_KEY),
    "reserve-is-a-directory": directory("keystore.reserve"),
    "certificate": value("certificate", "settings", HTTPS, lambda data: GARBAGE),
    "certificate-unseen": value("certificate", "settings", HTTPS, lambda data: GARBAGE, seen=False),
    "chain": garble("UPDATE chain SET chain = x'DEAD', details = x'DEAD'"),
    "key": garble("UPDATE key SET sealed = x'DEAD'"),
    "key-types": garble("UPDATE key SET key_type = 'none'"),
    "authority": value("authority", "certificate", AUTHORITY, flip),
    "authority-subject": value("authority", "subject", AUTHORITY, lambda data: GARBAGE),
    "audit": garble("UPDATE audit SET hash = zeroblob(32)"),
    "audit-head": garble("UPDATE audit_head SET last = 999999, hash = zeroblob(32)"),
    "audit-head-gone": garble("DELETE FROM audit_head", seen=False),
    "clock": garble("UPDATE clock SET seen = 9e18, synchronized = 0", seen=False),
    "clock-gone": garble("DELETE FROM clock", seen=False),
    "counter": garble("UPDATE counter SET value = 0", seen=False),
    "names": garble("UPDATE certificate SET name = CAST(x'FFFE' AS TEXT) WHERE name = 'mqtt'",
                    seen=False),
}


@pytest.fixture(scope="module")
def kept(bus, tmp_path_factory):
    """A device with something on it."""
    certd = support.Certd()
    bus.certctl("create", "mqtt", check=True)
    bus.certctl("issue", "mqtt", check=True)
    bus.certctl("request", "mqtt", check=True)
    bus.close()
    certd.stop(clean=True)
    folder = tmp_path_factory.mktemp("kept") / "state"
    shutil.copytree(certd.state_directory, folder)
    certd.start()
    return folder


def put(certd, folder):
    """The state of folder is certd's, which does not run."""
    for path in certd.state_directory.iterdir():
        if path.is_dir() and not path.is_symlink():
            shutil.rmtree(path)
    keystore.put(certd, folder)


def is_set_aside(bus):
    return "keystore-set-aside" in served.problems(bus)


def reset(bus, words):
    """It succeeds, and what it made is in order."""
    before = bus.get(served.HTTPS, "Certificate", "Fingerprint")
    done = bus.certctl(*words)
    assert done.returncode == 0, done.stderr
    assert bus.get(served.HTTPS, "Certificate", "Fingerprint") != before
    assert bus.get(served.HTTPS, "Certificate", "Origin") == "default"
    assert not bus.get(served.HTTPS, "Certificate", "Emergency")
    # Where this very reset has set the keystore aside, that is told until the next one.
    assert not is_set_aside(bus) or bus.certctl(*RESETS[0]).returncode == 0
    assert not is_set_aside(bus)
    served.openssl("verify", "-x509_strict", "-purpose", "sslserver", "-CAfile",
                   served.PUBLISHED / "ca.crt", data=bus.get(served.HTTPS, "Certificate", "Chain"))


def restart(bus, certd, folder):
    """What only a start looks at is found now, and mended the same way."""
    bus.close()
    certd.restart()
    if is_set_aside(bus):
        reset(bus, RESETS[0])
    served_tls.check(bus, certd, folder)


@pytest.mark.parametrize("words", RESETS, ids=lambda words: words[0])
@pytest.mark.parametrize("name", DAMAGES)
def test_at_start(bus, certd, kept, tmp_path, name, words):  # R51 R54
    bus.close()
    certd.stop()
    put(certd, kept)
    DAMAGES[name](certd.state_directory)
    keystore.own(certd)
    certd.start()
    reset(bus, words)
    served_tls.check(bus, certd, tmp_path)
    restart(bus, certd, tmp_path)


def pages(kept):
    return range((kept / DATABASE).stat().st_size // PAGE)


def overwrite(path, number):
    with open(path, "r+b") as database:
        database.seek(number * PAGE)
        database.write(GARBAGE)


def with_page(bus, certd, kept, number, running):
    """certd, with one page of the database overwritten before or after its start."""
    bus.close()
    certd.stop()
    put(certd, kept)
    keystore.mark(certd.state_directory / DATABASE)  # a start that reads no more than it needs
    if running:
        certd.start()
    overwrite(certd.state_directory / DATABASE, number)
    if not running:
        certd.start()


@pytest.mark.parametrize("words", RESETS, ids=lambda words: words[0])
@pytest.mark.parametrize("running", (False, True), ids=("at-start", "running"))
def test_pages(bus, certd, kept, tmp_path, running, words):  # R51 R54
    """Each page of a small keystore, one at a time."""
    begin = 2 * running + RESETS.index(words)
    for number in pages(kept)[begin % EVERY::EVERY]:
        with_page(bus, certd, kept, number, running)
        reset(bus, words)
        if LONG:
            restart(bus, certd, tmp_path)


def read_all_requests(bus):
    """More than SQLite has in its cache."""
    cursor, read = "", 0
    while cursor or read == 0:
        rows, cursor = bus.call(support.MANAGER, "Manager", "ListRequests", "(a{sv}su)",
                                ({}, cursor, 1000))
        read += len(rows)


def start_with_many_requests(bus, certd, kept):
    bus.close()
    certd.stop()
    put(certd, kept)
    with keystore.opened(certd.state_directory / DATABASE) as database:
        columns = [row[1] for row in database.execute("PRAGMA table_info(request)")][1:]
        database.execute(f"WITH RECURSIVE count(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM count"
                         f" WHERE n < {COPIES}) INSERT INTO request ({','.join(columns)})"
                         f" SELECT {','.join(columns)} FROM request, count WHERE id = 1")
    keystore.own(certd)
    certd.start()


def overwrite_all(bus, certd):
    """Every page but the first, which certd sees."""
    for number in range(1, (certd.state_directory / DATABASE).stat().st_size // PAGE):
        overwrite(certd.state_directory / DATABASE, number)
    with pytest.raises(GLib.Error) as damage:
        read_all_requests(bus)
    assert support.remote_error(damage.value) == ERROR + "StorageDamaged"


@pytest.mark.parametrize("words", RESETS, ids=lambda words: words[0])
def test_all_pages_under_it(bus, certd, kept, tmp_path, words):  # R51 R54
    """Once SQLite has seen that what it read is garbage, the keystore is set aside while certd runs."""
    start_with_many_requests(bus, certd, kept)
    pid = certd.pid
    overwrite_all(bus, certd)
    reset(bus, words)
    served_tls.check(bus, certd, tmp_path)
    assert certd.pid == pid
    aside = list(certd.state_directory.glob("keystore.db.damaged-*"))
    assert [path for path in aside if GARBAGE in path.read_bytes()], "it is kept"
    restart(bus, certd, tmp_path)


def followed(follow, old, new):
    """It has told the rows old, and then those of another log from its beginning up to the row new."""
    support.wait_until(lambda: len(follow.numbers()) >= len(old) + new, "the new log is told")
    assert follow.numbers()[:len(old) + new] == [*old, *range(1, new + 1)]
    assert follow.end() == 0


@pytest.mark.parametrize("words", RESETS, ids=lambda words: words[0])
def test_log_is_followed_into_the_next(bus, certd, kept, tmp_path, words):  # R51 R54
    """The log that a reset begins while certd runs is told from its first row."""
    start_with_many_requests(bus, certd, kept)
    follow = Follow(tmp_path, "--lines", "0")
    last = logged.last(bus)
    support.wait_until(lambda: follow.numbers()[-1:] == [last], "the old log is told")
    old = follow.numbers()
    overwrite_all(bus, certd)
    bus.certctl(*words, check=True)
    assert logged.last(bus) < last
    followed(follow, old, logged.last(bus))


def test_log_is_followed_into_a_longer_one(bus, certd, kept, tmp_path):  # R51
    """Another keystore was put in the place, and its log has more rows than were told."""
    bus.close()
    certd.restart(clean=True)
    follow = Follow(tmp_path, "--lines", "0")
    last = logged.last(bus)
    support.wait_until(lambda: follow.numbers()[-1:] == [last], "the old log is told")
    old = follow.numbers()
    bus.close()
    certd.stop()
    put(certd, kept)
    certd.start()
    assert logged.last(bus) > old[-1]
    followed(follow, old, logged.last(bus))
