# SPDX-License-Identifier: LGPL-2.1-or-later
"""What can happen while polkit is asked: the caller leaves, the question changes its meaning,
polkit ends, certd ends. test_who_may.py has what is asked in the first place."""

import os
import signal

import matrix
import polkit
import pytest
import support
from gi.repository import Gio, GLib

NAMES = ("Certificate", "SubjectAltNames")


@pytest.fixture(scope="module", autouse=True)
def request_at_rest(bus):
    matrix.make_request(bus)


@pytest.fixture
def hold(bus):
    """hold(action) makes polkit stand still where it is asked whether the user may do action."""
    made = []

    def make(action):
        made.append(polkit.Hold(bus, action))
        return made[-1]

    yield make
    for one in made:
        one.close()
    polkit.clear_rules(bus)


@pytest.fixture
def rule(bus):
    """rule(body) makes body polkit's for the test."""
    yield lambda body: polkit.set_rule(bus, body)
    polkit.clear_rules(bus)


class Call:
    """A call whose answer is awaited: its error's short name, None for success."""

    def __init__(self, connection, interface, method, signature, arguments, interactive=False):
        self.answers = []
        flags = Gio.DBusCallFlags.NONE
        if interactive:
            flags |= Gio.DBusCallFlags.ALLOW_INTERACTIVE_AUTHORIZATION
        connection.call(support.NAME, matrix.PATHS[interface], f"org.certd1.{interface}", method,
                        GLib.Variant(signature, arguments), None, flags,
                        support.CALL_TIMEOUT_MSEC, None, self.on_answer)
        connection.flush_sync(None)

    def on_answer(self, source, result):
        try:
            source.call_finish(result)
            self.answers.append(None)
        except GLib.Error as error:
            self.answers.append(support.remote_error(error).rpartition(".")[2])

    def answer(self):
        support.wait_until(lambda: self.answers, "the answer")
        return self.answers[0]


def add_name(connection, value):
    return Call(connection, "Certificate", "AddSubjectAltName", "(ss)", ("DNS", value))


def get_certificate(connection, interactive=False):
    return Call(connection, "Manager", "GetCertificate", "(s)", ("https",), interactive)


def leave(bus, connection):
    """Closes connection; returns once the bus has told everyone."""
    name, left = connection.get_unique_name(), []
    root = bus.connection()
    subscription = support.subscribe(
        root, "org.freedesktop.DBus", "org.freedesktop.DBus", "NameOwnerChanged",
        "/org/freedesktop/DBus", name, Gio.DBusSignalFlags.NONE,
        lambda *arguments: left.append(arguments))
    connection.close_sync(None)
    support.wait_until(lambda: left, "the caller's leaving")
    root.signal_unsubscribe(subscription)


def test_who_stays_gets_it_done(bus, hold):  # R60
    """What the next test leaves out is all that makes the difference."""
    held = hold("configure")
    call = add_name(bus.connection(support.USER), "stays.example.org")
    held.wait()
    held.release()
    assert call.answer() is None
    assert bus.get(matrix.CERTIFICATE, *NAMES) == [("DNS", "stays.example.org")]
    bus.call(matrix.CERTIFICATE, "Certificate", "SetSubjectAltNames", "(a(ss))", ([],))


def test_who_left_gets_nothing_done(bus, hold):  # R60
    """polkit has looked up who asks and says yes in the end, and that is no longer enough."""
    held = hold("configure")
    connection = bus.new_connection(support.USER)
    add_name(connection, "left.example.org")
    held.wait()
    leave(bus, connection)
    held.release()
    # polkit and certd answer in turn: this one's answer comes behind.
    assert get_certificate(bus.connection(support.USER)).answer() is None
    assert bus.get(matrix.CERTIFICATE, *NAMES) == []


def test_leaving_makes_room(bus, hold):  # R11
    """Calls of callers that left count no longer (CERTD_LIMIT_USER_WAITING_CALLS)."""
    held = hold("configure")
    connection = bus.new_connection(support.USER)
    for number in range(4):
        add_name(connection, f"n{number}.example.org")
    held.wait()
    other = bus.new_connection(support.USER)
    assert get_certificate(other).answer() == "LimitExceeded"
    leave(bus, connection)
    call = get_certificate(other)
    held.release()
    assert call.answer() is None
    other.close_sync(None)
    assert bus.get(matrix.CERTIFICATE, *NAMES) == []


