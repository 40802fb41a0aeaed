/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* One function a kind of name says whether a name is within a subtree, as OpenSSL does; NULL names it
 * can't be said of. */
#include <string.h>

#include "x509/subject-hash.h"
#include "x509/verify-constraints-private.h"

#define NAME_OTHER CERTD_DER_CONTEXT_CONSTRUCTED(0)
#define OID_SMTP_UTF8_MAILBOX "1.3.6.1.5.5.7.8.9"

typedef enum {
    WITHIN,
    OUTSIDE,
    UNREADABLE,
} Within;

typedef struct {
    const char *text;
    size_t size;
} Span;

static gboolean span_equal(Span a, Span b)
{
    return a.size == b.size && g_ascii_strncasecmp(a.text, b.text, a.size) == 0;
}

static gboolean span_ends_with(Span text, Span end)
{
    if (text.size < end.size)
        return FALSE;
    return span_equal((Span){text.text + text.size - end.size, end.size}, end);
}

static Within as_within(gboolean within)
{
    return within ? WITHIN : OUTSIDE;
}

static Within dns_within(Span name, Span base, const CertdConstrainedName *whole)
{
    if (base.size == 0)
        return WITHIN;
    if (name.size > base.size && base.text[0] != '.' && name.text[name.size - base.size - 1] != '.')
        return OUTSIDE;
    return as_within(span_ends_with(name, base));
}

static Within email_within(Span name, Span base, const CertdConstrainedName *whole)
{
    const char *at = memrchr(name.text, '@', name.size);
    const char *base_at = memrchr(base.text, '@', base.size);

    if (at == NULL)
        return UNREADABLE;
    size_t local = (size_t)(at - name.text);
    Span host = {at + 1, name.size - local - 1};
    if (base_at == NULL && base.size > 0 && base.text[0] == '.')
        return as_within(host.size > base.size && span_ends_with(host, base));
    if (base_at == NULL)
        return as_within(base.size == 0 || span_equal(host, base));
    size_t base_local = (size_t)(base_at - base.text);
    if (base_local > 0 && (base_local != local || memcmp(name.text, base.text, local) != 0))
        return OUTSIDE;
    return as_within(span_equal(host, (Span){base_at + 1, base.size - base_local - 1}));
}

static Within uri_within(Span name, Span base, const CertdConstrainedName *whole)
{
    const char *colon = memchr(name.text, ':', name.size);
    size_t scheme = colon != NULL ? (size_t)(colon - name.text) : name.size;

    if (name.size < scheme + 3 || memcmp(colon, "://", 3) != 0)
        return UNREADABLE;
    Span host = {colon + 3, name.size - scheme - 3};
    for (size_t i = 0; i < host.size; i++)
        if (host.text[i] == ':' || host.text[i] == '/')
            host.size = i;
    if (host.size == 0)
        return UNREADABLE;
    if (base.size > 0 && base.text[0] == '.')
        return as_within(host.size > base.size && span_ends_with(host, base));
    return as_within(base.size == 0 || span_equal(host, base));
}

static Within address_within(Span name, Span base, const CertdConstrainedName *whole)
{
    if ((name.size != 4 && name.size != 16) || (base.size != 8 && base.size != 32))
        return UNREADABLE;
    if (base.size != 2 * name.size)
        return OUTSIDE;
    for (size_t i = 0; i < name.size; i++)
        if (((name.text[i] ^ base.text[i]) & base.text[name.size + i]) != 0)
            return OUTSIDE;
    return WITHIN;
}

static Within directory_within(Span name, Span base, const CertdConstrainedName *whole)
{
    if (whole->canonical == NULL)
        return UNREADABLE;
    gsize size;
    const char *data = g_bytes_get_data(whole->canonical, &size);
    /* Whole RDNs are compared, since each says how long it is. */
    return as_within(size >= base.size &&
                     (base.size == 0 || memcmp(data, base.text, base.size) == 0));
}

static const struct {
    unsigned char tag;
    Within (*within)(Span name, Span base, const CertdConstrainedName *whole);
} KINDS[] = {
    {CERTD_NAME_EMAIL, email_within},         {CERTD_NAME_DNS, dns_within},
    {CERTD_NAME_DIRECTORY, directory_within}, {CERTD_NAME_URI, uri_within},
    {CERTD_NAME_ADDRESS, address_within},
};

static Within find_within(const CertdConstrainedName *name, Span base)
{
    gsize size;
    const char *data = g_bytes_get_data(name->value, &size);

    for (size_t i = 0; i < G_N_ELEMENTS(KINDS); i++)
        if (KINDS[i].tag == name->tag)
            return KINDS[i].within((Span){data != NULL ? data : "", size}, base, name);
    return UNREADABLE;
}

/* Whether the pattern in @name, "*.a.test", is for names of which @base excludes some. */
static gboolean reaches_excluded(const CertdConstrainedName *name, Span base)
{
    gsize size;
    const char *data = g_bytes_get_data(name->value, &size);

    return name->tag == CERTD_NAME_DNS && size > 2 && data[0] == '*' && data[1] == '.' &&
           span_ends_with(base, (Span){data + 1, size - 1});
}

/* Whether a subtree with the tag @base is about @name. A mail address beyond ASCII is an otherName (RFC
 * 9598 6), of which subtrees of mail addresses speak too. */
static gboolean concerns(unsigned char base, const CertdConstrainedName *name)
{
    gsize size;
    const void *data = g_bytes_get_data(name->value, &size);
    CertdDer reader = certd_der_reader(data, size);
    CertdDerItem oid;

    if (base != CERTD_NAME_EMAIL || name->tag != NAME_OTHER)
        return base == name->tag;
    return !certd_der_expect(&reader, CERTD_DER_OID, &oid) ||
           certd_der_item_is_oid(&oid, OID_SMTP_UTF8_MAILBOX);
}

gboolean certd_constraint_apply(const CertdDerItem *base, gboolean permitted, GArray *names,
                                const char **why)
{
    g_autoptr(GBytes) canonical = base->tag == CERTD_NAME_DIRECTORY
                                      ? certd_name_canonicalize(base->value, base->size)
                                      : g_bytes_new(base->value, base->size);
    Span span = {NULL, 0};

    if (canonical != NULL)
        span.text = g_bytes_get_data(canonical, &span.size);
    if (span.text == NULL)
        span.text = "";
    for (guint i = 0; i < names->len; i++) {
        CertdConstrainedName *name = &g_array_index(names, CertdConstrainedName, i);
        if (!concerns(base->tag, name))
            continue;
        Within within = canonical != NULL ? find_within(name, span) : UNREADABLE;
        if (within == UNREADABLE) {
            *why = "one of its names, or a constraint of that kind, can't be judged";
            return FALSE;
        }
        if (!permitted && (within == WITHIN || reaches_excluded(name, span))) {
            *why = "one of its names is among the excluded ones";
            return FALSE;
        }
        name->constrained = name->constrained || permitted;
        name->permitted = name->permitted || (permitted && within == WITHIN);
    }
    return TRUE;
}
