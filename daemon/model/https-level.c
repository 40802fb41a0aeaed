/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The levels of HTTPS by their names. */
#include "model/https-level.h"

#include "model/error.h"
#include "model/text.h"

static const char *const names[CERTD_HTTPS_LEVEL_COUNT_] = {
    [CERTD_HTTPS_STANDARD] = "standard",
    [CERTD_HTTPS_HIGH] = "high",
};

const char *certd_https_level_name(CertdHttpsLevel level)
{
    g_return_val_if_fail((unsigned int)level < CERTD_HTTPS_LEVEL_COUNT_, NULL);
    return names[level];
}

gboolean certd_https_level_parse(const char *name, CertdHttpsLevel *level, GError **error)
{
    for (size_t i = 0; i < CERTD_HTTPS_LEVEL_COUNT_; i++) {
        if (g_str_equal(name, names[i])) {
            *level = (CertdHttpsLevel)i;
            return TRUE;
        }
    }
    g_autofree char *quoted = certd_text_quote(name);
    g_set_error(error, CERTD_ERROR, CERTD_ERROR_INVALID_OPTION,
                "There is no level %s of HTTPS; there are standard and high", quoted);
    return FALSE;
}
