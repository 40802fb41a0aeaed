/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The tables. Migrations are a list that only grows: each takes the keystore from one user_version
 * to the next, and none deletes. Every list and count is served by an index or by a counter that
 * triggers keep, so that no operation gets slower with the number of rows.
 */
#include "store/schema.h"

#include "store/schema-private.h"

#include <stdio.h>

#define CERTD_OPEN_STATES "('queued','generating','ready')"
#define CERTD_MAKING_STATES "('queued','generating')"
/* The years 0 to 9999, all that a certificate can say. */
#define CERTD_SECONDS "BETWEEN -62167219200 AND 253402300799"

/* In chain, (certificate, id) is unique only so that certificate's columns can refer to it: what is
 * active in a certificate can't be another one's. */
static const char TABLES[] =
    "CREATE TABLE key ("
    " id TEXT PRIMARY KEY NOT NULL CHECK (length(id) = 32 AND id NOT GLOB '*[^0-9a-f]*'),"
    " key_type TEXT NOT NULL CHECK (length(key_type) BETWEEN 1 AND 64),"
    " public_hash BLOB NOT NULL CHECK (length(public_hash) = 32),"
    " sealed BLOB NOT NULL CHECK (length(sealed) > 0),"
    " exportable INTEGER NOT NULL CHECK (exportable IN (0, 1)),"
    " created INTEGER NOT NULL) STRICT;"
    "CREATE TABLE certificate ("
    " name TEXT PRIMARY KEY NOT NULL CHECK (length(name) BETWEEN 1 AND 64),"
    " settings BLOB NOT NULL,"
    " generation INTEGER NOT NULL CHECK (generation >= 0),"
    " active_chain INTEGER,"
    " previous_chain INTEGER,"
    " created INTEGER NOT NULL,"
    " not_before INTEGER,"
    " not_after INTEGER,"
    " renewal INTEGER,"
    " CHECK ((active_chain IS NULL) = (not_before IS NULL)),"
    " CHECK ((active_chain IS NULL) = (not_after IS NULL)),"
    " CHECK ((active_chain IS NULL) = (renewal IS NULL)),"
    " FOREIGN KEY (name, active_chain) REFERENCES chain (certificate, id),"
    " FOREIGN KEY (name, previous_chain) REFERENCES chain (certificate, id)"
    ") STRICT, WITHOUT ROWID;"
    "CREATE TABLE chain ("
    " id INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL,"
    " certificate TEXT NOT NULL REFERENCES certificate (name),"
    " key_id TEXT NOT NULL REFERENCES key (id),"
    " chain BLOB NOT NULL CHECK (length(chain) > 0),"
    " details BLOB NOT NULL,"
    " findings BLOB NOT NULL,"
    " not_before INTEGER NOT NULL CHECK (not_before " CERTD_SECONDS "),"
    " not_after INTEGER NOT NULL CHECK (not_after " CERTD_SECONDS "),"
    " fingerprint TEXT NOT NULL"
    "  CHECK (length(fingerprint) = 64 AND fingerprint NOT GLOB '*[^0-9a-f]*'),"
    " origin TEXT NOT NULL CHECK (origin IN ('default','self','request','imported')),"
    " installed INTEGER NOT NULL,"
    " UNIQUE (certificate, id)) STRICT;"
    "CREATE TABLE request ("
    " id INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL,"
    " certificate TEXT NOT NULL REFERENCES certificate (name),"
    " state TEXT NOT NULL"
    "  CHECK (state IN ('queued','generating','ready','issued','failed','cancelled')),"
    " issuer TEXT NOT NULL,"
    " created INTEGER NOT NULL,"
    " uid INTEGER NOT NULL CHECK (uid BETWEEN 0 AND 4294967295),"
    " settings BLOB NOT NULL,"
    " subject BLOB NOT NULL,"
    " sans BLOB NOT NULL,"
    " key_type TEXT NOT NULL CHECK (length(key_type) BETWEEN 1 AND 64),"
    " key_id TEXT REFERENCES key (id),"
    " reuse_key INTEGER NOT NULL CHECK (reuse_key IN (0, 1)),"
    " challenge_password TEXT,"
    " unstructured_name TEXT,"
    " request BLOB,"
    " public_hash BLOB CHECK (length(public_hash) = 32),"
    " error_name TEXT,"
    " error_message TEXT) STRICT;"
    "CREATE TABLE audit ("
    " id INTEGER PRIMARY KEY NOT NULL,"
    " time INTEGER NOT NULL,"
    " uid INTEGER NOT NULL,"
    " sender TEXT NOT NULL,"
    " action TEXT NOT NULL,"
    " object TEXT NOT NULL,"
    " outcome TEXT NOT NULL,"
    " detail TEXT NOT NULL,"
    " hash BLOB NOT NULL CHECK (length(hash) = 32)) STRICT;"
    /* The end of the audit's chain: without it the last rows could go unseen. */
    "CREATE TABLE audit_head ("
    " only INTEGER PRIMARY KEY NOT NULL CHECK (only = 1),"
    " last INTEGER NOT NULL CHECK (last >= 0),"
    " hash BLOB NOT NULL CHECK (length(hash) = 32)) STRICT;"
    "INSERT INTO audit_head VALUES (1, 0, zeroblob(32));"
    /* uid -1 is everyone. */
    "CREATE TABLE counter ("
    " name TEXT NOT NULL CHECK (name IN ('certificate','open','making')),"
    " uid INTEGER NOT NULL,"
    " value INTEGER NOT NULL CHECK (value >= 0),"
    " PRIMARY KEY (name, uid)) STRICT, WITHOUT ROWID;"
    "INSERT INTO counter VALUES ('certificate', -1, 0), ('open', -1, 0), ('making', -1, 0);";

