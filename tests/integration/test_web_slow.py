# SPDX-License-Identifier: LGPL-2.1-or-later
"""Who takes the HTTP API's time and places: what is slow is cut, and of too many the quietest."""

import concurrent.futures
import contextlib
import os
import select
import signal
import socket
import time

import pytest

import web
from web_raw import API, SIGN_IN, Raw, ended

# model/web-limits.h
HEAD_SECONDS = 15  # CERTD_LIMIT_WEB_HEADER_SECONDS
PROXY_SECONDS = 5  # CERTD_LIMIT_PROXY_SECONDS
REQUEST_SECONDS = 30  # CERTD_LIMIT_WEB_REQUEST_SECONDS
CALL_SECONDS = 30  # CERTD_LIMIT_WEB_CALL_SECONDS
STRANGERS = 64  # CERTD_LIMIT_WEB_STRANGERS
BEGIN_SECONDS = 0.5  # until certd-web has handed a call on
SOCKET = "/run/certd-web/http.sock"
NETWORK = f"{web.ROOT}/Managers/device/NetworkProtocol"
# What half a minute goes by with is the long run's.
LONG = os.environ.get("CERTD_TEST_LONG") == "1"
# What is sent at first, what now and then, and when that is over.
SLOW = {
    "silent": ("", b"", HEAD_SECONDS),
    "half": ("GET / HTTP/1.1\r\nHo", b"", HEAD_SECONDS),
    "drops": ("G", b"E", HEAD_SECONDS),
    **({"body": (SIGN_IN + "Content-Length: 4000\r\n\r\n", b" ", REQUEST_SECONDS)} if LONG else {}),
}


@pytest.fixture
def slow():
    """Connections that say nothing, or only half: {name: (socket, what it goes on with, its time, begun)}."""
    begun = {}
    with contextlib.ExitStack() as stack:
        header = stack.enter_context(contextlib.closing(socket.socket(socket.AF_UNIX)))
        header.connect(SOCKET)
        header.sendall(b"\r\n\r\n\0")
        begun["header"] = header, b"", PROXY_SECONDS, time.monotonic()
        for name, (text, drop, allowed) in SLOW.items():
            raw = stack.enter_context(contextlib.closing(Raw()))
            raw.send(text)
            begun[name] = raw.sock, drop, allowed, time.monotonic()
        yield begun


def test_slow(slow):  # R66
    """Who says nothing, or half, is cut when the time is over; one byte now and then does not help."""
    waiting = dict(slow)
    while waiting:
        for name, (sock, drop, allowed, begun) in list(waiting.items()):
            with contextlib.suppress(OSError):
                sock.sendall(drop)
            over, taken = ended(sock), time.monotonic() - begun
            # What is over since earlier tests is seen here first.
            assert taken < max(allowed, HEAD_SECONDS) + 5, f"{name} is still open"
            if over:
                assert taken > allowed - 1, f"{name} is closed early"
                del waiting[name]


def test_slow_service(admin, certd):
    """A service that does not answer holds up nothing else, and in the end that is told."""
    stranger = web.Web(name=web.device_name())
    with concurrent.futures.ThreadPoolExecutor() as pool:
        os.kill(certd.pid, signal.SIGSTOP)
        try:
            begun = time.monotonic()
            waiting = pool.submit(admin.get, NETWORK)
            assert stranger.get(web.ROOT).status == 200
            if LONG:
                answer = waiting.result()
                assert (answer.status, answer.messages) == (503, ["Certd.ServiceUnavailable"])
                assert CALL_SECONDS - 1 < time.monotonic() - begun < CALL_SECONDS + 5
            else:
                assert not waiting.done()
        finally:
            os.kill(certd.pid, signal.SIGCONT)
        assert LONG or waiting.result().status == 200


@pytest.mark.parametrize("method", ["GET", "PATCH"])
def test_session_over_meanwhile(admin, certd, method):  # R60
    """Who is signed out while certd is read from has to sign in again: it is not the service that is gone. A machine
    that is slow to begin with it proves less."""
    seen = {"If-Match": admin.get(NETWORK).headers["ETag"]} if method == "PATCH" else {}
    content = {"HTTP": {"ProtocolEnabled": True}} if method == "PATCH" else None
    with web.Web(web.ADMIN) as other, concurrent.futures.ThreadPoolExecutor() as pool:
        os.kill(certd.pid, signal.SIGSTOP)
        try:
            waiting = pool.submit(other.request, method, NETWORK, content, headers=seen)
            concurrent.futures.wait([waiting], timeout=BEGIN_SECONDS)
            admin.done("DELETE", other.session)
            assert waiting.result().status == 401
        finally:
            os.kill(certd.pid, signal.SIGCONT)


def test_strangers(admin):  # R66
    """Of more than so many strangers the quietest goes; who has signed in stays."""
    assert admin.get(NETWORK).status == 200
    kept = admin.sock
    strangers = []
    try:
        for _ in range(STRANGERS):
            strangers.append(Raw())
            strangers[-1].send(API + "\r\n")
            assert strangers[-1].answer()[0] == 200
        assert not select.select([one.sock for one in strangers], [], [], 0)[0]
        strangers[0].send(API + "\r\n")
        assert strangers[0].answer()[0] == 200
        strangers.append(Raw())
        strangers[-1].send(API + "\r\n")
        assert strangers[-1].answer()[0] == 200
        assert strangers[1].is_closed()
        still = [one.sock for number, one in enumerate(strangers) if number != 1]
        assert not select.select(still, [], [], 0)[0]
        assert admin.get(NETWORK).status == 200 and admin.sock is kept
    finally:
        for one in strangers:
            one.close()
