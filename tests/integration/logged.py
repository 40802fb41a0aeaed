# SPDX-License-Identifier: LGPL-2.1-or-later
"""The log from the tests' side: its rows over the bus, the journal beside it, and what each method
leaves in it."""

import contextlib
import hashlib
import json
import pathlib
import re
import signal
import struct
import subprocess

import keystore
import support
from gi.repository import GLib

LOG = "/org/certd1/log"
ACTIONS = pathlib.Path(__file__).resolve().parents[2] / "daemon/model/audit.def"
PROBLEMS = ACTIONS.with_name("problem.def")
HTTPS = "certificate/https"
# (interface, method): what the log calls it, and what a call of the table in matrix.py is about.
LOGGED = {
    ("Manager", "CreateCertificate"): ("create", "certificate/new"),
    ("Manager", "FactoryReset"): ("factory-reset", "keystore/all"),
    ("Certificate", "Configure"): ("configure", HTTPS),
    ("Certificate", "AddSubjectAltName"): ("add-san", HTTPS),
    ("Certificate", "RemoveSubjectAltName"): ("remove-san", HTTPS),
    ("Certificate", "SetSubjectAltNames"): ("set-sans", HTTPS),
    ("Certificate", "CreateRequest"): ("request", HTTPS),
    ("Certificate", "Import"): ("import", HTTPS),
    ("Certificate", "ImportFd"): ("import", HTTPS),
    ("Certificate", "Confirm"): ("confirm", HTTPS),
    ("Certificate", "Rollback"): ("rollback", HTTPS),
    ("Certificate", "Export"): ("export-key", HTTPS),
    ("Certificate", "AddConsumer"): ("add-consumer", HTTPS),
    ("Certificate", "RemoveConsumer"): ("remove-consumer", HTTPS),
    ("Certificate", "SetConsumers"): ("set-consumers", HTTPS),
    ("Certificate", "OpenCredential"): ("open-credential", HTTPS),
    ("Certificate", "Reset"): ("reset", HTTPS),
    ("Certificate", "Remove"): ("remove", HTTPS),
    ("Request", "Cancel"): ("cancel", "request/1"),
    ("Authority", "Regenerate"): ("regenerate", "authority/internal"),
    ("Authority", "Sign"): ("sign", "authority/internal"),
    ("TrustStore", "Add"): ("trust-add", "truststore/all"),
    ("TrustStore", "AddFd"): ("trust-add", "truststore/all"),
    ("TrustStore", "Remove"): ("trust-remove", "anchor/?"),
    ("Https", "SetLevel"): ("set-level", "https/all"),
    ("Https", "SetForce"): ("set-force", "https/all"),
    ("Https", "SetPorts"): ("set-ports", "https/all"),
    ("Https", "ReportProof"): ("report", "https/all"),
    ("Https", "ReportExchange"): ("report", "https/all"),
    ("Https", "ReportProblem"): ("report", "https/all"),
    ("Https", "Confirm"): ("confirm-https", "https/all"),
    ("Https", "Rollback"): ("rollback-https", "https/all"),
    ("Log", "List"): ("read-log", "log/all"),
    ("Log", "Verify"): ("read-log", "log/all"),
}
# The kinds of objects that calls change.
CHANGED = {"certificate", "request", "authority", "anchor", "keystore", "https"}
# What the log tells of where it was refused alone.
REFUSED_ONLY = {("Log", "List"), ("Log", "Verify"), ("Https", "ReportProof"), ("Https", "ReportExchange"),
                ("Https", "ReportProblem")}


def actions():
    """Each action's name and message id, from the one table."""
    return dict(re.findall(r'^CERTD_AUDIT_ROW\(\w+, "([a-z-]+)", "([0-9a-f]{32})"',
                           ACTIONS.read_text(encoding="utf-8"), re.MULTILINE))


def problems():
    """Each problem's code and message id, from the one table."""
    return dict(re.findall(r'^CERTD_PROBLEM_ROW\(\w+, "([a-z-]+)",\s+"([0-9a-f]{32})"',
                           PROBLEMS.read_text(encoding="utf-8"), re.MULTILINE))


