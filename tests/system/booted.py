# SPDX-License-Identifier: LGPL-2.1-or-later
"""A whole Debian that is booted: systemd as process 1, the real dbus-daemon and polkitd, certd's packages.

A Machine is a container with a disk in memory that lives as long as the object, over boots and power
cuts. Commands run in it with nsenter; what is read and written goes through its process's root.
"""

import contextlib
import json
import os
import pathlib
import select
import shutil
import signal
import subprocess
import sys
import time

import image

GUARD = pathlib.Path(__file__).with_name("guard.py")
BOOT_SECONDS, COMMAND_SECONDS, DEADLINE_SECONDS = 120, 120, 60
POWER_OFF = signal.SIGRTMIN + 4
REBOOT = 133  # how nspawn says that the machine wants to be started again
CONSOLE_LINES = 60
SOURCE_INSIDE = "/srv/certd"  # the tree, for reading
ENVIRONMENT = {"PATH": "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", "HOME": "/root",
               "LC_ALL": "C.UTF-8", "SYSTEMD_PAGER": "", "SYSTEMD_COLORS": "0"}


class Failure(AssertionError):
    """A machine that did not do what every machine does; the text has what it printed."""


def wait_until(condition, what, seconds=DEADLINE_SECONDS):
    """Gives condition()'s first true value; fails with what was waited for. For what sends no event."""
    deadline = time.monotonic() + seconds
    while True:
        value = condition()
        if value:
            return value
        assert time.monotonic() < deadline, f"{what}: not within {seconds} s"
        select.select([], [], [], 0.05)


def children(pid):
    """The processes that pid has started and that are there still."""
    try:
        return [int(word) for word in pathlib.Path(f"/proc/{pid}/task/{pid}/children").read_text(
            encoding="ascii").split()]
    except FileNotFoundError:
        return []


def is_first(pid):
    """Whether it is process 1 of a namespace of its own."""
    try:
        status = pathlib.Path(f"/proc/{pid}/status").read_text(encoding="utf-8")
    except OSError:
        return False
    numbers = [line.split()[1:] for line in status.splitlines() if line.startswith("NSpid:")]
    return bool(numbers) and numbers[0][-1] == "1"


