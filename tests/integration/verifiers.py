# SPDX-License-Identifier: LGPL-2.1-or-later
"""OpenSSL and GnuTLS as judges of a certificate: each function raises with what the program said."""

import ipaddress
import subprocess


def run(*words, data=None, cwd=None):
    """What a program prints, both streams as text; it has to succeed."""
    done = subprocess.run(list(map(str, words)), input=data, cwd=cwd, capture_output=True, text=True,
                          check=False, **({"stdin": subprocess.DEVNULL} if data is None else {}))
    assert done.returncode == 0, f"{words}: {done.stdout}{done.stderr}"
    return done.stdout + done.stderr


def is_address(name):
    try:
        ipaddress.ip_address(name)
    except ValueError:
        return False
    return True


def name_of(kind, value):
    """A subject alternative name of the type DNS or IP as a client would ask for it."""
    return value.replace("*.", "anything.", 1) if kind == "DNS" else value


def openssl_name(leaf, name, wanted="does match certificate"):
    """openssl x509 -checkhost or -checkip says that of the file leaf."""
    option = "-checkip" if is_address(name) else "-checkhost"
    said = run("openssl", "x509", "-in", leaf, "-noout", option, name)
    assert wanted in said, said


def openssl(leaf, trusted, name=None):
    """openssl verify, strictly and for a server, with nothing but trusted as trust anchor."""
    ask = [] if name is None else ["-verify_ip" if is_address(name) else "-verify_hostname", name]
    run("openssl", "verify", "-x509_strict", "-purpose", "sslserver", "-no-CApath", "-no-CAstore",
        "-CAfile", trusted, *ask, leaf)
    said = run("openssl", "x509", "-in", leaf, "-noout", "-purpose")
    assert "SSL server : Yes" in said and "SSL server CA : No" in said, said


def gnutls(leaf, trusted, name=None):
    """certtool --verify under trusted."""
    ask = [] if name is None else ["--verify-hostname", name]
    with open(leaf, encoding="ascii") as file:
        said = run("certtool", "--verify", "--load-ca-certificate", trusted, *ask, data=file.read())
    assert "The certificate is trusted." in said, said


def openssl_accepts(leaf, trusted, names):
    """OpenSSL accepts the leaf for each name, and for no other."""
    openssl(leaf, trusted)
    for name in names:
        openssl_name(leaf, name)
        openssl(leaf, trusted, name)
    openssl_name(leaf, "other.invalid", "does NOT match certificate")


def all_accept(leaf, trusted, names):
    """openssl_accepts(), and GnuTLS too. (GnuTLS takes none but authorities for trust anchors.)"""
    openssl_accepts(leaf, trusted, names)
    for name in (None, *names):
        gnutls(leaf, trusted, name)
