# SPDX-License-Identifier: LGPL-2.1-or-later
"""Keystores of every earlier schema, made by the certd of their time (keystores/make): whatever was shown
is shown, every key opens, the log is whole; and a keystore of a later certd, which is left alone."""

import contextlib
import json
import os
import pathlib
import shutil
import sqlite3
import subprocess

import device
import handshake
import keystore
import logged
import pytest
import support
from clock import DAY, Clock
from gi.repository import Gio, GLib

HERE = pathlib.Path(__file__).resolve().parent
KEYSTORES = HERE / "keystores"
VERSIONS = sorted(int(path.stem.rpartition("-")[2]) for path in KEYSTORES.glob("version-*.sql"))
# What is judged by the day and by the device's names.
BY_THE_DAY = {"Findings", "State"}
# The trial of "tried" is over: another boot ended it, which is another change with a plan of its own.
BY_THE_TRIAL = {"Generation", "Requests", "Renewal"}


def then():
    """When the certd of then ended, and a day more: nothing that it issued has run out."""
    shown = (json.loads(path.read_text(encoding="utf-8")) for path in KEYSTORES.glob("version-*.json"))
    return max(one["Created"] for keystore_of in shown for one in keystore_of["requests"].values()) + DAY


def known():
    """The schema that this certd has: one more than the latest before it."""
    source = (HERE.parents[1] / "daemon/store/schema.c").read_text(encoding="utf-8")
    rows = source.partition("MIGRATIONS[][4] = {")[2].partition("};")[0]
    return rows.count("    {")


def unpack(folder, version):
    """The state directory of that certd."""
    folder.mkdir()
    with contextlib.closing(sqlite3.connect(folder / "keystore.db")) as database:
        database.executescript((KEYSTORES / f"version-{version}.sql").read_text(encoding="utf-8"))
    key = folder / "sealing.key"
    key.write_bytes(bytes.fromhex((KEYSTORES / f"version-{version}.key").read_text().strip()))
    key.chmod(0o600)
    return folder


@pytest.fixture(scope="module", autouse=True)
def as_then(cable):
    """The device has the names and the time that it had then: none of what was issued is out of date."""
    device.set_host_name("old-device")
    device.write("hostname", "old-device\n")
    made = Clock()
    made.open()
    made.set(then(), synchronized=True)
    yield made
    made.close()


@pytest.fixture(scope="module", params=VERSIONS)
def upgraded(request, bus, as_then, tmp_path_factory):
    """certd with an old keystore: the version and what was shown by it."""
    certd = support.Certd()
    certd.stop(clean=True)
    keystore.put(certd, unpack(tmp_path_factory.mktemp("old") / "state", request.param))
    certd.start()
    shown = json.loads((KEYSTORES / f"version-{request.param}.json").read_text(encoding="utf-8"))
    return request.param, shown


def get_all(bus, path, interface):
    reply = bus.connection().call_sync(
        support.NAME, path, "org.freedesktop.DBus.Properties", "GetAll",
        GLib.Variant("(s)", (f"{support.NAME}.{interface}",)), None, 0, support.CALL_TIMEOUT_MSEC, None)
    return json.loads(json.dumps(reply.unpack()[0]))


def certificate(name):
    return f"{support.MANAGER}/certificate/{name}"


def in_use(shown):
    return [name for name, one in shown["certificates"].items() if one["Chain"]]


def test_every_schema_is_here():  # R51
    """Whoever adds a schema adds a keystore of the one before."""
    assert VERSIONS == list(range(1, known()))


def test_it_is_upgraded(bus, upgraded):  # R51
    path = support.Certd.state_directory / "keystore.db"
    assert keystore.query(path, "PRAGMA user_version") == [(known(),)]
    assert not list(path.parent.glob("*aside*"))
    codes = [row[0] for row in bus.get(support.MANAGER, "Manager", "Problems")]
    assert not [code for code in codes if code.startswith(("keystore", "storage", "sealing"))]


def test_certificates(bus, upgraded):  # R51
    _, shown = upgraded
    for name, before in shown["certificates"].items():
        left = BY_THE_DAY | (BY_THE_TRIAL if name == "tried" else set())
        now = get_all(bus, certificate(name), "Certificate")
        for key in before.keys() - left:
            assert now[key] == before[key], (name, key)
        assert before["State"] in (now["State"], "on-trial"), name
        if name == "tried":
            assert now["TrialDeadline"] == 0


def test_requests(bus, upgraded):  # R51
    _, shown = upgraded
    for number, before in shown["requests"].items():
        now = get_all(bus, f"{support.MANAGER}/request/{number}", "Request")
        assert {key: now[key] for key in before} == before, number


def test_authority_and_anchors(bus, upgraded):  # R23 R51
    version, shown = upgraded
    now = get_all(bus, f"{support.MANAGER}/authority/internal", "Authority")
    if version >= 2:
        assert now["Certificate"] == shown["authority"]["Certificate"]
        assert now["PermittedNames"] == shown["authority"]["PermittedNames"]
    else:
        support.wait_until(lambda: bus.get(f"{support.MANAGER}/authority/internal", "Authority",
                                           "Certificate"), "it gets an authority")
    anchors = bus.call("/org/certd1/truststore", "TrustStore", "List", "(su)", ("", 100))[0]
    assert [row[0] for row in anchors] == [row[0] for row in shown.get("anchors", [])]


