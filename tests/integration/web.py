# SPDX-License-Identifier: LGPL-2.1-or-later
"""A client of certd's HTTP API, as a fleet's tools are: every JSON answer that it gets is held against its
schema, and the device's certificate is verified."""

import base64
import http.client
import json
import os
import pathlib
import re
import socket
import ssl
import subprocess
import time
import urllib.parse
from typing import NamedTuple

import redfish_schemas as schemas

ROOT = "/redfish/v1"
SESSIONS = f"{ROOT}/SessionService/Sessions"
COOKIE = "__Host-certd"
AUTHORITY = pathlib.Path(os.environ.get("CERTD_RUNTIME_DIRECTORY", "/nonexistent")) / "authority" / "ca.crt"
MONITORS = f"{ROOT}/TaskService/TaskMonitors/"
TIMEOUT_SECONDS = 60
# The device keeps a stranger's connection for 15 seconds between requests.
IDLE_SECONDS = 12
JSON_TYPE = "application/json"
# Control and bidirectional characters are escaped, whatever a name has in it.
HIDDEN = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u200e\u200f\u202a-\u202e\u2066-\u2069]")
# JSON that says nothing of what type it is, and what it has to have.
UNTYPED = {"/redfish": {"v1"}, f"{ROOT}/odata": {"@odata.context", "value"}}
ADMIN, READER, EXPIRED, STALE = "CERTD_WEB_USER", "CERTD_WEB_READER", "CERTD_WEB_EXPIRED", "CERTD_WEB_STALE"


class Answer(NamedTuple):
    """What came back. body: JSON as Python has it, else bytes; None where there is none."""

    status: int
    headers: http.client.HTTPMessage
    body: object

    @property
    def messages(self):
        """The MessageIds of an error, without their registry's version: "Base.PropertyUnknown"."""
        found = self.body["error"]["@Message.ExtendedInfo"]
        return [one["MessageId"].split(".")[0] + "." + one["MessageId"].split(".")[-1] for one in found]


def account(user):
    """The name and the password of ADMIN, READER, EXPIRED or STALE."""
    password = "CERTD_WEB_PASSWORD" if user == ADMIN else f"{user}_PASSWORD"
    return os.environ[user], os.environ[password]


def place(plain=False):
    """Host and port of HTTPS, or of HTTP."""
    url = urllib.parse.urlsplit(os.environ["CERTD_WEB_PLAIN_URL" if plain else "CERTD_WEB_URL"])
    return url.hostname, url.port


def device_name():
    """A DNS name that the certificate in use is for."""
    done = subprocess.run(["busctl", "--system", "--json=short", "get-property", "org.certd1",
                           "/org/certd1/certificate/https", "org.certd1.Certificate", "Details"],
                          stdin=subprocess.DEVNULL, capture_output=True, text=True, check=True)
    names = json.loads(done.stdout)["data"]["subject-alt-names"]["data"]
    return next(value for kind, value in names if kind == "DNS")


def connect(trusted=AUTHORITY, name=None, context=None, port=None, source=None):
    """A TLS connection to the device, whose certificate the authority in the file trusted vouches for; source: the
    address that it comes from."""
    if context is None:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        context.load_verify_locations(trusted)
    host, usual = place()
    plain = socket.create_connection((host, port or usual), TIMEOUT_SECONDS, (source, 0) if source else None)
    plain.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    try:
        return context.wrap_socket(plain, server_hostname=name or device_name())
    except BaseException:
        plain.close()
        raise


def validate(path, method, body, target):
    """Fails where a JSON answer is not as its schema has it. target: what was asked for."""
    if "error" in body:
        faults = schemas.error_errors(body)
    elif "@odata.type" in body:
        faults = schemas.resource_errors(body)
        # A monitor answers with its task, and then with what that has made (DSP0266 section 12.2).
        if method == "GET" and MONITORS not in path and body.get("@odata.id", path).rstrip("/") != path:
            faults.append(f"@odata.id is {body['@odata.id']!r}")
    elif "/Actions/" in path:
        faults = schemas.action_errors(path.rpartition("/")[2], body)
    elif "$schema" in body or "$id" in body:
        schemas.jsonschema.Draft7Validator.check_schema(body)
        faults = []
    elif path in UNTYPED:
        faults = [f"{member} is missing" for member in sorted(UNTYPED[path] - set(body))]
    else:
        faults = ["it has no @odata.type"]
    assert not faults, f"{method} {target}:\n" + "\n".join(faults) + f"\nof {json.dumps(body)[:3000]}"


