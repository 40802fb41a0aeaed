/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Files that are part of the program: the page (static/) and the JSON schemas of our own (redfish/schemas/). */
#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

/* The file @name of the folder @folder ("static"); NULL: there is none. The caller unrefs. */
GBytes *certd_resources_file(const char *folder, const char *name);
/* The same coded with gzip (RFC 1952), and kept for the next who asks; on one thread alone. */
GBytes *certd_resources_gzip(const char *folder, const char *name);
/* The names of the files in @folder, sorted; caller frees. */
char **certd_resources_names(const char *folder);

G_END_DECLS
