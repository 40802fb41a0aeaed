# SPDX-License-Identifier: LGPL-2.1-or-later
"""A certificate's life with an outside authority: requests, renewal, mistakes, the way back."""

import json

import pytest
import support
from gi.repository import Gio, GLib
from outside import HOST, Authority, Workshop, export, install, request, show

NAME = "life"
PATH = f"/org/certd1/certificate/{NAME}"


@pytest.fixture(scope="module")
def strict(tmp_path_factory):
    return Authority(tmp_path_factory.mktemp("authority"))


@pytest.fixture
def workshop(bus, strict, tmp_path):
    """A workshop, and the certificate NAME with nothing installed."""
    bus.certctl("create", NAME, "--subject", f"CN={HOST}", check=True)
    yield Workshop(tmp_path, strict)
    bus.certctl("remove", NAME, "--yes", check=True)


def row_of(bus, identifier):
    rows = json.loads(bus.certctl("requests", NAME, "--json", check=True).stdout)
    return next(row for row in rows if row["Id"] == identifier)


def installed_hash(bus, workshop):
    """The hash of the active certificate's public key, as OpenSSL says; the chain is verified."""
    exported = export(bus, workshop, NAME)
    return workshop.text(f"openssl x509 -in {exported} -noout -pubkey | openssl pkey -pubin"
                         " -outform DER | sha256sum").split()[0]


def issue(bus, workshop, *options):
    """Makes a request, has it signed and imports it: the request's row."""
    row, pem = request(bus, NAME, *options)
    workshop.sign(pem)
    install(bus, NAME, workshop.folder / "chain.pem")
    assert installed_hash(bus, workshop) == row["PublicKeyHash"]
    return row


def state(bus):
    """Everything of NAME that a mistake must not change."""
    return {**show(bus, NAME), "Requests": None}


@pytest.mark.parametrize("order", ((2, 1, 0), (1, 0, 2), (0, 1, 2)),
                         ids=("reversed", "mixed", "in-order"))
def test_several_open_requests(bus, workshop, order):  # R13 R32
    made = [request(bus, NAME, "--key", kind)
            for kind in ("ec:secp256r1", "ed25519", "ec:secp384r1")]
    assert [row_of(bus, row["Id"])["State"] for row, _ in made] == ["ready"] * 3
    waiting = set(order)
    for index in order:
        row, pem = made[index]
        workshop.sign(pem)
        install(bus, NAME, workshop.folder / "chain.pem")
        waiting.remove(index)
        assert installed_hash(bus, workshop) == row["PublicKeyHash"]
        for other, (one, text) in enumerate(made):
            now = row_of(bus, one["Id"])
            assert now["State"] == ("ready" if other in waiting else "issued")
            assert now["PublicKeyHash"] == one["PublicKeyHash"]
            if other in waiting:
                again = bus.certctl("request", NAME, "--id", one["Id"], check=True).stdout
                assert again == text


def test_an_answer_twice(bus, workshop):  # R32
    """The authority's second certificate for a request that has been served, and is long past."""
    row, pem = request(bus, NAME)
    workshop.sign(pem)
    install(bus, NAME, workshop.folder / "chain.pem")
    issue(bus, workshop)
    workshop.sign(pem, days=200)
    install(bus, NAME, workshop.folder / "chain.pem")
    assert installed_hash(bus, workshop) == row["PublicKeyHash"]


def test_one_key_for_two_places(bus, workshop):  # R32
    """A certificate for a key that belongs to another place on the device."""
    row = issue(bus, workshop)
    chain = workshop.folder / "chain.pem"
    bus.certctl("create", "shared", "--subject", f"CN={HOST}", check=True)
    try:
        install(bus, "shared", chain)
        assert show(bus, "shared")["Details"]["public-key-hash"] == row["PublicKeyHash"]
    finally:
        bus.certctl("remove", "shared", "--yes", check=True)
    # Its key outlives the other place.
    _, pem = request(bus, NAME, "--reuse-key")
    workshop.write("in.csr", pem)
    workshop.run("openssl req -in in.csr -noout -verify")


@pytest.mark.parametrize("options, same", (((), False), (("--reuse-key",), True)),
                         ids=("new-key", "same-key"))
def test_renewal(bus, workshop, options, same):  # R15
    first = issue(bus, workshop)
    second = issue(bus, workshop, *options)
    assert (first["PublicKeyHash"] == second["PublicKeyHash"]) is same
    assert first["Id"] != second["Id"]


