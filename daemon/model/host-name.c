/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Host names, label by label. */
#include "model/host-name.h"

#include <string.h>

#define NAME_BYTES_MAX 253u
#define LABEL_BYTES_MAX 63u

static const char *label_problem(const char *label, size_t length)
{
    if (length == 0)
        return "a label is empty";
    if (length > LABEL_BYTES_MAX)
        return "a label is longer than 63 bytes";
    for (size_t i = 0; i < length; i++) {
        if (label[i] == '*')
            return "\"*\" may only be the whole leftmost label";
        if (!g_ascii_isalnum(label[i]) && label[i] != '-')
            return "a label consists of letters, digits and hyphens";
    }
    if (label[0] == '-' || label[length - 1] == '-')
        return "a label may not begin or end with a hyphen";
    return NULL;
}

static const char *name_problem(const char *name)
{
    if (strnlen(name, NAME_BYTES_MAX + 1) > NAME_BYTES_MAX)
        return "it is longer than 253 bytes";

    const char *label = name;
    for (;;) {
        size_t length = strcspn(label, ".");
        const char *problem = label_problem(label, length);
        if (problem != NULL)
            return problem;
        if (label[length] == '\0')
            break;
        label += length + 1;
    }
    if (strspn(label, "0123456789") == strlen(label))
        return "its last label is a number, as in an IP address";
    return NULL;
}

gboolean certd_host_name_is_valid(const char *name)
{
    return name_problem(name) == NULL;
}

const char *certd_host_name_or_wildcard_problem(const char *name)
{
    if (!g_str_has_prefix(name, "*."))
        return name_problem(name);
    const char *parent = name + strlen("*.");
    const char *problem = name_problem(parent);
    if (problem != NULL)
        return problem;
    if (strchr(parent, '.') == NULL)
        return "\"*\" needs at least two labels behind it";
    if (strlen(name) > NAME_BYTES_MAX)
        return "it is longer than 253 bytes";
    return NULL;
}
