# SPDX-License-Identifier: LGPL-2.1-or-later
"""The log: what each method leaves in it, done or refused, in the journal too, and never a secret."""

import os
import pathlib
import pwd
import signal
import subprocess
import time

import https_settings
import logged
import matrix
import pytest
import support
import systemd1
from gi.repository import Gio, GLib

ROWS = [row for row in matrix.rows() if row[4] != "read"]
PASSPHRASE = "Heidelbeeren-im-Nebel-2718"
CHALLENGE = "Leuchtturm-am-Kap-3141"
UNKNOWN_UID = 2**32 - 1
LIMIT = 20  # CERTD_LIMIT_LOGGED_REFUSALS


@pytest.fixture(scope="module", autouse=True)
def journal(bus):
    with logged.journald() as made:
        yield made


@pytest.fixture(scope="module")
def begin(bus, journal):
    """The number of the last row before the first test."""
    matrix.make_request(bus)
    return logged.last(bus)


def names(user):
    return pwd.getpwnam(user).pw_uid


def refused(bus, user, row):
    """Calls row's method as user; the error's name and message."""
    interface, method, signature, arguments = row[:4]
    handles = None
    if signature.startswith("(h"):
        handles = Gio.UnixFDList.new()
        with open("/etc/hostname", "rb") as file:
            handles.append(file.fileno())
    with pytest.raises(GLib.Error) as raised:
        bus.connection(user).call_with_unix_fd_list_sync(
            support.NAME, matrix.PATHS[interface], f"org.certd1.{interface}", method,
            GLib.Variant(signature, arguments), None, 0, support.CALL_TIMEOUT_MSEC, handles, None)
    name = support.remote_error(raised.value)
    return name, raised.value.message.partition(f"{name}: ")[2]


def check_refusal(bus, user, row):
    before = logged.last(bus)
    name, message = refused(bus, user, row)
    added = logged.since(bus, before)
    action, about = logged.LOGGED[row[:2]]
    assert len(added) == 1
    entry = added[0]
    assert (entry["action"], entry["object"]) == (action, about)
    assert (entry["outcome"], entry["detail"]) == (name, message)
    assert entry["uid"] == names(user)
    assert entry["sender"] == bus.connection(user).get_unique_name()


def test_every_method_is_in_the_table():
    """What needs more than reading is in the log."""
    assert {row[:2] for row in ROWS} == set(logged.LOGGED)


@pytest.mark.parametrize("user", (support.USER, "root"))
def test_refusals(bus, certd, begin, user):
    """polkit's no, and the use cases': each is a row, and one row alone."""
    count = 0
    for row in ROWS:
        if user == "root" and row[5] is None:
            continue
        if count % LIMIT == 0:
            certd.restart(clean=True)  # which begins the user's minute anew
        check_refusal(bus, user, row)
        count += 1
    assert count > LIMIT


@pytest.mark.parametrize("path, about, error", (
    ("/org/certd1/certificate/none", "certificate/none", "NoSuchCertificate"),
    ("/org/certd1/certificate/https", "certificate/https", "InvalidArgs"),
    ("/org/certd1/certificate", "certificate/?", "UnknownObject"),
    ("/org/certd1/log", "certificate/?", "UnknownObject"),
    ("/org/example", "certificate/?", "UnknownObject"),
))
def test_what_certd_never_sees(bus, certd, begin, path, about, error):
    """An object that is not there, or has another interface, and arguments of other types: the bus library
    answers these."""
    certd.restart(clean=True)
    before = logged.last(bus)
    signature = "(s)" if error == "InvalidArgs" else "()"
    with pytest.raises(GLib.Error) as raised:
        bus.call(path, "Certificate", "Rollback", signature, ("x",)[:len(signature) - 2])
    assert support.remote_error(raised.value).endswith(f".{error}")
    added = logged.since(bus, before)
    assert [(row["action"], row["object"], row["outcome"].rpartition(".")[2]) for row in added] == [
        ("rollback", about, error)]


