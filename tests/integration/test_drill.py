# SPDX-License-Identifier: LGPL-2.1-or-later
"""The drill of bad installs: none locks anybody out. What must not be used is refused before it is, with
nothing changed; what certd can't know to be bad is gone at the end of its trial, and what was there before
is back byte for byte. After each, what https hands out serves a client that checks everything."""

import concurrent.futures
import contextlib
import dataclasses
import hashlib
import json
import os
import ssl
import time

import authority_key
import device
import drill
import handshake
import hostile
import keystore
import outside
import pytest
import served
import support
from clock import DAY, Clock
from drill_inputs import LEAF, SAN, Kit, pem
from gi.repository import Gio, GLib
from hostile import CERTIFICATE, ERROR

MINUTE = 60
TRIAL, SHORTEST_TRIAL = MINUTE, 30
ALMOST = 40  # of those: it is on trial still
LATE_SECONDS = 1  # how late a trial may end
# Where the clock is set to in the middle of a trial, from where it is on, and last at its end.
JUMPS = (3 * DAY, DAY, 30 * DAY, MINUTE, 2 * DAY, DAY)
STATUS = {"LimitExceeded": 7, "UnsupportedFormat": 13, "Malformed": 14, "TooLarge": 15,
          "PassphraseNeeded": 16, "PassphraseWrong": 17, "KeyMismatch": 18, "ChainIncomplete": 19,
          "Rejected": 20, "OnTrial": 25, "Cancelled": 30}
# Whose input was read as far as findings.
JUDGED = ("", "Rejected", "KeyMismatch", "ChainIncomplete")
# What is not the same after a trial: its number, and what was planned is planned again.
AGAIN = {"Generation", "Renewal", "NextRenewal"}


@dataclasses.dataclass
class Place:
    """https with something in it, and who trusts that."""

    bus: support.Bus
    folder: object
    trusted: object  # the file with the trust anchor of its clients

    def get(self, what):
        return self.bus.get(CERTIFICATE, "Certificate", what)

    def rows(self, statement, *values):
        return keystore.query(support.Certd.state_directory / "keystore.db", statement, values)

    def logged(self, since):
        """What was installed and tried, by the rows of the log after the row with the id since."""
        return sorted(self.rows(
            "SELECT action, detail FROM audit WHERE id > ? AND object = 'certificate/https' AND"
            " action IN ('import', 'trial-begin', 'trial-end') AND outcome = 'ok'", since))

    def last_row(self):
        return self.rows("SELECT max(id) FROM audit")[0][0]

    def stored(self):
        """How many chains, keys and trials there are."""
        return self.rows("SELECT (SELECT count(*) FROM chain), (SELECT count(*) FROM key),"
                         " (SELECT count(*) FROM trial)")[0]

    def serve(self):
        """Writes what https hands out, to be served."""
        exported = self.bus.certctl("export", "https", check=True).stdout
        assert exported == self.get("Chain")
        self.folder.joinpath("served.pem").write_text(exported, encoding="ascii")
        which = (f"id = (SELECT key_id FROM chain WHERE certificate = 'https'"
                 f" AND fingerprint = '{self.get('Fingerprint')}')")
        self.folder.joinpath("served.key").write_bytes(pem("PRIVATE KEY", authority_key.unseal(
            support.Certd.state_directory, self.folder, which)))

    def handshake(self, trusted):
        """The fingerprint of what a client of that sees."""
        return hashlib.sha256(handshake.shake(self.folder / "served.pem", self.folder / "served.key",
                                              trusted, device.HOME)).hexdigest()

    def check(self):
        """A client that checks everything gets through, and sees what certd says."""
        self.serve()
        assert self.handshake(self.trusted) == self.get("Fingerprint")

    def shown(self, path=CERTIFICATE, interface="Certificate"):
        """All properties of an object as text, but those which a trial changes."""
        return [pair for pair in hostile.properties(self.bus, path, interface) if pair[0] not in AGAIN]

    def everything(self):
        """The same of everything that certd shows."""
        return {path: [pair for pair in pairs if pair[0] not in AGAIN]
                for path, pairs in hostile.dump(self.bus).items()}

    def send(self, install, data, *options):
        """Imports data as install says: the name of the error, and what was said."""
        path = self.folder / "input"
        path.write_bytes(data)
        if install.by_descriptor:
            return self.send_descriptor(install, path)
        done = self.certctl_import(install, path, "--trial", TRIAL, *options)
        names = [name for name, status in STATUS.items() if status == done.returncode]
        assert names or done.returncode == 0, done.stderr
        return "".join(names), done.stderr

    def certctl_import(self, install, path, *options):
        words = [word for code in install.accept for word in ("--accept", code)]
        if install.passphrase:
            words += ["--passphrase-file", self.folder / "passphrase"]
        return self.bus.certctl("import", "https", path, *words, *options)

    def send_descriptor(self, install, path):
        options = {"trial": GLib.Variant("u", TRIAL), "accept": GLib.Variant("as", install.accept)}
        if install.passphrase:
            options["passphrase"] = GLib.Variant("s", outside.PASSPHRASE)
        handles = Gio.UnixFDList.new()
        fd = os.open(path, os.O_RDONLY)
        handles.append(fd)
        os.close(fd)
        try:
            self.bus.connection().call_with_unix_fd_list_sync(
                support.NAME, CERTIFICATE, "org.certd1.Certificate", "ImportFd",
                GLib.Variant("(ha{sv})", (0, options)), None, 0, support.CALL_TIMEOUT_MSEC, handles,
                None)
        except GLib.Error as error:
            return support.remote_error(error).removeprefix(ERROR), error.message
        return "", ""

    def judge(self, install, data):
        """The codes of all that is found."""
        path = self.folder / "input"
        path.write_bytes(data)
        return outside.codes(json.loads(
            self.certctl_import(install, path, "--dry-run", "--json").stdout)["Findings"])


