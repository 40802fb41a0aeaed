# SPDX-License-Identifier: LGPL-2.1-or-later
"""The drill of bad installs: what is installed, and what has to come of it. An install that certd takes,
because nothing is wrong that it could know or because the warnings were accepted, is tried on trial."""

import dataclasses
import typing

from drill_inputs import (CA, DAY, LEAF, NO_CA, SAN, SERVER, USAGE, Kit, der_integer, der_of, flipped, pem)

LIMIT_INPUT = 256 * 1024


@dataclasses.dataclass(frozen=True)
class Install:
    name: str
    make: typing.Callable[[Kit], bytes]
    refused: str = ""  # the name of the error; without, it is in use until its trial ends
    codes: tuple = ()  # of all findings
    accept: tuple = ()  # codes of warnings
    passphrase: bool = False  # it is given with the import
    by_descriptor: bool = False  # ImportFd instead of certctl
    asks: bool = False  # it needs a request of https
    locks_out: bool = False  # a client that checks the chain and the name can't reach it


def bundle(**how):
    return lambda kit: kit.bundle(**how)


def under(base, chain=None, leaf=None, **how):
    """A bundle of a leaf under an authority with something wrong."""
    def make(kit):
        kit.authority_of(base, **how)
        return kit.bundle(issuer=base, chain=(base,) if chain is None else chain, **(leaf or {}))
    return make


def rejected(name, make, *codes, **more):
    return Install(name, make, "Rejected", codes, **more)


def tried(name, make, *codes, **more):
    return Install(name, make, codes=codes, **more)


def warned(name, make, *codes, error="Rejected", **more):
    """One that is refused, and the same with its warnings accepted; more is of the second."""
    return (Install(name, make, error, codes),
            Install(f"{name}-accepted", make, codes=codes, accept=codes, **more))


# The key.


def key_of_another(kit):
    kit.leaf()
    key = kit.file("leaf.key")
    return kit.leaf() + kit.file("issuing.pem") + key


def key_of_another_kind(kit):
    kit.leaf(key="rsa:2048")
    key = kit.file("leaf.key")
    return kit.leaf() + kit.file("issuing.pem") + key


def request_of_another_device(kit):
    """What came back is not for the request that went out."""
    kit.requested()
    return kit.leaf() + kit.file("issuing.pem")


def damaged_key(kit):
    """A bit of the public point that comes with the key."""
    data = kit.bundle()
    whole = kit.run("openssl pkey -in leaf.key -outform DER")
    return data[:data.index(b"-----BEGIN PRIVATE")] + pem("PRIVATE KEY", flipped(whole, len(whole) - 9))


def encrypted(options):
    def make(kit):
        return kit.pipe("openssl x509 -in all.pem; cat issuing.pem; openssl pkcs8 -topk8 -in all.pem"
                        f" -v2 aes-256-cbc -passout pass:another {options}", kit.bundle())
    return make


WRONG_KEYS = (
    Install("no-key", lambda kit: kit.leaf() + kit.file("issuing.pem"), "KeyMismatch", ("key-mismatch",)),
    Install("key-of-another", key_of_another, "KeyMismatch", ("key-mismatch",), by_descriptor=True),
    Install("key-of-another-kind", key_of_another_kind, "KeyMismatch", ("key-mismatch",)),
    Install("request-of-another-device", request_of_another_device, "KeyMismatch", ("key-mismatch",),
            asks=True),
    Install("key-damaged", damaged_key, "Malformed"),
    Install("key-encrypted", encrypted(""), "PassphraseNeeded"),
    Install("key-under-another-passphrase", encrypted(""), "PassphraseWrong", passphrase=True),
)

# Dates.
EXPIRED_ISSUING = {"days": 1, "at": -30 * DAY}
DATES = (
    rejected("expired-yesterday", bundle(days=1, at=-2 * DAY), "expired"),
    rejected("expired-long-ago", bundle(days=30, at=-9000 * DAY), "expired", by_descriptor=True),
    rejected("ends-before-it-begins", bundle(days=-1), "expired"),
    rejected("not-yet-valid", bundle(at=2 * DAY), "not-yet-valid"),
    rejected("not-yet-valid-for-decades", bundle(at=20000 * DAY), "not-yet-valid"),
    rejected("issuing-expired", under("expired", **EXPIRED_ISSUING), "expired"),
    rejected("issuing-not-yet-valid", under("future", at=30 * DAY), "not-yet-valid"),
)

# The chain.


def impostor(kit):
    """An authority with the name of the issuing one, and a key of its own."""
    kit.authority_of("impostor", "/O=Example/CN=Example Issuing")
    return kit.bundle(chain=("impostor",))


def damaged_signature(kit):
    leaf = der_of(kit.leaf())
    kit.folder.joinpath("leaf.pem").write_bytes(pem("CERTIFICATE", flipped(leaf, len(leaf) - 3)))
    return b"".join(map(kit.file, ("leaf.pem", "issuing.pem", "leaf.key")))


