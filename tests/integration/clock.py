# SPDX-License-Identifier: LGPL-2.1-or-later
"""certd under a clock that the tests set: libfaketime fakes the time, fake-clock what the kernel says
of it. Only certd is told; its workers, the bus and the tests live on in the real time."""

import contextlib
import os
import pathlib
import re
import shutil
import subprocess
import time

import keystore
import support

HERE = pathlib.Path(__file__).resolve().parent
LIBFAKETIME = "/usr/lib/x86_64-linux-gnu/faketime/libfaketime.so.1"
HOUR, DAY = 3600, 86400
YEAR = 365 * DAY
BACKDATE = HOUR  # what certd puts NotBefore before the time that it issues from
RELEASE = int(re.search(r"'CERTD_RELEASE_TIME', (\d+)",
                        (HERE.parents[1] / "meson.build").read_text(encoding="utf-8"))[1])
# The present of these tests, and when what they begin with was installed.
NOW = RELEASE + 30 * DAY
INSTALLED = NOW - DAY


def replace(path, text):
    """Writes a file that certd reads at any moment."""
    new = path.with_suffix(".new")
    new.write_text(text, encoding="ascii")
    new.rename(path)


class Clock:
    """The clock of the device. It goes on by itself from where it is set."""

    def __init__(self):
        scratch = pathlib.Path(os.environ["CERTD_PID_FILE"]).parent
        self.folder = scratch / "clock"
        self.offset = 0
        self.slept = 0
        self.certd = support.Certd()

    def open(self):
        self.folder.mkdir()
        self.folder.chmod(0o755)
        fake = self.folder / "fake-clock.so"
        shutil.copy(pathlib.Path(os.environ["CERTD_BUILD"]) / "tests/harness/fake-clock.so",
                    fake)
        # libfaketime leaves its shared memory behind when its process is killed.
        subprocess.run(["mount", "-t", "tmpfs", "-o", "mode=1777", "shm", "/dev/shm"], check=True)
        os.environ.update({
            "CERTD_PRELOAD": f"{fake}:{LIBFAKETIME}",
            "CERTD_TEST_SYNCHRONIZED": str(self.folder / "synchronized"),
            "CERTD_TEST_SLEPT": str(self.folder / "slept"),
            "FAKETIME_TIMESTAMP_FILE": str(self.folder / "offset"),
            "FAKETIME_NO_CACHE": "1",
            "FAKETIME_DONT_FAKE_MONOTONIC": "1",
            "NO_FAKE_STAT": "1",
        })

    def close(self):
        self.certd.stop()
        for name in list(os.environ):
            if name.startswith(("CERTD_PRELOAD", "CERTD_TEST_", "FAKETIME", "NO_FAKE", "TZ")):
                del os.environ[name]
        subprocess.run(["umount", "/dev/shm"], check=True)
        shutil.rmtree(self.folder)
        keystore.put(self.certd, None)
        self.certd.start()

    def set(self, when, synchronized):
        """Sets it to when, seconds since the epoch. certd sees it at its next event. The kernel says that
        it is synchronized, or not; or None: certd may not ask it, which it finds out when it starts."""
        self.offset = when - int(time.time())
        replace(self.folder / "offset", f"{self.offset:+d}\n")
        replace(self.folder / "synchronized", {True: "1", False: "0", None: "-1"}[synchronized])

    def sleep(self, seconds):
        """The device was suspended that long: all its clocks agree on that."""
        self.slept += seconds
        self.offset += seconds
        replace(self.folder / "slept", f"{self.slept}\n")
        replace(self.folder / "offset", f"{self.offset:+d}\n")

    def now(self):
        return time.time() + self.offset

    def boot(self, when, synchronized):
        """The device was off and is on again, its clock set to when."""
        self.certd.stop()
        self.set(when, synchronized)
        self.certd.start()

    def zone(self, name):
        """The time zone of certd, from its next start on; None for the test's own."""
        if name is None:
            os.environ.pop("TZ", None)
        else:
            os.environ["TZ"] = name

    @contextlib.contextmanager
    def programs(self, when):
        """Within, the commands that a test runs begin at when."""
        before = dict(os.environ)
        del os.environ["FAKETIME_TIMESTAMP_FILE"]
        os.environ.update({
            "LD_PRELOAD": LIBFAKETIME,
            "FAKETIME": f"{when - int(time.time()):+d}",
            # The sanitizer's own library comes after that.
            "ASAN_OPTIONS": before.get("ASAN_OPTIONS", "") + ":verify_asan_link_order=0",
        })
        try:
            yield
        finally:
            os.environ.clear()
            os.environ.update(before)
