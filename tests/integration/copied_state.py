# SPDX-License-Identifier: LGPL-2.1-or-later
"""Started by test_wrapping_key.py on a copy of a state directory, without the credential; its argument is
the fingerprint of what was in use where the copy was made."""

import sys

import support
from hostile import CERTIFICATE


def main():
    bus = support.Bus()
    codes = {problem[0] for problem in bus.get(support.MANAGER, "Manager", "Problems")}
    assert {"sealing-key-unusable", "key-unreadable"} <= codes, codes
    assert bus.get(support.MANAGER, "Manager", "SealingKey") == "unusable"
    assert bus.get(support.MANAGER, "Manager", "State") == "degraded"
    assert bus.get(CERTIFICATE, "Certificate", "Emergency")
    assert bus.get(CERTIFICATE, "Certificate", "Fingerprint") != sys.argv[1]
    refused = bus.certctl("request", "https", "--reuse-key")
    assert refused.returncode != 0 and "wrapping key" in refused.stderr, refused
    print("useless")


if __name__ == "__main__":
    main()
