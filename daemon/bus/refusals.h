/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Refusals on their way to the log. Each user has a bucket of tokens for each action, so that noise with
 * one action hides no other; all users who are no administrators have one together, so that many drive
 * nothing out of the log. What finds no token is counted, and at most hourly rows say how often which
 * action was refused.
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
/* Writes down that @caller was given @refusal, or counts it. Never fails. Outside of transactions. */
void certd_refusals_note(CertdRefusals *refusals, const CertdCaller *caller,
                         const CertdRefusal *refusal);

G_END_DECLS
