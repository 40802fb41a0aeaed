/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The name of a certificate: byte by byte, because no locale may have a say in it. */
#include "model/name.h"

#include <string.h>

#include "model/error.h"
#include "model/text.h"

#define NAME_BYTES_MAX 64u

gboolean certd_name_validate(const char *name, GError **error)
{
    static const char *alnum = "abcdefghijklmnopqrstuvwxyz0123456789";
    static const char *alphabet = "abcdefghijklmnopqrstuvwxyz0123456789._-";

    /* strnlen() stops in time: whoever asks may send megabytes. */
    size_t length = name != NULL ? strnlen(name, NAME_BYTES_MAX + 1) : 0;
    if (length >= 1 && length <= NAME_BYTES_MAX && strchr(alnum, name[0]) != NULL &&
        strspn(name, alphabet) == length)
        return TRUE;

    g_autofree char *quoted = certd_text_quote(name);
    g_set_error(error, CERTD_ERROR, CERTD_ERROR_INVALID_NAME,
                "Name %s is not valid; use 1 to %u of the characters a to z, 0 to 9, \".\", \"_\" "
                "and \"-\", the first of them a letter or a digit",
                quoted, NAME_BYTES_MAX);
    return FALSE;
}
