/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * How often somebody may guess: CERTD_LIMIT_SIGN_INS_A_MINUTE wrong passwords for a user and from an address (IPv6: a /64,
 * which is what one customer has), the later ones with a delay before the next. Nobody is locked out: who has signed in
 * from an address before is counted apart there, so that neither strangers' guesses at the name nor somebody else at the
 * same address keep the user out. Not locked: whoever has it sees to that.
 */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

typedef struct CertdThrottle CertdThrottle;

/* Nothing is counted yet. The caller frees. */
CertdThrottle *certd_throttle_new(void);
void certd_throttle_free(CertdThrottle *throttle);

/* Whether @user may try to sign in from @address at @now (microseconds, any clock that only grows): then 0, else
 * the seconds after which it is worth another try. Begins nothing. */
guint certd_throttle_wait(CertdThrottle *throttle, const char *user, const char *address,
                          gint64 now);
/* The same, and where it is 0 a try begins, which counts as a wrong one until certd_throttle_end(); @apart, for that, is
 * whether the user has signed in from there before. */
guint certd_throttle_begin(CertdThrottle *throttle, const char *user, const char *address,
                           gint64 now, gboolean *apart) G_GNUC_WARN_UNUSED_RESULT;

typedef enum {
    CERTD_TRY_GOOD,    /* the password was right, and the user has signed in */
    CERTD_TRY_WRONG,   /* a guess */
    CERTD_TRY_NOTHING, /* nobody could say */
} CertdTry;

/* What became of a try that was begun with the same @user and @address, and told @apart. */
void certd_throttle_end(CertdThrottle *throttle, const char *user, const char *address, gint64 now,
                        gboolean apart, CertdTry result);
/* The part of @address that is one source: IPv4 as it is, IPv6 its /64, IPv4 in IPv6 as IPv4. The caller frees. */
char *certd_throttle_source(const char *address);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(CertdThrottle, certd_throttle_free)

G_END_DECLS
