# SPDX-License-Identifier: LGPL-2.1-or-later
"""What the tests ask of certd in a machine, over its system bus and of systemd."""

import json
import subprocess

import booted

SERVICE = "certd.service"
MANAGER = "/org/certd1"
LOG = "/org/certd1/log"
HTTPS = "/org/certd1/certificate/https"


def path_of(name):
    return f"/org/certd1/certificate/{name}"


def call(machine, path, interface, method, *arguments, user="root", check=True):
    """Calls a method by busctl; its reply's values, or where check is not set what was printed."""
    done = machine.run("busctl", "--system", "--json=short", "--", "call", "org.certd1", path,
                       f"org.certd1.{interface}", method, *arguments, user=user, check=check)
    if not check:
        return done
    return json.loads(done.stdout)["data"] if done.stdout.strip() else []


def get(machine, path, interface, name):
    """A property's value."""
    text = machine.output("busctl", "--system", "--json=short", "get-property", "org.certd1", path,
                          f"org.certd1.{interface}", name)
    return json.loads(text)["data"]


def consume(machine, name, *consumers):
    """Makes these (kind, name, action) the consumers of a certificate, and no others."""
    call(machine, path_of(name), "Certificate", "SetConsumers", "a(sss)", len(consumers),
         *(word for consumer in consumers for word in consumer))


def fingerprint(machine, name):
    """SHA-256 of the certificate in use, as OpenSSL prints it."""
    said = openssl("x509", "-noout", "-fingerprint", "-sha256", data=machine.output("certctl", "export", name))
    return said.strip().partition("=")[2]


def pid(machine):
    return int(machine.unit(SERVICE, "MainPID"))


def logged(machine, action, **fields):
    """The rows of certd's log in the journal, of all boots that the machine had, of an action."""
    matches = [f"CERTD_ACTION={action}"]
    matches += [f"CERTD_{name.upper()}={value}" for name, value in fields.items()]
    machine.run("journalctl", "--sync")
    text = machine.run("journalctl", "--output=json", "--all", *matches).stdout
    return [json.loads(line) for line in text.splitlines()]


def wait_logged(machine, action, seconds=booted.DEADLINE_SECONDS, **fields):
    return booted.wait_until(lambda: logged(machine, action, **fields),
                             f"a row {action} {fields} of the log", seconds)


def openssl(*arguments, data=""):
    """What openssl prints here; a failure shows what it said."""
    done = subprocess.run(["openssl", *map(str, arguments)], input=data, capture_output=True,
                          text=True, check=False)
    assert done.returncode == 0, f"openssl {arguments}: {done.stdout}{done.stderr}"
    return done.stdout


def public_key(certificate):
    return openssl("x509", "-noout", "-pubkey", data=certificate)


def fits(key, certificate):
    """Whether a PEM key is the certificate's; RFC 5958's PKCS#8 alone is taken for one."""
    return (key.startswith("-----BEGIN PRIVATE KEY-----\n")
            and openssl("pkey", "-pubout", data=key) == public_key(certificate))
