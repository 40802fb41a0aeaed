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


def test_one_for_each_action():  # R41
    text = (SOURCE / "daemon/model/audit.def").read_text(encoding="utf-8")
    ids = re.findall(r'CERTD_AUDIT_ROW\(\w+, "[a-z-]+", "([0-9a-f]{32})"', text)
    assert len(ids) > 30 and len(set(ids)) == len(ids)
    assert list(entries()) == ids


def test_each_says_what_and_where():
    fields = set(re.findall(r'"(CERTD_[A-Z_]+)=', (SOURCE / "daemon/bus/journal.c").read_text()))
    subjects = set()
    for header, body in entries().values():
        names = dict(line.split(": ", 1) for line in header.splitlines())
        assert set(names) == {"Subject", "Defined-By", "Documentation"}
        assert names["Documentation"] == "man:certd(8)"
        used = set(re.findall(r"@([A-Z_]+)@", names["Subject"] + body))
        assert {"CERTD_OBJECT", "CERTD_OUTCOME", "CERTD_DETAIL"} <= used <= fields
        # What happened, what to do, and who did it.
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
