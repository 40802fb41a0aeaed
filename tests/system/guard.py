#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Keeps one booted system, and takes all of it away when its owner ends, however hard.

guard.py LOWER… -- NSPAWN…: started by booted.py with a pipe on both sides. In namespaces of its own it
lays an overlay with the root file systems LOWER (the upper first) under a tmpfs, and runs systemd-nspawn
on it each time that a line "boot" comes. What happens goes out as lines of JSON: {"event": "up"} with the
process that everything is below, "started", "ready" each time that systemd has started what it was to,
and "ended". The end of the input is the end: the process namespace's first process goes, the kernel ends
the others and unmounts everything, and the outer process removes the control group that they were in.
"""

import ctypes
import json
import os
import pathlib
import select
import signal
import socket
import subprocess
import sys
import uuid

CLONE_NEWNS, CLONE_NEWPID = 0x00020000, 0x20000000
PR_SET_PDEATHSIG = 1
LIBC = ctypes.CDLL(None, use_errno=True)
RUN = pathlib.Path("/run")
SCRATCH = RUN / "booted"  # below a tmpfs that only this namespace has
ROOT, CONSOLE, NOTIFY = SCRATCH / "root", SCRATCH / "console.log", SCRATCH / "notify"
CGROUP_PREFIX = "certd-booted-"


def tell(event, **more):
    os.write(1, (json.dumps({"event": event, **more}) + "\n").encode())


def refuse(sentence):
    tell("failed", text=sentence)
    sys.exit(1)


def cgroup_folder():
    """Where this process is in the unified hierarchy; a machine's control groups go below."""
    mounted = [line.split()[4] for line in pathlib.Path("/proc/self/mountinfo").read_text(
        encoding="utf-8").splitlines() if " - cgroup2 " in line]
    own = [line.removeprefix("0::") for line in pathlib.Path("/proc/self/cgroup").read_text(
        encoding="utf-8").splitlines() if line.startswith("0::")]
    if not mounted or not own:
        refuse("there is no cgroup2 file system here, which systemd needs: mount it, or use a"
               " container that has it (docker run --privileged)")
    return pathlib.Path(mounted[0]) / own[0].lstrip("/")


def hierarchies(parent):
    """Where control groups of machines are: in parent, and where nspawn has them in the older hierarchies."""
    older = [pathlib.Path(line.split()[4]) for line in pathlib.Path("/proc/self/mountinfo").read_text(
        encoding="utf-8").splitlines() if " - cgroup " in line]
    return [parent, *older]


def remove_cgroup(parent, name):
    for hierarchy in hierarchies(parent):
        for path, _folders, _files in os.walk(hierarchy / name, topdown=False):
            try:
                os.rmdir(path)
            except OSError:
                pass


def is_guard(pid):
    """Whether the process is one of these, and not a zombie nor another one with its number."""
    try:
        return pathlib.Path(__file__).name.encode() in pathlib.Path(f"/proc/{pid}/cmdline").read_bytes()
    except OSError:
        return False


def remove_stale_cgroups(parent):
    """What an outer process that was killed left behind: empty control groups, and only those."""
    for hierarchy in hierarchies(parent):
        for folder in hierarchy.glob(f"{CGROUP_PREFIX}*"):
            if not is_guard(folder.name.removeprefix(CGROUP_PREFIX)):
                remove_cgroup(parent, folder.name)


def mount(*words):
    subprocess.run(["mount", *map(str, words)], check=True, stdin=subprocess.DEVNULL)


def lay_out(lowers):
    """The machine's root in SCRATCH; nspawn keeps files of its own in /run."""
    mount("--make-rprivate", "/")
    mount("-t", "proc", "proc", "/proc")
    mount("-t", "tmpfs", "-o", "mode=0755", "certd-booted", RUN)
    for path in (ROOT, SCRATCH / "upper", SCRATCH / "work"):
        path.mkdir(parents=True)
    mount("-t", "overlay", "-o", f"lowerdir={':'.join(lowers)},upperdir={SCRATCH}/upper,"
          f"workdir={SCRATCH}/work", "overlay", ROOT)
    # No two devices have the same; and without one systemd takes each boot for the first.
    (ROOT / "etc" / "machine-id").write_text(f"{uuid.uuid4().hex}\n", encoding="ascii")


def start(words):
    environment = {**os.environ, "SYSTEMD_NSPAWN_UNIFIED_HIERARCHY": "1", "NOTIFY_SOCKET": str(NOTIFY)}
    with open(CONSOLE, "ab") as console:
        process = subprocess.Popen([*words, "-D", str(ROOT)], stdin=subprocess.DEVNULL, stdout=console,
                                   stderr=console, env=environment, cwd="/")
    tell("started", pid=process.pid)
    return process


def serve(words):
    """Boots when told to, tells what happens, and returns at the end of the input."""
    notify = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
    notify.bind(str(NOTIFY))
    process, handle = None, None
    while True:
        readable = select.select([0, notify, *([handle] if handle else [])], [], [])[0]
        if notify in readable and b"READY=1" in notify.recv(65536).split(b"\n"):
            tell("ready")
        if handle in readable:
            tell("ended", status=process.wait())
            os.close(handle)
            process, handle = None, None
        if 0 in readable:
            data = os.read(0, 4096)
            if not data:
                return
            if process is None:
                process = start(words)
                handle = os.pidfd_open(process.pid)


def run_inside(alive, lowers, words):
    """The namespace's first process."""
    LIBC.prctl(PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
    if select.select([alive], [], [], 0)[0]:
        os._exit(1)  # the outer process died before prctl
    try:
        lay_out(lowers)
        tell("up")
        serve(words)
    except (OSError, subprocess.CalledProcessError) as error:
        tell("failed", text=str(error))
    os._exit(0)


def main():
    lowers, words = sys.argv[1:sys.argv.index("--")], sys.argv[sys.argv.index("--") + 1:]
    parent = cgroup_folder()
    remove_stale_cgroups(parent)
    cgroup = parent / f"{CGROUP_PREFIX}{os.getpid()}"
    try:
        cgroup.mkdir()
    except OSError as error:
        refuse(f"control group {cgroup}: {error.strerror}; booting needs root with CAP_SYS_ADMIN and"
               " cgroup2 for writing (docker run --privileged)")
    alive, kept_open = os.pipe()
    # The child of clone() after unshare() is process 1; this one has to be outside of its group.
    if LIBC.unshare(CLONE_NEWPID) != 0:
        cgroup.rmdir()
        refuse(f"unshare: {os.strerror(ctypes.get_errno())}; booting needs root with CAP_SYS_ADMIN"
               " (docker run --privileged)")
    child = os.fork()
    if child == 0:
        os.close(kept_open)
        (cgroup / "cgroup.procs").write_text("0", encoding="ascii")
        LIBC.unshare(CLONE_NEWNS)
        run_inside(alive, lowers, words)
    tell("child", pid=child)
    os.close(0)
    os.close(1)
    os.waitpid(child, 0)
    remove_cgroup(parent, cgroup.name)


if __name__ == "__main__":
    main()
