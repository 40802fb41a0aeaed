# SPDX-License-Identifier: LGPL-2.1-or-later
"""certctl log: rows as they come, what it refuses, and that it is not for everybody."""

import logged
import pytest
import support
from logged import Follow


def test_follow(bus, certd, tmp_path):
    """Rows as they come, once each, also those of a restart."""
    follow = Follow(tmp_path, "--lines", "1")
    bus.certctl("create", "followed-one", check=True)
    follow.wait_for("followed-one")
    certd.restart()
    bus.certctl("create", "followed-two", check=True)
    follow.wait_for("followed-two")
    assert follow.end() == 0
    lines = [line.split("\t") for line in follow.path.read_text(encoding="utf-8").splitlines()]
    numbers = [int(line[0]) for line in lines]
    assert numbers == list(range(numbers[0], numbers[-1] + 1))
    assert all(len(line) == 7 for line in lines)


def test_follow_json(bus, tmp_path):
    follow = Follow(tmp_path, "--json", "--action", "create", "--object", "followed-three")
    bus.certctl("create", "followed-other", check=True)
    bus.certctl("create", "followed-three", check=True)
    follow.wait_for("followed-three")
    assert follow.end() == 0
    line, = follow.path.read_text(encoding="utf-8").splitlines()
    assert line.startswith("{") and '"object":"certificate/followed-three"' in line


@pytest.mark.parametrize("words, status", (
    (("--since", "yesterday"), 2), (("--user", "nobody-of-this-name"), 2), (("--lines", "-1"), 2),
    (("--verify", "--failed"), 2), (("--follow", "--json=pretty"), 2), (("--action", "none"), 12),
    (("--verify",), 0), (("--object", "https", "--since", "1h", "--user", "root", "--failed"), 0)))
def test_certctl(bus, words, status):
    assert bus.certctl("log", *words).returncode == status


def test_certctl_is_not_for_everybody(bus, certd):
    certd.restart(clean=True)
    before = logged.last(bus)
    assert bus.certctl("log", user=support.USER).returncode == 31
    row, = logged.since(bus, before)
    assert (row["action"], row["object"]) == ("read-log", "log/all")
