# SPDX-License-Identifier: LGPL-2.1-or-later
"""HTTP itself, byte by byte: what is refused and how, what every answer has, limits at and beyond them, and
the plain port."""

import contextlib
import gzip
import os
import pathlib

import pytest
import web
from web_raw import API, HOST, SIGN_IN, Raw, ask, message

# model/web-limits.h
HEADER_BYTES = 16 * 1024  # CERTD_LIMIT_WEB_HEADER_BYTES
TARGET_BYTES = 2048  # CERTD_LIMIT_WEB_TARGET_BYTES
STRANGER_BODY = 4 * 1024  # CERTD_LIMIT_WEB_STRANGER_BODY_BYTES
BODY = 320 * 1024  # CERTD_LIMIT_WEB_BODY_BYTES
NETWORK = f"{web.ROOT}/Managers/device/NetworkProtocol"
# R66
EVERYWHERE = {
    "Cache-Control": "no-store", "X-Frame-Options": "DENY", "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer", "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Embedder-Policy": "require-corp", "Cross-Origin-Resource-Policy": "same-origin",
}


def padded(name, size):
    """A header that makes the whole head that many bytes."""
    return API + name + ": " + "x" * (size - len(API) - len(name) - 2 - 4) + "\r\n\r\n"


# Each: what is sent, the status, the message. After it the connection is closed.
WRONG = {
    "no-host": ("GET / HTTP/1.1\r\n\r\n", 400, "HeaderMissing"),
    "two-hosts": (API + HOST + "\r\n", 400, "HeaderDuplicate"),
    "two-lengths": (API + "Content-Length: 0\r\nContent-Length: 0\r\n\r\n", 400, "HeaderDuplicate"),
    "two-tokens": (API + "X-Auth-Token: a\r\nx-auth-token: b\r\n\r\n", 400, "HeaderDuplicate"),
    "length-and-coding": (API + "Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 400,
                          "RequestInvalid"),
    "chunked": (API + "Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 411, "LengthRequired"),
    "folded": (API + "A: b\r\n c\r\n\r\n", 400, "RequestInvalid"),
    "space-before-colon": (API + "A : b\r\n\r\n", 400, "RequestInvalid"),
    "line-feeds": ("GET / HTTP/1.1\nHost: a\n\n\r\n\r\n", 400, "RequestInvalid"),
    "nul": (API + "A: b\0\r\n\r\n", 400, "RequestInvalid"),
    "not-http": ("HELO device\r\n\r\n", 400, "RequestInvalid"),
    "version": ("GET / HTTP/2.0\r\n" + HOST + "\r\n", 505, "VersionUnsupported"),
    "method": ("BREW / HTTP/1.1\r\n" + HOST + "\r\n", 501, "MethodUnknown"),
    "absolute": ("GET https://a/ HTTP/1.1\r\n" + HOST + "\r\n", 400, "PathInvalid"),
    "asterisk": ("OPTIONS * HTTP/1.1\r\n" + HOST + "\r\n", 400, "PathInvalid"),
    "parent": ("GET /../etc/passwd HTTP/1.1\r\n" + HOST + "\r\n", 400, "PathInvalid"),
    "parent-encoded": ("GET /%2e%2e/ HTTP/1.1\r\n" + HOST + "\r\n", 400, "PathInvalid"),
    "slash-encoded": ("GET /a%2fb HTTP/1.1\r\n" + HOST + "\r\n", 400, "PathInvalid"),
    "nul-encoded": ("GET /%00 HTTP/1.1\r\n" + HOST + "\r\n", 400, "PathInvalid"),
    "double-slash": ("GET //redfish HTTP/1.1\r\n" + HOST + "\r\n", 400, "PathInvalid"),
    "overlong": ("GET /%c0%ae HTTP/1.1\r\n" + HOST + "\r\n", 400, "PathInvalid"),
    "expect": (API + "Expect: tea\r\n\r\n", 417, "ExpectationUnknown"),
    "target": ("GET /" + "a" * TARGET_BYTES + " HTTP/1.1\r\n" + HOST + "\r\n", 414, "TargetTooLong"),
    "endless-target": ("GET /" + "a" * (HEADER_BYTES + 1), 414, "TargetTooLong"),
    "headers": (padded("A", HEADER_BYTES + 1), 431, "HeadersTooLong"),
    "endless-header": (API + "A: " + "a" * HEADER_BYTES, 431, "HeadersTooLong"),
    "stranger-body": (SIGN_IN + f"Content-Length: {STRANGER_BODY + 1}\r\n\r\n", 413, "PayloadTooLarge"),
    "endless-body": (SIGN_IN + "Content-Length: 314572800\r\n\r\n" + "x" * 4096, 413, "PayloadTooLarge"),
}


@pytest.mark.parametrize("row", WRONG)
def test_wrong(row):  # R66
    text, status, expected = WRONG[row]
    with contextlib.closing(Raw()) as raw:
        raw.send(text)
        got, headers, body = raw.answer()
        assert (got, message(body)) == (status, expected)
        assert headers["Connection"] == "close" and headers["X-Content-Type-Options"] == "nosniff"
        assert raw.is_closed()


# What is as long as may be.
LONGEST = {
    "target": ("GET /" + "a" * (TARGET_BYTES - 1) + " HTTP/1.1\r\n" + HOST + "\r\n", 404),
    "headers": (padded("A", HEADER_BYTES), 200),
    "stranger-body": (SIGN_IN + f"Content-Length: {STRANGER_BODY}\r\n\r\n" + "{}".ljust(STRANGER_BODY), 400),
}


@pytest.mark.parametrize("row", LONGEST)
def test_longest(row):  # R66
    text, status = LONGEST[row]
    with contextlib.closing(Raw()) as raw:
        raw.send(text)
        assert raw.answer()[0] == status
        raw.send(API + "\r\n")
        assert raw.answer()[0] == 200, "the connection goes on"


@pytest.mark.parametrize("how", ("token", "basic"))
def test_body_after_sign_in(how):  # R66
    """At the limit the body is read (and refused for what it is), one byte beyond not."""
    with web.Web(web.ADMIN, how) as client:
        for size, status, expected in ((BODY, 400, "Base.PropertyUnknown"), (BODY + 1, 413,
                                                                             "Base.PayloadTooLarge")):
            data = b'{"Unknown": 1}'.ljust(size)
            answer = client.request("PATCH", NETWORK, data=data, headers={"Content-Type": "application/json"})
            assert (answer.status, answer.messages[0]) == (status, expected)


BODIES = {
    "text": ("text/plain", b"{}", 415), "charset": ("application/json; charset=latin1", b"{}", 415),
    "none": (None, b"{}", 415), "utf8": ("Application/JSON;charset=UTF-8", b"{}", 200),
    "empty": ("application/json", b"", 200), "array": ("application/json", b"[]", 400),
    "twice": ("application/json", b'{"A": 1, "A": 1}', 400), "not-utf8": ("application/json", b'{"A": "\xff"}', 400),
    "deep": ("application/json", b'{"A":' + b"[" * 5000 + b"]" * 5000 + b"}", 400),
    "nul": ("application/json", b'{"A": "\\u0000"}', 400),
}


@pytest.mark.parametrize("row", BODIES)
def test_body(admin, row):  # R66
    kind, data, status = BODIES[row]
    answer = admin.request("PATCH", NETWORK, data=data, headers={"Content-Type": kind})
    assert answer.status == status or (status == 200 and answer.status in (204, 400)
                                       and "Base.MalformedJSON" not in (answer.body and answer.messages or ()))


def test_body_that_nobody_takes(admin):  # R37
    """What comes with a GET is not looked at (DSP0266); with a DELETE it is refused, and nothing is deleted. What
    comes behind it is a request still."""
    for data in (b"{}", b"no JSON at all"):
        assert admin.request("GET", NETWORK, data=data).body == admin.value(NETWORK)
        assert admin.request("HEAD", NETWORK, data=data).status == 200
        with web.Web(web.ADMIN) as other:
            refused = other.request("DELETE", other.session, data=data)
            assert (refused.status, refused.messages) == (400, ["Base.UnrecognizedRequestBody"])
            assert other.sign_out().status == 204


def test_headers_everywhere(admin):  # R66
    for answer in (admin.get(web.ROOT), admin.get("/"), admin.get("/nothing"), admin.get(NETWORK),
                   admin.delete(web.ROOT), admin.get("/ca.crt"), web.Web().get(NETWORK)):
        assert {name: answer.headers[name] for name in EVERYWHERE} == EVERYWHERE, answer
        policy = answer.headers["Content-Security-Policy"]
        assert policy.startswith("default-src 'none'") and "unsafe" not in policy
        assert "Server" not in answer.headers and "Strict-Transport-Security" not in answer.headers
        assert answer.headers["Date"]


def test_methods(admin):  # R37
    answer = admin.request("PUT", web.ROOT)
    assert (answer.status, answer.headers["Allow"]) == (405, "GET, HEAD")
    for method in ("OPTIONS", "TRACE"):
        assert admin.request(method, web.ROOT).status == 405
    whole, head = admin.get(NETWORK), admin.request("HEAD", NETWORK)
    assert head.status == 200 and head.body is None
    for name in ("Content-Length", "ETag", "Allow", "OData-Version", "Content-Type", "Link"):
        assert head.headers[name] == whole.headers[name]
    assert "GET" in whole.headers["Allow"] and "PATCH" in whole.headers["Allow"]


def test_entity_tags(admin):  # R37
    tag = admin.get(NETWORK).headers["ETag"]
    for given in (tag, f'"x", W/{tag}', "*"):
        answer = admin.get(NETWORK, headers={"If-None-Match": given})
        assert (answer.status, answer.body, answer.headers["ETag"]) == (304, None, tag)
    assert admin.get(NETWORK, headers={"If-None-Match": '"x"'}).status == 200
    answer = admin.patch(NETWORK, {"HTTPS": {"Port": 1}}, headers={"If-Match": '"x"'})
    assert (answer.status, answer.messages) == (412, ["Base.PreconditionFailed"])
    answer = admin.patch(NETWORK, {"Unknown": 1}, headers={"If-Match": tag})
    assert answer.messages == ["Base.PropertyUnknown"]


def test_queries(admin):  # R37
    schemas = f"{web.ROOT}/JsonSchemas"
    everything = admin.value(schemas)["Members"]
    page = admin.value(f"{schemas}?$skip=2&$top=3")
    assert page["Members"] == everything[2:5] and page["Members@odata.count"] == len(everything)
    assert admin.value(f"{schemas}?only&unknown=1")["Members"] == everything
    for target, status, expected in (
            (f"{schemas}?$top=x", 400, "Base.QueryParameterValueTypeError"),
            (f"{schemas}?$top=-1", 400, "Base.QueryParameterValueTypeError"),
            (f"{NETWORK}?$top=1", 400, "Base.QueryNotSupportedOnResource"),
            (f"{schemas}?$expand=.", 501, "Base.QueryParameterUnsupported"),
            (f"{web.ROOT}?$select=Id", 501, "Base.QueryParameterUnsupported")):
        answer = admin.get(target)
        assert (answer.status, answer.messages) == (status, [expected]), target
    assert admin.patch(f"{NETWORK}?$top=1", {}).messages == ["Base.QueryNotSupportedOnOperation"]
    answer = admin.get(web.ROOT, headers={"OData-Version": "4.01"})
    assert (answer.status, answer.messages) == (412, ["Certd.ODataVersionUnsupported"])
    assert admin.get(web.ROOT, headers={"OData-Version": "4.0"}).status == 200


def test_documents():  # R37
    """What anybody may read says the same of what there is, and leads to it."""
    with web.Web() as client:
        metadata = client.get(f"{web.ROOT}/$metadata")
        assert metadata.headers.get_content_type() == "application/xml"
        assert b'Namespace="ServiceRoot.v1_21_0"' in metadata.body
        services = {one["url"] for one in client.value(f"{web.ROOT}/odata")["value"]}
        root = client.value(web.ROOT)
        assert {root[name]["@odata.id"] for name in ("Managers", "Tasks", "SessionService")} < services
        assert client.value("/redfish") == {"v1": "/redfish/v1/"}


def test_schemas(admin):  # R37
    registry = admin.value(f"{web.ROOT}/Registries/Certd")["Location"][0]["Uri"]
    messages = admin.value(registry)["Messages"]
    assert {"SignInAgain", "KeyMismatch", "NotProven", "Finding", "EventsLost"} < set(messages)
    own = [one["@odata.id"] for one in admin.value(f"{web.ROOT}/JsonSchemas")["Members"]
           if "/Certd" in one["@odata.id"]]
    assert own
    for path in own:
        described = admin.value(path)
        uri = described["Location"][0]["Uri"]
        schema = admin.value(uri)
        assert schema["definitions"] and schema["$id"] == uri
        assert described["Schema"].startswith(f"#{described['Id']}.")


def test_asking_for_a_password():  # R60
    """Tools are asked for one; a page's own requests are not, or the browser would ask in a window."""
    with web.Web() as client:
        assert client.get(NETWORK).headers["WWW-Authenticate"] == 'Basic realm="certd"'
        for headers in ({"X-Requested-With": "XMLHttpRequest"}, {"Cookie": "a=b"}, {"Sec-Fetch-Site": "same-origin"}):
            answer = client.get(NETWORK, headers=headers)
            assert answer.status == 401 and "WWW-Authenticate" not in answer.headers


def test_connection_goes_on():
    """Requests that come at once are answered one after another; who waits for 100 Continue gets it."""
    with contextlib.closing(Raw()) as raw:
        raw.send((API + "\r\n") * 2 + "\r\nHEAD / HTTP/1.1\r\n" + HOST + "\r\n" + SIGN_IN
                 + "Content-Length: 2\r\n\r\n{}" + API + "\r\n")
        assert [raw.answer()[0], raw.answer()[0], raw.answer("HEAD")[0], raw.answer()[0],
                raw.answer()[0]] == [200, 200, 200, 400, 200]
        raw.send(SIGN_IN + "Expect: 100-continue\r\nContent-Length: 2\r\n\r\n")
        assert raw.answer()[0] == 100
        raw.send("{}")
        assert raw.answer()[0] == 400
        raw.send(API + "Connection: close\r\n\r\n")
        assert raw.answer()[0] == 200 and raw.is_closed()


def test_connection_goes_on_without_a_body(admin):  # R37
    """After 204, 304, and what HEAD and an empty body have, the same connection takes the next request."""
    with web.Web(web.ADMIN) as other:
        token = other.credentials["X-Auth-Token"]
        tag = admin.get(NETWORK).headers["ETag"]
        head = HOST + f"X-Auth-Token: {token}\r\n"
        asked = ((f"GET {NETWORK} HTTP/1.1\r\n{head}If-None-Match: {tag}\r\n\r\n", 304),
                 (f"HEAD {NETWORK} HTTP/1.1\r\n{head}\r\n", 200),
                 (f"HEAD {web.ROOT}/nothing HTTP/1.1\r\n{head}\r\n", 404),
                 (f"HEAD {NETWORK} HTTP/1.1\r\n{head}If-None-Match: {tag}\r\n\r\n", 304),
                 (f"GET {web.ROOT}/Managers/device/SecurityPolicy/Oem/Certd/client.pem HTTP/1.1\r\n{head}\r\n", 200),
                 (f"DELETE {other.session} HTTP/1.1\r\n{head}\r\n", 204))
        with contextlib.closing(Raw()) as raw:
            for text, expected in asked:
                raw.send(text)
                status, headers, _ = raw.answer(text.split()[0])
                assert status == expected and headers["Connection"] != "close", text
                assert ("Content-Length" in headers) == (status not in (204, 304)), text
            raw.send(API + "\r\n")
            assert raw.answer()[0] == 200


PLAIN = {
    "path": ("GET /a/b?c=d HTTP/1.1\r\nHost: device.example\r\n\r\n", 308, "https://device.example{}/a/b?c=d"),
    "port": ("GET / HTTP/1.1\r\nHost: 192.0.2.1:80\r\n\r\n", 308, "https://192.0.2.1{}/"),
    "ipv6": ("GET / HTTP/1.1\r\nHost: [2001:db8::1]\r\n\r\n", 308, "https://[2001:db8::1]{}/"),
    "api": ("GET /redfish/v1 HTTP/1.1\r\n" + HOST + "\r\n", 308, "https://device.example{}/redfish/v1"),
    "token": (API + "X-Auth-Token: " + "a" * 43 + "\r\n\r\n", 308, "https://device.example{}/redfish/v1"),
    "ca-post": ("POST /ca.crt HTTP/1.1\r\n" + HOST + "\r\n", 405, None),
    "challenge": ("GET /.well-known/acme-challenge/none HTTP/1.1\r\n" + HOST + "\r\n", 404, None),
    "sign-in": (SIGN_IN + "Content-Length: 2\r\n\r\n{}", 413, None),
}


@pytest.mark.parametrize("row", PLAIN)
def test_plain(row):  # R64
    text, status, location = PLAIN[row]
    got, headers, _ = ask(text, plain=True)
    assert got == status
    port = web.place()[1]
    assert headers["Location"] == (location and location.format("" if port == 443 else f":{port}"))
    assert "Set-Cookie" not in headers and "X-Auth-Token" not in headers and "WWW-Authenticate" not in headers


def test_authority():  # R64
    """The authority's certificate, for anybody, over either port."""
    folder = pathlib.Path(os.environ["CERTD_RUNTIME_DIRECTORY"]) / "authority"
    for plain in (True, False):
        for name in ("ca.crt", "ca.cer"):
            status, headers, body = ask(f"GET /{name} HTTP/1.1\r\n{HOST}\r\n", plain)
            assert (status, headers["Content-Type"]) == (200, "application/x-x509-ca-cert")
            assert body == (folder / name).read_bytes()


@pytest.mark.parametrize("accepts, coded", (
    (None, False), ("identity", False), ("gzip;q=0", False), ("br, gzip;q=0.5", True), ("GZIP", True)))
def test_page_coded(accepts, coded):
    """The page's files come compressed to who takes that; the same bytes either way."""
    headers = {} if accepts is None else {"Accept-Encoding": accepts}
    with web.Web() as client:
        plain = client.request("GET", "/style.css")
        answer = client.request("GET", "/style.css", headers=headers)
    assert answer.headers["Vary"] == plain.headers["Vary"] == "Accept-Encoding"
    assert (answer.headers["Content-Encoding"] == "gzip") is coded
    assert (gzip.decompress(answer.body) if coded else answer.body) == plain.body
