# SPDX-License-Identifier: LGPL-2.1-or-later
"""Changes of one resource that come at the same time: of those that name the same entity tag, one is made."""

import concurrent.futures
import contextlib
import threading

import pytest
import support
import web
from web_certificates import action, made, place

NAME = "turns"
AT_ONCE = 4
ROUNDS = support.repeats(5, 100, 3)
DONE, CHANGED_MEANWHILE = 200, 412


@pytest.fixture(scope="module", autouse=True)
def certificate(admin):
    with made(admin, NAME, Subject=f"CN={NAME}.example.org") as path:
        yield path


@pytest.fixture(scope="module")
def clients(admin):
    """Connections of the same session."""
    with contextlib.ExitStack() as stack:
        found = [stack.enter_context(web.Web()) for _ in range(AT_ONCE)]
        for client in found:
            client.credentials = admin.credentials
        yield found


def at_once(clients, change):
    """The statuses, in order, of change(client, its number), which are begun at the same time."""
    begin = threading.Barrier(AT_ONCE)

    def one(number):
        clients[number].value(web.ROOT)  # connected
        begin.wait()
        return change(clients[number], number).status

    with concurrent.futures.ThreadPoolExecutor(AT_ONCE) as pool:
        return sorted(pool.map(one, range(AT_ONCE)))


def seen(admin):
    return {"If-Match": admin.get(place(NAME)).headers["ETag"]}


def set_days(days, headers=None):
    """A change for at_once(): the setting becomes days and the client's number."""
    return lambda client, number: client.patch(place(NAME), {"Settings": {"Days": days + number}}, headers=headers)


def test_settings(admin, clients):  # R6
    for i in range(ROUNDS):
        days = 1000 + i * AT_ONCE
        assert at_once(clients, set_days(days, seen(admin))) == [DONE] + [CHANGED_MEANWHILE] * (AT_ONCE - 1)
        assert 0 <= admin.value(place(NAME))["Settings"]["Days"] - days < AT_ONCE


def test_settings_and_requests(admin, clients):  # R6 R13
    """A request is made of the settings that were seen, whatever comes at the same time."""
    for i in range(ROUNDS):
        headers = seen(admin)
        body = {"Issuer": "external", "Subject": f"CN={i}.example.org"}
        set_them = set_days(200 + i * AT_ONCE, headers)
        assert at_once(clients, lambda client, number: set_them(client, number) if number % 2 else
                       client.post(action(NAME, "Request"), body, headers=headers)) \
            == [DONE] + [CHANGED_MEANWHILE] * (AT_ONCE - 1)


def test_unconditional(admin, clients):
    """Nobody is refused who does not ask for that."""
    for i in range(ROUNDS):
        days = 5000 + i * AT_ONCE
        assert at_once(clients, set_days(days)) == [DONE] * AT_ONCE
        assert 0 <= admin.value(place(NAME))["Settings"]["Days"] - days < AT_ONCE
