# SPDX-License-Identifier: LGPL-2.1-or-later
"""certd's HTTPS and its peers, nginx and hitch, with the same certificate. Part of bench."""

import contextlib
import os
import pathlib
import signal
import socket
import ssl
import subprocess
import sys
import time
import urllib.parse

TESTS = pathlib.Path(__file__).resolve().parents[1]
sys.path.insert(0, str(TESTS))
from harness import web  # noqa: E402

TIMEOUT_SECONDS = 20
PAGE = TESTS.parent / "clients" / "web" / "static" / "index.html"
NGINX = """
daemon off; user root; worker_processes {workers}; pid {folder}/nginx.pid;
events {{ worker_connections 1024; }}
http {{
    access_log off; default_type text/html; keepalive_requests 1000000000;
    ssl_protocols TLSv1.2 TLSv1.3;
    server {{
        listen 127.0.0.1:{port} ssl; listen unix:{folder}/plain.sock;
        ssl_certificate {folder}/tls.pem; ssl_certificate_key {folder}/tls.pem;
        root {folder}/html;
    }}
}}
"""
HITCH = """
frontend = "[127.0.0.1]:{port}"
backend = "{backend}"
pem-file = "{folder}/tls.pem"
tls-protos = TLSv1.2 TLSv1.3
write-proxy-v2 = {proxy}
user = "root"
"""


def tree(pid):
    """A process and all below it."""
    try:
        text = pathlib.Path(f"/proc/{pid}/task/{pid}/children").read_text(encoding="ascii")
    except FileNotFoundError:
        return []
    return [pid, *(below for child in text.split() for below in tree(int(child)))]


def program(name):
    """The process of one of the web's programs, as tests/harness/web-control started it."""
    path = pathlib.Path(os.environ["CERTD_WEB_SCRATCH"]) / f"certd-{name}.pid"
    return int(path.read_text(encoding="ascii"))


class Server:
    """One that listens on port. pids(): who does its work; folder: where its tls.pem is, None for certd."""

    def __init__(self, name, port, pids, process=None, folder=None):
        self.name, self.port, self.pids, self.process, self.folder = name, port, pids, process, folder

    def renew(self):
        """Has it serve the certificate that is in use now, which certd-tls does by itself."""
        if self.process is not None:
            take_certificate(self.folder)
            self.process.send_signal(signal.SIGHUP)

    def stop(self):
        if self.process is not None:
            self.process.terminate()
            self.process.wait()


def connect(port):
    """A TLS connection to whoever listens there."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    plain = socket.create_connection(("127.0.0.1", port), TIMEOUT_SECONDS)
    try:
        plain.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        return context.wrap_socket(plain)
    except BaseException:
        plain.close()
        raise


def shown(port):
    """The certificate that a new connection is shown, DER; None where there is none."""
    try:
        with connect(port) as sock:
            return sock.getpeercert(True)
    except OSError:
        return None


def take_certificate(folder):
    """The one that certd-tls serves, in one file with its key."""
    exported = pathlib.Path(os.environ["CERTD_RUNTIME_DIRECTORY"]) / "export" / "https"
    beside, place = folder / "tls.new", folder / "tls.pem"
    with open(beside, "w", encoding="ascii", opener=private) as file:
        for name in ("tls.crt", "tls.key"):
            file.write((exported / name).read_text(encoding="ascii"))
    if place.exists():
        # hitch knows another file by the second.
        later = place.stat().st_mtime + 1
        os.utime(beside, (later, later))
    beside.rename(place)


def private(path, flags):
    return os.open(path, flags, 0o600)


def start(name, folder, port, behind, *command):
    """A peer, once it answers. behind(): who does its work besides."""
    log = folder / "log"
    with open(log, "ab") as file:
        process = subprocess.Popen([str(word) for word in command], stdin=subprocess.DEVNULL, stdout=file,
                                   stderr=file)
    deadline = time.monotonic() + TIMEOUT_SECONDS
    while shown(port) is None:
        assert process.poll() is None and time.monotonic() < deadline, \
            f"{name} does not start:\n{log.read_text(encoding='utf-8')}"
        time.sleep(0.02)
    return Server(name, port, lambda: [*tree(process.pid), *behind()], process, folder)


def nginx(folder, workers, port):
    (folder / "html").mkdir(parents=True)
    (folder / "html" / "index.html").write_bytes(PAGE.read_bytes())
    take_certificate(folder)
    path = folder / "nginx.conf"
    path.write_text(NGINX.format(folder=folder, port=port, workers=workers), encoding="utf-8")
    return start(f"nginx, worker_processes {workers}", folder, port, lambda: [], "nginx", "-c", path, "-p",
                 folder, "-e", "stderr")


def hitch(name, folder, port, backend, behind, proxy):
    """In front of backend, a Unix socket. proxy: "on" where that wants a PROXY header."""
    folder.mkdir()
    take_certificate(folder)
    path = folder / "hitch.conf"
    path.write_text(HITCH.format(folder=folder, port=port, backend=backend, proxy=proxy), encoding="utf-8")
    return start(name, folder, port, behind, "hitch", "--config", path)


@contextlib.contextmanager
def running(scratch):
    """All of them: certd, nginx as it comes and with a worker for each processor, and hitch before two of them."""
    def of_certd():
        return [program("tls"), program("web")]

    one, all_, before_nginx, before_certd = web.free_ports(4)
    servers = [Server("certd", urllib.parse.urlsplit(os.environ["CERTD_WEB_URL"]).port, of_certd)]
    try:
        servers.append(nginx(scratch / "nginx-1", 1, one))
        servers.append(nginx(scratch / "nginx-auto", "auto", all_))
        servers.append(hitch("hitch before nginx", scratch / "hitch-nginx", before_nginx,
                             scratch / "nginx-auto" / "plain.sock", servers[-1].pids, "off"))
        servers.append(hitch("hitch before certd-web", scratch / "hitch-certd", before_certd,
                             "/run/certd-web/http.sock", lambda: [program("web")], "on"))
        yield servers
    finally:
        for server in servers:
            server.stop()