def test_what_is_read_leaves_nothing(bus, begin):
    before = logged.last(bus)
    for row in matrix.rows():
        if row[4] == "read":
            matrix.outcome(bus, support.USER, row)
    bus.call(matrix.CERTIFICATE, "Certificate", "Export", "(sa{sv})", ("pem", {}))
    logged.rows(bus)
    assert logged.last(bus) == before


def make_bundle(folder):
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-keyout",
         "k.pem", "-out", "c.pem", "-days", "90", "-subj", "/CN=a.example.org", "-passout",
         f"pass:{PASSPHRASE}", "-addext", "subjectAltName=DNS:a.example.org"],
        cwd=folder, check=True, capture_output=True)
    subprocess.run(["openssl", "req", "-new", "-key", "k.pem", "-passin", f"pass:{PASSPHRASE}", "-out",
                    "r.csr", "-subj", "/CN=b.local", "-addext", "subjectAltName=DNS:b.local"],
                   cwd=folder, check=True, capture_output=True)
    return (folder / "c.pem").read_bytes() + (folder / "k.pem").read_bytes()


def text(value):
    return GLib.Variant("s", value)


class Life:
    """Each method of the table, where it succeeds; the rows that it leaves."""

    def __init__(self, bus, folder):
        self.bus = bus
        self.bundle = make_bundle(folder)
        self.request = (folder / "r.csr").read_bytes()
        self.seen = {}

    def call(self, path, interface, method, *arguments, handle=None):
        """Calls as the administrator; what the log gained by it."""
        before = logged.last(self.bus)
        handles = None
        if handle:
            handles = Gio.UnixFDList.new()
            with open(os.memfd_create("input"), "r+b") as file:
                file.write(handle)
                file.flush()
                handles.append(file.fileno())
        signature, values = arguments if arguments else ("()", ())
        reply = self.bus.connection(support.ADMIN).call_with_unix_fd_list_sync(
            support.NAME, path, f"org.certd1.{interface}", method, support.pack(signature, values),
            None, 0, support.CALL_TIMEOUT_MSEC, handles, None)[0].unpack()
        self.seen[interface, method] = [
            row for row in logged.since(self.bus, before) if row["uid"] == names(support.ADMIN)]
        return reply

    def configure(self, path):
        self.call(support.MANAGER, "Manager", "CreateCertificate", "(sa{sv})", ("web", {}))
        self.call(path, "Certificate", "Configure", "(a{sv})", ({"days": GLib.Variant("u", 30)},))
        self.call(path, "Certificate", "AddSubjectAltName", "(ss)", ("DNS", "a.example.org"))
        self.call(path, "Certificate", "RemoveSubjectAltName", "(ss)", ("DNS", "a.example.org"))
        self.call(path, "Certificate", "SetSubjectAltNames", "(a(ss))", ([("DNS", "b.local")],))
        self.call(path, "Certificate", "AddConsumer", "(sss)", ("group", "certd-admin", "none"))
        self.call(path, "Certificate", "RemoveConsumer", "(ss)", ("group", "certd-admin"))
        self.call(path, "Certificate", "SetConsumers", "(a(sss))", ([("user", support.ADMIN, "none")],))
        made, = self.call(path, "Certificate", "CreateRequest", "(sa{sv})",
                          ("external", {"challenge-password": text(CHALLENGE)}))
        self.call(made, "Request", "Cancel")

    def install(self, path):
        how = {"passphrase": text(PASSPHRASE), "exportable": GLib.Variant("b", True),
               "accept": GLib.Variant("as", ["san-mismatch", "is-ca", "key-usage"])}
        self.call(path, "Certificate", "Import", "(aya{sv})", (self.bundle, how))
        self.call(path, "Certificate", "OpenCredential", "(s)", ("key",))
        self.call(path, "Certificate", "Export", "(sa{sv})",
                  ("p12", {"passphrase": text(PASSPHRASE)}))
        self.call(path, "Certificate", "ImportFd", "(ha{sv})",
                  (0, {**how, "trial": GLib.Variant("u", 3600)}), handle=self.bundle)
        self.call(path, "Certificate", "Confirm", "(a{sv})", ({"tested": GLib.Variant("b", True)},))
        self.call(path, "Certificate", "Rollback")
        self.call(path, "Certificate", "Reset", "(a{sv})", ({},))

    def device(self, path):
        self.call(matrix.AUTHORITY, "Authority", "Regenerate", "(a{sv})", ({},))
        self.call(matrix.AUTHORITY, "Authority", "Sign", "(aya{sv})", (self.request, {}))
        anchor = self.bundle.partition(b"-----BEGIN ENC")[0]
        (fingerprint,), = self.call(matrix.TRUST_STORE, "TrustStore", "Add", "(aya{sv})", (anchor, {}))
        self.call(matrix.TRUST_STORE, "TrustStore", "Remove", "(s)", (fingerprint,))
        self.call(matrix.TRUST_STORE, "TrustStore", "AddFd", "(ha{sv})", (0, {}), handle=anchor)
        self.call(path, "Certificate", "Remove", "(a{sv})", ({},))
        self.call(support.MANAGER, "Manager", "FactoryReset", "(a{sv})", ({},))


