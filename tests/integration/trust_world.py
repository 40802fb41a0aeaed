# SPDX-License-Identifier: LGPL-2.1-or-later
"""Authorities and certificates to be trusted or not, made by certtool from one table of templates."""

import pathlib
import subprocess

ALWAYS = ('activation_date = "2020-01-01 00:00:00 UTC"', 'expiration_date = "2059-01-01 00:00:00 UTC"')
PAST = ('activation_date = "2020-01-01 00:00:00 UTC"', 'expiration_date = "2021-01-01 00:00:00 UTC"')
FUTURE = ('activation_date = "2058-01-01 00:00:00 UTC"', 'expiration_date = "2059-01-01 00:00:00 UTC"')
CA = ("ca", "cert_signing_key", "crl_signing_key")
SERVER = ("tls_www_server", "signing_key")
CLIENT = ("tls_www_client", "signing_key")
WWW = 'dns_name = "www.example.org"'


def row(name, issuer, *lines, key=None, dates=ALWAYS, options=()):
    """A certificate: its common name, which also is that of its key unless another is given; whose key
    signs it ("" for its own); lines of certtool's template; more options of certtool."""
    return name, key or name, issuer, (*lines, *dates), options


# Each is called by its key here; the common name is what a finding has to tell.
CERTIFICATES = {
    "root": row("Root", "", *CA),
    "root-expired": row("Root", "", *CA, dates=PAST),
    "root-renewed": row("Root", "", *CA, "serial = 77"),
    "root-twin": row("Root", "", *CA, key="Root Twin"),
    "root-b": row("Root B", "", *CA),
    "root-late": row("Root Late", "", *CA, dates=PAST),
    "root-early": row("Root Early", "", *CA, dates=FUTURE),
    "root-short": row("Root Short", "", *CA, "path_len = 0"),
    "root-narrow": row("Root Narrow", "", *CA, 'nc_permit_dns = "example.org"'),
    "inter": row("Issuing", "root", *CA),
    "inter-of-b": row("Issuing", "root-b", *CA),
    "inter-expired": row("Issuing", "root", *CA, dates=PAST),
    "inter-twin": row("Issuing", "root", *CA, key="Issuing Twin"),
    "inter-of-twin": row("Issuing of Twin", "root-twin", *CA),
    "other-inter": row("Other Issuing", "root-b", *CA),
    "sub-1": row("Sub One", "root", *CA, "path_len = 1"),
    "sub-2": row("Sub Two", "sub-1", *CA),
    "sub-3": row("Sub Three", "sub-2", *CA),
    "late": row("Late", "root", *CA, dates=PAST),
    "early": row("Early", "root", *CA, dates=FUTURE),
    "of-short": row("Of Short", "root-short", *CA),
    "zero": row("Zero", "root", *CA, "path_len = 0"),
    "below-zero": row("Below Zero", "zero", *CA),
    "permitted": row("Permitted", "root", *CA, 'nc_permit_dns = "example.org"'),
    "excluded": row("Excluded", "root", *CA, 'nc_exclude_dns = "secret.example.org"'),
    "range": row("Range", "root", *CA, 'nc_permit_ip = "192.0.2.0/24"'),
    "client-only": row("Client Only", "root", *CA, "tls_www_client"),
    "no-ca": row("No Authority", "root", "signing_key"),
    "no-sign": row("No Signer", "root", "ca", "crl_signing_key"),
    "leaf": row("leaf", "inter", *SERVER, WWW),
    "leaf-renewed-root": row("direct", "root-renewed", *SERVER, WWW),
    "leaf-of-twin": row("leaf of twin", "inter-of-twin", *SERVER, WWW),
    "leaf-by-twin": row("leaf by twin", "inter-twin", *SERVER, WWW),
    "leaf-3": row("leaf three", "sub-3", *SERVER, WWW),
    "leaf-2": row("leaf two", "sub-2", *SERVER, WWW),
    "leaf-expired": row("leaf late", "inter", *SERVER, WWW, dates=PAST),
    "leaf-early": row("leaf early", "inter", *SERVER, WWW, dates=FUTURE),
    "of-late": row("of late", "late", *SERVER, WWW),
    "of-early": row("of early", "early", *SERVER, WWW),
    "of-root-late": row("of root late", "root-late", *SERVER, WWW),
    "of-root-early": row("of root early", "root-early", *SERVER, WWW),
    "wildcard": row("wildcard", "inter", *SERVER, 'dns_name = "*.example.org"'),
    "addresses": row("addresses", "inter", *SERVER, WWW, 'ip_address = "192.0.2.1"',
                     'ip_address = "2001:db8::1"'),
    "of-zero": row("of zero", "zero", *SERVER, WWW),
    "of-below-zero": row("of below zero", "below-zero", *SERVER, WWW),
    "of-root-short": row("of root short", "root-short", *SERVER, WWW),
    "below-short": row("below short", "of-short", *SERVER, WWW),
    "inside": row("inside", "permitted", *SERVER, WWW),
    "outside": row("outside", "permitted", *SERVER, 'dns_name = "www.example.net"'),
    "half-outside": row("half outside", "permitted", *SERVER, WWW, 'dns_name = "www.example.net"'),
    "not-excluded": row("not excluded", "excluded", *SERVER, WWW),
    "is-excluded": row("is excluded", "excluded", *SERVER, 'dns_name = "a.secret.example.org"'),
    "in-range": row("in range", "range", *SERVER, 'ip_address = "192.0.2.9"'),
    "out-of-range": row("out of range", "range", *SERVER, 'ip_address = "198.51.100.9"'),
    "of-narrow": row("of narrow", "root-narrow", *SERVER, WWW),
    "too-wide": row("too wide", "root-narrow", *SERVER, 'dns_name = "www.example.com"'),
    "client": row("client", "inter", *CLIENT, 'dns_name = "client.example.org"'),
    "both": row("both", "inter", *SERVER, "tls_www_client", WWW),
    "no-usage": row("no usage", "inter", WWW),
    "code-signing": row("code signer", "inter", "code_signing_key", "signing_key", WWW),
    "by-client-only": row("by client only", "client-only", *SERVER, WWW),
    "by-no-ca": row("by no authority", "no-ca", *SERVER, WWW),
    "by-no-sign": row("by no signer", "no-sign", *SERVER, WWW),
    "by-leaf": row("by leaf", "leaf", *SERVER, WWW),
    "thief": row("Thief", "", *CA, WWW),
    "thief-plain": row("Thief Plain", "", *SERVER, WWW),
    "of-thief": row("of thief", "thief-plain", *SERVER),
    "root-dashes": row("---------BEGIN CERTIFICATE---------", "", *CA, key="Root Dashes"),
    "sha1": row("old digest", "inter", *SERVER, WWW, options=("--hash", "SHA1")),
    "critical": row("critical", "inter", *SERVER, WWW,
                    'add_critical_extension = "1.3.6.1.4.1.99999.1 0x0500"'),
}


