# SPDX-License-Identifier: LGPL-2.1-or-later
"""certd-tls from a client's side: connections with and without a certificate, and what certd says of it."""

import http.client
import socket
import ssl

import credential
import support
import web
from gi.repository import GLib

HTTPS = "/org/certd1/https"
CERTIFICATE = credential.path_of("https")


def of_https(bus, name):
    """A property of org.certd1.Https."""
    return bus.get(HTTPS, "Https", name)


def call(bus, method, signature="()", arguments=()):
    return bus.call(HTTPS, "Https", method, signature, arguments)


def context(chain=None, version=None, **more):
    """A client's settings. chain: a file with its own certificate and key; version: the only one it knows."""
    made = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    made.check_hostname = False
    made.verify_mode = ssl.CERT_NONE
    if chain is not None:
        made.load_cert_chain(chain)
    if version is not None:
        made.minimum_version = made.maximum_version = version
    for name, value in more.items():
        setattr(made, name, value)
    return made


def plain_socket(port=None, source=None):
    """A TCP connection to the port of HTTPS, or another one; source: the address it comes from."""
    host, usual = web.place()
    return socket.create_connection((host, port or usual), web.TIMEOUT_SECONDS,
                                    source_address=(source, 0) if source else None)


def connect(settings=None, port=None, session=None):
    """A TLS connection."""
    plain = plain_socket(port)
    try:
        return (settings or context()).wrap_socket(plain, session=session)
    except BaseException:
        plain.close()
        raise


def ask(sock, target="/redfish", last=False):
    """The status of one request over the connection, which is kept; last: the device is to end it."""
    headers = ["Host: device", *(["Connection: close"] if last else [])]
    sock.sendall("\r\n".join([f"GET {target} HTTP/1.1", *headers, "", ""]).encode())
    answer = http.client.HTTPResponse(sock, method="GET")
    answer.begin()
    answer.read()
    return answer.status


def end(sock):
    """The client's end in order, and certd-tls's after it."""
    try:
        sock = sock.unwrap()
    except (ssl.SSLError, OSError):
        pass
    wait_for_end(sock)


def wait_for_end(sock):
    """Reads until the other side has ended, however."""
    try:
        while sock.recv(65536):
            pass
    except (ConnectionResetError, ssl.SSLError):
        pass
    sock.close()


def exchange(settings=None, port=None):
    """A request, its answer and an end in order; the status."""
    sock = connect(settings, port)
    status = ask(sock, last=True)
    end(sock)
    return status


def plain_status(target="/ca.crt", port=None):
    """The status of a request on the plain port."""
    host, usual = web.place(plain=True)
    connection = http.client.HTTPConnection(host, port or usual, timeout=web.TIMEOUT_SECONDS)
    connection.request("GET", target)
    status = connection.getresponse().status
    connection.close()
    return status


def is_open(port):
    """Whether somebody listens there; a connection that waited as the port was closed is reset."""
    try:
        plain_socket(port).close()
    except (ConnectionRefusedError, ConnectionResetError):
        return False
    return True


def served(port=None):
    """The certificate that a new connection is shown, DER."""
    with connect(port=port) as sock:
        return sock.getpeercert(True)


def renew(bus):
    """Another certificate with another key is in use, and served: its generation. Nothing is proven of it."""
    before = served()
    bus.call(CERTIFICATE, "Certificate", "Reset", "(a{sv})", ({},))
    support.wait_until(lambda: served() != before, "the next certificate is served")
    return bus.get(CERTIFICATE, "Certificate", "Generation")


def is_proven(bus):
    """Whether it is, by all that has happened: certd-tls has seen a connection since."""
    plain_status()
    return of_https(bus, "Proven")


def prove(bus, settings=None, name="Proven"):
    """Goes through HTTPS until certd knows."""
    def through():
        exchange(settings)
        return of_https(bus, name)
    support.wait_until(through, name)


def trial(seconds=300):
    return {"trial": GLib.Variant("u", seconds)}


def client_chain(authority, name, purpose="clientAuth"):
    """A file with a certificate of the authority's for a client, its chain and its key."""
    path = authority.folder / f"{name}.all.pem"
    authority.openssl("req", "-new", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes",
                      "-subj", f"/CN={name}", "-keyout", f"{name}.key", "-out", f"{name}.csr")
    leaf = authority.sign((authority.folder / f"{name}.csr").read_text(encoding="ascii"),
                          extensions=f"extendedKeyUsage={purpose}")
    key = (authority.folder / f"{name}.key").read_text(encoding="ascii")
    path.write_text(authority.chain(leaf) + key, encoding="ascii")
    return path
