# SPDX-License-Identifier: LGPL-2.1-or-later
"""A service manager on the private bus that knows the processes a test tells it of. The real one is in
tests/system; this one can be silent too."""

import stand_in
from gi.repository import GLib

NAME = "org.freedesktop.systemd1"
PATH = "/org/freedesktop/systemd1"
XML = """<node><interface name="org.freedesktop.systemd1.Manager">
<method name="GetUnitByPID"><arg type="u" direction="in"/><arg type="o" direction="out"/></method>
</interface></node>"""


def escape(unit):
    """A unit's name as a part of an object path."""
    return "".join(letter if letter.isalnum() else f"_{ord(letter):02x}" for letter in unit)


class Manager(stand_in.StandIn):
    NAME, PATH, XML = NAME, PATH, XML

    def __init__(self, bus):
        self.units = {}  # pid → unit; None for one of which it says nothing at all
        self.asked = []
        super().__init__(bus)

    def answer(self, arguments, invocation):
        pid, = arguments
        self.asked.append(pid)
        if pid not in self.units:
            invocation.return_dbus_error(f"{NAME}.NoUnitForPID", "none")
        elif self.units[pid] is not None:
            invocation.return_value(GLib.Variant("(o)", (f"{PATH}/unit/{escape(self.units[pid])}",)))


def manager(bus):
    """A Manager, as long as the block runs."""
    return stand_in.running(Manager(bus))
