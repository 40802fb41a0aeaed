/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Whom polkit lets read what. Its yes to org.certd1.read is remembered until it says that anything has
 * changed, or leaves, and for CERTD_READ_APPROVAL_SECONDS at most: who floods it with questions keeps
 * nobody from reading then.
 */
#pragma once

#include <glib.h>
#include <systemd/sd-bus.h>

G_BEGIN_DECLS

typedef struct CertdReadApprovals CertdReadApprovals;

/* NULL where @bus takes no match. */
CertdReadApprovals *certd_read_approvals_new(sd_bus *bus);
void certd_read_approvals_free(CertdReadApprovals *approvals);
/* To be had before polkit is asked, and given back with its yes. */
guint64 certd_read_approvals_epoch(const CertdReadApprovals *approvals);
/* polkit said yes to @sender about @certificate (nullable: about no one), asked in @epoch; what has changed
 * since then makes that nothing. @now is g_get_monotonic_time(). */
void certd_read_approvals_add(CertdReadApprovals *approvals, const char *sender,
                              const char *certificate, guint64 epoch, gint64 now);
/* Whether its yes stands @now. */
gboolean certd_read_approvals_has(const CertdReadApprovals *approvals, const char *sender,
                                  const char *certificate, gint64 now);
/* @name has left the bus, which may be polkit. */
void certd_read_approvals_left(CertdReadApprovals *approvals, const char *name);

G_END_DECLS
