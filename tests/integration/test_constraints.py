# SPDX-License-Identifier: LGPL-2.1-or-later
"""Whoever imports the device's authority lends it the device's names and nothing else: OpenSSL, GnuTLS
and Chromium accept what it issues within its name constraints, and refuse what its key signs beyond
them. certd signs nothing beyond them, so the test takes the key from the keystore and signs itself."""

import ctypes
import os
import re
import socket
import subprocess

import authority_key
import chromium
import pytest
import support
import verifiers

HOST = "dev1.lab.example.org"
CLONE_NEWUTS = 0x04000000
PAGE = "the page of the device"
LIBC = ctypes.CDLL(None, use_errno=True)

# What certd itself signs, by the name that is asked for.
INSIDE = (HOST, "www." + HOST, "other.lab.example.org", "printer.local", "10.1.2.3", "fd00::7")
# The same with more than what a client asks for: a case and the names.
BESIDE = {"with a mail address": f"DNS:{HOST},email:a@{HOST},email:a@lab.example.org",
          "with a URI": f"DNS:{HOST},URI:https://{HOST}/x"}
# What is signed behind its back: the name that is asked for, its alternative names (none: the common
# name alone says who it is).
OUTSIDE = {
    "another domain": ("www.example.com", "DNS:www.example.com"),
    "a sibling domain": ("www.office.example.org", "DNS:www.office.example.org"),
    "the parent domain": ("www.example.org", "DNS:www.example.org"),
    "the domain as a part of a label": ("www.mylab.example.org", "DNS:www.mylab.example.org"),
    "a wildcard": ("www.example.net", "DNS:*.example.net"),
    "beside a permitted name": ("www.example.com", f"DNS:{HOST},DNS:www.example.com"),
    "a public IPv4 address": ("198.51.100.77", "IP:198.51.100.77"),
    "a public IPv6 address": ("2001:db8:ffff::77", "IP:2001:db8:ffff::77"),
    "a mail address": (HOST, f"DNS:{HOST},email:a@example.com"),
    "a mail address at the parent domain": (HOST, f"DNS:{HOST},email:a@example.org"),
    "a URI": (HOST, f"DNS:{HOST},URI:https://www.example.com/"),
    "a URI without a host": (HOST, f"DNS:{HOST},URI:urn:uuid:1"),
    "in the common name alone": ("www.example.com", ""),
    "in the common name, beside an address": ("www.example.com", "IP:10.1.2.3"),
}
# Browsers have not looked at the common name for years, so that there is no such name at all.
NO_SUCH_NAME = {"in the common name alone", "in the common name, beside an address"}
# GnuTLS does not look at URIs. Chromium knows no constraints on them and refuses all that are constrained.
URIS = {case for case, (_, names) in OUTSIDE.items() if "URI:" in names}


class Server:
    """openssl s_server with one certificate and a page, on a free port of this machine."""

    def __init__(self, folder, leaf, key):
        self._process = subprocess.Popen(
            ["openssl", "s_server", "-accept", "127.0.0.1:0", "-WWW", "-cert", leaf, "-key",
             key], cwd=folder, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT, text=True)
        said = ""
        while not (found := re.search(r"^ACCEPT 127\.0\.0\.1:(\d+)", said, re.MULTILINE)):
            line = self._process.stdout.readline()
            assert line, f"openssl s_server does not start: {said}"
            said += line
        self.port = int(found[1])

    def close(self):
        self._process.kill()
        self._process.wait()
        self._process.stdout.close()


@pytest.fixture(scope="module")
def domain(bus):
    """certd on a device called HOST, in a namespace of its own that is left at the end."""
    certd = support.Certd()
    before = os.open("/proc/self/ns/uts", os.O_RDONLY | os.O_CLOEXEC)
    assert LIBC.unshare(CLONE_NEWUTS) == 0, os.strerror(ctypes.get_errno())
    socket.sethostname(HOST)
    bus.close()
    certd.restart(clean=True)
    bus.certctl("ca", "regenerate", "--yes", "--scope", "local", check=True)
    yield certd
    assert LIBC.setns(before, CLONE_NEWUTS) == 0, os.strerror(ctypes.get_errno())
    os.close(before)
    bus.close()
    certd.restart(clean=True)
    bus.certctl("ca", "regenerate", "--yes", "--scope", "local", check=True)