def test_reuse_needs_a_key(bus, workshop):  # R15
    assert bus.certctl("request", NAME, "--reuse-key").returncode == 26  # KeyUnavailable


@pytest.mark.parametrize("active", (False, True), ids=("nothing-active", "one-active"))
def test_foreign_certificate_is_refused(bus, workshop, active):  # R32
    if active:
        issue(bus, workshop)
    waiting, _ = request(bus, NAME)
    before = state(bus)
    workshop.make_key("ec")
    for name in ("leaf.pem", "chain.pem"):
        done = bus.certctl("import", NAME, workshop.folder / name)
        assert done.returncode == 18, done.stderr  # KeyMismatch
        assert "key-mismatch" in done.stderr and HOST in done.stderr
        done = bus.certctl("import", NAME, workshop.folder / name, "--accept", "key-mismatch")
        assert done.returncode == 18
    assert state(bus) == before
    assert row_of(bus, waiting["Id"])["State"] == "ready"


def test_request_leaves_the_active_one(bus, workshop):  # R12
    issue(bus, workshop)
    before = show(bus, NAME)
    exported = bus.certctl("export", NAME, check=True).stdout
    request(bus, NAME, "--subject", "CN=other.example.org", "--key", "ed25519")
    assert bus.certctl("request", NAME, "--san", "DNS:nobody..example").returncode == 10
    after = show(bus, NAME)
    for kept in ("Chain", "Details", "Fingerprint", "Generation", "State", "Origin", "Findings",
                 "HasPrevious", "NotBefore", "NotAfter"):
        assert after[kept] == before[kept], kept
    assert bus.certctl("export", NAME, check=True).stdout == exported
    assert after["Subject"] != before["Subject"] and after["KeyType"] == "ed25519"


def test_rollback(bus, workshop):  # R39
    """There and back again, each time with the key that belongs to it."""
    assert bus.certctl("rollback", NAME).returncode == 24  # NothingPrevious
    first = issue(bus, workshop)
    assert bus.certctl("rollback", NAME).returncode == 24
    second = issue(bus, workshop, "--key", "ec:secp384r1")
    for expected in (first, second, first):
        done = bus.certctl("rollback", NAME)
        assert done.returncode == 0 and "active again" in done.stderr
        assert installed_hash(bus, workshop) == expected["PublicKeyHash"]
        assert show(bus, NAME)["HasPrevious"] is True
        again, pem = request(bus, NAME, "--reuse-key", "--key", expected["KeyType"])
        assert again["PublicKeyHash"] == expected["PublicKeyHash"]
        workshop.write("in.csr", pem)
        workshop.run("openssl req -in in.csr -noout -verify")
        bus.certctl("cancel", again["Id"], check=True)
    assert show(bus, NAME)["Generation"] == 5


def test_out_of_date(bus, workshop):  # R6
    bus.certctl("san", NAME, "add", "DNS:a.example.org", "IP:192.0.2.1", check=True)
    old, pem = request(bus, NAME)
    assert old["OutOfDate"] is False
    bus.certctl("san", NAME, "add", "DNS:b.example.org", check=True)
    bus.certctl("san", NAME, "remove", "IP:192.0.2.1", check=True)
    assert bus.certctl("san", NAME, "list", check=True).stdout.split() == \
        ["DNS:a.example.org", "DNS:b.example.org"]
    now = row_of(bus, old["Id"])
    assert now["OutOfDate"] is True and now["State"] == "ready"
    assert now["PublicKeyHash"] == old["PublicKeyHash"]
    assert bus.certctl("request", NAME, "--id", old["Id"], check=True).stdout == pem
    new, pem = request(bus, NAME)
    workshop.write("in.csr", pem)
    text = workshop.text("openssl req -in in.csr -noout -text")
    assert new["OutOfDate"] is False
    assert f"DNS:a.example.org, DNS:b.example.org, DNS:{HOST}" in text and "192.0.2.1" not in text


def test_out_of_date_still_counts(bus, workshop):  # R6 R13
    old, pem = request(bus, NAME)
    bus.certctl("set", NAME, "--subject", f"CN={HOST},O=Later", check=True)
    assert row_of(bus, old["Id"])["OutOfDate"] is True
    workshop.sign(pem)
    install(bus, NAME, workshop.folder / "chain.pem")
    assert installed_hash(bus, workshop) == old["PublicKeyHash"]


