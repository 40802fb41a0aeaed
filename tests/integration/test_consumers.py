# SPDX-License-Identifier: LGPL-2.1-or-later
"""Who gets the key of a certificate: the list, over the bus and with certctl."""

import json
import pathlib

import credential
import hostile
import logged
import pytest
import support
from gi.repository import Gio, GLib

NAME = "listed"
PATH = credential.path_of(NAME)
NGINX = ("unit", "nginx.service", "reload")
USER = ("user", support.USER, "none")
GROUP = ("group", support.USER, "none")
LIMIT = 32  # CERTD_LIMIT_CONSUMERS


@pytest.fixture(scope="module")
def listed(bus):
    bus.call(support.MANAGER, "Manager", "CreateCertificate", "(sa{sv})", (NAME, {}))
    return NAME


@pytest.fixture(autouse=True)
def nobody(bus, listed):
    credential.set_consumers(bus, NAME)


def consumers(bus):
    return credential.consumers(bus, NAME)


def add(bus, consumer, user="root"):
    bus.call(PATH, "Certificate", "AddConsumer", "(sss)", consumer, user)


def test_changes(bus):
    """In the order in which they came; one that is there gets the action and stays where it is."""
    assert consumers(bus) == []
    for consumer in (NGINX, USER, GROUP):
        add(bus, consumer)
    assert consumers(bus) == [NGINX, USER, GROUP]
    add(bus, ("unit", "nginx.service", "restart"))
    assert consumers(bus) == [("unit", "nginx.service", "restart"), USER, GROUP]
    bus.call(PATH, "Certificate", "RemoveConsumer", "(ss)", USER[:2])
    assert consumers(bus) == [("unit", "nginx.service", "restart"), GROUP]
    credential.set_consumers(bus, NAME, GROUP, USER)
    assert consumers(bus) == [GROUP, USER]


def test_told(bus):
    """PropertiesChanged has the new list, once for each change and never for none."""
    heard = []
    connection = bus.new_connection(support.USER)
    support.subscribe(connection, support.NAME, "org.freedesktop.DBus.Properties", "PropertiesChanged", PATH,
                      None, Gio.DBusSignalFlags.NONE, lambda *arguments: heard.append(arguments[5].unpack()[1]))
    add(bus, NGINX)
    with pytest.raises(GLib.Error):
        add(bus, ("user", "no-such-user", "none"))
    bus.call(PATH, "Certificate", "RemoveConsumer", "(ss)", NGINX[:2])
    support.wait_until(lambda: len(heard) >= 2, "PropertiesChanged")
    assert heard == [{"Consumers": [NGINX]}, {"Consumers": []}]
    connection.close_sync(None)


def test_logged(bus):
    before = logged.last(bus)
    add(bus, NGINX)
    bus.call(PATH, "Certificate", "RemoveConsumer", "(ss)", NGINX[:2])
    credential.set_consumers(bus, NAME, USER, ("unit", "a.service", "restart"))
    assert [(row["action"], row["object"], row["outcome"], row["detail"])
            for row in logged.since(bus, before)] == [
        ("add-consumer", f"certificate/{NAME}", "ok", "unit:nginx.service:reload"),
        ("remove-consumer", f"certificate/{NAME}", "ok", "unit:nginx.service"),
        ("set-consumers", f"certificate/{NAME}", "ok", f"user:{support.USER} unit:a.service:restart")]


BAD = {
    "kind": ("units", "nginx.service", "none"), "kind-empty": ("", "nginx.service", "none"),
    "kind-capital": ("User", support.USER, "none"), "kind-control": ("u\x1b[31m", "a", "none"),
    "action": ("unit", "nginx.service", "stop"), "action-empty": ("unit", "nginx.service", ""),
    "action-user": ("user", support.USER, "reload"), "action-group": ("group", support.USER, "restart"),
    "unit-empty": ("unit", "", "none"), "unit-bare": ("unit", "nginx", "none"),
    "unit-socket": ("unit", "nginx.socket", "none"), "unit-template": ("unit", "a@.service", "none"),
    "unit-path": ("unit", "/etc/nginx.service", "none"), "unit-parent": ("unit", "../a.service", "none"),
    "unit-space": ("unit", "a b.service", "none"), "unit-glob": ("unit", "*.service", "none"),
    "unit-newline": ("unit", "a\n.service", "none"), "unit-umlaut": ("unit", "ä.service", "none"),
    "unit-bidi": ("unit", "a\u202eb.service", "none"), "unit-256": ("unit", "u" * 248 + ".service", "none"),
    "unit-huge": ("unit", "u" * 100_000 + ".service", "none"),
    "user-none": ("user", "no-such-user", "none"), "group-none": ("group", "no-such-group", "none"),
    "user-empty": ("user", "", "none"), "user-number": ("user", "0", "none"),
    "user-colon": ("user", "root:x", "none"), "user-33": ("user", "u" * 33, "none"),
    "user-dash": ("user", "-root", "none"), "user-format": ("user", "%s%n", "none"),
    "group-list": ("group", "adm,root", "none"),
}


@pytest.mark.parametrize("consumer", BAD.values(), ids=BAD.keys())
@pytest.mark.parametrize("method", ("AddConsumer", "SetConsumers"))
def test_bad_consumer(bus, method, consumer):
    arguments = ("(sss)", consumer) if method == "AddConsumer" else ("(a(sss))", ([USER, consumer],))
    error, message = hostile.refused(bus, PATH, "Certificate", method, *arguments)
    assert error == hostile.ERROR + "InvalidOption"
    assert len(message) < 1000 and "\x1b" not in message


