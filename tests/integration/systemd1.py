# SPDX-License-Identifier: LGPL-2.1-or-later
"""A service manager on the private bus that knows the processes a test tells it of. The real one is in
tests/system; this one can be silent too."""

import contextlib
import threading

import support
from gi.repository import Gio, GLib

NAME = "org.freedesktop.systemd1"
PATH = "/org/freedesktop/systemd1"
XML = """<node><interface name="org.freedesktop.systemd1.Manager">
<method name="GetUnitByPID"><arg type="u" direction="in"/><arg type="o" direction="out"/></method>
</interface></node>"""


def escape(unit):
    """A unit's name as a part of an object path."""
    return "".join(letter if letter.isalnum() else f"_{ord(letter):02x}" for letter in unit)


class Manager:
    """Answers in a thread of its own: the test waits for certd, and certd for this."""

    def __init__(self, bus):
        self.units = {}  # pid → unit; None for one of which it says nothing at all
        self.asked = []
        self._bus = bus
        self._context = GLib.MainContext()
        self._loop = GLib.MainLoop.new(self._context, False)
        self._ready = threading.Event()
        self._thread = threading.Thread(target=self._run)
        self._thread.start()
        assert self._ready.wait(support.DEADLINE_SECONDS), "the service manager is on the bus"

    def _run(self):
        self._context.push_thread_default()
        connection = self._bus.new_connection("root")
        interface = Gio.DBusNodeInfo.new_for_xml(XML).interfaces[0]
        connection.register_object(PATH, interface, self._on_call, None, None)
        reply = connection.call_sync(
            "org.freedesktop.DBus", "/org/freedesktop/DBus", "org.freedesktop.DBus", "RequestName",
            GLib.Variant("(su)", (NAME, 4)), None, 0, -1, None)
        assert reply.unpack() == (1,)
        self._ready.set()
        self._loop.run()
        connection.close_sync(None)
        self._context.pop_thread_default()

    def _on_call(self, _connection, _sender, _path, _interface, _method, arguments, invocation):
        pid, = arguments.unpack()
        self.asked.append(pid)
        if pid not in self.units:
            invocation.return_dbus_error(f"{NAME}.NoUnitForPID", "none")
        elif self.units[pid] is not None:
            invocation.return_value(GLib.Variant("(o)", (f"{PATH}/unit/{escape(self.units[pid])}",)))

    def end(self):
        self._loop.quit()
        self._thread.join()


@contextlib.contextmanager
def manager(bus):
    """A Manager, as long as the block runs."""
    made = Manager(bus)
    try:
        yield made
    finally:
        made.end()
