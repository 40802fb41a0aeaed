# SPDX-License-Identifier: LGPL-2.1-or-later
"""OpenCredential: consumers of a certificate get its key, nobody else does, and the log says who did."""

import os
import pathlib
import subprocess

import credential
import keystore
import leaks
import logged
import pytest
import support
from gi.repository import Gio, GLib

NAME = "web"
BEGIN = b"-----BEGIN CERTIFICATE-----"
USER = ("user", support.USER)
CHUNK = 24  # bytes of the key that are looked for: no accident


@pytest.fixture(scope="module")
def web(bus):
    """A certificate of the device's authority's, of which the user is a consumer."""
    credential.create(bus, NAME)
    credential.set_consumers(bus, NAME, USER)
    return NAME


@pytest.fixture(autouse=True)
def only_the_user(bus, web):
    credential.set_consumers(bus, NAME, USER)


def parts(bus, name, user=support.USER):
    """Every part as the user gets it, all of one generation."""
    taken = {part: credential.take(bus.connection(user), name, part) for part in credential.PARTS}
    assert len({generation for _, generation, _ in taken.values()}) == 1
    assert {seals for _, _, seals in taken.values()} == {credential.ALL_SEALS}
    assert taken["key"][1] == bus.get(credential.path_of(name), "Certificate", "Generation")
    return {part: data for part, (data, _, _) in taken.items()}


def check_parts(got, folder):
    """What must hold of the parts of any certificate."""
    assert got["key"].startswith(b"-----BEGIN PRIVATE KEY-----\n")
    assert got["key"].endswith(b"-----END PRIVATE KEY-----\n")
    assert credential.fits(got["key"], got["crt"])
    assert got["crt"].count(BEGIN) == 1 and got["ca"].count(BEGIN) == 1
    assert got["fullchain"] == got["crt"] + got["chain"]
    assert got["pem"] == got["key"] + got["fullchain"]
    assert credential.verifies(folder, got["ca"], got["fullchain"])


def test_internal(bus, tmp_path):  # R22
    got = parts(bus, NAME)
    check_parts(got, tmp_path)
    assert got["chain"] == b""
    authority, = bus.call("/org/certd1/authority/internal", "Authority", "Export", "(s)", ("pem",))[:1]
    assert authority is not None
    assert got["ca"] != got["crt"]


def test_self_signed(bus, tmp_path):
    credential.create(bus, "own", "self")
    credential.set_consumers(bus, "own", USER)
    got = parts(bus, "own")
    check_parts(got, tmp_path)
    assert got["ca"] == got["crt"]


@pytest.mark.parametrize("root", (False, True))
def test_imported(bus, authority, tmp_path, root):
    """The chain in its order: what comes behind the leaf, and its last one."""
    request = bus.certctl("request", NAME, "--subject", "CN=a.example.org", check=True).stdout
    leaf = authority.sign(request, extensions="extendedKeyUsage=serverAuth")
    bus.certctl("import", NAME, "-", "--accept", "san-mismatch", data=authority.chain(leaf, root=root),
                check=True)
    got = parts(bus, NAME)
    check_parts(got, tmp_path)
    assert got["crt"] == leaf.encode()
    assert got["chain"].startswith(authority.intermediate.read_bytes())
    assert got["ca"] == got["chain"][got["chain"].rindex(BEGIN):]
    credential.create(bus, NAME)


