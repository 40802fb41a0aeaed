# SPDX-License-Identifier: LGPL-2.1-or-later
"""certd-tls on its ports: what it speaks, how it changes over to another certificate, level or port without
dropping anybody, and what it tells certd."""

import http.client
import socket
import ssl
import subprocess

import pytest
import support
import tls_client as tls
import trusted
import web

TLS12, TLS13 = ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3
SERVER_PURPOSE = "serverAuth"


@pytest.fixture(scope="module")
def ada(authority):
    """A client's certificate that the authority vouches for, chain and key."""
    return tls.client_chain(authority, "Ada")


@pytest.fixture
def vouched(bus, authority):
    """The device trusts the authority to vouch for clients."""
    fingerprints = trusted.add(bus, authority.root.read_bytes(), ["client"])
    support.wait_until(lambda: b"BEGIN" in (trusted.TREE / "client.pem").read_bytes(), "it is in the file")
    yield
    for fingerprint in fingerprints:
        trusted.remove(bus, fingerprint)


def test_offered():  # R61
    """TLS 1.2 and 1.3, AEAD with ECDHE only, as sslscan sees it."""
    done = subprocess.run(["sslscan", "--no-colour", "--no-check-certificate", "%s:%d" % web.place()],
                          capture_output=True, text=True, check=True, stdin=subprocess.DEVNULL)
    lines = [line.split() for line in done.stdout.splitlines()]
    versions = {line[0]: line[1] for line in lines if len(line) == 2 and line[0].startswith(("SSLv", "TLSv"))}
    assert {name for name, state in versions.items() if state == "enabled"} == {"TLSv1.2", "TLSv1.3"}
    suites = {line[4] for line in lines if line[:1] in (["Preferred"], ["Accepted"])}
    assert suites and all("GCM" in suite or "CHACHA20" in suite for suite in suites), suites
    assert all(suite.startswith(("TLS_", "ECDHE-")) for suite in suites), suites
    assert "Session renegotiation not supported" in done.stdout, done.stdout
    assert done.stdout.count("not vulnerable to heartbleed") == 2, done.stdout
    assert "Server supports TLS Fallback SCSV" in done.stdout, done.stdout


@pytest.mark.parametrize("version", (TLS12, TLS13), ids=("tls12", "tls13"))
def test_request(version):
    with tls.connect(tls.context(version=version)) as sock:
        assert sock.version() == {TLS12: "TLSv1.2", TLS13: "TLSv1.3"}[version]
        assert [tls.ask(sock) for _ in range(3)] == [200, 200, 200]


def test_alpn():
    for offered, chosen in ((["http/1.1"], "http/1.1"), (["h2", "http/1.1"], "http/1.1")):
        settings = tls.context()
        settings.set_alpn_protocols(offered)
        with tls.connect(settings) as sock:
            assert sock.selected_alpn_protocol() == chosen
    settings.set_alpn_protocols(["h2"])
    with pytest.raises(ssl.SSLError):
        tls.connect(settings)


def test_gnutls_client():
    """Another library's client, and the chain that it is shown."""
    done = subprocess.run(["gnutls-cli", "--x509cafile", web.AUTHORITY, "--verify-hostname",
                           web.device_name(), "--port", str(web.place()[1]), "127.0.0.1"],
                          input="GET /redfish HTTP/1.1\r\nHost: device\r\nConnection: close\r\n\r\n",
                          capture_output=True, text=True, check=False)
    assert done.returncode == 0 and "HTTP/1.1 200" in done.stdout, done.stdout + done.stderr


def test_swap(bus):  # R37
    """Connections that there are go on over the old certificate; the next handshake shows the new one."""
    kept = [tls.connect(tls.context(version=version)) for version in (TLS12, TLS13) for _ in range(4)]
    assert {tls.ask(sock) for sock in kept} == {200}
    before = tls.served()
    tls.renew(bus)
    assert tls.served() != before
    for sock in kept:
        assert tls.ask(sock) == 200
        assert sock.getpeercert(True) == before
        sock.close()


@pytest.mark.parametrize("version", (TLS12, TLS13), ids=("tls12", "tls13"))
def test_resumed(bus, version):  # R37, R63
    """A session is resumed within its generation, and never into the next one."""
    settings = tls.context(version=version)
    with tls.connect(settings) as first:
        assert tls.ask(first) == 200
        session = first.session
    with tls.connect(settings, session=session) as again:
        assert again.session_reused and tls.ask(again) == 200
    tls.renew(bus)
    with tls.connect(settings, session=session) as other:
        assert not other.session_reused and tls.ask(other) == 200


