# SPDX-License-Identifier: LGPL-2.1-or-later
"""Attackers in crowds, each kind from an address of its own, an administrator among them, and what it costs the
web's programs."""

import contextlib
import os
import pathlib
import resource
import select
import socket
import ssl
import time

import tls_client as tls
import web

ADMINISTRATOR = "127.0.0.2"
SIGN_IN_SECONDS = 5
# Of each program; "session" is all processes of certd-session together.
MEMORY_KIB = 64 * 1024
PROGRAMS = ("tls", "web", "session")
HOST = "Host: device.example\r\n"
DRIP_SECONDS = 2


def allow_descriptors():
    """As many as this process may have: crowds are sockets."""
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))


def pids(program):
    """certd-tls, certd-web, or all of certd-session."""
    if program != "session":
        scratch = pathlib.Path(os.environ["CERTD_WEB_SCRATCH"])
        return [int((scratch / f"certd-{program}.pid").read_text(encoding="ascii"))]
    found = []
    for comm in pathlib.Path("/proc").glob("[0-9]*/comm"):
        with contextlib.suppress(FileNotFoundError, ProcessLookupError):
            if comm.read_text(encoding="ascii") == "certd-session\n":
                found.append(int(comm.parent.name))
    return found


def peak(pid):
    """The most memory that it has had, in KiB, since forget_peaks()."""
    with contextlib.suppress(FileNotFoundError, ProcessLookupError):
        for line in pathlib.Path(f"/proc/{pid}/status").read_text(encoding="utf-8").splitlines():
            if line.startswith("VmHWM:"):
                return int(line.split()[1])
    return 0


def peaks():
    return {program: sum(map(peak, pids(program))) for program in PROGRAMS}


def forget_peaks():
    for pid in (pid for program in PROGRAMS for pid in pids(program)):
        with contextlib.suppress(FileNotFoundError, ProcessLookupError):
            pathlib.Path(f"/proc/{pid}/clear_refs").write_text("5", encoding="ascii")


@contextlib.contextmanager
def in_little_memory():
    """What happens within takes no program beyond MEMORY_KIB; sanitizers keep what was freed."""
    forget_peaks()
    yield
    found = peaks()
    if os.environ.get("CERTD_TEST_SANITIZED") != "1":
        assert all(kib < MEMORY_KIB for kib in found.values()), found
    print("peaks in KiB:", found)


def descriptors(program):
    """How many it has open."""
    return len(os.listdir(f"/proc/{pids(program)[0]}/fd"))


def processor_seconds(program):
    """How long it has been at work."""
    fields = pathlib.Path(f"/proc/{pids(program)[0]}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def administrate(name):
    """An administrator from elsewhere signs in, looks at something and signs out, in time. name: as device_name()."""
    begun = time.monotonic()
    with web.Web(web.ADMIN, name=name, source=ADMINISTRATOR) as client:
        assert client.get(f"{web.ROOT}/Managers/device").status == 200
        taken = time.monotonic() - begun
        client.sign_out()
    assert taken < SIGN_IN_SECONDS, f"an administrator gets in after {taken:.1f} s"


def connect(source, plain=False, settings=None, buffer=None):
    """A connection from an address; buffer: how many bytes wait for who does not read."""
    raw = socket.socket()
    try:
        if buffer is not None:
            raw.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, buffer)
        raw.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        raw.settimeout(web.TIMEOUT_SECONDS)
        raw.bind((source, 0))
        raw.connect(web.place(plain))
        return raw if settings is None else settings.wrap_socket(raw)
    except BaseException:
        raw.close()
        raise


class Crowd:
    """Connections that say little, and when each was cut.

    Each has made its last progress when it began its request, whatever it drips afterwards."""

    def __init__(self):
        self.settings = tls.context()
        self.begun = {}  # by descriptor: kind, socket, when, what it drips
        self.lasted = {}  # by kind: seconds until each was cut
        self._poll = select.poll()
        self._drip = time.monotonic() + DRIP_SECONDS

    def __enter__(self):
        return self

    def __exit__(self, *_):
        for _, sock, _, _ in self.begun.values():
            sock.close()

    def join(self, kind, source, said=b"", drip=b"", encrypted=True, plain=False):
        """One more; a connection that is cut on its way has lasted no time."""
        self.lasted.setdefault(kind, [])
        try:
            sock = connect(source, plain, self.settings if encrypted else None)
            if said:
                sock.sendall(said)
        except (ssl.SSLError, ConnectionError):
            self.lasted[kind].append(0.0)
            return
        sock.setblocking(False)
        self.begun[sock.fileno()] = kind, sock, time.monotonic(), drip
        self._poll.register(sock, select.POLLIN)
        self.turn(0)

    def turn(self, seconds):
        """Drips where it is time to, and sees who was cut; waits for that at most so long."""
        now = time.monotonic()
        if now >= self._drip:
            self._drip = now + DRIP_SECONDS
            for _, sock, _, drip in self.begun.values():
                with contextlib.suppress(OSError):
                    sock.send(drip)
        wait = min(seconds, self._drip - now) if seconds else 0
        for descriptor, _ in self._poll.poll(wait * 1000):
            self._hear(descriptor)

    def _hear(self, descriptor):
        kind, sock, begun, _ = self.begun[descriptor]
        try:
            if sock.recv(65536):
                return
        except ssl.SSLWantReadError:
            return
        except OSError:
            pass
        self.lasted[kind].append(time.monotonic() - begun)
        self._poll.unregister(descriptor)
        del self.begun[descriptor]
        sock.close()
