# SPDX-License-Identifier: LGPL-2.1-or-later
"""Connections to the HTTP API on which bytes are bytes, for what no client would send."""

import contextlib
import http.client
import json
import socket

import web

HOST = "Host: device.example\r\n"
API = "GET /redfish/v1 HTTP/1.1\r\n" + HOST
SIGN_IN = f"POST {web.SESSIONS} HTTP/1.1\r\n{HOST}Content-Type: application/json\r\n"


class Raw:
    """A connection on which bytes are bytes. plain: to the plain port."""

    def __init__(self, plain=False):
        self.sock = socket.create_connection(web.place(plain=True)) if plain else web.connect()
        self.sock.settimeout(30)
        self.file = self.sock.makefile("rb")

    def send(self, text):
        self.sock.sendall(text if isinstance(text, bytes) else text.encode())

    def answer(self, method="GET"):
        """Status, headers and body of the next answer."""
        words = self.file.readline().split()
        assert words and words[0] == b"HTTP/1.1"
        headers = http.client.parse_headers(self.file)
        size = 0 if method == "HEAD" else int(headers["Content-Length"] or 0)
        return int(words[1]), headers, self.file.read(size)

    def is_closed(self):
        """Whether the device ends the connection (not: says something more)."""
        try:
            return self.file.read(1) == b""
        except ConnectionResetError:
            return True

    def close(self):
        self.file.close()
        self.sock.close()


def ask(text, plain=False):
    with contextlib.closing(Raw(plain)) as raw:
        raw.send(text)
        return raw.answer("HEAD" if text.startswith("HEAD") else "GET")


def message(body):
    return json.loads(body)["error"]["@Message.ExtendedInfo"][0]["MessageId"].split(".")[-1]


def ended(sock):
    """Whether the device has closed it; waits a moment."""
    sock.settimeout(0.3)
    try:
        return sock.recv(1) == b""
    except TimeoutError:
        return False
    except ConnectionResetError:
        return True
