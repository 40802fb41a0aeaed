# SPDX-License-Identifier: LGPL-2.1-or-later
"""What tests/private-bus puts into its namespace: files, users, bus, polkitd, certd, and the web's programs."""

import grp
import os
import pathlib
import pwd
import re
import shutil
import signal
import subprocess
import sys

from harness import web

SOURCE = pathlib.Path(__file__).resolve().parents[2]
CONTROL = SOURCE / "tests" / "harness" / "certd-control"
PROGRAMS = ("daemon/certd", "daemon/worker/certd-worker", "clients/certctl/certctl")
# Mounted over, so it must be there and hold nothing that someone needs: the first empty one.
SCRATCH_CANDIDATES = ("/srv", "/media", "/mnt", "/opt", "/var/opt", "/var/local")
SCRATCH_FALLBACK = "/run/certd-private-bus"
FIRST_ID = 61900
# Those of a service, without a shell, and those who call it.
SERVICE_USERS = ("certd", "certd-tls", "certd-web")
USERS = (*SERVICE_USERS, "certd-test-admin", "certd-test-user")
ADMINS = ("certd-test-admin", web.ADMIN)  # web.ADMIN is there with --web alone
POLICIES = ("org.certd1.conf", "org.certd1.web.conf")
EXIT_SANITIZER = 99
SANITIZER_WORDS = re.compile(r"(Address|Leak|UndefinedBehavior)Sanitizer|: runtime error: ")

BUS_CONFIG = """<!DOCTYPE busconfig PUBLIC "-//freedesktop//DTD D-Bus Bus Configuration 1.0//EN"
 "http://www.freedesktop.org/standards/dbus/1.0/busconfig.dtd">
<busconfig>
  <type>system</type>
  <user>messagebus</user>
  <listen>unix:path={socket}</listen>
  <auth>EXTERNAL</auth>
  <policy context="default">
    <allow user="*"/>
    <deny own="*"/>
    <deny send_type="method_call"/>
    <allow send_type="signal"/>
    <allow send_requested_reply="true" send_type="method_return"/>
    <allow send_requested_reply="true" send_type="error"/>
    <allow receive_type="method_call"/>
    <allow receive_type="method_return"/>
    <allow receive_type="error"/>
    <allow receive_type="signal"/>
    <allow send_destination="org.freedesktop.DBus"/>
    <deny send_destination="org.freedesktop.DBus"
          send_interface="org.freedesktop.DBus" send_member="UpdateActivationEnvironment"/>
    <deny send_destination="org.freedesktop.DBus"
          send_interface="org.freedesktop.DBus.Debug.Stats"/>
    <deny send_destination="org.freedesktop.DBus"
          send_interface="org.freedesktop.systemd1.Activator"/>
  </policy>
  <policy user="root">
    <allow send_destination="org.freedesktop.DBus"
           send_interface="org.freedesktop.DBus.Monitoring"/>
    <allow send_destination="org.freedesktop.DBus"
           send_interface="org.freedesktop.DBus.Debug.Stats"/>
  </policy>
  <includedir>/usr/share/dbus-1/system.d</includedir>
  <includedir>/etc/dbus-1/system.d</includedir>
  {policies}
</busconfig>
"""


def unblock_signals():
    """For a child before exec: private-bus waits with its signals blocked, and a mask is inherited."""
    signal.pthread_sigmask(signal.SIG_SETMASK, [])


class Failure(Exception):
    """Something that the harness needs is missing or broken; the text says what to do."""


def build_default():
    """Configures build/gcc where needed, builds it quietly, and gives its path."""
    build = SOURCE / "build" / "gcc"
    steps = [["ninja", "--quiet", "-C", str(build)]]
    if not (build / "build.ninja").exists():
        steps.insert(0, ["meson", "setup", str(build), str(SOURCE)])
    for step in steps:
        done = subprocess.run(step, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                              stderr=subprocess.STDOUT, text=True, check=False)
        if done.returncode != 0:
            raise Failure(f"{' '.join(step)} failed:\n{done.stdout}")
    return build


def find_build(given, with_web=False):
    """The build directory to use, with all programs in it."""
    build = pathlib.Path(given).resolve() if given else build_default()
    for program in (*PROGRAMS, *(web.PROGRAMS.values() if with_web else ())):
        if not (build / program).is_file():
            raise Failure(f"{build / program} is missing: build it with ninja -C {build}")
    return build


def mount(*arguments):
    subprocess.run(["mount", *map(str, arguments)], check=True)


def scratch_mount():
    """Mounts the tmpfs that everything lies on; its path."""
    for candidate in SCRATCH_CANDIDATES:
        path = pathlib.Path(candidate)
        if path.is_dir() and not path.is_symlink() and not any(path.iterdir()):
            break
    else:
        path = pathlib.Path(SCRATCH_FALLBACK)
        path.mkdir(exist_ok=True)
    mount("-t", "tmpfs", "-o", "mode=0755,nosuid,nodev", "certd-private-bus", path)
    return path


