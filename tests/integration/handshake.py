# SPDX-License-Identifier: LGPL-2.1-or-later
"""TLS over loopback with what certd hands out: a server for one connection, and who connects to it."""

import socket
import ssl
import threading

GREETING = b"served\n"
TIMEOUT_SECONDS = 20


def _serve(listener, context):
    """Answers one connection; a client that does not like the certificate ends it."""
    try:
        connection, _ = listener.accept()
        connection.settimeout(TIMEOUT_SECONDS)
        with context.wrap_socket(connection, server_side=True) as secured:
            secured.sendall(GREETING)
    except OSError:  # ssl.SSLError is one: what became of it is the client's to say
        pass


def client(trusted):
    """A client that trusts nobody but the certificates in the file trusted, and like browsers looks for
    names in the SAN alone; without trusted, one that takes everything."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.hostname_checks_common_name = False
    if trusted is None:
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    else:
        context.load_verify_locations(trusted)
    return context


def shake(chain, key, trusted, name):
    """A handshake of a server that has the PEM files chain and key with a client() that asks for name:
    the leaf (DER) that the client saw. Raises ssl.SSLError where it refuses that."""
    serving = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    serving.load_cert_chain(chain, key)
    context = client(trusted)
    with socket.create_server(("127.0.0.1", 0)) as listener:
        listener.settimeout(TIMEOUT_SECONDS)
        server = threading.Thread(target=_serve, args=(listener, serving))
        server.start()
        try:
            with socket.create_connection(listener.getsockname(), TIMEOUT_SECONDS) as plain, \
                    context.wrap_socket(plain, server_hostname=name) as secured:
                assert secured.recv(len(GREETING)) == GREETING
                return secured.getpeercert(binary_form=True)
        finally:
            server.join()
