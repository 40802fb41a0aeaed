# SPDX-License-Identifier: LGPL-2.1-or-later
"""A service on the private bus that is not what it says: for faults, and for the time."""

import contextlib
import threading

import support
from gi.repository import Gio, GLib


class StandIn:
    """Has the well-known name, and one object with the interface of the XML. Answers in a thread of its own: the
    test waits for certd, and certd for this."""

    NAME = PATH = XML = None

    def __init__(self, bus):
        self._bus = bus
        self._context = GLib.MainContext()
        self._loop = GLib.MainLoop.new(self._context, False)
        self._ready = threading.Event()
        self._thread = threading.Thread(target=self._run)
        self._thread.start()
        assert self._ready.wait(support.DEADLINE_SECONDS), f"{self.NAME} is on the bus"

    def _run(self):
        self._context.push_thread_default()
        connection = self._bus.new_connection("root")
        interface = Gio.DBusNodeInfo.new_for_xml(self.XML).interfaces[0]
        connection.register_object(self.PATH, interface, self._on_call, None, None)
        reply = connection.call_sync(
            "org.freedesktop.DBus", "/org/freedesktop/DBus", "org.freedesktop.DBus", "RequestName",
            GLib.Variant("(su)", (self.NAME, 4)), None, 0, -1, None)
        assert reply.unpack() == (1,)
        self._ready.set()
        self._loop.run()
        connection.close_sync(None)
        self._context.pop_thread_default()

    def _on_call(self, _connection, _sender, _path, _interface, _method, arguments, invocation):
        self.answer(arguments.unpack(), invocation)

    def answer(self, arguments, invocation):
        """Answers one call, or leaves it without an answer."""
        raise NotImplementedError

    def end(self):
        self._loop.quit()
        self._thread.join()


@contextlib.contextmanager
def running(made):
    """A StandIn, as long as the block runs."""
    try:
        yield made
    finally:
        made.end()