def test_proof(bus):  # R63
    """Only a request that was answered over HTTPS, and heard, is a proof; a handshake alone is none."""
    tls.renew(bus)
    assert not tls.is_proven(bus)
    tls.end(tls.connect())
    assert not tls.is_proven(bus)
    for target in ("/ca.crt", "/redfish"):
        tls.plain_status(target)
    assert not tls.is_proven(bus)
    silent = tls.connect()
    silent.sendall(b"GET /redfish HTT")
    tls.end(silent)
    assert not tls.is_proven(bus)
    assert tls.exchange() == 200
    support.wait_until(lambda: tls.of_https(bus, "Proven"), "it is proven")
    assert not tls.of_https(bus, "ProvenClientCertificate")


def test_proof_kept_alive(bus):  # R63
    """The next request over the same connection says that the answer was heard."""
    tls.renew(bus)
    with tls.connect() as sock:
        assert tls.ask(sock) == 200
        assert not tls.is_proven(bus)
        assert tls.ask(sock) == 200
        support.wait_until(lambda: tls.of_https(bus, "Proven"), "it is proven")


def test_proof_of_an_old_generation(bus):  # R63
    with tls.connect() as sock:
        assert tls.ask(sock) == 200
        tls.renew(bus)
        assert [tls.ask(sock, last=last) for last in (False, False, True)] == [200, 200, 200]
        tls.end(sock)
    assert not tls.is_proven(bus)


def test_client_certificate(bus, authority, ada, vouched):  # R61, R63
    """At level standard one is asked for where there is somebody to vouch for it, and counts as a proof."""
    servers = tls.client_chain(authority, "Server", SERVER_PURPOSE)
    tls.renew(bus)
    assert tls.exchange(tls.context(servers)) == 200
    tls.prove(bus)
    assert not tls.of_https(bus, "ProvenClientCertificate")
    tls.prove(bus, tls.context(ada), "ProvenClientCertificate")


def refuses(settings):
    """Whether no request gets through: with TLS 1.3 a client hears that behind its handshake."""
    try:
        with tls.connect(settings) as sock:
            tls.ask(sock)
    except (ssl.SSLError, ConnectionResetError, BrokenPipeError):
        return True
    return False


def test_level_high(bus, ada, vouched, tmp_path):  # R61, R63
    other = support.Authority(tmp_path)
    eve = tls.client_chain(other, "Eve")
    tls.prove(bus, tls.context(ada), "ProvenClientCertificate")
    before = tls.connect()
    tls.call(bus, "SetLevel", "(sa{sv})", ("high", tls.trial()))
    support.wait_until(lambda: refuses(tls.context()), "a client without a certificate is refused")
    assert refuses(tls.context(eve))
    assert refuses(tls.context(ada, version=TLS12))
    tls.prove(bus, tls.context(ada))
    tls.call(bus, "Confirm", "(a{sv})", ({},))
    # Whoever was there before has time for an answer, and no more.
    tls.wait_for_end(before)
    tls.call(bus, "SetLevel", "(sa{sv})", ("standard", tls.trial()))
    support.wait_until(lambda: not refuses(tls.context()), "a client without a certificate gets in")
    assert tls.exchange(tls.context(version=TLS12)) == 200
    tls.prove(bus)
    tls.call(bus, "Confirm", "(a{sv})", ({},))


def test_level_high_proven_anew(bus, ada, vouched):  # R61, R63
    """A connection that was there before the level proves nothing of it: it may speak what nobody can any more."""
    old = tls.context(ada, version=TLS12)
    tls.prove(bus, old, "ProvenClientCertificate")
    with tls.connect(old) as before:
        assert tls.ask(before) == 200
        tls.call(bus, "SetLevel", "(sa{sv})", ("high", tls.trial()))
        for _ in range(3):
            assert tls.ask(before) == 200
            assert not tls.is_proven(bus)
    assert refuses(old)
    assert not tls.is_proven(bus)
    tls.prove(bus, tls.context(ada))
    tls.call(bus, "Rollback")
    support.wait_until(lambda: not refuses(old), "who was there before gets in")


@pytest.fixture
def unforced(bus):
    """HTTPS alone is over afterwards, whatever came of it."""
    yield
    tls.call(bus, "SetForce", "(ba{sv})", (False, {}))