def test_who_gets_it(bus):  # R60
    user, admin = support.USER, support.ADMIN
    rows = (
        (user, (), (("user", user),), None),
        (user, (), (("group", user),), None),  # the primary group
        (user, (admin,), (("group", admin),), None),  # another one
        (user, ("audio", admin, "video"), (("user", "nobody"), ("group", admin)), None),
        (user, (), (("group", admin),), "AccessDenied"),
        (user, (), (("user", admin),), "AccessDenied"),
        (user, (), (), "AccessDenied"),
        (user, (), (("unit", "a.service"),), "AccessDenied"),
        (admin, ("certd-admin",), (("user", user),), "AccessDenied"),
        (admin, (), (("group", "certd-admin"),), "AccessDenied"),
        (admin, ("certd-admin",), (("group", "certd-admin"),), None),
        ("root", ("root",), (("user", user), ("group", user)), "AccessDenied"),
        ("root", (), (("user", "root"),), None),
    )
    for caller, groups, consumers, expected in rows:
        credential.set_consumers(bus, NAME, *consumers)
        with credential.connected(bus, caller, *groups) as connection:
            for part in ("key", "pem", "crt", "ca"):
                assert credential.refusal(connection, NAME, part) == expected, (caller, groups, consumers)


def test_removed_consumer(bus):
    connection = bus.connection(support.USER)
    assert credential.refusal(connection, NAME) is None
    bus.call(credential.path_of(NAME), "Certificate", "RemoveConsumer", "(ss)", USER)
    assert credential.refusal(connection, NAME) == "AccessDenied"


def test_another_certificate(bus):
    credential.create(bus, "theirs")
    credential.set_consumers(bus, "theirs", ("user", support.ADMIN))
    assert credential.refusal(bus.connection(support.USER), "theirs") == "AccessDenied"
    assert credential.refusal(bus.connection(support.ADMIN), "theirs") is None
    assert credential.refusal(bus.connection(support.ADMIN), NAME) == "AccessDenied"


BAD_PARTS = ("", "Key", "key ", "private", "../key", "k\x1b[31m", "%s", "k" * 100_000)


@pytest.mark.parametrize("part", BAD_PARTS, ids=range(len(BAD_PARTS)))
def test_bad_part(bus, part):
    with pytest.raises(GLib.Error) as refused:
        credential.take(bus.connection(support.USER), NAME, part)
    assert support.remote_error(refused.value) == "org.certd1.Error.InvalidOption"
    assert len(refused.value.message) < 1000 and "\x1b" not in refused.value.message


def test_nothing_installed(bus):
    bus.call(support.MANAGER, "Manager", "CreateCertificate", "(sa{sv})", ("bare", {}))
    credential.set_consumers(bus, "bare", USER)
    for part in credential.PARTS:
        assert credential.refusal(bus.connection(support.USER), "bare", part) == "KeyUnavailable"


def test_generation_grows(bus):
    """Who hears CertificateChanged and comes again gets the next one, with a key of its own."""
    heard = []
    connection = bus.new_connection(support.USER)
    support.subscribe(connection, support.NAME, "org.certd1.Manager", "CertificateChanged", support.MANAGER,
                      None, Gio.DBusSignalFlags.NONE, lambda *arguments: heard.append(arguments[5].unpack()))
    key, before, _ = credential.take(connection, NAME, "key")
    bus.certctl("issue", NAME, check=True)
    support.wait_until(lambda: [one for one in heard if one[0] == NAME], "CertificateChanged")
    next_key, after, _ = credential.take(connection, NAME, "key")
    assert after > before and next_key != key
    assert credential.fits(next_key, credential.take(connection, NAME, "crt")[0])
    connection.close_sync(None)


def test_on_trial(bus):  # R38
    """What is tried is in use, and what comes back is again."""
    connection = bus.connection(support.USER)
    before = credential.take(connection, NAME, "crt")[0]
    bus.certctl("issue", NAME, "--trial", "60", check=True)
    tried, generation, _ = credential.take(connection, NAME, "pem")
    assert before not in tried
    bus.certctl("rollback", NAME, check=True)
    back, later, _ = credential.take(connection, NAME, "pem")
    assert back.endswith(before) and later > generation
    assert credential.fits(back, before)


