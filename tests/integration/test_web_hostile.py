# SPDX-License-Identifier: LGPL-2.1-or-later
"""Crowds on the network: who stands still is cut, nobody takes all places, time or memory, and an administrator from
another address gets in meanwhile. What HTTP itself refuses is in test_web_http.py and test_web_smuggling.py."""

import base64
import contextlib
import os
import pathlib
import select
import socket
import struct
import subprocess
import threading
import time

import hostile_web
import pytest
import support
import tls_client as tls
import web
from hostile_web import HOST

# daemon/model/web-limits.h
HEAD_SECONDS = 15  # CERTD_LIMIT_WEB_HEADER_SECONDS
USER_CONNECTIONS = 64  # CERTD_LIMIT_WEB_USER_CONNECTIONS
CONNECTIONS = 512  # CERTD_LIMIT_TLS_CONNECTIONS
BODY = 320 * 1024  # CERTD_LIMIT_WEB_BODY_BYTES
SLACK_SECONDS = 3
HUGE = 300 << 20
NETWORK = f"{web.ROOT}/Managers/device/NetworkProtocol"
GET = f"GET /redfish HTTP/1.1\r\n{HOST}\r\n".encode()
POST = f"POST {web.SESSIONS} HTTP/1.1\r\n{HOST}Content-Length: 9\r\n\r\n{{".encode()
HALF = f"GET /redfish/v1 HTTP/1.1\r\n{HOST}X-Half: ".encode()
# kind: (count, what each does), each from an address of its own: the small ones are less than each one's share of the
# places for strangers.
CROWDS = {
    "half-head": (500, {"said": HALF, "drip": b"x"}),
    "no-handshake": (1000, {"encrypted": False}),
    "silent": (300, {}),
    "plain": (200, {"said": HALF, "drip": b"x", "encrypted": False, "plain": True}),
    "empty-lines": (8, {"said": b"\r\n", "drip": b"\r\n"}),
    "half-line": (8, {"said": b"G", "drip": b"E"}),
    "half-body": (8, {"said": POST}),
}
# The whole of a request has longer: CERTD_LIMIT_WEB_REQUEST_SECONDS.
LONGER = {"half-body": 30}
LONG = os.environ.get("CERTD_TEST_LONG") == "1"  # what takes more than a minute


@pytest.fixture(scope="module", autouse=True)
def name():
    """The device's; the administrator comes from the address that every other time, too."""
    hostile_web.allow_descriptors()
    found = web.device_name()
    hostile_web.administrate(found)
    return found


def test_crowds(name):  # R66
    """500 half heads, a byte each 2 s; 1,000 connections that say nothing, and the others: all at once."""
    with hostile_web.in_little_memory(), hostile_web.Crowd() as crowd:
        for place, (kind, (count, what)) in enumerate(sorted(CROWDS.items(), key=lambda row: row[1][0])):
            for _ in range(count):
                crowd.join(kind, f"127.0.1.{place}", **what)
            hostile_web.administrate(name)
        until = time.monotonic() + HEAD_SECONDS + SLACK_SECONDS
        while any(kind not in LONGER for kind, *_ in crowd.begun.values()):
            assert time.monotonic() < until, {kind for kind, *_ in crowd.begun.values()}
            crowd.turn(1)
        hostile_web.administrate(name)
    for kind, lasted in crowd.lasted.items():
        assert kind in LONGER or len(lasted) == CROWDS[kind][0]
        assert max(lasted, default=0) < HEAD_SECONDS + SLACK_SECONDS, kind
    # Small crowds were not driven out by the large ones.
    for kind in ("empty-lines", "half-line"):
        assert min(crowd.lasted[kind]) > HEAD_SECONDS - SLACK_SECONDS, crowd.lasted[kind]


def test_those_who_stay(name):  # R66
    """Who has an answer, and is told the end, and stays, is in nobody's way."""
    settings = tls.context()
    with hostile_web.in_little_memory(), contextlib.ExitStack() as stack:
        for _ in range(CONNECTIONS + 50):
            sock = stack.enter_context(hostile_web.connect("127.0.2.1", settings=settings))
            sock.sendall(f"GET /redfish HTTP/1.1\r\n{HOST}Connection: close\r\n\r\n".encode())
            assert sock.recv(12).startswith(b"HTTP/1.1 200")
        hostile_web.administrate(name)


