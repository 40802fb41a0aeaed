/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* One chain as certd, openssl verify and GnuTLS judge it. */
#pragma once

#include <glib.h>

/* What the row knows of those that don't judge as certd does. */
typedef enum {
    VERIFY_AGREES,
    VERIFY_TRUSTS, /* though certd doesn't */
} VerifyOpinion;

typedef struct {
    const char *name;
    const char *chain;    /* names of certificates, as they are given */
    const char *anchors;  /* likewise */
    const char *sent;     /* the chain with the leaf first; NULL: as it is */
    const char *findings; /* codes in the order found */
    const char *says;     /* in the message of the first; NULL: not looked at */
    gint64 later;         /* seconds from now */
    gboolean clock_bad;
    gboolean legacy;  /* the policy: the others are asked for what it takes */
    gboolean client;  /* for clientAuth */
    const char *host; /* "DNS:a.example.org"; NULL: any */
    VerifyOpinion openssl, gnutls;
} VerifyRow;

/* Makes the certificates that @script makes, in a directory of its own; removes them. */
void verify_begin(const char *script);
void verify_end(void);
/* One test each. */
void verify_add_rows(const char *name, const VerifyRow *rows, size_t n);
