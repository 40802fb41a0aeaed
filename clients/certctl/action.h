/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A verb that has several actions, the first argument choosing which: a table, a file for each action. */
#pragma once

#include "certctl/verb.h"

G_BEGIN_DECLS

typedef struct {
    const char *name;
    const char *synopsis; /* what follows the name, with a space before it */
    unsigned int n_min;   /* arguments behind the name */
    unsigned int n_max;
    guint64 options;
    /* Run as a verb is; what follows the action's name begins at the second argument. */
    gboolean (*run)(const CertctlCall *call, GError **error);
} CertctlAction;

/* Runs the one of @actions that @call's first argument names. G_OPTION_ERROR where there is none, or
 * for arguments and options that it does not take. @verb is for the messages. */
gboolean certctl_action_run(const CertctlCall *call, const char *verb, const CertctlAction *actions,
                            size_t n_actions, GError **error) G_GNUC_WARN_UNUSED_RESULT;

G_END_DECLS
