# SPDX-License-Identifier: LGPL-2.1-or-later
"""certctl trust: what it shows and makes, and its exit statuses."""

import json
import signal
import subprocess

import outside
import pytest
import support
import trust_directory
import trust_world
import trusted

REJECTED, INVALID_OPTION, INVALID_SAN, MALFORMED, PASSPHRASE_NEEDED, DENIED, USAGE = 20, 12, 10, 14, 16, 31, 2
MANY = 24  # anchors: to remove them takes long enough to be stopped in between


@pytest.fixture(scope="module")
def world(tmp_path_factory):
    return trust_world.World(tmp_path_factory.mktemp("world"))


@pytest.fixture(autouse=True)
def empty(bus):
    trusted.clear(bus)
    yield
    trusted.clear(bus)


def trust(bus, *arguments, status=0, **how):
    done = bus.certctl("trust", *arguments, **how)
    assert done.returncode == status, done.stdout + done.stderr
    return done


def plain(printed):
    return [line.replace(":", "").lower() for line in printed.split()]


def test_add_list_remove(bus, world):  # R70
    bundle = world.folder / "bundle.pem"
    bundle.write_text(world.pem("root", "root-b"), encoding="ascii")
    printed = trust(bus, "add", bundle, "--purpose", "client", "--purpose", "server").stdout
    listed = trust(bus, "list").stdout.splitlines()
    assert [line.split("\t")[3] for line in listed] == sorted(plain(printed))
    assert {line.split("\t")[0] for line in listed} == {"CN=Root,O=Example", "CN=Root B,O=Example"}
    assert all(line.split("\t")[1:3] == ["2059-01-01 00:00:00 UTC", "server,client"] for line in listed)
    said = trust(bus, "remove", *printed.split())
    assert said.stdout == "" and said.stderr.count("not trusted any more") == 2
    assert trust(bus, "list").stdout == ""


def test_add_says_what_for(bus, world):  # R70
    """An anchor keeps the purposes that it had."""
    said = trust(bus, "add", world.path("root"), "--purpose", "client").stderr
    assert said == "1 certificate is trusted for clients now\n"
    said = trust(bus, "add", "-", data=world.pem("root", "root-b")).stderr
    assert said.splitlines() == ["1 certificate is trusted for servers now",
                                 "1 certificate is trusted for servers and clients now"]


def test_remove_all_or_none(bus, world):  # R70
    kept = plain(trust(bus, "add", "-", data=world.pem("root", "root-b")).stdout)
    for wrong in ("0" * 64, "root", kept[0][:-1], kept[0] + "0", ":".join(kept[0]), ""):
        refused = trust(bus, "remove", kept[0], wrong, "--json", status=INVALID_OPTION)
        assert "nothing was removed" in refused.stderr and refused.stdout == ""
        assert len(trusted.rows(bus)) == 2
    pairs = ":".join(kept[0][at:at + 2] for at in range(0, 64, 2)).upper()
    said = trust(bus, "remove", pairs, kept[0], "--json")
    assert json.loads(said.stdout) == {"Removed": [kept[0]]}


