/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Questions to the user on the terminal: yes or no, and pass phrases without echo. */
#pragma once

#include "certctl/verb.h"

G_BEGIN_DECLS

/* Whether to go on: TRUE with --yes, else asks @question on a terminal. G_OPTION_ERROR without
 * one, CERTD_ERROR_CANCELLED where the answer is not yes. */
gboolean certctl_ask_confirmation(const CertctlCall *call, const char *question, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;
/* Whether a pass phrase can be asked for: standard input is a terminal. */
gboolean certctl_ask_possible(void);
/* A line typed after @prompt without echo, wiped when freed. CERTD_ERROR_CANCELLED where nothing
 * is typed or the user interrupts, CERTD_ERROR_TOO_LARGE beyond CERTD_LIMIT_PASSPHRASE_BYTES. */
GBytes *certctl_ask_passphrase(const char *prompt, GError **error) G_GNUC_WARN_UNUSED_RESULT;
/* The same twice; CERTD_ERROR_PASSPHRASE_WRONG where the two differ. */
GBytes *certctl_ask_new_passphrase(GError **error) G_GNUC_WARN_UNUSED_RESULT;

G_END_DECLS