def open_credential(bus, name, part):
    reply, handles = bus.connection(support.USER).call_with_unix_fd_list_sync(
        support.NAME, certificate(name), "org.certd1.Certificate", "OpenCredential",
        GLib.Variant("(s)", (part,)), None, Gio.DBusCallFlags.NONE, support.CALL_TIMEOUT_MSEC, None, None)
    with os.fdopen(handles.get(reply.unpack()[0]), "rb") as file:
        return os.pread(file.fileno(), 1 << 20, 0)


def test_every_key_opens(bus, upgraded, tmp_path):  # R51
    """TLS with each of them, and the leaf that is seen is the one that was shown."""
    _, shown = upgraded
    for name in in_use(shown):
        bus.call(certificate(name), "Certificate", "SetConsumers", "(a(sss))",
                 ([("user", support.USER, "none")],))
        for part in ("key", "fullchain"):
            (tmp_path / part).write_bytes(open_credential(bus, name, part))
        seen = handshake.shake(tmp_path / "fullchain", tmp_path / "key", None, "any.example.org")
        leaf = subprocess.run(["openssl", "x509", "-outform", "DER"], check=True, capture_output=True,
                              input=shown["certificates"][name]["Chain"].encode()).stdout
        assert seen == leaf, name


def test_the_exportable_key(bus, upgraded):  # R34
    options = {"passphrase": GLib.Variant("s", "secret")}
    reply, handles = bus.connection().call_with_unix_fd_list_sync(
        support.NAME, certificate("bundle"), "org.certd1.Certificate", "Export",
        GLib.Variant("(sa{sv})", ("p12", options)), None, 0, support.CALL_TIMEOUT_MSEC, None, None)
    with os.fdopen(handles.get(reply.unpack()[0]), "rb") as file:
        data = os.pread(file.fileno(), 1 << 20, 0)
    done = subprocess.run(["openssl", "pkcs12", "-nodes", "-passin", "pass:secret"], input=data,
                          capture_output=True, check=True)
    assert b"PRIVATE KEY" in done.stdout


def test_the_log(bus, upgraded):
    """It is whole from its first row on, and goes on."""
    _, shown = upgraded
    logged.check_chain(bus)
    rows = [[row["action"], row["object"], row["outcome"]] for row in logged.rows(bus)]
    assert rows[:len(shown["log"])] == shown["log"]
    assert len(rows) > len(shown["log"])


def test_what_was_asked_for_is_imported(bus, upgraded, as_then, tmp_path):  # R12 R51
    """A request of before has its key still: what is issued for it is installed."""
    _, shown = upgraded
    ready = next(number for number, one in shown["requests"].items() if one["State"] == "ready")
    pem = bus.get(f"{support.MANAGER}/request/{ready}", "Request", "Pem")
    with as_then.programs(then()):
        authority = support.Authority(tmp_path)
        chain = authority.chain(authority.sign(pem, extensions="extendedKeyUsage=serverAuth"))
    bus.call(certificate("asked"), "Certificate", "Import", "(aya{sv})",
             (chain.encode(), {"accept": GLib.Variant("as", ["san-mismatch"])}))
    assert bus.get(f"{support.MANAGER}/request/{ready}", "Request", "State") == "issued"


def test_once_more(bus, upgraded):  # R51
    """The next start finds nothing to upgrade, and all as it was."""
    _, shown = upgraded
    support.Certd().restart(clean=True)
    for name in in_use(shown):
        assert bus.get(certificate(name), "Certificate", "Chain") == shown["certificates"][name]["Chain"]
    logged.check_chain(bus)


def contents(folder):
    return {path.name: path.read_bytes() for path in sorted(folder.iterdir())
            if path.name.startswith("keystore.db") or path.name == "sealing.key"}


def later(folder, where):
    """A keystore of a later certd: its version is in the file, or in the log beside it alone, as after a
    crash."""
    path = unpack(folder, VERSIONS[-1]) / "keystore.db"
    with contextlib.closing(sqlite3.connect(path, isolation_level=None)) as database:
        if where == "log":
            database.execute("PRAGMA journal_mode = WAL")
        database.execute(f"PRAGMA user_version = {known() + 1}")
        database.execute("CREATE TABLE later (it TEXT)")
        crashed = folder.with_name("crashed")
        shutil.copytree(folder, crashed)
    (crashed / "keystore.db-shm").unlink(missing_ok=True)
    assert (crashed / "keystore.db-wal").exists() == (where == "log")
    return crashed


@pytest.mark.parametrize("where", ["file", "log"])
def test_a_later_schema(bus, certd, tmp_path, where):  # R51
    """certd does not start, says why, and leaves each byte as it was."""
    certd.stop(clean=True)
    keystore.put(certd, later(tmp_path / "state", where))
    before = contents(certd.state_directory)
    said = len(certd.log)
    with pytest.raises(subprocess.CalledProcessError):
        certd.start()
    assert contents(certd.state_directory) == before
    assert not list(certd.state_directory.glob("*aside*"))
    assert (f"has version {known() + 1}, and this certd knows up to {known()}; it was left as it is"
            in certd.log[said:])
    keystore.put(certd, None)
    certd.start()
