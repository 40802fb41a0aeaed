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

static GBytes *gzip(GBytes *bytes)
{
    g_autoptr(GZlibCompressor) compressor = g_zlib_compressor_new(G_ZLIB_COMPRESSOR_FORMAT_GZIP, 9);
    g_autoptr(GInputStream) plain = g_memory_input_stream_new_from_bytes(bytes);
    g_autoptr(GInputStream) coded = g_converter_input_stream_new(plain, G_CONVERTER(compressor));
    g_autoptr(GOutputStream) out = g_memory_output_stream_new_resizable();
    if (g_output_stream_splice(out, coded, G_OUTPUT_STREAM_SPLICE_CLOSE_TARGET, NULL, NULL) < 0)
        return NULL;
    return g_memory_output_stream_steal_as_bytes(G_MEMORY_OUTPUT_STREAM(out));
}

/* The files never change while the program runs, and there are as many as there are. */
GBytes *certd_resources_gzip(const char *folder, const char *name)
{
    static GHashTable *known;
    if (!known)
        known =
            g_hash_table_new_full(g_str_hash, g_str_equal, g_free, (GDestroyNotify)g_bytes_unref);
    g_autofree char *key = g_strconcat(folder, "/", name, NULL);
    GBytes *found = g_hash_table_lookup(known, key);
    if (found)
        return g_bytes_ref(found);
    g_autoptr(GBytes) bytes = certd_resources_file(folder, name);
    GBytes *coded = bytes ? gzip(bytes) : NULL;
    if (coded)
        g_hash_table_insert(known, g_steal_pointer(&key), g_bytes_ref(coded));
    return coded;
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
