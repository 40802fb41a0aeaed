# SPDX-License-Identifier: LGPL-2.1-or-later
"""Looking for secrets wherever certd could leave them, and reading the one that never leaves it."""

import base64
import ctypes
import pathlib
import shutil
import sqlite3
import subprocess

import support

NONCE_SIZE, TAG_SIZE = 12, 16
MAGIC = b"certd-sealing-key-1\n\0"


def run(*words, data=None, cwd=None):
    done = subprocess.run([str(word) for word in words], input=data, capture_output=True, cwd=cwd,
                          check=False)
    assert done.returncode == 0, done.stderr.decode()
    return done.stdout


def forms(secret):
    """The bytes, and how they would look as hex or inside a longer base64 text."""
    shown = {secret, secret.hex().encode(), secret.hex().upper().encode()}
    for shift in range(3):
        whole = base64.b64encode(b"\0" * shift + secret)
        # The first and last characters depend on what stands beside.
        shown.add(whole[4 if shift else 0:-4])
    return shown


class Monitor:
    """Everything on the bus, as root sees it, in a file."""

    def __init__(self, folder):
        self.path = folder / "monitor.pcap"
        self.file = open(self.path, "wb")
        self.process = subprocess.Popen(["busctl", "--system", "capture"], stdout=self.file,
                                        stdin=subprocess.DEVNULL, stderr=subprocess.DEVNULL)

    def wait_for(self, bus, text):
        """Sends text over the bus until the capture has it: it runs, and is flushed this far."""
        def seen():
            bus.run("certctl", "show", text)
            return text.encode() in self.path.read_bytes()
        support.wait_until(seen, "the capture sees the bus")

    def stop(self, bus):
        self.wait_for(bus, "the-last-message")
        self.process.terminate()
        self.process.wait()
        self.file.close()
        return self.path.read_bytes()


def memory(pid):
    """The readable memory of a process."""
    found = []
    with open(f"/proc/{pid}/mem", "rb", buffering=0) as source:
        for line in pathlib.Path(f"/proc/{pid}/maps").read_text().splitlines():
            span, mode = line.split()[:2]
            begin, end = (int(part, 16) for part in span.split("-"))
            # What is larger than any process of ours is a sanitizer's map of the address space.
            if not mode.startswith("r") or "[v" in line or end - begin > 1 << 30:
                continue
            source.seek(begin)
            try:
                found.append(source.read(end - begin))
            except OSError:
                continue
    return b"".join(found)


def processes(certd):
    """certd and its workers: pid and role."""
    children = pathlib.Path(f"/proc/{certd.pid}/task/{certd.pid}/children").read_text().split()
    return [(certd.pid, "daemon")] + [
        (int(pid), pathlib.Path(f"/proc/{pid}/cmdline").read_bytes().decode()) for pid in children]


class Datum(ctypes.Structure):
    """gnutls_datum_t."""

    _fields_ = [("data", ctypes.c_char_p), ("size", ctypes.c_uint)]


def unseal(sealing_key, key_id, blob):
    """The private key (DER) in a sealed one of the keystore: version 1, nonce, ciphertext, tag."""
    gnutls = ctypes.CDLL("libgnutls.so.30")
    cipher, size = ctypes.c_void_p(), ctypes.c_size_t(len(blob))
    plain = ctypes.create_string_buffer(len(blob))
    associated = b"certd-key:" + key_id.encode()
    sealed = blob[1 + NONCE_SIZE:]
    assert blob[0] == 1 and len(sealing_key) == 32
    algorithm = gnutls.gnutls_cipher_get_id(b"AES-256-GCM")
    assert gnutls.gnutls_aead_cipher_init(
        ctypes.byref(cipher), algorithm, ctypes.byref(Datum(sealing_key, len(sealing_key)))) == 0
    assert gnutls.gnutls_aead_cipher_decrypt(
        cipher, blob[1:1 + NONCE_SIZE], ctypes.c_size_t(NONCE_SIZE), associated,
        ctypes.c_size_t(len(associated)), ctypes.c_size_t(TAG_SIZE), sealed,
        ctypes.c_size_t(len(sealed)), plain, ctypes.byref(size)) == 0
    gnutls.gnutls_aead_cipher_deinit(cipher)
    return plain.raw[:size.value]


def authority_key(certd, folder):
    """The private key (DER) of the device's authority. certd has to be stopped."""
    for path in certd.state_directory.glob("keystore.db*"):
        shutil.copy(path, folder / path.name)
    sealing_key = (certd.state_directory / "sealing.key").read_bytes()
    assert sealing_key.startswith(MAGIC)
    database = sqlite3.connect(folder / "keystore.db")
    key_id, sealed = database.execute(
        "SELECT key.id, key.sealed FROM authority JOIN key ON key.id = authority.key_id").fetchone()
    database.close()
    return unseal(sealing_key[len(MAGIC):], key_id, sealed)
