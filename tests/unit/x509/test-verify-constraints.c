/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* R71: name constraints of intermediates and of anchors, permitted and excluded, of each kind of name,
 * as OpenSSL and GnuTLS judge them. */
#include "verify-pki.h"
#include "verify-world.h"

/* authority NAME CONSTRAINTS: an anchor; middle NAME CONSTRAINTS: an intermediate of the root;
 * under NAME AUTHORITY SUBJECT SANS: a leaf. */
#define MAKE                                                                                       \
    "issue root root - /O=Example/CN=Root 3650 $ids $ca $sign;"                                    \
    "authority() { issue $1 $1 - /O=Example/CN=$1 3650 $ids $ca $sign nameConstraints=$2; };"      \
    "middle() { issue $1 $1 root /O=Example/CN=$1 1000 $ids $aki $ca $sign nameConstraints=$2; };" \
    "under() { issue $1 leaf $2 \"$3\" 300 $aki $ee $ku $server $4; };"                            \
    "dns=critical,permitted\\;DNS:example.org; o=/O=Example;"                                      \
    "authority anchor $dns; under anchor-in anchor $o $san;"                                       \
    "under anchor-out anchor $o subjectAltName=DNS:a.example.net;"                                 \
    "middle mid $dns; under in mid $o $san; under itself mid $o subjectAltName=DNS:example.org;"   \
    "under out mid $o subjectAltName=DNS:a.example.net;"                                           \
    "under lookalike mid $o subjectAltName=DNS:badexample.org;"                                    \
    "under upper mid $o subjectAltName=DNS:A.EXAMPLE.ORG;"                                         \
    "under one-out mid $o subjectAltName=DNS:a.example.org,DNS:a.example.net;"                     \
    "under wild mid $o subjectAltName=DNS:*.example.org;"                                          \
    "under address mid $o subjectAltName=IP:192.0.2.1;"                                            \
    "under cn-in mid $o/CN=a.example.org; under cn-out mid $o/CN=a.example.net;"                   \
    "under cn-text mid '/O=Example/CN=some text';"                                                 \
    "middle dotted permitted\\;DNS:.example.org; under dotted-in dotted $o $san;"                  \
    "under dotted-itself dotted $o subjectAltName=DNS:example.org;"                                \
    "middle excluded critical,excluded\\;DNS:a.example.org; under excluded-in excluded $o $san;"   \
    "under excluded-out excluded $o subjectAltName=DNS:b.example.org;"                             \
    "under excluded-wild excluded $o subjectAltName=DNS:*.example.org;"                            \
    "authority xanchor excluded\\;DNS:example.org; under xanchor-in xanchor $o $san;"              \
    "middle ip permitted\\;IP:192.0.2.0/255.255.255.0;"                                            \
    "under ip-in ip $o subjectAltName=IP:192.0.2.1; under ip-out ip $o "                           \
    "subjectAltName=IP:192.0.3.1;"                                                                 \
    "under ip-six ip $o subjectAltName=IP:2001:db8::1; under ip-dns ip $o $san;"                   \
    "middle noip excluded\\;IP:192.0.2.0/255.255.255.0;"                                           \
    "under noip-in noip $o subjectAltName=IP:192.0.2.1; under noip-out noip $o "                   \
    "subjectAltName=IP:192.0.3.1;"                                                                 \
    "middle mail permitted\\;email:example.org; under mail-in mail $o "                            \
    "subjectAltName=email:a@example.org;"                                                          \
    "under mail-out mail $o subjectAltName=email:a@b.example.org;"                                 \
    "under mail-subject mail $o/emailAddress=a@example.net $san;"                                  \
    "under mail-utf8 mail $o 'subjectAltName=otherName:1.3.6.1.5.5.7.8.9;UTF8:a@example.org';"     \
    "under mail-other mail $o 'subjectAltName=otherName:1.2.3.4;UTF8:a';"                          \
    "middle maildot permitted\\;email:.example.org;"                                               \
    "under maildot-in maildot $o subjectAltName=email:a@b.example.org;"                            \
    "middle mailone permitted\\;email:a@example.org;"                                              \
    "under mailone-in mailone $o subjectAltName=email:a@example.org;"                              \
    "under mailone-out mailone $o subjectAltName=email:b@example.org;"                             \
    "middle uri permitted\\;URI:example.org; under uri-in uri $o "                                 \
    "subjectAltName=URI:https://example.org:1/x;"                                                  \
    "under uri-out uri $o subjectAltName=URI:https://example.net/x;"                               \
    "under urn uri $o subjectAltName=URI:urn:uuid:f81d4fae;"                                       \
    "middle dir 'permitted;dirName:dn\n[dn]\nO=Example';"                                          \
    "under dir-in dir /O=Example/CN=a $san; under dir-out dir /O=Other/CN=a $san;"                 \
    "under dir-deep dir /C=DE/O=Example $san; under dir-case dir '/O=EXAMPLE/CN=a' $san;"          \
    "middle nodir 'excluded;dirName:dn\n[dn]\nO=Example';"                                         \
    "under nodir-in nodir /O=Example/CN=a $san; under nodir-out nodir /O=Other/CN=a $san;"         \
    "middle rid 'critical,permitted;RID:1.2.3'; under rid-in rid $o subjectAltName=RID:1.2.3;"     \
    "under rid-none rid $o $san;"                                                                  \
    "issue two two mid /O=Example/CN=two 1000 $ids $aki $ca $sign "                                \
    "nameConstraints=permitted\\;DNS:net;"                                                         \
    "under two-in two $o subjectAltName=DNS:a.example.org;"                                        \
    "issue broken broken root /O=Example/CN=broken 1000 $ids $aki $ca $sign "                      \
    "2.5.29.30=critical,DER:0403010203;"                                                           \
    "under of-broken broken $o $san;"

