# SPDX-License-Identifier: LGPL-2.1-or-later
"""The collections of certificates and requests say of each what a list shows, so that nobody has to read them one by
one. The client holds each answer against its schema."""

import pytest
import support
from gi.repository import GLib
from web_certificates import PLACES, action, made, place

NAME = "place"
ROW_NAMES = 10  # CERTD_LIMIT_ROW_NAMES
PAGE = 100  # CERTD_LIMIT_PAGE_EXTENDED
SAME = ["State", "OnTrial", "Emergency", "HasPrevious", "Generation", "Origin", "NotBefore", "NotAfter", "Renewal",
        "Fingerprint"]
IN_NUMBERS = ["Findings", "Consumers"]


@pytest.fixture(scope="module", autouse=True)
def certificate(admin):
    """One that nobody serves."""
    with made(admin, NAME, Subject=f"CN={NAME}.example.org") as path:
        yield path


def summaries(client, path=PLACES):
    """Of a collection, by where they are; each member has its own, in their order."""
    body = client.value(path)
    assert [one["@odata.id"] for one in body["Members"]] == [one["@odata.id"] for one in body["Summaries"]]
    return {one["@odata.id"]: one for one in body["Summaries"]}


def test_summaries(admin):  # R65
    """They say what the resources say."""
    for path, summary in summaries(admin).items():
        body = admin.value(path)
        details = body.get("Details", body["Settings"])
        names = details["SubjectAltNames"]
        assert [summary.get(name) or None for name in SAME] == [body.get(name) or None for name in SAME]
        assert [summary[name] for name in IN_NUMBERS] == [len(body[name]) for name in IN_NUMBERS]
        assert (summary["Subject"], summary["Issuer"]) == (details["Subject"], body["Settings"]["Issuer"])
        assert (summary["SubjectAltNames"], summary["SubjectAltNamesCount"]) == (names[:ROW_NAMES], len(names))
        assert summary["Worst"] == next((severity for severity in ("error", "warning", "note") if severity in
                                         [one["Severity"] for one in body["Findings"]]), "")


def test_summary_names(admin):
    """As many names as a row has, and how many there are."""
    for count in (ROW_NAMES, ROW_NAMES + 1):
        names = [f"DNS:n{number}.example.org" for number in range(count)]
        admin.done("PATCH", place(NAME), {"Settings": {"SubjectAltNames": names}})
        summary = summaries(admin)[place(NAME)]
        assert (summary["SubjectAltNames"], summary["SubjectAltNamesCount"]) == (names[:ROW_NAMES], count)
    admin.done("PATCH", place(NAME), {"Settings": {"SubjectAltNames": []}})


def test_many(admin, bus):  # R65
    """500 are listed, and a page has the summaries of its own members."""
    count = 500
    paths = [bus.call(support.MANAGER, "Manager", "CreateCertificate", "(sa{sv})", (f"many{number:03}", {}))[0]
             for number in range(count)]
    try:
        found = summaries(admin)
        assert len([path for path in found if "/many" in path]) == count
        assert list(summaries(admin, f"{PLACES}?$skip=101&$top=7")) == list(found)[101:108]
    finally:
        for path in paths:
            bus.call(path, "Certificate", "Remove", "(a{sv})", ({},))


@pytest.mark.parametrize("rows", [PAGE, PAGE + 1])
def test_extended_page(bus, rows):
    """An extended page has so many rows, and none is asked for beyond them."""
    arguments = ({"extended": GLib.Variant("b", True)}, "", rows)
    if rows > PAGE:
        with pytest.raises(GLib.Error, match="LimitExceeded"):
            bus.call(support.MANAGER, "Manager", "ListCertificates", "(a{sv}su)", arguments)
        return
    listed, _ = bus.call(support.MANAGER, "Manager", "ListCertificates", "(a{sv}su)", arguments)
    assert {"Names", "NameCount", "Findings", "Worst", "Consumers", "HasPrevious"} <= set(listed[0][2])


def test_request_summaries(admin):  # R11
    """They say what the resources say."""
    admin.done("POST", action(NAME, "Request"), {"Issuer": "external"})
    found = summaries(admin, f"{place(NAME)}/Requests")
    newest = next(iter(found))
    body = admin.value(newest)
    assert found[newest]["SubjectAltNamesCount"] == len(body["SubjectAltNames"]) > 0
    for path, summary in found.items():
        body = admin.value(path)
        assert {name: value for name, value in summary.items() if name != "SubjectAltNamesCount"} == {
            name: body[name] for name in summary if name != "SubjectAltNamesCount"}
    page = summaries(admin, f"{place(NAME)}/Requests?$skip=1&$top=1")
    assert list(page) == list(found)[1:2]
    admin.done("POST", f"{newest}/Actions/CertdRequest.Cancel", {})