def test_those_who_do_not_read(name):  # R66
    settings = tls.context()
    asked = f"GET {web.ROOT}/$metadata HTTP/1.1\r\n{HOST}\r\n".encode() * 100
    with hostile_web.in_little_memory(), contextlib.ExitStack() as stack:
        for _ in range(60):
            sock = stack.enter_context(hostile_web.connect("127.0.2.2", settings=settings, buffer=2048))
            sock.setblocking(False)
            with contextlib.suppress(OSError):
                sock.send(asked)
        hostile_web.administrate(name)


def test_one_wrong_password(name):  # R60
    """300 requests with it at once wait for one answer, and for nobody else's turn."""
    token = base64.b64encode(b"nobody-there:wrong").decode()
    asked = f"GET {NETWORK} HTTP/1.1\r\n{HOST}Authorization: Basic {token}\r\n\r\n".encode()
    settings = tls.context()
    with hostile_web.in_little_memory(), contextlib.ExitStack() as stack:
        for _ in range(300):
            sock = stack.enter_context(hostile_web.connect("127.0.2.3", settings=settings))
            sock.sendall(asked)
        hostile_web.administrate(name)


def patch(client, length):
    """The head of a request of client's with a body of that length."""
    token = client.credentials["X-Auth-Token"]
    return (f"PATCH {NETWORK} HTTP/1.1\r\n{HOST}X-Auth-Token: {token}\r\nContent-Type: application/json\r\n"
            f"Content-Length: {length}\r\n\r\n").encode()


def test_bodies_of_one_user(name, reader):  # R66
    """Who has signed in fills as many connections with bodies as there may be, and more."""
    settings = tls.context()
    with hostile_web.in_little_memory(), contextlib.ExitStack() as stack:
        for _ in range(3 * USER_CONNECTIONS):
            sock = stack.enter_context(hostile_web.connect("127.0.2.4", settings=settings))
            with contextlib.suppress(OSError):
                sock.sendall(patch(reader, BODY) + b"{".ljust(BODY - 1))
        hostile_web.administrate(name)


def test_connections_of_one_user(reader):  # R66
    """At the limit all stay; with one more the one goes that has been quiet for longest."""
    reader.close()
    settings = tls.context()
    asked = f"GET {web.ROOT} HTTP/1.1\r\n{HOST}X-Auth-Token: {reader.credentials['X-Auth-Token']}\r\n\r\n".encode()
    with contextlib.ExitStack() as stack:
        held = []
        for number in range(USER_CONNECTIONS + 1):
            sock = stack.enter_context(hostile_web.connect("127.0.2.5", settings=settings))
            sock.sendall(asked)
            while b"ServiceRoot" not in sock.recv(65536):
                pass
            held.append(sock)
            if number == USER_CONNECTIONS - 1:
                assert not any(map(has_ended, held))
        support.wait_until(lambda: has_ended(held[0]), "the first is cut")
        assert not any(map(has_ended, held[1:]))


def has_ended(sock):
    """Whether the device has; what it has said is thrown away."""
    while select.select([sock], [], [], 0)[0]:
        if not sock.recv(65536):
            return True
    return False