class World:
    """The certificates of the table below a folder, each made once it is asked for."""

    def __init__(self, folder):
        self.folder = pathlib.Path(folder)

    def run(self, *words):
        done = subprocess.run(list(map(str, words)), cwd=self.folder, capture_output=True,
                              stdin=subprocess.DEVNULL, text=True, check=False)
        assert done.returncode == 0, f"{words}: {done.stdout}{done.stderr}"

    def key(self, name):
        path = self.folder / f"{name}.key"
        if not path.exists():
            self.run("openssl", "genpkey", "-algorithm", "EC", "-pkeyopt",
                     "ec_paramgen_curve:P-256", "-out", path)
        return path

    def path(self, called):
        """The PEM file of a certificate."""
        path = self.folder / f"{called}.pem"
        if path.exists():
            return path
        name, key, issuer, lines, options = CERTIFICATES[called]
        template = self.folder / f"{called}.cfg"
        template.write_text("\n".join((f'cn = "{name}"', 'organization = "Example"', *lines)) + "\n",
                            encoding="ascii")
        how = (("--generate-self-signed",) if not issuer else
               ("--generate-certificate", "--load-ca-certificate", self.path(issuer),
                "--load-ca-privkey", self.key(CERTIFICATES[issuer][1])))
        self.run("certtool", *how, *options, "--load-privkey", self.key(key), "--template", template,
                 "--outfile", path)
        return path

    def pem(self, *called):
        """The certificates, one after another, as they are to be sent."""
        return "".join(map(self.one, called))

    def one(self, called):
        if called != "damaged":
            return self.path(called).read_text(encoding="ascii")
        # The leaf with its signature's last byte changed.
        der = bytearray(self.der("leaf"))
        der[-1] ^= 1
        done = subprocess.run(["openssl", "x509", "-inform", "DER"], input=bytes(der),
                              capture_output=True, check=True)
        return done.stdout.decode("ascii")

    def der(self, called):
        done = subprocess.run(["openssl", "x509", "-in", self.path(called), "-outform", "DER"],
                              capture_output=True, check=True, stdin=subprocess.DEVNULL)
        return done.stdout
