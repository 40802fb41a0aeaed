# SPDX-License-Identifier: LGPL-2.1-or-later
"""The seven examples, started for real: with certd's packages, their own files and the commands of their
READMEs, in one machine."""

import concurrent.futures
import contextlib
import hashlib
import json
import ssl
import subprocess

import pytest

import booted
import examples
import image

HOST = "device"  # the machine's name, which its certificates are for where nothing else is said
AUTHORITY = "/run/certd/authority/ca.crt"
LOOP = f"{booted.SOURCE_INSIDE}/tests/system/tls_loop.py"
RENEWALS = 2
STOP_SECONDS = 30
MORE = 20  # certificates beside the servers'
# What any service behind certd finds there.
EARLY = """[Unit]
Wants=certd.service
After=certd.service
[Service]
Type=oneshot
ExecStart=sh -c 'cd /run/certd/export; for n in *; do test -s $n/tls.key && echo $n; done >/run/early'
"""

each_example = pytest.mark.parametrize("example", examples.EXAMPLES, ids=examples.NAMES)


@pytest.fixture(scope="module", name="machine")
def served_machine():
    with booted.machine(image.server_layers()) as machine:
        examples.prepare(machine)
        with concurrent.futures.ThreadPoolExecutor() as pool:
            list(pool.map(lambda example: examples.follow(machine, example), examples.EXAMPLES))
        yield machine


def verified(machine, example):
    """What openssl says of the server's certificate; fails where it does not accept it."""
    start = ["-starttls", example.starttls] if example.starttls else []
    words = examples.beside(
        machine, example, "openssl", "s_client", "-connect", f"127.0.0.1:{example.port}", *start,
        "-verify_return_error", "-verify_hostname", HOST, "-CAfile", AUTHORITY)
    return machine.run(*words, data="").stdout


def hash_of(pem):
    return hashlib.sha256(ssl.PEM_cert_to_DER_cert(pem[:pem.index("-----END CERTIFICATE-----")]
                                                   + "-----END CERTIFICATE-----\n")).hexdigest()


class Loop:
    """A client that asks a server all the time."""

    def __init__(self, process, tolerated):
        self._process = process
        self._tolerated = tolerated
        self.served = []
        self.failed = []
        self.requests = None

    def _read(self):
        line = self._process.stdout.readline()
        assert line, "the client ended by itself"
        for key, value in json.loads(line).items():
            if key == "requests":
                self.requests = value
            else:
                getattr(self, key).append(value)

    def wait_for(self, certificate):
        while certificate not in self.served:
            self._read()
            assert len(self.failed) <= self._tolerated, self.failed

    def finish(self):
        self._process.stdin.close()
        while self.requests is None:
            self._read()


@contextlib.contextmanager
def asking(machine, example):
    words = examples.beside(machine, example, "/usr/bin/python3", "-B", LOOP, example.protocol,
                            example.port, HOST, AUTHORITY)
    process = machine.start(*words, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    try:
        yield Loop(process, RENEWALS * example.cut_off)
    finally:
        process.stdin.close()
        process.stdout.close()
        process.wait(timeout=STOP_SECONDS)


@each_example
def test_serves_what_openssl_accepts(machine, example):  # R29
    assert "Verify return code: 0 (ok)" in verified(machine, example)


@each_example
def test_drop_in_is_sound(machine, example):
    # In / it finds no unit by its name.
    done = machine.shell(f"cd /etc; exec systemd-analyze verify --man=no {example.unit}")
    # An unknown line does not fail the command.
    assert example.drop_in() not in done.stdout + done.stderr
    assert example.drop_in() in machine.unit(example.unit, "DropInPaths").split()
    assert "certd.service" in machine.unit(example.unit, "After").split()


def settings_of(unit_file):
    """Its lines without comments."""
    return [line for line in unit_file.splitlines() if line and not line.startswith("#")]


@each_example
def test_drop_in_is_as_certctl_prints_it(machine, example):
    """PostgreSQL's has more behind it."""
    printed = machine.output("certctl", "systemd-dropin", "--reload", example.name, example.unit)
    wanted = settings_of(printed)
    found = settings_of(machine.read(example.drop_in()))
    assert wanted and found[:len(wanted)] == wanted
    assert len(found) == len(wanted) or example.name == "postgresql"


@each_example
def test_renewal_fails_no_request(machine, example):  # R29
    active = machine.output("certctl", "export", example.name)
    with asking(machine, example) as client:
        client.wait_for(hash_of(active))
        for _renewal in range(RENEWALS):
            client.wait_for(hash_of(machine.output("certctl", "issue", example.name)))
        client.finish()
    assert len(client.failed) <= RENEWALS * example.cut_off, client.failed
    # For a moment the processes of before take connections too.
    assert len(set(client.served)) == 1 + RENEWALS
    assert client.requests > RENEWALS
    verified(machine, example)


def test_key_is_only_for_its_server(machine):  # R29
    """No other server's user can read a key that it is no consumer of, and none is left in /etc."""
    for user in ("www-data", "haproxy", "postfix", "dovecot", "mosquitto", "postgres", "daemon"):
        for example in examples.EXAMPLES:
            path = f"/run/certd/export/{example.name}/tls.key"
            done = machine.run("cat", path, user=user, check=False)
            assert (done.returncode == 0) == (user == example.name == "mosquitto"), (user, path)
    copy = machine.output("stat", "--format=%U %G %a", "/run/postgresql-tls/tls.key")
    assert copy == "root postgres 640"


def test_starts_with_the_system(machine):  # R29
    """certd has written all files before it says that it has started, and the servers read them."""
    machine.shell(f"for number in $(seq {MORE}); do certctl create more-$number --issuer internal;"
                  " certctl consumers more-$number add group:daemon; done")
    machine.write("/etc/systemd/system/early.service", EARLY)
    machine.run("systemctl", "add-wants", "multi-user.target", "early.service",
                *[example.unit for example in examples.EXAMPLES])
    machine.reboot()
    for example in examples.EXAMPLES:
        assert machine.unit(example.unit, "ActiveState") == "active", machine.output(
            "journalctl", "--unit", example.unit, "--lines=20")
        assert "Verify return code: 0 (ok)" in verified(machine, example)
    wanted = [*examples.NAMES, *[f"more-{number + 1}" for number in range(MORE)]]
    assert sorted(machine.read("/run/early").split()) == sorted(wanted)