def test_values_of_one_user(reader):  # R66
    """Bodies that would be twenty times their size as values are not read at all."""
    data = b'{"A": [' + b"{}," * (BODY // 3 - 10) + b"{}]}"
    assert len(data) <= BODY
    with hostile_web.in_little_memory():
        answers = []

        def send():
            with web.Web(name="localhost", context=tls.context()) as client:
                client.credentials = dict(reader.credentials)
                answers.append(client.request("PATCH", NETWORK, data=data,
                                              headers={"Content-Type": "application/json"}))
        threads = [threading.Thread(target=send) for _ in range(16)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert [(answer.status, answer.messages) for answer in answers] == 16 * [(400, ["Base.MalformedJSON"])]


HUGE_HEADS = {
    "stranger": (f"POST {web.SESSIONS} HTTP/1.1\r\n{HOST}Content-Length: {HUGE}\r\n\r\n", 413),
    "chunked": (f"POST {web.SESSIONS} HTTP/1.1\r\n{HOST}Transfer-Encoding: chunked\r\n\r\n{HUGE:x}\r\n", 411),
    "plain": (f"POST /ca.crt HTTP/1.1\r\n{HOST}Content-Length: {HUGE}\r\n\r\n", 413),
    "signed-in": (None, 413),
}


@pytest.mark.parametrize("kind", HUGE_HEADS)
def test_huge_body(name, reader, kind):  # R66
    """Of 300 MiB little is taken, the answer says why, and the rest is cut."""
    head, status = HUGE_HEADS[kind]
    with hostile_web.in_little_memory():
        sock = hostile_web.connect("127.0.2.6", kind == "plain", None if kind == "plain" else tls.context())
        with sock:
            begun = time.monotonic()
            sock.sendall(patch(reader, HUGE) if head is None else head.encode())
            assert sock.recv(12) == f"HTTP/1.1 {status}".encode()
            sent, part = 0, bytes(1 << 16)
            with contextlib.suppress(OSError):
                while sent < HUGE:
                    sent += sock.send(part)
            assert sent < HUGE // 10
            assert time.monotonic() - begun < HEAD_SECONDS
        hostile_web.administrate(name)


def test_many_requests():  # R66
    """One connection after which nothing is left, however many requests come over it."""
    count = support.repeats(2_000, 100_000, 1_000)
    with hostile_web.connect("127.0.2.7", settings=tls.context()) as sock, sock.makefile("rb") as answers:
        with hostile_web.in_little_memory():
            for _ in range(count // 100):
                sock.sendall(GET * 100)
                for _ in range(100):
                    assert answers.readline().startswith(b"HTTP/1.1 200 ")
                    length = 0
                    while (line := answers.readline()) != b"\r\n":
                        if line.startswith(b"Content-Length:"):
                            length = int(line.split()[1])
                    assert answers.read(length) == b'{"v1":"/redfish/v1/"}'


@pytest.mark.parametrize("said", (b"", GET, GET[:10], GET + GET[:10], POST, GET + POST, b"X\r\n\r\n"),
                         ids=("nothing", "request", "half", "request-half", "body", "request-body", "wrong"))
def test_nothing_stays(said):  # R66
    """Of a client that leaves, wherever it is, certd-web keeps no descriptor."""
    settings, before = tls.context(), hostile_web.descriptors("web")
    for number in range(30):
        with hostile_web.connect("127.0.2.9", settings=settings) as sock:
            sock.sendall(said)
            if said.startswith(GET):
                assert sock.recv(12) == b"HTTP/1.1 200"
            if number % 2:
                sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    support.wait_until(lambda: hostile_web.descriptors("web") <= before, "all are closed")


@pytest.fixture
def few_descriptors():
    """certd-web has 40 of them; as many as usual afterwards."""
    (pid,) = hostile_web.pids("web")
    subprocess.run(["setpriv", "--reuid=certd-web", "--regid=certd-web", "--clear-groups", "--", "prlimit",
                    f"--pid={pid}", "--nofile=40:40"], check=True, stdin=subprocess.DEVNULL)
    yield
    subprocess.run(["web-restart", "web"], check=True, stdin=subprocess.DEVNULL)


def test_descriptors(name, few_descriptors):  # R66
    """Where certd-web has none left, who comes waits; it neither runs hot, nor fills its log, nor stays away."""
    log = pathlib.Path(os.environ["CERTD_WEB_LOGS"]) / "certd-web.log"
    size, settings = log.stat().st_size, tls.context()
    with contextlib.ExitStack() as stack:
        held = [stack.enter_context(hostile_web.connect("127.0.2.8", settings=settings)) for _ in range(60)]
        for sock in held:
            sock.sendall(GET)
        support.wait_until(lambda: log.stat().st_size > size, "it says so")
        used = hostile_web.processor_seconds("web")
        # Some are not answered: while they are waited for, time passes.
        assert 0 < sum(b"HTTP" in received(sock) for sock in held) < len(held)
        assert hostile_web.processor_seconds("web") - used < 0.3
    assert log.read_text(encoding="utf-8").count("can't be accepted") < 5
    hostile_web.administrate(name)


def received(sock):
    sock.settimeout(0.1)
    with contextlib.suppress(TimeoutError):
        return sock.recv(4096)
    return b""


if LONG:
    @pytest.mark.parametrize("how", ("-H", "-B", "-X"))
    def test_slowhttptest(name, how):  # R66
        """What others attack with: slow heads, slow bodies, slow reading."""
        tool = subprocess.Popen(["slowhttptest", how, "-c", "500", "-r", "250", "-i", "2", "-l", "25", "-p", "5", "-u",
                                 os.environ["CERTD_WEB_URL"] + "/redfish/v1"],
                                stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        with hostile_web.in_little_memory(), tool:
            while tool.poll() is None:
                hostile_web.administrate(name)
                with contextlib.suppress(subprocess.TimeoutExpired):
                    tool.wait(2)
            said = tool.stdout.read()
        assert "service available" in said.replace("\x1b[1;32m", ""), said
