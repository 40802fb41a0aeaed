# SPDX-License-Identifier: LGPL-2.1-or-later
"""R37: HTTPS changes over to another certificate, and another level, while many are served. No request
fails, the next handshake shows the new certificate, and connections go on with what they began with."""

import collections
import contextlib
import http.client
import ssl
import threading
import time

import pytest
import support
import tls_client
import trusted
import web
import web_https as https

KEPT, NEW = 16, 16
ROUNDS = support.repeats(1, 40, 1)
# What one request with a session goes through certd for, and what a stranger may have.
OWN, PUBLIC = https.NETWORK, web.ROOT
# How a connection ends that the device did not take a request from any more (RFC 9112 section 9.3.1).
CLOSED = (http.client.RemoteDisconnected, BrokenPipeError, ConnectionResetError, ssl.SSLEOFError,
          ssl.SSLZeroReturnError)

Seen = collections.namedtuple("Seen", "begun ended certificate")


class Client:
    """A thread that asks again and again until it is told to stop."""

    def __init__(self, load, kept):
        self.load = load
        self.kept = kept
        self.served = 0
        self.connected = 0
        self.faults = []
        self.seen = []  # of each handshake
        self._sock = None
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def _run(self):
        while not self.load.over.is_set() and not self.faults:
            try:
                self._ask()
            except Exception as fault:
                self.faults.append(repr(fault))
        self._close()

    def _ask(self):
        began = self._sock is not None
        if not began:
            self._connect()
        try:
            status = self._exchange()
        except CLOSED:
            self._close()
            if not began:
                raise
            return  # and once more over another connection
        if status != 200:
            self.faults.append(f"status {status}")
        self.served += 1
        if not self.kept:
            self._close()

    def _connect(self):
        begun = time.monotonic()
        self._sock = web.connect(context=self.load.context, name=self.load.name)
        self.connected += 1
        self.seen.append(Seen(begun, time.monotonic(), https.print_of(self._sock)))

    def _exchange(self):
        lines = [f"GET {OWN if self.kept else PUBLIC} HTTP/1.1", "Host: device"]
        lines += [f"{name}: {value}" for name, value in self.load.credentials.items()] if self.kept else []
        self._sock.sendall("\r\n".join([*lines, "", ""]).encode())
        answer = http.client.HTTPResponse(self._sock, method="GET")
        answer.begin()
        answer.read()
        return answer.status

    def _close(self):
        if self._sock is not None:
            self._sock.close()
        self._sock = None

    def join(self):
        self._thread.join(support.DEADLINE_SECONDS)
        assert not self._thread.is_alive()


class Load:
    """The clients: those that keep their connections, in a session, and strangers that come and go."""

    def __init__(self, context, credentials):
        self.context = context
        self.credentials = credentials
        self.name = web.device_name()
        self.over = threading.Event()
        self.kept = [Client(self, True) for _ in range(KEPT)]
        self.new = [Client(self, False) for _ in range(NEW)]

    @property
    def clients(self):
        return self.kept + self.new

    def faults(self):
        return [(client.kept, fault) for client in self.clients for fault in client.faults]

    def go_round(self):
        """Each client is served twice from now on: once wholly after it."""
        before = [client.served for client in self.clients]
        support.wait_until(
            lambda: self.faults() or all(client.served >= count + 2 for client, count in
                                         zip(self.clients, before)), "each client is served")
        assert not self.faults()

    def end(self):
        self.over.set()
        for client in self.clients:
            client.join()
        assert not self.faults()


@contextlib.contextmanager
def loaded(context, credentials):
    load = Load(context, credentials)
    try:
        load.go_round()
        yield load
    finally:
        load.over.set()
    load.end()


@pytest.fixture(autouse=True)
def restored(bus):
    yield
    https.back_to_default(bus)


@pytest.fixture(scope="module")
def ada(authority):
    """A client's certificate that the authority vouches for, chain and key."""
    return tls_client.client_chain(authority, "Ada")


def confirmed(client, authority):
    """An import on trial, confirmed over a connection that began with it."""
    before = https.in_use(client)
    https.install(client, authority, trial=https.SHORTEST)
    support.wait_until(lambda: https.served(**client.connecting) != before, "what is on trial is served")
    client.close()
    answer = https.do(client, "Confirm")
    assert answer.status == 200 and answer.body["OnTrial"] is False, answer.body


def did(client, verb, content=None):
    answer = https.do(client, verb, content)
    assert answer.status == 200, answer.body


# What puts another certificate in use.
SWAPS = {
    "import": https.install,
    "renewal": lambda client, _: did(client, "Request", {"Issuer": "internal"}),
    "roll back": lambda client, _: did(client, "Rollback"),
    "import on trial": confirmed,
    "reset": lambda client, _: did(client, "Reset"),
}


def swap(client, authority, change):
    """Another certificate; from when on each handshake shows it, and which one it is."""
    before = https.served(**client.connecting)
    change(client, authority)
    chosen = https.in_use(client)
    assert chosen != before
    support.wait_until(lambda: https.served(**client.connecting) == chosen, "the new certificate is served")
    return time.monotonic(), chosen


def test_swap(authority):  # R37
    context = https.trusting(authority)
    with web.Web(web.ADMIN, context=context) as admin:
        with loaded(context, admin.credentials) as load:
            first = https.in_use(admin)
            since = []  # (from when on, until when, the certificate)
            for change in list(SWAPS.values()) * ROUNDS:
                begun, chosen = swap(admin, authority, change)
                load.go_round()
                since.append((begun, time.monotonic(), chosen))
        admin.sign_out()
    assert len({chosen for _, _, chosen in since}) >= 3 * ROUNDS
    for client in load.kept:
        assert client.connected == 1 and client.seen[0].certificate == first
    handshakes = [seen for client in load.new for seen in client.seen]
    for begun, ended, chosen in since:
        within = {seen.certificate for seen in handshakes if begun <= seen.begun and seen.ended <= ended}
        assert within == {chosen}


def refuses_strangers():
    return https.curl("/redfish").end != 0


def change_level(admin, content):
    """Another level, tried and confirmed over connections that it lets in."""
    admin.done("PATCH", https.POLICY, content)
    support.wait_until(lambda: refuses_strangers() == (content == https.HIGH), f"{content} is served")
    admin.close()
    admin.value(https.POLICY)
    assert admin.post(https.CONFIRM).status == 204


def test_level(bus, authority, ada):  # R37 R61
    """At level high a connection that began before has time for an answer, and the next one is let in: who
    has a certificate loses no request."""
    trusted.add(bus, authority.root.read_bytes(), ["client"])
    context = https.trusting(authority, ada)
    https.prove(bus, client_certificate=True, context=context)
    with web.Web(web.ADMIN, context=context) as admin:
        with loaded(context, admin.credentials) as load:
            change_level(admin, https.HIGH)
            support.wait_until(lambda: load.faults() or all(client.connected == 2 for client in load.kept),
                               "who kept a connection has another one")
            load.go_round()
            change_level(admin, https.STANDARD)
            load.go_round()
            swap(admin, authority, https.install)
            load.go_round()
        admin.sign_out()
    assert {client.connected for client in load.kept} == {2}
