# SPDX-License-Identifier: LGPL-2.1-or-later
"""Ways to damage a keystore, its sealing key and what is in it while certd is down. Each takes the state
directory and gives the function that takes the damage back."""

import keystore

DATABASE = "keystore.db"
PRIMARY = {"authority": "only", "certificate": "name", "chain": "id", "key": "id"}
HTTPS = "name = 'https'"
HTTPS_CHAIN = f"id = (SELECT active_chain FROM certificate WHERE {HTTPS})"
HTTPS_KEY = f"id = (SELECT key_id FROM chain WHERE {HTTPS_CHAIN})"
AUTHORITY_KEY = "id = (SELECT key_id FROM authority)"


def flip(data, at=None):
    """data with one bit turned, in the middle unless at says where."""
    at = len(data) // 2 if at is None else at
    return data[:at] + bytes([data[at] ^ 1]) + data[at + 1:]


def file(name, change):
    """The file name holds change(bytes) now; where that is None, there is none."""
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


def mode(name, bits):
    """Nobody but root can read the file name."""
    def damage(state):
        path = state / name
        path.chmod(bits)
        return lambda: path.chmod(0o600)
    return damage


def value(table, column, where, change, seen=True):
    """A value is change(it) now; unless seen, as on a disk that changes what it holds by itself."""
    def damage(state):
        key = PRIMARY[table]
        with keystore.opened(state / DATABASE) as database:
            row, old = database.execute(
                f"SELECT {key}, {column} FROM {table} WHERE {where}").fetchone()

        def put(new):
            with keystore.opened(state / DATABASE) as database:
                done = database.execute(f"UPDATE {table} SET {column} = ?1 WHERE {key} = ?2",
                                        (new, row))
                assert done.rowcount == 1
            if not seen:
                keystore.mark(state / DATABASE)

        put(change(old))
        return lambda: put(old)
    return damage


def both(one, other):
    """Two damages at once."""
    def damage(state):
        undo = [one(state), other(state)]
        return lambda: [take_back() for take_back in undo]
    return damage


def date(column, when):
    """A date of what https uses, which its row has too."""
    return both(value("chain", column, HTTPS_CHAIN, lambda _: when),
                value("certificate", column, HTTPS, lambda _: when))


def statement(sql, seen=True):
    """What an SQL statement does, for good."""
    def damage(state):
        with keystore.opened(state / DATABASE) as database:
            database.execute("PRAGMA writable_schema = ON")
            assert database.execute(sql).rowcount != 0
        if not seen:
            keystore.mark(state / DATABASE)
    return damage
