# SPDX-License-Identifier: LGPL-2.1-or-later
"""Chromium without a window, driven by its own protocol over a pipe: one start serves many pages."""

import json
import os
import pathlib
import select
import signal
import subprocess
import time

DEADLINE_SECONDS = 120
FLAGS = (
    "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
    "--disable-background-networking", "--disable-component-update", "--disable-sync",
    "--disable-dev-shm-usage", "--disable-crash-reporter", "--remote-debugging-pipe",
)
# Once it is all there.
TEXT_OF_PAGE = """new Promise(done => {
    const look = () => document.readyState === 'complete' && document.body
        ? done(document.body.innerText) : setTimeout(look, 20);
    look(); })"""


class Chromium:
    """A browser with a home of its own in folder that trusts the PEM file authority; every name and
    address leads to this machine."""

    def __init__(self, folder, authority):
        database = pathlib.Path(folder) / ".pki" / "nssdb"
        database.mkdir(parents=True)
        trust = ["certutil", "-d", f"sql:{database}"]
        subprocess.run([*trust, "-N", "--empty-password"], check=True)
        subprocess.run([*trust, "-A", "-t", "C,,", "-n", "authority", "-i", authority], check=True)
        their_input, self._out = os.pipe()
        self._in, their_output = os.pipe()
        # It reads its commands from descriptor 3 and answers on 4.
        self._process = subprocess.Popen(
            ["bash", "-c", f'exec chromium "$@" 3<&{their_input} 4>&{their_output}', "chromium",
             *FLAGS, f"--user-data-dir={folder}/profile", "--host-resolver-rules=MAP * 127.0.0.1",
             "about:blank"],
            env={**os.environ, "HOME": str(folder)}, pass_fds=(their_input, their_output),
            stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
            stderr=open(f"{folder}/log", "wb"), start_new_session=True)
        os.close(their_input)
        os.close(their_output)
        self._log = pathlib.Path(folder) / "log"
        self._count, self._received, self._answers = 0, b"", {}

    def _read(self, deadline):
        """The next message."""
        while b"\0" not in self._received:
            ready = select.select([self._in], [], [], max(0, deadline - time.monotonic()))[0]
            data = os.read(self._in, 65536) if ready else b""
            assert data, "Chromium says nothing more:\n" + self._log.read_text(errors="replace")
            self._received += data
        message, _, self._received = self._received.partition(b"\0")
        return json.loads(message)

    def _send(self, method, session=None, **parameters):
        """Begins a call; what to give to _wait()."""
        self._count += 1
        message = {"id": self._count, "method": method, "params": parameters}
        if session:
            message["sessionId"] = session
        os.write(self._out, json.dumps(message).encode() + b"\0")
        return self._count

    def _wait(self, number):
        """The result of the call, keeping those of others."""
        deadline = time.monotonic() + DEADLINE_SECONDS
        while number not in self._answers:
            message = self._read(deadline)
            self._answers[message.get("id")] = message
        answer = self._answers.pop(number)
        assert "result" in answer, answer
        return answer["result"]

    def _new_page(self):
        target = self._wait(self._send("Target.createTarget", url="about:blank"))["targetId"]
        attached = self._send("Target.attachToTarget", targetId=target, flatten=True)
        return self._wait(attached)["sessionId"]

    def visit(self, urls):
        """Goes to all of {key: URL} at once, for it thinks for seconds about each that it refuses.
        {key: (its error, "" for none; the text of the page that stands there then)}."""
        pages = {key: self._new_page() for key in urls}
        begun = {key: self._send("Page.navigate", pages[key], url=url) for key, url in urls.items()}
        errors = {key: self._wait(number).get("errorText", "") for key, number in begun.items()}
        read = {key: self._send("Runtime.evaluate", page, expression=TEXT_OF_PAGE, awaitPromise=True)
                for key, page in pages.items()}
        return {key: (errors[key], self._wait(number)["result"].get("value", ""))
                for key, number in read.items()}

    def close(self):
        """Ends it with all its processes."""
        os.close(self._out)
        os.close(self._in)
        if self._process.poll() is None:
            os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait()