@pytest.fixture(scope="module")
def life(bus, begin, tmp_path_factory):
    made = Life(bus, tmp_path_factory.mktemp("life"))
    path = "/org/certd1/certificate/web"
    made.configure(path)
    made.install(path)
    https_settings.change_all(made)
    made.device(path)
    return made


# What is about another object than in the table of refusals, and what has a name of its own on trial.
DONE = {("Certificate", "ImportFd"): "trial-begin", ("Certificate", "CreateRequest"): "request"}


@pytest.mark.parametrize("method", sorted(set(logged.LOGGED) - logged.REFUSED_ONLY), ids=".".join)
def test_what_is_done(bus, life, method):
    found = life.seen[method]
    action = DONE.get(method, logged.LOGGED[method][0])
    assert action in [row["action"] for row in found]
    for row in found:
        assert row["outcome"] == "ok"
        assert row["sender"] == bus.connection(support.ADMIN).get_unique_name()
        assert row["object"].partition("/")[0] in logged.CHANGED


def test_a_failure_is_no_success(bus, certd, life):
    """What was rolled back leaves its refusal alone, and a dry run nothing."""
    certd.restart(clean=True)
    bus.call(support.MANAGER, "Manager", "CreateCertificate", "(sa{sv})", ("twice", {}))
    before = logged.last(bus)
    with pytest.raises(GLib.Error):
        bus.call(support.MANAGER, "Manager", "CreateCertificate", "(sa{sv})", ("twice", {}))
    added = logged.since(bus, before)
    assert [(row["action"], row["object"], row["outcome"]) for row in added] == [
        ("create", "certificate/twice", "org.certd1.Error.Exists")]
    how = {"passphrase": text(PASSPHRASE), "dry-run": GLib.Variant("b", True)}
    bus.call("/org/certd1/certificate/twice", "Certificate", "Import", "(aya{sv})",
             (life.bundle, how))
    assert logged.last(bus) == before + 1
    with pytest.raises(GLib.Error):
        bus.call("/org/certd1/certificate/twice", "Certificate", "Import", "(aya{sv})",
                 (life.bundle, {"passphrase": text(CHALLENGE)}))
    assert [row["outcome"] for row in logged.since(bus, before + 1)] == [
        "org.certd1.Error.PassphraseWrong"]


FIELDS = {"CERTD_ACTION": "action", "CERTD_OBJECT": "object", "CERTD_UID": "uid",
          "CERTD_UNIT": "unit", "CERTD_SENDER": "sender", "CERTD_OUTCOME": "outcome",
          "CERTD_DETAIL": "detail", "CERTD_LOG_HASH": "hash"}


