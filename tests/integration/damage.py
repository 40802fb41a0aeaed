# SPDX-License-Identifier: LGPL-2.1-or-later
"""Ways to damage a keystore, its sealing key or what is in it, while certd is down: a table of names and
functions, each of which takes the state directory and gives the function that takes it back."""

import os
import shutil

import keystore

DATABASE = "keystore.db"
SEALING_KEY = "sealing.key"
HTTPS = "(SELECT active_chain FROM certificate WHERE name = 'https')"
HTTPS_KEY = f"(SELECT key_id FROM chain WHERE id = {HTTPS})"
AUTHORITY_KEY = "(SELECT key_id FROM authority)"
FLIPPED = ("CAST(substr({0}, 1, length({0}) / 2) || char(unicode(substr(hex({0}), 1, 1)) % 2 + 97)"
           " || substr({0}, length({0}) / 2 + 2) AS BLOB)")


def rewritten(name, change):
    """The file name with change(bytes) in it; None: without it."""
    def damage(state):
        path = state / name
        before = path.read_bytes()
        after = change(before)
        if after is None:
            path.unlink()
        else:
            path.write_bytes(after)

        def undo():
            path.write_bytes(before)
            path.chmod(0o600)
        return undo
    return damage


def flip(data, at=None):
    """data with one bit turned, in the middle unless at says where."""
    at = len(data) // 2 if at is None else at
    return data[:at] + bytes([data[at] ^ 1]) + data[at + 1:]


def value(table, column, where, change, seen=True):
    """The value of a row changed; unless seen, as by a disk that tells nobody."""
    def put(state, old, new):
        with keystore.opened(state / DATABASE) as database:
            done = database.execute(f"UPDATE {table} SET {column} = ?1 WHERE {where}", (new,))
            assert done.rowcount == 1, "there is such a row"
        if not seen:
            keystore.mark(state / DATABASE)
        return old

    def damage(state):
        with keystore.opened(state / DATABASE) as database:
            old, = database.execute(f"SELECT {column} FROM {table} WHERE {where}").fetchone()
            rowid = database.execute(f"SELECT name FROM certificate WHERE {where}").fetchone()[0] \
                if table == "certificate" else None
        assert rowid is None or isinstance(rowid, str)
        put(state, old, change(old))
        return lambda: put(state, None, old)
    return damage
