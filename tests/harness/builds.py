# SPDX-License-Identifier: LGPL-2.1-or-later
"""The builds that are tested, each in a folder of its own below build, and how the tests run programs."""

import os
import pathlib
import shutil
import subprocess
import time

SOURCE = pathlib.Path(__file__).resolve().parents[2]
BUILD = SOURCE / "build"
TIMEOUT_SECONDS = 900  # of one program, or one file of tests/integration
LONG_TIMEOUT_SECONDS = 3600  # of what runs behind, and of all unit tests, on a machine that others use too
TOLD_SECONDS = 5  # a build that took longer
BUILDS = {
    "gcc": ("gcc", ["-Dwerror=true"]),
    # For its warnings, which it has without optimizing too.
    "clang": ("clang", ["-Dwerror=true", "-Dbuildtype=debug", "-Ddebug=false"]),
    # Sanitizers' own code makes gcc warn of what cannot be; the two above see all warnings.
    # -g1 has the lines for their reports.
    "asan": ("gcc", ["-Db_sanitize=address,undefined", "-Dwerror=false", "-Doptimization=1", "-Ddebug=false",
                     "-Dc_args=-g1"]),
    "fuzz": ("clang", ["-Db_sanitize=address,undefined", "-Db_lundef=false", "-Dfuzzing=true",
                       "-Dwerror=false"]),
}
# What runs behind has the time that the tests leave.
STEP_BACK = ("nice", "-n", "19")


class BuildFailure(Exception):
    """A build that did not come out; the text is its output."""


def run(command, environment=None, timeout=TIMEOUT_SECONDS, behind=False):
    """Runs command without input, behind the tests or beside them. Its status and its output, both streams in
    one."""
    if behind:
        command, timeout = [*STEP_BACK, *command], LONG_TIMEOUT_SECONDS
    process = {**os.environ, **(environment or {})}
    try:
        done = subprocess.run([str(word) for word in command], env=process, cwd=SOURCE,
                              stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                              timeout=timeout, check=False)
    except subprocess.TimeoutExpired as late:
        return 124, f"{text_of(late.output)}\nended after {timeout} s\n"
    return done.returncode, text_of(done.stdout)


def text_of(data):
    return (data or b"").decode("utf-8", errors="replace")


def build(name, targets=(), behind=False):
    """The build directory of that name, configured and up to date as far as the targets (none: all)."""
    directory, begin = BUILD / name, time.monotonic()
    compiler, options = BUILDS[name]
    # ccache, where there is one, is to find again what was compiled in another directory.
    cached = ["ccache"] if shutil.which("ccache") else []
    environment = {"CC": " ".join([*cached, compiler]), "CCACHE_BASEDIR": str(SOURCE),
                   "CCACHE_NOHASHDIR": "1"}
    if not (directory / "build.ninja").exists():
        status, output = run(["meson", "setup", directory, SOURCE, *options], environment, behind=behind)
        if status != 0:
            raise BuildFailure(f"meson setup {directory} failed:\n{output}")
    status, output = run(["ninja", "--quiet", "-k", "0", "-C", directory, *targets], environment,
                         behind=behind)
    if status != 0:
        raise BuildFailure(f"ninja -C {directory} failed:\n{output}")
    if time.monotonic() - begin > TOLD_SECONDS:
        print(f"build: {name} in {time.monotonic() - begin:.0f} s", flush=True)
    return directory
