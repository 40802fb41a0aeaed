# SPDX-License-Identifier: LGPL-2.1-or-later
"""Fixtures: machines that are booted. Run a file as root: /usr/bin/python3 -m pytest tests/system/FILE."""

import os
import pathlib
import shutil
import sys

import pytest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))
import booted  # noqa: E402
import image  # noqa: E402

PROGRAMS = ("systemd-nspawn", "mmdebstrap", "nsenter")


@pytest.fixture(scope="session", autouse=True)
def possible():
    """Nothing here is skipped: where no system can be booted, that is said and the run fails."""
    if os.geteuid() != 0:
        pytest.exit("tests/system boots systems: run it as root", returncode=1)
    missing = [name for name in PROGRAMS if shutil.which(name) is None]
    if missing:
        pytest.exit(f"tests/system needs {', '.join(missing)}: run tests/install-packages mmdebstrap"
                    " systemd-container", returncode=1)


@pytest.fixture(scope="module")
def machine(possible):
    """A machine with certd, booted, for all tests of a file."""
    with booted.machine(image.layers()) as one:
        yield one


@pytest.fixture
def fresh(possible):
    """A machine with certd of the test's own, booted."""
    with booted.machine(image.layers()) as one:
        yield one


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport(item, call):
    """A failure has what its machine has to say."""
    report = (yield).get_result()
    if call.when == "call" and report.failed:
        for one in item.funcargs.values():
            if isinstance(one, booted.Machine):
                report.sections.append((f"machine {one.name}", one.report()))
