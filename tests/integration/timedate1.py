# SPDX-License-Identifier: LGPL-2.1-or-later
"""A timedate1 on the private bus that says of the clock what a test wants. See also tests/system."""

import contextlib
import threading

import support
from gi.repository import Gio, GLib

NAME = "org.freedesktop.timedate1"
PATH = "/org/freedesktop/timedate1"
# As a method, so that an answer can be left out.
XML = """<node><interface name="org.freedesktop.DBus.Properties"><method name="Get">
<arg type="s" direction="in"/><arg type="s" direction="in"/><arg type="v" direction="out"/>
</method></interface></node>"""


class Timedate:
    """Answers in a thread of its own: the test waits for certd, and certd for this."""

    def __init__(self, bus, says):
        self.says = says  # whether the clock is synchronized; None for nothing at all
        self.asked = 0
        self._bus = bus
        self._context = GLib.MainContext()
        self._loop = GLib.MainLoop.new(self._context, False)
        self._ready = threading.Event()
        self._thread = threading.Thread(target=self._run)
        self._thread.start()
        assert self._ready.wait(support.DEADLINE_SECONDS), "timedate1 is on the bus"

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
        assert arguments.unpack() == (NAME, "NTPSynchronized")
        self.asked += 1
        if self.says is not None:
            answer = GLib.Variant("b", self.says)
            invocation.return_value(GLib.Variant.new_tuple(GLib.Variant.new_variant(answer)))

    def end(self):
        self._loop.quit()
        self._thread.join()


@contextlib.contextmanager
def timedate(bus, says):
    """A Timedate, as long as the block runs."""
    made = Timedate(bus, says)
    try:
        yield made
    finally:
        made.end()
