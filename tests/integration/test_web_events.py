# SPDX-License-Identifier: LGPL-2.1-or-later
"""The stream of events: what certctl and others change arrives, as the user may know it."""

import contextlib
import json
import socket
import threading

import pytest
import redfish_schemas
import support
import web

SERVICE = f"{web.ROOT}/EventService"
STREAM = f"{SERVICE}/SSE"
PLACES = f"{web.ROOT}/CertificateService/Oem/Certd/Certificates"
DEVICE = f"{web.ROOT}/Managers/device"
CHANGED = "ResourceEvent.1.3.ResourceChanged"
STREAMS_MAX = 4  # CERTD_LIMIT_WEB_STREAMS


class Stream:
    """A stream that is read in a thread of its own."""

    def __init__(self, client, last=None):
        """last: the id of the last event of another one that this one goes on with."""
        self.client = web.Web()
        self.client.credentials = {name: value for name, value in client.credentials.items()
                                   if name in ("X-Auth-Token", "Cookie", "Authorization")}
        connection = self.client.open()
        host = "%s:%d" % web.place()
        connection.request("GET", STREAM, headers={"Host": host, **self.client.credentials,
                                                    **({} if last is None else {"Last-Event-ID": last})})
        self.response = connection.getresponse()
        self.status, self.headers = self.response.status, self.response.headers
        self.events, self.faults, self.ended = [], [], threading.Event()
        self.thread = threading.Thread(target=self._read, daemon=True)
        if self.status == 200:
            self.thread.start()

    def _read(self):
        try:
            for line in iter(self.response.readline, b""):
                if line.startswith(b"data: "):
                    body = json.loads(line.removeprefix(b"data: "))
                    self.faults += redfish_schemas.resource_errors(body)
                    self.events.append(body)
        except (OSError, ValueError) as error:
            self.faults.append(str(error))
        finally:
            self.ended.set()

    def records(self):
        """(MessageId, origin) of each record so far."""
        assert not self.faults
        return [(record["MessageId"], record.get("OriginOfCondition", {}).get("@odata.id"))
                for event in self.events for record in event["Events"]]

    def wait_for(self, *record):
        support.wait_until(lambda: record in self.records(), f"the event {record}")

    def close(self):
        # The thread that reads still has the socket, so that closing it would not end the connection.
        with contextlib.suppress(OSError):
            self.client.sock.shutdown(socket.SHUT_RDWR)
        self.client.close()


@pytest.fixture
def admin():
    """A session of the test's own: its streams are no other test's."""
    with web.Web(web.ADMIN) as client:
        yield client
        client.sign_out()


def opened(admin, last=None):
    """A stream of that session; one that has just ended may take its place for a moment."""
    found = []

    def begin():
        found.append(Stream(admin, last))
        if found[-1].status == 200:
            return True
        found[-1].close()
        return False

    support.wait_until(begin, "a stream is free")
    return found[-1]


@pytest.fixture
def stream(admin):
    made = opened(admin)
    made.wait_for("Certd.1.0.StreamBegan", None)
    yield made
    made.close()


def test_service(admin):
    body = admin.value(SERVICE)
    assert body["ServerSentEventUri"] == STREAM and body["EventFormatTypes"] == ["Event"]
    assert admin.value(body["Subscriptions"]["@odata.id"])["Members@odata.count"] == 0
    answer = admin.post(body["Subscriptions"]["@odata.id"], {"Destination": "https://192.0.2.1/", "Protocol": "Redfish"})
    assert (answer.status, answer.messages) == (405, ["Base.OperationNotAllowed"])


def test_headers(stream):
    assert stream.headers.get_content_type() == "text/event-stream"
    assert "no-store" in stream.headers["Cache-Control"]


def test_resumed(admin):
    """Nothing is kept for who comes back: that has to be said then, and then alone."""
    for last, message in (("77", "Certd.1.0.EventsLost"), ("", "Certd.1.0.StreamBegan"),
                          (None, "Certd.1.0.StreamBegan")):
        stream = opened(admin, last)
        stream.wait_for(message, None)
        assert stream.records() == [(message, None)], last
        stream.close()


