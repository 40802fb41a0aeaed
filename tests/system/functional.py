# SPDX-License-Identifier: LGPL-2.1-or-later
"""tests/integration in a booted system: its files run against the packaged certd under its unit, in the
place of what tests/private-bus starts. Before each file the keystore is a new one."""

import booted
import image

INTEGRATION = image.SOURCE / "tests" / "integration"
INSIDE = f"{booted.SOURCE_INSIDE}/tests"
SCRATCH, HOST_NAME = "/run/certd-test", "unit7.lab.example.org"  # as tests/integration/device.py has it
STATE, LOG, BIN, PID_FILE = "/var/lib/certd", "/var/log/certd-test.log", "/usr/local/bin", f"{SCRATCH}/certd.pid"
VERBS = ("start", "stop", "restart")
FILE_SECONDS = 600
ENVIRONMENT = {
    "DBUS_SYSTEM_BUS_ADDRESS": "unix:path=/run/dbus/system_bus_socket",
    "CERTD_STATE_DIRECTORY": STATE,
    "CERTD_RUNTIME_DIRECTORY": "/run/certd",
    "CERTD_LOG": LOG,
    "CERTD_PID_FILE": PID_FILE,
    "CERTD_ISOLATED": "1",
    "CERTD_BOOTED": "1",
    "CERTD_BUILD": "/nonexistent",
}
# What tests run that is not in the image.
BINDS = ("/usr/share/easy-rsa",)
# Files that can't, and why.
FAKES = "certd would have to be started with a fake of the time or of faults, which its unit does not do"
BUILD = "it runs programs of a build, or looks at its files"
BUS = "it starts a private bus of its own, or is about the one that it is on"
CANNOT = {
    "test_authority_secret.py": "it looks for what tests/private-bus laid out",
    "test_certctl_renewal.py": FAKES,
    "test_clock.py": FAKES,
    "test_constraints.py": "the browser is not in the image",
    "test_credential_socket.py": "systemd holds the socket and proves each unit; see test_no_consumer.py",
    "test_damage.py": BUILD,
    "test_drill.py": FAKES,
    "test_dropin.py": BUILD,
    "test_emergency.py": FAKES,
    "test_expiring.py": FAKES,
    "test_faults.py": FAKES,
    "test_full_disk.py": "a part of it is skipped without loop devices",
    "test_log.py": "it has a service manager of its own; see test_life.py",
    "test_languages.py": BUILD,
    "test_manual.py": BUILD,
    "test_private_bus.py": BUS,
    "test_timedate.py": FAKES,
    "test_reload.py": "it tells a service manager of its own; see test_life.py",
    "test_requesters.py": "its lists are elsewhere; the one of tests/system has them in their place",
    "test_trial_boot.py": "it is another boot only in the mount namespace of its own; see test_life.py",
    "test_trial_clock.py": FAKES,
    "test_trial_kill.py": "it is another boot only in the mount namespace of its own; see test_life.py",
    "test_units.py": BUILD,
    "test_upgrade.py": FAKES,
    "test_wrapping_key.py": "its credentials are not systemd's; see test_wrapping.py",
}
# Of files that can, the tests that can't.
LESS = {
    "test_authority.py": {"test_unique_to_the_device": BUS, "test_sha1_under_the_legacy_policy_alone": BUS},
    "test_export.py": {"test_unit_without_systemd": "here somebody is the service manager"},
    "test_outside_requests.py": {"test_legacy_policy": BUS},
    "test_polkit.py": {"test_polkit_killed": "systemd starts polkitd again"},
    "test_who_may.py": {"test_without_polkit": BUS},
}


def logging_to(path):
    """A drop-in: what the tests read of the log is in a file, and what they do to the unit does not wear it
    out."""
    return f"[Service]\nStandardOutput=append:{path}\nStandardError=append:{path}\nRestart=no\n"


def names():
    """The files that run in a booted system; those of the web are functional_web.py's."""
    return [path.name for path in sorted(INTEGRATION.glob("test_*.py"))
            if path.name not in CANNOT and not path.match("test_web_*.py")]


def check_table(there, cannot, less):
    """That each file and each test that can't is there, and that it says why."""
    assert set(cannot) <= {path.name for path in there} and all(cannot.values())
    for name, tests in less.items():
        text = (INTEGRATION / name).read_text(encoding="utf-8")
        assert name not in cannot and all(f"def {test}(" in text for test in tests) and all(tests.values())


def prepare(machine):
    """What all files need."""
    machine.add_unit("certd.service.d/tests.conf", logging_to(LOG))
    machine.run("hostnamectl", "set-hostname", HOST_NAME)
    machine.run("mkdir", SCRATCH)
    add_verbs(machine, "certd")


def add_verbs(machine, prefix):
    """certd-start, certd-stop, certd-restart, or those of another prefix."""
    control = (image.SOURCE / "tests" / "system" / "control" / f"{prefix}-control").read_bytes()
    for verb in VERBS:
        machine.write(f"{BIN}/{prefix}-{verb}", control, mode=0o755)


def begin_anew(machine):
    """certd with a new keystore and an empty log."""
    machine.run("systemctl", "stop", "certd.service")
    machine.shell(f"rm -rf {STATE}/*; rm -rf /run/certd/authority /run/certd/trust /run/certd/export; : >{LOG}")
    machine.run(f"{BIN}/certd-start", environment=ENVIRONMENT)


def run_file(machine, name, less, environment):
    """Runs a file but for the tests less; the finished process."""
    path = f"{INSIDE}/integration/{name}"
    deselected = [f"--deselect={path.lstrip('/')}::{test}" for test in less]
    return machine.run("/usr/bin/python3", "-B", "-m", "pytest", "-q", "--tb=short", "-p",
                       "no:cacheprovider", "--rootdir=/", *deselected, path, check=False,
                       seconds=FILE_SECONDS, environment=environment)


def run(machine, name):
    """Runs a file on a device that is new; the finished process."""
    begin_anew(machine)
    return run_file(machine, name, LESS.get(name, {}), ENVIRONMENT)
