#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""A client that asks a TLS server again and again, each time over a new connection that it verifies.

tls_loop.py PROTOCOL PORT HOST CA-FILE: says on a line of JSON of its own {"served": SHA-256 of the
certificate} each time that it is another, {"failed": TEXT} for each request without the right answer, and at
the end of its input {"requests": N}. One that nobody ends fails after a minute.
"""

import hashlib
import json
import select
import socket
import ssl
import struct
import sys
import time

LIFE_SECONDS = 60
SECONDS = 20  # for one step of a request


def expect(what, data, begin):
    if not data.startswith(begin):
        raise OSError(f"{what}: {data!r} in place of {begin!r}")


def smtp_begin(plain):
    expect("greeting", plain.recv(4096), b"220 ")
    for command, answer in ((b"EHLO client\r\n", b"250"), (b"STARTTLS\r\n", b"220 ")):
        plain.sendall(command)
        expect(command.decode().strip(), plain.recv(4096), answer)


def postgres_begin(plain):
    plain.sendall(struct.pack("!II", 8, 80877103))  # SSLRequest
    expect("SSLRequest", plain.recv(1), b"S")


def http(tls):
    tls.sendall(f"GET / HTTP/1.0\r\nHost: {tls.server_hostname}\r\n\r\n".encode())
    answer = tls.recv(4096)
    expect("GET", answer.split(b" ", 1)[-1], b"200 ")
    while answer:
        answer = tls.recv(65536)


def smtp(tls):
    tls.sendall(b"EHLO client\r\n")
    expect("EHLO", tls.recv(4096), b"250")
    tls.sendall(b"QUIT\r\n")
    expect("QUIT", tls.recv(4096), b"221 ")


def imap(tls):
    expect("greeting", tls.recv(4096), b"* OK")
    tls.sendall(b"a LOGOUT\r\n")
    expect("LOGOUT", tls.recv(4096), b"* BYE")


def mqtt(tls):
    connect = b"\x00\x04MQTT\x04\x02\x00\x3c\x00\x00"
    tls.sendall(bytes([0x10, len(connect)]) + connect)
    expect("CONNECT", tls.recv(4096), b"\x20\x02")  # CONNACK, whatever it says of a nameless client


def postgres(tls):
    parameters = struct.pack("!I", 196608) + b"user\0postgres\0\0"
    tls.sendall(struct.pack("!I", 4 + len(parameters)) + parameters)
    expect("StartupMessage", tls.recv(4096), b"R")  # which authentication it wants


# What comes before the handshake, and after it.
PROTOCOLS = {
    "http": (None, http),
    "smtp": (smtp_begin, smtp),
    "imaps": (None, imap),
    "mqtt": (None, mqtt),
    "postgres": (postgres_begin, postgres),
}


def ask(context, protocol, port, host):
    """One request; returns the certificate's hash."""
    begin, speak = PROTOCOLS[protocol]
    with socket.create_connection(("127.0.0.1", port), timeout=SECONDS) as plain:
        if begin:
            begin(plain)
        with context.wrap_socket(plain, server_hostname=host) as tls:
            speak(tls)
            return hashlib.sha256(tls.getpeercert(binary_form=True)).hexdigest()


def tell(**what):
    print(json.dumps(what), flush=True)


def main():
    protocol, port, host, authority = sys.argv[1:]
    context = ssl.create_default_context(cafile=authority)
    requests, served = 0, None
    deadline = time.monotonic() + LIFE_SECONDS
    while not select.select([0], [], [], 0)[0]:
        if time.monotonic() > deadline:
            tell(failed=f"nobody ended this client within {LIFE_SECONDS} s")
            break
        requests += 1
        try:
            now = ask(context, protocol, int(port), host)
        except OSError as error:
            tell(failed=f"{type(error).__name__}: {error}")
            continue
        if now != served:
            served = now
            tell(served=served)
    tell(requests=requests)


if __name__ == "__main__":
    main()
