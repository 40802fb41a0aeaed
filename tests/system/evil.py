#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""What somebody who has taken over certd-web has in its place: it does what it is told, and tells what
came of it.

Runs in a machine, by test_web_evil.py: in the place of certd-web in its unit, on the unit's socket; and as a
service without a sandbox, on a socket of its own, where the same has to succeed. Each connection is one
attempt: a line of JSON with a name of TRIED and its arguments, and back one with whether it could, and what
else there is to say.
"""

import ctypes
import errno
import json
import os
import pathlib
import secrets
import socket
import subprocess
import sys

import evil_session

LIBC = ctypes.CDLL(None, use_errno=True)
SYS_INIT_MODULE = {"x86_64": 175, "aarch64": 105}[os.uname().machine]
SYS_PIDFD_OPEN, SYS_PIDFD_GETFD = 434, 438
PTRACE_SEIZE = 0x4206
MS_BIND = 4096
LAST_DESCRIPTOR = 32  # more than any of the programs has without a connection
SECONDS = 20


class Vector(ctypes.Structure):
    """An iovec."""

    _fields_ = [("base", ctypes.c_void_p), ("length", ctypes.c_size_t)]


def calls(function, *arguments, allowed=()):
    """Succeeds where the C library's function does, or gets as far as an error that says what was allowed."""
    result = function(*arguments)
    if result < 0 and ctypes.get_errno() not in allowed:
        raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))
    return result


def in_child(function, *arguments):
    """What it has done ends with the child."""
    child = os.fork()
    if child == 0:
        try:
            calls(function, *arguments)
        except OSError as error:
            os._exit(error.errno)
        os._exit(0)
    code = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    if code != 0:
        raise OSError(code, os.strerror(code))


def reads(path):
    if os.path.isdir(path):
        if not os.listdir(path):
            raise FileNotFoundError(errno.ENOENT, "There is nothing in it")
        return
    with open(path, "rb") as file:
        file.read(1)


def writes(folder):
    path = pathlib.Path(folder) / "certd-tried"
    path.write_text("tried", encoding="ascii")
    path.unlink()


def connects(path, kind):
    with socket.socket(socket.AF_UNIX, getattr(socket, kind)) as one:
        one.connect(path)


def connects_by_name(name):
    """To a socket of the machine that has no path."""
    with socket.socket(socket.AF_UNIX) as one:
        one.connect("\0" + name)


def claims(unit, credential):
    """Asks for a unit's credential as the service manager does."""
    with socket.socket(socket.AF_UNIX) as one:
        one.settimeout(SECONDS)
        one.bind(f"\0{secrets.token_hex(8)}/unit/{unit}/{credential}")
        one.connect("/run/certd/credential.sock")
        if not one.recv(1):
            raise PermissionError(errno.EACCES, "Nothing came")


def calls_certd():
    """On the system bus."""
    subprocess.run(["busctl", "call", "org.certd1", "/org/certd1", "org.freedesktop.DBus.Peer", "Ping"],
                   check=True, capture_output=True, timeout=SECONDS)


def reaches(address, port):
    socket.create_connection((address, port), SECONDS).close()


def opens(family, kind):
    socket.socket(getattr(socket, family), getattr(socket, kind)).close()


def runs_as_root(program):
    """Whether a program with the bit set-user-id, which prints its user, is another's."""
    done = subprocess.run([program, "--user"], check=True, capture_output=True, text=True, timeout=SECONDS)
    if done.stdout.strip() != "0":
        raise PermissionError(errno.EPERM, f"It ran as {done.stdout.strip()}")


def becomes(uid):
    in_child(LIBC.setresuid, uid, uid, uid)


def mounts():
    in_child(LIBC.mount, b"/usr", b"/mnt", None, MS_BIND, None)
    LIBC.umount2(b"/mnt", 0)


def unshares(flags):
    in_child(LIBC.unshare, flags)


def loads_module():
    """A kernel that would load one says that this is none; one without modules, that it has no such call."""
    calls(LIBC.syscall, SYS_INIT_MODULE, b"no module", 9, b"", allowed=(errno.ENOEXEC, errno.ENOSYS))


def traces(pid):
    """It ends with the child that does it."""
    in_child(LIBC.ptrace, PTRACE_SEIZE, pid, None, None)


def reads_memory(pid, address):
    data = ctypes.create_string_buffer(8)
    ours, theirs = Vector(ctypes.addressof(data), 8), Vector(address, 8)
    calls(LIBC.process_vm_readv, pid, ctypes.byref(ours), 1, ctypes.byref(theirs), 1, 0)


def opens_memory(pid, address):
    with open(f"/proc/{pid}/mem", "rb", buffering=0) as memory:
        memory.seek(address)
        memory.read(8)


def takes_descriptor(pid):
    """Any, through the kernel's call for it."""
    process = calls(LIBC.syscall, SYS_PIDFD_OPEN, pid, 0)
    try:
        for number in range(3, LAST_DESCRIPTOR):
            taken = LIBC.syscall(SYS_PIDFD_GETFD, process, number, 0)
            if taken >= 0:
                os.close(taken)
                return
        raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))
    finally:
        os.close(process)


def lists_descriptors(pid):
    return os.listdir(f"/proc/{pid}/fd")


def signals(pid):
    os.kill(pid, 0)


TRIED = {function.__name__: function for function in (
    reads, writes, connects, connects_by_name, claims, calls_certd, reaches, opens, runs_as_root, becomes,
    mounts, unshares, loads_module, traces, reads_memory, opens_memory, takes_descriptor, lists_descriptors,
    signals, os.listdir, *evil_session.TRIED)}


def attempt(order):
    try:
        return {"could": True, "said": TRIED[order["name"]](*order["arguments"])}
    except (OSError, subprocess.SubprocessError) as error:
        return {"could": False, "said": str(error)}


def serve(listener):
    while True:
        connection, _ = listener.accept()
        with connection, connection.makefile("rw", encoding="utf-8") as stream:
            line = stream.readline()
            if line:
                stream.write(json.dumps(attempt(json.loads(line))) + "\n")


def main():
    if len(sys.argv) > 1:
        listener = socket.socket(socket.AF_UNIX)
        listener.bind(sys.argv[1])
        listener.listen()
        # For connects_by_name().
        named = socket.socket(socket.AF_UNIX)
        named.bind("\0" + sys.argv[1])
        named.listen()
    else:
        listener = socket.socket(fileno=3)  # SD_LISTEN_FDS_START
    serve(listener)


if __name__ == "__main__":
    main()
