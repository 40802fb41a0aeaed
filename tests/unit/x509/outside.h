/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The outside world that what we make is held against: the openssl and certtool programs. */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* Makes a new directory in the temporary one; outside_remove() removes it with its files. */
char *outside_directory(void);
void outside_remove(char *directory);
/* Writes @size bytes into the file @name there; its path. */
char *outside_write(const char *directory, const char *name, const void *data, size_t size);
char *outside_write_bytes(const char *directory, const char *name, GBytes *bytes);
GBytes *outside_read(const char *path);

/* Runs the program with the arguments that @command holds, separated by blanks ("%s" are paths and
 * words without blanks). What it said on both outputs; the test fails unless it succeeded. */
char *outside_run(const char *command, ...) G_GNUC_PRINTF(1, 2);
/* The same, where only the success matters. */
void outside_do(const char *command, ...) G_GNUC_PRINTF(1, 2);
/* Whether it succeeds. */
gboolean outside_try(const char *command, ...) G_GNUC_PRINTF(1, 2);
/* Fails the test, and shows all, unless @text contains @part. */
void outside_assert_contains(const char *text, const char *part);
void outside_assert_lacks(const char *text, const char *part);

G_END_DECLS
