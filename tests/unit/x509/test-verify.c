/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* R71: chains of every kind. Each is held against openssl verify and GnuTLS too: what is trusted here,
 * both trust, and where they don't agree it says so. */
#include "verify-pki.h"
#include "verify-world.h"

#define DAY ((gint64)86400)

/* As many as are read, each of which could have issued each: 15! ways. */
#define LOOPS                                                                                      \
    "loopa loopb loopc loopd loope loopf loopg looph loopi loopj loopk loopl loopm loopn loopo"

static const VerifyRow ROWS[] = {
    /* links */
    {"two", "of-root", "root", .findings = "trusted",
     .says = "The trust anchor \"CN=Root,O=Example\" (SHA-256 "},
    {"three", "of-mid mid", "root", .findings = "trusted"},
    {"four", "of-low low mid", "root", .findings = "trusted"},
    {"root-along", "of-mid mid root", "root", .findings = "trusted"},
    {"missing-intermediate", "of-low low", "root", .findings = "untrusted",
     .says =
         "No trust anchor for servers issued the certificate \"CN=Low,O=Example\", whose issuer is "
         "\"CN=Mid,O=Example\""},
    {"leaf-alone", "of-low", "root", .findings = "untrusted"},
    {"missing-anchor", "of-mid mid", "r2", .findings = "untrusted"},
    {"no-anchors", "of-mid mid", "", .findings = "untrusted"},
    {"root-not-trusted", "of-mid mid root", "r2", .findings = "untrusted"},
    {"reversed", "mid low of-low", "root", .sent = "of-low low mid", .findings = "trusted"},
    {"mixed-order", "of-low mid low", "root", .findings = "trusted"},
    {"unrelated", "of-mid unrelated mid", "root", .findings = "trusted"},
    {"anchors-many", "of-mid mid", "r2 unrelated root twin", .findings = "trusted"},
    /* dates */
    {"leaf-expired", "of-mid mid", "root", .later = 301 * DAY, .findings = "expired"},
    {"intermediate-expired", "of-mid short", "root", .later = 11 * DAY, .findings = "expired",
     .says = "The certificate \"CN=Mid,O=Example\", issued by \"CN=Root,O=Example\", expired at 2"},
    {"anchor-expired", "of-brief", "brief", .later = 11 * DAY, .findings = "expired"},
    {"not-yet", "of-mid mid", "root", .later = -DAY,
     .findings = "not-yet-valid not-yet-valid not-yet-valid"},
    {"before-expiry", "of-mid short", "root", .later = 9 * DAY, .findings = "trusted"},
    {"clock-untrusted", "of-mid short", "root", .later = 11 * DAY, .clock_bad = TRUE,
     .findings = "trusted clock-untrusted"},
    {"renewed-anchor", "of-brief", "brief renewed", .later = 11 * DAY, .findings = "trusted"},
    {"renewed-anchor-alone", "of-brief", "renewed", .findings = "trusted"},
    /* path length */
    {"length-0-leaf", "of-none", "none", .findings = "trusted"},
    {"length-0", "of-none-mid none-mid", "none", .findings = "path-length"},
    {"length-1-inside", "of-one-mid one-mid", "one", .findings = "trusted"},
    {"length-1", "of-one-low one-low one-mid", "one", .findings = "path-length",
     .says = "\"CN=One,O=Example\", may have 1 authorities below it, but there are 2"},
    {"length-of-intermediate-inside", "of-zero zero", "root", .findings = "trusted"},
    {"length-of-intermediate", "of-zero-low zero-low zero", "root", .findings = "path-length"},
    {"length-self-issued", "of-rolled rolled", "none", .findings = "disputed",
     .openssl = VERIFY_TRUSTS},
    /* authorities */
    {"no-authority", "of-noca noca", "root", .findings = "not-ca",
     .says = "\"CN=NoCA,O=Example\", issued by \"CN=Root,O=Example\", issued \"CN=a.example.org"},
    {"no-basic-constraints", "of-plain plain", "root", .findings = "not-ca"},
    {"no-key-cert-sign", "of-nosign nosign", "root", .findings = "not-ca"},
    {"no-key-usage", "of-nousage nousage", "root", .findings = "trusted"},
    /* purposes */
    {"client-as-server", "client mid", "root", .findings = "wrong-purpose"},
    {"client", "client mid", "root", .client = TRUE, .findings = "trusted"},
    {"server-as-client", "of-mid mid", "root", .client = TRUE, .findings = "wrong-purpose"},
    {"both-as-server", "both mid", "root", .findings = "trusted"},
    {"both-as-client", "both mid", "root", .client = TRUE, .findings = "trusted"},
    {"any-purpose", "any mid", "root", .findings = "wrong-purpose", .gnutls = VERIFY_TRUSTS},
    {"no-purpose", "nopurpose mid", "root", .findings = "trusted"},
    {"other-purpose", "code mid", "root", .findings = "wrong-purpose"},
    {"netscape-type", "nettype mid", "root", .findings = "wrong-purpose", .gnutls = VERIFY_TRUSTS},
    {"key-agreement", "agree mid", "root", .findings = "trusted"},
    {"key-usage", "crlsign mid", "root", .findings = "key-usage", .gnutls = VERIFY_TRUSTS},
    {"intermediate-for-clients", "of-clients clients", "root", .findings = "wrong-purpose",
     .says = "The certificate \"CN=Clients,O=Example\""},
    {"intermediate-for-servers", "of-servers servers", "root", .findings = "trusted"},
    {"anchor-for-clients", "of-clientroot", "clientroot", .findings = "wrong-purpose",
     .gnutls = VERIFY_TRUSTS},
    /* alternatives */
    {"cross-signed", "of-mid mid root-by-r2", "r2", .findings = "trusted"},
    {"cross-signed-known", "of-mid mid root-by-r2", "root", .findings = "trusted"},
    {"cross-signed-both", "of-mid mid root-by-r2 r2-by-root", "root r2", .findings = "trusted"},
    {"cross-signed-loop", "of-mid mid root-by-r2 r2-by-root", "unrelated", .findings = "untrusted"},
    {"loops", "of-root " LOOPS, "r2", .findings = "untrusted",
     .says = "in too many ways to try all of them"},
    {"loops-trusted", "of-root " LOOPS, "root", .findings = "trusted"},
    {"one-name", "of-mid mid", "twin root", .findings = "trusted"},
    {"one-name-other-order", "of-mid mid", "root twin", .findings = "trusted"},
    {"one-name-wrong", "of-mid mid", "twin", .findings = "bad-signature"},
    {"one-name-no-identifier", "of-bare", "bare-twin bare-root", .findings = "trusted"},
    {"one-name-no-identifier-first", "of-bare", "bare-root bare-twin", .findings = "trusted"},
    {"wrong-identifier", "wrongid mid", "root", .findings = "bad-signature"},
    {"no-identifier", "keyid mid", "root", .findings = "trusted"},
    {"self", "self", "self", .host = "DNS:cam.example.org", .findings = "trusted"},
    {"self-end-entity", "self-ee", "self-ee", .host = "DNS:cam.example.org", .findings = "disputed",
     .openssl = VERIFY_TRUSTS, .gnutls = VERIFY_TRUSTS},
    {"self-authority", "self-ca", "self-ca", .host = "DNS:cam.example.org", .findings = "trusted"},
    {"self-not-trusted", "self", "root", .findings = "untrusted"},
    /* names */
    {"name", "of-mid mid", "root", .host = "DNS:a.example.org", .findings = "trusted"},
    {"name-wrong", "of-mid mid", "root", .host = "DNS:b.example.org", .findings = "san-mismatch"},
    {"wildcard", "wild mid", "root", .host = "DNS:b.example.org", .findings = "trusted"},
    {"wildcard-two-labels", "wild mid", "root", .host = "DNS:a.b.example.org",
     .findings = "san-mismatch"},
    {"wildcard-parent", "wild mid", "root", .host = "DNS:example.org", .findings = "san-mismatch"},
    {"wildcard-part", "part mid", "root", .host = "DNS:ab.example.org", .findings = "san-mismatch",
     .openssl = VERIFY_TRUSTS},
    {"root-dot", "dot mid", "root", .host = "DNS:a.example.org", .findings = "san-mismatch"},
    {"address", "address mid", "root", .host = "IP:192.0.2.1", .findings = "trusted"},
    {"address-6", "address mid", "root", .host = "IP:2001:db8::1", .findings = "trusted"},
    {"address-wrong", "address mid", "root", .host = "IP:192.0.2.2", .findings = "san-mismatch"},
    {"common-name", "common mid", "root", .host = "DNS:a.example.org",
     .findings = "no-san trusted"},
    {"common-name-wrong", "common mid", "root", .host = "DNS:b.example.org",
     .findings = "san-mismatch"},
    {"common-name-mail", "mailonly mid", "root", .host = "DNS:a.example.org",
     .findings = "no-san trusted"},
    {"common-name-address", "addressonly mid", "root", .host = "DNS:a.example.org",
     .findings = "san-mismatch", .openssl = VERIFY_TRUSTS},
    {"common-names", "two mid", "root", .host = "DNS:b.example.org", .findings = "san-mismatch",
     .openssl = VERIFY_TRUSTS},
    {"common-name-is-address", "addresscn mid", "root", .host = "IP:192.0.2.1",
     .findings = "san-mismatch"},
    /* keys, digests, damage */
    {"sha1-intermediate", "of-mid sha1", "root", .findings = "weak-digest"},
    {"sha1-leaf", "sha1leaf mid", "root", .findings = "weak-digest"},
    {"sha1-legacy", "sha1leaf mid", "root", .legacy = TRUE, .findings = "weak-digest trusted"},
    {"md5-legacy", "md5leaf", "rsaroot", .legacy = TRUE, .findings = "weak-digest",
     .openssl = VERIFY_TRUSTS},
    {"sha1-anchor", "of-sha1root", "sha1root", .findings = "trusted"},
    {"md5", "md5leaf", "rsaroot", .findings = "weak-digest"},
    {"rsa-1024", "rsa1024 mid", "root", .findings = "weak-key"},
    {"rsa-1024-legacy", "rsa1024 mid", "root", .legacy = TRUE, .findings = "weak-key trusted"},
    {"rsa-exponent-3", "of-e3", "e3", .findings = "trusted"},
    {"rsa-2048", "rsa2048 mid", "root", .findings = "trusted"},
    {"rsa-1024-anchor", "of-weakroot", "weakroot", .findings = "weak-key"},
    {"damaged-leaf", "damaged mid", "root", .findings = "bad-signature"},
    {"damaged-intermediate", "of-mid damagedmid", "root", .findings = "bad-signature",
     .says =
         "The certificate \"CN=Mid,O=Example\", issued by \"CN=Root,O=Example\", was not signed"},
    {"damaged-and-good", "of-mid damagedmid mid", "root", .findings = "disputed"},
    {"damaged-and-good-namesakes", "of-mid damagedmid mid", "root twin", .findings = "disputed",
     .says = "has the same name as another one (SHA-256 "},
    {"critical-extension", "critical mid", "root", .findings = "unknown-extension"},
    {"extension", "harmless mid", "root", .findings = "trusted"},
    {"critical-of-authority", "of-strange strange", "root", .findings = "unknown-extension"},
    {"policy-constraints", "of-policy policy", "root", .findings = "unknown-extension",
     .openssl = VERIFY_TRUSTS},
    {"critical-extensions", "of-known known", "root", .findings = "trusted"},
    {"critical-key-identifier", "critkeyid mid", "root", .findings = "unknown-extension",
     .gnutls = VERIFY_TRUSTS},
};

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    verify_begin(VERIFY_TOOLS VERIFY_CHAINS VERIFY_MORE_CHAINS);
    verify_add_rows("verify", ROWS, G_N_ELEMENTS(ROWS));
    int r = g_test_run();
    verify_end();
    return r;
}
