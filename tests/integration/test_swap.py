# SPDX-License-Identifier: LGPL-2.1-or-later
"""R37, the daemon's part: a certificate is swapped while a service hands it out. The service hears of it
and takes the new one for new connections; those that are open go on, and so does everybody on the bus."""

import contextlib
import hashlib
import socket
import ssl
import threading

import pytest
import support
import trial
from gi.repository import Gio, GLib

NAME = "swapped"
OPEN = 8
PASSPHRASE = "correct horse"


class Service:
    """A TLS server that echoes, with what certd has for NAME; it takes what is new when it is told."""

    def __init__(self, bus, folder):
        self._bus = bus
        self._folder = folder
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = self._listener.getsockname()[1]
        self.loaded = 0
        self._load()
        self._connection = bus.new_connection()
        support.subscribe(self._connection, support.NAME, f"{support.NAME}.Manager",
                          "CertificateChanged", None, None, Gio.DBusSignalFlags.NONE, self._on_changed)
        self._thread = threading.Thread(target=self._serve, daemon=True)
        self._thread.start()

    def _load(self):
        """The chain and the key in use, by descriptor and never as D-Bus text."""
        bundle, pem = self._folder / "in-use.p12", self._folder / "in-use.pem"
        phrase = self._folder / "phrase"
        phrase.write_text(PASSPHRASE + "\n", encoding="ascii")
        bundle.unlink(missing_ok=True)
        self._bus.certctl("export", NAME, "--format", "p12", "--out", bundle, "--passphrase-file",
                          phrase, check=True)
        self._bus.run("openssl", "pkcs12", "-in", bundle, "-nodes", "-passin", f"file:{phrase}", "-out",
                      pem, check=True)
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(pem)
        self._context = context
        self.loaded += 1

    def _on_changed(self, *arguments):
        if arguments[5].unpack()[0] == NAME:
            self._load()

    def _serve(self):
        while True:
            try:
                peer, _ = self._listener.accept()
            except OSError:
                return
            threading.Thread(target=self._echo, args=(peer, self._context), daemon=True).start()

    @staticmethod
    def _echo(peer, context):
        with contextlib.suppress(OSError), context.wrap_socket(peer, server_side=True) as stream:
            while data := stream.recv(100):
                stream.sendall(data)

    def close(self):
        self._connection.close_sync(None)
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        self._thread.join()


class Client:
    """One connection; the fingerprint is that of what the handshake showed."""

    def __init__(self, port, authorities, host):
        context = ssl.create_default_context(cadata=authorities)
        self._stream = context.wrap_socket(socket.create_connection(("127.0.0.1", port)),
                                           server_hostname=host)
        self.fingerprint = hashlib.sha256(self._stream.getpeercert(binary_form=True)).hexdigest()

    def talks(self, text):
        self._stream.sendall(text)
        return self._stream.recv(len(text)) == text

    def close(self):
        self._stream.close()


@pytest.fixture
def bundles(tmp_path):
    return {name: trial.bundle(tmp_path, name) for name in ("old", "new")}


def install(bus, data, **options):
    accepted = {"accept": GLib.Variant("as", ["san-mismatch"]), "exportable": GLib.Variant("b", True)}
    bus.call(trial.path_of(NAME), "Certificate", "Import", "(aya{sv})",
             (data, {**accepted, **options}))


def test_swap(bus, certd, bundles, tmp_path):  # R37
    pid = certd.pid
    trial.create(bus, NAME)
    install(bus, bundles["old"][0])
    service = Service(bus, tmp_path)
    held = []
    authorities = {name: data.decode().split("-----BEGIN PRIVATE")[0] for name, (data, _) in
                   bundles.items()}

    def connect(name):
        made = Client(service.port, authorities[name], f"{name}.org")
        held.append(made)
        return made

    steps = (  # what is done, and what new connections are shown then
        (lambda: install(bus, bundles["new"][0], trial=GLib.Variant("u", 60)), "new"),
        (lambda: trial.rollback(bus, NAME), "old"),
        (lambda: install(bus, bundles["new"][0], trial=GLib.Variant("u", 60)), "new"),
        (lambda: trial.confirm(bus, NAME, tested=True), "new"),
        (lambda: trial.rollback(bus, NAME), "old"),
        (lambda: install(bus, bundles["new"][0]), "new"),
    )
    loaded, generation = service.loaded, trial.get(bus, NAME, "Generation")
    assert {connect("old").fingerprint for _ in range(OPEN)} == {bundles["old"][1]}
    for step, shown in steps:
        step()
        now = trial.get(bus, NAME, "Generation")
        loaded += now - generation  # one signal each time that something else is in use
        generation = now
        support.wait_until(lambda: service.loaded == loaded, "the service has what is in use")
        assert connect(shown).fingerprint == bundles[shown][1]
        assert all(client.talks(b"still here") for client in held)
    assert certd.pid == pid
    assert bus.connection().is_closed() is False
    for client in held:
        client.close()
    service.close()