def test_certctl(bus, stream):
    """A certificate is made, requested for, changed and removed."""
    bus.certctl("create", "events", "--subject", "CN=events", check=True)
    stream.wait_for("ResourceEvent.1.3.ResourceCreated", f"{PLACES}/events")
    made = bus.certctl("request", "events", "--json=short", check=True)
    assert made.stdout
    support.wait_until(lambda: any(message == "Certd.1.0.RequestFinished" for message, _ in stream.records()),
                       "the request is finished")
    origin = next(origin for message, origin in stream.records() if message == "Certd.1.0.RequestFinished")
    assert origin.startswith(f"{PLACES}/events/Requests/")
    stream.wait_for("ResourceEvent.1.3.ResourceCreated", origin)
    bus.certctl("self-sign", "events", check=True)
    stream.wait_for("Certd.1.0.CertificateChanged", f"{PLACES}/events")
    stream.wait_for(CHANGED, f"{PLACES}/events/Certificate")
    bus.certctl("remove", "events", "--yes", check=True)
    stream.wait_for("ResourceEvent.1.3.ResourceRemoved", f"{PLACES}/events")
    stream.wait_for(CHANGED, f"{DEVICE}/LogServices/Audit")


def test_ports(bus, stream):
    ports = [bus.get("/org/certd1/https", "Https", name) for name in ("Port", "PlainPort")]
    other = ports[1] + 1 if ports[1] < 65535 else 1024
    bus.call("/org/certd1/https", "Https", "SetPorts", "(qq)", (ports[0], other))
    stream.wait_for(CHANGED, f"{DEVICE}/NetworkProtocol")
    bus.call("/org/certd1/https", "Https", "SetPorts", "(qq)", ports)


def test_flood(bus, stream):
    """The same resource changes again and again: fewer events than changes, the last one told."""
    changes = support.repeats(60, 1000, 30)
    bus.call(support.MANAGER, "Manager", "CreateCertificate", "(sa{sv})", ("flood", {}))
    path = "/org/certd1/certificate/flood"
    for number in range(changes):
        bus.call(path, "Certificate", "SetSubjectAltNames", "(a(ss))", ([("DNS", f"n{number}.example.org")],))
    bus.call(support.MANAGER, "Manager", "CreateCertificate", "(sa{sv})", ("after", {}))
    stream.wait_for("ResourceEvent.1.3.ResourceCreated", f"{PLACES}/after")
    told = stream.records().count((CHANGED, f"{PLACES}/flood"))
    assert 1 <= told <= changes // 2
    for name in ("flood", "after"):
        bus.certctl("remove", name, "--yes", check=True)


def test_password_again(bus, admin, stream):
    """The connection is another one then, and the stream goes on."""
    assert admin.sign_in_again().status in (200, 204)
    stream.wait_for("Certd.1.0.EventsLost", None)
    bus.call(support.MANAGER, "Manager", "CreateCertificate", "(sa{sv})", ("again", {}))
    stream.wait_for("ResourceEvent.1.3.ResourceCreated", f"{PLACES}/again")
    bus.certctl("remove", "again", "--yes", check=True)


def test_limit(admin):
    """As many as a session may have, and one more; one that ended makes room."""
    streams = [opened(admin) for _ in range(STREAMS_MAX)]
    try:
        answer = admin.get(STREAM)
        assert (answer.status, answer.messages) == (503, ["Base.EventSubscriptionLimitExceeded"])
        streams.pop().close()
        streams.append(opened(admin))
    finally:
        for one in streams:
            one.close()


def test_filter(admin):
    answer = admin.get(f"{STREAM}?$filter=MessageId%20eq%20'x'")
    assert (answer.status, answer.messages) == (501, ["Base.QueryParameterUnsupported"])


def test_stranger():  # R60
    with web.Web() as client:
        assert client.get(STREAM).status == 401


def test_ends_with_session():
    """Who has signed out hears nothing more."""
    with web.Web(web.ADMIN) as client:
        stream = Stream(client)
        stream.wait_for("Certd.1.0.StreamBegan", None)
        client.sign_out()
        assert stream.ended.wait(support.DEADLINE_SECONDS)
        stream.close()