@pytest.fixture(scope="module")
def site(bus, domain, tmp_path_factory):
    """Everything signed and served: see Site."""
    made = Site(bus, domain, tmp_path_factory.mktemp("site"))
    yield made
    made.close()


class Site:
    """The authority of a device called HOST, its key, and a server for each certificate."""

    def __init__(self, bus, certd, folder):
        self.bus, self.folder = bus, folder
        (folder / "index.html").write_text(f"<html><body>{PAGE}</body></html>\n", encoding="ascii")
        self.authority = folder / "ca.crt"
        bus.certctl("ca", "export", "--out", self.authority, check=True)
        bus.close()
        certd.stop(clean=True)
        authority_key.take(certd.state_directory, folder)
        certd.start()
        verifiers.run("openssl", "genpkey", "-algorithm", "EC", "-pkeyopt",
                      "ec_paramgen_curve:P-256", "-out", "server.key", cwd=folder)
        self.servers, self.leaves = {}, {}
        for name in INSIDE:
            self.serve(name, self.sign_by_certd(name))
        for case, names in BESIDE.items():
            self.serve(case, self.sign_by_certd(HOST, names))
        for case, (name, names) in OUTSIDE.items():
            self.serve(case, self.sign_by_hand(name, names))
        self.serve("control", self.sign_by_hand(HOST, f"DNS:{HOST}"))

    def request(self, name, names):
        """A request for that common name and those alternative names; its file."""
        asked = ["-addext", f"subjectAltName={names}"] if names else []
        verifiers.run("openssl", "req", "-new", "-key", "server.key", "-subj", f"/CN={name}", *asked,
                      "-out", "request.pem", cwd=self.folder)
        return self.folder / "request.pem"

    def sign_by_certd(self, name, names=None):
        kind = "IP" if verifiers.is_address(name) else "DNS"
        request = self.request(name, names or f"{kind}:{name}")
        done = self.bus.certctl("ca", "sign", request)
        assert done.returncode == 0, done.stderr
        return done.stdout

    def sign_by_hand(self, name, names):
        """What certd would sign, but for the names."""
        lines = ["basicConstraints=critical,CA:FALSE", "keyUsage=critical,digitalSignature",
                 "extendedKeyUsage=serverAuth", "subjectKeyIdentifier=hash",
                 "authorityKeyIdentifier=keyid:always"]
        lines += [f"subjectAltName={names}"] if names else []
        (self.folder / "leaf.cnf").write_text("\n".join(lines) + "\n", encoding="ascii")
        request = self.request(name, "")
        verifiers.run("openssl", "x509", "-req", "-in", request, "-CA", self.authority, "-CAkey",
                      "authority.key", "-days", "90", "-sha256", "-extfile", "leaf.cnf", "-out",
                      "signed.pem", cwd=self.folder)
        return (self.folder / "signed.pem").read_text(encoding="ascii")

    def serve(self, case, leaf):
        path = self.folder / f"leaf{len(self.servers)}.pem"
        path.write_text(leaf, encoding="ascii")
        self.leaves[case] = path
        self.servers[case] = Server(self.folder, path, "server.key")

    def close(self):
        for server in self.servers.values():
            server.close()


def openssl_client(site, case, name, trusted=None):
    """Whether openssl s_client accepts, and what it says."""
    address = verifiers.is_address(name)
    words = ["-verify_ip", name, "-noservername"] if address else [
        "-verify_hostname", name, "-servername", name]
    done = subprocess.run(
        ["openssl", "s_client", "-connect", f"127.0.0.1:{site.servers[case].port}", "-brief",
         "-verify_return_error", "-x509_strict", "-no-CApath", "-no-CAstore", "-CAfile",
         trusted or site.authority, *words],
        stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False)
    return done.returncode == 0 and "Verification: OK" in done.stderr, done.stdout + done.stderr


def gnutls_client(site, case, name, trusted=None):
    """The same of gnutls-cli."""
    sni = [] if verifiers.is_address(name) else [f"--sni-hostname={name}"]
    done = subprocess.run(
        ["gnutls-cli", f"--x509cafile={trusted or site.authority}", f"--verify-hostname={name}", *sni,
         f"--port={site.servers[case].port}", "127.0.0.1"],
        stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False)
    said = done.stdout + done.stderr
    return done.returncode == 0 and "The certificate is trusted." in said, said


