/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* R71, R40: what one verification may cost: at each limit it is done, and beyond it is refused with a
 * finding instead of a worker that runs out of time. */
#include "model/limits.h"
#include "verify-pki.h"
#include "verify-world.h"

/* Two authorities with 1024 subtrees each: 511 names of the leaf are held against both, and 2 of the
 * lower one against those of the upper; that is 2^20. The subject is a name too.
 * anchorN: the root with its key, of another serial number. loopN: likewise, and given along. noN: of
 * its name, with another key. */
#define MAKE                                                                                       \
    "issue root root - /O=Example/CN=Root 3650 $ca $sign;"                                         \
    "repeat() { n=1; text=$2; while test $n -lt $1; do n=$((n+1)); text=$text,$2; done; };"        \
    "repeat 1024 'permitted;DNS:example.org'; wide=nameConstraints=$text;"                         \
    "issue upper upper root /CN=Upper 1000 $ca $sign \"$wide\";"                                   \
    "issue lower lower upper /CN=Lower 1000 $ca $sign \"$wide\" subjectAltName=DNS:example.org;"   \
    "named() { repeat $2 DNS:a.example.org;"                                                       \
    " issue $1 leaf lower /CN=x 300 $ee $ku $server \"subjectAltName=$text\"; };"                  \
    "named most 510; named more 511;"                                                              \
    "issue direct leaf root /CN=x 300 $ee $ku $server $san;"                                       \
    "for i in 1 2 3 4 5 6 7 8 9; do"                                                               \
    " issue anchor$i root - /O=Example/CN=Root 3650 $ca $sign; done;"                              \
    "issue r2 r2 - /O=Example/CN=R2 3650 $ca $sign;"                                               \
    "issue deep deep root /O=Example/CN=Deep 1000 $ca $sign authorityKeyIdentifier=none;"          \
    "issue of-deep leaf deep /CN=x 300 $ee $ku $server $san;"                                      \
    "newkey other; printf "                                                                        \
    "'[req]\ndistinguished_name=d\nstring_mask=utf8only\n[d]\n[e]\n%s\n%s\n' $ca $sign >no.x;"     \
    "i=0; while test $i -lt 200; do i=$((i+1)); openssl req -x509 -config no.x -extensions e "     \
    "-key other.key -subj /O=Example/CN=Root -days 99 -set_serial $i -out no$i.pem; done;"
#define SIX "anchor1 anchor2 anchor3 anchor4 anchor5 anchor6"
#define EIGHT SIX " anchor7 anchor8"
#define TOO_MANY "in too many ways to try all of them"

/* 6 authorities that could have issued each other are 1956 steps, 7 are 13699. Of the signatures
 * one is the leaf's. */
G_STATIC_ASSERT(CERTD_LIMIT_NAME_COMPARISONS == (511 * 2 + 2) * 1024);
G_STATIC_ASSERT(CERTD_LIMIT_VERIFIED_PATHS == 8);
G_STATIC_ASSERT(CERTD_LIMIT_VERIFIED_STEPS >= 1956 && CERTD_LIMIT_VERIFIED_STEPS < 13699);
static const VerifyRow ROWS[] = {
    {"comparisons", "most lower upper", "root", .findings = "trusted"},
    {"comparisons-more", "more lower upper", "root", .findings = "name-constraints",
     .says = "there are too many names and constraints to judge", .openssl = VERIFY_TRUSTS,
     .gnutls = VERIFY_TRUSTS},
    {"paths", "direct", EIGHT, .host = "DNS:b.example.org", .findings = "san-mismatch"},
    {"paths-more", "direct", EIGHT " anchor9", .host = "DNS:b.example.org",
     .findings = "san-mismatch untrusted"},
    {"steps", "direct " SIX, "r2", .findings = "untrusted", .says = "self-signed"},
    {"steps-more", "direct " SIX " anchor7", "r2", .findings = "untrusted", .says = TOO_MANY},
};
static VerifyRow signature_rows[] = {
    {"signatures", "of-deep deep", NULL, .findings = "bad-signature"},
    {"signatures-more", "of-deep deep", NULL, .findings = "untrusted", .says = TOO_MANY},
};

/* @n of the wrong key. */
static char *list_anchors(unsigned int n)
{
    GString *text = g_string_new(NULL);

    for (unsigned int i = 1; i <= n; i++)
        g_string_append_printf(text, "%sno%u", i > 1 ? " " : "", i);
    return g_string_free(text, FALSE);
}

int main(int argc, char **argv)
{
    g_autofree char *most = list_anchors(CERTD_LIMIT_VERIFIED_SIGNATURES - 1);
    g_autofree char *more = list_anchors(CERTD_LIMIT_VERIFIED_SIGNATURES);

    signature_rows[0].anchors = most;
    signature_rows[1].anchors = more;
    g_test_init(&argc, &argv, NULL);
    verify_begin(VERIFY_TOOLS MAKE);
    verify_add_rows("verify-limits", ROWS, G_N_ELEMENTS(ROWS));
    verify_add_rows("verify-limits", signature_rows, G_N_ELEMENTS(signature_rows));
    int r = g_test_run();
    verify_end();
    return r;
}
