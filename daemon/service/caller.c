/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Who asks. */

#include "service/caller.h"

const CertdCaller certd_caller_self = {
    .uid = G_MAXUINT32, .administrator = TRUE, .sender = "", .unit = ""};

void certd_caller_copy(CertdCallerCopy *copy, const CertdCaller *caller)
{
    copy->sender = g_strdup(caller->sender);
    copy->unit = g_strdup(caller->unit);
    copy->caller = *caller;
    copy->caller.sender = copy->sender;
    copy->caller.unit = copy->unit;
    copy->caller.is_of_unit = NULL;
    copy->caller.groups = NULL;
    copy->caller.n_groups = 0;
}

void certd_caller_clear(CertdCallerCopy *copy)
{
    g_clear_pointer(&copy->sender, g_free);
    g_clear_pointer(&copy->unit, g_free);
    copy->caller.sender = NULL;
    copy->caller.unit = NULL;
}