def test_it_can_be_mapped_only(bus):
    """Nobody changes what another consumer may hold too."""
    reply, handles = bus.connection(support.USER).call_with_unix_fd_list_sync(
        support.NAME, credential.path_of(NAME), "org.certd1.Certificate", "OpenCredential",
        GLib.Variant("(s)", ("key",)), None, Gio.DBusCallFlags.NONE, support.CALL_TIMEOUT_MSEC, None, None)
    descriptor = handles.get(reply.unpack()[0])
    for change in (lambda: os.pwrite(descriptor, b"x", 0), lambda: os.ftruncate(descriptor, 0),
                   lambda: os.ftruncate(descriptor, 1 << 20)):
        with pytest.raises(PermissionError):
            change()
    os.close(descriptor)


def test_logged(bus, web):
    """Each key is a row, once, however often it is taken; what is public, and what fails before anybody has
    it, is none or a refusal."""
    bus.certctl("issue", NAME, check=True)
    before = logged.last(bus)
    connection = bus.connection(support.USER)
    for part in credential.PARTS * 20:
        credential.take(connection, NAME, part)
    assert credential.refusal(bus.connection(support.ADMIN), NAME) == "AccessDenied"
    added = [(row["uid"], row["object"], row["outcome"], row["detail"])
             for row in logged.since(bus, before) if row["action"] == "open-credential"]
    user, admin = (int(bus.run("id", "-u", name).stdout) for name in (support.USER, support.ADMIN))
    assert added[:2] == [
        (user, "certificate/web", "ok", f"key to user:{support.USER}"),
        (user, "certificate/web", "ok", f"pem to user:{support.USER}")]
    assert [row[:3] for row in added[2:]] == [
        (admin, "certificate/web", "org.freedesktop.DBus.Error.AccessDenied")]
    logged.check_chain(bus)


def test_no_reply(bus):
    """A call that wants no reply does no harm."""
    connection = bus.new_connection(support.USER)
    for part in ("key", "crt", "txt"):
        message = Gio.DBusMessage.new_method_call(support.NAME, credential.path_of(NAME),
                                                  "org.certd1.Certificate", "OpenCredential")
        message.set_body(GLib.Variant("(s)", (part,)))
        message.set_flags(Gio.DBusMessageFlags.NO_REPLY_EXPECTED)
        connection.send_message(message, Gio.DBusSendMessageFlags.NONE)
    connection.flush_sync(None)
    assert credential.refusal(connection, NAME) is None
    connection.close_sync(None)


def test_many_at_once(bus):
    """Calls that wait have a limit; who asks again is served."""
    connection, answers = bus.connection(support.USER), []

    def on_answer(source, result):
        try:
            source.call_with_unix_fd_list_finish(result)
            answers.append(None)
        except GLib.Error as error:
            answers.append(support.remote_error(error).rpartition(".")[2])

    for _ in range(50):
        connection.call_with_unix_fd_list(
            support.NAME, credential.path_of(NAME), "org.certd1.Certificate", "OpenCredential",
            GLib.Variant("(s)", ("key",)), None, 0, support.CALL_TIMEOUT_MSEC, None, None, on_answer)
    support.wait_until(lambda: len(answers) == 50, "all are answered")
    assert set(answers) <= {None, "LimitExceeded"} and None in answers
    assert credential.refusal(connection, NAME) is None


def test_emergency(bus, certd, tmp_path):  # R55
    """What answers for one whose key can't be opened is what is handed out."""
    credential.set_consumers(bus, "https", USER)
    before = parts(bus, "https")
    certd.stop(clean=True)
    database = certd.state_directory / "keystore.db"
    with keystore.opened(database) as opened:
        opened.execute("UPDATE key SET sealed = zeroblob(length(sealed)) WHERE id = (SELECT key_id FROM chain"
                       " JOIN certificate ON active_chain = chain.id WHERE name = 'https')")
        opened.execute("UPDATE chain SET origin = 'imported', authority = NULL WHERE id = (SELECT"
                       " active_chain FROM certificate WHERE name = 'https')")
    keystore.mark(database)
    certd.start()
    support.wait_until(lambda: bus.get(credential.path_of("https"), "Certificate", "Emergency"),
                       "the emergency certificate")
    got = parts(bus, "https")
    check_parts(got, tmp_path)
    assert got["crt"] != before["crt"]
    bus.certctl("reset", "https", "--yes", check=True)
    assert credential.consumers(bus, "https") == [(*USER, "none")]
    credential.set_consumers(bus, "https")


