/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The rules for each type of subject alternative name. GnuTLS checks nothing and aborts on some of
 * what is refused here, so nothing reaches it another way.
 */
#include "model/san-validate.h"

#include <arpa/inet.h>
#include <string.h>

#include "model/host-name.h"
#include "model/limits.h"
#include "model/mailbox.h"
#include "model/subject.h"
#include "model/text.h"
#include "model/uri.h"

#define OID_ARCS_MAX 20u

static char *canonicalize_ip(const char *value, char **problem)
{
    unsigned char address[sizeof(struct in6_addr)];
    char text[INET6_ADDRSTRLEN];
    int family = strchr(value, ':') != NULL ? AF_INET6 : AF_INET;
    if (inet_pton(family, value, address) == 1 &&
        inet_ntop(family, address, text, sizeof(text)) != NULL)
        return g_strdup(text);
    *problem = g_strdup("write an IPv4 address such as \"192.0.2.1\" or an IPv6 address such as "
                        "\"2001:db8::1\", without brackets, zone or prefix length");
    return NULL;
}

static gboolean is_ip(const char *value)
{
    g_autofree char *problem = NULL;
    g_autofree char *address = canonicalize_ip(value, &problem);
    return address != NULL;
}

/* What to say of a name that is not in ASCII: how it is written in A-labels, if it can be. */
static char *a_label_hint(const char *name)
{
    g_autofree char *ascii = certd_text_is_clean(name) ? g_hostname_to_ascii(name) : NULL;
    if (ascii != NULL && certd_host_name_or_wildcard_problem(ascii) == NULL)
        return g_strdup_printf("write it in A-labels: \"%s\"", ascii);
    return g_strdup("use ASCII; write a name in another script as A-labels (xn--)");
}

static char *canonicalize_dns(const char *value, char **problem)
{
    if (!g_str_is_ascii(value)) {
        *problem = a_label_hint(value);
        return NULL;
    }
    if (is_ip(value)) {
        *problem = g_strdup_printf("it is an IP address; use \"IP:%s\"", value);
        return NULL;
    }
    g_autofree char *name = g_ascii_strdown(value, -1);
    if (g_str_has_suffix(name, "."))
        name[strlen(name) - 1] = '\0';
    const char *wrong = certd_host_name_or_wildcard_problem(name);
    if (wrong != NULL) {
        *problem = g_strdup_printf("%s; write a host name such as \"www.example.org\" or "
                                   "\"*.example.org\"",
                                   wrong);
        return NULL;
    }
    return g_steal_pointer(&name);
}

static char *canonicalize_email(const char *value, char **problem)
{
    const char *wrong = certd_mailbox_problem(value);
    if (wrong != NULL) {
        *problem = g_strdup_printf("%s; write an address such as \"admin@example.org\"", wrong);
        return NULL;
    }
    /* Only the domain doesn't depend on case (RFC 5280 7.5). */
    const char *at = certd_mailbox_at(value);
    g_autofree char *domain = g_ascii_strdown(at, -1);
    return g_strdup_printf("%.*s%s", (int)(at - value), value, domain);
}

static char *canonicalize_uri(const char *value, char **problem)
{
    const char *wrong = certd_uri_problem(value);
    if (wrong != NULL) {
        *problem = g_strdup(wrong);
        return NULL;
    }
    return certd_uri_canonicalize(value);
}

/* An arc at @text into @arc: decimal, below 2^32, no leading zero. What follows it, or NULL. */
static const char *read_arc(const char *text, guint64 *arc)
{
    size_t digits = strspn(text, "0123456789");
    if (digits == 0 || digits > strlen("4294967295") || (digits > 1 && text[0] == '0'))
        return NULL;
    *arc = g_ascii_strtoull(text, NULL, 10);
    return *arc <= G_MAXUINT32 ? text + digits : NULL;
}

static const char *oid_problem(const char *oid)
{
    guint64 first = 0;
    size_t n_arcs = 0;
    for (const char *rest = oid;; rest++) {
        guint64 arc;
        rest = read_arc(rest, &arc);
        if (rest == NULL || (*rest != '.' && *rest != '\0'))
            return "its arcs are no decimal numbers below 4294967296 with dots between them";
        if (n_arcs == 0)
            first = arc;
        if (n_arcs == 0 && arc > 2)
            return "its first arc is not 0, 1 or 2";
        if (n_arcs == 1 && first < 2 && arc > 39)
            return "its second arc is above 39";
        if (++n_arcs > OID_ARCS_MAX)
            return "it has more than 20 arcs";
        if (*rest == '\0')
            return n_arcs < 2 ? "it has a single arc" : NULL;
    }
}

static char *canonicalize_rid(const char *value, char **problem)
{
    const char *wrong = oid_problem(value);
    if (wrong != NULL) {
        *problem = g_strdup_printf("%s; write an OID such as \"1.3.6.1.4.1.32473.1\"", wrong);
        return NULL;
    }
    return g_strdup(value);
}

static char *canonicalize_dirname(const char *value, char **problem)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(CertdSubject) subject = certd_subject_parse(value, &error);
    if (subject == NULL) {
        *problem = g_strdup(error->message);
        return NULL;
    }
    if (certd_subject_length(subject) == 0) {
        *problem = g_strdup("it is empty; write a name such as \"CN=dev1,O=Example,C=DE\"");
        return NULL;
    }
    return certd_subject_print(subject);
}

static char *(*const canonicalizers[])(const char *value, char **problem) = {
    [CERTD_SAN_DNS] = canonicalize_dns,     [CERTD_SAN_IP] = canonicalize_ip,
    [CERTD_SAN_EMAIL] = canonicalize_email, [CERTD_SAN_URI] = canonicalize_uri,
    [CERTD_SAN_RID] = canonicalize_rid,     [CERTD_SAN_DIRNAME] = canonicalize_dirname,
};

static gboolean is_too_long(const char *value)
{
    return strnlen(value, CERTD_LIMIT_VALUE_BYTES + 1) > CERTD_LIMIT_VALUE_BYTES;
}

char *certd_san_canonicalize(CertdSanType type, const char *value, char **problem)
{
    g_return_val_if_fail((size_t)type < G_N_ELEMENTS(canonicalizers), NULL);

    g_autofree char *canonical = NULL;
    if (!is_too_long(value)) {
        canonical = canonicalizers[type](value, problem);
        if (canonical == NULL)
            return NULL;
    }
    /* A dirName may grow: "E" becomes "emailAddress". What we print must be fit to be read back. */
    if (canonical == NULL || is_too_long(canonical)) {
        *problem =
            g_strdup_printf("it is longer than %u bytes; shorten it", CERTD_LIMIT_VALUE_BYTES);
        return NULL;
    }
    return g_steal_pointer(&canonical);
}