class Web:
    """One client. user: ADMIN, READER…, who signs in by how: "token", "cookie" or "basic"; None: a stranger.
    connecting: for connect()."""

    def __init__(self, user=None, how="token", **connecting):
        self.connecting = connecting
        self.credentials = {}  # headers that go with each request
        self.session = None  # its path
        self.sock = None  # where something else is to be sent over it
        self._connection = None
        self._used = 0.0  # when, monotonic
        if user is not None:
            self.sign_in(*account(user), how=how)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def close(self):
        """Closes the connection; the session stays."""
        if self._connection is not None:
            self._connection.close()
        self._connection = self.sock = None

    def open(self):
        """Connects, where there is no connection."""
        if self._connection is None:
            self.sock = connect(**self.connecting)
            host, port = place()
            self._connection = http.client.HTTPConnection(host, port, timeout=TIMEOUT_SECONDS)
            self._connection.sock = self.sock
            # Never another one behind our back, which would be none of TLS.
            self._connection.auto_open = False
        return self._connection

    def request(self, method, target, content=None, headers=None, data=None, authenticated=True):
        """Asks for target with the JSON content, or data (bytes); an Answer. A header that is None in headers
        is not sent. The connection is kept where the answer does not say otherwise."""
        given = {"Host": "%s:%d" % place(), **(self.credentials if authenticated else {})}
        if content is not None:
            data = json.dumps(content).encode()
            given["Content-Type"] = JSON_TYPE
        given |= headers or {}
        given = {name: value for name, value in given.items() if value is not None}
        if time.monotonic() - self._used > IDLE_SECONDS:
            self.close()
        connection = self.open()
        try:
            connection.request(method, target, body=data, headers=given)
            return self._answer(method, target, connection.getresponse())
        except OSError:
            self.close()
            raise
        finally:
            self._used = time.monotonic()

    def _answer(self, method, target, response):
        body = response.read()
        if response.will_close:
            self.close()
        if not body:
            return Answer(response.status, response.headers, None)
        if response.headers.get_content_type() == JSON_TYPE:
            assert HIDDEN.search(body.decode()) is None, f"{method} {target}: {body!r}"
            body = json.loads(body)
            path = urllib.parse.urlsplit(target).path
            validate(path.rstrip("/") or "/", method, body, target)
        return Answer(response.status, response.headers, body)

    def get(self, target, **how):
        return self.request("GET", target, **how)

    def post(self, target, content=None, **how):
        return self.request("POST", target, {} if content is None and "data" not in how else content, **how)

    def patch(self, target, content, **how):
        return self.request("PATCH", target, content, **how)

    def delete(self, target, **how):
        return self.request("DELETE", target, **how)

    def value(self, target):
        """The body of what is there."""
        answer = self.get(target)
        assert answer.status == 200, f"GET {target}: {answer.status} {answer.body}"
        return answer.body

    def done(self, method, target, content=None, **how):
        """The answer to what must succeed."""
        answer = self.request(method, target, content, **how)
        assert answer.status in (200, 201, 202, 204), f"{method} {target}: {answer.status} {answer.body}"
        return answer

    def try_sign_in(self, name, password, how="token"):
        """Asks for a session; the answer, whatever it is."""
        content = {"UserName": name, "Password": password}
        if how == "cookie":
            content["Oem"] = {"Certd": {"Cookie": True}}
        return self.request("POST", SESSIONS, content, authenticated=False)

    def sign_in(self, name, password, how="token"):
        """Signs in; "basic" with each request, without a session. The answer."""
        if how == "basic":
            token = base64.b64encode(f"{name}:{password}".encode()).decode()
            self.credentials = {"Authorization": f"Basic {token}"}
            return None
        answer = self.try_sign_in(name, password, how)
        assert answer.status == 201, f"{name} signs in: {answer.status} {answer.body}"
        self.session = urllib.parse.urlsplit(answer.headers["Location"]).path
        if how == "token":
            self.credentials = {"X-Auth-Token": answer.headers["X-Auth-Token"]}
            return answer
        cookie = answer.headers["Set-Cookie"].partition(";")[0]
        assert cookie.startswith(f"{COOKIE}=")
        self.credentials = {"Cookie": cookie}
        csrf = self.value(self.session)["Oem"]["Certd"]["CsrfToken"]
        self.credentials |= {"X-CSRF-Token": csrf, "Origin": "https://%s:%d" % place()}
        return answer

    def sign_in_again(self, user=ADMIN):
        """The password once more, for what destroys."""
        return self.post(f"{self.session}/Actions/Oem/CertdSession.SignInAgain", {"Password": account(user)[1]})

    def sign_out(self):
        """Ends the session."""
        answer = self.delete(self.session)
        self.credentials, self.session = {}, None
        return answer

    def walk(self, start=ROOT, also=()):
        """Everything that can be reached by @odata.id from start, and from also: {path: Answer}. Fails with
        all that is not as its schema has it."""
        found, waiting, faults = {}, [start, *also], []
        while waiting:
            path = urllib.parse.urldefrag(waiting.pop())[0].rstrip("/")
            if path in found:
                continue
            try:
                found[path] = self.get(path)
            except AssertionError as fault:
                found[path] = None
                faults.append(str(fault))
            waiting += links(found[path].body) if found[path] else []
        assert not faults, "\n\n".join(faults)
        return found


def links(body):
    """The paths that a body leads to."""
    if isinstance(body, list):
        return [link for one in body for link in links(one)]
    if not isinstance(body, dict):
        return []
    found = [link for one in body.values() for link in links(one)]
    return found + [body[name] for name in ("@odata.id", "Members@odata.nextLink") if name in body]
