# SPDX-License-Identifier: LGPL-2.1-or-later
"""A unit that requesters.d lists asks for its own certificate; what any other process claims to be is no
help to it. Users are tested on the private bus."""

import pytest

import asked
import booted
import image

UNIT, OTHER = "broker.service", "other.service"
LIST = "/etc/certd/requesters.d/broker.conf"
TEXT = f"[requester]\nunit={UNIT}\ncertificates=broker;broker-*;https\nnames=DNS:broker.local;device\n"
DENIED = "Access denied"  # as busctl says it
AS_BROKER = f"User={image.USER}"


@pytest.fixture(autouse=True)
def listed(machine):
    machine.write(LIST, TEXT)
    machine.run("systemctl", "reload", asked.SERVICE)
    # https is there: that is what it is told once certd knows the list.
    booted.wait_until(lambda: DENIED not in in_unit(machine, UNIT, *create("https")).stderr,
                      "certd knows the list")
    assert not asked.get(machine, asked.MANAGER, "Manager", "Problems")
    yield
    machine.remove(LIST)
    machine.run("systemctl", "reload", asked.SERVICE)


def in_unit(machine, unit, *words, properties=(AS_BROKER,)):
    """Runs a command as a service, which is gone afterwards."""
    return machine.run("systemd-run", "--quiet", "--wait", "--pipe", "--collect", f"--unit={unit}",
                       *[f"--property={one}" for one in properties], *words, check=False)


def create(name, san="DNS:broker.local"):
    return ("busctl", "--system", "call", "org.certd1", asked.MANAGER, "org.certd1.Manager",
            "CreateCertificate", "sa{sv}", name, "2", "issuer", "s", "internal", "subject-alt-names", "as",
            "1", san)


def names(machine):
    return machine.output("certctl", "list")


def test_a_unit_gets_its_own(machine):  # R60
    """Issued at once; the unit is the consumer, and has key and chain with its next start."""
    made = in_unit(machine, UNIT, *create("broker"))
    assert made.returncode == 0, made.stderr
    path = asked.path_of("broker")
    booted.wait_until(lambda: asked.get(machine, path, "Certificate", "Chain"), "it is issued")
    assert asked.get(machine, path, "Certificate", "Consumers") == [["unit", UNIT, "none"]]
    given = in_unit(machine, UNIT, "sh", "-c", 'cd "$CREDENTIALS_DIRECTORY"; cat tls.key tls.crt',
                    properties=(AS_BROKER, "LoadCredential=tls.key:/run/certd/credential.sock",
                                "LoadCredential=tls.crt:/run/certd/credential.sock"))
    key, line, leaf = given.stdout.partition("-----END PRIVATE KEY-----\n")
    assert asked.fits(key + line, leaf)
    rows = asked.logged(machine, "create", object="certificate/broker")
    assert [row["CERTD_UNIT"] for row in rows] == [UNIT]


def test_beyond_its_list(machine):  # R60
    before = names(machine)
    for words in (create("web"), create("broker-2", "DNS:web.local"),
                  create("broker-3", "DNS:a.broker.local")):
        done = in_unit(machine, UNIT, *words)
        assert DENIED in done.stderr, done.stderr
    assert names(machine) == before


def test_other_processes(machine):  # R60
    """Of another unit, of none, and of a unit whose name begins alike."""
    before = names(machine)
    words = create("broker-4")
    assert in_unit(machine, OTHER, *words).returncode != 0
    assert machine.run(*words, user=image.USER, check=False).returncode != 0
    assert machine.run(*words, user="nobody", check=False).returncode != 0
    assert in_unit(machine, UNIT.replace(".", "-2."), *words).returncode != 0
    assert names(machine) == before


def test_a_child_that_became_another_user(machine):  # R60
    """The unit's user is root: what it starts as somebody else is not the unit."""
    words = ("setpriv", f"--reuid={image.USER}", f"--regid={image.USER}", "--clear-groups", "--",
             *create("broker-5"))
    assert in_unit(machine, UNIT, *words, properties=()).returncode != 0
    assert "broker-5" not in names(machine)


def test_no_list_no_certificate(machine):  # R60
    machine.remove(LIST)
    machine.run("systemctl", "reload", asked.SERVICE)
    # The reload is done once systemctl returns or soon after it: each attempt before that makes one.
    tried = iter(range(1000))

    def refused():
        return in_unit(machine, UNIT, *create(f"broker-late-{next(tried)}")).returncode != 0

    booted.wait_until(refused, "certd has forgotten the list")
    assert in_unit(machine, UNIT, *create("broker-last")).returncode != 0
    assert "broker-last" not in names(machine)
