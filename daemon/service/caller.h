/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Who asks: what limits and the log need to know of a caller. */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

typedef struct {
    guint32 uid;
    gboolean administrator; /* root or of the group certd-admin: other limits apply */
    const char *sender;     /* bus name, for the log */
    const char *unit;       /* systemd unit, for the log alone; NULL or "": none is known */
    /* Whether the caller is a process of the system's @unit now, and runs as that unit's user: asked of
     * the service manager. NULL: nobody can tell, and it is none. */
    gboolean (*is_of_unit)(void *userdata, const char *sender, guint32 uid, const char *unit);
    void *userdata;
    const guint32 *groups; /* of the user, the primary one too; lent, and in no copy */
    guint n_groups;
} CertdCaller;

/* In the place of a uid that nobody knows: the caller has gone. */
#define CERTD_UID_UNKNOWN (G_MAXUINT32 - 1)

/* certd itself. */
extern const CertdCaller certd_caller_self;

/* Who asked, kept for what ends later: the strings are its own. */
typedef struct {
    CertdCaller caller;
    char *sender;
    char *unit;
} CertdCallerCopy;

/* Makes @copy, which holds nothing yet, a copy of @caller. */
void certd_caller_copy(CertdCallerCopy *copy, const CertdCaller *caller);
/* Frees what @copy holds; harmless when that is nothing. */
void certd_caller_clear(CertdCallerCopy *copy);

G_END_DECLS
