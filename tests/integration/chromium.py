# SPDX-License-Identifier: LGPL-2.1-or-later
"""Chromium without a window, driven by its own protocol over a pipe: one start serves many pages."""

import json
import os
import pathlib
import select
import signal
import subprocess
import time

START_SECONDS = 120
FLAGS = (
    "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
    "--disable-background-networking", "--disable-component-update", "--disable-sync",
    "--disable-dev-shm-usage", "--disable-crash-reporter", "--remote-debugging-pipe",
)


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
        self._count, self._received = 0, b""
        target = self._call("Target.createTarget", url="about:blank")["targetId"]
        attached = self._call("Target.attachToTarget", targetId=target, flatten=True)
        self._session = {"sessionId": attached["sessionId"]}

    def _read(self, deadline):
        """The next message."""
        while b"\0" not in self._received:
            ready = select.select([self._in], [], [], max(0, deadline - time.monotonic()))[0]
            data = os.read(self._in, 65536) if ready else b""
            assert data, "Chromium says nothing more:\n" + self._log.read_text(errors="replace")
            self._received += data
        message, _, self._received = self._received.partition(b"\0")
        return json.loads(message)

    def _call(self, method, session=None, **parameters):
        self._count += 1
        message = {"id": self._count, "method": method, "params": parameters, **(session or {})}
        os.write(self._out, json.dumps(message).encode() + b"\0")
        deadline = time.monotonic() + START_SECONDS
        while (answer := self._read(deadline)).get("id") != self._count:
            pass
        assert "result" in answer, answer
        return answer["result"]

    def visit(self, url):
        """Goes there: (its error, "" for none; the text of the page that stands there then)."""
        error = self._call("Page.navigate", self._session, url=url).get("errorText", "")
        script = """new Promise(done => {
            const look = () => document.readyState === 'complete' && document.body
                ? done(document.body.innerText) : setTimeout(look, 20);
            look(); })"""
        shown = self._call("Runtime.evaluate", self._session, expression=script, awaitPromise=True)
        return error, shown["result"].get("value", "")

    def close(self):
        """Ends it with all its processes."""
        os.close(self._out)
        os.close(self._in)
        if self._process.poll() is None:
            os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait()
