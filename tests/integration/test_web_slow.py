# SPDX-License-Identifier: LGPL-2.1-or-later
"""Who takes the HTTP API's time and places: what is slow is cut, and of too many the quietest."""

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
SOCKET = "/run/certd-web/http.sock"
NETWORK = f"{web.ROOT}/Managers/device/NetworkProtocol"
LONG = pytest.mark.skipif("CERTD_TEST_LONG" not in os.environ, reason="takes more than half a minute")


@pytest.fixture
def slow():
    """Connections that say nothing, or only half."""
    begun = {}
    with contextlib.closing(socket.socket(socket.AF_UNIX)) as header:
        header.connect(SOCKET)
        header.sendall(b"\r\n\r\n\0")
        begun["header"] = header, time.monotonic()
        yield from connections(begun)


def connections(begun):
    for name, text in {"silent": "", "half": "GET / HTTP/1.1\r\nHo", "drops": "G"}.items():
        raw = Raw()
        raw.send(text)
        begun[name] = raw.sock, time.monotonic()
    yield begun
    for sock, _ in begun.values():
        sock.close()


@pytest.fixture(scope="module")
def admin():
    with web.Web(web.ADMIN) as client:
        yield client
        client.sign_out()


def test_slow(slow):  # R66
    """Who says nothing, or half, is cut when the time is over; one byte now and then does not help."""
    waiting = dict(slow)
    while waiting:
        for name, (sock, begun) in list(waiting.items()):
            if name == "drops":
                with contextlib.suppress(OSError):
                    sock.sendall(b"E")
            over, taken = ended(sock), time.monotonic() - begun
            allowed = PROXY_SECONDS if name == "header" else HEAD_SECONDS
            # What is over since earlier tests is seen here first.
            assert taken < HEAD_SECONDS + 5, f"{name} is still open"
            if over:
                assert taken > allowed - 1, f"{name} is closed early"
                del waiting[name]


@LONG
def test_slow_body(admin):  # R66
    """The whole of a request has its time, however steadily it comes."""
    with contextlib.closing(Raw()) as raw:
        begun = time.monotonic()
        raw.send(SIGN_IN + "Content-Length: 4000\r\n\r\n")
        while not ended(raw.sock):
            with contextlib.suppress(OSError):
                raw.send(" ")
        assert REQUEST_SECONDS - 1 < time.monotonic() - begun < REQUEST_SECONDS + 5


@LONG
def test_slow_service(admin, certd):
    """A service that does not answer is told of, and holds up nothing else."""
    stranger = web.Web(name=web.device_name())
    os.kill(certd.pid, signal.SIGSTOP)
    try:
        begun = time.monotonic()
        answer = admin.get(NETWORK)
        assert (answer.status, answer.messages) == (503, ["Certd.ServiceUnavailable"])
        assert CALL_SECONDS - 1 < time.monotonic() - begun < CALL_SECONDS + 5
        assert stranger.get(web.ROOT).status == 200
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