class Machine:
    """One device. lowers are its disk to begin with, from image; binds are nspawn's --bind's values,
    readable alone unless they begin with "rw:"; environment is process 1's."""

    def __init__(self, lowers, name="device", binds=(), environment=None):
        self.name = name
        self.lowers = [str(path) for path in lowers]
        self.binds = list(binds)
        self.environment = dict(environment or {})
        self.inner = None  # what everything is below, and whose mounts have the disk
        self.leader = None  # process 1
        self._pending = b""
        self._guard = None
        self._start_guard()

    def _start_guard(self):
        words = ["systemd-nspawn", "--quiet", "--register=no", "--keep-unit", "--boot",
                 "--console=read-only", "--private-network", "--system-call-filter=bpf",
                 # Loading a module is for the sandbox to refuse, not for the container.
                 "--system-call-filter=@module", "--capability=CAP_SYS_MODULE",
                 "--system-call-filter=pidfd_getfd",
                 "--notify-ready=yes", "--link-journal=no", "--resolv-conf=off", "--timezone=off",
                 f"--machine={self.name}", f"--bind-ro={image.SOURCE}:{SOURCE_INSIDE}"]
        for bind in self.binds:
            words.append(f"--bind={bind[3:]}" if bind.startswith("rw:") else f"--bind-ro={bind}")
        words += [f"--setenv={name}={value}" for name, value in self.environment.items()]
        guard = subprocess.Popen(
            ["/usr/bin/python3", "-B", str(GUARD), *self.lowers, "--", *words],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, start_new_session=True)
        os.set_blocking(guard.stdout.fileno(), False)
        self._guard = guard  # event() reads of it
        self.inner = self.event("child")["pid"]
        self.event("up")

    def event(self, wanted, seconds=BOOT_SECONDS):
        """Waits for an event of the guard; others before it are passed over."""
        deadline = time.monotonic() + seconds
        while True:
            line, found, self._pending = self._pending.partition(b"\n")
            if found:
                event = json.loads(line)
                if event["event"] == wanted:
                    return event
                if event["event"] == "failed":
                    raise Failure(f"machine {self.name}: {event['text']}")
                if wanted == "ready" and event["event"] == "ended":
                    raise Failure(f"machine {self.name} ended with status {event['status']} before it"
                                  f" was up:\n{self.console()}")
                continue
            self._pending = line
            ready = select.select([self._guard.stdout], [], [], max(0, deadline - time.monotonic()))[0]
            if not ready:
                raise Failure(f"machine {self.name}: no event \"{wanted}\" in {seconds} s\n"
                              f"{self.console()}")
            data = os.read(self._guard.stdout.fileno(), 65536)
            if not data:
                raise Failure(f"machine {self.name}: its guard is gone")
            self._pending += data

    def console(self):
        """The last lines that it has printed."""
        path = pathlib.Path(f"/proc/{self.inner}/root/run/booted/console.log")
        text = path.read_text(encoding="utf-8", errors="replace") if path.exists() else ""
        return "\n".join([line for line in text.splitlines() if line][-CONSOLE_LINES:])

    def boot(self):
        """Switches it on; returns when systemd has started what it was to start."""
        self._guard.stdin.write(b"boot\n")
        self._guard.stdin.flush()
        self._wait_for_boot()
        return self

    def _wait_for_boot(self):
        self.event("ready")
        # Of the guard's first process, nspawn; of nspawn, process 1.
        found = [pid for nspawn in children(self.inner) for pid in children(nspawn) if is_first(pid)]
        assert len(found) == 1, f"machine {self.name}: {len(found)} first processes"
        self.leader = found[0]

    def is_on(self):
        return self.leader is not None

    def poweroff(self):
        """Shuts it down in good order; its disk stays."""
        os.kill(self.leader, POWER_OFF)
        self.event("ended")
        self.leader = None

    def crash(self):
        """Cuts the power: all processes are gone at once."""
        os.kill(self.leader, signal.SIGKILL)
        self.event("ended")
        self.leader = None

    def reboot(self):
        """As systemctl reboot does it; returns when it is up again."""
        self.run("systemctl", "reboot", "--no-block")
        self.leader = None
        status = self.event("ended")["status"]
        assert status == REBOOT, f"machine {self.name} ended with status {status}\n{self.console()}"
        return self.boot()

    def close(self):
        """Takes it away with its disk, whatever state it is in."""
        if self._guard is not None and self._guard.poll() is None:
            self._guard.stdin.close()
            self._guard.wait(timeout=BOOT_SECONDS)
        if self._guard is not None:
            self._guard.stdout.close()
        self.leader = None

    def words(self, words, user="root", environment=None):
        """The command here that runs words in there as user."""
        assert self.leader is not None, f"machine {self.name} is off"
        settings = [f"{name}={value}" for name, value in {**ENVIRONMENT, **(environment or {})}.items()]
        switch = [] if user == "root" else ["setpriv", f"--reuid={user}", f"--regid={user}",
                                            "--init-groups", "--"]
        return ["nsenter", "--all", f"--target={self.leader}", "--wdns=/", "env", "-i", *settings,
                *switch, *map(str, words)]

    def run(self, *words, user="root", data=None, check=True, text=True, seconds=COMMAND_SECONDS,
            environment=None):
        """Runs a command with data (str, or bytes with text=False) on its input, and gives what
        subprocess.run() does; where check, another status than 0 fails with what it printed."""
        given = {"input": data} if data is not None else {"stdin": subprocess.DEVNULL}
        done = subprocess.run(self.words(words, user, environment), capture_output=True, text=text,
                              check=False, timeout=seconds, **given)
        if check and done.returncode != 0:
            raise Failure(f"{self.name}# {' '.join(map(str, words))}: exit status {done.returncode}\n"
                          f"{done.stdout}{done.stderr}")
        return done

    def output(self, *words, **how):
        """What a command that succeeds prints, without the last line's end; how as in run()."""
        return self.run(*words, **how).stdout.rstrip("\n")

    def start(self, *words, user="root", environment=None, **how):
        """A subprocess.Popen of a command in there; the caller ends it."""
        return subprocess.Popen(self.words(words, user, environment), **how)

    def shell(self, script, **how):
        """Runs a script with sh -e."""
        return self.run("sh", "-ec", script, **how)

    def path(self, path):
        """Where a path of the machine is here: below process 1's root, or on the disk where it is off.
        An absolute symlink within leads elsewhere."""
        top = f"/proc/{self.leader}/root" if self.is_on() else f"/proc/{self.inner}/root/run/booted/root"
        return pathlib.Path(top + str(path))

    def exists(self, path):
        return os.path.lexists(self.path(path))

    def read(self, path):
        """A file's text."""
        return self.path(path).read_text(encoding="utf-8")

    def write(self, path, text, mode=0o644):
        """Puts a file of root's there, in the place of one that is there, with its folders."""
        target = self.path(path)
        target.parent.mkdir(parents=True, exist_ok=True)
        new = target.with_name(f".{target.name}.new")
        new.write_bytes(text if isinstance(text, bytes) else text.encode())
        new.chmod(mode)
        new.rename(target)

    def remove(self, path):
        target = self.path(path)
        if target.is_dir() and not target.is_symlink():
            shutil.rmtree(target)
        else:
            target.unlink(missing_ok=True)

    def unit(self, name, prop):
        """A property of a unit, as systemctl show gives it."""
        return self.output("systemctl", "show", "--value", f"--property={prop}", name)

    def add_unit(self, name, text):
        """Writes a unit, or a drop-in "NAME.d/FILE", and has systemd read it."""
        self.write(f"/etc/systemd/system/{name}", text)
        self.run("systemctl", "daemon-reload")

    def journal(self, *matches, boot=0):
        """The journal's entries of one boot that journalctl's matches pick, as dictionaries."""
        self.run("journalctl", "--sync")
        text = self.run("journalctl", "--output=json", "--all", f"--boot={boot}", *matches).stdout
        return [json.loads(line) for line in text.splitlines()]

    def report(self):
        """What helps with a test that failed."""
        if not self.is_on():
            return self.console()
        parts = [self.run(*words, check=False).stdout for words in (
            ("systemctl", "list-jobs"), ("systemctl", "--failed", "--full"),
            ("systemctl", "status", "--full", "--no-pager", "certd.service", "certd.socket"),
            ("journalctl", "--no-pager", "--lines=100", "--output=short-precise"))]
        return "\n".join(parts)


@contextlib.contextmanager
def machine(lowers, **how):
    """A machine that is booted, and gone afterwards; how as Machine's."""
    one = Machine(lowers, **how)
    try:
        yield one.boot()
    except BaseException:
        if one.inner is not None:
            print(one.report(), file=sys.stderr)
        raise
    finally:
        one.close()
