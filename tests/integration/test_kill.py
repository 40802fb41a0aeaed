# SPDX-License-Identifier: LGPL-2.1-or-later
"""SIGKILL to the daemon and to its workers at random moments: every answer that was given stays true,
and https has a certificate of the authority that is published."""

import os
import pathlib
import random
import signal
import subprocess
import tempfile
import threading
import time

import logged
import pytest
import support
from gi.repository import GLib

KILLS = support.repeats(100, 1000, 20)  # of the daemon, and as many of workers
NAMES = ("k0", "k1", "k2", "k3")
HTTPS = "https"
AUTHORITY = "/org/certd1/authority/internal"
OURS = ("default", "internal")  # where a chain of the device's authority came from
REGENERATE_EVERY = 3  # turns; each has all that the authority issued renewed
SIGN_EVERY = 2  # turns
SEED = int(os.environ.get("CERTD_TEST_SEED", random.SystemRandom().randrange(1 << 32)))
MOST_DELAY_SECONDS = 0.006
END_SECONDS = 10
PUBLISHED = pathlib.Path(os.environ.get("CERTD_RUNTIME_DIRECTORY", "/nonexistent")) / (
    "authority/ca.crt")


def path_of(name):
    return f"/org/certd1/certificate/{name}"


def make_bundle(folder, base):
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes",
         "-keyout", f"{base}.key", "-out", f"{base}.pem", "-days", "90", "-subj", f"/CN={base}.org",
         "-addext", f"subjectAltName=DNS:{base}.org", "-addext", "basicConstraints=CA:FALSE"],
        cwd=folder, check=True, capture_output=True)
    fingerprint = subprocess.run(
        ["openssl", "x509", "-in", f"{base}.pem", "-noout", "-fingerprint", "-sha256"], cwd=folder,
        check=True, capture_output=True, text=True).stdout.strip().rpartition("=")[2]
    data = (folder / f"{base}.pem").read_bytes() + (folder / f"{base}.key").read_bytes()
    return data, fingerprint.replace(":", "").lower()


def make_signable(folder):
    """Somebody else's request, which the authority may sign."""
    return subprocess.run(
        ["openssl", "req", "-new", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes",
         "-keyout", "/dev/null", "-subj", "/CN=camera.local"], cwd=folder, check=True,
        capture_output=True).stdout


def is_whole(chain):
    """Whether OpenSSL accepts the first certificate of a PEM text under the last."""
    authority = chain[chain.rindex("-----BEGIN"):]
    with tempfile.NamedTemporaryFile("w", encoding="ascii") as file:
        file.write(authority)
        file.flush()
        return authority != chain and subprocess.run(
            ["openssl", "verify", "-x509_strict", "-purpose", "sslserver", "-CAfile", file.name],
            input=chain, text=True, check=False, capture_output=True).returncode == 0


