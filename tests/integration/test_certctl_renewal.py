# SPDX-License-Identifier: LGPL-2.1-or-later
"""What certctl says of who renews a certificate: certd what it issued itself, and what a user installed
the user, whatever the setting of the issuer says; that one's next request is named."""

import json

import pytest
import support
from clock import DAY, INSTALLED, NOW
from timed import At, boot, device, get, rows

MINUTE = 60
SETTING = "internal"  # of https, whoever issued what is installed
ITSELF = ("Renewed by itself", "It should have renewed itself", "certctl issue https")


def certctl(device, *arguments):
    """What certctl prints, by the clock of the device."""
    with device.clock.programs(int(device.clock.now())):
        return device.bus.certctl(*arguments, check=True).stdout


def field(text, label):
    """The value that `certctl show` has for label; None without one."""
    found = [line.partition(":")[2].strip() for line in text.splitlines()
             if line.startswith(f"  {label}:")]
    assert len(found) <= 1
    return found[0] if found else None


def entry(device, name):
    """What `certctl status` says of name, in the list of what needs attention; empty without."""
    lines = certctl(device, "status").splitlines()
    begin = [number for number, line in enumerate(lines) if line.startswith(f"{name}: ")]
    if not begin:
        return ""
    end = begin[0] + 1
    while end < len(lines) and lines[end].startswith(" "):
        end += 1
    return "\n".join(lines[begin[0]:end])


def attention(device):
    shown = json.loads(certctl(device, "status", "--json"))
    return {row["Name"]: row for row in shown["NeedAttention"]}


def ready(device, name):
    """The id of the request that waits to be signed, which certd has made."""
    def find():
        listed = json.loads(device.bus.certctl("requests", name, "--json", check=True).stdout)
        return [row["Id"] for row in listed if row["State"] == "ready"]
    support.wait_until(find, "the next request is ready")
    assert len(find()) == 1
    return find()[0]


def import_with_key(device, folder):
    """Origin imported: neither the key nor the certificate was made by certd."""
    device.begin("device")
    device.go(boot(NOW))
    details = get(device.bus, "https", "Details")
    host = next(value for kind, value in details["subject-alt-names"] if kind == "DNS")
    openssl = device.authority.openssl
    made = openssl("req", "-new", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes",
                   "-keyout", folder / "key.pem", "-subj", "/O=Example",
                   "-addext", f"subjectAltName=DNS:{host}")
    with device.clock.programs(INSTALLED):
        leaf = device.authority.sign(made.decode(), days=397)
    (folder / "chain.pem").write_text(device.authority.chain(leaf), encoding="ascii")
    device.bus.certctl("import", "https", folder / "chain.pem", "--key-file", folder / "key.pem",
                       check=True)


def install_signed(device, _folder):
    """Origin request: a user had certd's request signed and imported the answer."""
    device.begin("site")
    device.go(boot(NOW))


@pytest.mark.parametrize("origin, install", (("imported", import_with_key),
                                             ("request", install_signed)))
def test_installed_by_a_user(device, tmp_path, origin, install):  # R41 R55
    install(device, tmp_path)
    row = rows(device.bus)["https"]
    assert (row["Origin"], row["Issuer"]) == (origin, SETTING)
    # Long before its end: a request is planned, and nobody is needed.
    shown = certctl(device, "show", "https")
    assert field(shown, "Next request made") is not None
    assert field(shown, "Renewed by itself") is None
    assert "https" not in attention(device)
    for days, left in ((20, "in 20 days"), (1, "in 1 day"), (-2, "1 day ago")):
        device.go(At(row["NotAfter"] - days * DAY - MINUTE))
        number = ready(device, "https")
        if days < 0:
            support.wait_until(lambda: get(device.bus, "https", "Emergency"), "the emergency")
        shown = certctl(device, "show", "https")
        assert field(shown, "Next request ready") == number
        assert field(shown, "Next request made") is None
        said = entry(device, "https")
        assert f"({left})" in said
        assert f"certctl request https --id {number};" in said and "certctl import https FILE" in said
        assert attention(device)["https"]["Due"] and attention(device)["https"]["Origin"] == origin
        assert not [text for text in ITSELF if text in shown + said]
        assert "Nothing needs attention" not in certctl(device, "status")
    # What it names is there to be signed.
    pem = device.bus.certctl("request", "https", "--id", number, check=True).stdout
    assert pem.startswith("-----BEGIN CERTIFICATE REQUEST")
    assert rows(device.bus)["https"]["Fingerprint"] == row["Fingerprint"]


def test_no_request_is_ready(device):  # R41
    """Without one, status says how to make it."""
    device.begin("site")
    device.go(boot(NOW))
    device.go(At(rows(device.bus)["https"]["NotAfter"] - 20 * DAY))
    device.bus.certctl("cancel", ready(device, "https"), check=True)
    said = entry(device, "https")
    assert "certctl request https;" in said and "certctl import https FILE" in said
    assert "--id" not in said and not [text for text in ITSELF if text in said]
    assert field(certctl(device, "show", "https"), "Next request ready") is None


@pytest.mark.parametrize("name, origin", (("https", "default"), ("issued", "internal"),
                                          ("own", "self")))
def test_issued_by_certd(device, name, origin):  # R23 R41
    """It renews by itself, also where the setting says external, and needs nobody."""
    device.begin("device")
    device.go(boot(NOW))
    device.bus.certctl("set", name, "--issuer", "external", check=True)
    before = rows(device.bus)[name]
    assert (before["Origin"], before["Issuer"]) == (origin, "external")
    shown = certctl(device, "show", name)
    assert field(shown, "Renewed by itself") is not None
    assert field(shown, "Next request made") is field(shown, "Next request ready") is None
    assert name not in attention(device)
    device.go(At(before["NotAfter"] - 20 * DAY))
    support.wait_until(lambda: rows(device.bus)[name]["Fingerprint"] != before["Fingerprint"],
                       "it is renewed")
    assert name not in attention(device)
    assert field(certctl(device, "show", name), "Renewed by itself") is not None
