# SPDX-License-Identifier: LGPL-2.1-or-later
"""What HTTPS is served with, changed by the HTTP API that it carries, and looked at by curl."""

import hashlib
import json
import os
import ssl
import subprocess
from typing import NamedTuple

import support
import trusted
import web
from web_certificates import GENERATE, HTTPS, REPLACE, action, place

NAME = "https"
NETWORK = f"{web.ROOT}/Managers/device/NetworkProtocol"
POLICY = f"{web.ROOT}/Managers/device/SecurityPolicy"
CONFIRM = f"{NETWORK}/Actions/Oem/CertdNetworkProtocol.Confirm"
ROLLBACK = f"{NETWORK}/Actions/Oem/CertdNetworkProtocol.Rollback"
FORCE = {"HTTP": {"ProtocolEnabled": False}}
HIGH, STANDARD = ({"Oem": {"Certd": {"Level": level}}} for level in ("high", "standard"))
SHORTEST = 30  # seconds of a trial
# What curl ends with.
REFUSED, NO_HANDSHAKE, NOT_VERIFIED, CUT_OFF = 7, 35, 60, 56


def on_trial(content, seconds=SHORTEST):
    """A PATCH's content with how long it is tried."""
    own = content.get("Oem", {}).get("Certd", {})
    return {**content, "Oem": {"Certd": {**own, "Trial": seconds}}}


def trusting(authority, chain=None):
    """A client's settings that takes the device's own authority, and the one outside; chain: a file with the
    client's certificate and key."""
    made = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    made.load_verify_locations(web.AUTHORITY)
    made.load_verify_locations(authority.root)
    if chain is not None:
        made.load_cert_chain(chain)
    return made


def print_of(sock):
    """SHA-256 of the certificate that a connection was begun with, as the API has it."""
    digest = hashlib.sha256(sock.getpeercert(True)).hexdigest().upper()
    return ":".join(digest[index:index + 2] for index in range(0, len(digest), 2))


def served(**connecting):
    """What the next handshake shows."""
    with web.connect(**connecting) as sock:
        return print_of(sock)


def in_use(client):
    return client.value(f"{HTTPS}/{NAME}")["Fingerprint"]


def install(client, authority, trial=None, **key):
    """Has the authority sign a request for https and installs what it signed; key: as GenerateCSR has it."""
    name = web.device_name()
    answer = client.done("POST", GENERATE, {"CertificateCollection": {"@odata.id": HTTPS}, "CommonName": name,
                                            "AlternativeNames": [name], **key})
    own = {} if trial is None else {"Oem": {"Certd": {"Trial": trial}}}
    client.done("POST", REPLACE, {
        "CertificateType": "PEMchain", "CertificateUri": {"@odata.id": f"{HTTPS}/{NAME}"}, **own,
        "CertificateString": authority.chain(authority.sign(answer.body["CSRString"]))})


def do(client, verb, content=None):
    """One of the actions of https; what it answers with."""
    return client.post(action(NAME, verb), content)


def shown(client):
    return client.value(place(NAME))


def prove(bus, client_certificate=False, **connecting):
    """A client goes through HTTPS until certd knows."""
    wanted = "ProvenClientCertificate" if client_certificate else "Proven"

    def through():
        with web.Web(**connecting) as client:
            for _ in range(2):
                client.value(web.ROOT)
        return bus.get("/org/certd1/https", "Https", wanted)
    support.wait_until(through, wanted)


def back_to_default(bus):
    """As a new device serves HTTPS, but for the ports."""
    if bus.get("/org/certd1/https", "Https", "TrialDeadline"):
        bus.certctl("https", "rollback", check=True)
    if bus.get("/org/certd1/https", "Https", "Level") != "standard":
        bus.certctl("https", "level", "standard", check=True)
        bus.certctl("https", "confirm", "--tested", check=True)
    bus.certctl("https", "force", "off", check=True)
    trusted.clear(bus)
    bus.call("/org/certd1/certificate/https", "Certificate", "Reset", "(a{sv})", ({},))
    wait_for_served(bus)


def wait_for_served(bus):
    """Until the next handshake shows what is in use."""
    support.wait_until(lambda: is_served(bus), "what is in use is served")


def is_served(bus):
    chosen = bus.get("/org/certd1/certificate/https", "Certificate", "Fingerprint")
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    try:
        return served(context=context).replace(":", "").lower() == chosen
    except OSError:
        return False


class Got(NamedTuple):
    """What came of curl: its exit status, HTTP's, and the body."""

    end: int
    status: int
    body: str

    @property
    def json(self):
        return json.loads(self.body)


def curl(target, *words, trust=web.AUTHORITY, headers=None, settings=None, plain=False):
    """Has curl get target, or do what words say. settings: of OpenSSL, a file. Headers are on its input:
    who looks at processes sees no token."""
    port = web.place(plain)[1]
    name = web.device_name()
    lines = "".join(f"{key}: {value}\n" for key, value in (headers or {}).items())
    done = subprocess.run(
        ["curl", "--silent", "--show-error", "--resolve", f"{name}:{port}:127.0.0.1", "--header", "@-",
         "--cacert", str(trust), "--write-out", "\n%{http_code}", *map(str, words),
         f"{'http' if plain else 'https'}://{name}:{port}{target}"],
        input=lines, capture_output=True, text=True, check=False,
        env={**os.environ, **({"OPENSSL_CONF": str(settings)} if settings else {})})
    body, _, status = done.stdout.rpartition("\n")
    return Got(done.returncode, int(status), body)
