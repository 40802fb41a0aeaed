# SPDX-License-Identifier: LGPL-2.1-or-later
"""The device's names and addresses: changed with iproute2 and sethostname, and read back from it.

Two ends of a cable, NEAR and FAR, are all the network there is beside loopback. Only NEAR is given
addresses.
"""

import ipaddress
import json
import os
import pathlib
import re
import socket
import subprocess

ETC = pathlib.Path("/etc")
NEAR, FAR = "certd0", "certd1"
HOME = "unit7.lab.example.org"
# The same and what multicast DNS announces.
HOME_NAMES = {("DNS", HOME), ("DNS", "unit7.local")}
HOSTS = "127.0.0.1 localhost\n::1 localhost ip6-localhost\n"
REACHABLE_SCOPES = ("global", "site", "link")
UNSETTLED = ("tentative", "dadfailed", "temporary")
LABEL = re.compile(r"(?!-)[A-Za-z0-9-]{1,63}(?<!-)")
# What a device without any name is called in a certificate, which needs one.
NAMELESS = {("DNS", "device.local")}
# Everybody registers names below it, so no authority may speak for it.
PUBLIC_SUFFIX = "com"


def ip(*words):
    """Runs ip; what it prints."""
    return subprocess.run(["ip", *words], check=True, capture_output=True, text=True,
                          stdin=subprocess.DEVNULL).stdout


def batch(lines):
    """Runs many ip commands at once."""
    subprocess.run(["ip", "-batch", "-"], check=True, input="\n".join(lines) + "\n", text=True,
                   capture_output=True)


def plug(near=NEAR, far=FAR):
    """Lays a cable with both ends down and without any address."""
    batch([f"link add {near} type veth peer name {far}",
           f"link set {near} addrgenmode none", f"link set {far} addrgenmode none"])


def unplug(near=NEAR):
    ip("link", "delete", near)


def set_host_name(name):
    """Sets the kernel's host name; bytes that no text has are given as surrogates."""
    socket.sethostname(os.fsencode(name))


def write(name, text):
    """Writes a file of /etc in place."""
    (ETC / name).write_text(text, encoding="utf-8", errors="surrogateescape")


def replace(name, text):
    """Puts a new file in the place of one in /etc."""
    new = ETC / f"{name}.new"
    new.write_text(text, encoding="utf-8", errors="surrogateescape")
    new.rename(ETC / name)


def go_home():
    """The device as the tests begin: the host name HOME, a carrier and no address."""
    batch([f"addr flush dev {NEAR}", f"link set {NEAR} up", f"link set {FAR} up"])
    set_host_name(HOME)
    write("hostname", f"{HOME}\n")
    write("hosts", HOSTS)


def add(*given):
    """Gives NEAR addresses that are ready at once."""
    batch([f"addr add {address} dev {NEAR}{' nodad' if ':' in address else ''}"
           for address in given])


def addresses():
    """The addresses that ip shows as ready for use, of interfaces that are up; no loopback."""
    found = set()
    for link in json.loads(ip("-json", "addr", "show")):
        if "UP" not in link.get("flags", ()) or "LOOPBACK" in link["flags"]:
            continue
        for entry in link["addr_info"]:
            if entry["scope"] in REACHABLE_SCOPES and not any(map(entry.get, UNSETTLED)):
                found.add(ipaddress.ip_address(entry["local"]))
    return {address for address in found if not address.is_loopback}


def tentative():
    """The IPv6 addresses whose duplicate address detection is under way."""
    return {entry["local"] for link in json.loads(ip("-json", "-6", "addr", "show"))
            for entry in link["addr_info"] if entry.get("tentative")}


def is_host_name(name):
    """RFC 1123 2.1: what a certificate may have as a DNS name."""
    labels = name.split(".")
    return (len(name) <= 253 and all(map(LABEL.fullmatch, labels)) and not labels[-1].isdigit()
            and name != PUBLIC_SUFFIX)


def host_names():
    """What hostname, /etc/hostname and the C library's reading of /etc/hosts call the device."""
    transient = os.fsdecode(subprocess.run(["hostname"], check=True, capture_output=True).stdout)
    fixed = (ETC / "hostname").read_text(encoding="utf-8", errors="surrogateescape")
    names = set()
    for name in (transient.rstrip("\n"), fixed.rstrip("\n")):
        names.add(name)
        if not name:
            continue
        label = name.partition(".")[0]
        if label.lower() != "localhost":
            names.add(f"{label}.local")
        known = subprocess.run(["getent", "--service", "files", "hosts", os.fsencode(name)],
                               check=False, capture_output=True, stdin=subprocess.DEVNULL)
        names.update(word for word in os.fsdecode(known.stdout).split()[1:2] if "." in word)
    return {name.lower() for name in names if is_host_name(name)}


def names():
    """What the certificate of the device has to be for, as pairs of type and value."""
    return ({("DNS", name) for name in host_names()}
            | {("IP", str(address)) for address in addresses()}) or NAMELESS
