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


# What gets a code from a table or hands one on.
HANDED_ON = {"bad_problems[i].code", "code", "problem->code", "problem[0]", "problem.code"}


def problem_codes():
    """Each place in daemon/ that names the code of a problem, and the code; all must be understood."""
    table = dict(re.findall(r'^CERTD_PROBLEM_ROW\((\w+), "([a-z-]+)"',
                            (SOURCE / "daemon/model/problem.def").read_text(encoding="utf-8"), re.MULTILINE))
    texts = {path: path.read_text(encoding="utf-8") for path in DAEMON}
    macros = {}
    define = re.compile(r'^#define (\w+) ("[a-z-]+")$', re.MULTILINE)
    for path in (SOURCE / "daemon").rglob("*.h"):
        macros.update(define.findall(path.read_text(encoding="utf-8")))
    used = {}
    for path, text in texts.items():
        own = {**macros, **dict(define.findall(text))}
        places = re.findall(r"_(?:set|keep)_problem\(\s*[\w>-]+,\s*([^,]+?),", text)
        places += re.findall(r"_problem_set\(\s*\w+,\s*([^&,]+?),", text)
        if "CertdProblem " in text:
            places += re.findall(r"\.code = (.+?)[,}]", text)
        places += re.findall(r'\{CERTD_FINDING_\w+, ("[a-z-]+"), "', text)
        for place in places:
            if place.startswith("const ") or place in HANDED_ON:
                continue
            name = own.get(place, place)
            finding = re.fullmatch(r"certd_finding_code_name\(CERTD_FINDING_(\w+)\)", name)
            row = re.fullmatch(r"certd_problem_code_name\(CERTD_PROBLEM_(\w+)\)", name)
            literal = re.fullmatch(r'"([a-z-]+)"', name)
            assert finding or row or literal, f"{path}: {place} can't be told for a code"
            used.setdefault(literal[1] if literal else table[(finding or row)[1]], path)
    return set(table.values()), used


def test_problem_table():  # R41 R55
    """Every code that is told is in the table, and none is there that nobody tells."""
    table, used = problem_codes()
    assert len(table) > 20
    assert {code: path for code, path in used.items() if code not in table} == {}
    assert table - set(used) == {"certificate-expiring"}  # the journal's alone


def test_problems():  # R41 R55
    """The manual of the interface has every code of the table, and no other."""
    interface = (SOURCE / "data/org.certd1.Manager.xml").read_text(encoding="utf-8")
    documented = interface.partition("Problems:\n")[2].partition("-->")[0]
    table, _used = problem_codes()
    events = {"certificate-expiring"}
    # Nothing else there has a hyphen.
    assert set(re.findall(r"(?<![\w-])[a-z]+(?:-[a-z]+)+", documented)) == table - events
    signal = interface.partition("CertificateExpiring:\n")[2].partition("-->")[0]
    assert all(code in signal for code in events)
