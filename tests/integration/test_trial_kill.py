# SPDX-License-Identifier: LGPL-2.1-or-later
"""R38: certd is killed at random moments of trials, and the device started again: what was confirmed is
back each time, before anything else is handed out, and what was answered stays true."""

import os
import random
import signal
import threading

import keystore
import logged
import pytest
import support
import trial
from gi.repository import GLib
from trial import LONGEST, get

KILLS = support.repeats(100, 1000, 20)
SEED = int(os.environ.get("CERTD_TEST_SEED", random.SystemRandom().randrange(1 << 32)))
MOST_DELAY_SECONDS = 0.012
NAMES = ("https", "web")
ACCEPT = {"accept": GLib.Variant("as", ["san-mismatch"])}


@pytest.fixture(scope="module")
def bundles(tmp_path_factory):
    print(f"seed {SEED}: CERTD_TEST_SEED repeats it")
    random.seed(SEED)
    folder = tmp_path_factory.mktemp("bundles")
    return [trial.bundle(folder, name) for name in ("one", "two", "three")]


@pytest.fixture(scope="module")
def boots(tmp_path_factory):
    with trial.boots(tmp_path_factory.mktemp("boot")) as made:
        yield made


def handed_out(bus, name):
    """What everybody gets: the fingerprint, and the chain that is exported, which has to be its."""
    chain = bus.certctl("export", name, check=True).stdout
    assert chain == get(bus, name, "Chain")
    return get(bus, name, "Fingerprint")


def operations(bundles, before):
    """The calls of one turn: a trial is begun of something else than what is in use before, and then
    perhaps ended. Each is (method, signature, arguments)."""
    data, _ = random.choice([one for one in bundles if one[1] != before])
    wish = trial.seconds(LONGEST)
    begin = random.choice([
        ("Import", "(aya{sv})", (data, {**ACCEPT, **wish})),
        ("Reset", "(a{sv})", (wish,)),
        ("CreateRequest", "(sa{sv})", ("internal", wish)),
        ("CreateRequest", "(sa{sv})", ("self", wish)),
    ])
    confirm = ("Confirm", "(a{sv})", ({"tested": GLib.Variant("b", True)},))
    # What a request issues is installed later; until then there is no trial that a rollback could end.
    rollback = ("Rollback", "()", ()) if begin[0] != "CreateRequest" else None
    end = random.choice([None, confirm, rollback])
    return [begin] + ([end] if end else [])


def send(connection, name, calls):
    """Sends one after the other is answered; the answers are put into the list that is returned."""
    answers = [None] * len(calls)

    def send_next(number):
        method, signature, arguments = calls[number]
        connection.call(support.NAME, trial.path_of(name), "org.certd1.Certificate", method,
                        support.pack(signature, arguments), None, 0, 20_000, None, on_answer, number)
        connection.flush_sync(None)

    def on_answer(source, result, number):
        try:
            answers[number] = source.call_finish(result).unpack()
        except GLib.Error as error:
            answers[number] = error
        if number + 1 < len(calls):
            send_next(number + 1)

    send_next(0)
    return answers


def was_done(calls, answers, method):
    """Whether the call was answered with success; None where nobody knows."""
    for (sent, *_), answer in zip(calls, answers):
        if sent == method:
            return None if lost(answer) else not isinstance(answer, GLib.Error)
    return False


def lost(answer):
    return isinstance(answer, GLib.Error) and (
        support.remote_error(answer) or "").startswith("org.freedesktop.DBus.Error")


def turn(bus, certd, name, bundles):
    """A trial with a kill in it; what was in use before and the answers."""
    before = handed_out(bus, name)
    calls = operations(bundles, before)
    connection = bus.new_connection()
    killer = threading.Timer(random.random() * MOST_DELAY_SECONDS, os.kill,
                             (certd.pid, signal.SIGKILL))
    answers = send(connection, name, calls)
    killer.start()
    support.wait_until(lambda: None not in answers, "answers")
    killer.join()
    connection.close_sync(None)
    bus.close()
    return before, calls, answers


def last_row(certd):
    """The number of the log's last row, of certd that does not run."""
    return keystore.query(certd.state_directory / "keystore.db", "SELECT max(id) FROM audit")[0][0]


def began(bus, name, number):
    """Whether a trial of the certificate began behind the log's row of that number."""
    return any(row["outcome"] == "ok" for row in logged.rows(
        bus, str(number), action="trial-begin", object=f"certificate/{name}"))


def check_after_boot(bus, number, name, before, calls):
    """Nothing is on trial but what a request of before, which goes on, issued since the start."""
    shown = trial.shown(bus, name)
    if shown["TrialDeadline"] == 0:
        return shown
    said = f"turn {number}: the trial of {calls[0][0]} outlived the boot"
    assert calls[0][0] == "CreateRequest", said
    assert began(bus, name, before), said
    return shown


def test_another_boot(bus, certd, boots, bundles):
    """Nothing that nobody confirmed is handed out after the device was started again."""
    trial.create(bus, "web")
    trial.install(bus, "web", bundles[0][0])
    seen = {"old": 0, "new": 0}
    for number in range(KILLS):
        name = NAMES[number % len(NAMES)]
        before, calls, answers = turn(bus, certd, name, bundles)
        boots.another()
        certd.stop()
        row = last_row(certd)
        certd.start()
        shown = check_after_boot(bus, number, name, row, calls)
        confirmed = was_done(calls, answers, "Confirm")
        if confirmed is False and shown["TrialDeadline"] == 0:
            assert shown["Fingerprint"] == before, f"turn {number}: {calls[0][0]} was never confirmed"
        settle(bus, name)
        now = handed_out(bus, name)
        if confirmed is False:
            assert now == before, f"turn {number}: {calls[0][0]} was never confirmed"
        if confirmed:
            assert now != before, f"turn {number}: the confirmation was lost"
        seen["old" if now == before else "new"] += 1
    logged.check_chain(bus)
    assert seen["old"] > KILLS / 4, seen
    assert seen["new"] > 0 or KILLS < 100, seen


def settle(bus, name):
    """What a request of the turn still issues on trial is undone, so that the next turn begins alike."""
    def at_rest():
        return not any(bus.call(
            support.MANAGER, "Manager", "ListRequests", "(a{sv}su)",
            ({"certificate": GLib.Variant("s", name), "state": GLib.Variant("s", state)}, "", 1))[0]
                       for state in ("queued", "generating"))
    support.wait_until(at_rest, f"requests of {name} are made")
    if get(bus, name, "TrialDeadline"):
        trial.rollback(bus, name)


def test_same_boot(bus, certd, boots, bundles):
    """A trial outlives certd with its deadline: what was answered is there, and can be undone."""
    for number in range(KILLS // 4):
        name = NAMES[number % len(NAMES)]
        before, calls, answers = turn(bus, certd, name, bundles)
        certd.restart()
        now, deadline = handed_out(bus, name), get(bus, name, "TrialDeadline")
        begun = was_done(calls, answers, calls[0][0])
        ended = any(was_done(calls, answers, method) is not False for method in ("Confirm", "Rollback"))
        if begun and not ended and calls[0][0] != "CreateRequest":
            assert deadline and now != before, f"turn {number}: the trial was lost"
        if not deadline and not ended:
            assert now == before
        settle(bus, name)
        if not ended:
            assert handed_out(bus, name) == before
    logged.check_chain(bus)
