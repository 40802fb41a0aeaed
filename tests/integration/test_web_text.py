# SPDX-License-Identifier: LGPL-2.1-or-later
"""Whatever strangers and users write into a field comes out as text, of JSON, of a header or of a log: never
as another header, another line, markup, or what a terminal obeys."""

import json
import os
import pathlib
import subprocess
import threading
import urllib.parse

import pytest
import redfish_schemas
import support
import tls_client
import trusted
import web
import web_https as https
from web_certificates import INSPECT, PLACES, action, made, place
from web_raw import Raw

TEXTS = {
    "terminal": "a\x1b[2J\x1b]0;b\x07", "bidirectional": "a\u202egnp.exe\u2066\u200f", "c1": "a\x85b\x9b2J",
    "quotes": "\"'`\\\"}],{\"",
    "markup": "</script><script>alert(1)</script>&lt;", "format": "%s%n%00%0d%0aX-Evil:1",
    "lines": "a\r\nX-Evil: 1\r\n\r\n<p>", "separators": "a\u2028b\u2029", "nul": "a\0b",
}
# What no text is: a byte alone, one too many, too long a form, a surrogate, and beyond the last character.
NO_TEXTS = {"alone": b"a\xff", "short": b"a\xe2\x80", "overlong": b"a\xc0\x8ab",
            "surrogate": b"a\xed\xa0\x80", "beyond": b"a\xf4\x90\x80\x80", "latin": "Ünit".encode("latin-1")}
BYTES = {name: text.encode() for name, text in TEXTS.items()} | NO_TEXTS
NAME = "text"
PASSWORD = "not this one"
LOGS = [pathlib.Path(os.environ.get("CERTD_LOG", "/nonexistent")),
        *(pathlib.Path(os.environ.get("CERTD_WEB_LOGS", "/nonexistent")) / f"certd-{program}.log"
          for program in ("tls", "web", "session"))]
HEADERS = ("User-Agent", "Accept", "Referer", "Cookie", "Authorization", "X-Auth-Token",
           "X-CSRF-Token", "Origin", "If-None-Match", "Content-Type", "Host", "OData-Version", "X-Other")


@pytest.fixture(autouse=True)
def logs_are_text():
    """Each line is one that the programs wrote, and all of it is text."""
    yield
    for path in LOGS:
        said = path.read_bytes().decode("utf-8", errors="strict").replace("\n", "")
        assert web.HIDDEN.search(said) is None, path
        lines = path.read_text(encoding="utf-8").split("\n")
        assert not [line for line in lines if line.startswith(("X-Evil", "<p>", "b\u2029"))], path


@pytest.fixture(scope="module", autouse=True)
def certificate(admin):
    """One that nobody serves."""
    with made(admin, NAME) as path:
        yield path


def answered(head):
    """The status of what is answered to a head in bytes, which is one answer of text, and its JSON."""
    raw = Raw()
    try:
        raw.send(head + b"Connection: close\r\n\r\n")
        status, headers, content = raw.answer()
        assert raw.is_closed()
    finally:
        raw.close()
    check(headers)
    if headers.get_content_type() != web.JSON_TYPE:
        return status, None
    assert web.HIDDEN.search(content.decode()) is None, content
    return status, json.loads(content)


def check(headers):
    """They are those that the device sends, and ASCII."""
    assert "X-Evil" not in headers
    assert headers["X-Content-Type-Options"] == "nosniff" and headers.get_content_type() != "text/html"
    assert all(" " <= char <= "~" for value in headers.values() for char in value), headers.items()


def line(path):
    return b"GET " + path + b" HTTP/1.1\r\nHost: device\r\n"


@pytest.mark.parametrize("name", HEADERS)
def test_header(name):  # R66
    for kind, text in BYTES.items():
        if kind == "lines":
            continue  # two requests
        host = b"" if name == "Host" else b"Host: device\r\n"
        status, _ = answered(b"GET /redfish/v1 HTTP/1.1\r\n" + host + name.encode() + b": " + text + b"\r\n")
        assert status in (200, 400, 401, 403, 412), (kind, status)


