# SPDX-License-Identifier: LGPL-2.1-or-later
"""What evil.py does with certd-session: sign-ins, and calls in the name of who has signed in."""

import array
import contextlib
import socket

from gi.repository import Gio, GLib

PATH = "/run/certd-session/session.sock"
ADDRESS = "192.0.2.7"
SECONDS = 60
SESSIONS = []  # connections; what was signed out stays as None


def ask(*packets):
    """The words that come back on one connection, "" for its end, and the descriptors that came along."""
    words, found = [], array.array("i")
    with socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET) as one:
        one.settimeout(SECONDS)
        one.connect(PATH)
        for packet in packets:
            try:
                one.send(packet)
                word, control, _, _ = one.recvmsg(64, socket.CMSG_SPACE(4 * found.itemsize),
                                                  socket.MSG_CMSG_CLOEXEC)
            except (BrokenPipeError, ConnectionResetError):
                word, control = b"", []
            words.append(word.decode("ascii"))
            for _, _, data in control:
                found.frombytes(data)
    return words, list(found)


def sends(*packets):
    """What is answered to packets in hexadecimal, one after another; who gets in leaves at once."""
    words, descriptors = ask(*map(bytes.fromhex, packets))
    for descriptor in descriptors:
        socket.close(descriptor)
    return words


def signs_in(user, password):
    """The number of the session that it is."""
    (word,), descriptors = ask("\0".join((user, password, ADDRESS)).encode())
    if word != "ok":
        raise PermissionError(f"The answer is {word}")
    stream = Gio.Socket.new_from_fd(descriptors[0]).connection_factory_create_connection()
    SESSIONS.append(Gio.DBusConnection.new_sync(
        stream, None, Gio.DBusConnectionFlags.AUTHENTICATION_CLIENT, None, None))
    carries(len(SESSIONS) - 1, "org.certd1", "/org/certd1", "org.freedesktop.DBus.Peer", "Ping", "()")
    return len(SESSIONS) - 1


def carries(number, destination, path, interface, member, arguments):
    """What a call over a session gives, in GVariant's text as its arguments; fails with the error's name."""
    try:
        reply, _ = SESSIONS[number].call_with_unix_fd_list_sync(
            destination, path, interface, member, GLib.Variant.parse(None, arguments), None,
            Gio.DBusCallFlags.NONE, SECONDS * 1000, None, None)
    except GLib.Error as error:
        raise OSError(Gio.DBusError.get_remote_error(error) or error.message) from None
    return reply.print_(True)


def signs_out(number):
    with contextlib.suppress(GLib.Error):
        SESSIONS[number].close_sync(None)
    SESSIONS[number] = None


def connects_often(count):
    """How many connections of so many at a time are not ended by the other side at once."""
    ones = []
    try:
        for _ in range(count):
            one = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
            ones.append(one)
            one.settimeout(SECONDS)
            one.connect(PATH)
        # The last of them was accepted after the others.
        with contextlib.suppress(OSError):
            ones[-1].recv(1)
        return sum(map(stands, ones))
    finally:
        for one in ones:
            one.close()


def stands(one):
    one.setblocking(False)
    try:
        return one.recv(1) != b""
    except BlockingIOError:
        return True
    except OSError:
        return False


TRIED = (sends, signs_in, carries, signs_out, connects_often)
