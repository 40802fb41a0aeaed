# SPDX-License-Identifier: LGPL-2.1-or-later
"""Guessing passwords over the network: how many tries get to PAM, and what the answers and their times tell."""

import base64
import concurrent.futures
import os
import statistics
import time

import hostile_web
import pytest
import web
import web_session

A_MINUTE = 10  # CERTD_LIMIT_SIGN_INS_A_MINUTE
WINDOW_SECONDS = 60
TOLERANCE = 0.1  # of a refusal's time
VARYING = {"date"}
LONG = os.environ.get("CERTD_TEST_LONG") == "1"  # what takes more than a minute
MANAGER = f"{web.ROOT}/Managers/device"


@pytest.fixture(scope="module", autouse=True)
def name():
    """The device's; the administrator has signed in from the usual place before."""
    found = web.device_name()
    hostile_web.administrate(found)
    return found


def guess(name, source, user, password, how="session"):
    """The answer to a try from source, and how long it took."""
    with web.Web(name=name, source=source) as client:
        client.open()
        begun = time.monotonic()
        if how == "basic":
            token = base64.b64encode(f"{user}:{password}".encode()).decode()
            answer = client.get(MANAGER, headers={"Authorization": f"Basic {token}"})
        else:
            answer = client.try_sign_in(user, password)
        return answer, time.monotonic() - begun


def together(jobs):
    with concurrent.futures.ThreadPoolExecutor(len(jobs)) as pool:
        return [done.result() for done in [pool.submit(guess, *job) for job in jobs]]


def test_time(name):  # R60
    """Users that exist and that don't: the same answer, and the same time within a tenth."""
    reader = web.account(web.READER)[0]
    users = {"exists": reader, "unknown": "certd-web-nobody", "root": "root"}
    jobs = [(name, f"127.0.3.{number}", user, f"wrong-{number}") for number in range(4) for user in users.values()]
    answers = together(jobs)
    seconds = {kind: statistics.median(taken for (_, taken), job in zip(answers, jobs) if job[2] == user)
               for kind, user in users.items()}
    print(seconds)
    assert max(seconds.values()) - min(seconds.values()) < TOLERANCE * min(seconds.values()), seconds
    seen = {(answer.status, str(answer.body), str(sorted((key.lower(), value) for key, value in answer.headers.items()
                                                          if key.lower() not in VARYING)))
            for answer, _ in answers}
    assert len(seen) == 1 and answers[0][0].status == 401, seen


@pytest.mark.parametrize("what", ("user", "source"))
def test_guesses(name, what):  # R60
    """One user's password from many addresses, and many users' from one: so many get to PAM, in whatever way."""
    user, before = web.account(web.ADMIN)[0], web_session.started()
    count = 3 * A_MINUTE
    jobs = [(name, f"127.0.4.{number}" if what == "user" else "127.0.5.1",
             user if what == "user" else f"somebody-{number}", f"wrong-{number}",
             "basic" if number % 3 == 0 else "session") for number in range(count)]
    answers = [answer for answer, _ in together(jobs)]
    reached = web_session.started() - before
    assert A_MINUTE - 2 <= reached <= A_MINUTE, reached
    assert sorted({answer.status for answer in answers}) == [401, 429]
    assert sum(answer.status == 401 for answer in answers) == reached
    # Where that user has signed in before, nobody's guesses are in the way.
    hostile_web.administrate(name)


if LONG:
    def test_guesses_of_a_minute(name):  # R60
        """Whoever tries again and again has no more of them in any minute."""
        reader, reached, seen = web.account(web.READER)[0], [], web_session.started()
        until = time.monotonic() + 2 * WINDOW_SECONDS
        number = 0
        while time.monotonic() < until:
            number += 1
            guess(name, "127.0.6.1", reader, f"wrong-{number}")
            if web_session.started() > seen:
                seen = web_session.started()
                reached.append(time.monotonic())
        assert len(reached) > A_MINUTE
        for first, last in zip(reached, reached[A_MINUTE:]):
            assert last - first >= WINDOW_SECONDS - 1, "more than ten within a minute"