def test_path(admin):  # R66
    """As it is, and with each of its bytes escaped."""
    token = b"X-Auth-Token: " + admin.credentials["X-Auth-Token"].encode() + b"\r\n"
    for kind, text in BYTES.items():
        escaped = urllib.parse.quote(text, safe="").encode()
        for path in (b"/" + escaped, f"{web.ROOT}/".encode() + escaped, f"{PLACES}/".encode() + escaped,
                     f"{web.ROOT}?".encode() + escaped + b"=" + escaped, f"{PLACES}/".encode() + text):
            if kind == "lines" and path.endswith(text):
                continue  # two requests
            status, body = answered(line(path) + token)
            assert status in (200, 400, 404), (kind, path, status)
            if status != 200:
                assert not redfish_schemas.error_errors(body), (kind, path)


def test_plain_port():  # R64 R66
    """The redirect has the path in a header."""
    for text in BYTES.values():
        raw = Raw(plain=True)
        try:
            raw.send(line(b"/" + urllib.parse.quote(text, safe="").encode()) + b"Connection: close\r\n\r\n")
            status, headers, _ = raw.answer()
            assert raw.is_closed()
        finally:
            raw.close()
        assert status in (302, 307, 308, 400, 404)
        check(headers)


@pytest.mark.parametrize("way", (
    ("POST", web.SESSIONS), ("PATCH", https.NETWORK), ("PATCH", place(NAME)), ("POST", INSPECT),
    ("POST", action(NAME, "Request")),
), ids=lambda way: way[1].rpartition("/")[2])
def test_json_key(admin, way):  # R66
    """The error names it; what is no UTF-8 is no JSON, and a name ends with its last character."""
    method, path = way
    for kind, text in TEXTS.items():
        answer = admin.request(method, path, {text: 1})
        assert answer.status == 400, (kind, answer.body)
        first = answer.body["error"]["@Message.ExtendedInfo"][0]
        assert text in first["MessageArgs"] or answer.messages == ["Base.MalformedJSON"], (kind, answer.body)
        assert (answer.messages == ["Base.MalformedJSON"]) is (kind == "nul"), kind
    for kind, bad in NO_TEXTS.items():
        answer = admin.request(method, path, data=b'{"' + bad + b'": 1}',
                               headers={"Content-Type": web.JSON_TYPE})
        assert (answer.status, answer.messages) == (400, ["Base.MalformedJSON"]), (kind, answer.body)


def test_fields(admin):  # R2 R12
    """Names, subjects, alternative names and consumers: what is refused says so in text, and nothing
    of it is hidden where it is taken."""
    for text in TEXTS.values():
        named = [admin.post(PLACES, {"Id": text}),
                 admin.patch(place(NAME), {"Settings": {"SubjectAltNames": [f"URI:https://a.org/{text}"]}}),
                 admin.patch(place(NAME), {"Settings": {"SubjectAltNames": [f"dirName:CN={text}"]}}),
                 admin.patch(place(NAME), {"Consumers": [{"Kind": "unit", "Name": text}]}),
                 admin.patch(place(NAME), {"Settings": {"Subject": f"CN={text}"}})]
        for answer in named:
            assert answer.status in (200, 400, 403), answer.body
            check(answer.headers)
        assert web.HIDDEN.search(admin.value(place(NAME))["Settings"]["Subject"]) is None
    admin.done("PATCH", place(NAME), {"Settings": {"Subject": "", "SubjectAltNames": []}, "Consumers": []})


def test_user_name():  # R60
    """Nobody of that name signs in; the log says it in one line, if at all."""
    found = {}

    def attempt(text):
        with web.Web() as client:
            found[text] = client.try_sign_in(text, PASSWORD)

    names = ["".join(TEXTS[kind] for kind in kinds) for kinds in
             (("terminal", "bidirectional", "c1"), ("lines", "separators", "format"), ("quotes", "markup"),
              ("nul",))]
    threads = [threading.Thread(target=attempt, args=(name,)) for name in names]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(support.DEADLINE_SECONDS)
    assert len(found) == len(names)
    for answer in found.values():
        assert answer.status in (400, 401), answer.body
        check(answer.headers)


