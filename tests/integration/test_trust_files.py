# SPDX-License-Identifier: LGPL-2.1-or-later
"""The published trust store follows what is stored: after each change, a restart, a factory reset and a
kill; and whoever reads it meanwhile sees one state or the other."""

import os
import random
import signal
import subprocess
import threading
import time

import logged
import pytest
import support
import trust_world
import trusted
from gi.repository import Gio, GLib

CHANGES = 100
KILLS = support.repeats(20, 100, 6)
SEED = int(os.environ.get("CERTD_TEST_SEED", random.SystemRandom().randrange(1 << 32)))
MOST_DELAY_SECONDS = 0.03
KINDS = ("server", "client")


@pytest.fixture(scope="module")
def world(tmp_path_factory):
    return trust_world.World(tmp_path_factory.mktemp("world"))


@pytest.fixture(autouse=True)
def empty(bus, certd):
    trusted.clear(bus)
    yield


def expected(bus):
    """The files that there have to be for what the list has."""
    files = {}
    for kind, form in zip(KINDS, ("pem", "client-pem")):
        files[f"{kind}.pem"] = trusted.export(bus, form)
        numbers = {}
        for row in trusted.rows(bus).values():
            if kind not in row["purposes"]:
                continue
            number = numbers[row["subject-hash"]] = numbers.get(row["subject-hash"], -1) + 1
            pem = subprocess.run(["openssl", "x509", "-inform", "DER"], input=bytes(row["certificate"]),
                                 capture_output=True, check=True).stdout
            files[f"{kind}/{row['subject-hash']}.{number}"] = pem
            assert pem in files[f"{kind}.pem"]
        assert files[f"{kind}.pem"].count(b"BEGIN CERTIFICATE") == sum(numbers.values()) + len(numbers)
    return files


def is_published(bus):
    return trusted.files() == expected(bus)


def add_some(bus, world):
    trusted.add(bus, world.pem("root", "root-b").encode())
    trusted.add(bus, world.pem("root-twin", "root-narrow").encode(), ["client"])
    trusted.add(bus, world.pem("root-renewed").encode(), ["client", "server"])


def test_after_each_change(bus, world):  # R70
    assert is_published(bus) and trusted.files() == {"server.pem": b"", "client.pem": b""}
    add_some(bus, world)
    assert is_published(bus)
    files = trusted.files()
    # Of one name are root, root-renewed and root-twin.
    names = [name for name in files if name.endswith((".0", ".1"))]
    assert len(names) == 6 and len({name.split("/")[1].split(".")[0] for name in names}) == 3
    for fingerprint in list(trusted.rows(bus)):
        trusted.remove(bus, fingerprint)
        assert is_published(bus)


def test_after_a_restart(bus, certd, world):  # R70
    add_some(bus, world)
    before = trusted.everything(bus)
    certd.stop()
    subprocess.run(["rm", "-rf", trusted.TREE], check=True)
    left = trusted.TREE.with_name(".trust.new")
    left.mkdir(exist_ok=True)
    (left / "half").write_text("x", encoding="ascii")
    subprocess.run(["chown", "-R", "--reference", trusted.TREE.parent, left], check=True)
    certd.start()
    assert trusted.everything(bus) == before
    assert is_published(bus) and not left.exists()


def test_after_a_factory_reset(bus, world):  # R54 R70
    add_some(bus, world)
    bus.call(support.MANAGER, "Manager", "FactoryReset", "(a{sv})", ({},))
    assert trusted.rows(bus) == {} and bus.get(trusted.PATH, "TrustStore", "Changed") == 0
    assert is_published(bus) and trusted.files() == {"server.pem": b"", "client.pem": b""}


class Reader(threading.Thread):
    """Reads the tree over and over: each time a state that was published as a whole."""

    def __init__(self, states):
        super().__init__()
        self.states = states
        self.ends = threading.Event()
        self.seen, self.wrong = set(), []

    def read(self):
        """One look at the tree; None where another took its place meanwhile, for it goes away then."""
        tree = os.open(trusted.TREE, os.O_RDONLY | os.O_DIRECTORY)
        try:
            state = {name: self.read_one(tree, name) for name in self.names(tree)}
        except FileNotFoundError as error:
            state = error
        stays = os.fstat(tree).st_ino == trusted.TREE.stat().st_ino
        os.close(tree)
        if stays and isinstance(state, OSError):
            raise state
        return state if stays else None

    @staticmethod
    def names(tree):
        found = []
        for _, _, files, folder in os.fwalk(".", dir_fd=tree):
            prefix = os.readlink(f"/proc/self/fd/{folder}").removeprefix(
                os.readlink(f"/proc/self/fd/{tree}")).removeprefix("/")
            found += [os.path.join(prefix, name) for name in files]
        return found

    @staticmethod
    def read_one(tree, name):
        with open(os.open(name, os.O_RDONLY, dir_fd=tree), "rb") as file:
            return file.read()

    def run(self):
        while not self.ends.is_set() and not self.wrong:
            try:
                bundle = (trusted.TREE / "server.pem").read_bytes()
                state = self.read()
            except OSError as error:
                self.wrong.append(error)
                return
            if state is None:
                continue
            key = tuple(sorted(state.items()))
            self.seen.add(key)
            if key not in self.states or bundle not in {dict(one)["server.pem"] for one in self.states}:
                self.wrong.append(sorted(state))