/* certificate_validity holds all that a filter by state looks at, in the order of a page;
 * certificate_empty only those without an active chain. */
static const char INDICES[] =
    "CREATE INDEX key_public_hash ON key (public_hash, created);"
    "CREATE INDEX certificate_renewal ON certificate (renewal) WHERE renewal IS NOT NULL;"
    "CREATE INDEX certificate_validity ON certificate (name, not_before, not_after);"
    "CREATE INDEX certificate_empty ON certificate (name) WHERE active_chain IS NULL;"
    "CREATE INDEX chain_key ON chain (key_id);"
    "CREATE INDEX request_certificate ON request (certificate, id);"
    "CREATE INDEX request_certificate_state ON request (certificate, state, id);"
    "CREATE INDEX request_state ON request (state, id);"
    "CREATE INDEX request_key ON request (key_id) WHERE key_id IS NOT NULL;"
    "CREATE INDEX request_public_hash ON request (public_hash, certificate, state, id)"
    " WHERE public_hash IS NOT NULL;";

#define CERTD_COUNT(counter, uid, delta)                                                           \
    " INSERT INTO counter VALUES ('" counter "', " uid ", 1)"                                      \
    "  ON CONFLICT DO UPDATE SET value = value " delta ";"
#define CERTD_COUNT_TRIGGER(name, event, when, counter, uid, delta)                                \
    "CREATE TRIGGER " name " AFTER " event " ON request WHEN " when                                \
    " BEGIN" CERTD_COUNT(counter, uid, delta) CERTD_COUNT(counter, "-1", delta) " END;"
/* A request goes into the count @counter by being inserted or moved into @states, and out of it by
 * being deleted or moved out of them. Each new row of the counter begins with an increment. */
#define CERTD_COUNT_TRIGGERS(counter, states)                                                      \
    CERTD_COUNT_TRIGGER("request_" counter "_inserted", "INSERT", "NEW.state IN " states, counter, \
                        "NEW.uid", "+ 1")                                                          \
    CERTD_COUNT_TRIGGER("request_" counter "_entered", "UPDATE OF state",                          \
                        "NEW.state IN " states " AND OLD.state NOT IN " states, counter,           \
                        "NEW.uid", "+ 1")                                                          \
    CERTD_COUNT_TRIGGER("request_" counter "_left", "UPDATE OF state",                             \
                        "OLD.state IN " states " AND NEW.state NOT IN " states, counter,           \
                        "OLD.uid", "- 1")                                                          \
    CERTD_COUNT_TRIGGER("request_" counter "_deleted", "DELETE", "OLD.state IN " states, counter,  \
                        "OLD.uid", "- 1")

static const char TRIGGERS[] =
    "CREATE TRIGGER certificate_inserted AFTER INSERT ON certificate BEGIN"
    " UPDATE counter SET value = value + 1 WHERE name = 'certificate' AND uid = -1; END;"
    "CREATE TRIGGER certificate_deleted AFTER DELETE ON certificate BEGIN"
    " UPDATE counter SET value = value - 1 WHERE name = 'certificate' AND uid = -1; "
    "END;" CERTD_COUNT_TRIGGERS("open", CERTD_OPEN_STATES)
        CERTD_COUNT_TRIGGERS("making", CERTD_MAKING_STATES);

/* What happens by itself: the device's authority, what is due, what stands in for what can't be used.
 * due is whatever is to be done next; renewal is the plan that is shown. */
