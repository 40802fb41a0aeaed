/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* For schema.c alone: the tables of trial installs, of what is trusted, of consumers, of HTTPS, and what the log
 * has gained. */
#pragma once

#include "model/names.h"

/* What a request issues goes on trial for its seconds in trial (0: it does not).
 * While a certificate is on trial its active chain is the one that is tried. chain is what was confirmed
 * and comes back (NULL: nothing was installed), with settings where those were replaced too. The
 * deadline is CLOCK_BOOTTIME's in microseconds, and means nothing in another boot. */
#define CERTD_SCHEMA_TRIALS                                                                        \
    "CREATE TABLE trial ("                                                                         \
    " certificate TEXT PRIMARY KEY NOT NULL REFERENCES certificate (name),"                        \
    " chain INTEGER REFERENCES chain (id),"                                                        \
    " settings BLOB,"                                                                              \
    " boot TEXT NOT NULL,"                                                                         \
    " deadline INTEGER NOT NULL CHECK (deadline >= 0),"                                            \
    " uid INTEGER NOT NULL CHECK (uid BETWEEN 0 AND 4294967295),"                                  \
    " started INTEGER NOT NULL) STRICT, WITHOUT ROWID;"                                            \
    "CREATE INDEX trial_chain ON trial (chain) WHERE chain IS NOT NULL;"                           \
    "ALTER TABLE request ADD COLUMN trial INTEGER NOT NULL DEFAULT 0"                              \
    " CHECK (trial BETWEEN 0 AND 3600);"

/* What this device trusts: purposes are the bits of CertdPurposes, and changed is when the list did
 * last. */
#define CERTD_SCHEMA_ANCHORS                                                                       \
    "CREATE TABLE anchor ("                                                                        \
    " fingerprint TEXT PRIMARY KEY NOT NULL"                                                       \
    "  CHECK (length(fingerprint) = 64 AND fingerprint NOT GLOB '*[^0-9a-f]*'),"                   \
    " certificate BLOB NOT NULL CHECK (length(certificate) > 0),"                                  \
    " details BLOB NOT NULL,"                                                                      \
    " subject_hash TEXT NOT NULL"                                                                  \
    "  CHECK (length(subject_hash) = 8 AND subject_hash NOT GLOB '*[^0-9a-f]*'),"                  \
    " purposes INTEGER NOT NULL CHECK (purposes BETWEEN 1 AND 3),"                                 \
    " added INTEGER NOT NULL) STRICT, WITHOUT ROWID;"                                              \
    "CREATE TABLE trust ("                                                                         \
    " only INTEGER PRIMARY KEY NOT NULL CHECK (only = 1),"                                         \
    " changed INTEGER NOT NULL) STRICT;"                                                           \
    "INSERT INTO trust VALUES (1, 0);"

/* unit is NULL in rows of before, whose hash has none. first is the oldest row that is kept, and base
 * the hash of the one before it. */
#define CERTD_SCHEMA_LOG                                                                           \
    "ALTER TABLE audit ADD COLUMN unit TEXT;"                                                      \
    "ALTER TABLE audit_head ADD COLUMN first INTEGER NOT NULL DEFAULT 1 CHECK (first >= 1);"       \
    "ALTER TABLE audit_head ADD COLUMN base BLOB NOT NULL DEFAULT"                                 \
    " x'0000000000000000000000000000000000000000000000000000000000000000'"                         \
    " CHECK (length(base) = 32);"                                                                  \
    "CREATE INDEX audit_object ON audit (object, id);"

/* Who gets the key of a certificate: consumer is KIND:NAME. delivered is the certificate's generation that it
 * was last told of. */
#define CERTD_SCHEMA_CONSUMERS                                                                     \
    "CREATE TABLE consumer ("                                                                      \
    " certificate TEXT NOT NULL REFERENCES certificate (name),"                                    \
    " kind TEXT NOT NULL CHECK (kind IN ('unit','user','group')),"                                 \
    " name TEXT NOT NULL CHECK (length(name) BETWEEN 1 AND 255),"                                  \
    " action TEXT NOT NULL CHECK (action IN ('none','reload','restart')),"                         \
    " position INTEGER NOT NULL CHECK (position >= 0),"                                            \
    " delivered INTEGER NOT NULL CHECK (delivered >= 0),"                                          \
    " PRIMARY KEY (certificate, kind, name)) STRICT, WITHOUT ROWID;"                               \
    "CREATE INDEX consumer_name ON consumer (kind, name, certificate);"

/* How HTTPS is served. While https_trial has a row, level and force are tried, and those of that row come back;
 * boot and deadline as of other trials. */
#define CERTD_SCHEMA_HTTPS                                                                         \
    "CREATE TABLE https ("                                                                         \
    " only INTEGER PRIMARY KEY NOT NULL CHECK (only = 1),"                                         \
    " level TEXT NOT NULL CHECK (level IN ('standard','high')),"                                   \
    " force INTEGER NOT NULL CHECK (force IN (0, 1)),"                                             \
    " port INTEGER NOT NULL CHECK (port BETWEEN 1 AND 65535),"                                     \
    " plain_port INTEGER NOT NULL CHECK (plain_port BETWEEN 1 AND 65535),"                         \
    " CHECK (port <> plain_port)) STRICT;"                                                         \
    "INSERT INTO https VALUES (1, 'standard', 0, 443, 80);"                                        \
    "CREATE TABLE https_trial ("                                                                   \
    " only INTEGER PRIMARY KEY NOT NULL CHECK (only = 1),"                                         \
    " level TEXT NOT NULL CHECK (level IN ('standard','high')),"                                   \
    " force INTEGER NOT NULL CHECK (force IN (0, 1)),"                                             \
    " boot TEXT NOT NULL,"                                                                         \
    " deadline INTEGER NOT NULL CHECK (deadline >= 0),"                                            \
    " uid INTEGER NOT NULL CHECK (uid BETWEEN 0 AND 4294967295),"                                  \
    " started INTEGER NOT NULL) STRICT;"

/* The certificate that always exists goes on from its generation after a factory reset: what was handed out or
 * proven of the one before is not taken for the new one's. */
#define CERTD_SCHEMA_GENERATION                                                                    \
    "CREATE TABLE generation ("                                                                    \
    " only INTEGER PRIMARY KEY NOT NULL CHECK (only = 1),"                                         \
    " last INTEGER NOT NULL CHECK (last >= 0)) STRICT;"                                            \
    "INSERT INTO generation VALUES (1, 0);"                                                        \
    "CREATE TRIGGER certificate_generation AFTER DELETE ON certificate WHEN OLD.name = "           \
    "'" CERTD_CERTIFICATE_HTTPS "' BEGIN"                                                          \
    " UPDATE generation SET last = OLD.generation; END;"