def test_readers(bus, world):  # R70
    """A reader sees one state or the other, while there are 100 changes."""
    states, made = set(), []
    for name in ("root", "root-twin"):
        made += trusted.add(bus, world.pem(name).encode(), KINDS)
        states.add(tuple(sorted(trusted.files().items())))
    reader = Reader(states)
    reader.start()
    try:
        for change in range(CHANGES):
            if change % 2:
                trusted.add(bus, world.pem("root-twin").encode(), KINDS)
            else:
                trusted.remove(bus, made[1])
    finally:
        reader.ends.set()
        reader.join()
    assert reader.wrong == []
    assert reader.seen == states and set(trusted.rows(bus)) == set(made)


def begin_add(bus, data):
    """Asks for an addition on a connection of its own: the connection, and what will be answered."""
    connection, answers = bus.new_connection(), []

    def on_answer(source, result):
        try:
            answers.append(source.call_finish(result).unpack()[0])
        except GLib.Error:
            answers.append(None)

    connection.call(support.NAME, trusted.PATH, "org.certd1.TrustStore", "Add",
                    support.pack("(aya{sv})", (data, {})), None, Gio.DBusCallFlags.NO_AUTO_START,
                    support.CALL_TIMEOUT_MSEC, None, on_answer)
    connection.flush_sync(None)
    return connection, answers


def test_kills(bus, certd, world):  # R70
    """Killed while anchors are added, certd comes back with all of them or none, and publishes that; one
    that was answered for is there."""
    chance = random.Random(SEED)
    data = world.pem("root", "root-b", "root-twin").encode()
    kept = trusted.add(bus, world.pem("root-narrow").encode(), ["client"])
    outcomes = set()
    for turn in range(KILLS):
        connection, answers = begin_add(bus, data)
        # At once, after the answer, and whenever.
        if turn == 1:
            support.wait_until(lambda: answers, "the answer")
        elif turn > 1:
            time.sleep(chance.uniform(0, MOST_DELAY_SECONDS))
        os.kill(certd.pid, signal.SIGKILL)
        certd.stop()
        support.wait_until(lambda: answers, "an answer, or that nobody answers")
        connection.close_sync(None)
        certd.start()
        rows = set(trusted.rows(bus))
        outcomes.add(len(rows))
        assert len(rows) in (1, 4) and set(kept) <= rows, f"turn {turn}, seed {SEED}"
        assert answers[0] is None or set(answers[0]) <= rows, f"turn {turn}, seed {SEED}"
        assert is_published(bus), f"turn {turn}, seed {SEED}"
        for fingerprint in rows - set(kept):
            trusted.remove(bus, fingerprint)
    assert outcomes == {1, 4}
    logged.check_chain(bus)


def test_nowhere_to_write(bus, certd, world):  # R70
    """A runtime directory that takes nothing is a problem of the service, and no reason to refuse."""
    folder = trusted.TREE.parent
    owner = folder.stat()
    os.chown(folder, 0, 0)
    os.chmod(folder, 0o755)
    try:
        made, = trusted.add(bus, world.pem("root").encode())
        assert set(trusted.rows(bus)) == {made}
        codes = {problem[0] for problem in bus.get(support.MANAGER, "Manager", "Problems")}
        assert "trust-unpublished" in codes
        assert trusted.files()["server.pem"] == b""
    finally:
        os.chown(folder, owner.st_uid, owner.st_gid)
        os.chmod(folder, owner.st_mode & 0o7777)
    trusted.add(bus, world.pem("root-b").encode())
    assert is_published(bus)
    codes = {problem[0] for problem in bus.get(support.MANAGER, "Manager", "Problems")}
    assert "trust-unpublished" not in codes