static const char AUTHORITY_TABLES[] =
    "CREATE TABLE authority ("
    " only INTEGER PRIMARY KEY NOT NULL CHECK (only = 1),"
    " key_id TEXT NOT NULL REFERENCES key (id),"
    " subject BLOB NOT NULL,"
    " scope TEXT NOT NULL CHECK (scope IN ('local','device','any')),"
    " permitted BLOB NOT NULL,"
    " certificate BLOB NOT NULL CHECK (length(certificate) > 0),"
    " not_before INTEGER NOT NULL CHECK (not_before " CERTD_SECONDS "),"
    " not_after INTEGER NOT NULL CHECK (not_after " CERTD_SECONDS "),"
    " fingerprint TEXT NOT NULL"
    "  CHECK (length(fingerprint) = 64 AND fingerprint NOT GLOB '*[^0-9a-f]*'),"
    " days INTEGER NOT NULL CHECK (days BETWEEN 1 AND 36500),"
    " created INTEGER NOT NULL,"
    " replaced INTEGER NOT NULL) STRICT;"
    "CREATE TABLE clock ("
    " only INTEGER PRIMARY KEY NOT NULL CHECK (only = 1),"
    " seen INTEGER NOT NULL CHECK (seen >= 0),"
    " synchronized INTEGER NOT NULL CHECK (synchronized >= 0)) STRICT;"
    "INSERT INTO clock VALUES (1, 0, 0);"
    /* Problems that outlive a restart. */
    "CREATE TABLE problem ("
    " code TEXT PRIMARY KEY NOT NULL,"
    " message TEXT NOT NULL,"
    " remedy TEXT NOT NULL) STRICT, WITHOUT ROWID;"
    /* Rows that could not be read, as they were. */
    "CREATE TABLE damaged ("
    " id INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL,"
    " time INTEGER NOT NULL,"
    " object TEXT NOT NULL,"
    " content ANY) STRICT;";

/* The chains with their new origins: a CHECK can't be altered, so the table is made again around the
 * same rows, and no id is given twice. */
static const char AUTHORITY_CHAINS[] =
    "CREATE TABLE chain_again ("
    " id INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL,"
    " certificate TEXT NOT NULL REFERENCES certificate (name),"
    " key_id TEXT NOT NULL REFERENCES key (id),"
    " chain BLOB NOT NULL CHECK (length(chain) > 0),"
    " details BLOB NOT NULL,"
    " findings BLOB NOT NULL,"
    " not_before INTEGER NOT NULL CHECK (not_before " CERTD_SECONDS "),"
    " not_after INTEGER NOT NULL CHECK (not_after " CERTD_SECONDS "),"
    " fingerprint TEXT NOT NULL"
    "  CHECK (length(fingerprint) = 64 AND fingerprint NOT GLOB '*[^0-9a-f]*'),"
    " origin TEXT NOT NULL CHECK (origin IN"
    "  ('default','self','internal','request','imported','emergency')),"
    " installed INTEGER NOT NULL,"
    " provisional INTEGER NOT NULL DEFAULT 0 CHECK (provisional IN (0, 1)),"
    " authority TEXT,"
    " matched INTEGER NOT NULL DEFAULT 0 CHECK (matched IN (0, 1)),"
    " settings BLOB,"
    " UNIQUE (certificate, id)) STRICT;"
    "INSERT INTO chain_again SELECT id, certificate, key_id, chain, details, findings, not_before,"
    " not_after, fingerprint, origin, installed, 0, NULL, 0, NULL FROM chain;"
    "DELETE FROM sqlite_sequence WHERE name = 'chain_again';"
    "INSERT INTO sqlite_sequence SELECT 'chain_again', seq FROM sqlite_sequence"
    " WHERE name = 'chain';"
    "DROP TABLE chain;"
    "ALTER TABLE chain_again RENAME TO chain;"
    "CREATE INDEX chain_key ON chain (key_id);";

static const char AUTHORITY_COLUMNS[] =
    "ALTER TABLE request ADD COLUMN cause TEXT;"
    "ALTER TABLE certificate ADD COLUMN emergency_chain INTEGER REFERENCES chain (id);"
    "ALTER TABLE certificate ADD COLUMN attempt INTEGER NOT NULL DEFAULT 0;"
    "ALTER TABLE certificate ADD COLUMN failures INTEGER NOT NULL DEFAULT 0"
    " CHECK (failures >= 0);"
    "ALTER TABLE certificate ADD COLUMN warnings INTEGER NOT NULL DEFAULT 0"
    " CHECK (warnings >= 0);"
    "ALTER TABLE certificate ADD COLUMN due INTEGER;"
    "ALTER TABLE certificate ADD COLUMN unusable INTEGER NOT NULL DEFAULT 0;";

