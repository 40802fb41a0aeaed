/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Name constraints (RFC 5280 4.2.1.10, 6.1.4 g) of each authority on a path, the anchor included, held
 * against the names below it: subject, subject alternative names, the subject's mail addresses, and a
 * leaf's common name where it stands for a host. What a kind of name may mean is OpenSSL's reading.
 */
#include <string.h>

#include "x509/certificate.h"
#include "x509/der.h"
#include "x509/judge-private.h"
#include "x509/subject-hash.h"
#include "x509/verify-constraints-private.h"
#include "x509/verify-private.h"

#define OID_NAME_CONSTRAINTS "2.5.29.30"
#define OID_SUBJECT_ALT_NAME "2.5.29.17"
#define OID_EMAIL_ADDRESS "1.2.840.113549.1.9.1"
#define OID_COMMON_NAME "2.5.4.3"

static void name_clear(gpointer data)
{
    CertdConstrainedName *name = data;

    g_clear_pointer(&name->value, g_bytes_unref);
    g_clear_pointer(&name->canonical, g_bytes_unref);
}

static void add_name(GArray *names, unsigned char tag, const void *value, size_t size)
{
    CertdConstrainedName name = {.tag = tag, .value = g_bytes_new(value, size)};

    if (tag == CERTD_NAME_DIRECTORY)
        name.canonical = certd_name_canonicalize(value, size);
    g_array_append_val(names, name);
}

/* The values of @oid in the DER Name at @der: mail addresses, or what of common names is a host. */
static void add_from_subject(GArray *names, GBytes *der, const char *oid, unsigned char tag)
{
    gsize size;
    const void *data = g_bytes_get_data(der, &size);
    CertdDer reader = certd_der_reader(data, size), rdn, pair;
    CertdDerItem type, value;

    if (!certd_der_enter(&reader, CERTD_DER_SEQUENCE, &reader))
        return;
    while (certd_der_enter(&reader, CERTD_DER_SET, &rdn))
        while (certd_der_enter(&rdn, CERTD_DER_SEQUENCE, &pair)) {
            if (!certd_der_expect(&pair, CERTD_DER_OID, &type) || !certd_der_next(&pair, &value) ||
                !certd_der_item_is_oid(&type, oid))
                continue;
            g_autoptr(GString) text = certd_name_decode(&value);
            g_autoptr(CertdSan) san = text != NULL ? certd_san_from_common_name(text->str) : NULL;
            if (tag == CERTD_NAME_DNS && (san == NULL || san->type != CERTD_SAN_DNS))
                continue;
            add_name(names, tag, text != NULL ? (const void *)text->str : value.value,
                     text != NULL ? text->len : value.size);
        }
}

/* FALSE where they can't be read. */
static gboolean add_alternative_names(GArray *names, gnutls_x509_crt_t certificate,
                                      gboolean *has_dns)
{
    g_autoptr(GBytes) extension = certd_certificate_extension(certificate, OID_SUBJECT_ALT_NAME);
    gsize size = 0;
    const void *data = extension != NULL ? g_bytes_get_data(extension, &size) : NULL;
    CertdDer reader = certd_der_reader(data, size);
    CertdDerItem item;

    if (extension == NULL)
        return TRUE;
    if (!certd_der_enter(&reader, CERTD_DER_SEQUENCE, &reader))
        return FALSE;
    while (!certd_der_at_end(&reader)) {
        if (!certd_der_next(&reader, &item))
            return FALSE;
        *has_dns = *has_dns || item.tag == CERTD_NAME_DNS;
        add_name(names, item.tag, item.value, item.size);
    }
    return TRUE;
}

/* All names of @link, of CertdConstrainedName; NULL where they can't be read. */
static GArray *collect_names(const CertdLink *link, gboolean leaf)
{
    g_autoptr(GArray) names = g_array_new(FALSE, FALSE, sizeof(CertdConstrainedName));
    gsize size;
    const unsigned char *subject = g_bytes_get_data(link->subject, &size);
    gboolean has_dns = FALSE;

    g_array_set_clear_func(names, name_clear);
    if (!add_alternative_names(names, link->certificate, &has_dns))
        return NULL;
    /* 30 00 is the empty name, which is none. */
    if (size > 2)
        add_name(names, CERTD_NAME_DIRECTORY, subject, size);
    add_from_subject(names, link->subject, OID_EMAIL_ADDRESS, CERTD_NAME_EMAIL);
    if (leaf && !has_dns)
        add_from_subject(names, link->subject, OID_COMMON_NAME, CERTD_NAME_DNS);
    return g_steal_pointer(&names);
}

