/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Files that everybody may read, in the runtime directory. */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* Writes all @size bytes of @data to the file @fd. 0 or an errno. */
int certd_published_fill(int fd, const void *data, size_t size) G_GNUC_WARN_UNUSED_RESULT;
/* Makes the file @name with @content in @directory (a descriptor), where there is none of that name; half
 * of it may be left on failure. 0 or an errno. */
int certd_published_create(int directory, const char *name, GBytes *content)
    G_GNUC_WARN_UNUSED_RESULT;
/* Writes @content to the file @name in @directory, in one step. 0 or an errno. */
int certd_published_write(int directory, const char *name, GBytes *content)
    G_GNUC_WARN_UNUSED_RESULT;
/* Makes the directory @name in @directory, and a descriptor of it; -1 with errno. */
int certd_published_directory(int directory, const char *name) G_GNUC_WARN_UNUSED_RESULT;
/* Removes @name in @directory, with all that is in it where it is a directory; links are not followed.
 * That there is none is no error. 0 or an errno. */
int certd_published_remove(int directory, const char *name);

G_END_DECLS
