/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The codes of problems, made from problem.def. */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

typedef enum {
#define CERTD_PROBLEM_ROW(problem, code, id, priority, sentence) CERTD_PROBLEM_##problem,
#include "model/problem.def"
#undef CERTD_PROBLEM_ROW
    CERTD_PROBLEM_COUNT_,
} CertdProblemCode;

/* What @problem is called: "key-unreadable", "clock-untrusted" …; static. */
const char *certd_problem_code_name(CertdProblemCode problem);
/* The problem that is called @name, into @problem; FALSE where there is none. */
gboolean certd_problem_code_parse(const char *name, CertdProblemCode *problem);
/* The message id of @problem in the journal, 32 hex digits; static. */
const char *certd_problem_code_message_id(CertdProblemCode problem);
/* The priority of @problem in the journal, one of syslog.h's. */
int certd_problem_code_priority(CertdProblemCode problem);

G_END_DECLS