def test_force(bus, unforced):  # R62, R63
    """The plain port is closed altogether; and open again, where it is not confirmed too."""
    port = web.place(plain=True)[1]
    tls.prove(bus)
    for how in ("confirmed", "rolled back"):
        assert tls.plain_status() == 200
        tls.call(bus, "SetForce", "(ba{sv})", (True, tls.trial()))
        support.wait_until(lambda: not tls.is_open(port), "the plain port is closed")
        tls.prove(bus)
        if how == "confirmed":
            tls.call(bus, "Confirm", "(a{sv})", ({},))
            assert not tls.is_open(port)
            tls.call(bus, "SetForce", "(ba{sv})", (False, {}))
        else:
            tls.call(bus, "Rollback")
        support.wait_until(lambda: tls.is_open(port), "the plain port is open")


def not_served(bus):
    """What keeps HTTPS from being served, as certd has it; empty where nothing does."""
    return [problem for problem in bus.get(support.MANAGER, "Manager", "Problems")
            if problem[0] == "https-not-served"]


def spoken(port):
    """What is spoken there: HTTPS cuts off who begins with HTTP."""
    try:
        tls.plain_status(port=port)
    except ConnectionRefusedError:
        return "nothing"
    except (http.client.RemoteDisconnected, ConnectionResetError):
        return "https"
    return "http"


def wait_for_ports(encrypted, plain):
    support.wait_until(lambda: (spoken(encrypted), spoken(plain)) == ("https", "http"),
                       f"HTTPS is on port {encrypted} and HTTP on {plain}")


@pytest.fixture
def ports(bus):
    """The ports of HTTPS and HTTP, which are back afterwards."""
    usual = web.place()[1], web.place(plain=True)[1]
    yield usual
    tls.call(bus, "SetPorts", "(qq)", usual)
    wait_for_ports(*usual)


def test_ports(bus, ports):  # R62
    """Others are open at once, and connections go on; a port that another program has is told, and tried
    again."""
    usual = ports
    with socket.create_server(("::", 0), family=socket.AF_INET6, dualstack_ipv6=True) as taken:
        other = taken.getsockname()[1]
        kept = tls.connect()
        tls.call(bus, "SetPorts", "(qq)", (other, usual[1]))
        support.wait_until(lambda: not_served(bus), "it is a problem")
        assert str(other) in not_served(bus)[0][2], not_served(bus)
        assert tls.exchange() == 200 and tls.ask(kept) == 200
    support.wait_until(lambda: not not_served(bus), "it is tried again")
    assert tls.exchange(port=other) == 200 and tls.ask(kept) == 200
    assert not tls.is_open(usual[0])
    kept.close()
    # The two change places.
    tls.call(bus, "SetPorts", "(qq)", (usual[1], other))
    wait_for_ports(usual[1], other)
    assert tls.exchange(port=usual[1]) == 200


def test_certd_away(bus, certd):
    """What is there is served without certd."""
    before = tls.served()
    bus.run("certd-stop", check=True)
    assert tls.served() == before and tls.exchange() == 200
    bus.run("certd-start", check=True)
    assert tls.served() == before and tls.exchange() == 200


def test_start_without_certd(bus, certd):
    """certd-tls waits for it."""
    bus.run("certd-stop", check=True)
    bus.run("web-restart", "--term", "tls", check=True)
    assert not tls.is_open(web.place()[1])
    bus.run("certd-start", check=True)
    support.wait_until(lambda: tls.is_open(web.place()[1]), "it is served")
    assert tls.exchange() == 200


def test_web_away(bus):
    """A client is told the end, and the next one is served."""
    bus.run("web-stop", "web", check=True)
    try:
        with pytest.raises((ssl.SSLError, OSError)):
            tls.ask(tls.connect())
        support.wait_until(lambda: not_served(bus), "it is a problem")
    finally:
        bus.run("web-start", "web", check=True)
    assert tls.exchange() == 200
    support.wait_until(lambda: not not_served(bus), "it is none any more")


def carried():
    """How many connections certd-web has."""
    with open("/proc/net/unix", encoding="utf-8") as table:
        lines = [line.split() for line in table if line.rstrip().endswith("/certd-web/http.sock")]
    connected = "03"
    return sum(line[5] == connected for line in lines)


@pytest.mark.parametrize("version", [TLS12, TLS13])
def test_quiet(version):
    """Who shakes hands and asks nothing does not get to certd-web, and is served once a request comes."""
    support.wait_until(lambda: carried() == 0, "certd-web has no connection")
    quiet = [tls.connect(tls.context(version=version)) for _ in range(8)]
    assert tls.ask(quiet[0]) == 200
    assert carried() == 1
    assert [tls.ask(sock, last=True) for sock in quiet] == [200] * 8
    for sock in quiet:
        tls.end(sock)
