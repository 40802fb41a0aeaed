# SPDX-License-Identifier: LGPL-2.1-or-later
"""Floods from an unprivileged user: python3 flood.py KIND COUNT, below tests/private-bus, as that user. It
says in JSON what it reached, for the bus has limits of its own."""

import contextlib
import json
import os
import socket
import sys
import time

from gi.repository import Gio, GLib

NAME, MANAGER = "org.certd1", "/org/certd1"
HTTPS = "/org/certd1/certificate/https"
UNDER_WAY = 100  # the bus refuses more than 128 calls of one connection
MATCHES = 512  # that many a connection
TIMEOUT_MSEC = 120_000


def connect():
    flags = Gio.DBusConnectionFlags.AUTHENTICATION_CLIENT | Gio.DBusConnectionFlags.MESSAGE_BUS_CONNECTION
    made = Gio.DBusConnection.new_for_address_sync(os.environ["DBUS_SYSTEM_BUS_ADDRESS"], flags, None, None)
    made.set_exit_on_close(False)
    return made


def method(path, interface, member, body=None):
    made = Gio.DBusMessage.new_method_call(NAME, path, interface, member)
    if body is not None:
        made.set_body(body)
    return made


def text(value):
    return GLib.Variant("s", value)


def mixed(number):
    """One of many calls: answered at once, refused by polkit, by the gate, by the bus library."""
    return (
        method(MANAGER, "org.freedesktop.DBus.Peer", "Ping"),
        method(MANAGER, "org.freedesktop.DBus.Properties", "GetAll",
               GLib.Variant("(s)", ("org.certd1.Manager",))),
        method(HTTPS, "org.certd1.Certificate", "Rollback"),
        method(MANAGER, "org.certd1.Manager", "CreateCertificate",
               GLib.Variant("(sa{sv})", (f"flood-{number}", {}))),
        method(HTTPS, "org.certd1.Certificate", "NoSuchMethod"),
        method(HTTPS, "org.certd1.Certificate", "OpenCredential", GLib.Variant("(s)", ("key",))),
        method(HTTPS, "org.freedesktop.DBus.Properties", "GetAll",
               GLib.Variant("(s)", ("org.certd1.Certificate",))),
        method("/org/certd1/certificate/none", "org.certd1.Certificate", "Confirm",
               GLib.Variant("(a{sv})", ({},))),
    )[number % 8]


class Sender:
    """Sends messages, UNDER_WAY at a time, and counts what becomes of them."""

    def __init__(self, connection, under_way=UNDER_WAY):
        self.connection = connection
        self.limit = under_way
        self.under_way = 0
        self.outcomes = {}

    def send(self, message):
        self.under_way += 1
        self.connection.send_message_with_reply(message, 0, TIMEOUT_MSEC, None, self._done, None)
        while self.under_way >= self.limit:
            GLib.MainContext.default().iteration(True)

    def _done(self, connection, result, _data):
        self.under_way -= 1
        try:
            reply = connection.send_message_with_reply_finish(result)
            outcome = reply.get_error_name() or "answered"
        except GLib.Error as error:
            outcome = error.message
        self.outcomes[outcome] = self.outcomes.get(outcome, 0) + 1

    def finish(self):
        while self.under_way:
            GLib.MainContext.default().iteration(True)
        return self.outcomes


