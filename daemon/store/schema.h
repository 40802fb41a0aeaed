/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* For the files of this folder alone: the tables, and how an older keystore gets to have them. */
#pragma once

#include "store/store.h"

#include <sqlite3.h>

G_BEGIN_DECLS

/* The user_version that this program writes; an older one is migrated, a newer one refused. */
int certd_schema_version(void);
/* Takes @db from @version (0: empty) to certd_schema_version() in one transaction. SQLite's code. */
int certd_schema_migrate(sqlite3 *db, int version) G_GNUC_WARN_UNUSED_RESULT;
/* Whether each table, index and trigger is there. SQLite's code. */
int certd_schema_is_complete(sqlite3 *db, gboolean *complete) G_GNUC_WARN_UNUSED_RESULT;

G_END_DECLS