class Model:
    """What certd has promised. For each name: the set of fingerprints that may be active (None for
    no certificate, "" for nothing installed, "*" for one of certd's own making)."""

    def __init__(self, bus, bundles, signable):
        self.bus = bus
        self.signable = signable
        self.bundles = bundles
        self.may_be = {name: {None} for name in NAMES}
        self.requests = {}  # path: (name, hash or None)
        self.failed = set()  # requests that lost their worker
        self.unsure = set()  # names that may have requests which nobody was told of
        self.authority = bus.get(AUTHORITY, "Authority", "Fingerprint")
        self.replaced = False  # the authority: False, True, or None for perhaps

    def choose(self, name):
        """An operation that makes sense: its method, signature, arguments and promised state."""
        if self.may_be[name] == {None}:
            return (support.MANAGER, "Manager", "CreateCertificate", "(sa{sv})", (name, {}), {""})
        operations = ["request", "request", "import", "import", "reset", "self", "internal",
                      "internal", "remove"]
        if self.may_be[name].isdisjoint({None, ""}):
            operations.append("same-key")
        operation = random.choice(operations)
        target = (path_of(name), "Certificate")
        if operation == "request":
            return (*target, "CreateRequest", "(sa{sv})", ("external", {}), None)
        if operation in ("self", "internal"):
            return (*target, "CreateRequest", "(sa{sv})", (operation, {}), {"*"})
        if operation == "same-key":
            options = {"reuse-key": GLib.Variant("b", True)}
            return (*target, "CreateRequest", "(sa{sv})", ("internal", options), {"*"})
        if operation == "import":
            data, fingerprint = random.choice(self.bundles)
            accept = {"accept": GLib.Variant("as", ["san-mismatch"])}
            return (*target, "Import", "(aya{sv})", (data, accept), {fingerprint})
        if operation == "reset":
            return (*target, "Reset", "(a{sv})", ({},), {"*"})
        return (*target, "Remove", "(a{sv})", ({},), {None})

    def note(self, name, operation, answer):
        """What is promised after @operation on @name gave @answer (an exception for none)."""
        method, promised = operation[2], operation[5]
        answered = not isinstance(answer, GLib.Error)
        if method == "Regenerate":
            self.replaced = True if answered else None
            return
        if method == "Sign":
            assert not answered or is_whole(answer[0])
            return
        if answered and method == "CreateRequest":
            self.requests[answer[0]] = (name, None)
        elif method == "CreateRequest":
            self.unsure.add(name)
        if promised is None:
            return
        if method == "CreateRequest":  # issued later, or after the restart
            self.may_be[name] = self.may_be[name] | promised
        elif answered:
            self.may_be[name] = set(promised)
        else:
            self.may_be[name] = self.may_be[name] | promised
        if None in self.may_be[name]:
            self.requests = {path: row for path, row in self.requests.items() if row[0] != name}

    def check(self):
        """Holds certd to all of it; what was uncertain is known afterwards."""
        listed = {row[0] for row in self.bus.call(
            support.MANAGER, "Manager", "ListCertificates", "(a{sv}su)", ({}, "", 1000))[0]}
        for name in NAMES:
            if name not in listed:
                assert None in self.may_be[name], f"{name} was lost"
                self.may_be[name] = {None}
                continue
            assert self.may_be[name] != {None}, f"{name} came back"
            self.check_active(name)
        for path, (name, known) in list(self.requests.items()):
            self.check_request(path, name, known)
        self.check_authority()
        self.wait_for_issued(HTTPS)

    def check_authority(self):
        now = self.bus.get(AUTHORITY, "Authority", "Fingerprint")
        assert self.replaced is not True or now != self.authority, "the old authority is back"
        assert self.replaced is not False or now == self.authority, "nobody asked for another"
        self.authority, self.replaced = now, False
        published = self.bus.get(AUTHORITY, "Authority", "Certificate")
        assert PUBLISHED.read_text(encoding="ascii") == published

    def wait_for_issued(self, name):
        """What the authority issued is issued again where it is another now: soon, and by itself. A
        renewal that lost its worker waits for a minute, and can be asked for meanwhile."""
        def verifies():
            chain = self.bus.get(path_of(name), "Certificate", "Chain")
            return not chain or self.bus.get(path_of(name), "Certificate", "Origin") not in OURS or (
                subprocess.run(["openssl", "verify", "-x509_strict", "-purpose", "sslserver",
                                "-CAfile", PUBLISHED], input=chain, text=True, check=False,
                               capture_output=True).returncode == 0)

        def failed():
            rows = self.bus.call(support.MANAGER, "Manager", "ListRequests", "(a{sv}su)", (
                {"certificate": GLib.Variant("s", name), "state": GLib.Variant("s", "failed")}, "",
                1000))[0]
            return {row[1] for row in rows} - self.failed

        support.wait_until(lambda: verifies() or failed(), f"{name} is the published authority's")
        if not verifies():
            for path in failed():
                error, _ = self.bus.get(path, "Request", "Error")
                assert error == "org.certd1.Error.WorkerFailed"
            self.failed |= failed()
            self.bus.call(path_of(name), "Certificate", "CreateRequest", "(sa{sv})", ("internal", {}))
            support.wait_until(verifies, f"{name} is the published authority's")
        if name == HTTPS:
            assert not self.bus.get(path_of(name), "Certificate", "Emergency")

    def check_active(self, name):
        # A request for a certificate of our own may still be on its way: asked first, or it could
        # arrive between the two questions.
        waiting = self.bus.call(support.MANAGER, "Manager", "ListRequests", "(a{sv}su)", (
            {"certificate": GLib.Variant("s", name)}, "", 1000))[0]
        # Renewals come by themselves: they never take the place of what somebody installed.
        pending = any(row[2]["Issuer"] in ("self", "internal")
                      and row[2]["State"] in ("queued", "generating")
                      and (name in self.unsure or row[1] in self.requests) for row in waiting)
        fingerprint = self.bus.get(path_of(name), "Certificate", "Fingerprint")
        imported = {one for _, one in self.bundles}
        state = fingerprint if fingerprint in imported or fingerprint == "" else "*"
        assert state in self.may_be[name], f"{name}: {state} was never promised"
        self.may_be[name] = {state} | ({"*"} if pending else set())
        if not pending:
            self.unsure.discard(name)

    def check_request(self, path, name, known):
        def at_rest():
            return self.bus.get(path, "Request", "State") not in ("queued", "generating")
        try:
            support.wait_until(at_rest, f"{path} of {name} is made")
            made = self.bus.get(path, "Request", "PublicKeyHash")
        except GLib.Error as error:  # the 20 newest that are finished are kept
            assert support.remote_error(error) == "org.certd1.Error.NoSuchRequest"
            assert known is not None and len(self.requests) > 20, f"{path} was lost"
            del self.requests[path]
            return
        assert known in (None, made), f"{path} has another key now"
        self.requests[path] = (name, made)

    def tidy(self):
        """Open requests are cancelled now and then: there are limits."""
        for path in list(self.requests):
            if self.bus.get(path, "Request", "State") == "ready":
                self.bus.call(path, "Request", "Cancel")
            del self.requests[path]


