# SPDX-License-Identifier: LGPL-2.1-or-later
"""No secret leaks: a private key and the pass phrases that guarded it are searched for, raw, as hex and
as base64, wherever certd could have left them."""

import os
import pathlib
import subprocess

import pytest
from leaks import Monitor, forms, memory, processes, run

PASSPHRASE = "Kirschkuchen-im-Regen-4711"
EXPORT_PASSPHRASE = "Nordlicht-ueber-Tromsoe-0815"
CHUNK = 24  # bytes of the key that are looked for: no accident


@pytest.fixture(scope="module")
def scene(bus, tmp_path_factory):
    """A key comes in by each way, is used, and leaves as PKCS#12; what was seen meanwhile."""
    folder = tmp_path_factory.mktemp("secrets")
    monitor = Monitor(folder)
    monitor.wait_for(bus, "the-first-message")
    ec = ["-newkey", "rsa:2048", "-nodes"]
    run("openssl", "req", "-x509", *ec, "-keyout", "k.pem", "-out", "c.pem", "-days", "90", "-subj",
        "/CN=a.example.org", "-addext", "subjectAltName=DNS:a.example.org", "-addext",
        "basicConstraints=CA:FALSE", cwd=folder)
    run("openssl", "pkcs8", "-topk8", "-in", "k.pem", "-out", "e.pem", "-passout",
        f"pass:{PASSPHRASE}", cwd=folder)
    run("openssl", "pkcs12", "-export", "-in", "c.pem", "-inkey", "k.pem", "-out", "b.p12",
        "-passout", f"pass:{PASSPHRASE}", cwd=folder)
    (folder / "pass").write_text(PASSPHRASE + "\n", encoding="ascii")
    (folder / "export-pass").write_text(EXPORT_PASSPHRASE + "\n", encoding="ascii")
    accept = ["--accept", "san-mismatch"]
    ways = [
        ["import", "https", "c.pem", "--key-file", "k.pem"],
        ["import", "https", "c.pem", "--key-file", "e.pem", "--passphrase-file", "pass"],
        ["import", "https", "b.p12", "--passphrase-file", "pass", "--exportable"],
    ]
    for words in ways:
        run("certctl", *words, *accept, cwd=folder)
    run("certctl", "request", "https", "--reuse-key", "--out", "r.csr", cwd=folder)
    run("certctl", "export", "https", "--format", "p12", "--passphrase-file", "export-pass", "--out",
        "out.p12", cwd=folder)
    run("openssl", "pkcs12", "-in", "out.p12", "-passin", f"pass:{EXPORT_PASSPHRASE}", "-nodes",
        "-out", "out.pem", cwd=folder)
    wrong = subprocess.run(["certctl", "import", "https", "b.p12", "--passphrase-file",
                            "export-pass", *accept], cwd=folder, capture_output=True, check=False)
    assert wrong.returncode == 17
    der = run("openssl", "rsa", "-in", "k.pem", "-outform", "DER", "-traditional", cwd=folder)
    return folder, der, wrong.stderr, monitor.stop(bus)


def secrets(der):
    """Names and bytes of what must not be found: parts of the private exponent and of both primes
    (the modulus is public), and the pass phrases."""
    size = len(der)
    found = {f"key at {part}": der[size * part // 100:size * part // 100 + CHUNK]
             for part in (35, 45, 58, 68, 80, 90)}
    return {**found, "pass phrase": PASSPHRASE.encode(), "export": EXPORT_PASSPHRASE.encode()}


def assert_none(where, data, der):
    for name, secret in secrets(der).items():
        for form in forms(secret):
            assert form not in data, f"{name} in {where}"


def test_the_search_finds(scene):
    """The same search over what does hold the secrets: it can fail."""
    folder, der, _, captured = scene
    for path, name in (("k.pem", "key at 58"), ("out.pem", "key at 58"), ("pass", "pass phrase")):
        text = (folder / path).read_bytes()
        lines = b"".join(text.splitlines())
        holds = [form for form in forms(secrets(der)[name]) if form in lines]
        raw = b"" if path == "pass" else run("openssl", "rsa", "-in", path, "-outform", "DER",
                                             "-traditional", cwd=folder)
        assert holds or secrets(der)[name] in raw
    assert b"ImportFd" in captured


def test_bus(scene):
    _, der, _, captured = scene
    assert_none("the bus", captured, der)


def test_messages(scene, certd):
    _, der, error, _ = scene
    assert_none("certctl's message", error, der)
    assert_none("the log", certd.log.encode(), der)


def test_files(scene, certd):
    """Every file of the state directory, while certd runs and after it has ended."""
    _, der, _, _ = scene
    for _ in range(2):
        paths = [path for path in certd.state_directory.rglob("*") if path.is_file()]
        assert any(path.name == "keystore.db" for path in paths)
        for path in paths:
            assert_none(path, path.read_bytes(), der)
            assert path.stat().st_mode & 0o077 == 0, path
        certd.stop(clean=True)
    certd.start()


def test_processes(scene, bus, certd):
    """Arguments, environment and memory of the daemon and its idle workers; and no core dumps."""
    _, der, _, _ = scene
    found = []
    for pid, role in processes(certd):
        for name in ("cmdline", "environ"):
            assert_none(f"{name} of {role}", pathlib.Path(f"/proc/{pid}/{name}").read_bytes(), der)
        limits = pathlib.Path(f"/proc/{pid}/limits").read_text().splitlines()
        core = next(line for line in limits if line.startswith("Max core file size"))
        assert core.split()[4:6] == ["0", "0"]
        found.append(role)
    assert found[0] == "daemon" and len(found) > 2


def test_memory(scene, bus, certd, tmp_path):
    """After a fresh import by key and pass phrase neither is in any process of certd's."""
    folder, der, _, _ = scene
    run("certctl", "import", "https", "b.p12", "--passphrase-file", "pass", "--exportable",
        "--accept", "san-mismatch", cwd=folder)
    run("certctl", "request", "https", "--reuse-key", "--out", tmp_path / "r.csr", cwd=folder)
    for pid, role in processes(certd):
        assert_none(f"memory of {role}", memory(pid), der)


def test_dumpable(certd):
    """Nobody of certd's own user may read its memory or trace it."""
    done = subprocess.run(["setpriv", "--reuid=certd", "--regid=certd", "--init-groups", "cat",
                           f"/proc/{certd.pid}/environ"], capture_output=True, check=False)
    assert done.returncode != 0
    assert os.stat(f"/proc/{certd.pid}/environ").st_uid == 0
