/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A program that fails shows what it said, so that a red test explains itself. */
#include "outside.h"

#include <glib/gstdio.h>
#include <string.h>

char *outside_directory(void)
{
    g_autoptr(GError) error = NULL;
    char *directory = g_dir_make_tmp("certd-x509-XXXXXX", &error);

    g_assert_no_error(error);
    return directory;
}

void outside_remove(char *directory)
{
    g_autoptr(GDir) entries = g_dir_open(directory, 0, NULL);
    const char *name;

    while (entries != NULL && (name = g_dir_read_name(entries)) != NULL) {
        g_autofree char *path = g_build_filename(directory, name, NULL);
        g_assert_cmpint(g_unlink(path), ==, 0);
    }
    g_assert_cmpint(g_rmdir(directory), ==, 0);
    g_free(directory);
}

char *outside_write(const char *directory, const char *name, const void *data, size_t size)
{
    g_autoptr(GError) error = NULL;
    char *path = g_build_filename(directory, name, NULL);

    g_file_set_contents(path, data, (gssize)size, &error);
    g_assert_no_error(error);
    return path;
}

char *outside_write_bytes(const char *directory, const char *name, GBytes *bytes)
{
    gsize size;
    const void *data = g_bytes_get_data(bytes, &size);

    return outside_write(directory, name, data, size);
}

GBytes *outside_read(const char *path)
{
    g_autoptr(GError) error = NULL;
    char *data = NULL;
    gsize size = 0;

    g_file_get_contents(path, &data, &size, &error);
    g_assert_no_error(error);
    return g_bytes_new_take(data, size);
}

/* What it said; @failure (NULL where it succeeded) is the caller's to free. */
static char *spawn_line(const char *line, GError **failure)
{
    g_autoptr(GError) error = NULL;
    g_autofree char *out = NULL;
    g_autofree char *err = NULL;
    int status = 0;
    g_auto(GStrv) argv = g_strsplit(line, " ", -1);
    /* What they say is compared: in English, whoever runs the tests. */
    g_auto(GStrv) environment = g_environ_setenv(g_get_environ(), "LC_ALL", "C.UTF-8", TRUE);

    g_spawn_sync(NULL, argv, environment, G_SPAWN_SEARCH_PATH, NULL, NULL, &out, &err, &status,
                 &error);
    g_assert_no_error(error);
    (void)g_spawn_check_wait_status(status, failure);
    return g_strconcat(out, err, NULL);
}

static char *run_line(const char *line)
{
    g_autoptr(GError) failure = NULL;
    char *said = spawn_line(line, &failure);

    if (failure != NULL)
        g_error("%s: %s\n%s", line, failure->message, said);
    return said;
}

char *outside_run(const char *command, ...)
{
    va_list arguments;

    va_start(arguments, command);
    g_autofree char *line = g_strdup_vprintf(command, arguments);
    va_end(arguments);
    return run_line(line);
}

void outside_do(const char *command, ...)
{
    va_list arguments;

    va_start(arguments, command);
    g_autofree char *line = g_strdup_vprintf(command, arguments);
    va_end(arguments);
    g_free(run_line(line));
}

gboolean outside_try(const char *command, ...)
{
    g_autoptr(GError) failure = NULL;
    va_list arguments;

    va_start(arguments, command);
    g_autofree char *line = g_strdup_vprintf(command, arguments);
    va_end(arguments);
    g_free(spawn_line(line, &failure));
    return failure == NULL;
}

void outside_assert_contains(const char *text, const char *part)
{
    if (strstr(text, part) == NULL)
        g_error("\"%s\" is not in:\n%s", part, text);
}

void outside_assert_lacks(const char *text, const char *part)
{
    if (strstr(text, part) != NULL)
        g_error("\"%s\" is in:\n%s", part, text);
}
