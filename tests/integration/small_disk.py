# SPDX-License-Identifier: LGPL-2.1-or-later
"""The state directory on a small file system of its own, which can be filled to the last byte."""

import contextlib
import os
import pathlib
import shutil
import subprocess

import keystore
import pytest

MEBIBYTES = 32
STEPS = (65536, 4096, 1024, 1)


def _mount_tmpfs(state):
    subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={MEBIBYTES}m", "small", state], check=True)


def _mount_ext4(state):
    """On a loop device, from an image beside the directory; no block is kept for root."""
    image = state.parent / "small.img"
    image.unlink(missing_ok=True)
    with open(image, "wb") as file:
        file.truncate(2 * MEBIBYTES << 20)
    subprocess.run(["mkfs.ext4", "-q", "-m", "0", image], check=True)
    subprocess.run(["mount", "-o", "loop", image, state], check=True)


def has_loop_devices():
    return subprocess.run(["losetup", "--find"], capture_output=True, check=False).returncode == 0


MOUNT = {"tmpfs": _mount_tmpfs, "ext4": _mount_ext4}
KINDS = (
    pytest.param("ext4", marks=pytest.mark.skipif(not has_loop_devices(),
                                                  reason="there are no loop devices here")),
    "tmpfs",
)


class Disk:
    """The file system that the state directory is on."""

    def __init__(self, state):
        self.state = state
        self.filler = state / "filler"

    def fill(self):
        """Takes what is free, to the last byte."""
        os.sync()  # a journaling file system frees blocks when that is on the disk
        with open(self.filler, "ab", buffering=0) as file:
            for step in STEPS:
                with contextlib.suppress(OSError):
                    while True:
                        file.write(b"\0" * step)

    def empty(self):
        """Gives it back."""
        self.filler.unlink()


@contextlib.contextmanager
def mounted(certd, kind):
    """certd, which does not run now, finds its state on a small disk of kind; and where it was
    afterwards."""
    state = certd.state_directory
    owner = state.stat()
    kept = pathlib.Path(shutil.copytree(state, state.parent / "kept-state"))
    MOUNT[kind](state)
    try:
        for path in kept.iterdir():
            if not path.name.startswith("keystore.reserve"):
                shutil.copy2(path, state / path.name)
        os.chown(state, owner.st_uid, owner.st_gid)
        state.chmod(0o700)
        keystore.own(certd)
        yield Disk(state)
    finally:
        certd.stop()
        subprocess.run(["umount", state], check=True)
        shutil.rmtree(kept)