def test_a_question_that_changed_is_asked_again(bus, hold):  # R60
    """CreateRequest without an issuer is a request when polkit is asked, and would be an
    installation when it is done: the settings changed meanwhile."""
    bus.call(matrix.CERTIFICATE, "Certificate", "Configure", "(a{sv})",
             ({"issuer": GLib.Variant("s", "external")},))
    held = hold("request")
    generation = bus.get(matrix.CERTIFICATE, "Certificate", "Generation")
    requests = bus.get(matrix.CERTIFICATE, "Certificate", "Requests")
    call = Call(bus.connection(support.USER), "Certificate", "CreateRequest", "(sa{sv})", ("", {}))
    held.wait()
    bus.call(matrix.CERTIFICATE, "Certificate", "Configure", "(a{sv})",
             ({"issuer": GLib.Variant("s", "self")},))
    held.release()
    assert call.answer() == "InteractiveAuthorizationRequired"
    assert bus.get(matrix.CERTIFICATE, "Certificate", "Requests") == requests
    assert bus.get(matrix.CERTIFICATE, "Certificate", "Generation") == generation


def regenerate(connection):
    return Call(connection, "Authority", "Regenerate", "(a{sv})", ({},))


def fingerprint(bus):
    return bus.get(matrix.AUTHORITY, "Authority", "Fingerprint")


def test_who_left_makes_no_authority(bus, hold):  # R26 R60
    """All that differs from the next test is that nobody is there any more to hear the answer."""
    changes = []
    root = bus.connection()
    subscription = support.subscribe(
        root, support.NAME, "org.freedesktop.DBus.Properties", "PropertiesChanged", matrix.AUTHORITY, None,
        Gio.DBusSignalFlags.NONE, lambda *arguments: changes.append(arguments))
    held = hold("authority")
    connection = bus.new_connection(support.USER)
    regenerate(connection)
    held.wait()
    leave(bus, connection)
    held.release()
    assert get_certificate(bus.connection(support.USER)).answer() is None
    # Of what had been begun there would be a signal, or this one would be Busy.
    assert regenerate(root).answer() is None
    support.wait_until(lambda: changes, "the authority's change")
    assert len(changes) == 1
    root.signal_unsubscribe(subscription)


def test_who_stays_makes_an_authority(bus, hold):  # R26 R60
    before = fingerprint(bus)
    held = hold("authority")
    call = regenerate(bus.connection(support.USER))
    held.wait()
    assert fingerprint(bus) == before
    held.release()
    assert call.answer() is None
    assert fingerprint(bus) != before


def test_a_rule_for_another_action_is_none_for_the_authority(bus, rule):  # R28 R60
    """Who may do everything to certificates may not yet sign for others with the authority."""
    everything = sorted({row[4] for row in matrix.rows()} - {"authority"})
    rule(polkit.allow(*everything))
    rows = [row for row in matrix.rows() if row[4] == "authority"]
    assert [row[1] for row in rows] == ["Regenerate", "Sign"]
    for row in rows:
        assert matrix.outcome(bus, support.USER, row) == "InteractiveAuthorizationRequired"
    rule(f'if (subject.user == "{support.USER}" && action.id == "org.certd1.authority")'
         " return polkit.Result.YES;")
    for row in rows:
        assert matrix.outcome(bus, support.USER, row) == row[5]


def test_internal_by_a_setting_that_changed(bus, hold):  # R23 R60
    """What was a request for an authority outside when polkit was asked would be installed now."""
    bus.call(matrix.CERTIFICATE, "Certificate", "Configure", "(a{sv})",
             ({"issuer": GLib.Variant("s", "external")},))
    held = hold("request")
    requests = bus.get(matrix.CERTIFICATE, "Certificate", "Requests")
    call = Call(bus.connection(support.USER), "Certificate", "CreateRequest", "(sa{sv})", ("", {}))
    held.wait()
    bus.call(matrix.CERTIFICATE, "Certificate", "Configure", "(a{sv})",
             ({"issuer": GLib.Variant("s", "internal")},))
    held.release()
    assert call.answer() == "InteractiveAuthorizationRequired"
    assert bus.get(matrix.CERTIFICATE, "Certificate", "Requests") == requests


@pytest.mark.parametrize("interactive, expected", (
    (False, "InteractiveAuthorizationRequired"), (True, "AccessDenied")), ids=("not", "allowed"))
def test_nobody_to_type_a_password(bus, interactive, expected):  # R60
    """With interaction allowed and no agent there is nothing left to try."""
    call = Call(bus.connection(support.USER), "Certificate", "Rollback", "()", (), interactive)
    assert call.answer() == expected


@pytest.mark.parametrize("user", ("root", support.ADMIN, support.USER))
def test_a_message_without_interface(bus, user):  # R60
    """It could be any interface's, so it is nobody's."""
    message = Gio.DBusMessage.new_method_call(support.NAME, support.MANAGER, None, "FactoryReset")
    message.set_body(GLib.Variant("(a{sv})", ({},)))
    generation = bus.get(matrix.CERTIFICATE, "Certificate", "Generation")
    reply, _ = bus.connection(user).send_message_with_reply_sync(
        message, Gio.DBusSendMessageFlags.NONE, support.CALL_TIMEOUT_MSEC, None)
    assert reply.get_error_name() == "org.freedesktop.DBus.Error.UnknownInterface"
    assert bus.get(matrix.CERTIFICATE, "Certificate", "Generation") == generation