def test_journal(bus, begin, life, journal):
    """Each row is there, once, with its message id."""
    found = {}
    for entry in journal.entries("_COMM=certd"):
        if "CERTD_LOG_ROW" in entry:
            assert found.setdefault(int(entry["CERTD_LOG_ROW"]), entry) is entry
    ids = logged.actions()
    assert len(set(ids.values())) == len(ids) > 25
    checked = logged.since(bus, begin)
    assert len(checked) > 60
    for row in checked:
        entry = found[row["number"]]
        for field, key in FIELDS.items():
            assert entry.get(field, "") == str(row[key]), (field, row)
        assert entry["MESSAGE_ID"] == ids[row["action"]]
        assert row["outcome"] == "ok" or entry["PRIORITY"] == "4"
        assert row["object"] in entry["MESSAGE"] and row["detail"] in entry["MESSAGE"]
        assert f"by {entry['CERTD_CALLER']}" in entry["MESSAGE"]
        assert str(UNKNOWN_UID) not in entry["CERTD_CALLER"]


def problems_of(bus):
    return [problem for problem in bus.get(support.MANAGER, "Manager", "Problems")
            if problem[0] == "settings-invalid"]


def test_journal_of_problems(bus, certd, journal):  # R41
    """A problem is there once, with the message id of its code, and not again while it stands."""
    path = pathlib.Path(os.environ["CERTD_PID_FILE"]).parent / "certd.conf"
    before = path.read_bytes()
    for number in range(2):
        path.write_text("[certd]\npolicy=strict\n", encoding="utf-8")
        os.kill(certd.pid, signal.SIGHUP)
        support.wait_until(lambda: problems_of(bus), "certd has seen the error")
        os.kill(certd.pid, signal.SIGHUP)
        path.write_bytes(before)
        os.kill(certd.pid, signal.SIGHUP)
        support.wait_until(lambda: not problems_of(bus), "certd has seen that it is mended")
        told = journal.entries("_COMM=certd", "CERTD_PROBLEM=settings-invalid")
        assert len(told) == number + 1
        assert told[-1]["MESSAGE_ID"] == logged.problems()["settings-invalid"]
        assert told[-1]["PRIORITY"] == "3"
        assert f"{path}, line 2" in told[-1]["MESSAGE"]
        assert told[-1]["CERTD_REMEDY"] in told[-1]["MESSAGE"]


def test_no_secret(bus, life, journal):
    """Neither a pass phrase nor a challenge password nor a key is in a row or in the journal."""
    said = str(logged.rows(bus)) + str(journal.entries())
    assert "PassphraseWrong" in said
    key = life.bundle.partition(b"-----BEGIN ENC")[2].decode().splitlines()[2]
    for secret in (PASSPHRASE, CHALLENGE, key, "PRIVATE KEY"):
        assert secret not in said


def row_of(method):
    return next(row for row in ROWS if row[1] == method)


def test_flood(bus, certd, life):
    """More refusals of one user and action than are written are counted; what others do is there, and
    what the same user tries besides."""
    certd.restart(clean=True)
    before = logged.last(bus)
    for number in range(LIMIT + 15):
        assert refused(bus, support.USER, row_of("Remove"))[0].endswith("AuthorizationRequired")
        if number == LIMIT + 5:
            refused(bus, support.ADMIN, row_of("Remove"))
    refused(bus, support.USER, row_of("Export"))
    added = logged.since(bus, before)
    mine = [entry["action"] for entry in added if entry["uid"] == names(support.USER)]
    assert mine == ["remove"] * LIMIT + ["export-key"]
    assert [entry["uid"] for entry in added].count(names(support.ADMIN)) == 1
    # What was counted is written at the end of the hour, or of certd.
    certd.restart(clean=True)
    counted = [entry for entry in logged.since(bus, before) if entry["action"] == "refused"]
    assert [(entry["uid"], entry["detail"]) for entry in counted] == [
        (names(support.USER), "More calls were refused: remove 15")]


