/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Refusals on their way to the log. Of each user CERTD_LIMIT_LOGGED_REFUSALS are written down in a
 * minute; the others are counted, and one row says how many there were, so that nobody drives what
 * happened out of the log or keeps the disk busy.
 */
#pragma once

#include <systemd/sd-event.h>

#include "model/audit.h"
#include "service/service.h"

G_BEGIN_DECLS

typedef struct CertdRefusals CertdRefusals;

typedef struct {
    CertdAuditAction action;
    const char *object;
    const char *error_name; /* the D-Bus error */
    const char *message;
} CertdRefusal;

/* @event (nullable: rows with counts wait for the next refusal) and @service outlive it. */
CertdRefusals *certd_refusals_new(CertdService *service, sd_event *event);
/* Writes down what was counted so far. */
void certd_refusals_free(CertdRefusals *refusals);
void certd_refusals_note(CertdRefusals *refusals, const CertdCaller *caller,
                         const CertdRefusal *refusal);

G_END_DECLS
