# SPDX-License-Identifier: LGPL-2.1-or-later
"""certd under its unit over time: reload, watchdog, stop, reboots and power cuts with work in progress."""

import os
import signal

import asked
import booted
import pytest

REQUESTS = 10
TRIAL = "240"
CONFIG = "/etc/certd/certd.conf"
IMPORTED = ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes",
            "-keyout", "/root/web.key", "-out", "/root/web.pem", "-days", "90", "-subj", "/CN=web.example.org",
            "-addext", "subjectAltName=DNS:web.example.org", "-addext", "basicConstraints=CA:FALSE"]


def bundle(machine):
    """A certificate with its key from elsewhere, at the path given."""
    machine.run(*IMPORTED)
    machine.shell("cat /root/web.pem /root/web.key >/root/bundle.pem")
    return "/root/bundle.pem"


def import_bundle(machine, name, *more):
    machine.run("certctl", "import", name, bundle(machine), "--accept", "san-mismatch", *more)


def policy(machine):
    """Which one certd follows, by what it does: legacy permits RSA 1024."""
    name = f"probe{machine.output('certctl', 'list').count('probe')}"
    done = asked.call(machine, asked.MANAGER, "Manager", "CreateCertificate", "sa{sv}", name, 1,
                      "key-type", "s", "rsa:1024", check=False)
    assert done.returncode == 0 or "olicy" in done.stderr, done.stderr
    return "legacy" if done.returncode == 0 else "default"


def test_reload(fresh):  # R52
    """SIGHUP: a policy takes effect without a restart; a file with an error changes nothing."""
    before = asked.pid(fresh)
    assert policy(fresh) == "default"
    fresh.write(CONFIG, "[certd]\npolicy=legacy\n")
    fresh.run("systemctl", "reload", asked.SERVICE)
    booted.wait_until(lambda: policy(fresh) == "legacy", "the policy of certd.conf")
    fresh.write(CONFIG, "[certd]\npolicy=default\ncolour=blue\n")
    fresh.run("systemctl", "reload", asked.SERVICE, check=False)
    told = booted.wait_until(
        lambda: [entry["MESSAGE"] for entry in fresh.journal("_COMM=certd") if "colour" in entry["MESSAGE"]],
        "a message about the unknown key")
    assert f"{CONFIG}:3" in told[0] or f"{CONFIG}, line 3" in told[0], told[0]
    assert policy(fresh) == "legacy"
    assert asked.pid(fresh) == before
    fresh.write(CONFIG, "[certd]\n")
    fresh.run("systemctl", "reload", asked.SERVICE)
    booted.wait_until(lambda: policy(fresh) == "default", "the policy that is there without a word")


def test_watchdog(fresh):
    """certd stands still: systemd ends it and starts another, and what it keeps is whole."""
    fresh.add_unit("certd.service.d/soon.conf", "[Service]\nWatchdogSec=2s\nRestartSec=100ms\n")
    fresh.run("systemctl", "restart", asked.SERVICE)
    import_bundle(fresh, "https")
    before, first = asked.fingerprint(fresh, "https"), asked.pid(fresh)
    fresh.run("kill", "-STOP", str(first))
    booted.wait_until(lambda: fresh.unit(asked.SERVICE, "NRestarts") != "0"
                      and fresh.unit(asked.SERVICE, "ActiveState") == "active", "another certd")
    assert asked.pid(fresh) not in (0, first)
    assert fresh.journal("-u", asked.SERVICE, "--grep=[Ww]atchdog timeout")
    assert asked.fingerprint(fresh, "https") == before
    fresh.run("certctl", "log", "--verify")


def test_crash_is_mended(fresh):
    """Killed, it is there again, and the services that hold its files have them meanwhile."""
    first = asked.pid(fresh)
    fresh.add_unit("certd.service.d/soon.conf", "[Service]\nRestartSec=100ms\n")
    fresh.run("systemctl", "kill", "--kill-whom=main", "--signal=SIGSEGV", asked.SERVICE)
    assert fresh.exists("/run/certd/credential.sock") and fresh.exists("/run/certd/authority/ca.crt")
    booted.wait_until(lambda: asked.pid(fresh) not in (0, first), "another certd")
    assert "ready" in fresh.output("certctl", "status")


def test_stop(fresh):
    """It ends in good order and soon, also with keys in the making, and leaves no process."""
    for number in range(3):
        fresh.run("certctl", "create", f"slow{number}")
        fresh.run("certctl", "request", f"slow{number}", "--key", "rsa:4096", "--no-wait")
    fresh.run("systemctl", "stop", asked.SERVICE, seconds=30)
    assert fresh.unit(asked.SERVICE, "Result") == "success"
    assert fresh.run("pgrep", "certd", check=False).stdout == ""
    assert fresh.exists("/run/certd/authority/ca.crt"), "what others read is gone"


def begin_requests(machine):
    """Has keys made that take seconds each, and gives the requests' object paths."""
    made = []
    for number in range(REQUESTS):
        machine.run("certctl", "create", f"site{number}")
        made.append(asked.call(machine, asked.path_of(f"site{number}"), "Certificate", "CreateRequest",
                               "sa{sv}", "external", 1, "key-type", "s", "rsa:4096")[0])
    return made


def states(machine, paths):
    return {path: asked.get(machine, path, "Request", "State") for path in paths}


@pytest.mark.parametrize("how", ["reboot", "power cut"])
def test_work_in_progress(fresh, how):  # R15 R38
    """Ten keys in the making, an import that was answered and a trial: all requests come out, what was
    answered is there, and the trial is undone before anybody is served."""
    default = asked.fingerprint(fresh, "https")
    fresh.run("certctl", "create", "web")
    import_bundle(fresh, "web")
    web = asked.fingerprint(fresh, "web")
    import_bundle(fresh, "https", "--trial", TRIAL)
    assert asked.fingerprint(fresh, "https") != default
    requests = begin_requests(fresh)
    assert {"queued", "generating"} & set(states(fresh, requests).values())
    if how == "reboot":
        fresh.reboot()
    else:
        fresh.crash()
        fresh.boot()
    assert asked.fingerprint(fresh, "https") == default
    assert asked.fingerprint(fresh, "web") == web
    assert fresh.output("systemctl", "is-system-running") == "running"
    booted.wait_until(lambda: set(states(fresh, requests).values()) == {"ready"}, "all requests", 240)
    fresh.run("certctl", "log", "--verify")


def test_who_asked_is_logged_with_the_unit(machine):
    """A call from a service is a row with its unit; one from a shell is not."""
    machine.run("systemd-run", "--quiet", "--wait", "--unit=caller.service", "certctl", "create", "asked")
    rows = asked.wait_logged(machine, "create", object="certificate/asked")
    assert [row["CERTD_UNIT"] for row in rows] == ["caller.service"]


def test_killed_worker(machine):
    """A worker that is killed is replaced; the service goes on as the same process."""
    before = asked.pid(machine)
    workers = machine.output("pgrep", "certd-worker").split()
    for worker in workers:
        machine.run("kill", f"-{signal.Signals.SIGKILL.value}", worker, check=False)
    machine.run("certctl", "create", "afterwards")
    machine.run("certctl", "issue", "afterwards")
    assert asked.pid(machine) == before
    assert os.path.lexists(machine.path("/run/certd/authority/ca.crt"))
