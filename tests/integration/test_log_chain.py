# SPDX-License-Identifier: LGPL-2.1-or-later
"""The chain of the log: what somebody changes in it behind certd's back is found, at the limit the oldest
rows go without breaking it, and nobody waits for its verification."""

import json
import pathlib
import shutil
import time

import keystore
import logged
import pytest
import support
from gi.repository import GLib

ROWS = 12
LIMIT = 100_000  # CERTD_LIMIT_LOG_ROWS
TRIMMED = 1000  # CERTD_LOG_ROWS_TRIMMED
DAMAGED = 29
OTHERS = 4  # calls that come while the log is checked
SWAP = ("UPDATE audit SET id = -1 WHERE id = {0}", "UPDATE audit SET id = {0} WHERE id = {0} + 1",
        "UPDATE audit SET id = {0} + 1 WHERE id = -1")


@pytest.fixture(scope="module")
def state(bus, tmp_path_factory):
    """A state of certd with a log of some rows, kept for each test."""
    certd = support.Certd()
    while logged.last(bus) < ROWS:
        bus.call(support.MANAGER, "Manager", "CreateCertificate", "(sa{sv})",
                 (f"c{logged.last(bus)}", {}))
    certd.stop(clean=True)
    folder = tmp_path_factory.mktemp("state")
    for path in certd.state_directory.iterdir():
        if path.is_file():
            shutil.copy2(path, folder / path.name)
    certd.start()
    return folder


@pytest.fixture
def changed(bus, certd, state):
    """changed(statements…): certd runs on the kept state, in whose log these were done."""
    def change(*statements):
        certd.stop()
        keystore.put(certd, state)
        path = certd.state_directory / "keystore.db"
        with keystore.opened(path) as database:
            for statement in statements:
                database.execute(statement)
        keystore.own(certd)
        certd.start()
    yield change
    certd.stop()
    keystore.put(certd, state)
    certd.start()


def check_damage(bus, certd, tells):
    """certctl log --verify says so, and again after a restart."""
    for restarted in (False, True):
        if restarted:
            certd.restart(clean=True)
        done = bus.certctl("log", "--verify")
        assert (done.returncode, done.stdout) == (DAMAGED, "")
        assert tells in done.stderr


def test_whole(bus, changed):
    changed()
    done = bus.certctl("log", "--verify", "--json", check=True)
    said = json.loads(done.stdout)
    rows = logged.rows(bus)
    assert said == {"first": 1, "last": len(rows), "rows": len(rows), "hash": rows[-1]["hash"]}
    assert rows[-1]["hash"] in bus.certctl("log", "--verify", check=True).stdout


@pytest.mark.parametrize("row", (1, 5, ROWS))
@pytest.mark.parametrize("statement", (
    "DELETE FROM audit WHERE id = {0}",
    "UPDATE audit SET time = time + 1 WHERE id = {0}",
    "UPDATE audit SET uid = 5 WHERE id = {0}",
    "UPDATE audit SET sender = ':1.999' WHERE id = {0}",
    "UPDATE audit SET unit = 'other.service' WHERE id = {0}",
    "UPDATE audit SET unit = NULL WHERE id = {0}",
    "UPDATE audit SET action = 'reset' WHERE id = {0}",
    "UPDATE audit SET object = 'certificate/other' WHERE id = {0}",
    "UPDATE audit SET outcome = 'org.certd1.Error.Busy' WHERE id = {0}",
    "UPDATE audit SET detail = detail || '.' WHERE id = {0}",
    "UPDATE audit SET hash = zeroblob(32) WHERE id = {0}",
), ids=lambda statement: statement.split()[3])
def test_one_row(bus, certd, changed, statement, row):
    changed(statement.format(row))
    check_damage(bus, certd, f"row {row} ")


@pytest.mark.parametrize("row", range(1, ROWS))
def test_swapped(bus, certd, changed, row):
    changed(*(statement.format(row) for statement in SWAP))
    check_damage(bus, certd, f"row {row} ")


def test_end_cut_off(bus, certd, changed):
    """Rows that are appended afterwards don't hide it."""
    changed(f"DELETE FROM audit WHERE id > {ROWS - 3}")
    check_damage(bus, certd, f"row {ROWS - 2} ")
    bus.certctl("create", "afterwards", check=True)
    check_damage(bus, certd, f"row {ROWS - 2} ")


def test_unreadable(bus, changed):
    """A row that can't be read is told of, and hides no other."""
    changed("UPDATE audit SET uid = -7 WHERE id = 4")
    rows = logged.rows(bus)
    assert [row["number"] for row in rows] == list(range(1, len(rows) + 1))
    assert rows[3] == {"number": 4, "damage": "column uid"}
    lines = bus.certctl("log", check=True).stdout.splitlines()
    assert lines[3].split("\t")[5:] == ["unreadable", "column uid"]


