/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* One name against one subtree of name constraints (RFC 5280 4.2.1.10). */
#pragma once

#include "x509/der.h"

G_BEGIN_DECLS

/* GeneralName's tags that constraints are understood of. */
#define CERTD_NAME_EMAIL CERTD_DER_CONTEXT(1)
#define CERTD_NAME_DNS CERTD_DER_CONTEXT(2)
#define CERTD_NAME_DIRECTORY CERTD_DER_CONTEXT_CONSTRUCTED(4)
#define CERTD_NAME_URI CERTD_DER_CONTEXT(6)
#define CERTD_NAME_ADDRESS CERTD_DER_CONTEXT(7)

/* A name, and what the subtrees of one certificate have said of it so far. */
typedef struct {
    unsigned char tag;
    GBytes *value;        /* contents */
    GBytes *canonical;    /* of a directory name; NULL for one that is none */
    gboolean constrained; /* there is a permitted subtree of its kind */
    gboolean permitted;   /* it is within one */
} CertdConstrainedName;

/* Holds the subtree @base against @names (CertdConstrainedName): those within a permitted one are
 * marked. FALSE with the reason in @why (static) where a name is within an excluded one, or can't be
 * held against it. */
gboolean certd_constraint_apply(const CertdDerItem *base, gboolean permitted, GArray *names,
                                const char **why) G_GNUC_WARN_UNUSED_RESULT;

G_END_DECLS
