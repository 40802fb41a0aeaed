/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Replays a corpus as a test: replay DIRECTORY, one subtest a file, in TAP. */

#include <glib.h>
#include <stdio.h>

#include "fuzz.h"

static int compare(const void *a, const void *b)
{
    return g_strcmp0(*(char *const *)a, *(char *const *)b);
}

int main(int argc, char **argv)
{
    g_autoptr(GPtrArray) names = g_ptr_array_new_with_free_func(g_free);
    g_autoptr(GDir) directory = argc == 2 ? g_dir_open(argv[1], 0, NULL) : NULL;
    const char *name;
    if (directory == NULL) {
        fputs("Usage: replay DIRECTORY\n", stderr);
        return 2;
    }
    while ((name = g_dir_read_name(directory)) != NULL)
        g_ptr_array_add(names, g_strdup(name));
    g_ptr_array_sort(names, compare);
    printf("1..%u\n", names->len);
    for (guint i = 0; i < names->len; i++) {
        g_autofree char *path = g_build_filename(argv[1], g_ptr_array_index(names, i), NULL);
        g_autofree char *contents = NULL;
        size_t size = 0;
        gboolean read = g_file_get_contents(path, &contents, &size, NULL);
        if (read)
            (void)LLVMFuzzerTestOneInput((const uint8_t *)contents, size);
        printf("%sok %u - %s\n", read ? "" : "not ", i + 1, (char *)g_ptr_array_index(names, i));
        fflush(stdout);
    }
    return names->len > 0 ? 0 : 1;
}