@pytest.fixture(scope="module")
def seen(site, tmp_path_factory):
    """{case: (error, text)} of Chromium, which trusts the authority. It is gone then: each server
    has one client at a time, and a browser keeps its connections."""
    browser = chromium.Chromium(tmp_path_factory.mktemp("browser"), site.authority)
    asked = {name: name for name in INSIDE} | dict.fromkeys(("control", *BESIDE), HOST)
    asked |= {case: name for case, (name, _) in OUTSIDE.items()}
    hosts = {case: f"[{name}]" if ":" in name else name for case, name in asked.items()}
    try:
        return browser.visit({case: f"https://{host}:{site.servers[case].port}/index.html"
                              for case, host in hosts.items()})
    finally:
        browser.close()


@pytest.mark.parametrize("name", (*INSIDE, "control", *BESIDE))
def test_accepted(site, seen, name):  # R22 R27
    """With `control`, which is signed like those outside but for a permitted name. Chromium refuses what
    has a URI, even a permitted one."""
    asked = name if name in INSIDE else HOST
    for client in (openssl_client, gnutls_client):
        accepted, said = client(site, name, asked)
        assert accepted, said
    error, text = seen[name]
    if name == "with a URI":
        assert error == "net::ERR_CERT_INVALID" and PAGE not in text
    else:
        assert (error, text.strip()) == ("", PAGE)


@pytest.mark.parametrize("case", OUTSIDE)
def test_openssl_refuses(site, case):  # R22
    accepted, said = openssl_client(site, case, OUTSIDE[case][0])
    why = "unsupported or invalid name syntax" if "without" in case else "permitted subtree violation"
    assert not accepted and why in said, said


@pytest.mark.parametrize("case", [case for case in OUTSIDE if case not in URIS])
def test_gnutls_refuses(site, case):  # R22
    accepted, said = gnutls_client(site, case, OUTSIDE[case][0])
    assert not accepted and "violates the signer's constraints" in said, said


@pytest.mark.parametrize("case", sorted(URIS))
def test_gnutls_ignores_uris(site, case):  # R22
    accepted, said = gnutls_client(site, case, HOST)
    assert accepted, said


@pytest.mark.parametrize("case", OUTSIDE)
def test_chromium_refuses(seen, case):  # R22
    error, text = seen[case]
    expected = "COMMON_NAME_INVALID" if case in NO_SUCH_NAME else "INVALID"
    assert error == f"net::ERR_CERT_{expected}"
    assert PAGE not in text and f"NET::ERR_CERT_{expected}" in text


@pytest.mark.parametrize("case", OUTSIDE)
def test_certd_refuses(site, case):  # R28
    """And says which name, and what would have to change."""
    name, names = OUTSIDE[case]
    done = site.bus.certctl("ca", "sign", site.request(name, names))
    asked = [re.sub("^(DNS|IP|email|URI):", "", value) for value in (name, *names.split(","))]
    assert done.returncode == 21, done.stderr
    assert any(value in done.stderr for value in asked if value not in ("", HOST)), done.stderr
    assert "--scope" in done.stderr


def test_constraints_refuse_and_nothing_else(site):  # R26
    """Under the same authority without constraints the same certificates are accepted."""
    done = site.bus.certctl("ca", "regenerate", "--yes", "--scope", "any", "--reuse-key")
    assert done.returncode == 0, done.stderr
    free = site.folder / "free.crt"
    site.bus.certctl("ca", "export", "--out", free, check=True)
    for case, (name, names) in OUTSIDE.items():
        if not names:
            continue
        asked = "10.1.2.3" if case == "in the common name, beside an address" else name
        for client in (openssl_client, gnutls_client):
            accepted, said = client(site, case, asked, free)
            assert accepted, f"{case}: {said}"


def test_permitted_names(site):  # R22
    """What the authority says of itself is what its certificate says."""
    said = verifiers.run("openssl", "x509", "-in", site.authority, "-noout", "-ext", "nameConstraints")
    assert "DNS:lab.example.org" in said and "DNS:local" in said and "critical" in said
    assert not re.search(r"DNS:(example\.org|org)\b", said)
    assert "198.51.100" not in said and "2001:DB8:FFFF" not in said
    for kind in ("email", "URI"):
        assert {f"{kind}:{host}" for host in ("lab.example.org", ".lab.example.org", "local", ".local")} \
            <= set(said.split())
