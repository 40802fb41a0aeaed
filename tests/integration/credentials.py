# SPDX-License-Identifier: LGPL-2.1-or-later
"""The credential socket as the service manager speaks to it, and whoever only pretends to be it."""

import itertools
import os
import pathlib
import select
import socket

import support

SOCKET = pathlib.Path(os.environ.get("CERTD_RUNTIME_DIRECTORY", "/nonexistent")) / "credential.sock"
UNIT = "certd-test-web.service"
NUMBERS = itertools.count(1)
DEADLINE_SECONDS = 30


def address(unit, credential):
    """What systemd binds to: a number that nobody else uses, the unit and the credential's id."""
    return f"\0{os.getpid():x}{next(NUMBERS):06x}/unit/{unit}/{credential}".encode()


def connect(where=None, user="root", path=SOCKET):
    """A connection from that abstract address, or from none; user's."""
    made = socket.socket(socket.AF_UNIX)
    made.settimeout(DEADLINE_SECONDS)
    with support.identity(user):
        if where is not None:
            made.bind(where)
        made.connect(str(path))
    return made


def read(connection):
    """All that comes until the end of the file."""
    parts = []
    with connection:
        while part := connection.recv(65536):
            parts.append(part)
    return b"".join(parts)


def ask(unit, credential, user="root", path=SOCKET):
    """What that unit gets; b"" for nothing."""
    return read(connect(address(unit, credential), user, path))


def is_open(connection):
    """Whether it has neither ended nor brought anything."""
    return not select.select([connection], [], [], 0)[0]


def add(bus, name, unit=UNIT, action="none"):
    """Makes unit a consumer of certificate name."""
    path, = bus.call(support.MANAGER, "Manager", "GetCertificate", "(s)", (name,))
    bus.call(path, "Certificate", "AddConsumer", "(sss)", ("unit", unit, action))