def rows(bus, cursor="", **filters):
    """All rows behind cursor that the filters want: what List says, and its number."""
    found = []
    types = {"uid": "u", "since": "t", "until": "t", "newest_first": "b"}
    wanted = {key.replace("_", "-"): GLib.Variant(types.get(key, "s"), value)
              for key, value in filters.items()}
    while True:
        page, cursor = bus.call(LOG, "Log", "List", "(a{sv}su)", (wanted, cursor, 1000))
        found += [{"number": number, **entry} for number, entry in page]
        if not cursor:
            return found


def last(bus):
    """The number of the last row."""
    return bus.get(LOG, "Log", "Last")


def since(bus, number):
    """The rows behind that number."""
    return rows(bus, str(number) if number else "")


def check_chain(bus):
    """The log is whole."""
    bus.certctl("log", "--verify", check=True)


class Follow:
    """A certctl log --follow that runs and writes below folder."""

    def __init__(self, folder, *options):
        self.path = folder / "follow"
        with open(self.path, "wb") as out:
            self.process = subprocess.Popen(["certctl", "log", "--follow", *options], stdout=out,
                                            stdin=subprocess.DEVNULL)

    def numbers(self):
        """The rows that it has told."""
        lines = self.path.read_text(encoding="utf-8").splitlines()
        return [int(line.split("\t")[0]) for line in lines]

    def wait_for(self, word):
        support.wait_until(lambda: word in self.path.read_text(encoding="utf-8"), word)

    def end(self):
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(support.DEADLINE_SECONDS)


class Journal:
    """A journald of this namespace's own, which writes below folder."""

    def __init__(self, folder):
        self.folder = pathlib.Path(folder)

    def entries(self, *matches):
        """Its entries with these fields, oldest first."""
        subprocess.run(["journalctl", "--sync"], check=True, stdin=subprocess.DEVNULL)
        done = subprocess.run(["journalctl", "--directory", self.folder, "--all", "--output", "json",
                               *matches], check=True, capture_output=True, text=True,
                              stdin=subprocess.DEVNULL)
        return [json.loads(line) for line in done.stdout.splitlines()]


@contextlib.contextmanager
def journald():
    """Runs the real journald in this namespace, on folders that nobody else sees."""
    configuration = pathlib.Path("/etc/systemd/journald.conf")
    configuration.parent.mkdir(exist_ok=True)
    configuration.write_text("[Journal]\nStorage=volatile\nReadKMsg=no\nAudit=no\n",
                             encoding="ascii")
    folders = [pathlib.Path("/run/systemd"), pathlib.Path("/run/log")]
    fresh = [folder for folder in folders if not folder.exists()]
    for folder in folders:
        folder.mkdir(exist_ok=True)
        subprocess.run(["mount", "-t", "tmpfs", "journal-test", folder], check=True)
    for folder in ("/run/systemd/journal", "/run/log/journal"):
        pathlib.Path(folder).mkdir()
    with subprocess.Popen(["/lib/systemd/systemd-journald"], stdin=subprocess.DEVNULL,
                          stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as process:
        try:
            # It binds this one last of those that a client needs.
            support.wait_until(pathlib.Path("/run/systemd/journal/io.systemd.journal").exists,
                               "journald listens")
            yield Journal("/run/log/journal")
        finally:
            process.terminate()
            process.wait()
            for folder in folders:
                subprocess.run(["umount", folder], check=True)
            for folder in fresh:
                folder.rmdir()


def digest(before, number, row):
    """The hash of a row as the manual has it; row is (time, uid, sender, action, object, outcome,
    detail, unit)."""
    parts = [before, struct.pack(">qqq", number, row[0], row[1])]
    for field in row[2:]:
        parts += [struct.pack(">q", len(field.encode())), field.encode()]
    return hashlib.sha256(b"".join(parts)).digest()


def fill(path, count):
    """Makes the log of the keystore at path count rows long, as certd would have written them."""
    with keystore.opened(path) as database:
        number, before = database.execute("SELECT last, hash FROM audit_head").fetchone()
        rows = []
        while number < count:
            number += 1
            row = (1_700_000_000 + number, 1000 + number % 7, f":1.{number}", "import",
                   f"certificate/c{number % 1000}", "ok", "f" * 64, "web.service")
            before = digest(before, number, row)
            rows.append((number, *row, before))
        database.execute("BEGIN")
        database.executemany(
            "INSERT INTO audit (id, time, uid, sender, action, object, outcome, detail, unit, hash)"
            " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)", rows)
        database.execute("UPDATE audit_head SET last = ?, hash = ?", (number, before))
        database.execute("COMMIT")
