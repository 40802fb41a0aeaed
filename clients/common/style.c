/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* One table of words, and the four colours that every terminal has. */
#include "common/style.h"

#include <unistd.h>

static const struct {
    const char *word;
    CertdStyle style;
} styles[] = {
    {"ready", CERTD_STYLE_GOOD},         {"active", CERTD_STYLE_GOOD},
    {"issued", CERTD_STYLE_GOOD},        {"queued", CERTD_STYLE_CAUTION},
    {"generating", CERTD_STYLE_CAUTION}, {"not-yet-valid", CERTD_STYLE_CAUTION},
    {"warning", CERTD_STYLE_CAUTION},    {"degraded", CERTD_STYLE_BAD},
    {"expired", CERTD_STYLE_BAD},        {"failed", CERTD_STYLE_BAD},
    {"error", CERTD_STYLE_BAD},          {"unusable", CERTD_STYLE_BAD},
};

CertdStyle certd_style_of(const char *word)
{
    for (size_t i = 0; i < G_N_ELEMENTS(styles); i++) {
        if (g_str_equal(styles[i].word, word))
            return styles[i].style;
    }
    return CERTD_STYLE_PLAIN;
}

gboolean certd_style_wanted(int fd)
{
    const char *no_color = g_getenv("NO_COLOR");
    return isatty(fd) && (!no_color || *no_color == '\0') &&
           g_strcmp0(g_getenv("TERM"), "dumb") != 0;
}

const char *certd_style_begin(CertdStyle style, gboolean colour)
{
    static const char *const sequences[] = {
        [CERTD_STYLE_PLAIN] = "",
        [CERTD_STYLE_GOOD] = "\033[32m",
        [CERTD_STYLE_CAUTION] = "\033[33m",
        [CERTD_STYLE_BAD] = "\033[31m",
    };
    return colour ? sequences[style] : "";
}

const char *certd_style_end(CertdStyle style, gboolean colour)
{
    return colour && style != CERTD_STYLE_PLAIN ? "\033[0m" : "";
}

char *certd_style_word(const char *word, gboolean colour)
{
    CertdStyle style = certd_style_of(word);
    return g_strconcat(certd_style_begin(style, colour), word, certd_style_end(style, colour),
                       NULL);
}
