# SPDX-License-Identifier: LGPL-2.1-or-later
"""The functional tests of the web hold for the packaged programs under their units too, with users whom the
system's own PAM lets in. A usual run takes some of each kind, the long one all that can."""

import os

import booted
import functional
import functional_web
import image
import pytest

# Short ones: certificates, HTTPS and the device, sessions, trials.
USUAL = ("test_web_certificates.py", "test_web_device.py", "test_web_session.py", "test_web_trial.py")
FILES = functional_web.names() if os.environ.get("CERTD_TEST_LONG") == "1" else USUAL


@pytest.fixture(scope="module")
def device(possible):
    """A machine for all files, which serves HTTPS."""
    with booted.machine(image.layers(), binds=functional_web.BINDS) as one:
        functional_web.prepare(one)
        yield one


def test_table_names_files():
    """Each file that can't is there, and says why; none of the usual ones is among them."""
    functional.check_table(functional.INTEGRATION.glob("test_web_*.py"), functional_web.CANNOT,
                           functional_web.LESS)
    assert set(USUAL) <= set(functional_web.names())


@pytest.mark.parametrize("name", FILES)
def test_file(device, name):  # R37 R60 R61 R62 R63 R64 R66
    done = functional_web.run(device, name)
    assert done.returncode == 0, done.stdout + done.stderr
    assert " passed" in done.stdout and " skipped" not in done.stdout.splitlines()[-1], done.stdout