def hide_systemd():
    """The machine's service manager is on another bus and knows nothing of what runs here: certd is not to
    find it, and nobody is to write to the machine's journal."""
    if pathlib.Path("/run/systemd/system").exists():
        mount("-t", "tmpfs", "-o", "mode=0755,nosuid,nodev", "certd-private-bus", "/run/systemd")


def isolate(scratch):
    """Brings loopback up, and binds a copy of /etc over it, so that what names the device can be
    written in place as well as replaced there (a file that is a mount of its own cannot be)."""
    subprocess.run(["ip", "link", "set", "lo", "up"], check=True)
    copy = scratch / "isolated-etc"
    subprocess.run(["cp", "--archive", "/etc", copy], check=True)
    mount("--bind", copy, "/etc")


def add_users(scratch, more=()):
    """Binds copies of the account files with our users, and more, over the real ones."""
    passwd, group = {}, {}
    taken = {entry.pw_uid for entry in pwd.getpwall()} | {entry.gr_gid for entry in grp.getgrall()}
    free = (number for number in range(FIRST_ID, FIRST_ID + 1000) if number not in taken)
    known_users = {entry.pw_name for entry in pwd.getpwall()}
    known_groups = {entry.gr_name for entry in grp.getgrall()}
    for name in (*USERS, *more):
        number = next(free)
        if name not in known_users:
            shell = "/usr/sbin/nologin" if name in SERVICE_USERS else "/bin/bash"
            gid = grp.getgrnam(name).gr_gid if name in known_groups else number
            passwd[name] = f"{name}:x:{number}:{gid}::/nonexistent:{shell}"
            if name not in known_groups:
                group[name] = f"{name}:x:{number}:"
    etc = scratch / "etc"
    etc.mkdir()
    lines = pathlib.Path("/etc/group").read_text(encoding="utf-8").splitlines()
    lines = [line for line in lines if not line.startswith("certd-admin:")]
    group["certd-admin"] = f"certd-admin:x:{admin_gid(free)}:{','.join(ADMINS)}"
    write_bound(etc / "group", lines + list(group.values()), "/etc/group")
    lines = pathlib.Path("/etc/passwd").read_text(encoding="utf-8").splitlines()
    write_bound(etc / "passwd", lines + list(passwd.values()), "/etc/passwd")


def admin_gid(free):
    try:
        return grp.getgrnam("certd-admin").gr_gid
    except KeyError:
        return next(free)


def write_bound(path, lines, target):
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    mount("--bind", path, target)


def bind_policy(scratch, build):
    """polkit's folders as copies that hold ours too; the device's own rules are kept out."""
    polkitd = pwd.getpwnam("polkitd")
    ours = {"actions": build / "policy" / "org.certd1.policy",
            "rules.d": SOURCE / "policy" / "org.certd1.rules"}
    for folder, added in ours.items():
        real = pathlib.Path("/usr/share/polkit-1") / folder
        copy = scratch / "polkit" / folder
        shutil.copytree(real, copy)
        shutil.copy(added, copy / added.name)
        os.chmod(copy, 0o755)
        mount("--bind", copy, real)
    local = scratch / "polkit" / "local"
    (local / "rules.d").mkdir(parents=True)
    shutil.chown(local / "rules.d", polkitd.pw_uid)
    mount("--bind", local, "/etc/polkit-1")


