/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The codes of problems. One table, problem.def, so that none is told without its message id. */
#include "model/problem.h"

#include <syslog.h>

typedef struct {
    const char *name;
    const char *message_id;
    int priority;
} ProblemRow;

static const ProblemRow problem_rows[CERTD_PROBLEM_COUNT_] = {
#define CERTD_PROBLEM_ROW(problem, name, id, priority, sentence)                                   \
    [CERTD_PROBLEM_##problem] = {name, id, priority},
#include "model/problem.def"
#undef CERTD_PROBLEM_ROW
};

const char *certd_problem_code_name(CertdProblemCode problem)
{
    g_return_val_if_fail((unsigned int)problem < CERTD_PROBLEM_COUNT_, NULL);

    return problem_rows[problem].name;
}

gboolean certd_problem_code_parse(const char *name, CertdProblemCode *problem)
{
    for (unsigned int i = 0; i < CERTD_PROBLEM_COUNT_; i++) {
        if (g_str_equal(problem_rows[i].name, name)) {
            *problem = (CertdProblemCode)i;
            return TRUE;
        }
    }
    return FALSE;
}

const char *certd_problem_code_message_id(CertdProblemCode problem)
{
    g_return_val_if_fail((unsigned int)problem < CERTD_PROBLEM_COUNT_, NULL);

    return problem_rows[problem].message_id;
}

int certd_problem_code_priority(CertdProblemCode problem)
{
    g_return_val_if_fail((unsigned int)problem < CERTD_PROBLEM_COUNT_, LOG_ERR);

    return problem_rows[problem].priority;
}
