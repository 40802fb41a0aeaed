# SPDX-License-Identifier: LGPL-2.1-or-later
"""Fixtures. Run each file as tests/run does: tests/private-bus -- python3 -m pytest FILE."""

import os
import pathlib
import sys

import pytest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))
import support  # noqa: E402


@pytest.fixture(scope="session")
def bus():
    """Callers on the private bus; one fresh certd serves the whole file."""
    if "CERTD_PID_FILE" not in os.environ:
        pytest.exit("run this below tests/private-bus -- …", returncode=2)
    made = support.Bus()
    yield made
    made.close()


@pytest.fixture
def certd():
    """The daemon's process; runs again after the test, whatever the test did to it."""
    process = support.Certd()
    yield process
    if not pathlib.Path(f"/proc/{process.pid}").exists():
        process.start()


@pytest.fixture(scope="session")
def authority(tmp_path_factory):
    """A root and an intermediate authority outside the device."""
    return support.Authority(tmp_path_factory.mktemp("authority"))
