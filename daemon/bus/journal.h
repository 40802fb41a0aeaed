/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The log's rows and problems in the journal, each with the message id of its kind. */
#pragma once

#include "service/service.h"

G_BEGIN_DECLS

/* What the journal says of @record: who did what, or failed, or was refused. Caller frees. */
char *certd_journal_sentence(const CertdAuditRecord *record);
/* Sends @record to the journal; where there is none, nothing happens. */
void certd_journal_write(const CertdAuditRecord *record);
/* Sends the problem @code of problem.def, what it says and what to do about it: to the journal, and
 * to stderr where that is something else. */
void certd_journal_problem(const char *code, const char *message, const char *remedy);

G_END_DECLS
