/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What a verb of certctl is: a row of one table, from which come the parser, the help, and the
 * test that the manual page and the completions know it. Each verb has a file of its own.
 */
#pragma once

#include "certctl/options.h"
#include "common/bus.h"

G_BEGIN_DECLS

/* One run of one verb. */
typedef struct {
    GDBusConnection *connection;
    CertdBusManager *manager;
    const CertctlOptions *options;
    char **arguments; /* what followed the verb and is no option; NULL-terminated */
    unsigned int n_arguments;
} CertctlCall;

typedef struct {
    const char *name;
    const char *synopsis; /* its arguments, as help shows them; "" for none */
    unsigned int n_min;   /* how many of them there may be */
    unsigned int n_max;
    const char *summary; /* N_() */
    const char *example;
    guint64 options;     /* CERTCTL_BIT()s */
    gboolean is_offline; /* does without certd: the call's connection and manager are NULL */
    /* What is wrong is in the error, from which the exit status comes. */
    gboolean (*run)(const CertctlCall *call, GError **error);
} CertctlVerb;

#define CERTCTL_ARGUMENTS_ANY G_MAXUINT

extern const CertctlVerb certctl_verb_ca;
extern const CertctlVerb certctl_verb_cancel;
extern const CertctlVerb certctl_verb_confirm;
extern const CertctlVerb certctl_verb_consumers;
extern const CertctlVerb certctl_verb_create;
extern const CertctlVerb certctl_verb_export;
extern const CertctlVerb certctl_verb_factory_reset;
extern const CertctlVerb certctl_verb_get;
extern const CertctlVerb certctl_verb_https;
extern const CertctlVerb certctl_verb_import;
extern const CertctlVerb certctl_verb_inspect;
extern const CertctlVerb certctl_verb_issue;
extern const CertctlVerb certctl_verb_list;
extern const CertctlVerb certctl_verb_log;
extern const CertctlVerb certctl_verb_monitor;
extern const CertctlVerb certctl_verb_remove;
extern const CertctlVerb certctl_verb_request;
extern const CertctlVerb certctl_verb_requests;
extern const CertctlVerb certctl_verb_reset;
extern const CertctlVerb certctl_verb_rollback;
extern const CertctlVerb certctl_verb_san;
extern const CertctlVerb certctl_verb_self_sign;
extern const CertctlVerb certctl_verb_set;
extern const CertctlVerb certctl_verb_show;
extern const CertctlVerb certctl_verb_status;
extern const CertctlVerb certctl_verb_systemd_dropin;
extern const CertctlVerb certctl_verb_trust;
extern const CertctlVerb certctl_verb_wrapping_key;

/* All verbs in the order of the help, NULL-terminated. */
extern const CertctlVerb *const certctl_verbs[];

/* The verb @name, or NULL. */
const CertctlVerb *certctl_verb_find(const char *name);
/* What `certctl --help` says. Caller frees. */
char *certctl_verb_overview(void);

G_END_DECLS
