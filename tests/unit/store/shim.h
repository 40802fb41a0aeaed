/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* SQLite's files on a disk that fails when it is told to: a fake for faults. */
#pragma once

#include <glib.h>
#include <sqlite3.h>

G_BEGIN_DECLS

/* Puts itself before SQLite's own file methods, for the whole program. */
void shim_install(void);
/* The @nth write or sync from now on (from 1), and each after it, fails with @code; 0 for none. */
void shim_fail(guint nth, int code);
/* The same of the @nth alone. */
void shim_fail_once(guint nth, int code);
/* Whether reads of whole pages give garbage. */
void shim_garble(gboolean garble);

G_END_DECLS
