# SPDX-License-Identifier: LGPL-2.1-or-later
"""The certificate side of the HTTP API, as the tests of it go there."""

import contextlib
import time

import support
import web

SERVICE = f"{web.ROOT}/CertificateService"
OEM = f"{SERVICE}/Oem/Certd"
PLACES = f"{OEM}/Certificates"
HTTPS = f"{web.ROOT}/Managers/device/NetworkProtocol/HTTPS/Certificates"
GENERATE = f"{SERVICE}/Actions/CertificateService.GenerateCSR"
REPLACE = f"{SERVICE}/Actions/CertificateService.ReplaceCertificate"
INSPECT = f"{SERVICE}/Actions/Oem/CertdCertificateService.Inspect"
FACTORY_RESET = f"{SERVICE}/Actions/Oem/CertdCertificateService.FactoryReset"
TASKS = f"{web.ROOT}/TaskService"
# What a page would come to harm by, were it not taken for text.
HOSTILE = ("<script>alert(1)</script>", "\"'><img src=x>", "{{7*7}}${7*7}", "a\r\nSet-Cookie: x=y",
           "../../etc/passwd", "\u202egnp.exe", "%00%0d%0a", "' OR 1=1 --", "\x00", "x" * 3000)


def place(name):
    """The path of the OEM resource."""
    return f"{PLACES}/{name}"


def action(name, verb):
    """The path of one of its actions."""
    return f"{place(name)}/Actions/CertdCertificate.{verb}"


@contextlib.contextmanager
def made(client, name, **settings):
    """A certificate of that name, for as long as it is needed; its path."""
    answer = client.done("POST", PLACES, {"Id": name, "Settings": settings})
    assert (answer.status, answer.headers["Location"]) == (201, place(name))
    try:
        yield place(name)
    finally:
        client.sign_in_again()
        client.done("DELETE", place(name))


def wait_for(client, path, condition, what):
    """The resource at path once condition(body) holds."""
    found = []

    def look():
        found[:] = [client.value(path)]
        return condition(found[0])
    support.wait_until(look, what)
    return found[0]


def signed(client, name, authority, **how):
    """A certificate from the outside authority for a request of ours: its PEM, and that with the chain."""
    answer = client.done("POST", GENERATE, {
        "CertificateCollection": {"@odata.id": client.value(place(name))["Certificates"]["@odata.id"]},
        "CommonName": f"{name}.example.org"})
    leaf = authority.sign(answer.body["CSRString"], **how)
    return leaf, authority.chain(leaf)


def refused(answer, status, *messages):
    """That is how it was refused; messages: all of them, in order."""
    assert (answer.status, answer.messages) == (status, list(messages)), answer.body


def measured(call):
    """What a call gives, and the seconds that it took."""
    begun = time.monotonic()
    return call(), time.monotonic() - begun