@pytest.fixture(scope="module")
def kit(bus, cable, tmp_path_factory):
    """A device at home, and what its users have."""
    device.go_home()
    served.settle(bus, "the certificate for the names at home")
    return Kit(tmp_path_factory.mktemp("drill"), bus)


class Ends:
    """The trials that ended by themselves: when by the monotonic clock, by the certificate's name."""

    def __init__(self, connection):
        self.seen = {}
        support.subscribe(connection, support.NAME, "org.certd1.Manager", "CertificateChanged", None, None,
                          Gio.DBusSignalFlags.NONE, self._on_changed)

    def _on_changed(self, *arguments):
        name, _, cause = arguments[5].unpack()
        if cause == "trial-end":
            self.seen[name] = time.monotonic()


def make_all(kit):
    for install in drill.INSTALLS:
        if not install.asks:
            kit.make(install)


def set_again_and_again(bus, clock, ends):
    """The clock of certd alone, which runs on: no trial ends by that."""
    begun = int(clock.now())
    for jump in JUMPS:
        clock.set(begun + jump, True)
        for name in ("https", "mqtt"):
            left = bus.get(f"/org/certd1/certificate/{name}", "Certificate",
                           "TrialDeadline") - clock.now()
            assert 0 < left <= SHORTEST_TRIAL + 1
    assert ends.seen == {}


def test_real_deadlines(bus, kit, clock):  # R38
    """Two bad ones at once and nothing but time, whatever the clock says, with no start of certd between;
    the drill's inputs are made meanwhile."""
    present = clock.offset
    bus.certctl("create", "mqtt", "--subject", f"CN={device.HOME}", check=True)
    good, bad = kit.folder / "good.pem", kit.folder / "bad.pem"
    good.write_bytes(kit.bundle())
    bad.write_bytes(kit.bundle(chain=(), extensions=LEAF.replace(SAN, "")))
    outside.install(bus, "mqtt", good)
    ends, begun, shown = Ends(bus.connection()), {}, {}
    for name in ("https", "mqtt"):
        shown[name] = outside.show(bus, name)
        before = time.monotonic()
        bus.certctl("import", name, bad, "--accept", "no-san", "--trial", SHORTEST_TRIAL, check=True)
        begun[name] = before, time.monotonic()
        assert outside.show(bus, name)["Fingerprint"] != shown[name]["Fingerprint"]
    with concurrent.futures.ThreadPoolExecutor(1) as pool:
        making = pool.submit(make_all, kit)
        set_again_and_again(bus, clock, ends)
        support.wait_until(lambda: len(ends.seen) == 2, "both trials end")
        making.result()
    clock.set(int(time.time()) + present, True)
    for name, before in shown.items():
        after = outside.show(bus, name)
        assert {**after, **{key: before[key] for key in AGAIN & set(before)}} == before
        assert after["Generation"] == before["Generation"] + 2
        first, last = (when + SHORTEST_TRIAL for when in begun[name])
        assert first <= ends.seen[name] <= last + LATE_SECONDS, name
    Place(bus, kit.folder, served.PUBLISHED / "ca.crt").check()


@pytest.fixture(scope="module")
def clock():
    made = Clock()
    made.open()
    # What is made now is valid already.
    made.boot(int(time.time()) + MINUTE, True)
    yield made
    made.close()


def begin(kit, trusted, origin):
    """The place as the drill begins."""
    place = Place(kit.bus, kit.folder, trusted)
    assert place.get("Origin") == origin
    place.check()
    return place


@pytest.fixture(scope="module")
def default_place(kit, clock):
    """https as the device comes."""
    return begin(kit, served.PUBLISHED / "ca.crt", "default")


@pytest.fixture(scope="module")
def users_place(kit, clock):
    """https with what a user installed for good."""
    path = kit.folder / "users.pem"
    path.write_bytes(kit.bundle())
    assert outside.install(kit.bus, "https", path) == []
    return begin(kit, kit.folder / "root.pem", "imported")


