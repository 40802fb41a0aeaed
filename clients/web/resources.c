/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* GResource; the function that is called keeps the linker from leaving the files out. */
#include "web/resources.h"

#include <string.h>

#include "web/certd-web-resources.h"

#define PREFIX "/org/certd1/web/"

static int compare(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

GBytes *certd_resources_file(const char *folder, const char *name)
{
    g_autofree char *path = g_strconcat(PREFIX, folder, "/", name, NULL);
    return g_resource_lookup_data(certd_web_get_resource(), path, G_RESOURCE_LOOKUP_FLAGS_NONE,
                                  NULL);
}

char **certd_resources_names(const char *folder)
{
    g_autofree char *path = g_strconcat(PREFIX, folder, NULL);
    char **names = g_resource_enumerate_children(certd_web_get_resource(), path,
                                                 G_RESOURCE_LOOKUP_FLAGS_NONE, NULL);
    if (!names)
        return g_new0(char *, 1);
    qsort(names, g_strv_length(names), sizeof *names, compare);
    return names;
}