def strangers_root(kit):
    kit.authority_of("stranger", "/CN=Stranger", issuer=None)
    return kit.bundle(issuer="stranger", chain=("stranger",))


def issued_by_a_leaf(kit):
    kit.authority_of("no-ca", "/CN=no-ca", NO_CA + USAGE)
    return kit.bundle(issuer="no-ca", chain=("no-ca",))


def path_too_long(kit):
    """The issuing authority may have no other below it."""
    kit.authority_of("below", "/CN=below", issuer="issuing")
    return kit.bundle(issuer="below", chain=("below", "issuing"))


def name_not_permitted(kit):
    kit.authority_of("elsewhere", "/CN=elsewhere",
                     f"{CA}nameConstraints=critical,permitted;DNS:elsewhere.example.net\n")
    return kit.bundle(issuer="elsewhere", chain=("elsewhere",))


CHAINS = (
    *warned("chain-broken", bundle(chain=("root",)), "chain-incomplete", "certificate-ignored",
            error="ChainIncomplete", locks_out=True),
    *warned("chain-of-a-namesake", impostor, "chain-incomplete", "certificate-ignored",
            error="ChainIncomplete", locks_out=True),
    *warned("signature-damaged", damaged_signature, "chain-incomplete", "certificate-ignored",
            error="ChainIncomplete", locks_out=True),
    *warned("issued-by-a-leaf", issued_by_a_leaf, "key-usage", locks_out=True),
    tried("chain-missing", bundle(chain=()), "chain-incomplete", locks_out=True),
    tried("path-too-long", path_too_long, locks_out=True, by_descriptor=True),
    tried("name-not-permitted", name_not_permitted, locks_out=True),
    tried("strangers-root", strangers_root, "root-included", locks_out=True),
)

# What the certificate is for.


def authoritys_own(kit):
    kit.leaf()
    return kit.file("issuing.pem") + kit.file("issuing.key")


def san(value):
    return bundle(extensions=LEAF.replace(SAN, value))


PURPOSES = (
    *warned("ca-as-leaf", bundle(extensions=CA.replace("keyCertSign", "digitalSignature") + SAN), "is-ca"),
    rejected("authoritys-own", authoritys_own, "chain-incomplete", "is-ca", "key-usage", "lifetime-long",
             "no-san"),
    *warned("no-san", san(""), "no-san", locks_out=True),
    *warned("other-names", san("subjectAltName=DNS:other.example.net\n"), "san-mismatch", locks_out=True),
    *warned("address-of-another", san("subjectAltName=IP:192.0.2.77\n"), "san-mismatch", locks_out=True),
    rejected("mail-alone", san("subjectAltName=email:admin@example.org\n"), "san-mismatch"),
    *warned("client-only", bundle(extensions=LEAF.replace("serverAuth", "clientAuth")), "no-server-auth",
            locks_out=True),
    rejected("code-signing", bundle(extensions=LEAF.replace("serverAuth", "codeSigning")),
             "no-server-auth"),
    *warned("no-signatures", bundle(extensions=LEAF.replace("digitalSignature", "keyCertSign")),
            "key-usage", locks_out=True),
    Install("another-warning-accepted", san(""), "Rejected", ("no-san",), accept=("san-mismatch",)),
    rejected("all-at-once", bundle(extensions=USAGE.replace("digitalSignature", "keyAgreement")
                                   + SERVER.replace("server", "client"), key="rsa:1024", days=-1),
             "expired", "key-usage", "no-san", "no-server-auth", "weak-key"),
)

# Weak keys and digests: an error, whatever is accepted.
WEAK = {"accept": ("weak-key", "weak-digest")}
STRENGTHS = (
    rejected("rsa-512", bundle(key="rsa:512"), "weak-key", **WEAK),
    rejected("rsa-1024", bundle(key="rsa:1024"), "weak-key", **WEAK),
    rejected("exponent-3", bundle(key="rsa:2048:3"), "weak-key", **WEAK),
    rejected("ec-192", bundle(key="ec:192"), "weak-key", **WEAK),
    rejected("sha-1", bundle(more="-sha1"), "weak-digest", **WEAK),
    rejected("md5", bundle(issuer=None, chain=(), key="rsa:2048", more="-md5"), "self-signed",
             "weak-digest", **WEAK),
    rejected("issuing-rsa-1024", under("weak", key="rsa:1024"), "weak-key", **WEAK),
    rejected("issuing-sha-1", under("sha-1", more="-sha1"), "weak-digest", **WEAK),
)

# Sizes.


def many_names(count):
    return san("subjectAltName=" + ",".join(f"DNS:h{i}.example.org" for i in range(count)) + "\n")


def seventeen(kit):
    """As many certificates for one key."""
    leaves = kit.bundle()
    for _ in range(15):
        kit.sign("leaf", LEAF)
        leaves += kit.file("leaf.pem")
    return leaves