def foreign(folder, subject, name="foreign"):
    """A certificate with its key that nobody vouches for, whose common name is subject, bytes."""
    escaped = subject.replace(b"\\", b"\\\\").replace(b"/", b"\\/").replace(b"+", b"\\+")
    done = subprocess.run(
        [b"openssl", b"req", b"-x509", b"-newkey", b"ec", b"-pkeyopt", b"ec_paramgen_curve:P-256", b"-nodes",
         b"-keyout", name.encode() + b".key", b"-days", b"9",
         *([b"-utf8"] if is_text(subject) else []), b"-subj", b"/CN=" + escaped, b"-addext",
         b"subjectAltName=DNS:a.example.org"], cwd=folder, capture_output=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout.decode()


def is_text(data):
    try:
        data.decode()
    except UnicodeDecodeError:
        return False
    return True


def test_foreign_subject(bus, admin, tmp_path):  # R36 R39 R40
    """What somebody outside has signed is shown by the resource, the findings and the log."""
    trusted.clear(bus)
    for kind, text in BYTES.items():
        if kind == "nul":
            continue
        pem = foreign(tmp_path, text[:60])
        body = admin.done("POST", INSPECT, {"Data": pem, "Certificate": NAME}).body
        assert body["Details"]["Subject"].startswith("CN="), kind
        key = (tmp_path / "foreign.key").read_text(encoding="ascii")
        admin.done("POST", action(NAME, "Import"), {
            "Data": pem, "KeyPem": key, "Accept": [one["Code"] for one in body["Findings"]]})
        there = admin.value(place(NAME))
        assert there["Details"]["Subject"] == there["Details"]["Issuer"] == body["Details"]["Subject"], kind
        shown = admin.value(f"{place(NAME)}/Certificate")["Subject"]["CommonName"]
        assert shown == text[:60].decode("utf-8" if is_text(text) else "latin-1"), kind
    rows = bus.certctl("log", "--json", "--action", "import", check=True).stdout
    assert web.HIDDEN.search(rows.replace("\n", "")) is None


def client_chain(authority, name, file):
    """A file with a certificate for a client that the authority vouches for, and its key. name: bytes."""
    folder = authority.folder
    done = subprocess.run(
        [b"openssl", b"req", b"-new", b"-newkey", b"ec", b"-pkeyopt", b"ec_paramgen_curve:P-256", b"-nodes",
         *([b"-utf8"] if is_text(name) else []), b"-subj", b"/CN=" + name.replace(b"/", b"\\/"), b"-keyout",
         file.encode() + b".key"], cwd=folder, capture_output=True, check=False)
    assert done.returncode == 0, done.stderr
    leaf = authority.sign(done.stdout.decode(), extensions="extendedKeyUsage=clientAuth")
    path = folder / f"{file}.all.pem"
    key = (folder / f"{file}.key").read_text(encoding="ascii")
    path.write_text(authority.chain(leaf) + key, encoding="ascii")
    return path


def test_client_certificate(bus, authority):  # R61
    """Whoever has one for a strange name is let in with it like others."""
    trusted.add(bus, authority.root.read_bytes(), ["client"])
    for index, kind in enumerate(("terminal", "bidirectional", "lines", "format", "latin", "alone")):
        bus.call("/org/certd1/certificate/https", "Certificate", "Reset", "(a{sv})", ({},))
        https.wait_for_served(bus)
        chain = client_chain(authority, BYTES[kind][:60], f"client{index}")
        https.prove(bus, client_certificate=True, context=https.trusting(authority, chain))
        assert tls_client.exchange(tls_client.context(chain)) == 200
    trusted.clear(bus)
