# SPDX-License-Identifier: LGPL-2.1-or-later
"""Measures what consumers wait for: on the private bus and in a booted system. Part of bench."""

import json
import os
import pathlib
import subprocess
import sys
import time

TESTS = pathlib.Path(__file__).resolve().parents[1]
CALLS, CHANGES, BOOTS = 1000, 30, 5
NAME, UNIT = "bench", "bench.service"
SOCKET = "credential.sock"
INSIDE = "/srv/bench"
# It is over as soon as it had the credential.
FIRST = """[Service]
Type=oneshot
LoadCredential=tls.key:/run/certd/credential.sock
ExecStart=/bin/sh -c 'exec test -s "$CREDENTIALS_DIRECTORY/tls.key"'
[Install]
WantedBy=multi-user.target
"""


def figures(milliseconds):
    """The row of a few measurements."""
    spent = sorted(milliseconds)
    return {"count": len(spent), "p50_ms": spent[len(spent) // 2], "max_ms": spent[-1]}


def wait_for(condition):
    """Returns the moment that condition() was true; asks often, for this is what is measured."""
    deadline = time.monotonic() + 60
    while not condition():
        assert time.monotonic() < deadline, "nothing happened within 60 s"
        time.sleep(0.0002)
    return time.monotonic()


def run(*words):
    return subprocess.run([str(word) for word in words], check=True, stdout=subprocess.PIPE, text=True,
                          stdin=subprocess.DEVNULL).stdout


def on_private_bus(inside):
    """Rows for Inside of bench: who is a consumer, and asks or reads."""
    runtime = pathlib.Path(os.environ["CERTD_RUNTIME_DIRECTORY"])
    run("certctl", "create", NAME, "--issuer", "internal")
    exported = runtime / "export" / NAME / "tls.crt"
    run("certctl", "consumers", NAME, "add", "user:root")
    wait_for(exported.exists)
    inside.add("OpenCredential of a user", inside.client("credential", NAME, CALLS))
    inside.add("a change, from the request to the files in export", changes(NAME, exported))
    run("certctl", "consumers", NAME, "add", f"unit:{UNIT}")
    inside.add("a credential by the socket",
               inside.client("socket", UNIT, f"{NAME}.key", CALLS, runtime / SOCKET))


def changes(name, exported):
    """A certificate is issued again, and the new files are there."""
    from gi.repository import Gio, GLib  # pylint: disable=import-outside-toplevel
    bus = Gio.bus_get_sync(Gio.BusType.SYSTEM, None)
    spent = []
    for _ in range(CHANGES):
        before = exported.read_bytes()
        begun = time.monotonic()
        bus.call_sync("org.certd1", f"/org/certd1/certificate/{name}", "org.certd1.Certificate",
                      "CreateRequest", GLib.Variant("(sa{sv})", ("internal", {})), None, 0, -1, None)
        spent.append(1000 * (wait_for(lambda: read(exported) not in (before, None)) - begun))
    return figures(spent)


def read(path):
    """What the file holds; None between the old folder and the new one."""
    try:
        return path.read_bytes()
    except FileNotFoundError:
        return None


def in_system(build):
    """Rows of a machine that is booted again and again, with certd's packages."""
    sys.path.insert(0, str(TESTS / "system"))
    import booted  # pylint: disable=import-outside-toplevel
    import image  # pylint: disable=import-outside-toplevel
    rows = []

    def add(name, result):
        rows.append({"certificates": 1, "name": name, "unit": "ms", **result})

    with booted.machine(image.layers(), binds=[f"{build}/tests/bench:{INSIDE}"]) as machine:
        add("first boot to the bus name", figures([started(machine)["certd"]]))
        machine.run("certctl", "create", NAME, "--issuer", "internal")
        machine.run("certctl", "consumers", NAME, "add", f"unit:{UNIT}", "unit:first.service")
        machine.add_unit("first.service", FIRST)
        machine.run("systemctl", "enable", "first.service")
        boots = []
        for _ in range(BOOTS):
            machine.reboot()
            booted.wait_until(lambda: machine.unit("first.service", "Result") == "success"
                              and moment(machine, "first.service", "ExecMainExit"), "first.service")
            boots.append(started(machine))
        for name, key in (("boot to the bus name", "certd"), ("certd's start to the bus name", "self"),
                          ("boot to a first credential served", "first")):
            add(name, figures([boot[key] for boot in boots]))
        for name, words in (
                ("OpenCredential of a unit", ("credential", NAME, CALLS)),
                ("a credential by the socket, the unit proven",
                 ("socket", UNIT, f"{NAME}.key", CALLS, f"/run/certd/{SOCKET}"))):
            text = machine.output("systemd-run", "--quiet", "--wait", "--pipe", "--collect",
                                  f"--unit={UNIT}", f"{INSIDE}/bench-client", *words)
            add(name, json.loads(text))
    return rows


def moment(machine, unit, event):
    """When that was, in microseconds of the clock that systemd's start is told by; 0 for never."""
    return int(machine.unit(unit, f"{event}TimestampMonotonic") or 0)


def started(machine):
    """Milliseconds of the last boot, by systemd's own time stamps: READY=1 follows the bus name. A service
    counts as started before it asks for its credentials, so what tells is the end of first.service."""
    zero = int(machine.output("systemctl", "show", "--value", "--property=UserspaceTimestampMonotonic"))
    ready = moment(machine, "certd.service", "ActiveEnter")
    begun = moment(machine, "certd.service", "ExecMainStart")
    first = moment(machine, "first.service", "ExecMainExit")
    return {"certd": (ready - zero) / 1000, "self": (ready - begun) / 1000, "first": (first - zero) / 1000}
