# SPDX-License-Identifier: LGPL-2.1-or-later
"""certctl monitor, as somebody watches it: each signal of certd is a line, until it is interrupted or the
bus goes; certd itself may come and go."""

import json
import os
import re
import selectors
import signal
import socket
import subprocess
import threading
import time

import pytest
import support

LINE = re.compile(r"(\d{4}-\d\d-\d\d \d\d:\d\d:\d\d UTC) (\S+) (\w+)(?: (.*))?")
CLOCK_SLACK = 60


class Monitor:
    """A certctl monitor that runs, and what it has printed."""

    def __init__(self, folder, *options, **environment):
        self.out = folder / "out"
        self.err = folder / "err"
        self.begun = int(time.time())
        with self.out.open("w") as out, self.err.open("w") as err:
            self.process = subprocess.Popen(
                ["certctl", "monitor", *options], stdin=subprocess.DEVNULL, stdout=out, stderr=err,
                env={**os.environ, **environment})
        support.wait_until(lambda: "Waiting for signals" in self.said() or self.has_ended(),
                           "the monitor listens")
        assert not self.has_ended(), self.said()

    def said(self):
        return self.err.read_text(encoding="utf-8")

    def lines(self):
        """Whole lines only."""
        return self.out.read_text(encoding="utf-8").rpartition("\n")[0].splitlines()

    def has_ended(self):
        return self.process.poll() is not None

    def end(self, number=signal.SIGINT):
        """Its exit status after that signal."""
        self.process.send_signal(number)
        return self.process.wait(support.DEADLINE_SECONDS)

    def wait_for(self, what, name, *texts):
        """The first line of the signal `what` whose rest holds all texts."""
        def find():
            found = [LINE.fullmatch(line) for line in self.lines()]
            return [line for line in found if line and line[3] == what
                    and all(text in f"{line[2]} {line[4]}" for text in texts)]
        support.wait_until(find, name)
        return find()[0]


@pytest.fixture
def monitor(bus, tmp_path):
    """Begins monitors, which do not outlive the test."""
    begun = []

    def begin(*options, **environment):
        begun.append(Monitor(tmp_path, *options, **environment))
        return begun[-1]
    yield begin
    for one in begun:
        if not one.has_ended():
            one.process.kill()
            one.process.wait()


@pytest.fixture
def place(bus):
    """A certificate that a test may change."""
    bus.certctl("create", "watched", "--subject", "CN=watched.local", check=True)
    yield "watched"
    bus.certctl("remove", "watched", "--yes", check=True)


def change_everything(bus, name):
    """A request, another certificate in use, and a problem."""
    made = json.loads(bus.certctl("request", name, "--json", check=True).stdout)
    bus.certctl("issue", name, check=True)
    bus.certctl("ca", "regenerate", "--yes", check=True)
    return made["Id"]


def test_lines(bus, monitor, place):  # R11 R41 R55
    watch = monitor()
    number = change_everything(bus, place)
    request = f"/org/certd1/request/{number}"
    watch.wait_for("RequestAdded", "the request", f"certificate/{place} {request}")
    watch.wait_for("RequestFinished", "its end", f"{request} ready")
    watch.wait_for("CertificateChanged", "the change", f"{place} /org/certd1/certificate/{place} issue")
    watch.wait_for("PropertiesChanged", "the problem", "/org/certd1 ", "authority-replaced")
    # Nothing is printed but lines of this form, on which no control character can be.
    for line in watch.lines():
        assert LINE.fullmatch(line), line
    assert watch.end() == 0
    assert watch.said().count("\n") == 1


def test_json(bus, monitor, place):  # R11 R41 R55
    watch = monitor("--json")
    number = change_everything(bus, place)
    signals = []

    def seen(what, *arguments):
        signals[:] = [json.loads(line) for line in watch.lines()]
        return [one for one in signals if one["Signal"] == what
                and one["Arguments"][:len(arguments)] == list(arguments)]

    def problem():
        return [one for one in seen("PropertiesChanged", "org.certd1.Manager")
                if "authority-replaced" in [row[0] for row in one["Arguments"][1].get("Problems", [])]]
    certificate = f"/org/certd1/certificate/{place}"
    request = f"/org/certd1/request/{number}"
    support.wait_until(lambda: seen("RequestAdded", certificate, request), "the request")
    support.wait_until(lambda: seen("RequestFinished", request, "ready"), "its end")
    support.wait_until(lambda: seen("CertificateChanged", place, certificate, "issue"), "the change")
    support.wait_until(problem, "the problem")
    assert {tuple(sorted(one)) for one in signals} == {
        ("Arguments", "Interface", "Object", "Signal", "Time")}
    added = seen("RequestAdded")[0]
    assert (added["Object"], added["Interface"]) == (support.MANAGER, "org.certd1.Manager")
    assert watch.begun <= added["Time"] <= watch.begun + CLOCK_SLACK
    assert watch.end(signal.SIGTERM) == 0


def test_certd_comes_and_goes(bus, certd, monitor):
    """It goes on where certd starts again."""
    watch = monitor()
    certd.restart(clean=True)
    bus.certctl("create", "later", check=True)
    watch.wait_for("CertificateAdded", "a signal of the next certd", "later")
    assert not watch.has_ended()
    bus.certctl("remove", "later", "--yes", check=True)
    assert watch.end() == 0


class Cut(threading.Thread):
    """A way to the bus, until it is cut."""

    def __init__(self, bus, path):
        super().__init__()
        self.address = f"unix:path={path}"
        self.listener = socket.socket(socket.AF_UNIX)
        self.listener.bind(str(path))
        self.listener.listen(1)
        self.bus = socket.socket(socket.AF_UNIX)
        self.bus.connect(re.search(r"unix:path=([^,;]+)", bus.address)[1])
        self.wake, self.waker = socket.socketpair()

    def run(self):
        with self.listener, self.bus, self.wake, selectors.DefaultSelector() as selector:
            client, _ = self.listener.accept()
            with client:
                to = {client: self.bus, self.bus: client}
                for end in (*to, self.wake):
                    selector.register(end, selectors.EVENT_READ)
                while all(key.fileobj is not self.wake and self.pass_on(key.fileobj, to)
                          for key, _ in selector.select()):
                    pass

    @staticmethod
    def pass_on(end, to):
        data = end.recv(65536)
        to[end].sendall(data)
        return data != b""

    def cut(self):
        self.waker.close()
        self.join()


def test_bus_goes(bus, monitor, tmp_path):
    """Without the bus there is nothing to wait for."""
    way = Cut(bus, tmp_path / "bus")
    way.start()
    watch = monitor(DBUS_SYSTEM_BUS_ADDRESS=way.address)
    way.cut()
    assert watch.process.wait(support.DEADLINE_SECONDS) == 1
    assert "closed the connection; start the monitor again" in watch.said()
