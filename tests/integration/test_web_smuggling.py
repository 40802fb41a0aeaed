# SPDX-License-Identifier: LGPL-2.1-or-later
"""What would have two programs differ on where a request ends or what it asks for: lengths, codings, lines, targets,
and the header in front of each connection to certd-web. What is simply wrong is in test_web_http.py."""

import contextlib
import os
import pathlib
import socket
import struct

import pytest

import web
from web_raw import API, HOST, SIGN_IN, Raw

SOCKET = "/run/certd-web/http.sock"
HIDDEN = "GET /redfish HTTP/1.1\r\n" + HOST + "\r\n"  # what is to be answered as a request of its own
POST = f"POST {web.SESSIONS} HTTP/1.1\r\n{HOST}"
COLLECTION = f"GET {web.ROOT} HTTP/1.1\r\n{HOST}"
# Each: what is sent in front of HIDDEN, and the one status; nothing behind it is answered.
ENDS = {
    "coding-and-length": (POST + "Transfer-Encoding: chunked\r\nContent-Length: 4\r\n\r\n0\r\n\r\n", 400),
    "coding-space": (POST + "Transfer-Encoding : chunked\r\n\r\n0\r\n\r\n", 400),
    "coding-tab": (POST + "Transfer-Encoding:\tchunked\r\n\r\n0\r\n\r\n", 411),
    "coding-identity": (POST + "Transfer-Encoding: identity\r\n\r\n", 411),
    "coding-unknown": (POST + "Transfer-Encoding: xchunked\r\n\r\n", 411),
    "coding-list": (POST + "Transfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n", 411),
    "coding-twice": (POST + "Transfer-Encoding: chunked\r\nTransfer-Encoding: x\r\n\r\n0\r\n\r\n", 400),
    "coding-folded": (POST + "Transfer-Encoding:\r\n chunked\r\n\r\n0\r\n\r\n", 400),
    "coding-control": (POST + "Transfer-Encoding: \x0bchunked\r\n\r\n0\r\n\r\n", 400),
    "coding-behind-line": (POST + "A: b\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 400),
    "coding-return": (POST + "A: b\rTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 400),
    "chunk-extension": (POST + "Transfer-Encoding: chunked\r\n\r\n0;a=b\r\n\r\n", 411),
    "chunk-huge": (POST + "Transfer-Encoding: chunked\r\n\r\nffffffffffffffffff\r\n", 411),
    "lengths": (POST + "Content-Length: 0\r\nContent-Length: 5\r\n\r\n", 400),
    "length-list": (POST + "Content-Length: 0, 0\r\n\r\n", 400),
    "length-plus": (POST + "Content-Length: +0\r\n\r\n", 400),
    "length-minus": (POST + "Content-Length: -1\r\n\r\n", 400),
    "length-hex": (POST + "Content-Length: 0x0\r\n\r\n", 400),
    "length-empty": (POST + "Content-Length:\r\n\r\n", 400),
    "length-words": (POST + "Content-Length: 0 0\r\n\r\n", 400),
    "length-overflow": (POST + "Content-Length: 18446744073709551616\r\n\r\n", 400),
    "hosts-differ": (API + "Host: other.example\r\n\r\n", 400),
    "host-list": ("GET / HTTP/1.1\r\nHost: a, b\r\n\r\n", 400),
    "host-empty": ("GET / HTTP/1.1\r\nHost:\r\n\r\n", 400),
    "host-path": ("GET / HTTP/1.1\r\nHost: a/b\r\n\r\n", 400),
    "host-user": ("GET / HTTP/1.1\r\nHost: a@b\r\n\r\n", 400),
    "host-port": ("GET / HTTP/1.1\r\nHost: a:65536\r\n\r\n", 400),
    "header-without-name": (API + ": a\r\n\r\n", 400),
    "header-without-colon": (API + "a\r\n\r\n", 400),
    "header-first": ("GET / HTTP/1.1\r\n A: b\r\n" + HOST + "\r\n", 400),
    "many-headers": (API + "A: b\r\n" * 101 + "\r\n", 431),
    "types": (SIGN_IN + "Content-Type: text/plain\r\nContent-Length: 0\r\n\r\n", 400),
    "cookies": (API + "Cookie: a=b\r\nCookie: c=d\r\n\r\n", 400),
    "origins": (API + "Origin: https://a\r\nOrigin: https://b\r\n\r\n", 400),
    "if-matches": (API + 'If-Match: "a"\r\nIf-Match: "b"\r\n\r\n', 400),
    "authorizations": (API + "Authorization: Basic YTpi\r\nAuthorization: Basic YTpj\r\n\r\n", 400),
    "http-0.9": ("GET /redfish\r\n\r\n", 400),
    "http-2": ("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 505),
    "http-1.2": ("GET / HTTP/1.2\r\n" + HOST + "\r\n", 505),
    "http-small": ("GET / http/1.1\r\n" + HOST + "\r\n", 400),
    "two-spaces": ("GET  / HTTP/1.1\r\n" + HOST + "\r\n", 400),
    "space-in-target": ("GET /a b HTTP/1.1\r\n" + HOST + "\r\n", 400),
    "connect": ("CONNECT localhost:22 HTTP/1.1\r\n" + HOST + "\r\n", 400),
    "absolute-other": ("GET http://other.example/redfish HTTP/1.1\r\n" + HOST + "\r\n", 400),
    "authority": ("GET //other.example/redfish HTTP/1.1\r\n" + HOST + "\r\n", 400),
    "proxy-header": ("PROXY TCP4 192.0.2.1 192.0.2.2 1 443\r\n\r\n", 400),
}
# Each: what is sent in front of HIDDEN, and its status; then HIDDEN's follows, and the connection goes on.
GOES_ON = {
    "body-of-get": (API + f"Content-Length: {len(HIDDEN)}\r\n\r\n" + HIDDEN, 200),
    "body-of-unknown": (f"POST /nothing HTTP/1.1\r\n{HOST}Content-Length: {len(HIDDEN)}\r\n\r\n" + HIDDEN, 405),
    "body-of-refused": (SIGN_IN + f"Content-Length: {len(HIDDEN)}\r\n\r\n" + HIDDEN, 400),
    "body-of-delete": (f"DELETE {web.ROOT} HTTP/1.1\r\n{HOST}Content-Length: 3\r\n\r\nabc", 405),
    "continue-get": (API + "Expect: 100-continue\r\n\r\n", 200),
    "web-socket": (API + "Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n"
                   "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n", 200),
    "h2c": (API + "Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABk\r\n\r\n", 200),
    "override": (API + "X-HTTP-Method-Override: DELETE\r\n\r\n", 200),
    "forwarded": (COLLECTION + "X-Original-URL: /redfish/v1/Managers\r\nX-Forwarded-For: 192.0.2.1\r\n\r\n", 200),
    "coding-alike": (API + "Transfer_Encoding: chunked\r\n\r\n", 200),
}


@pytest.mark.parametrize("row", ENDS)
def test_ends(row):  # R66
    text, status = ENDS[row]
    with contextlib.closing(Raw()) as raw:
        raw.send(text + HIDDEN)
        got, headers, _ = raw.answer()
        assert (got, headers["Connection"]) == (status, "close")
        assert raw.is_closed()


@pytest.mark.parametrize("row", GOES_ON)
def test_goes_on(row):  # R66
    text, status = GOES_ON[row]
    with contextlib.closing(Raw()) as raw:
        raw.send(text + HIDDEN)
        assert raw.answer()[0] == status
        got, _, body = raw.answer()
        assert (got, body) == (200, b'{"v1":"/redfish/v1/"}')
        raw.send(API + "Connection: close\r\n\r\n")
        assert raw.answer()[0] == 200 and raw.is_closed()


TARGETS = ("/redfish/v1/./Managers", "/redfish/v1/%2e/Managers", "/redfish/v1/Managers/..", "/redfish/v1/Managers/%2E%2e",
           "/redfish/v1/%252e%252e", "/redfish/v1;a=b", "/REDFISH/v1", "/redfish/v1%20", "/redfish\\v1", "/%5c..%5c..%5cetc",
           "/ca.crt/../../../etc/passwd", "/ca.crt%00", "/.well-known/acme-challenge/../../etc/passwd",
           "/.well-known/acme-challenge/..%2f..%2fetc%2fpasswd", "/.well-known/acme-challenge/.",
           "/.well-known/acme-challenge/%2e%2e", "/%uff0e%uff0e/", "/%c0%ae%c0%ae/", "/%e0%80%ae/", "/%", "/%4", "/%zz",
           "/a%0d%0aSet-Cookie:%20a=b", "/#a", "/a?b?c#d", "*", "a", "?a", "@a/b",
           "/" + "a/" * 900)
# What is something all the same: an empty last segment is none, and a query may have anything.
SERVED = ("/ca.crt/", "/?a=%0d%0aSet-Cookie:%20a=b", "/redfish/v1/?$filter='")


@pytest.mark.parametrize("plain", (False, True), ids=("https", "http"))
def test_targets(plain):  # R64
    """None leads out of what is served, and none gets into a header."""
    for target in (*TARGETS, *SERVED):
        with contextlib.closing(Raw(plain)) as raw:
            raw.send(f"GET {target} HTTP/1.1\r\n{HOST}Connection: close\r\n\r\n")
            status, headers, body = raw.answer()
            expected = (308, 400, 404) if plain else (400, 401, 404, 501)
            assert status in expected or target in SERVED, (target, status)
            assert b"root:" not in body and "Set-Cookie" not in headers, target
            assert (headers["Location"] or "https://device.example").startswith("https://device.example"), target


SIGNATURE = b"\r\n\r\n\0\r\nQUIT\n"
IPV4 = socket.inet_aton("192.0.2.7") + socket.inet_aton("192.0.2.1") + struct.pack(">HH", 40000, 443)


def part(kind, value):
    return bytes([kind]) + struct.pack(">H", len(value)) + value


def header(parts=b"", version=0x21, family=0x11, address=IPV4, length=None):
    """A PROXY header; length: what it says that it has."""
    rest = address + parts
    return SIGNATURE + bytes([version, family]) + struct.pack(
        ">H", len(rest) if length is None else length) + rest


TLS = part(0x20, b"\x01\0\0\0\0" + part(0x21, b"TLSv1.3"))
WRONG_HEADERS = {
    "none": API.encode() + b"\r\n", "first-version": b"PROXY TCP4 192.0.2.7 192.0.2.1 40000 443\r\n" + API.encode(),
    "signature": b"\r\n\r\n\0\r\nQUIT\r" + header()[12:], "version-1": header(version=0x11),
    "version-3": header(version=0x31), "command": header(version=0x22), "long": header(length=0xFFFF),
    "beyond": header(part(4, bytes(1024 - 16 - 12 - 3 + 1))), "short-address": header(address=IPV4[:-1]),
    "ipv6-short": header(family=0x21), "no-family": header(family=0), "datagram": header(family=0x12),
    "part-short": header(b"\x20\0"), "part-beyond": header(b"\x20\0\xff\x01"), "tls-short": header(part(0x20, b"\x01\0")),
    "tls-twice": header(TLS + TLS), "tls-part-beyond": header(part(0x20, b"\x01\0\0\0\0\x21\0\xffT")),
    "version-text": header(part(0x20, b"\x01\0\0\0\0" + part(0x21, b"TLS\r\n"))),
    "generation": header(part(0xE0, b"\0" * 7)), "port": header(part(0xE1, b"\0\0")),
}


def connect():
    sock = socket.socket(socket.AF_UNIX)
    sock.connect(SOCKET)
    sock.settimeout(web.TIMEOUT_SECONDS)
    return sock


def said(sock):
    """All that comes, until the end."""
    found = b""
    with contextlib.suppress(ConnectionResetError):
        while data := sock.recv(65536):
            found += data
    return found


@pytest.mark.parametrize("row", WRONG_HEADERS)
def test_wrong_header(row):  # R60
    """Closed without a word, and told of in the log in words of our own."""
    log = pathlib.Path(os.environ["CERTD_WEB_LOGS"]) / "certd-web.log"
    before = log.stat().st_size
    with connect() as sock:
        with contextlib.suppress(BrokenPipeError):
            sock.sendall(WRONG_HEADERS[row] + b"GET / HTTP/1.1\r\nHost: smuggled\r\n\r\n")
        assert said(sock) == b""
    with open(log, "rb") as file:
        file.seek(before)
        told = file.read()
    assert b"PROXY header" in told and b"smuggled" not in told, told


GOOD_HEADERS = {
    "plain": (header(), b"308"), "tls": (header(TLS), b"200"), "local": (header(version=0x20, family=0, address=b""), b"308"),
    "not-tls": (header(part(0x20, b"\0\0\0\0\0")), b"308"),
    "longest": (header(TLS + part(4, bytes(1024 - 16 - 12 - len(TLS) - 3))), b"200"),
    "ipv6": (header(TLS, family=0x21, address=bytes(36)), b"200"),
}


@pytest.mark.parametrize("row", GOOD_HEADERS)
def test_good_header(row):  # R64
    """Taken in one piece with the request, and byte by byte; without its part on TLS it is the plain port."""
    data, status = GOOD_HEADERS[row]
    for size in (4096, 1):
        with connect() as sock:
            request = data + API.encode() + b"Connection: close\r\n\r\n"
            for start in range(0, len(request), size):
                sock.sendall(request[start:start + size])
            assert said(sock).split()[1] == status


def test_many_silent():  # R66
    """Connections without a header make room for those that have one."""
    with contextlib.ExitStack() as stack:
        for _ in range(300):
            stack.enter_context(connect())
        sock = stack.enter_context(connect())
        sock.sendall(header(TLS) + API.encode() + b"Connection: close\r\n\r\n")
        assert said(sock).startswith(b"HTTP/1.1 200")
