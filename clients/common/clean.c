/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Escaping a message that quotes an escaped value would double its backslashes: hence "clean". */
#include "common/clean.h"

#include "model/text.h"

char *certd_clean_text(const char *text)
{
    return certd_text_is_clean(text) ? g_strdup(text) : certd_text_escape(text);
}

char *certd_clean_lines(const char *text)
{
    g_auto(GStrv) lines = g_strsplit(text, "\n", -1);
    for (char **line = lines; *line; line++) {
        char *clean = certd_clean_text(*line);
        g_free(*line);
        *line = clean;
    }
    return g_strjoinv("\n", lines);
}
