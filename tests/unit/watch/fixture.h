/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A device of the test's own: network, host name and /etc. */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* Moves the process into namespaces of its own, which end with it, with an empty /etc; into a user
 * namespace too unless it is root. Where the kernel forbids that, the test fails. */
void fixture_enter(void);

/* Adds the test @run of @data, which must last, at @path. Each has a process and a device of its own.
 * They wait for most of their time, so all of them are begun when the first is run. */
void fixture_add_test(const char *path, GTestDataFunc run, gconstpointer data);

/* Runs ip(8) on @commands, one a line, which have to succeed. */
void fixture_ip(const char *commands);
/* What ip(8) prints for @arguments. Caller frees. */
char *fixture_ip_print(const char *arguments);
/* Makes the connected interfaces cd0 and cd1, up and without addresses, and waits until the kernel
 * has no more to tell of that: it says that a link works up to a second after it was brought up. */
void fixture_links(void);
/* Writes a file anew, by rename(2) as programs do. */
void fixture_write(const char *path, const char *contents);
/* Writes into a file that is there, such as a setting of the kernel. */
void fixture_write_in_place(const char *path, const char *contents);
void fixture_set_host_name(const char *name);
/* certd_device_names() as text, with blanks between. Caller frees. */
char *fixture_names(void);

G_END_DECLS