def run_as(manager, unit, *command):
    """Runs a command whose process is of unit; manager knows it before it begins."""
    process = subprocess.Popen(["sh", "-c", 'read -r go && exec "$@"', "sh", *command],
                               stdin=subprocess.PIPE, text=True)
    manager.units[process.pid] = unit
    process.communicate("go\n", timeout=support.DEADLINE_SECONDS)
    assert process.returncode == 0


@pytest.mark.parametrize("unit", ("certd-test.service", "user@7777.service"))
def test_unit(bus, life, unit):
    """The systemd unit of the caller, as the service manager says it."""
    name = f"of-{unit.partition('@')[0].removesuffix('.service')}"
    with systemd1.manager(bus) as manager:
        run_as(manager, unit, "certctl", "create", name)
        assert len(manager.asked) == 1
    row = logged.rows(bus, object=f"certificate/{name}")[0]
    assert (row["uid"], row["unit"]) == (0, unit)
    assert f"root ({unit})" in bus.certctl("log", "--lines", "1", check=True).stdout


def test_silent_manager(bus, life):
    """A service manager that doesn't answer is waited for once, by one caller; afterwards nobody waits."""
    with systemd1.manager(bus) as manager:
        begun = time.monotonic()
        run_as(manager, None, "certctl", "create", "of-a-silent-one")
        for number in range(20):
            bus.certctl("create", f"of-a-silent-one-{number}", check=True)
        # Who asks waits for CERTD_LIMIT_UNIT_ANSWER_MSEC; nobody does for CERTD_UNIT_ANSWER_PAUSE_SECONDS.
        assert 1 <= len(manager.asked) <= 1 + (time.monotonic() - begun) // 10
    rows = [row for row in logged.rows(bus) if "/of-a-silent-one" in row["object"]]
    assert len(rows) == 21 and {row["unit"] for row in rows} == {""}


def test_filters(bus, life):
    everything = logged.rows(bus)
    numbers = [row["number"] for row in everything]
    assert numbers == list(range(numbers[0], numbers[-1] + 1))
    assert [row["number"] for row in logged.rows(bus, newest_first=True)] == numbers[::-1]
    for filters, expected in (
            ({"object": "certificate/web"}, lambda row: row["object"] == "certificate/web"),
            ({"object": "request"}, lambda row: row["object"].startswith("request/")),
            ({"action": "import"}, lambda row: row["action"] == "import"),
            ({"uid": names(support.ADMIN)}, lambda row: row["uid"] == names(support.ADMIN)),
            ({"outcome": "failed", "uid": 0}, lambda row: row["outcome"] != "ok" and row["uid"] == 0),
            ({"since": everything[50]["time"]}, lambda row: row["time"] >= everything[50]["time"]),
            ({"until": everything[50]["time"]}, lambda row: row["time"] < everything[50]["time"])):
        wanted = [row for row in everything if expected(row)]
        assert logged.rows(bus, **filters) == wanted, filters


def test_set_aside(bus, certd, life, journal):  # R51
    """A keystore that was set aside at a start is the first row of the new log, and in the journal."""
    bus.close()
    certd.stop(clean=True)
    path = certd.state_directory / "keystore.db"
    with open(path, "r+b") as file:
        file.write(b"\xde\xad" * 2048)
    certd.start()
    first = logged.rows(bus)[0]
    assert (first["number"], first["action"], first["object"], first["outcome"], first["uid"]) == (
        1, "keystore-aside", "keystore/all", "ok", 2**32 - 1)
    assert (certd.state_directory / first["detail"]).exists()
    entry, = journal.entries(f"MESSAGE_ID={logged.actions()['keystore-aside']}")
    assert (entry["CERTD_DETAIL"], entry["CERTD_LOG_HASH"]) == (first["detail"], first["hash"])
    bus.certctl("reset", "https", "--yes", check=True)
