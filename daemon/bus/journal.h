/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The log's rows in the journal, each with the message id of its action. */
#pragma once

#include "service/service.h"

G_BEGIN_DECLS

/* Sends @record to the journal; where there is none, nothing happens. */
void certd_journal_write(const CertdAuditRecord *record);

G_END_DECLS
