# SPDX-License-Identifier: LGPL-2.1-or-later
"""polkit from the tests' side: its process, rules that the tests write, and a rule that waits."""

import itertools
import os
import pathlib
import subprocess

import support
from gi.repository import GLib

NAME = "org.freedesktop.PolicyKit1"
RULES = pathlib.Path("/etc/polkit-1/rules.d/10-test.rules")
_numbers = itertools.count()


def check(bus, connection, action, certificate):
    """Whether polkit allows the user of connection org.certd1.ACTION, asked by root."""
    reply = bus.connection().call_sync(
        NAME, "/org/freedesktop/PolicyKit1/Authority", f"{NAME}.Authority", "CheckAuthorization",
        GLib.Variant("((sa{sv})sa{ss}us)", (
            ("system-bus-name", {"name": GLib.Variant("s", connection.get_unique_name())}),
            f"org.certd1.{action}", {"certificate": certificate}, 0, "")),
        None, 0, support.CALL_TIMEOUT_MSEC, None)
    return reply.unpack()[0][0]


def set_rule(bus, body):
    """Makes body (ECMAScript of action and subject) the test's rule; returns once polkit has it.

    A certificate that each rule has alone, and that may always be removed, tells.
    """
    probe = f"probe{next(_numbers)}"
    RULES.write_text(
        "polkit.addRule(function(action, subject) {\n"
        f'if (action.lookup("certificate") == "{probe}") return polkit.Result.YES;\n'
        f"{body}\n}});\n", encoding="utf-8")
    RULES.chmod(0o644)
    user = bus.connection(support.USER)
    support.wait_until(lambda: check(bus, user, "remove", probe), "polkit reads the rule")


def clear_rules(bus):
    """Takes the test's rule away; returns once polkit has forgotten it."""
    set_rule(bus, "")
    RULES.unlink()


def allow(*actions, certificate="https"):
    """The body of a rule that allows the test's user these actions on certificate."""
    names = ", ".join(f'"org.certd1.{action}"' for action in actions)
    return (f'if (subject.user == "{support.USER}" && [{names}].indexOf(action.id) >= 0'
            f' && action.lookup("certificate") == "{certificate}") return polkit.Result.YES;')


def pid(bus):
    """polkitd's process."""
    return bus.connection().call_sync(
        "org.freedesktop.DBus", "/org/freedesktop/DBus", "org.freedesktop.DBus",
        "GetConnectionUnixProcessID", GLib.Variant("(s)", (NAME,)), None, 0, -1, None).unpack()[0]


def start():
    """polkitd anew; ends with the private bus at the latest."""
    process = subprocess.Popen(
        ["/usr/lib/polkit-1/polkitd", "--no-debug"], cwd="/", stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    subprocess.run(["gdbus", "wait", "--system", "--timeout", "20", NAME], check=True,
                   stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL)
    return process


class Hold:
    """A rule in the middle of which polkit stands still, until the test lets it go on.

    polkit ends what a rule starts after 10 s: do little between wait() and release().
    """

    def __init__(self, bus, action):
        place = pathlib.Path(os.environ["CERTD_PID_FILE"]).parent
        self.asked, self.answer = place / "polkit-asked", place / "polkit-answer"
        for path in (self.asked, self.answer):
            os.mkfifo(path)
            path.chmod(0o666)
        set_rule(bus, f'if (action.id == "org.certd1.{action}"'
                      f' && subject.user == "{support.USER}") {{\n'
                      f'polkit.spawn(["/bin/sh", "-c",'
                      f' "echo >>{self.asked}; read answer <{self.answer}"]);\n'
                      "return polkit.Result.YES; }")

    def wait(self):
        """Returns once polkit has come to the rule."""
        self.asked.read_text(encoding="ascii")

    def release(self):
        """Lets polkit say yes."""
        self.answer.write_text("\n", encoding="ascii")

    def close(self):
        self.asked.unlink()
        self.answer.unlink()
