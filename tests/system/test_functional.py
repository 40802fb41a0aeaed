# SPDX-License-Identifier: LGPL-2.1-or-later
"""The functional tests of tests/integration hold for the packaged certd under its unit too. A usual run
takes some of each kind, the long one all that can."""

import os

import booted
import functional
import image
import pytest

# Short ones, which together come by every interface, the log, polkit and the workers.
USUAL = ("test_authority_sign.py", "test_authority_certctl.py", "test_bad_values.py",
         "test_certificate_lint.py", "test_completion.py", "test_consumers.py", "test_credential.py")
FILES = functional.names() if os.environ.get("CERTD_TEST_LONG") == "1" else USUAL


@pytest.fixture(scope="module")
def device(possible):
    """A machine for all files."""
    with booted.machine(image.layers(), binds=functional.BINDS) as one:
        functional.prepare(one)
        yield one


def test_table_names_files():
    """Each file that can't is there, and says why; none of the usual ones is among them."""
    functional.check_table(functional.INTEGRATION.glob("test_*.py"), functional.CANNOT, functional.LESS)
    assert set(USUAL) <= set(functional.names())


@pytest.mark.parametrize("name", FILES)
def test_file(device, name):
    done = functional.run(device, name)
    assert done.returncode == 0, done.stdout + done.stderr
    assert " passed" in done.stdout and " skipped" not in done.stdout.splitlines()[-1], done.stdout