@contextlib.contextmanager
def drilling(place):
    """Nothing is on trial any more after what is done within, also where that failed."""
    try:
        yield
    finally:
        if place.get("TrialDeadline") != 0:
            place.bus.call(CERTIFICATE, "Certificate", "Rollback")
    place.check()


def refused(place, install, data, on_trial=False):
    """Everything is as before."""
    before, stored = hostile.dump(place.bus), place.stored()
    error, message = place.send(install, data)
    assert error == install.refused, message
    assert hostile.dump(place.bus) == before and place.stored() == stored
    assert (place.get("TrialDeadline") != 0) is on_trial
    if error in JUDGED:
        assert any(code in message for code in install.codes)


def on_trial(place, install, fingerprint):
    """It is in use, and who can't be served by it isn't."""
    assert place.get("Fingerprint") == fingerprint
    assert place.get("HasPrevious") is True
    place.serve()
    careful = place.folder / "root.pem"
    assert place.handshake(None if install.locks_out else careful) == fingerprint
    if install.locks_out:
        with pytest.raises(ssl.SSLCertVerificationError):
            place.handshake(careful)


def tried(place, clock, install, data, fingerprint):
    """It is in use until its deadline, and what was there before is back at that moment."""
    before, stored, generation = place.everything(), place.stored(), place.get("Generation")
    last = place.last_row()
    begun = clock.now()
    error, message = place.send(install, data)
    assert error == "", message
    assert begun + TRIAL - 1 <= place.get("TrialDeadline") <= clock.now() + TRIAL + 1
    on_trial(place, install, fingerprint)
    assert place.get("Generation") == generation + 1
    clock.sleep(ALMOST)
    assert place.get("Fingerprint") == fingerprint and place.get("TrialDeadline") != 0
    clock.sleep(TRIAL - ALMOST)
    assert place.shown() == before[CERTIFICATE]
    done = place.bus.certctl("confirm", "https", "--tested")
    assert done.returncode == STATUS["Cancelled"], done.stderr
    assert place.everything() == expected_after(place, install, before)
    assert place.get("TrialDeadline") == 0 and place.get("Generation") == generation + 2
    assert place.stored() == stored
    assert place.logged(last) == [("import", fingerprint), ("trial-begin", f"for {TRIAL} seconds"),
                                  ("trial-end", f"nobody confirmed it in time; {place.get('Fingerprint')}"
                                                " is back")]


def expected_after(place, install, before):
    """As before; but a request that was answered remains so."""
    if not install.asks:
        return before
    newest = place.get("Requests")[0]
    return {**before, newest: [(name, repr("issued") if name == "State" else value)
                               for name, value in before[newest]]}


def half(number):
    """The rows of one of the two starts: all that are tried, and half of those that are refused."""
    refusals = [install for install in drill.INSTALLS if install.refused]
    return {"argvalues": [install for install in drill.INSTALLS
                          if not install.refused or install in refusals[number::2]],
            "ids": lambda install: install.name}


def run(place, kit, clock, install):
    data, fingerprint = kit.make(install)
    with drilling(place):
        if install.refused in JUDGED:
            assert place.judge(install, data) == sorted(install.codes)
        if install.refused:
            refused(place, install, data)
        else:
            tried(place, clock, install, data, fingerprint)


@pytest.mark.parametrize("install", **half(0))
def test_default(default_place, kit, clock, install):  # R32 R35 R38
    run(default_place, kit, clock, install)


@pytest.mark.parametrize("install", **half(1))
def test_users(users_place, kit, clock, install):  # R32 R35 R38
    run(users_place, kit, clock, install)


def test_expires_on_trial(users_place, kit, clock):  # R38 R55
    """What can't be used any more is gone before its deadline."""
    place = users_place
    before, last = place.everything(), place.last_row()
    install = drill.Install("expires-on-trial", drill.bundle(
        days=1, at=int(clock.offset) + ALMOST // 2 - DAY))
    data, fingerprint = kit.make(install)
    with drilling(place):
        assert place.send(install, data)[0] == "" and place.get("Fingerprint") == fingerprint
        clock.sleep(ALMOST)
        support.wait_until(lambda: place.get("TrialDeadline") == 0, "the trial ends")
        assert place.everything() == before
        assert place.logged(last)[-1] == ("trial-end",
                                          f"it can't be used; {place.get('Fingerprint')} is back")


def test_another_meanwhile(users_place, kit, clock):  # R38
    """Nothing is installed beside a trial, and what somebody confirms stays."""
    place, install = users_place, drill.Install("meanwhile", drill.bundle())
    data, fingerprint = kit.make(install)
    with drilling(place):
        assert place.send(install, data)[0] == ""
        refused(place, drill.Install("another", install.make, "OnTrial"), kit.bundle(), on_trial=True)
        place.bus.certctl("confirm", "https", "--tested", check=True)
        clock.sleep(TRIAL)
        assert place.get("Fingerprint") == fingerprint


def test_rows():
    names = [install.name for install in drill.INSTALLS]
    assert len(set(names)) == len(names) >= 50
