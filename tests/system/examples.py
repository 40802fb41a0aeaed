# SPDX-License-Identifier: LGPL-2.1-or-later
"""The examples of data/examples, as a person follows them: their files, the commands of their READMEs."""

import typing

import image

FOLDER = image.SOURCE / "data" / "examples"
INSTALLED = "/usr/share/doc/certd/examples"
INDENT = "    "
# A web server that says when it can be asked.
BACKEND = """#!/usr/bin/python3
import http.server
import os
import subprocess

os.chdir("/srv")
server = http.server.ThreadingHTTPServer(("127.0.0.1", 80), http.server.SimpleHTTPRequestHandler)
subprocess.run(["systemd-notify", "--ready"], check=True)
server.serve_forever()
"""


class Example(typing.NamedTuple):
    """One folder, and how its server is asked."""

    name: str  # of the folder, and of the certificate
    unit: str
    protocol: str  # of tls_loop.py
    port: int
    starttls: str = ""  # of openssl s_client
    private: bool = False  # whether it needs a network of its own, because others have its ports
    cut_off: int = 0  # connections that a reload may close before anything was said, as its README has it

    def drop_in(self):
        return f"/etc/systemd/system/{self.unit}.d/certd.conf"


EXAMPLES = (
    Example("apache", "apache2.service", "http", 443, private=True),
    Example("dovecot", "dovecot.service", "imaps", 993, cut_off=1),
    Example("haproxy", "haproxy.service", "http", 443, private=True),
    Example("mosquitto", "mosquitto.service", "mqtt", 8883),
    Example("nginx", "nginx.service", "http", 443),
    Example("postfix", "postfix@-.service", "smtp", 25, starttls="smtp"),
    Example("postgresql", "postgresql@15-main.service", "postgres", 5432, starttls="postgres"),
)
NAMES = [example.name for example in EXAMPLES]


def commands(name):
    """What a README says to type, in its order."""
    text = (FOLDER / name / "README").read_text(encoding="utf-8")
    return [line.removeprefix(INDENT) for line in text.splitlines() if line.startswith(INDENT)]


def follow(machine, example):
    """Does as the README of the installed example says."""
    script = "\n".join([f"cd {INSTALLED}/{example.name}", *commands(example.name)])
    return machine.run("sh", "-exc", script)


def prepare(machine):
    """Has servers with the same ports run beside one another, and gives HAProxy something to serve."""
    for example in EXAMPLES:
        if example.private:
            joins = "[Unit]\nJoinsNamespaceOf=backend.service\n" if example.name == "haproxy" else ""
            machine.write(f"/etc/systemd/system/{example.unit}.d/private.conf",
                          f"{joins}[Service]\nPrivateNetwork=yes\n")
    machine.write("/usr/local/lib/backend", BACKEND, mode=0o755)
    machine.add_unit("backend.service", "[Service]\nType=notify\nNotifyAccess=all\nPrivateNetwork=yes\n"
                     "ExecStart=/usr/local/lib/backend\n[Install]\nWantedBy=multi-user.target\n")
    machine.run("systemctl", "enable", "--now", "backend.service")


def beside(machine, example, *words):
    """The command that runs words in the network of the example's server."""
    if not example.private:
        return words
    return ("nsenter", f"--target={machine.unit(example.unit, 'MainPID')}", "--net", "--", *words)
