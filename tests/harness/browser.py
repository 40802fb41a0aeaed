# SPDX-License-Identifier: LGPL-2.1-or-later
"""What the tests of the page need beside the distribution's browsers: the packages that tests/browser has in
package.json, with all that they need, as package-lock.json says. They lie in the build directory."""

import hashlib
import os
import pathlib
import shutil
import subprocess

SOURCE = pathlib.Path(__file__).resolve().parents[2]
TESTS = SOURCE / "tests" / "browser"
NODE = SOURCE / "build" / "node"
FILES = ("package.json", "package-lock.json")


def wanted():
    """What is installed once it is there."""
    return hashlib.sha256(b"".join((TESTS / name).read_bytes() for name in FILES)).hexdigest()


def install():
    """Installs them where they are not, or are others. What npm says where it fails, "" else."""
    stamp = NODE / "installed"
    if stamp.exists() and stamp.read_text(encoding="ascii") == wanted():
        return ""
    NODE.mkdir(parents=True, exist_ok=True)
    stamp.unlink(missing_ok=True)
    for name in FILES:
        shutil.copy(TESTS / name, NODE / name)
    done = subprocess.run(["npm", "ci", "--no-audit", "--no-fund", "--ignore-scripts"], cwd=NODE, check=False,
                          stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    if done.returncode != 0:
        return f"npm ci in {NODE} failed:\n{done.stdout}"
    stamp.write_text(wanted(), encoding="ascii")
    return ""


def files():
    return sorted(TESTS.glob("*.test.mjs"))


def command(path, junit):
    """What runs a file inside of tests/private-bus --isolated --web."""
    return ["env", f"CERTD_NODE={NODE}", "node", "--test", "--test-reporter=junit",
            f"--test-reporter-destination={junit}", "--test-reporter=spec", "--test-reporter-destination=stdout",
            os.fspath(path)]
