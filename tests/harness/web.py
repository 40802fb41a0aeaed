# SPDX-License-Identifier: LGPL-2.1-or-later
"""What tests/private-bus --web adds: certd-tls, certd-web and certd-session where they always are, PAM's
service, and users whose passwords are of this run alone."""

import os
import pathlib
import secrets
import shutil
import signal
import socket
import subprocess
import sys

SOURCE = pathlib.Path(__file__).resolve().parents[2]
CONTROL = SOURCE / "tests" / "harness" / "web-control"
VERBS = ("start", "stop", "restart")
# In the order of their start.
PROGRAMS = {
    "session": "clients/session/certd-session",
    "web": "clients/web/certd-web",
    "tls": "clients/tls/certd-tls",
}
ADMIN, READER = "certd-web-admin", "certd-web-reader"
EXPIRED, STALE = "certd-web-expired", "certd-web-stale"
# What shadow(5) says of each: the day of the last change, how many days a password may be used, and the day
# on which the account ends.
AGES = {
    ADMIN: ("19000", "99999", ""),
    READER: ("19000", "99999", ""),
    EXPIRED: ("19000", "99999", "19001"),
    STALE: ("19000", "1", ""),
}
USERS = tuple(AGES)
# The environment's names for each user and the password: CERTD_WEB_READER, CERTD_WEB_READER_PASSWORD.
NAMES = {ADMIN: ("CERTD_WEB_USER", "CERTD_WEB_PASSWORD")}
NAMES |= {user: (name, f"{name}_PASSWORD") for user, name in (
    (READER, "CERTD_WEB_READER"), (EXPIRED, "CERTD_WEB_EXPIRED"), (STALE, "CERTD_WEB_STALE"))}


def unblocked():
    """As private.unblock_signals, which imports this file."""
    signal.pthread_sigmask(signal.SIG_SETMASK, [])


def bind(source, target):
    subprocess.run(["mount", "--bind", source, target], check=True)


def hash_of(password):
    """As shadow(5) has it. The password is on no command line."""
    return subprocess.run(["openssl", "passwd", "-6", "-stdin"], input=password, check=True, text=True,
                          stdout=subprocess.PIPE).stdout.strip()


def free_ports(count):
    """That many TCP ports that nobody listens on, on any address."""
    sockets = [socket.create_server(("::", 0), family=socket.AF_INET6, dualstack_ipv6=True)
               for _ in range(count)]
    ports = [one.getsockname()[1] for one in sockets]
    for one in sockets:
        one.close()
    return ports


class Web:
    """The web's programs on one private bus."""

    def __init__(self, build):
        self.build = build
        self.scratch = None
        self.passwords = {name: secrets.token_urlsafe(12) for name in USERS}

    def lay_out(self, scratch):
        """Files, folders and passwords, once the users are there. The environment for tests."""
        self.scratch = scratch
        for program in PROGRAMS.values():
            shutil.copy(self.build / program, scratch / "libexec" / pathlib.Path(program).name)
        for verb in VERBS:
            shutil.copy(CONTROL, scratch / "bin" / f"web-{verb}")
        for source, target in (("bus", "/run/dbus"), ("run", "/run/certd")):
            os.mkdir(target)
            bind(scratch / source, target)
        for folder in ("/run/certd-web", "/run/certd-session", "/run/certd-acme"):
            os.mkdir(folder)
        self.set_passwords()
        # A copy, in which there is our service, too.
        shutil.copytree("/etc/pam.d", scratch / "pam.d", symlinks=True)
        shutil.copy(SOURCE / "data" / "pam" / "certd", scratch / "pam.d" / "certd")
        bind(scratch / "pam.d", "/etc/pam.d")
        environment = {"CERTD_WEB_LOGS": str(scratch / "log"), "CERTD_WEB_SCRATCH": str(scratch)}
        for user, (name, password) in NAMES.items():
            environment |= {name: user, password: self.passwords[user]}
        return environment

    def set_passwords(self):
        """Binds a copy of /etc/shadow with our users over the real one."""
        path = self.scratch / "etc" / "shadow"
        lines = pathlib.Path("/etc/shadow").read_text(encoding="utf-8").splitlines()
        lines = [line for line in lines if line.partition(":")[0] not in USERS]
        for user, (changed, longest, end) in AGES.items():
            lines.append(f"{user}:{hash_of(self.passwords[user])}:{changed}:0:{longest}:7::{end}:")
        path.touch(mode=0o640)
        shutil.chown(path, "root", "shadow")
        path.write_text("\n".join(lines) + "\n", encoding="utf-8")
        bind(path, "/etc/shadow")

    def start(self, environment):
        """Starts the three, on free ports, once certd is there. The environment for tests: where they are."""
        port, plain_port = free_ports(2)
        subprocess.run(["busctl", "--quiet", "call", "org.certd1", "/org/certd1/https", "org.certd1.Https",
                        "SetPorts", "qq", str(port), str(plain_port)], check=True, env=environment,
                       stdin=subprocess.DEVNULL)
        subprocess.run([self.scratch / "bin" / "web-start"], check=True, env=environment,
                       stdin=subprocess.DEVNULL, stdout=sys.stderr, preexec_fn=unblocked)
        return {"CERTD_WEB_URL": f"https://127.0.0.1:{port}",
                "CERTD_WEB_PLAIN_URL": f"http://127.0.0.1:{plain_port}"}

    def stop(self, environment):
        """Ends them properly; the names of their logs."""
        subprocess.run([self.scratch / "bin" / "web-stop", "--term"], check=False, env=environment,
                       stdin=subprocess.DEVNULL)
        return [f"certd-{name}.log" for name in PROGRAMS]
