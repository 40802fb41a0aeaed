/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* By the list that libpsl has built in, its private section too; the list's rule for unknown
 * top-level names is not applied, as private networks are full of those. */

#include "watch/public-suffix.h"

#include <libpsl.h>
#include <string.h>

gboolean certd_is_public_suffix(const char *name)
{
    g_autofree char *lower = g_ascii_strdown(name, -1);
    if (g_str_has_suffix(lower, "."))
        lower[strlen(lower) - 1] = '\0';
    /* libpsl calls the empty name one, as it does every name where it has no list. */
    return *lower != '\0' &&
           psl_is_public_suffix2(psl_builtin(), lower, PSL_TYPE_ANY | PSL_TYPE_NO_STAR_RULE) != 0;
}