@pytest.mark.parametrize("user", ("root", support.ADMIN, support.USER))
@pytest.mark.parametrize("interface", tuple(matrix.PATHS))
def test_all_properties_at_once(bus, user, interface):  # R60
    got, = bus.connection(user).call_sync(
        support.NAME, matrix.PATHS[interface], "org.freedesktop.DBus.Properties", "GetAll",
        GLib.Variant("(s)", (f"org.certd1.{interface}",)), None, 0, support.CALL_TIMEOUT_MSEC,
        None).unpack()
    assert {(interface, name) for name in got} == {
        row for row in matrix.contract("property") if row[0] == interface}


PROPERTY_ROWS = (
    ("GetAll", "(s)", (), "root", None),
    ("GetAll", "(s)", (), support.USER, "AccessDenied"),
    ("Set", "(ssv)", (GLib.Variant("s", "x"),), "root", "PropertyReadOnly"),
    ("Set", "(ssv)", (GLib.Variant("s", "x"),), support.ADMIN, "PropertyReadOnly"),
    ("Set", "(ssv)", (GLib.Variant("s", "x"),), support.USER, "AccessDenied"),
)


@pytest.mark.parametrize("interface", tuple(matrix.PATHS))
@pytest.mark.parametrize("method, signature, more, user, expected", PROPERTY_ROWS,
                         ids=[f"{row[0]}-{row[3]}" for row in PROPERTY_ROWS])
def test_where_reading_is_forbidden(bus, rule, interface, method, signature, more, user,
                                    expected):  # R60
    """A rule forbids the user to read: in all ways; and nobody sets anything."""
    rule(f'if (subject.user == "{support.USER}") return polkit.Result.NO;')
    error = None
    if method == "Set":
        more = (next(name for of, name in matrix.contract("property") if of == interface), *more)
    try:
        bus.connection(user).call_sync(
            support.NAME, matrix.PATHS[interface], "org.freedesktop.DBus.Properties", method,
            GLib.Variant(signature, (f"org.certd1.{interface}", *more)), None, 0,
            support.CALL_TIMEOUT_MSEC, None)
    except GLib.Error as failure:
        error = support.remote_error(failure).rpartition(".")[2]
    assert error == expected


@pytest.mark.parametrize("interactive, second", ((False, None), (True, "AccessDenied")))
def test_what_is_remembered(bus, rule, interactive, second):  # R60
    """polkit allows one read: its yes is remembered, but not where it may have asked for a password."""
    rule(f'if (subject.user == "{support.USER}" && action.id == "org.certd1.read") {{'
         f' polkit.reads{interactive} = (polkit.reads{interactive} || 0) + 1;'
         f' return polkit.reads{interactive} > 1 ? polkit.Result.NO : polkit.Result.YES; }}')
    connection = bus.new_connection(support.USER)
    answers = [get_certificate(connection, interactive).answer() for _ in range(2)]
    assert answers == [None, second]
    connection.close_sync(None)


def test_polkit_killed(bus, hold):  # R60
    """Whoever waited is refused at once, and whoever comes then; root is not. polkit's return is
    enough to go on."""
    held = hold("configure")
    users = (support.USER, support.ADMIN)
    connections = {user: bus.new_connection(user) for user in users}
    calls = [add_name(connections[support.USER], "killed.example.org")]
    held.wait()
    calls.append(add_name(connections[support.ADMIN], "killed.example.org"))
    os.kill(polkit.pid(bus), signal.SIGKILL)
    try:
        assert [call.answer() for call in calls] == ["AccessDenied", "AccessDenied"]
        for user, expected in (*((user, "AccessDenied") for user in users), ("root", None)):
            assert get_certificate(bus.connection(user)).answer() == expected, user
        assert bus.get(matrix.CERTIFICATE, *NAMES) == []
    finally:
        polkit.start()
    for user in users:
        assert get_certificate(connections[user]).answer() is None
        connections[user].close_sync(None)


def test_certd_ended(bus, hold, certd):
    """A question that is open when certd ends is answered with a no, and nothing is done."""
    held = hold("configure")
    call = add_name(bus.connection(support.USER), "ended.example.org")
    held.wait()
    certd.stop(clean=True)
    held.release()
    assert call.answer() == "Cancelled"
    certd.start()
    assert bus.get(matrix.CERTIFICATE, *NAMES) == []