/* Whether as many as @names may still be compared. A subtree that meets none is a comparison too. */
static gboolean count(const GArray *names, size_t *comparisons)
{
    size_t n = MAX(names->len, 1u);

    if (*comparisons + n > CERTD_LIMIT_NAME_COMPARISONS)
        return FALSE;
    *comparisons += n;
    return TRUE;
}

/* Holds the permitted or excluded subtrees in @list against @names; FALSE where one is excluded, or
 * there is what can't be handled. */
static gboolean apply(GArray *names, CertdDer list, gboolean permitted, size_t *comparisons,
                      const char **why)
{
    CertdDer subtree;
    CertdDerItem base;

    while (!certd_der_at_end(&list)) {
        /* minimum and maximum are not for RFC 5280, and after the base they would follow. */
        if (!certd_der_enter(&list, CERTD_DER_SEQUENCE, &subtree) ||
            !certd_der_next(&subtree, &base) || !certd_der_at_end(&subtree)) {
            *why = "the constraints can't be read";
            return FALSE;
        }
        if (!count(names, comparisons)) {
            *why = "there are too many names and constraints to judge";
            return FALSE;
        }
        if (!certd_constraint_apply(&base, permitted, names, why))
            return FALSE;
    }
    return TRUE;
}

/* Why @constraints don't allow @names, or NULL. */
static const char *find_violation(GBytes *constraints, GArray *names, size_t *comparisons)
{
    gsize size;
    const void *data = g_bytes_get_data(constraints, &size);
    CertdDer reader = certd_der_reader(data, size);
    const char *why = NULL;

    for (guint i = 0; i < names->len; i++) {
        CertdConstrainedName *name = &g_array_index(names, CertdConstrainedName, i);
        name->constrained = FALSE;
        name->permitted = FALSE;
    }
    if (!certd_der_enter(&reader, CERTD_DER_SEQUENCE, &reader))
        return "the constraints can't be read";
    for (unsigned char i = 0; i < 2; i++) {
        CertdDer list;
        if (certd_der_peek(&reader, CERTD_DER_CONTEXT_CONSTRUCTED(i)) &&
            (!certd_der_enter(&reader, CERTD_DER_CONTEXT_CONSTRUCTED(i), &list) ||
             !apply(names, list, i == 0, comparisons, &why)))
            return why != NULL ? why : "the constraints can't be read";
    }
    if (!certd_der_at_end(&reader))
        return "the constraints can't be read";
    for (guint i = 0; i < names->len; i++) {
        const CertdConstrainedName *name = &g_array_index(names, CertdConstrainedName, i);
        if (name->constrained && !name->permitted)
            return "one of its names is not among the permitted ones";
    }
    return NULL;
}

static void add_violation(const CertdPath *path, size_t authority, size_t below, const char *why,
                          GPtrArray *findings)
{
    g_autofree char *by = certd_judge_subject(path->links[authority]->certificate);

    certd_verify_add(findings, CERTD_FINDING_NAME_CONSTRAINTS,
                     "Have it issued for names that the authority may speak for, or by another one",
                     "%s is beyond the name constraints of the authority %s: %s",
                     certd_verify_describe(path->links[below]), by, why);
}

void certd_verify_judge_constraints(const CertdPath *path, size_t *comparisons, GPtrArray *findings)
{
    for (size_t i = 0; i + 1 < path->length; i++) {
        /* RFC 5280 6.1.3 b: but for the leaf, not to those that issued themselves. */
        if (i > 0 && certd_certificate_is_self_issued(path->links[i]->certificate))
            continue;
        g_autoptr(GArray) names = collect_names(path->links[i], i == 0);
        for (size_t j = i + 1; j < path->length; j++) {
            g_autoptr(GBytes) constraints =
                certd_certificate_extension(path->links[j]->certificate, OID_NAME_CONSTRAINTS);
            const char *why = NULL;
            if (constraints != NULL)
                why = names != NULL ? find_violation(constraints, names, comparisons)
                                    : "its alternative names can't be read";
            if (why != NULL)
                add_violation(path, j, i, why, findings);
        }
    }
}
