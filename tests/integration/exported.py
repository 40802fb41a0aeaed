# SPDX-License-Identifier: LGPL-2.1-or-later
"""The files of consumers, as consumers and others find them; and who watches them change."""

import errno
import os
import pathlib
import pwd
import subprocess
import sys

import support

EXPORTS = pathlib.Path(os.environ.get("CERTD_RUNTIME_DIRECTORY", "/nonexistent")) / "export"
FILES = ("ca.pem", "fullchain.pem", "tls.crt", "tls.key")

# Run as a consumer: reads key and certificate by one descriptor of the directory, over and over, and prints
# the different pairs that it saw, until its input ends.
WATCHER = """
import json, os, select, sys
seen = []
def read(directory, name):
    with open(os.open(name, os.O_RDONLY, dir_fd=directory)) as file:
        return file.read()
print("watching", flush=True)
while not select.select([sys.stdin], [], [], 0)[0]:
    directory = os.open(sys.argv[1], os.O_RDONLY | os.O_DIRECTORY)
    try:
        pair = [read(directory, "tls.key"), read(directory, "tls.crt")]
        if not seen or seen[-1] != pair:
            seen.append(pair)
    except FileNotFoundError:  # it was replaced meanwhile
        pass
    finally:
        os.close(directory)
print(json.dumps(seen))
"""


def path_of(bus, name):
    return bus.call(support.MANAGER, "Manager", "GetCertificate", "(s)", (name,))[0]


def add(bus, name, kind, consumer, action="none"):
    bus.call(path_of(bus, name), "Certificate", "AddConsumer", "(sss)", (kind, consumer, action))


def remove(bus, name, kind, consumer):
    bus.call(path_of(bus, name), "Certificate", "RemoveConsumer", "(ss)", (kind, consumer))


def leaf(bus, name):
    """The leaf that is in use, PEM."""
    chain = bus.get(path_of(bus, name), "Certificate", "Chain")
    first, mark, _ = chain.partition("-----END CERTIFICATE-----\n")
    return first + mark


def read(name, file, user="root"):
    """What user finds in the file; raises OSError."""
    with support.identity(user):
        return (EXPORTS / name / file).read_text(encoding="ascii")


def refusals(name, user):
    """The errno of each file that user can't read."""
    found = set()
    for file in FILES:
        try:
            read(name, file, user)
            found.add(0)
        except OSError as error:
            found.add(error.errno)
    return {errno.errorcode.get(code, code) for code in found}


def is_current(bus, name):
    """Whether the files are those of what is in use."""
    try:
        return read(name, "tls.crt") == leaf(bus, name)
    except FileNotFoundError:
        return False


def settle(bus, name):
    support.wait_until(lambda: is_current(bus, name), f"the files of {name}")


def listing():
    return sorted(entry.name for entry in EXPORTS.iterdir()) if EXPORTS.exists() else []


def public_key(pem, *how):
    return subprocess.run(["openssl", *how], input=pem, capture_output=True, check=True,
                          text=True).stdout


def belong_together(key, certificate):
    """Whether the key is the certificate's."""
    return (public_key(key, "pkey", "-pubout")
            == public_key(certificate, "x509", "-noout", "-pubkey"))


class Watcher:
    """Somebody who reads the files of a certificate all the time."""

    def __init__(self, name, user):
        entry = pwd.getpwnam(user)
        self.process = subprocess.Popen(
            ["setpriv", f"--reuid={entry.pw_uid}", f"--regid={entry.pw_gid}", "--clear-groups",
             sys.executable, "-c", WATCHER, str(EXPORTS / name)],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        assert self.process.stdout.readline() == "watching\n"

    def end(self):
        """What it printed: the pairs of key and certificate."""
        printed, _ = self.process.communicate("\n", support.DEADLINE_SECONDS)
        assert self.process.returncode == 0
        return printed
