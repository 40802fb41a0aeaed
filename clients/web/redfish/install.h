/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Installing a certificate, whatever resource it comes by. What is refused is answered with each finding: its code,
 * severity, sentence and remedy (R35).
 */
#pragma once

#include "web/redfish/resource.h"

G_BEGIN_DECLS

typedef struct {
    const char *certificate; /* its name */
    GBytes *bytes;
    gboolean
        with_key; /* else certd is told to take certificates only: no fresh sign-in is needed for those */
    const char *passphrase; /* NULL without */
    char **accept;          /* codes of warnings; NULL for none */
    gboolean on_trial;
    gint64 trial; /* seconds, whatever the client says: certd judges */
    gboolean exportable;
    gboolean dry_run;
} CertdInstall;

/* What was found, a(ssss), the caller unrefs; NULL with the answer filled. */
GVariant *certd_install(const CertdRequest *request, CertdAnswer *answer,
                        const CertdInstall *install) G_GNUC_WARN_UNUSED_RESULT;

/* Reads Trial and Accept from Oem.Certd of @body into @install; @action (nullable) is for the messages. FALSE with the
 * answer filled. @accept is what install->accept lends then, and the caller's. */
gboolean certd_install_read_oem(JsonObject *body, const char *action, CertdInstall *install,
                                char ***accept, CertdAnswer *answer) G_GNUC_WARN_UNUSED_RESULT;

/* @text in @fds as a sealed memfd: its handle, floating; NULL with @error. */
GVariant *certd_install_add_secret(GUnixFDList *fds, const char *text, GError **error);
/* The same of bytes. */
GVariant *certd_install_add_bytes(GUnixFDList *fds, GBytes *bytes, GError **error);

G_END_DECLS
