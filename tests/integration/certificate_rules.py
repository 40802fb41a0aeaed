# SPDX-License-Identifier: LGPL-2.1-or-later
"""The table that certificate_lint's rules stand in: each has a name, the section that it comes from and
the roles it is for. A rule yields what is wrong, and nothing where all is right.

BR are the CA/Browser Forum's Baseline Requirements for TLS Server Certificates.
"""

import collections

LEAF, SELF_SIGNED, AUTHORITY = "leaf", "self-signed", "authority"
ALL = (LEAF, SELF_SIGNED, AUTHORITY)
LEAVES = (LEAF, SELF_SIGNED)

Rule = collections.namedtuple("Rule", "name section roles check")
Context = collections.namedtuple("Context", "role issuer")
RULES = {}


def rule(name, section, *roles):
    """Enters a check(certificate, context) into the table."""
    def enter(check):
        assert name not in RULES, name
        RULES[name] = Rule(name, section, roles or ALL, check)
        return check
    return enter