def slow_key(kit):
    """A key whose pass phrase takes eight million iterations; the command does one."""
    data = kit.bundle()
    whole = kit.pipe("openssl pkcs8 -topk8 -in all.pem -outform DER -v2 aes-256-cbc -iter 1000000"
                     " -passout file:passphrase", data)
    assert der_integer(1_000_000) in whole
    return (data[:data.index(b"-----BEGIN PRIVATE")]
            + pem("ENCRYPTED PRIVATE KEY", whole.replace(der_integer(1_000_000), der_integer(8_000_000))))


SIZES = (
    Install("17-certificates", seventeen, "LimitExceeded"),
    tried("one-16-times", lambda kit: kit.bundle(chain=("issuing",) * 16)),
    *warned("1000-names", many_names(1000), "san-mismatch", locks_out=True),
    Install("1001-names", many_names(1001), "LimitExceeded"),
    Install("65-rdns", bundle(subject=f"/CN={'x' * 9}" + "/OU=x" * 64), "LimitExceeded"),
    Install("largest-garbage", lambda kit: b"A" * LIMIT_INPUT, "UnsupportedFormat"),
    Install("too-large", lambda kit: b"A" * (LIMIT_INPUT + 1), "TooLarge"),
    Install("too-large-by-descriptor", lambda kit: b"A" * (64 * LIMIT_INPUT), "TooLarge",
            by_descriptor=True),
    Install("iterations", slow_key, "LimitExceeded", passphrase=True),
    Install("comments-without-end", lambda kit: kit.bundle() + b"#\n" * LIMIT_INPUT, "TooLarge"),
)

# Damage.


def pkcs12(kit):
    return kit.pipe("openssl pkcs12 -export -in all.pem -passout file:passphrase", kit.bundle())


def pkcs12_without_key(kit):
    return kit.pipe("openssl pkcs12 -export -nokeys -in all.pem -passout file:passphrase",
                    kit.leaf() + kit.file("issuing.pem"))


def cut(make):
    def made(kit):
        data = make(kit)
        return data[:len(data) // 2]
    return made


def trailing(kit):
    return der_of(kit.leaf()) + b"\0" * 64


def request_instead(kit):
    kit.leaf()
    return kit.file("leaf.csr")


def key_alone(kit):
    kit.leaf()
    return kit.file("leaf.key")


DAMAGES = (
    Install("pem-cut", cut(Kit.leaf), "Malformed"),
    Install("pkcs12-cut", cut(pkcs12), "Malformed", passphrase=True),
    Install("pkcs12-flipped", lambda kit: flipped(pkcs12(kit), 400), "PassphraseWrong", passphrase=True,
            by_descriptor=True),
    Install("pkcs12-without-passphrase", pkcs12, "PassphraseNeeded"),
    Install("pkcs12-without-key", pkcs12_without_key, "KeyMismatch", ("key-mismatch",), passphrase=True),
    Install("der-with-more-after-it", trailing, "UnsupportedFormat"),
    Install("no-base64", lambda kit: kit.leaf().replace(b"MII", b"!!!"), "Malformed"),
    Install("request-instead", request_instead, "UnsupportedFormat"),
    Install("key-alone", key_alone, "UnsupportedFormat"),
    Install("empty", lambda kit: b"", "Malformed"),
    Install("page-of-an-error", lambda kit: b"<html><body>404 Not Found</body></html>\n",
            "UnsupportedFormat"),
)

# Right, but unwanted: somebody else's, too early, by mistake.


def reversed_chain(kit):
    kit.leaf()
    return b"".join(map(kit.file, ("root.pem", "issuing.pem", "leaf.pem", "leaf.key")))


def answered(command):
    """What comes back for a request, in another format."""
    def make(kit):
        return kit.pipe(command, kit.requested() + kit.file("issuing.pem"))
    return make


UNWANTED = (
    tried("right", bundle()),
    tried("right-by-descriptor", bundle(), by_descriptor=True),
    tried("chain-reversed", reversed_chain, "chain-order", "root-included"),
    tried("rsa-2048", bundle(key="rsa:2048")),
    tried("ec-384", bundle(key="ec:384")),
    tried("ed25519", bundle(key="ed25519")),
    tried("pkcs12", pkcs12, passphrase=True),
    tried("self-signed", bundle(issuer=None, chain=()), "self-signed", locks_out=True),
    tried("for-ten-years", bundle(days=3650), "lifetime-long"),
    tried("wildcard", san("subjectAltName=DNS:*.lab.example.org\n"), "wildcard"),
    tried("with-a-strangers-certificate", lambda kit: kit.bundle(chain=("issuing", "root"))
          + kit.file(kit.authority_of("stranger", "/CN=Stranger", issuer=None) + ".pem"),
          "certificate-ignored", "root-included"),
    tried("requested", answered("cat all.pem"), asks=True),
    tried("requested-pkcs7", answered("openssl crl2pkcs7 -nocrl -certfile all.pem -outform DER"),
          asks=True, by_descriptor=True),
)

INSTALLS = (*WRONG_KEYS, *DATES, *CHAINS, *PURPOSES, *STRENGTHS, *SIZES, *DAMAGES, *UNWANTED)