#define ROW(name, authority, said)                                                                 \
    {                                                                                              \
        name, name " " authority, "root", .findings = said                                         \
    }

static const VerifyRow ROWS[] = {
    {"anchor-in", "anchor-in", "anchor", .findings = "trusted"},
    {"anchor-out", "anchor-out", "anchor", .findings = "name-constraints"},
    ROW("in", "mid", "trusted"),
    ROW("itself", "mid", "trusted"),
    ROW("out", "mid", "name-constraints"),
    ROW("lookalike", "mid", "name-constraints"),
    ROW("upper", "mid", "trusted"),
    {"one-out", "one-out mid", "root", .findings = "name-constraints",
     .says = "issued by \"CN=mid,O=Example\", is beyond the name constraints of the authority "
             "\"CN=mid,O=Example\""},
    ROW("wild", "mid", "trusted"),
    ROW("address", "mid", "trusted"),
    ROW("cn-in", "mid", "trusted"),
    ROW("cn-out", "mid", "name-constraints"),
    {"cn-text", "cn-text mid", "root", .findings = "disputed", .openssl = VERIFY_TRUSTS},
    ROW("dotted-in", "dotted", "trusted"),
    ROW("dotted-itself", "dotted", "name-constraints"),
    ROW("excluded-in", "excluded", "name-constraints"),
    ROW("excluded-out", "excluded", "trusted"),
    {"excluded-wild", "excluded-wild excluded", "root", .findings = "name-constraints",
     .openssl = VERIFY_TRUSTS, .gnutls = VERIFY_TRUSTS},
    {"xanchor-in", "xanchor-in", "xanchor", .findings = "name-constraints"},
    ROW("ip-in", "ip", "trusted"),
    ROW("ip-out", "ip", "name-constraints"),
    {"ip-six", "ip-six ip", "root", .findings = "name-constraints", .gnutls = VERIFY_TRUSTS},
    ROW("ip-dns", "ip", "trusted"),
    ROW("noip-in", "noip", "name-constraints"),
    ROW("noip-out", "noip", "trusted"),
    ROW("mail-in", "mail", "trusted"),
    ROW("mail-out", "mail", "name-constraints"),
    ROW("mail-subject", "mail", "name-constraints"),
    {"mail-utf8", "mail-utf8 mail", "root", .findings = "name-constraints",
     .openssl = VERIFY_TRUSTS, .gnutls = VERIFY_TRUSTS},
    ROW("mail-other", "mail", "trusted"),
    ROW("maildot-in", "maildot", "trusted"),
    ROW("mailone-in", "mailone", "trusted"),
    ROW("mailone-out", "mailone", "name-constraints"),
    ROW("uri-in", "uri", "trusted"),
    {"uri-out", "uri-out uri", "root", .findings = "name-constraints", .gnutls = VERIFY_TRUSTS},
    {"urn", "urn uri", "root", .findings = "name-constraints", .gnutls = VERIFY_TRUSTS},
    ROW("dir-in", "dir", "trusted"),
    {"dir-out", "dir-out dir", "root", .findings = "name-constraints", .gnutls = VERIFY_TRUSTS},
    {"dir-deep", "dir-deep dir", "root", .findings = "name-constraints", .gnutls = VERIFY_TRUSTS},
    ROW("dir-case", "dir", "trusted"),
    ROW("nodir-in", "nodir", "name-constraints"),
    {"nodir-out", "nodir-out nodir", "root", .findings = "disputed", .openssl = VERIFY_TRUSTS},
    ROW("rid-in", "rid", "name-constraints"),
    {"rid-none", "rid-none rid", "root", .findings = "disputed", .openssl = VERIFY_TRUSTS},
    ROW("two-in", "two mid", "name-constraints"),
    ROW("of-broken", "broken", "malformed name-constraints"),
};

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    verify_begin(VERIFY_TOOLS MAKE);
    verify_add_rows("verify-constraints", ROWS, G_N_ELEMENTS(ROWS));
    int r = g_test_run();
    verify_end();
    return r;
}
