/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Countries. Getting the code wrong is the most common mistake in a request, so whoever writes a
 * name, an alpha-3 code or a domain ending is told the code that was meant.
 */
#include "model/country.h"

#include <string.h>

#include "model/error.h"
#include "model/text.h"

typedef struct {
    const char *alpha2;
    const char *alpha3;
    const char *name;
} Country;

static const Country countries[] = {
#define CERTD_COUNTRY_ROW(alpha2, alpha3, name) {alpha2, alpha3, name},
#include "model/country.def"
#undef CERTD_COUNTRY_ROW
};

/* What people write that is in no column of ISO 3166-1, and what to tell them. */
static const struct {
    const char *written;
    const char *hint;
} mistakes[] = {
    {"UK", "the United Kingdom is \"GB\""},
    {"Great Britain", "the United Kingdom is \"GB\""},
    {"England", "England is part of the United Kingdom, \"GB\""},
    {"Scotland", "Scotland is part of the United Kingdom, \"GB\""},
    {"Wales", "Wales is part of the United Kingdom, \"GB\""},
    {"Northern Ireland", "Northern Ireland is part of the United Kingdom, \"GB\""},
    {"EN", "English is a language; the United Kingdom is \"GB\", the United States \"US\""},
    {"JA", "Japanese is a language; Japan is \"JP\""},
    {"DA", "Danish is a language; Denmark is \"DK\""},
    {"CS", "Czech is a language; Czechia is \"CZ\""},
    {"EL", "Greece is \"GR\""},
    {"SW", "Sweden is \"SE\", Switzerland \"CH\""},
    {"EU", "the European Union is no country; use the code of a member state"},
    {"America", "the United States are \"US\""},
    {"United States of America", "the United States are \"US\""},
    {"U.S.", "the United States are \"US\""},
    {"U.S.A.", "the United States are \"US\""},
    {"Czech Republic", "Czechia is \"CZ\""},
    {"Deutschland", "Germany is \"DE\""},
    {"Holland", "the Netherlands are \"NL\""},
    {"Russia", "the Russian Federation is \"RU\""},
    {"Turkey", "Türkiye is \"TR\""},
    {"YU", "Yugoslavia is no more; use the code of its successor, such as \"RS\""},
    {"SU", "the Soviet Union is no more; use the code of its successor, such as \"RU\""},
};

/* The longest text that could be in a table; what is longer isn't looked up. */
#define WRITTEN_BYTES_MAX 64u

static gboolean same_letters(const char *folded, const char *name)
{
    g_autofree char *other = g_utf8_casefold(name, -1);
    return strcmp(folded, other) == 0;
}

/* A sentence on what was meant by @code. Caller frees. */
static char *hint_for(const char *code)
{
    if (strnlen(code, WRITTEN_BYTES_MAX + 1) <= WRITTEN_BYTES_MAX &&
        g_utf8_validate(code, -1, NULL)) {
        g_autofree char *folded = g_utf8_casefold(code, -1);
        for (size_t i = 0; i < G_N_ELEMENTS(mistakes); i++) {
            if (same_letters(folded, mistakes[i].written))
                return g_strdup(mistakes[i].hint);
        }
        for (size_t i = 0; i < G_N_ELEMENTS(countries); i++) {
            const Country *country = &countries[i];
            if (same_letters(folded, country->alpha2) || same_letters(folded, country->alpha3) ||
                same_letters(folded, country->name))
                return g_strdup_printf("the code of %s is \"%s\"", country->name, country->alpha2);
        }
    }
    return g_strdup("use the two capital letters of your country, such as \"DE\"");
}

gboolean certd_country_validate(const char *code, GError **error)
{
    for (size_t i = 0; i < G_N_ELEMENTS(countries); i++) {
        if (strcmp(countries[i].alpha2, code) == 0)
            return TRUE;
    }
    g_autofree char *quoted = certd_text_quote(code);
    g_autofree char *hint = hint_for(code);
    g_set_error(error, CERTD_ERROR, CERTD_ERROR_INVALID_SUBJECT,
                "Country %s is not an ISO 3166-1 code; %s", quoted, hint);
    return FALSE;
}
