/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Colour, for states and severities only, and never without the word itself. */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

typedef enum {
    CERTD_STYLE_PLAIN,
    CERTD_STYLE_GOOD,
    CERTD_STYLE_CAUTION,
    CERTD_STYLE_BAD,
} CertdStyle;

/* The style of a state (of the service, a certificate or a request) or of a finding's severity;
 * PLAIN for a word that is none. */
CertdStyle certd_style_of(const char *word);
/* Whether @fd shall get colours: a terminal, no NO_COLOR (https://no-color.org) in the
 * environment and TERM not "dumb". */
gboolean certd_style_wanted(int fd);
/* The escape sequences around a word; "" without @colour. Static. */
const char *certd_style_begin(CertdStyle style, gboolean colour);
const char *certd_style_end(CertdStyle style, gboolean colour);
/* @word in its style. Caller frees. */
char *certd_style_word(const char *word, gboolean colour);

G_END_DECLS
