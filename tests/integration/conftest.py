# SPDX-License-Identifier: LGPL-2.1-or-later
"""Fixtures. Run each file as tests/run does: tests/private-bus --isolated -- python3 -m pytest FILE."""

import os
import pathlib
import sys
import tempfile

import pytest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))
import device  # noqa: E402
import served  # noqa: E402
import support  # noqa: E402
import trusted  # noqa: E402
import web  # noqa: E402


@pytest.fixture(scope="session")
def bus():
    """Callers on the private bus; one fresh certd serves the whole file."""
    if "CERTD_PID_FILE" not in os.environ:
        pytest.exit("run this below tests/private-bus --isolated -- …", returncode=2)
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


@pytest.fixture
def open_path():
    """A folder that every user may enter: pytest's are root's alone, and each pytest that begins beside
    this one closes them again."""
    with tempfile.TemporaryDirectory(prefix="certd-open-") as folder:
        path = pathlib.Path(folder)
        path.chmod(0o755)
        yield path


@pytest.fixture(scope="session")
def authority(tmp_path_factory):
    """A root and an intermediate authority outside the device."""
    return support.Authority(tmp_path_factory.mktemp("authority"))


@pytest.fixture(scope="session")
def cable():
    """The network that device.py changes. Never the real one."""
    if "CERTD_ISOLATED" not in os.environ:
        pytest.fail("run this below tests/private-bus --isolated: it changes addresses and names")
    device.plug()
    yield
    device.unplug()


@pytest.fixture
def home(cable):
    """The names that a test begins with; the certificate for them may be on its way still."""
    device.go_home()


@pytest.fixture
def settled(bus, home):
    """The certificate for the names of home."""
    served.settle(bus, "the certificate for the names at home")


@pytest.fixture(scope="module")
def admin():
    """An administrator, signed in over HTTPS."""
    with web.Web(web.ADMIN) as client:
        yield client
        client.sign_out()


@pytest.fixture(scope="module")
def reader():
    """Who may only read, likewise."""
    with web.Web(web.READER) as client:
        yield client
        client.sign_out()


@pytest.fixture
def trust(bus):
    """An empty trust store, before and after."""
    trusted.clear(bus)
    yield
    trusted.clear(bus)
