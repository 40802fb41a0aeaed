/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Text from outside. What we issue carries no control and no bidirectional formatting characters;
 * what others issued may, and is escaped wherever a person reads it.
 */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* Whether @text is valid UTF-8 without control characters (C0, DEL, C1), line or paragraph
 * separators, bidirectional formatting characters (U+061C, U+200E, U+200F, U+202A to U+202E,
 * U+2066 to U+2069), zero-width and other invisible format characters (general category Cf), and
 * non-characters. */
gboolean certd_text_is_clean(const char *text);

/* @text with each character that certd_text_is_clean() refuses as \u{XXXX}, each byte that is no
 * UTF-8 as \xXX, and a backslash doubled. Caller frees. */
char *certd_text_escape(const char *text);

/* As certd_text_escape(), in double quotes (one inside as \") and cut after 64 characters with
 * "…": for error messages. @text may be NULL ("(nothing)"). Caller frees. */
char *certd_text_quote(const char *text);

G_END_DECLS
