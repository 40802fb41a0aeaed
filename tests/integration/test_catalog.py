# SPDX-License-Identifier: LGPL-2.1-or-later
"""The journal's catalog: an entry for each message id of certd, with fields that the journal gets, and
systemd takes it."""

import pathlib
import re
import subprocess

SOURCE = pathlib.Path(__file__).resolve().parents[2]
CATALOG = SOURCE / "data/certd.catalog"
ENTRY = re.compile(r"^-- ([0-9a-f]{32})\n((?:[A-Z][A-Za-z-]*: .*\n)+)\n((?:(?!-- ).*\n)+)", re.MULTILINE)


def entries():
    return {found[1]: (found[2], found[3]) for found in ENTRY.finditer(
        CATALOG.read_text(encoding="utf-8"))}


def actions():
    text = (SOURCE / "daemon/model/audit.def").read_text(encoding="utf-8")
    return re.findall(r'CERTD_AUDIT_ROW\(\w+, "[a-z-]+", "([0-9a-f]{32})"', text)


def problems():
    """Each problem's message id and sentence."""
    text = (SOURCE / "daemon/model/problem.def").read_text(encoding="utf-8")
    found = re.findall(r'^CERTD_PROBLEM_ROW\(\w+, "[a-z-]+",\s+"([0-9a-f]{32})",\s+LOG_\w+,\s+"([^"]+)"\)$',
                       text, re.MULTILINE)
    assert len(found) == text.count("\nCERTD_PROBLEM_ROW(")
    return dict(found)


def test_one_for_each():  # R41 R55
    ids = actions() + list(problems())
    assert len(actions()) > 30 and len(problems()) > 20 and len(set(ids)) == len(ids)
    assert list(entries()) == ids


def test_each_problem_has_its_sentence():  # R55
    found = entries()
    for message_id, sentence in problems().items():
        assert found[message_id][0].startswith(f"Subject: {sentence}\n")


def test_each_says_what_and_where():
    journal = (SOURCE / "daemon/bus/journal.c").read_text(encoding="utf-8")
    of_actions, found, of_problems = journal.partition("void certd_journal_problem(")
    assert found
    subjects = set()
    for message_id, (header, body) in entries().items():
        is_problem = message_id in problems()
        fields = set(re.findall(r'"(CERTD_[A-Z_]+)=', of_problems if is_problem else of_actions))
        wanted = ({"CERTD_PROBLEM", "CERTD_REMEDY"} if is_problem else
                  {"CERTD_CALLER", "CERTD_OBJECT", "CERTD_OUTCOME", "CERTD_DETAIL"})
        names = dict(line.split(": ", 1) for line in header.splitlines())
        assert set(names) == {"Subject", "Defined-By", "Documentation"}
        assert names["Documentation"] == "man:certd(8)"
        used = set(re.findall(r"@([A-Z_]+)@", names["Subject"] + body))
        assert wanted <= used <= fields
        # What happened, what to do, and who did it or which problem it is.
        assert len(body.strip().split("\n\n")) == 3
        subjects.add(names["Subject"])
    assert len(subjects) == len(entries())


def test_systemd_takes_it(tmp_path):
    folder = tmp_path / "usr/lib/systemd/catalog"
    folder.mkdir(parents=True)
    (folder / "certd.catalog").write_bytes(CATALOG.read_bytes())
    (tmp_path / "var/lib/systemd/catalog").mkdir(parents=True)

    def journalctl(*arguments):
        return subprocess.run(["journalctl", f"--root={tmp_path}", *arguments], check=True,
                              capture_output=True, text=True, stdin=subprocess.DEVNULL)

    assert journalctl("--update-catalog").stderr == ""
    listed = journalctl("--no-pager", "--list-catalog").stdout.splitlines()
    assert {line.split()[0] for line in listed} == set(entries())
