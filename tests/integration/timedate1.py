# SPDX-License-Identifier: LGPL-2.1-or-later
"""A timedate1 on the private bus that says of the clock what a test wants. See also tests/system."""

import stand_in
from gi.repository import GLib

NAME = "org.freedesktop.timedate1"
PATH = "/org/freedesktop/timedate1"
# As a method, so that an answer can be left out.
XML = """<node><interface name="org.freedesktop.DBus.Properties"><method name="Get">
<arg type="s" direction="in"/><arg type="s" direction="in"/><arg type="v" direction="out"/>
</method></interface></node>"""


class Timedate(stand_in.StandIn):
    NAME, PATH, XML = NAME, PATH, XML

    def __init__(self, bus, says):
        self.says = says  # whether the clock is synchronized; None for nothing at all
        self.asked = 0
        super().__init__(bus)

    def answer(self, arguments, invocation):
        assert arguments == (NAME, "NTPSynchronized")
        self.asked += 1
        if self.says is not None:
            answer = GLib.Variant("b", self.says)
            invocation.return_value(GLib.Variant.new_tuple(GLib.Variant.new_variant(answer)))


def timedate(bus, says):
    """A Timedate, as long as the block runs."""
    return stand_in.running(Timedate(bus, says))