class Bus:
    """One private bus with what runs on it."""

    def __init__(self, build, options):
        self.build = build
        self.options = options
        self.scratch = None
        self.polkitd = None
        self.web = web.Web(build) if options.web else None
        self.environment = dict(os.environ)

    def start(self):
        """Sets all up and starts it. The environment for the command."""
        # Where systemd mounts, what is mounted here would be mounted for everybody.
        mount("--make-rprivate", "/")
        mount("-t", "proc", "proc", "/proc")
        if self.web:
            # The web's programs find what they need where it always is.
            mount("-t", "tmpfs", "-o", "mode=0755,nosuid,nodev", "certd-private-bus", "/run")
        self.scratch = scratch_mount()
        hide_systemd()
        if self.options.isolated:
            isolate(self.scratch)
            self.environment["CERTD_ISOLATED"] = "1"
        add_users(self.scratch, web.USERS if self.web else ())
        self.lay_out_files()
        if self.web:
            self.environment.update(self.web.lay_out(self.scratch))
        self.write_control_settings()
        self.start_bus()
        if not self.options.no_polkit:
            bind_policy(self.scratch, self.build)
            self.start_polkitd()
        self.start_certd()
        if self.web:
            self.environment.update(self.web.start(self.environment))
        return self.environment

    def lay_out_files(self):
        """Programs are copied: the build may lie below a folder that only root may enter."""
        scratch = self.scratch
        for folder in ("bin", "libexec", "bus", "state", "run", "log", "requesters.d"):
            (scratch / folder).mkdir()
        shutil.chown(scratch / "bus", "messagebus")
        certd, worker, certctl = (self.build / program for program in PROGRAMS)
        for source, folder in ((certd, "libexec"), (worker, "libexec"), (certctl, "bin")):
            shutil.copy(source, scratch / folder / source.name)
        for verb in ("start", "stop", "restart"):
            shutil.copy(CONTROL, scratch / "bin" / f"certd-{verb}")
        if self.options.state:
            kept = pathlib.Path(self.options.state).resolve()
            kept.mkdir(parents=True, exist_ok=True)
            mount("--bind", kept, scratch / "state")
        subprocess.run(["chown", "-R", "certd:certd", scratch / "state", scratch / "run",
                        scratch / "log"],
                       check=True)
        os.chmod(scratch / "state", 0o700)
        os.chmod(scratch / "log", 0o755)
        (scratch / "certd.conf").write_text(f"[certd]\npolicy={self.options.policy}\n",
                                            encoding="utf-8")

    def write_control_settings(self):
        scratch = self.scratch
        self.environment.update({
            "DBUS_SYSTEM_BUS_ADDRESS": f"unix:path={scratch}/bus/system_bus_socket",
            "PATH": f"{scratch}/bin:" + os.environ.get("PATH", "/usr/sbin:/usr/bin:/sbin:/bin"),
            "CERTD_STATE_DIRECTORY": f"{scratch}/state",
            "CERTD_RUNTIME_DIRECTORY": f"{scratch}/run",
            "CERTD_LOG": f"{scratch}/log/certd.log",
            "CERTD_PID_FILE": f"{scratch}/certd.pid",
            "CERTD_BUILD": str(self.build),
        })
        names = ("DBUS_SYSTEM_BUS_ADDRESS", "CERTD_STATE_DIRECTORY", "CERTD_RUNTIME_DIRECTORY",
                 "CERTD_LOG", "CERTD_PID_FILE")
        lines = [f"{name}={self.environment[name]}" for name in names]
        (scratch / "bin" / ".certd-control").write_text(
            "\n".join([*lines, f"SCRATCH={scratch}"]) + "\n", encoding="utf-8")

    def start_bus(self):
        config = self.scratch / "bus.conf"
        config.write_text(BUS_CONFIG.format(
            socket=self.scratch / "bus" / "system_bus_socket",
            policies="".join(f"<include>{SOURCE / 'policy' / name}</include>" for name in POLICIES)),
            encoding="utf-8")
        with open(self.scratch / "log" / "bus.log", "wb") as log:
            bus = subprocess.Popen(
                ["dbus-daemon", f"--config-file={config}", "--nofork", "--nopidfile",
                 "--print-address=1"],
                stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=log,
                preexec_fn=unblock_signals)
        if not bus.stdout.readline():
            raise Failure("dbus-daemon did not start:\n" + self.log_text("bus.log"))

    def start_polkitd(self):
        with open(self.scratch / "log" / "polkitd.log", "wb") as log:
            self.polkitd = subprocess.Popen(
                ["/usr/lib/polkit-1/polkitd", "--no-debug"], env=self.environment, cwd="/",
                stdin=subprocess.DEVNULL, stdout=log, stderr=log, preexec_fn=unblock_signals)
        wait = subprocess.run(
            ["gdbus", "wait", "--system", "--timeout", "20", "org.freedesktop.PolicyKit1"],
            env=self.environment, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL, check=False)
        if wait.returncode != 0 or not self.polkitd_lives():
            raise Failure("polkitd did not start:\n" + self.log_text("polkitd.log"))

    def polkitd_lives(self):
        try:
            state = pathlib.Path(f"/proc/{self.polkitd.pid}/stat").read_text(encoding="ascii")
        except OSError:
            return False
        return state.rpartition(")")[2].split()[0] != "Z"

    def start_certd(self):
        """certd-start shows the log itself when it fails."""
        started = subprocess.run([self.scratch / "bin" / "certd-start"], env=self.environment,
                                 stdin=subprocess.DEVNULL, stdout=sys.stderr, check=False,
                                 preexec_fn=unblock_signals)
        if started.returncode != 0:
            raise Failure("certd did not start (its log is above)")

    def log_text(self, name):
        path = self.scratch / "log" / name
        return path.read_text(encoding="utf-8", errors="replace") if path.exists() else ""

    def finish(self, status):
        """Ends certd properly and gives the exit status: a sanitizer's report beats all."""
        if self.polkitd and not self.polkitd_lives():
            print("private-bus: polkitd is gone: nobody but root was authorized from then on\n"
                  + self.log_text("polkitd.log"), file=sys.stderr)
        logs = ["certd.log", *(self.web.stop(self.environment) if self.web else ())]
        subprocess.run([self.scratch / "bin" / "certd-stop", "--term"], env=self.environment,
                       stdin=subprocess.DEVNULL, check=False)
        reports = [path.name for path in sorted((self.scratch / "log").glob("sanitizer.*"))]
        # A worker may open no file, so what its sanitizer says goes to certd's log; the web's programs
        # may open none of that folder.
        reports += [name for name in logs if SANITIZER_WORDS.search(self.log_text(name))]
        for name in reports:
            print(f"private-bus: {name}:\n{self.log_text(name)}", file=sys.stderr)
        return EXIT_SANITIZER if reports else status
