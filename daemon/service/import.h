/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Import and inspection: a parse worker reads the bytes, the daemon finds the key, the worker
 * judges, and only what passed is installed, in one transaction.
 */
#pragma once

#include "service/service.h"

G_BEGIN_DECLS

/* What an import or inspection is given. */
typedef struct {
    int data_fd;               /* memfd with the bytes; dup()ed */
    int passphrase_fd;         /* memfd, or -1; dup()ed */
    const char *const *accept; /* codes of warnings; nullable */
    gboolean exportable;
    gboolean dry_run;
    gboolean certificates_only; /* an input with a private key is POLICY_FORBIDS */
    guint trial_seconds; /* install on trial for so long; 0: for good */
} CertdImportInput;

typedef void (*CertdImportDone)(GPtrArray *findings, const GError *error, void *userdata);
typedef void (*CertdInspectDone)(GVariant *details, GPtrArray *findings, const GError *error,
                                 void *userdata);
/* The input brings a private key: may the caller import one? Answers once through @then, and never
 * after the service was freed. NULL: yes. */
typedef void (*CertdAskKey)(void *userdata, CertdDone then, void *then_userdata);

/* Imports into certificate @name. FALSE where it can't begin; else @done is called once. */
gboolean certd_import(CertdService *service, const CertdCaller *caller, const char *name,
                      const CertdImportInput *input, CertdAskKey ask_key, CertdImportDone done,
                      void *userdata, GError **error) G_GNUC_WARN_UNUSED_RESULT;
/* All the checks of an import into @name (NULL: into none in particular), and nothing else. */
gboolean certd_inspect(CertdService *service, const char *name, int data_fd, int passphrase_fd,
                       CertdInspectDone done, void *userdata, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;

G_END_DECLS
