# SPDX-License-Identifier: LGPL-2.1-or-later
"""What strangers try on certd-tls's ports: they are cut off, and others are served meanwhile."""

import contextlib
import select
import socket
import ssl
import subprocess
import time

import pytest
import tls_client as tls
import web

# As daemon/model/web-limits.h has them.
HANDSHAKES = 64  # CERTD_LIMIT_HANDSHAKES
HANDSHAKE_SECONDS = 10  # CERTD_LIMIT_HANDSHAKE_SECONDS
SLACK_SECONDS = 3

# First bytes that begin no handshake.
BEGINNINGS = {
    "http": b"GET / HTTP/1.0\r\n\r\n",
    "ssl2": bytes.fromhex("802e0100020015000000100100800200800300800400800500800600400700c0") + bytes(16),
    "ssl2-of-tls": bytes.fromhex("802b010301001200000010") + bytes(34),
    "long-record": b"\x16\x03\x01\xff\xff" + bytes(70000),
    "empty-records": b"\x16\x03\x01\x00\x00" * 1000,
    "unknown-message": b"\x16\x03\x03\x00\x04\x77\x00\x00\x00",
    "alert": b"\x15\x03\x03\x00\x02\x02\x28",
    "data-first": b"\x17\x03\x03\x00\x05hello",
}


@pytest.mark.parametrize("beginning", BEGINNINGS.values(), ids=BEGINNINGS)
def test_no_handshake(beginning):
    """Cut at once, and not when its time is up."""
    begun = time.monotonic()
    sock = tls.plain_socket()
    with contextlib.suppress(ConnectionResetError, BrokenPipeError):
        sock.sendall(beginning)
    tls.wait_for_end(sock)
    assert time.monotonic() - begun < HANDSHAKE_SECONDS / 2
    assert tls.exchange() == 200


def handshake(version):
    """A connection whose records can be tampered with: the socket and the TLS object of it."""
    sock, incoming, outgoing = tls.plain_socket(), ssl.MemoryBIO(), ssl.MemoryBIO()
    made = tls.context(version=version).wrap_bio(incoming, outgoing)
    while True:
        try:
            made.do_handshake()
            break
        except ssl.SSLWantReadError:
            sock.sendall(outgoing.read())
            incoming.write(sock.recv(65536))
    sock.sendall(outgoing.read())
    return sock, made, outgoing


@pytest.mark.parametrize("version", (ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3), ids=("tls12", "tls13"))
def test_bad_records(version):
    for tamper in (lambda record: record[:-1] + bytes([record[-1] ^ 1]), lambda record: record * 2,
                   lambda record: b"\x17\x03\x03\x48\x01" + bytes(0x4801)):
        sock, made, outgoing = handshake(version)
        made.write(b"GET /redfish HTTP/1.1\r\nHost: device\r\n\r\n")
        with contextlib.suppress(ConnectionResetError, BrokenPipeError):
            sock.sendall(tamper(outgoing.read()))
        tls.wait_for_end(sock)
    assert tls.exchange() == 200


def test_renegotiation():
    """A second handshake within a connection ends it."""
    client = subprocess.Popen(["openssl", "s_client", "-tls1_2", "-legacy_renegotiation", "-connect",
                               "%s:%d" % web.place()],
                              stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    with client:
        client.stdin.write(b"R\n")
        client.stdin.flush()
        said, _ = client.communicate(timeout=web.TIMEOUT_SECONDS)
    assert b"RENEGOTIATING" in said and client.returncode != 0, said
    assert tls.exchange() == 200


def drip(sock, data):
    """Sends a byte a second until the other side has ended."""
    for byte in data:
        if select.select([sock], [], [], 1)[0]:
            return
        sock.sendall(bytes([byte]))


def test_slow_handshakes():
    """Whoever does not come through in time is cut: silent, slow, or half way, on either port."""
    begun = time.monotonic()
    silent, slow, plain = tls.plain_socket(), tls.plain_socket(), tls.plain_socket(web.place(plain=True)[1])
    half = tls.plain_socket()
    incoming, outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
    made = tls.context().wrap_bio(incoming, outgoing)
    with pytest.raises(ssl.SSLWantReadError):
        made.do_handshake()
    hello = outgoing.read()
    half.sendall(hello)
    endless = tls.plain_socket()
    endless.sendall(b"\x16\x03\x01\x00\x04\x01\xff\xff\xff")
    drip(slow, hello)
    for sock in (silent, slow, plain, half, endless):
        tls.wait_for_end(sock)
        assert HANDSHAKE_SECONDS - 1 < time.monotonic() - begun < HANDSHAKE_SECONDS + SLACK_SECONDS
    assert tls.exchange() == 200


def ended(sock):
    return bool(select.select([sock], [], [], 0)[0])


def test_many_handshakes():
    """At the limit all stay; beyond it the oldest goes of the address with most of them, and who comes
    through is served."""
    with contextlib.ExitStack() as stack:
        neighbour = stack.enter_context(tls.plain_socket(source="127.0.0.2"))
        crowd = [stack.enter_context(tls.plain_socket()) for _ in range(HANDSHAKES - 1)]
        # All were accepted in their order: one behind them on the other port is.
        one_more = stack.enter_context(tls.plain_socket())
        crowd[0].settimeout(HANDSHAKE_SECONDS / 2)
        assert crowd[0].recv(1) == b""
        assert not ended(neighbour) and not any(map(ended, crowd[1:])) and not ended(one_more)
        assert tls.exchange() == 200
        assert not ended(neighbour)


def test_thousand_connections():
    """R61: 1,000 connections at once, most of them through the handshake, keep nobody out."""
    with contextlib.ExitStack() as stack:
        for _ in range(150):
            stack.enter_context(tls.connect())
        for _ in range(850):
            with contextlib.suppress(ConnectionResetError):
                stack.enter_context(tls.plain_socket())
        assert tls.exchange() == 200
        with socket.create_connection(web.place(plain=True)) as plain:
            plain.sendall(b"GET /ca.crt HTTP/1.0\r\n\r\n")
            assert plain.recv(12).startswith(b"HTTP/1.")
