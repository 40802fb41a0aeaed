# SPDX-License-Identifier: LGPL-2.1-or-later
"""A certificate of https on trial, by the HTTP API that is served with it: confirmed over the new one, refused over
the old one, and undone (R38)."""

import ssl

import pytest
import support
import web
from web_certificates import GENERATE, HTTPS, REPLACE, action, place, refused

NAME = "https"
TRIAL = {"Oem": {"Certd": {"Trial": 120}}}


def served(trusted=web.AUTHORITY):
    """Whether a new connection gets a certificate that trusted vouches for."""
    try:
        web.connect(trusted).close()
    except ssl.SSLCertVerificationError:
        return False
    return True


@pytest.fixture
def admin(bus):
    """Signed in over the factory default, which is back for the next test."""
    with web.Web(web.ADMIN) as client:
        yield client
    bus.call("/org/certd1/certificate/https", "Certificate", "Reset", "(a{sv})", ({},))
    support.wait_until(served, "the factory default is served")


@pytest.fixture
def old(admin):
    """A connection of the same session over the factory default, that is kept alive."""
    with web.Web() as client:
        client.credentials = admin.credentials
        assert client.value(place(NAME))["UsedByThisConnection"] is True
        yield client


def try_another(client, authority):
    """Has another certificate for https installed on trial; who signed in connects to it from now on."""
    name = web.device_name()
    answer = client.done("POST", GENERATE, {"CertificateCollection": {"@odata.id": HTTPS}, "CommonName": name,
                                            "AlternativeNames": [name]})
    chain = authority.chain(authority.sign(answer.body["CSRString"]))
    client.done("POST", REPLACE, {"CertificateType": "PEMchain", "CertificateString": chain, **TRIAL,
                                  "CertificateUri": {"@odata.id": f"{HTTPS}/https"}})
    support.wait_until(lambda: served(authority.root), "what is on trial is served")
    client.close()
    client.connecting = {"trusted": authority.root}


def test_confirmed_over_the_new_one(admin, old, authority):
    used = old.value(place(NAME))
    assert used["UsedByThisConnection"] is True and used["OnTrial"] is False
    try_another(admin, authority)
    tried = old.value(place(NAME))
    assert (tried["OnTrial"], tried["UsedByThisConnection"]) == (True, False)
    assert tried["Fingerprint"] != used["Fingerprint"] and tried["TrialDeadline"]
    refused(old.post(action(NAME, "Confirm")), 409, "Certd.NotProven")
    assert admin.value(place(NAME))["UsedByThisConnection"] is True
    kept = admin.post(action(NAME, "Confirm"))
    assert kept.status == 200, kept.body
    assert (kept.body["OnTrial"], kept.body["Fingerprint"]) == (False, tried["Fingerprint"])


def test_connection_is_given_up(admin, old, authority):  # R38
    """A page that asks with X-Connection gets its next answer over a new connection: it uses what is on trial."""
    try_another(admin, authority)
    kept = old.get(place(NAME))
    assert kept.headers["Connection"] != "close" and old.sock is not None
    last = old.get(place(NAME), headers={"X-Connection": "close"})
    assert last.headers["Connection"] == "close" and last.body["UsedByThisConnection"] is False
    with web.Web(trusted=authority.root) as new:
        new.credentials = old.credentials
        assert new.value(place(NAME))["UsedByThisConnection"] is True
        refused(new.get(f"{place(NAME)}x", headers={"X-Connection": "close"}), 404, "Base.ResourceNotFound")


def test_rolled_back_over_the_old_one(admin, old, authority):
    before = old.value(place(NAME))["Fingerprint"]
    try_another(admin, authority)
    back = old.post(action(NAME, "Rollback"))
    assert (back.status, back.body["Fingerprint"], back.body["OnTrial"]) == (200, before, False)
    support.wait_until(served, "the old one is served")


def test_confirmed_as_tested(admin, old, authority):
    """The user's word counts over the old one, too."""
    try_another(admin, authority)
    assert old.post(action(NAME, "Confirm"), {"Tested": True}).body["OnTrial"] is False
