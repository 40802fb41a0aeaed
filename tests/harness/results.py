# SPDX-License-Identifier: LGPL-2.1-or-later
"""Counts what tests reported: TAP, pytest's JUnit XML and meson's log."""

import dataclasses
import json
import re
import xml.etree.ElementTree as ElementTree

TAP_LINE = re.compile(r"^(not )?ok\b(.*)$")
TAP_DIRECTIVE = re.compile(r"#\s*(skip|todo)", re.IGNORECASE)
GOOD = {"OK", "EXPECTEDFAIL"}
# What no XML has, and node's JUnit of a message in colours does (XML 1.0, 2.2).
NOT_XML = re.compile(r"[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


@dataclasses.dataclass
class Count:
    """Tests by outcome. Skipped never counts as passed."""
    passed: int = 0
    failed: int = 0
    skipped: int = 0

    def add(self, other):
        self.passed += other.passed
        self.failed += other.failed
        self.skipped += other.skipped

    def total(self):
        return self.passed + self.failed + self.skipped

    def __str__(self):
        return f"{self.passed} passed, {self.failed} failed, {self.skipped} skipped"


def joined(reports):
    """One count, and the failures, of reports: each a count, and its output or a list of its failures."""
    total, failures = Count(), []
    for count, output in reports:
        total.add(count)
        if isinstance(output, list):
            failures.extend(output)
        elif count.failed:
            failures.append(output)
    return total, failures


def count_tap(text):
    count = Count()
    for line in text.splitlines():
        match = TAP_LINE.match(line)
        if not match:
            continue
        if match.group(1):
            count.failed += 1
        elif TAP_DIRECTIVE.search(match.group(2)):
            count.skipped += 1
        else:
            count.passed += 1
    return count


def count_program(text, succeeded):
    """A program's TAP; without any, the program is one test. A bad end is a failure in any case."""
    count = count_tap(text)
    if not succeeded and count.failed == 0:
        count.failed = 1
    if succeeded and count.total() == 0:
        count.passed = 1
    return count


def count_junit(path):
    """JUnit's XML, of pytest or node. An error in a fixture is a failure."""
    count = Count()
    text = NOT_XML.sub("", path.read_text(encoding="utf-8", errors="replace"))
    for case in ElementTree.fromstring(text).iter("testcase"):
        if case.find("failure") is not None or case.find("error") is not None:
            count.failed += 1
        elif case.find("skipped") is not None:
            count.skipped += 1
        else:
            count.passed += 1
    return count


def read_meson_log(path):
    """meson's testlog.json: the count, and the output of what failed."""
    count, failures = Count(), []
    for line in path.read_text(encoding="utf-8").splitlines():
        test = json.loads(line)
        output = test.get("stdout") or ""
        if test["result"] == "SKIP":
            count.skipped += max(1, count_tap(output).skipped)
            continue
        one = count_program(output, test["result"] in GOOD)
        count.add(one)
        if one.failed:
            failures.append(f"{test['name']}: {test['result']}\n{output}{test.get('stderr') or ''}")
    return count, failures
