#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""org.freedesktop.timedate1 as a service of a machine whose clock a test can't set: the clock is synchronized
where the file that it is given begins with "yes"."""

import pathlib
import sys

from gi.repository import Gio, GLib

NAME = "org.freedesktop.timedate1"
XML = f"""<node><interface name="{NAME}"><property name="NTPSynchronized" type="b" access="read"/>
</interface></node>"""


def main():
    path = pathlib.Path(sys.argv[1])

    def on_get(*_):
        return GLib.Variant("b", path.read_text(encoding="ascii").startswith("yes"))

    def on_bus(connection, _name):
        interface = Gio.DBusNodeInfo.new_for_xml(XML).interfaces[0]
        connection.register_object("/" + NAME.replace(".", "/"), interface, None, on_get, None)

    loop = GLib.MainLoop()
    Gio.bus_own_name(Gio.BusType.SYSTEM, NAME, Gio.BusNameOwnerFlags.NONE, on_bus, None,
                     lambda *_: loop.quit())
    loop.run()
    sys.exit("The name could not be had, or is lost")


if __name__ == "__main__":
    main()
