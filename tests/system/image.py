# SPDX-License-Identifier: LGPL-2.1-or-later
"""The root file systems that machines are booted from, made once and kept in build/system.

root() is a Debian with the packages named; packages() are certd's own, built from the tree as it is;
what servers() and installed() add are layers to lay over it, the first one uppermost.
"""

import concurrent.futures
import contextlib
import fcntl
import functools
import hashlib
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile
import time

SOURCE = pathlib.Path(__file__).resolve().parents[2]
FOLDER = SOURCE / "build" / "system"
SUITE = "bookworm"
# What certd's packages depend on and what its tests ask it with, and the servers that it serves.
BASE = (
    "systemd", "systemd-sysv", "dbus", "polkitd", "pkexec", "acl", "ca-certificates", "curl", "debsums",
    "gnutls-bin", "iproute2", "jq", "libacl1", "libglib2.0-0", "libglib2.0-bin", "libgnutls30",
    "libjson-glib-1.0-0", "libmnl0", "libpam-runtime", "libpam0g", "libpsl5", "libseccomp2",
    "libsoup-3.0-0", "libsqlite3-0", "libsystemd0",
    "libtss2-esys-3.0.2-0", "libtss2-mu0", "libtss2-rc0", "libtss2-tcti-device0",
    "libtss2-tcti-swtpm0", "openssl", "procps", "publicsuffix", "python3", "python3-gi",
    "python3-jsonschema", "python3-pytest", "sslscan", "strace",
)
SERVERS = ("apache2", "dovecot-imapd", "haproxy", "mosquitto", "nginx-light", "postfix", "postgresql")
# What starts by itself when a machine boots is what a test started.
SERVICES = ("apache2", "dovecot", "haproxy", "mosquitto", "nginx", "postfix", "postgresql")
TIMERS = ("apt-daily.timer", "apt-daily-upgrade.timer", "dpkg-db-backup.timer", "e2scrub_all.timer",
          "fstrim.timer")
# What nobody reads in a test takes a third of the time to unpack.
LEFT_OUT = ("/usr/share/doc/*", "/usr/share/man/*", "/usr/share/locale/*", "/usr/share/info/*")
# The ports are the servers' here; test_web.py has them for itself.
WEB_UNITS = ("certd-tls.service", "certd-web.socket", "certd-session.socket")
ADMIN, USER = "certd-test-admin", "certd-test-user"
# What the packages are built from.
SOURCES = ("meson.build", "meson_options.txt", "clients", "daemon", "data", "policy", "po")
KEPT = 2  # of each kind, the newest


class Failure(Exception):
    """Something that the tests need is missing or broken; the text says what to do."""


def say(text):
    print(f"system: {text}", file=sys.stderr, flush=True)


def run(command, what, **how):
    """Runs command; a failure shows its output."""
    done = subprocess.run([str(word) for word in command], stdin=subprocess.DEVNULL, check=False,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT, **how)
    if done.returncode != 0:
        output = done.stdout.decode("utf-8", errors="replace")
        raise Failure(f"{what} failed with status {done.returncode}:\n{output}")


@contextlib.contextmanager
def locked(name):
    """One process at a time makes what is called name."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    with open(FOLDER / f"{name}.lock", "w", encoding="ascii") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def made(kind, key, make):
    """The folder KIND-KEY, made by make(folder) where it is not there: whole, or not at all."""
    folder = FOLDER / f"{kind}-{key[:16]}"
    with locked(kind):
        if folder.exists():
            os.utime(folder)
            return folder
        begin = time.monotonic()
        new = FOLDER / f".{kind}.new"
        shutil.rmtree(new, ignore_errors=True)
        new.mkdir()
        make(new)
        new.rename(folder)
        say(f"{folder.name} is made, in {time.monotonic() - begin:.0f} s")
        for old in sorted(FOLDER.glob(f"{kind}-*/"), key=lambda path: path.stat().st_mtime)[:-KEPT]:
            shutil.rmtree(old)
    return folder


def key_of(*parts):
    return hashlib.sha256(repr(parts).encode()).hexdigest()


def sources():
    """Where this machine gets Debian's packages from, so that the images come from there too."""
    for path in (pathlib.Path("/etc/apt/sources.list.d/debian.sources"),
                 pathlib.Path("/etc/apt/sources.list")):
        if path.exists() and "debian" in path.read_text(encoding="utf-8"):
            return [str(path)]
    return []


def root(names=BASE):
    """A root file system with those packages of Debian."""
    names = sorted(names)

    def make(folder):
        say(f"making a root file system with {len(names)} packages")
        paths = [f"--dpkgopt=path-exclude={pattern}" for pattern in LEFT_OUT]
        # Its mounts are in a namespace of their own, which ends with it.
        run(["unshare", "--mount", "--pid", "--fork", "--kill-child", "--mount-proc",
             "mmdebstrap", "--variant=minbase", "--mode=root", "--quiet", "--format=directory",
             '--aptopt=Acquire::Languages "none"', "--dpkgopt=force-unsafe-io", *paths,
             f"--include={','.join(names)}",
             '--customize-hook=rm -f "$1"/etc/dpkg/dpkg.cfg.d/99mmdebstrap',
             f'--customize-hook=chroot "$1" systemctl --quiet disable {" ".join(TIMERS)}',
             SUITE, folder, *sources()], "mmdebstrap")
        (folder / "etc" / "hostname").write_text("device\n", encoding="ascii")
        (folder / "etc" / "hosts").write_text("127.0.0.1 localhost\n::1 localhost\n", encoding="ascii")

    return made("root", key_of(SUITE, names, LEFT_OUT, TIMERS), make)