@pytest.mark.parametrize("statement", ("DELETE FROM audit_head", "UPDATE audit_head SET last = 2",
                                       "UPDATE audit_head SET first = 500"))
def test_head(bus, certd, changed, statement):
    """Nothing stops: a new chain begins, and it is told until https is reset."""
    changed(statement)
    number = logged.last(bus)
    rows = logged.rows(bus, action="log-damaged")
    assert len(rows) == 1 and rows[0]["uid"] == 2**32 - 1
    check_damage(bus, certd, f"rows 1 to {rows[0]['number'] - 1} ")
    assert bus.get(support.MANAGER, "Manager", "State") == "degraded"
    codes = [row[0] for row in bus.get(support.MANAGER, "Manager", "Problems")]
    assert "log-damaged" in codes
    bus.certctl("create", "afterwards", check=True)
    assert logged.last(bus) > number
    bus.certctl("reset", "https", "--yes", check=True)
    assert bus.get(support.MANAGER, "Manager", "State") == "ready"
    certd.restart(clean=True)
    assert bus.get(support.MANAGER, "Manager", "State") == "ready"


def timed(what, call, *arguments):
    """The result, and how long it took is printed; tests/bench measures it."""
    begin = time.monotonic()
    result = call(*arguments)
    print(f"{what}: {(time.monotonic() - begin) * 1000:.1f} ms")
    return result


@pytest.fixture(scope="module")
def full(bus, state):
    """certd with as many rows as there may be."""
    certd = support.Certd()
    certd.stop(clean=True)
    keystore.put(certd, state)
    path = pathlib.Path(certd.state_directory) / "keystore.db"
    logged.fill(path, LIMIT)
    keystore.own(certd)
    timed("start", certd.start)
    return certd


def page(bus, **filters):
    values = {key: GLib.Variant("s", value) for key, value in filters.items()}
    return bus.call(logged.LOG, "Log", "List", "(a{sv}su)",
                    ({**values, "newest-first": GLib.Variant("b", True)}, "", 1000))[0]


def verify(bus):
    return bus.call(logged.LOG, "Log", "Verify", "(a{sv})", ({},))


def test_at_the_limit(bus, full):
    """All of them are there, are checked, and are found."""
    assert timed("verify", verify, bus)[:2] == (1, LIMIT)
    assert [number for number, _ in timed("page", page, bus)] == list(range(LIMIT, LIMIT - 1000, -1))
    assert len(timed("one object", lambda: page(bus, object="certificate/c7"))) == 100
    assert timed("none", lambda: page(bus, action="factory-reset")) == []


def test_others_are_served_during_a_verification(bus, full):
    """Nobody waits for it: what is asked later, one call after the other, is answered before it. polkit is
    asked about each, so that it has begun when the first of them is allowed."""
    connection, answered = bus.new_connection(), []

    def ask(path, interface, method, arguments, then=None):
        def on_answer(source, result):
            answered.append((method, source.call_finish(result).unpack()))
            if then and answered[-1][0] != "Verify" and len(answered) < OTHERS:
                then()

        connection.call(support.NAME, path, f"org.certd1.{interface}", method, arguments, None, 0,
                        support.CALL_TIMEOUT_MSEC, None, on_answer)

    def ask_another():
        ask(logged.LOG, "Log", "List", GLib.Variant("(a{sv}su)", ({}, "", 1)), ask_another)

    ask(logged.LOG, "Log", "Verify", GLib.Variant("(a{sv})", ({},)))
    ask_another()
    support.wait_until(lambda: "Verify" in dict(answered), "the verification's end")
    assert [method for method, _ in answered] == ["List"] * OTHERS + ["Verify"]
    assert answered[-1][1][:2] == (1, LIMIT)
    connection.close_sync(None)


def test_beyond_the_limit(bus, full):
    """One more: the oldest go, and a row says which; the chain is whole, also after a restart."""
    timed("append", bus.call, support.MANAGER, "Manager", "CreateCertificate", "(sa{sv})",
          ("one-more", {}))
    assert verify(bus)[:2] == (TRIMMED + 1, LIMIT + 2)
    assert bus.get(logged.LOG, "Log", "First") == TRIMMED + 1
    row = logged.since(bus, LIMIT + 1)[0]
    assert (row["action"], row["detail"]) == ("log-trim", f"Rows 1 to {TRIMMED}")
    full.restart(clean=True)
    assert verify(bus)[:2] == (TRIMMED + 1, LIMIT + 2)
    timed("append", bus.call, support.MANAGER, "Manager", "CreateCertificate", "(sa{sv})",
          ("two-more", {}))
    assert verify(bus)[:2] == (TRIMMED + 1, LIMIT + 3)
    lines = bus.certctl("log", "--lines", "0", "--json", check=True).stdout
    assert len(json.loads(lines)) == LIMIT + 3 - TRIMMED
