/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Which keys were handed out to whom of late, as the log says. A consumer may ask for its key as often as it
 * likes, and each row drives an old one out: so the same is written once an hour.
 */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

typedef struct CertdHandouts CertdHandouts;

/* Empty: what went before a restart is written down again. */
CertdHandouts *certd_handouts_new(void);
void certd_handouts_free(CertdHandouts *handouts);

/* Whether the log has @text (who, and what of which certificate and generation) of less than
 * CERTD_HANDOUT_SECONDS before @now: CLOCK_BOOTTIME in microseconds. */
gboolean certd_handouts_has(const CertdHandouts *handouts, const char *text, gint64 now);
/* It has it since @now; what went before CERTD_LIMIT_HANDOUTS others is forgotten. */
void certd_handouts_add(CertdHandouts *handouts, const char *text, gint64 now);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(CertdHandouts, certd_handouts_free)

G_END_DECLS