class Watch:
    """What the signals said of requests: [(path, state)]."""

    def __init__(self, connection):
        self.results = {}
        self._connection = connection
        self._id = support.subscribe(
            connection, "org.certd1", "org.certd1.Manager", "RequestFinished", None, None,
            Gio.DBusSignalFlags.NONE, self._on_finished)

    def _on_finished(self, *arguments):
        path, result = arguments[5].unpack()
        self.results[path] = result

    def close(self):
        self._connection.signal_unsubscribe(self._id)


@pytest.fixture
def watch(bus):
    made = Watch(bus.connection())
    yield made
    made.close()


def test_cancel_while_the_key_is_made(bus, workshop, watch):  # R11
    """Nobody waits for a big key, and it can be given up; what was active stays."""
    issue(bus, workshop)
    before = state(bus)["Fingerprint"]
    slow = bus.call(PATH, "Certificate", "CreateRequest", "(sa{sv})",
                    ("external", {"key-type": GLib.Variant("s", "rsa:4096")}))[0]
    assert bus.get(slow, "Request", "State") in ("queued", "generating")
    assert bus.get(slow, "Request", "PublicKeyHash") == "" == bus.get(slow, "Request", "Pem")
    with pytest.raises(GLib.Error) as busy:
        bus.call(slow, "Request", "GetRequest", "(s)", ("pem",))
    assert support.remote_error(busy.value) == "org.certd1.Error.Busy"
    bus.call(slow, "Request", "Cancel")
    support.wait_until(lambda: slow in watch.results, "RequestFinished of the cancelled request")
    assert watch.results[slow] == "cancelled"
    assert bus.get(slow, "Request", "State") == "cancelled"
    assert bus.get(slow, "Request", "PublicKeyHash") == ""
    with pytest.raises(GLib.Error) as gone:
        bus.call(slow, "Request", "GetRequest", "(s)", ("pem",))
    assert support.remote_error(gone.value) == "org.certd1.Error.KeyUnavailable"
    done = bus.certctl("cancel", slow.rpartition("/")[2])
    assert done.returncode == 30  # Cancelled: it was at rest
    assert state(bus)["Fingerprint"] == before
    # The worker that made the key is not in anybody's way.
    request(bus, NAME, "--key", "ec:secp256r1")


def test_cancelled_request_gets_no_certificate(bus, workshop):  # R11 R32
    row, pem = request(bus, NAME)
    workshop.sign(pem)
    done = bus.certctl("cancel", row["Id"])
    assert done.returncode == 0 and row["Id"] in done.stderr
    assert row_of(bus, row["Id"])["State"] == "cancelled"
    assert bus.certctl("import", NAME, workshop.folder / "chain.pem").returncode == 18


def test_reset_says_what_it_did(bus, workshop):  # R50 R53
    first = issue(bus, workshop)
    bus.certctl("create", "other", "--subject", "CN=other.example.org", check=True)
    try:
        bus.certctl("self-sign", "other", check=True)
        other = show(bus, "other")
        done = bus.certctl("reset", NAME, "--yes")
        assert done.returncode == 0 and NAME in done.stderr and "default" in done.stderr
        printed = bus.certctl("export", NAME, check=True).stdout
        fingerprint = workshop.text("openssl x509 -noout -fingerprint -sha256", data=printed)
        assert fingerprint.partition("=")[2] in done.stderr
        assert show(bus, "other") == other
    finally:
        bus.certctl("remove", "other", "--yes", check=True)
    shown = show(bus, NAME)
    assert shown["Origin"] == "default" and shown["HasPrevious"] is True
    assert shown["Details"]["public-key-hash"] != first["PublicKeyHash"]
    workshop.write("default.pem", printed)
    workshop.write("ca.pem", bus.certctl("ca", "export", check=True).stdout)
    assert workshop.text("openssl verify -x509_strict -CAfile ca.pem default.pem").endswith("OK")
    assert "SHA256" in shown["Details"]["signature-algorithm"].upper()
    bus.certctl("rollback", NAME, check=True)
    assert installed_hash(bus, workshop) == first["PublicKeyHash"]


@pytest.mark.parametrize("words, status", (
    (("reset", "nothing-there", "--yes"), 3), (("reset", NAME), 2),
    (("reset", NAME, "--yes", "--digest", "sha1"), 21),
), ids=("unknown", "unconfirmed", "sha1"))
def test_reset_refused(bus, workshop, words, status):  # R53
    before = state(bus)
    done = bus.certctl(*words)
    assert done.returncode == status and done.stderr
    assert state(bus) == before
