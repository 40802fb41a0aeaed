# SPDX-License-Identifier: LGPL-2.1-or-later
"""The examples, certd-examples(7) and the tests agree: none has what another lacks."""

import re

import pytest

import examples
import image

PAGE = (image.SOURCE / "data/man/certd-examples.7").read_text(encoding="utf-8")
EXPORT = r"/run/certd/export/([a-z]+)"

each_example = pytest.mark.parametrize("example", examples.EXAMPLES, ids=examples.NAMES)


def plain(roff):
    for escape, character in (("\\-", "-"), ("\\(aq", "'"), ("\\e", "\\")):
        roff = roff.replace(escape, character)
    return roff


def sections():
    """The title of each section of the page's examples in lower case, and the commands in it."""
    text = PAGE.partition("\n.SH EXAMPLES\n")[2].partition("\n.SH ")[0]
    found = {}
    for section in re.split(r"^\.SS ", text, flags=re.MULTILINE)[1:]:
        title, _newline, body = section.partition("\n")
        blocks = re.findall(r"^\.EX\n(.*?)^\.EE$", body, re.DOTALL | re.MULTILINE)
        found[title.lower()] = plain("".join(blocks)).splitlines()
    return found


def test_there_is_one_of_each():
    folders = sorted(path.name for path in examples.FOLDER.iterdir())
    assert folders == sorted(sections()) == examples.NAMES


@each_example
def test_manual_has_the_commands_of_the_readme(example):
    assert examples.commands(example.name) == sections()[example.name]


@each_example
def test_commands_use_every_file(example):
    words = " ".join(examples.commands(example.name)).split()
    for path in (examples.FOLDER / example.name).iterdir():
        assert path.name == "README" or path.name in words, path


@each_example
def test_commands_are_for_this_server(example):
    """Its certificate, its unit as a consumer that reloads, and its drop-in where systemd reads it."""
    lines = examples.commands(example.name)
    assert f"certctl create {example.name} --issuer internal" in lines
    added = [line.split()[4:] for line in lines if line.startswith(f"certctl consumers {example.name} add ")]
    assert len(added) == 1 and added[0][-1] == f"unit:{example.unit}:reload"
    assert f"install -D -m 644 {example.unit}.conf {example.drop_in()}" in lines
    assert lines[-2:] == ["systemctl daemon-reload", f"systemctl restart {example.unit}"]


@each_example
def test_files_are_those_of_its_certificate(example):
    text = "\n".join(path.read_text(encoding="utf-8")
                     for path in (examples.FOLDER / example.name).iterdir())
    assert set(re.findall(EXPORT, text)) == {example.name}


@each_example
def test_each_file_says_where_it_goes(example):
    """In its first lines, as the README's command has it."""
    text = "\n".join(examples.commands(example.name))
    for path in (examples.FOLDER / example.name).iterdir():
        if path.name == "README":
            continue
        lines = path.read_text(encoding="utf-8").splitlines()
        assert lines[0] == "# SPDX-License-Identifier: LGPL-2.1-or-later"
        wanted = re.search(rf"{re.escape(path.name)} (?:>> )?(/etc/\S+)", text)
        assert wanted and wanted[1] in lines[1], path
