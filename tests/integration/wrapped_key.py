# SPDX-License-Identifier: LGPL-2.1-or-later
"""Started by test_damage.py with CREDENTIALS_DIRECTORY set: the sealing key under a wrapping key."""

import os
import pathlib
import sys

import support


def main():
    credential = pathlib.Path(sys.argv[1]) / "certd.wrapping-key"
    bus, certd = support.Bus(), support.Certd()
    key = (certd.state_directory / "sealing.key").read_bytes()
    assert key.startswith(b"certd-sealing-key-1\n\x01"), "it is wrapped"
    print("wrapped")
    right = credential.read_bytes()
    credential.write_bytes(os.urandom(32))
    certd.restart()
    bus.close()
    codes = [problem[0] for problem in bus.get(support.MANAGER, "Manager", "Problems")]
    assert codes == ["sealing-key-unusable", "key-unreadable"], codes
    print("refused")
    credential.write_bytes(right)
    certd.restart()
    bus.close()
    assert bus.get(support.MANAGER, "Manager", "State") == "ready"
    assert bus.certctl("request", "https", "--reuse-key").returncode == 0
    bus.close()
    print("opened")


if __name__ == "__main__":
    main()
