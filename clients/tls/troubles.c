/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* One slot a part; ports come first, for they are the worst. */

#include "tls/troubles.h"

gboolean certd_troubles_set(CertdTroubles *troubles, CertdTrouble trouble, const char *sentence)
{
    char **slot = &troubles->sentences[trouble];
    if (g_strcmp0(*slot, sentence) == 0)
        return FALSE;
    g_free(*slot);
    *slot = g_strdup(sentence);
    return TRUE;
}

char *certd_troubles_text(const CertdTroubles *troubles)
{
    GString *text = g_string_new(NULL);
    for (int i = 0; i < CERTD_TROUBLE_COUNT_; i++) {
        const char *sentence = troubles->sentences[i];
        if (sentence != NULL)
            g_string_append_printf(text, "%s%s", text->len > 0 ? " " : "", sentence);
    }
    return g_string_free(text, FALSE);
}

void certd_troubles_clear(CertdTroubles *troubles)
{
    for (int i = 0; i < CERTD_TROUBLE_COUNT_; i++)
        g_clear_pointer(&troubles->sentences[i], g_free);
}
