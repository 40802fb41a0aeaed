# SPDX-License-Identifier: LGPL-2.1-or-later
"""The files of the keystore, behind certd's back: put one in its place, read it, change a value in it."""

import contextlib
import shutil
import sqlite3
import subprocess


def put(certd, folder):
    """Makes folder's files (None: nothing) the state of certd, which does not run now."""
    state = certd.state_directory
    for path in state.iterdir():
        if path.is_dir():
            path.rmdir()
        else:
            path.unlink()
    for path in folder.iterdir() if folder else ():
        shutil.copy2(path, state / path.name)
    own(certd)


def own(certd):
    """Gives all that is in the state directory to certd."""
    state = certd.state_directory
    subprocess.run(["chown", "-R", "--no-dereference", "--reference", state, state], check=True)


@contextlib.contextmanager
def opened(path):
    """The database at path, its changes committed; foreign keys are not checked."""
    with contextlib.closing(sqlite3.connect(path, isolation_level=None)) as database:
        database.execute("PRAGMA ignore_check_constraints = ON")
        yield database
        database.execute("PRAGMA wal_checkpoint(TRUNCATE)")


def mark(path):
    """Has certd take the database at path for one that nobody touched since it ended."""
    status = path.stat()
    path.with_name(f"{path.name}.clean").write_text(
        f"{status.st_ino} {status.st_size} {status.st_mtime_ns // 10**9}."
        f"{status.st_mtime_ns % 10**9:09d}\n", encoding="ascii")


def query(path, statement, values=()):
    """The rows that statement finds in the database at path, read in a copy."""
    copy = path.parent.parent / "read.db"
    for suffix in ("", "-wal"):
        copy.with_name(copy.name + suffix).unlink(missing_ok=True)
        source = path.with_name(path.name + suffix)
        if source.exists():
            shutil.copy(source, copy.with_name(copy.name + suffix))
    with contextlib.closing(sqlite3.connect(copy)) as database:
        return database.execute(statement, values).fetchall()


def chains(path):
    """The fingerprints of all chains in the database at path by their number."""
    return dict(query(path, "SELECT id, fingerprint FROM chain"))