def test_remove_tells_what_is_gone(bus, world, tmp_path):  # R70
    """Somebody else takes the last one away meanwhile."""
    pems = []
    for number in range(MANY):
        world.run("openssl", "req", "-x509", "-newkey", "ed25519", "-nodes", "-keyout", tmp_path / "key.pem",
                  "-out", tmp_path / "ca.pem", "-subj", f"/CN=Anchor {number}")
        pems.append((tmp_path / "ca.pem").read_text(encoding="ascii"))
    every = plain(trust(bus, "add", "-", data="".join(pems)).stdout)
    assert len(every) == MANY
    with subprocess.Popen(["certctl", "trust", "remove", "--json", *every], stdin=subprocess.DEVNULL,
                          stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        first = process.stderr.readline()
        process.send_signal(signal.SIGSTOP)
        assert first.startswith(every[0])
        trusted.remove(bus, every[-1])
        process.send_signal(signal.SIGCONT)
        out, said = process.communicate(timeout=support.DEADLINE_SECONDS)
    assert process.returncode == INVALID_OPTION and every[-1] in said
    assert json.loads(out) == {"Removed": every[:-1]}
    assert trusted.rows(bus) == {}


def test_formats(bus):  # R27 R42 R70
    """--help names the formats that each verb takes, and no others."""
    refused = {"request": ("request", "https"), "export": ("export", "https"), "ca export": ("ca", "export"),
               "trust export": ("trust", "export")}
    for name, words in refused.items():
        said = bus.certctl(*words, "--format", "none").stderr
        takes = said.strip().partition("--format takes ")[2]
        assert takes.startswith("pem, "), said
        shown = bus.certctl(words[0], "--help", check=True).stdout
        line, = [line for line in shown.splitlines() if line.startswith("  --format=")]
        assert f"; {name}: {takes};" in f"{line};"


def test_json(bus, world):  # R70 R71
    made = json.loads(trust(bus, "add", "-", "--json", data=world.pem("root")).stdout)
    row, = json.loads(trust(bus, "list", "--json").stdout)
    assert made == {"Fingerprints": [row["fingerprint"]]}
    assert row["purposes"] == ["server"] and row["is-ca"] is True
    found = json.loads(trust(bus, "verify", "-", "--json", data=world.pem("leaf", "inter")).stdout)
    assert found["Trusted"] is True and [finding[0] for finding in found["Findings"]] == ["trusted"]
    found = json.loads(trust(bus, "verify", "-", "--json", data=world.pem("leaf"), status=REJECTED).stdout)
    assert found["Trusted"] is False and "untrusted" in [finding[0] for finding in found["Findings"]]
    removed = json.loads(trust(bus, "remove", row["fingerprint"], "--json").stdout)
    assert removed == {"Removed": [row["fingerprint"]]}


def test_verify(bus, world):  # R71
    trust(bus, "add", world.path("root"))
    chain = world.folder / "chain.pem"
    chain.write_text(world.pem("leaf", "inter"), encoding="ascii")
    good = trust(bus, "verify", "-", "--name", "www.example.org", user=support.USER, data=chain.read_text())
    assert good.stdout.startswith("The chain is trusted.\n") and good.stderr == ""
    bad = trust(bus, "verify", chain, "--name", "mail.example.org", status=REJECTED)
    assert "error san-mismatch: " in bad.stdout
    assert bad.stderr.startswith("certctl: The chain is not trusted: ") and "CN=leaf" in bad.stderr
    trust(bus, "verify", chain, "--purpose", "client", status=REJECTED)
    trust(bus, "verify", chain, "--name", "*.example.org", status=INVALID_SAN)
    trust(bus, "verify", "-", data="", status=MALFORMED)


def test_export_bundle(bus, world):  # R70
    trust(bus, "add", world.path("root"))
    trust(bus, "add", world.path("root-b"), "--purpose", "client")
    for purpose, name in (("server", "root"), ("client", "root-b")):
        printed = trust(bus, "export", "--purpose", purpose).stdout
        assert printed == (trusted.TREE / f"{purpose}.pem").read_text(encoding="utf-8")
        assert printed.count("BEGIN") == 1
        made = subprocess.run(["openssl", "x509", "-outform", "DER"], input=printed.encode(), check=True,
                              capture_output=True).stdout
        assert made == world.der(name)
    trust(bus, "export", "--out", world.folder)
    assert (world.folder / "server.pem").read_bytes() == trusted.export(bus, "pem")


def test_export_directory(bus, world, tmp_path):  # R70
    trust(bus, "add", "-", data=world.pem("root", "root-twin", "root-b"))
    empty = tmp_path / "empty"
    empty.mkdir()
    for out in (tmp_path / "new", empty, f"{tmp_path}/slash/"):
        trust(bus, "export", "--format", "directory", "--out", out)
        made = trusted.files(type(tmp_path)(out))
        assert made == {name: content for name, content in trusted.files(trusted.TREE / "server").items()}
        assert len(made) == 3 and trust_directory.count(out) == 3
    before = trusted.files(tmp_path)
    taken = trust(bus, "export", "--format", "directory", "--out", tmp_path / "new", status=1)
    assert "empty or does not exist" in taken.stderr
    trust(bus, "export", "--format", "directory", "--out", tmp_path / "no" / "where", status=1)
    assert trusted.files(tmp_path) == before
    assert {path.name for path in tmp_path.iterdir()} == {"new", "empty", "slash"}
    trust(bus, "export", "--format", "directory", status=USAGE)


def test_passphrase(bus, world):  # R30 R70
    secret = world.folder / "passphrase"
    secret.write_text(f"{outside.PASSPHRASE}\n", encoding="ascii")
    bundle = world.folder / "bundle.p12"
    subprocess.run(["openssl", "pkcs12", "-export", "-nokeys", "-in", world.path("root"), "-passout",
                    f"file:{secret}", "-out", bundle], check=True, capture_output=True,
                   stdin=subprocess.DEVNULL)
    trust(bus, "add", bundle, status=PASSPHRASE_NEEDED)
    assert len(plain(trust(bus, "add", bundle, "--passphrase-file", secret).stdout)) == 1
    trust(bus, "verify", bundle, status=PASSPHRASE_NEEDED)


def test_refused(bus, world):  # R60 R70
    trust(bus, "add", "-", user=support.USER, status=DENIED, data=world.pem("root"))
    trust(bus, "add", world.path("inter"), status=REJECTED)
    trust(bus, "add", world.path("root"), "--purpose", "email", status=INVALID_OPTION)
    made = trust(bus, "add", world.path("root")).stdout.strip()
    trust(bus, "remove", made, user=support.USER, status=DENIED)
    trust(bus, "remove", made)
    trust(bus, "remove", made, status=INVALID_OPTION)


def test_a_subject_that_misleads(bus, world):  # R70
    """Foreign text is shown escaped, and begins no certificate in a bundle."""
    template = world.folder / "hostile.cfg"
    template.write_text('dn = "CN=-----BEGIN CERTIFICATE-----,O=\\\\1b[31m"\nca\ncert_signing_key\n'
                        'expiration_days = 9\n', encoding="ascii")
    world.run("certtool", "--generate-self-signed", "--load-privkey", world.key("Hostile"), "--template",
              template, "--outfile", "hostile.pem")
    trust(bus, "add", world.folder / "hostile.pem")
    trust(bus, "add", world.path("root"))
    shown = trust(bus, "list").stdout
    assert "\x1b" not in shown and "BEGIN CERTIFICATE" in shown
    for line in trust(bus, "export").stdout.splitlines():
        assert not line.startswith("#") or "-----" not in line
    assert trust_directory.count(trusted.TREE / "server") == 2
    found = subprocess.run(["certtool", "--certificate-info", "--infile", trusted.TREE / "server.pem"],
                           capture_output=True, text=True, check=True, stdin=subprocess.DEVNULL)
    assert found.stdout.count("X.509 Certificate Information") == 2