def key_matches(bus, name, folder):
    """A request with the active key has the chain's public key, and OpenSSL verifies its signature."""
    chain = bus.get(path_of(name), "Certificate", "Chain")
    if not chain:
        return
    path, = bus.call(path_of(name), "Certificate", "CreateRequest", "(sa{sv})",
                     ("external", {"reuse-key": GLib.Variant("b", True)}))
    support.wait_until(lambda: bus.get(path, "Request", "State") == "ready", "the key can be used")
    pem = bus.get(path, "Request", "Pem")
    (folder / "reuse.csr").write_text(pem, encoding="ascii")
    (folder / "active.pem").write_text(chain, encoding="ascii")
    keys = [subprocess.run(["openssl", *words, "-noout", "-pubkey"], cwd=folder, check=True,
                           capture_output=True).stdout
            for words in (["req", "-in", "reuse.csr", "-verify"], ["x509", "-in", "active.pem"])]
    assert keys[0] == keys[1], f"{name}: key and chain differ"
    bus.call(path, "Request", "Cancel")


def in_flight(model, turn):
    """Each name's operation, and now and then another authority and a signature of it, sent at once on
    one connection; the answers come in finish()."""
    connection = model.bus.new_connection()
    sent = {}
    operations = {name: model.choose(name) for name in NAMES}
    if turn % REGENERATE_EVERY == 0:
        operations[AUTHORITY] = (AUTHORITY, "Authority", "Regenerate", "(a{sv})", (
            {"reuse-key": GLib.Variant("b", random.random() < 0.5)},), None)
    if turn % SIGN_EVERY == 0:
        operations["camera"] = (AUTHORITY, "Authority", "Sign", "(aya{sv})", (model.signable, {}), None)
    for name in random.sample(sorted(operations), len(operations)):
        operation = operations[name]
        sent[name] = [operation, None]

        def on_answer(source, result, slot):
            try:
                slot[1] = source.call_finish(result).unpack()
            except GLib.Error as error:
                slot[1] = error

        path, interface, method, signature, arguments, _ = operation
        connection.call(support.NAME, path, f"org.certd1.{interface}", method,
                        GLib.Variant(signature, arguments), None, 0, 20_000, None, on_answer,
                        sent[name])
    connection.flush_sync(None)

    def finish():
        support.wait_until(lambda: all(slot[1] is not None for slot in sent.values()), "answers")
        connection.close_sync(None)
        return sent

    return finish


def check_all(model, folder):
    for name in (HTTPS, *NAMES):
        if model.may_be.get(name) != {None}:
            model.wait_for_issued(name)
            key_matches(model.bus, name, folder)
    model.tidy()


@pytest.fixture(scope="module")
def model(bus, tmp_path_factory):
    print(f"seed {SEED}: CERTD_TEST_SEED repeats it")
    random.seed(SEED)
    folder = tmp_path_factory.mktemp("bundles")
    return Model(bus, [make_bundle(folder, base) for base in ("a", "b")], make_signable(folder))


def test_daemon(bus, certd, model, tmp_path):  # R13
    for turn in range(KILLS):
        finish = in_flight(model, turn)
        delay = random.random() * MOST_DELAY_SECONDS
        killer = threading.Timer(delay, os.kill, (certd.pid, signal.SIGKILL))
        killer.start()
        answers = finish()
        killer.join()
        certd.restart()
        bus.close()
        for name, (operation, answer) in answers.items():
            model.note(name, operation, answer)
        model.check()
        if turn % 10 == 9:
            check_all(model, tmp_path)
    logged.check_chain(bus)


def workers(pid):
    return [int(child) for child in
            pathlib.Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


def kill_a_worker(pid):
    """Kills one of the workers that there are: one that ended since it was read is not killed."""
    while victims := workers(pid):
        try:
            os.kill(random.choice(victims), signal.SIGKILL)
            return
        except ProcessLookupError:
            continue


def test_workers(bus, certd, model, tmp_path):
    """A worker's end fails what it was working on, and nothing else."""
    pid = certd.pid
    for turn in range(KILLS):
        finish = in_flight(model, turn)
        time.sleep(random.random() * MOST_DELAY_SECONDS / 4)  # the moment is what is random
        kill_a_worker(pid)
        failed = 0
        for name, (operation, answer) in finish().items():
            model.note(name, operation, answer)
            if isinstance(answer, GLib.Error):
                assert support.remote_error(answer) == "org.certd1.Error.WorkerFailed"
                failed += 1
        assert failed <= 1
        model.check()
        if turn % 10 == 9:
            check_all(model, tmp_path)
    assert certd.pid == pid
    logged.check_chain(bus)


def test_ended_while_workers_are_busy(bus, certd):
    """Asked to end, certd does so at once, whatever is in the making; afterwards it goes on."""
    for kind in ("rsa:4096", "ec:secp256r1"):
        made = [bus.call(path_of(HTTPS), "Certificate", "CreateRequest", "(sa{sv})", (
            "external", {"key-type": GLib.Variant("s", kind)}))[0] for _ in range(20)]
        bus.close()
        begun = time.monotonic()
        certd.stop(clean=True)
        assert time.monotonic() - begun < END_SECONDS
        certd.start()
        for path in made:
            state = bus.get(path, "Request", "State")
            assert state in ("queued", "generating", "ready")
            bus.call(path, "Request", "Cancel")
