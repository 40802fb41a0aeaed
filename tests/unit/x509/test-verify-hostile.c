/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* R71: chains made to be trusted for what they don't vouch for, to be read in two ways, or to cost more
 * than a verification may. */
#include "model/limits.h"
#include "verify-pki.h"
#include "verify-world.h"

/* ku NAME VALUE: a leaf with that key usage; caku: an authority, and a leaf of it; likewise eku. */
#define MAKE                                                                                       \
    "issue root root - /O=Example/CN=Root 3650 $ids $ca $sign;"                                    \
    "issue mid mid root /O=Example/CN=Mid 1000 $ids $aki $ca $sign;"                               \
    "leaf() { issue $1 leaf $2 /O=Example/CN=a.example.org 300 $aki $ee $ku $server $san; };"      \
    "leaf good mid;" /* who sends what is not theirs */                                            \
    "issue thief thief - /CN=Thief 300 $ids $ca $sign $san;"                                       \
    "issue plain plain - /CN=Plain 300 $ids $ku $san; issue of-plain leaf plain /CN=x 300 $san;"   \
    "any() { n=$1 i=$2; shift 2; issue $n leaf $i /CN=$n 300 $san \"$@\"; };"                      \
    "authority() { n=$1; shift; issue $n $n root /O=Example/CN=$n 1000 \"$@\"; leaf of-$n $n; };"  \
    "usage='2.5.29.15=critical,DER'; purpose='2.5.29.37=DER'; basic='2.5.29.19=critical,DER';"     \
    "any ku-garbage mid $aki $ee $server $usage:0102030405;"                                       \
    "any ku-integer mid $aki $ee $server $usage:020180;"                                           \
    "any ku-octets mid $aki $ee $server $usage:040207ff;"                                          \
    "any ku-trailing mid $aki $ee $server $usage:030207800500;"                                    \
    "any eku-none mid $aki $ee $ku $purpose:3000;"                                                 \
    "any aki mid $ee $ku $server "                                                                 \
    "2.5.29.35=DER:0201ff; any aki-inside mid $ee $ku $server 2.5.29.35=DER:3003020101;"           \
    "any crldp mid $aki $ee $ku $server 2.5.29.31=critical,DER:0102;"                              \
    "any policies mid $aki $ee $ku $server 2.5.29.32=critical,DER:3000;"                           \
    "any proxy mid $aki $ee $ku $server 1.3.6.1.5.5.7.1.14=DER:300c300a06082b06010505071501;"      \
    "authority ca-ku $ids $aki $ca $usage:0102; authority ca-eku $ids $aki $ca $sign "             \
    "$purpose:3000;"                                                                               \
    "authority ca-length $ids $aki $sign $basic:30060101ff0201ff;"                                 \
    "authority ca-policy $ids $aki $ca $sign policyConstraints=requireExplicitPolicy:0;"           \
    "issue eku-root eku-root - /CN=E 3650 $ids $ca $sign $purpose:3000; leaf of-eku-root "         \
    "eku-root;"

#define ROW(name, authority, said)                                                                 \
    {                                                                                              \
        name, name " " authority, "root", .findings = said                                         \
    }
#define GNUTLS_TAKES(name, authority, said)                                                        \
    {                                                                                              \
        name, name " " authority, "root", .findings = said, .gnutls = VERIFY_TRUSTS                \
    }

static const VerifyRow ROWS[] = {
    {"good", "good mid", "root", .host = "DNS:a.example.org", .findings = "trusted",
     .says = "vouches for the certificate \"CN=a.example.org,O=Example\""},
    {"authority-first", "mid good", "root", .sent = "good mid", .findings = "trusted"},
    {"thief", "thief good mid", "root", .host = "DNS:a.example.org", .findings = "untrusted",
     .says = "The certificate \"CN=Thief\", issued by \"CN=Thief\", came first, but is no part"},
    {"thief-issued", "plain of-plain good mid", "root", .host = "DNS:a.example.org",
     .findings = "untrusted"},
    {"thief-behind", "good thief mid", "root", .host = "DNS:a.example.org", .findings = "trusted"},
    /* read in two ways */
    GNUTLS_TAKES("ku-garbage", "mid", "malformed"),
    GNUTLS_TAKES("ku-integer", "mid", "malformed"),
    GNUTLS_TAKES("ku-octets", "mid", "malformed"),
    {"ku-trailing", "ku-trailing mid", "root", .findings = "malformed", .openssl = VERIFY_TRUSTS,
     .gnutls = VERIFY_TRUSTS},
    GNUTLS_TAKES("eku-none", "mid", "malformed"),
    GNUTLS_TAKES("aki", "mid", "malformed"),
    GNUTLS_TAKES("aki-inside", "mid", "malformed"),
    GNUTLS_TAKES("crldp", "mid", "malformed"),
    {"policies", "policies mid", "root", .findings = "malformed", .openssl = VERIFY_TRUSTS,
     .gnutls = VERIFY_TRUSTS},
    GNUTLS_TAKES("proxy", "mid", "unknown-extension"),
    {"ca-ku", "of-ca-ku ca-ku", "root", .findings = "malformed",
     .says = "The certificate \"CN=ca-ku,O=Example\", issued by \"CN=Root,O=Example\", has a key "
             "usage that is not as RFC 5280 says"},
    GNUTLS_TAKES("of-ca-eku", "ca-eku", "malformed"),
    GNUTLS_TAKES("of-ca-length", "ca-length", "malformed"),
    {"ca-policy", "of-ca-policy ca-policy", "root", .findings = "unknown-extension",
     .openssl = VERIFY_TRUSTS, .gnutls = VERIFY_TRUSTS},
    {"eku-root", "of-eku-root", "eku-root", .findings = "malformed", .gnutls = VERIFY_TRUSTS},
};

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    verify_begin(VERIFY_TOOLS MAKE);
    verify_add_rows("verify-hostile", ROWS, G_N_ELEMENTS(ROWS));
    int r = g_test_run();
    verify_end();
    return r;
}
