# SPDX-License-Identifier: LGPL-2.1-or-later
"""Started by test_who_may.py on a bus without polkit: nobody but root may do anything."""

import matrix
import support


def main():
    bus = support.Bus()
    matrix.make_request(bus)
    checked = 0
    for user in ("root", support.ADMIN, support.USER):
        for row in matrix.rows():
            expected = row[5] if user == "root" else "AccessDenied"
            got = matrix.outcome(bus, user, row)
            assert got == expected, (user, row, got)
            checked += 1
        for interface, name in matrix.contract("property"):
            got = matrix.read_property(bus, user, interface, name)
            assert got == (None if user == "root" else "AccessDenied"), (user, name, got)
            checked += 1
    bus.close()
    print(checked, "checked")


if __name__ == "__main__":
    main()
