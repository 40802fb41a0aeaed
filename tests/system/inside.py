#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Tries what the sandbox has to refuse, and prints for each whether it could: "NAME yes" or "NAME no".

Runs in a machine, by test_sandbox.py: in the place of certd in its unit, and as a service without one.
What is tried changes nothing, but for a file that is removed again.
"""

import ctypes
import errno
import os
import pathlib
import socket
import sys

LIBC = ctypes.CDLL(None, use_errno=True)
SYS_INIT_MODULE = {"x86_64": 175, "aarch64": 105}[os.uname().machine]
CLONE_NEWUSER, CLONE_NEWNET = 0x10000000, 0x40000000
MS_BIND = 4096
SETTING = "/proc/sys/net/ipv4/ip_forward"  # nspawn leaves that writable


def reads(path):
    """Whether something is at path that can be listed or read."""
    if os.path.isdir(path):
        return bool(os.listdir(path))
    return bool(pathlib.Path(path).read_bytes())


def writes(folder):
    path = pathlib.Path(folder) / "certd-tried"
    path.write_text("tried", encoding="ascii")
    path.unlink()
    return True


def opens(family, kind=socket.SOCK_STREAM):
    socket.socket(family, kind).close()
    return True


def calls(function, *arguments, allowed=()):
    """Whether a call of the C library succeeds, or gets as far as an error that says what was allowed."""
    if function(*arguments) >= 0:
        return True
    if ctypes.get_errno() in allowed:
        return True
    raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))


def in_child(action):
    """Whether a child could; what it did ends with it."""
    child = os.fork()
    if child == 0:
        try:
            os._exit(0 if action() else 1)
        except OSError:
            os._exit(1)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0


def loads_module():
    """A kernel that would load one says that this is none; one without modules, that it has no such call."""
    return calls(LIBC.syscall, SYS_INIT_MODULE, b"no module", 9, b"",
                 allowed=(errno.ENOEXEC, errno.ENOSYS))


def becomes_root():
    os.setuid(0)
    return os.getuid() == 0


def makes_setuid():
    """A file that would run as its owner."""
    path = pathlib.Path(os.environ.get("STATE_DIRECTORY", "/var/tmp")) / "certd-tried"
    path.touch()
    try:
        path.chmod(0o4755)
    finally:
        path.unlink()
    return True


def maps_code():
    """Memory to be written and executed."""
    import mmap
    mmap.mmap(-1, 4096, prot=mmap.PROT_READ | mmap.PROT_WRITE | mmap.PROT_EXEC).close()
    return True


TRIED = {
    "read-home": lambda: reads("/home"),
    "read-root-home": lambda: reads("/root"),
    "open-inet": lambda: opens(socket.AF_INET),
    "open-inet6": lambda: opens(socket.AF_INET6),
    "open-udp": lambda: opens(socket.AF_INET, socket.SOCK_DGRAM),
    "open-packet": lambda: opens(socket.AF_PACKET, socket.SOCK_RAW),
    "open-unix": lambda: opens(socket.AF_UNIX),
    "open-netlink": lambda: opens(socket.AF_NETLINK, socket.SOCK_RAW),
    "load-module": loads_module,
    "write-etc": lambda: writes("/etc"),
    "write-usr": lambda: writes("/usr"),
    "write-var-lib": lambda: writes("/var/lib"),
    "write-run": lambda: writes("/run"),
    "write-state": lambda: writes("/var/lib/certd"),
    "write-runtime": lambda: writes("/run/certd"),
    "write-kernel-setting": lambda: os.close(os.open(SETTING, os.O_WRONLY)) is None,
    "read-host-name": lambda: reads("/proc/sys/kernel/hostname"),
    "see-processes": lambda: os.path.exists("/proc/1/status"),
    "see-others-tmp": lambda: reads("/tmp"),
    "become-root": becomes_root,
    "make-setuid": makes_setuid,
    "mount": lambda: in_child(lambda: calls(LIBC.mount, b"/usr", b"/mnt", None, MS_BIND, None)
                              and calls(LIBC.umount2, b"/mnt", 0)),
    "new-user-namespace": lambda: in_child(lambda: calls(LIBC.unshare, CLONE_NEWUSER)),
    "new-network": lambda: in_child(lambda: calls(LIBC.unshare, CLONE_NEWNET)),
    "execute-written-memory": maps_code,
    "trace": lambda: in_child(lambda: calls(LIBC.ptrace, 0, 0, 0, 0)),
}


def main():
    for name, action in TRIED.items():
        try:
            could = action()
            reason = ""
        except OSError as error:
            could, reason = False, f" ({error.strerror})"
        print(f"{name} {'yes' if could else 'no'}{reason}", flush=True)


if __name__ == "__main__":
    main()
