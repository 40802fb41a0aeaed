# SPDX-License-Identifier: LGPL-2.1-or-later
"""A TLS handshake with what https uses: its chain and its key, which who holds the device can take."""

import hashlib

import authority_key
import handshake
import served
import support
from gi.repository import GLib


def _at_rest(bus):
    """Whether certd makes no certificate at this moment."""
    return not any(bus.call(support.MANAGER, "Manager", "ListRequests", "(a{sv}su)",
                            ({"state": GLib.Variant("s", state)}, "", 1))[0]
                   for state in ("queued", "generating"))


def check(bus, certd, folder):
    """A client that trusts the published authority accepts https with its key, for one of its names."""
    support.wait_until(lambda: _at_rest(bus), "what was begun is done")
    used = bus.get(served.HTTPS, "Certificate", "Fingerprint")
    key = authority_key.take(certd.state_directory, folder, "id = (SELECT key_id FROM chain WHERE"
                             f" certificate = 'https' AND fingerprint = '{used}')")
    chain = folder / "https.pem"
    chain.write_text(bus.get(served.HTTPS, "Certificate", "Chain"), encoding="ascii")
    name = next(value for kind, value in sorted(served.names(bus)) if kind == "DNS")
    leaf = handshake.shake(chain, key, served.PUBLISHED / "ca.crt", name)
    assert hashlib.sha256(leaf).hexdigest() == used