def calls(count):
    """Half of them want no answer, and are sent as fast as the bus takes them."""
    sender = Sender(connect())
    for number in range(count // 2):
        message = mixed(number)
        message.set_flags(Gio.DBusMessageFlags.NO_REPLY_EXPECTED)
        sender.connection.send_message(message, 0)
        sender.send(mixed(number + 1))
    return sender.finish()


def matches(count):
    reached, connections = 0, []
    while reached < count:
        connections.append(connect())
        for number in range(min(MATCHES, count - reached)):
            connections[-1].call_sync(
                "org.freedesktop.DBus", "/org/freedesktop/DBus", "org.freedesktop.DBus", "AddMatch",
                GLib.Variant("(s)", (f"type='signal',sender='{NAME}',arg0='{number}'",)), None, 0, -1, None)
            connections[-1].send_message(mixed(number), 0)
            reached += 1
    for connection in connections:
        Sender(connection).send(mixed(0))
        connection.flush_sync(None)
    return {"matches": reached, "connections": len(connections)}


def connections(count):
    """Each makes certd ask who it is."""
    reached, refused, senders = 0, 0, []
    for number in range(count):
        try:
            senders.append(Sender(connect()))
            senders[-1].send(mixed(0))
            senders[-1].send(mixed(number))
            reached += 1
        except GLib.Error:
            refused += 1
    for sender in senders:
        sender.finish()
    return {"connections": reached, "refused by the bus": refused}


def sockets(count):
    """The credential socket, in the name of a unit."""
    path = os.path.join(os.environ["CERTD_RUNTIME_DIRECTORY"], "credential.sock")
    ended = 0
    with contextlib.ExitStack() as stack:
        made = []
        for number in range(count):
            one = stack.enter_context(socket.socket(socket.AF_UNIX))
            one.settimeout(60)
            one.bind(f"\0{os.getpid():x}{number:06x}/unit/web.service/https.key".encode())
            one.connect(path)
            made.append(one)
        for one in made:
            ended += one.recv(1) == b""
    return {"connections": len(made), "sent away": ended}


def arrays(count):
    """Of one to four megabytes each, in turn what certd reads at once, what it refuses for its size, and what has many
    elements."""
    sender = Sender(connect(), 4)
    data = GLib.Variant.new_from_bytes(GLib.VariantType("ay"), GLib.Bytes.new(bytes(4 << 20)), True)
    empty = GLib.Variant("a{sv}", {})
    words = GLib.Variant("a(ss)", [("DNS", f"a{number}.example.org") for number in range(30_000)])
    options = GLib.Variant("a{sv}", {f"key-{number}": text("x" * 30) for number in range(15_000)})
    bodies = (
        (MANAGER, "Manager", "Inspect", GLib.Variant.new_tuple(data, empty)),
        (HTTPS, "Certificate", "Import", GLib.Variant.new_tuple(data, empty)),
        (HTTPS, "Certificate", "SetSubjectAltNames", GLib.Variant.new_tuple(words)),
        (MANAGER, "Manager", "CreateCertificate", GLib.Variant.new_tuple(text("flood"), options)),
        (MANAGER, "Manager", "NoSuchMethod", GLib.Variant.new_tuple(words, options)),
    )
    for number in range(count):
        path, interface, member, body = bodies[number % len(bodies)]
        sender.send(method(path, f"org.certd1.{interface}", member, body))
    return sender.finish()


def descriptors(count):
    """16 in each message, the most that the bus takes."""
    sender = Sender(connect(), 4)
    with open("/dev/null", "rb") as null:
        for number in range(count):
            message = method(MANAGER, "org.certd1.Manager", "InspectFd",
                             GLib.Variant("(ha{sv})", (0, {}))) if number % 2 else mixed(number)
            handles = Gio.UnixFDList.new()
            for _ in range(16):
                handles.append(null.fileno())
            message.set_unix_fd_list(handles)
            sender.send(message)
    return sender.finish()


def array(kind, size):
    """size bytes of an array of kind, without making its values."""
    return GLib.Variant.new_from_bytes(GLib.VariantType(kind), GLib.Bytes.new(bytes(size)), True)


def options(value):
    return GLib.Variant("a{sv}", {"x": value})


def values(count):
    """Of one to eight megabytes each, a few bytes a value: what certd would make of them takes 80 times that."""
    sender = Sender(connect(), 4)
    empty = GLib.Variant("a{sv}", {})
    many = options(array("an", 8 << 20))
    texts = GLib.Variant("a{sv}", {f"key-{number}": text("x" * 80) for number in range(40_000)})
    bodies = (
        (MANAGER, "Manager", "CreateCertificate", GLib.Variant.new_tuple(text("flood"), many)),
        (MANAGER, "Manager", "Inspect", GLib.Variant.new_tuple(array("ay", 4), texts)),
        (MANAGER, "Manager", "GetCertificate", GLib.Variant.new_tuple(text("n" * (1 << 20)))),
        (MANAGER, "Manager", "ListCertificates", GLib.Variant.new_tuple(
            many, text(""), GLib.Variant("u", 0))),
        (HTTPS, "Certificate", "Configure", GLib.Variant.new_tuple(many)),
        (HTTPS, "Certificate", "Import", GLib.Variant.new_tuple(array("ay", 8 << 20), empty)),
    )
    for number in range(count):
        path, interface, member, body = bodies[number % len(bodies)]
        sender.send(method(path, f"org.certd1.{interface}", member, body))
    return sender.finish()


def names(count):
    """As long as a call may be, and each another one: what certd kept of them would stay."""
    sender = Sender(connect(), 4)
    for number in range(count):
        name = f"{number:06}" + "n" * ((1 << 20) if number % 2 else (500 << 10))
        sender.send(method(MANAGER, "org.certd1.Manager", "GetCertificate", GLib.Variant("(s)", (name,))))
    return sender.finish()


def largest(count):
    """30 megabytes each, from connections that nobody knows yet, two at a time: for more than 127 MiB that wait
    for one program the bus itself refuses what others send to it."""
    empty = GLib.Variant("a{sv}", {})
    imported = method(HTTPS, "org.certd1.Certificate", "Import",
                      GLib.Variant.new_tuple(array("ay", 30 << 20), empty))
    imported.set_flags(Gio.DBusMessageFlags.NO_REPLY_EXPECTED)
    created = GLib.Variant.new_tuple(text("flood"), options(array("an", 30 << 20)))
    outcomes = {}
    for _ in range(0, count, 2):
        senders = [Sender(connect()) for _ in range(2)]
        senders[0].connection.send_message(imported.copy(), 0)
        senders[0].send(mixed(0))
        senders[1].send(method(MANAGER, "org.certd1.Manager", "CreateCertificate", created))
        for sender in senders:
            for outcome, times in sender.finish().items():
                outcomes[outcome] = outcomes.get(outcome, 0) + times
            sender.connection.close_sync(None)
    return outcomes


KINDS = {one.__name__: one for one in (calls, matches, connections, sockets, arrays, values, names, largest,
                                       descriptors)}

if __name__ == "__main__":
    begun = time.monotonic()
    reached = KINDS[sys.argv[1]](int(sys.argv[2]))
    print(json.dumps({"reached": reached, "seconds": round(time.monotonic() - begun, 2)}))
