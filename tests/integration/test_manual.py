# SPDX-License-Identifier: LGPL-2.1-or-later
"""The manual knows what there is: the options of certd, where it takes its folders from and what it puts
there, and every problem that the service tells."""

import os
import pathlib
import re
import subprocess

import pytest

SOURCE = pathlib.Path(__file__).resolve().parents[2]
PAGE = (SOURCE / "data/man/certd.8").read_text(encoding="utf-8").replace("\\-", "-")
DAEMON = sorted((SOURCE / "daemon").rglob("*.c"))


@pytest.mark.parametrize("page", sorted((SOURCE / "data/man").glob("*.[1-8]")), ids=lambda page: page.name)
def test_groff_is_content(page):
    done = subprocess.run(["groff", "-ww", "-z", "-man", "-Tutf8", "-K", "utf8", page], check=True,
                          capture_output=True, text=True, stdin=subprocess.DEVNULL)
    assert done.stdout + done.stderr == ""


def test_pages_are_installed():
    """Those that are written here, and each of those that they name beside others' pages."""
    pages = {path.name for path in (SOURCE / "data/man").glob("*.[1-8]")}
    listed = (SOURCE / "data/man/meson.build").read_text(encoding="utf-8")
    assert set(re.findall(r"'([a-z0-9.-]+\.[1-8])'", listed)) == pages | {"org.certd1.5"}
    for path in (SOURCE / "data/man").glob("*.[1-8]"):
        text = path.read_text(encoding="utf-8").replace("\\-", "-")
        named = re.findall(r"^\.BR ((?:certd|certctl|org\.certd1)[a-z.-]*) \((\d)\)", text, re.MULTILINE)
        assert {f"{name}.{section}" for name, section in named} <= pages | {"org.certd1.5"}


def test_settings_file():
    """Each key of certd.conf stands in the file that is installed, with its default, and in its page."""
    text = (SOURCE / "daemon/settings-file.c").read_text(encoding="utf-8")
    keys = re.findall(r'^#define KEY_\w+ "([a-z-]+)"', text, re.MULTILINE)
    assert keys
    page = (SOURCE / "data/man/certd.conf.5").read_text(encoding="utf-8").replace("\\-", "-")
    assert re.findall(r"^\.BR ([a-z-]+)=", page, re.MULTILINE) == keys
    shipped = (SOURCE / "data/certd.conf").read_text(encoding="utf-8")
    assert re.findall(r"^#([a-z-]+)=", shipped, re.MULTILINE) == keys


def test_options_of_certd():
    certd = pathlib.Path(os.environ["CERTD_BUILD"]) / "daemon/certd"
    text = subprocess.run([certd, "--help"], check=True, capture_output=True, text=True,
                          stdin=subprocess.DEVNULL).stdout
    options = set(re.findall(r"--([a-z-]+)", text)) - {"help"}
    assert {"state-directory", "runtime-directory"} <= options
    tags = set(re.findall(r'^\.BI? --([a-z-]+)', PAGE, re.MULTILINE))
    assert tags == options


def test_environment_and_files_of_certd():  # R27 R70
    text = (SOURCE / "daemon/certd.c").read_text(encoding="utf-8")
    variables = set(re.findall(r'"([A-Z]+_DIRECTORY)"', text))
    assert set(re.findall(r"^\.B ([A-Z]+_DIRECTORY)", PAGE.partition(".SH ENVIRONMENT")[2],
                          re.MULTILINE)) == variables
    runtime = pathlib.Path(os.environ["CERTD_RUNTIME_DIRECTORY"])
    for folder in ("authority", "trust"):
        for path in (runtime / folder).iterdir():
            assert f"/run/certd/{folder}/{path.name}" in PAGE


def test_problems():  # R41 R55
    """Those that are named where they are told, and those of a table."""
    documented = (SOURCE / "data/org.certd1.Manager.xml").read_text(encoding="utf-8")
    documented = documented.partition("Problems:\n")[2].partition("-->")[0]
    codes = set()
    for path in DAEMON:
        text = path.read_text(encoding="utf-8")
        codes.update(re.findall(r'_problem\(\s*service,\s*"([a-z-]+)"', text))
        codes.update(re.findall(r'\.code = "([a-z-]+)"', text))
        codes.update(re.findall(r'\{CERTD_FINDING_\w+, "([a-z]+-[a-z-]+)", "', text))
    assert len(codes) > 10
    assert {code for code in codes if not re.search(rf"\b{code}\b", documented)} == set()
