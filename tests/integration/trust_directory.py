# SPDX-License-Identifier: LGPL-2.1-or-later
"""GnuTLS over a directory of trusted certificates, which no program of it offers."""

import contextlib
import ctypes

FORMAT_PEM = 1
DATA_HOST_NAME, DATA_PURPOSE = 1, 2
PURPOSES = {"server": b"1.3.6.1.5.5.7.3.1", "client": b"1.3.6.1.5.5.7.3.2"}
MOST = 32


class Datum(ctypes.Structure):
    _fields_ = [("data", ctypes.c_char_p), ("size", ctypes.c_uint)]


class TypedData(ctypes.Structure):
    _fields_ = [("type", ctypes.c_int), ("data", ctypes.c_char_p), ("size", ctypes.c_uint)]


LIBRARY = ctypes.CDLL("libgnutls.so.30")


@contextlib.contextmanager
def trust_list(directory):
    made = ctypes.c_void_p()
    assert LIBRARY.gnutls_x509_trust_list_init(ctypes.byref(made), 0) == 0
    count = LIBRARY.gnutls_x509_trust_list_add_trust_dir(made, str(directory).encode(), None, FORMAT_PEM,
                                                         0, 0)
    assert count >= 0, f"add_trust_dir: {count}"
    try:
        yield made, count
    finally:
        LIBRARY.gnutls_x509_trust_list_deinit(made, 1)


def count(directory):
    """How many certificates GnuTLS finds in directory."""
    with trust_list(directory) as (_, found):
        return found


def accepts(directory, chain, name, purpose):
    """Whether GnuTLS trusts a PEM chain, leaf first, by the anchors in directory."""
    data = chain.encode("ascii")
    certificates = (ctypes.c_void_p * MOST)()
    number, status = ctypes.c_uint(MOST), ctypes.c_uint()
    datum = Datum(data, len(data))
    assert LIBRARY.gnutls_x509_crt_list_import(certificates, ctypes.byref(number), ctypes.byref(datum),
                                               FORMAT_PEM, 0) > 0
    asked = [(DATA_PURPOSE, PURPOSES[purpose])] + ([(DATA_HOST_NAME, name.encode())] if name else [])
    typed = (TypedData * len(asked))(*((kind, value, 0) for kind, value in asked))
    try:
        with trust_list(directory) as (made, _):
            assert LIBRARY.gnutls_x509_trust_list_verify_crt2(
                made, certificates, number, typed, len(asked), 0, ctypes.byref(status), None) == 0
    finally:
        for certificate in certificates[:number.value]:
            LIBRARY.gnutls_x509_crt_deinit(ctypes.c_void_p(certificate))
    return status.value == 0
