# SPDX-License-Identifier: LGPL-2.1-or-later
"""The web's files of tests/integration in a booted system: against the packaged certd-tls, certd-web and
certd-session under their units and the system's own PAM, in the place of what tests/private-bus --web starts.
Before each file the keystore is a new one, and the programs are started anew."""

import functional
import https
import image

LOGS = "/var/log/certd-web-test"
USERS = {"CERTD_WEB_USER": https.ADMIN, "CERTD_WEB_READER": https.READER, "CERTD_WEB_EXPIRED": https.EXPIRED,
         "CERTD_WEB_STALE": https.STALE}
PASSWORDS = ("CERTD_WEB_PASSWORD", "CERTD_WEB_READER_PASSWORD", "CERTD_WEB_EXPIRED_PASSWORD",
             "CERTD_WEB_STALE_PASSWORD")
ENVIRONMENT = functional.ENVIRONMENT | USERS | dict.fromkeys(PASSWORDS, https.PASSWORD) | {
    "CERTD_WEB_URL": f"https://127.0.0.1:{https.PORTS['https']}",
    "CERTD_WEB_PLAIN_URL": f"http://127.0.0.1:{https.PORTS['http']}",
    "CERTD_WEB_LOGS": LOGS,
    "CERTD_WEB_SCRATCH": functional.SCRATCH,
}
# By their logs' names.
SERVICES = {"certd-tls": "certd-tls.service", "certd-web": "certd-web.service",
            "certd-session": "certd-session@.service"}
# What tests run that is not in the image, and the schemas beside the project.
BINDS = (*functional.BINDS, f"{image.SOURCE.parent}/shared/redfish:/srv/shared/redfish")
# Files that can't, and why.
CANNOT = {
    "test_web_trials.py": functional.FAKES,
}
# Of files that can, the tests that can't.
LESS = {
    "test_web_device.py": {"test_problem_of_a_certificate": "it is a unit that nobody can be told of"},
    "test_web_session.py": {"test_fresh": functional.FAKES},
    "test_web_sessions.py": {"test_fresh_and_idle": functional.FAKES},
    "test_web_tls.py": {"test_start_without_certd": "the unit of certd-tls starts certd, too"},
}


def names():
    """The web's files that run in a booted system."""
    return [path.name for path in sorted(functional.INTEGRATION.glob("test_web_*.py"))
            if path.name not in CANNOT]


def prepare(machine):
    """What all files need."""
    functional.prepare(machine)
    machine.run("mkdir", "-p", LOGS)
    for name, unit in SERVICES.items():
        machine.add_unit(f"{unit}.d/tests.conf", functional.logging_to(f"{LOGS}/{name}.log"))
    functional.add_verbs(machine, "web")
    https.serve(machine)


def run(machine, name):
    """Runs a file on a device that is new; the finished process."""
    machine.run(f"{functional.BIN}/web-stop", environment=ENVIRONMENT)
    machine.shell(f"for name in {' '.join(SERVICES)}; do : >{LOGS}/$name.log; done")
    functional.begin_anew(machine)
    machine.run(f"{functional.BIN}/web-start", environment=ENVIRONMENT)
    return functional.run_file(machine, name, LESS.get(name, {}), ENVIRONMENT)
