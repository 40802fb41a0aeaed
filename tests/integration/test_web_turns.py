# SPDX-License-Identifier: LGPL-2.1-or-later
"""Changes of one resource that come at the same time: of those that name the same entity tag, one is made."""

import concurrent.futures
import contextlib
import threading

import pytest
import support
import web
from web_certificates import HTTPS, SERVICE, action, made, place, refused

NAME = "turns"
AUTHORITY = f"{SERVICE}/Oem/Certd/Authority"
CERTIFICATE = f"{HTTPS}/https"
AT_ONCE = 4
ROUNDS = support.repeats(5, 100, 3)
DONE, CHANGED_MEANWHILE = 200, 412
BEGUN = 202  # a key that takes its time


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
    """The statuses, in order, of change(client, its number), which are begun at the same time: DONE also of what is
    only begun."""
    begin = threading.Barrier(AT_ONCE, timeout=web.TIMEOUT_SECONDS)

    def one(number):
        clients[number].value(web.ROOT)  # connected
        begin.wait()
        status = change(clients[number], number).status
        return DONE if status == BEGUN else status

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


def test_unconditional(admin, clients):  # R6
    """Nobody is refused who does not ask for that."""
    for i in range(ROUNDS):
        days = 5000 + i * AT_ONCE
        assert at_once(clients, set_days(days)) == [DONE] * AT_ONCE
        assert 0 <= admin.value(place(NAME))["Settings"]["Days"] - days < AT_ONCE


@pytest.fixture(scope="module")
def pending(admin):
    """The request that waits for an answer."""
    admin.done("POST", action(NAME, "Request"), {"Issuer": "external"})
    return admin.value(place(NAME) + "/Requests")["Members"][0]["@odata.id"]


ACTIONS = {
    "import": lambda _: (place(NAME), action(NAME, "Import")),
    "cancel": lambda pending: (pending, f"{pending}/Actions/CertdRequest.Cancel"),
    "rekey": lambda _: (CERTIFICATE, f"{CERTIFICATE}/Actions/Certificate.Rekey"),
    "renew": lambda _: (CERTIFICATE, f"{CERTIFICATE}/Actions/Certificate.Renew"),
    "sign": lambda _: (AUTHORITY, f"{AUTHORITY}/Actions/CertdAuthority.Sign"),
}


@pytest.mark.parametrize("name", ACTIONS)
def test_actions(admin, pending, name):
    """What an action acts on has to be as it was seen, by its own entity tag."""
    path, target = ACTIONS[name](pending)
    wrong = {"Unheard": True}
    etag = admin.get(path).headers["ETag"]
    assert admin.post(target, wrong, headers={"If-Match": etag}).status == 400
    refused(admin.post(target, wrong, headers={"If-Match": '"other"'}), 412, "Base.PreconditionFailed")