/* The keystore's certificates of before are due at once, to be planned. */
static const char AUTHORITY_INDICES[] =
    "UPDATE certificate SET due = 0, attempt = renewal WHERE active_chain IS NOT NULL;"
    "CREATE INDEX certificate_due ON certificate (due) WHERE due IS NOT NULL;"
    "CREATE INDEX certificate_emergency ON certificate (emergency_chain)"
    " WHERE emergency_chain IS NOT NULL;"
    "CREATE INDEX certificate_unusable ON certificate (name) WHERE unusable <> 0;";

/* MIGRATIONS[n] goes from user_version n to n + 1. The rows are never changed, only added to. */
static const char *const MIGRATIONS[][4] = {
    {TABLES, INDICES, TRIGGERS},
    {AUTHORITY_TABLES, AUTHORITY_CHAINS, AUTHORITY_COLUMNS, AUTHORITY_INDICES},
    {CERTD_SCHEMA_TRIALS, CERTD_SCHEMA_ANCHORS, CERTD_SCHEMA_LOG},
    {CERTD_SCHEMA_CONSUMERS},
    {CERTD_SCHEMA_HTTPS, CERTD_SCHEMA_GENERATION},
};

/* What certd_schema_is_complete() looks for. */
static const char *const OBJECTS[] = {
    "anchor",
    "audit",
    "audit_head",
    "audit_object",
    "authority",
    "certificate",
    "certificate_deleted",
    "certificate_due",
    "certificate_emergency",
    "certificate_empty",
    "certificate_generation",
    "certificate_inserted",
    "certificate_renewal",
    "certificate_unusable",
    "certificate_validity",
    "chain",
    "chain_key",
    "clock",
    "consumer",
    "consumer_name",
    "counter",
    "damaged",
    "generation",
    "https",
    "https_trial",
    "key",
    "key_public_hash",
    "problem",
    "request",
    "request_certificate",
    "request_certificate_state",
    "request_key",
    "request_making_deleted",
    "request_making_entered",
    "request_making_inserted",
    "request_making_left",
    "request_open_deleted",
    "request_open_entered",
    "request_open_inserted",
    "request_open_left",
    "request_public_hash",
    "request_state",
    "trial",
    "trial_chain",
    "trust",
};

int certd_schema_version(void)
{
    return (int)G_N_ELEMENTS(MIGRATIONS);
}

static int certd_schema_run(sqlite3 *db, int version)
{
    int code = sqlite3_exec(db, "BEGIN IMMEDIATE", NULL, NULL, NULL);

    for (int from = version; from < certd_schema_version(); from++)
        for (size_t i = 0; i < G_N_ELEMENTS(MIGRATIONS[from]) && code == SQLITE_OK; i++)
            if (MIGRATIONS[from][i])
                code = sqlite3_exec(db, MIGRATIONS[from][i], NULL, NULL, NULL);
    if (code != SQLITE_OK)
        return code;
    g_autofree char *pragma = g_strdup_printf("PRAGMA user_version = %d", certd_schema_version());
    code = sqlite3_exec(db, pragma, NULL, NULL, NULL);
    return code == SQLITE_OK ? sqlite3_exec(db, "COMMIT", NULL, NULL, NULL) : code;
}

int certd_schema_migrate(sqlite3 *db, int version)
{
    if (version == certd_schema_version())
        return SQLITE_OK;
    /* A table that is made again is referred to all the while; that is no transaction's to turn off. */
    int code = sqlite3_exec(db, "PRAGMA foreign_keys = OFF", NULL, NULL, NULL);
    if (code == SQLITE_OK)
        code = certd_schema_run(db, version);
    if (code != SQLITE_OK && !sqlite3_get_autocommit(db))
        sqlite3_exec(db, "ROLLBACK", NULL, NULL, NULL);
    int on = sqlite3_exec(db, "PRAGMA foreign_keys = ON", NULL, NULL, NULL);
    return code != SQLITE_OK ? code : on;
}

int certd_schema_is_complete(sqlite3 *db, gboolean *complete)
{
    sqlite3_stmt *statement = NULL;
    size_t found = 0;
    int code = sqlite3_prepare_v2(db, "SELECT count(*) FROM sqlite_schema WHERE name = ?1", -1,
                                  &statement, NULL);

    for (size_t i = 0; i < G_N_ELEMENTS(OBJECTS) && code == SQLITE_OK; i++) {
        sqlite3_bind_text(statement, 1, OBJECTS[i], -1, SQLITE_STATIC);
        if (sqlite3_step(statement) == SQLITE_ROW && sqlite3_column_int(statement, 0) == 1)
            found++;
        code = sqlite3_reset(statement);
    }
    sqlite3_finalize(statement);
    if (code == SQLITE_OK)
        *complete = found == G_N_ELEMENTS(OBJECTS);
    return code;
}
