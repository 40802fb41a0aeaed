# SPDX-License-Identifier: LGPL-2.1-or-later
"""Keys taken from a keystore by who holds the device: what daemon/worker/seal.c writes, opened by
libcrypto."""

import contextlib
import ctypes
import shutil
import sqlite3
import subprocess

MAGIC = b"certd-sealing-key-1\n"
PLAIN, KEY_BYTES, NONCE_BYTES, TAG_BYTES, VERSION = 0, 32, 12, 16, 1
GCM_SET_TAG = 0x11


def _open_gcm(key, nonce, sealed, associated):
    """AES-256-GCM (NIST SP 800-38D) the other way."""
    crypto = ctypes.CDLL("libcrypto.so.3")
    crypto.EVP_CIPHER_CTX_new.restype = crypto.EVP_aes_256_gcm.restype = ctypes.c_void_p
    context = ctypes.c_void_p(crypto.EVP_CIPHER_CTX_new())
    cipher = ctypes.c_void_p(crypto.EVP_aes_256_gcm())
    text, tag = sealed[:-TAG_BYTES], sealed[-TAG_BYTES:]
    out, size = ctypes.create_string_buffer(len(text)), ctypes.c_int()
    steps = (
        crypto.EVP_DecryptInit_ex(context, cipher, None, key, nonce),
        crypto.EVP_DecryptUpdate(context, None, ctypes.byref(size), associated, len(associated)),
        crypto.EVP_DecryptUpdate(context, out, ctypes.byref(size), text, len(text)),
        crypto.EVP_CIPHER_CTX_ctrl(context, GCM_SET_TAG, TAG_BYTES, tag),
        crypto.EVP_DecryptFinal_ex(context, ctypes.byref(ctypes.c_char()), ctypes.byref(size)),
    )
    crypto.EVP_CIPHER_CTX_free(context)
    assert steps == (1,) * len(steps), f"the sealed key does not open: {steps}"
    return out.raw


# Which key of the keystore: conditions in SQL.
AUTHORITYS = "id = (SELECT key_id FROM authority)"
HTTPS = ("id = (SELECT key_id FROM chain WHERE id = (SELECT active_chain FROM certificate"
         " WHERE name = 'https'))")


def unseal(state_directory, folder, which):
    """The private key (PKCS#8, DER) that the condition picks, from a copy of the keystore in folder;
    nobody writes it at this moment."""
    sealing_key = (state_directory / "sealing.key").read_bytes()
    assert sealing_key.startswith(MAGIC + bytes((PLAIN,))), "the sealing key is not wrapped"
    for name in ("keystore.db", "keystore.db-wal"):
        (folder / name).unlink(missing_ok=True)
        if (state_directory / name).exists():
            shutil.copy(state_directory / name, folder / name)
    with contextlib.closing(sqlite3.connect(folder / "keystore.db")) as keystore:
        identifier, sealed = keystore.execute(
            f"SELECT id, sealed FROM key WHERE {which}").fetchone()
    assert sealed[0] == VERSION
    return _open_gcm(sealing_key[-KEY_BYTES:], sealed[1:1 + NONCE_BYTES], sealed[1 + NONCE_BYTES:],
                     f"certd-key:{identifier}".encode())


def take(state_directory, folder, which=AUTHORITYS):
    """Writes that key to folder/authority.key (PEM), certd being stopped. Its path."""
    path = folder / "authority.key"
    subprocess.run(["openssl", "pkey", "-inform", "DER", "-out", path],
                   input=unseal(state_directory, folder, which), check=True)
    return path
