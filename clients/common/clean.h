/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Text of the service's own (messages, remedies, settings), as against text from certificates:
 * the service has cleaned it already, so it is shown as it is where it is clean, and escaped
 * where it is not after all. Text from certificates goes through certd_text_escape() always.
 */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* @text, or certd_text_escape() of it where it is not clean. Caller frees. */
char *certd_clean_text(const char *text);
/* The same for each line of @text; line feeds stay. Caller frees. */
char *certd_clean_lines(const char *text);

G_END_DECLS
