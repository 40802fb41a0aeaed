# SPDX-License-Identifier: LGPL-2.1-or-later
"""A TPM 2.0 in software, for systemd-creds and for the units of a booted system.

With libtss2-tcti-swtpm0, libtss2-esys-3.0.2-0 and libtss2-rc0, systemd reaches it under the name that
Tpm.device gives, where its socket can be reached:

    systemd-creds encrypt --with-key=tpm2 --tpm2-device=DEVICE --name=NAME PLAIN CREDENTIAL
    systemd-creds decrypt --tpm2-device=DEVICE --name=NAME CREDENTIAL -

A unit's LoadCredentialEncrypted= has no option for the device: systemd's own environment has it, as
SYSTEMD_TPM2_DEVICE=DEVICE (systemd-nspawn --setenv=), which systemd-creds reads too. Without the kernel's
driver systemd-creds does not choose a TPM by itself: it is told --with-key=tpm2.
"""

import contextlib
import pathlib
import select
import socket
import subprocess
import time

DEADLINE_SECONDS = 20
PAUSE_SECONDS = 0.02
PACKAGES = ("swtpm", "libtss2-tcti-swtpm0", "libtss2-esys-3.0.2-0", "libtss2-rc0")


class Tpm:
    """One that runs from start() to stop(), with its memory in the folder; start() and stop() again power
    it off and on, another folder is another TPM."""

    def __init__(self, folder):
        self.folder = pathlib.Path(folder)
        self.socket = self.folder / "tpm.sock"
        # Where the TCTI library looks for it: beside the socket for commands, under this name.
        self.control = self.folder / "tpm.sock.ctrl"
        self.memory = self.folder / "memory"
        self.log = self.folder / "swtpm.log"
        self._process = None

    @property
    def device(self):
        """What systemd calls it, as --tpm2-device= and SYSTEMD_TPM2_DEVICE take it."""
        return f"swtpm:path={self.socket}"

    def start(self):
        """Starts it, and returns when it can be connected to."""
        self.memory.mkdir(mode=0o700, parents=True, exist_ok=True)
        for path in (self.socket, self.control):
            path.unlink(missing_ok=True)
        with open(self.log, "wb") as log:
            self._process = subprocess.Popen(
                ["swtpm", "socket", "--tpm2", "--tpmstate", f"dir={self.memory}",
                 "--server", f"type=unixio,path={self.socket}",
                 "--ctrl", f"type=unixio,path={self.control}",
                 "--flags", "not-need-init,startup-clear"],
                stdin=subprocess.DEVNULL, stdout=log, stderr=log)
        deadline = time.monotonic() + DEADLINE_SECONDS
        while not all(_is_served(path) for path in (self.control, self.socket)):
            if self._process.poll() is not None:
                raise RuntimeError(f"swtpm ended: {self.log.read_text(encoding='utf-8')}")
            if time.monotonic() > deadline:
                self.stop()
                raise RuntimeError(f"swtpm has made no sockets after {DEADLINE_SECONDS} s")
            select.select([], [], [], PAUSE_SECONDS)

    def stop(self):
        """Ends it, if it runs."""
        if self._process is None:
            return
        self._process.terminate()
        self._process.wait()
        self._process = None


def _is_served(path):
    with contextlib.closing(socket.socket(socket.AF_UNIX)) as client:
        try:
            client.connect(str(path))
        except OSError:
            return False
    return True


@contextlib.contextmanager
def running(folder):
    """A Tpm that runs meanwhile."""
    made = Tpm(folder)
    made.start()
    try:
        yield made
    finally:
        made.stop()
