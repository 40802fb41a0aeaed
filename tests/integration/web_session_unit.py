# SPDX-License-Identifier: LGPL-2.1-or-later
"""certd-session in a booted system: one unit for each connection to its socket, which certd-web alone may
make. What the tests see of it is its process, its log, and what systemd says of its end."""

import contextlib
import json
import os
import pathlib
import re
import select
import signal
import socket
import subprocess

import support

SOCKET = "/run/certd-session/session.sock"
PROGRAM = "/usr/libexec/certd-session"
USER = "certd-web"
# As journalctl --catalog has them: a unit has ended as it should, and has failed.
SUCCEEDED, FAILED = "7ad2d189f7e94e70a38c781354912448", "d9b373ed55a64feb8242e02dbe79a49c"


def said_by(*command):
    done = subprocess.run(command, check=True, capture_output=True, text=True, stdin=subprocess.DEVNULL)
    return done.stdout


def started():
    """How many there have been."""
    return int(said_by("systemctl", "show", "--value", "--property=NAccepted", "certd-session.socket"))


def units():
    """Those that this process has connected to, by their numbers."""
    # The instance is named after the connection's number, and the process and user at its other end.
    listed = said_by("systemctl", "list-units", "--all", "--plain", "--no-legend",
                     f"certd-session@*-{os.getpid()}-*.service")
    return {int(re.match(r"certd-session@(\d+)-", line)[1]): line.split()[0] for line in listed.splitlines()}


class Process:
    """The process of a unit, with what tests use of subprocess.Popen."""

    def __init__(self, unit, log, begin):
        self.unit = unit
        self.returncode = None
        self._log, self._begin = log, begin
        self.pid = 0
        support.wait_until(self._has_begun, f"{unit} has begun")
        self._descriptor = os.pidfd_open(self.pid)

    def _has_begun(self):
        self.pid = int(said_by("systemctl", "show", "--value", "--property=MainPID", self.unit))
        return self.pid > 0

    def send_signal(self, number):
        signal.pidfd_send_signal(self._descriptor, number)

    def kill(self):
        with contextlib.suppress(ProcessLookupError):
            self.send_signal(signal.SIGKILL)

    def poll(self):
        """None while it runs."""
        return 0 if select.select([self._descriptor], [], [], 0)[0] else None

    def communicate(self, timeout):
        """Waits for its end: None, and what is in the log since it was connected to."""
        ended = select.select([self._descriptor], [], [], timeout)[0]
        assert ended, f"{self.unit} has not ended in {timeout} s"
        support.wait_until(self._is_over, f"systemd has said how {self.unit} ended", timeout)
        with open(self._log, "rb") as file:
            file.seek(self._begin)
            return None, file.read().decode("utf-8")

    def _is_over(self):
        said_by("journalctl", "--sync")
        entries = [json.loads(line) for line in said_by(
            "journalctl", "--output=json", "--boot", "_PID=1", f"UNIT={self.unit}").splitlines()]
        if not any(entry.get("MESSAGE_ID") in (SUCCEEDED, FAILED) for entry in entries):
            return False
        self.returncode = next((int(entry["EXIT_STATUS"]) for entry in entries if "EXIT_STATUS" in entry), 0)
        return True


def connect():
    """Another one: a connection to it, and its process."""
    log = pathlib.Path(os.environ["CERTD_WEB_LOGS"]) / "certd-session.log"
    before, begin = units(), log.stat().st_size
    ours = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    with support.identity(USER):
        ours.connect(SOCKET)
    new = {}

    def is_there():
        new.update((number, unit) for number, unit in units().items() if number > max(before, default=-1))
        return new

    support.wait_until(is_there, "the unit of the connection")
    (unit,) = new.values()
    return ours, Process(unit, log, begin)
