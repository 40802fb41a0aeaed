#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Asks the credential socket as the service manager does: claim.py ADDRESS prints what comes. ADDRESS is
that of an abstract socket to connect from, without its first byte; empty for none."""

import socket
import sys

SOCKET = "/run/certd/credential.sock"
SECONDS = 20


def main():
    address = sys.argv[1]
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as client:
        client.settimeout(SECONDS)
        if address:
            client.bind(b"\0" + address.encode())
        client.connect(SOCKET)
        data = b""
        while part := client.recv(65536):
            data += part
    sys.stdout.buffer.write(data)


if __name__ == "__main__":
    main()