def test_longest_names(bus):
    """255 bytes for a unit, with colons in it; 32 for a user, who has to exist."""
    unit = ("unit", "a:b" + "u" * 244 + ".service", "reload")
    assert len(unit[1]) == 255
    add(bus, unit)
    assert consumers(bus) == [unit]


@pytest.mark.parametrize("consumer", (USER[:2], ("group", "nobody"), ("users", "a"), ("unit", "x\x07")),
                         ids=("not-there", "group", "kind", "control"))
def test_not_among_them(bus, consumer):
    add(bus, NGINX)
    error, _ = hostile.refused(bus, PATH, "Certificate", "RemoveConsumer", "(ss)", consumer)
    assert error == hostile.ERROR + "InvalidOption"


def test_twice(bus):
    error, _ = hostile.refused(bus, PATH, "Certificate", "SetConsumers", "(a(sss))", ([USER, USER],))
    assert error == hostile.ERROR + "InvalidOption"


def test_limit(bus):
    whole = [("unit", f"u{number}.service", "none") for number in range(LIMIT)]
    credential.set_consumers(bus, NAME, *whole)
    assert consumers(bus) == whole
    error, _ = hostile.refused(bus, PATH, "Certificate", "AddConsumer", "(sss)", USER)
    assert error == hostile.ERROR + "LimitExceeded"
    error, _ = hostile.refused(bus, PATH, "Certificate", "SetConsumers", "(a(sss))", ([*whole, USER],))
    assert error == hostile.ERROR + "LimitExceeded"
    add(bus, (*whole[0][:2], "reload"))  # one that is there
    bus.call(PATH, "Certificate", "RemoveConsumer", "(ss)", whole[1][:2])
    add(bus, USER)
    assert len(consumers(bus)) == LIMIT and consumers(bus)[-1] == USER


def test_administrators_choose(bus):  # R60
    """And nobody else: not even somebody who is a consumer."""
    add(bus, NGINX, support.ADMIN)
    credential.set_consumers(bus, NAME, USER)
    with pytest.raises(GLib.Error) as refused:
        add(bus, GROUP, support.USER)
    assert support.remote_error(refused.value).endswith(".InteractiveAuthorizationRequired")
    assert consumers(bus) == [USER]


def test_no_such_certificate(bus):
    for method, arguments in (("AddConsumer", ("(sss)", USER)), ("RemoveConsumer", ("(ss)", USER[:2])),
                              ("SetConsumers", ("(a(sss))", ([USER],))), ("OpenCredential", ("(s)", ("key",)))):
        error, _ = hostile.refused(bus, credential.path_of("none"), "Certificate", method, *arguments)
        assert error == hostile.ERROR + "NoSuchCertificate"


def test_kept(bus, certd):
    """Through a stop, a kill, a new certificate, a trial and a reset; not through its removal."""
    credential.create(bus, "kept")
    credential.set_consumers(bus, "kept", NGINX, USER)
    certd.restart()
    bus.certctl("issue", "kept", "--trial", "60", check=True)
    bus.certctl("rollback", "kept", check=True)
    bus.certctl("reset", "kept", "--yes", check=True)
    certd.restart(clean=True)
    assert credential.consumers(bus, "kept") == [NGINX, USER]
    credential.create(bus, "kept")
    assert credential.consumers(bus, "kept") == []


def test_certctl(bus):
    def run(*words, **how):
        return bus.certctl("consumers", NAME, *words, **how)

    assert run("list", check=True).stdout == ""
    done = run("add", "unit:nginx.service:reload", f"user:{support.USER}", "unit:a:b.service", check=True)
    lines = ["unit:nginx.service:reload", f"user:{support.USER}", "unit:a:b.service"]
    assert done.stdout.splitlines() == lines == run("list", check=True).stdout.splitlines()
    listed = json.loads(run("list", "--json", check=True).stdout)
    assert [tuple(one) for one in listed] == consumers(bus)
    assert ", ".join(lines) in bus.certctl("show", NAME, check=True).stdout
    # As it was listed.
    done = run("remove", "unit:nginx.service:reload", "unit:a:b.service", check=True)
    assert done.stdout.splitlines() == [f"user:{support.USER}"]
    for words, status in ((("add", "postfix"), 2), (("add",), 2), (("list", "user:a"), 2), (("clear",), 2),
                          (("add", "unit:nginx.service:relaod"), None), (("add", "user:no-such-user"), None)):
        failed = run(*words)
        assert failed.returncode != 0 and failed.returncode == (status or failed.returncode), words
        assert failed.stderr and failed.stdout == ""
    assert consumers(bus) == [USER]


def test_factory_reset(bus, certd):  # R54
    """Ends them all, also those of https, which is told."""
    heard = []
    https = credential.path_of("https")
    credential.set_consumers(bus, "https", USER)
    connection = bus.new_connection(support.USER)
    support.subscribe(connection, support.NAME, "org.freedesktop.DBus.Properties", "PropertiesChanged", https,
                      None, Gio.DBusSignalFlags.NONE, lambda *arguments: heard.append(arguments[5].unpack()[1]))
    bus.certctl("factory-reset", "--yes", check=True)
    assert credential.consumers(bus, "https") == []
    support.wait_until(lambda: {"Consumers": []} in heard, "PropertiesChanged")
    assert credential.refusal(bus.connection(support.USER), "https") == "AccessDenied"
    bus.call(support.MANAGER, "Manager", "CreateCertificate", "(sa{sv})", (NAME, {}))
    assert consumers(bus) == []
    connection.close_sync(None)
    assert pathlib.Path(f"/proc/{certd.pid}").exists()