def hash_of(paths):
    """Of the files at those paths, and of all below those that are folders."""
    digest = hashlib.sha256()
    for top in sorted(paths):
        for path in sorted(top.rglob("*")) if top.is_dir() else [top]:
            if path.is_file() and "__pycache__" not in path.parts:
                digest.update(f"{path.relative_to(top.parent)} {path.stat().st_mode:o}\0".encode())
                digest.update(hashlib.sha256(path.read_bytes()).digest())
    return digest.hexdigest()


def packages():
    """The folder with certd's packages, built from the tree as it is; or what CERTD_TEST_PACKAGES
    names, which are tested in their place."""
    if "CERTD_TEST_PACKAGES" in os.environ:
        return pathlib.Path(os.environ["CERTD_TEST_PACKAGES"]).resolve()

    def make(folder):
        say("building the packages")
        run([SOURCE / "data" / "debian" / "build-packages", "--out", folder], "build-packages")
        if not list(folder.glob("*.deb")):
            raise Failure("data/debian/build-packages made no package")

    return made("packages", hash_of(SOURCE / name for name in SOURCES), make)


# $1: the lower directories; $2: a folder to work in; $3: the packages' names or their folder.
LAY_OUT = """
set -e
mount -t tmpfs layer "$2"
mkdir "$2/upper" "$2/work" "$2/root"
mount -t overlay -o "lowerdir=$1,upperdir=$2/upper,workdir=$2/work" overlay "$2/root"
mount -t tmpfs run "$2/root/run"
mount -t proc proc "$2/root/proc"
mount -t tmpfs tmp "$2/root/tmp"
export DEBIAN_FRONTEND=noninteractive SYSTEMD_OFFLINE=1 LC_ALL=C.UTF-8
"""
ADD_SERVERS = f"""
printf '#!/bin/sh\\nexit 101\\n' >"$2/root/usr/sbin/policy-rc.d"
chmod 0755 "$2/root/usr/sbin/policy-rc.d"
printf 'path-exclude=%s\\n' {' '.join(f"'{pattern}'" for pattern in LEFT_OUT)} force-unsafe-io |
    sed 's/path-exclude=force/force/' >"$2/root/etc/dpkg/dpkg.cfg.d/tests"
mount -t tmpfs lists "$2/root/var/lib/apt/lists"
mount -t tmpfs archives "$2/root/var/cache/apt"
chroot "$2/root" apt-get -q update
chroot "$2/root" apt-get -qy --no-install-recommends install $3
for service in {' '.join(SERVICES)}; do
    chroot "$2/root" systemctl disable "$service" || true
done
rm "$2/root/usr/sbin/policy-rc.d" "$2/root/etc/dpkg/dpkg.cfg.d/tests"
"""
ADD_CERTD = f"""
mkdir "$2/root/run/packages"
mount --bind "$3" "$2/root/run/packages"
chroot "$2/root" sh -c 'dpkg --force-unsafe-io --install /run/packages/*.deb'
chroot "$2/root" systemctl --quiet disable {" ".join(WEB_UNITS)}
chroot "$2/root" useradd --shell /bin/bash {USER}
chroot "$2/root" useradd --shell /bin/bash --groups certd-admin {ADMIN}
"""


def layer(folder, script, lowers, what, more=""):
    """Runs script in the root file system that lowers make up, and puts what it adds into folder."""
    # An overlay's upper directory may not lie on an overlay, as a container's disk often does.
    with tempfile.TemporaryDirectory() as scratch:
        keep = f"cp --recursive --no-dereference --preserve=mode,ownership,timestamps,links" \
               f" {scratch}/upper/. {folder}"
        run(["unshare", "--mount", "sh", "-c", LAY_OUT + script + keep, "sh",
             ":".join(map(str, lowers)), scratch, more], what)
    for path in folder.rglob("*"):
        # Where a file of a lower directory was removed there is a device that only an overlay knows.
        if path.is_char_device() and path.stat().st_rdev == 0:
            raise Failure(f"{what} removes /{path.relative_to(folder)}, which no layer can")


def servers(names=SERVERS):
    """What those packages add to root(): a layer to lay over it. None of SERVERS starts by itself."""
    base = root()

    def make(folder):
        say(f"adding {' '.join(names)}")
        layer(folder, ADD_SERVERS, [base], "installing the servers", " ".join(names))

    return made("servers", key_of(base.name, names, ADD_SERVERS), make)


def installed(below):
    """What certd's packages and the tests' users add to what is below: a layer to lay over it."""
    debs = packages()

    def make(folder):
        layer(folder, ADD_CERTD, below, "installing certd's packages", debs)

    return made("installed", key_of([path.name for path in below], hash_of(debs.glob("*.deb")), ADD_CERTD), make)


def clean_layers():
    """A machine without certd."""
    return [root()]


@functools.cache
def layers():
    """A machine with certd."""
    return [installed([root()]), root()]


@functools.cache
def server_layers(names=SERVERS):
    """A machine with certd and those servers."""
    below = [servers(names), root()]
    return [installed(below), *below]


def main():
    """Makes all of them, where they are not there; building and unpacking wait for different things."""
    with concurrent.futures.ThreadPoolExecutor() as pool:
        built, unpacked = pool.submit(packages), pool.submit(lambda: (root(), servers()))
        built.result()
        unpacked.result()
    layers()
    server_layers()


if __name__ == "__main__":
    try:
        main()
    except Failure as failure:
        sys.exit(f"system: {failure}")