def test_certctl_get(bus, tmp_path):
    got = parts(bus, NAME)

    def get(*options, user=support.USER):
        return bus.certctl("get", NAME, *options, user=user, text=False)

    for options, expected in (
            ((), got["fullchain"]), (("--key",), got["key"]), (("--cert",), got["crt"]),
            (("--chain",), got["chain"]), (("--ca",), got["ca"]), (("--key", "--fullchain"), got["pem"]),
            (("--chain", "--cert", "--key"), got["pem"]), (("--ca", "--cert"), got["crt"] + got["ca"])):
        done = get(*options)
        assert done.returncode == 0, done.stderr
        assert done.stdout == expected, options
    denied = get("--key", user="root")
    assert denied.returncode != 0 and denied.stdout == b"" and b"consumer" in denied.stderr
    assert get("--cert", "--fullchain").returncode == 2
    # As root, who may become a consumer.
    credential.set_consumers(bus, NAME, ("user", "root"))
    for options, mode in ((("--key", "--cert"), 0o600), (("--fullchain",), 0o644)):
        target = tmp_path / "out.pem"
        target.write_text("old", encoding="ascii")
        assert get(*options, "--out", target, user="root").returncode == 0
        assert target.stat().st_mode & 0o777 == mode
        assert target.read_bytes() == (got["key"] if mode == 0o600 else b"") + got["crt"]
        assert [path.name for path in tmp_path.iterdir()] == ["out.pem"]
    folder = tmp_path / "folder"
    folder.mkdir()
    assert get("--key", "--out", folder, user="root").returncode == 0
    assert (folder / "web.pem").read_bytes() == got["key"]


def test_no_key_to_a_terminal(bus):
    """It would stay in the scrollback."""
    master, slave = os.openpty()
    credential.set_consumers(bus, NAME, ("user", "root"))
    done = subprocess.run(["certctl", "get", NAME, "--key"], stdin=subprocess.DEVNULL, stdout=slave,
                          stderr=subprocess.PIPE, check=False)
    os.close(slave)
    assert done.returncode == 2 and b"--out" in done.stderr
    with pytest.raises(OSError):  # nothing was written, and nobody else has it open
        os.read(master, 1)
    os.close(master)


def test_no_secret_is_left(bus, certd, tmp_path):  # R1
    """The key passes by certd without being read: it is in no memory, file, log or property of its."""
    monitor = leaks.Monitor(tmp_path)
    monitor.wait_for(bus, "the-first-message")
    key = credential.take(bus.connection(support.USER), NAME, "pem")[0]
    der = credential.openssl("pkey", "-outform", "DER", data=key)
    # Neither the frame that all keys of the kind have, nor the public point behind the private one.
    secret = der[40:40 + CHUNK]
    body = b"".join(key.split(b"-----")[2].split())[56:56 + CHUNK]
    captured = monitor.stop(bus)
    assert b"OpenCredential" in captured
    found = {"bus": captured, "log": certd.log.encode(),
             "rows": repr(logged.rows(bus)).encode(),
             "properties": bus.certctl("show", NAME, "--json").stdout.encode(),
             "daemon": leaks.memory(certd.pid)}
    for path in certd.state_directory.rglob("*"):
        if path.is_file():
            found[str(path)] = path.read_bytes()
    for where, data in found.items():
        for form in (*leaks.forms(secret), body):
            assert form not in data, where
    assert body in b"".join(key.split())  # the search can find
    assert pathlib.Path(f"/proc/{certd.pid}").exists()
