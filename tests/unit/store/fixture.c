/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "fixture.h"

#include "model/error.h"
#include "model/finding.h"
#include "model/names.h"
#include "model/san.h"

#include <glib/gstdio.h>
#include <sqlite3.h>

void fixture_set_up(Fixture *fixture, const void *data)
{
    GError *error = NULL;

    fixture->directory = g_dir_make_tmp("certd-store-XXXXXX", &error);
    g_assert_no_error(error);
    fixture->path = g_build_filename(fixture->directory, CERTD_KEYSTORE_FILE, NULL);
    g_free(fixture_open(fixture, CERTD_STORE_CREATED));
}

void fixture_tear_down(Fixture *fixture, const void *data)
{
    fixture_close(fixture);
    g_autoptr(GDir) directory = g_dir_open(fixture->directory, 0, NULL);
    const char *name;

    while ((name = g_dir_read_name(directory))) {
        g_autofree char *path = g_build_filename(fixture->directory, name, NULL);
        g_assert_cmpint(g_remove(path), ==, 0);
    }
    g_assert_cmpint(g_rmdir(fixture->directory), ==, 0);
    g_free(fixture->directory);
    g_free(fixture->path);
}

void fixture_close(Fixture *fixture)
{
    g_clear_pointer(&fixture->store, certd_store_free);
}

char *fixture_open(Fixture *fixture, CertdStoreOutcome expected)
{
    CertdStoreOutcome outcome = CERTD_STORE_OPENED;
    char *aside = NULL;
    GError *error = NULL;

    fixture->store = certd_store_open(fixture->directory, &outcome, &aside, &error);
    g_assert_no_error(error);
    g_assert_nonnull(fixture->store);
    g_assert_cmpint(outcome, ==, expected);
    g_assert_cmpint(aside != NULL, ==, expected == CERTD_STORE_SET_ASIDE);
    return aside;
}

void fixture_sql(Fixture *fixture, const char *sql)
{
    sqlite3 *db = NULL;

    g_assert_cmpint(sqlite3_open(fixture->path, &db), ==, SQLITE_OK);
    g_assert_cmpint(sqlite3_exec(db, sql, NULL, NULL, NULL), ==, SQLITE_OK);
    g_assert_cmpint(sqlite3_close(db), ==, SQLITE_OK);
}

void fixture_begin(Fixture *fixture)
{
    GError *error = NULL;

    g_assert_true(certd_store_begin(fixture->store, &error));
    g_assert_no_error(error);
}

void fixture_commit(Fixture *fixture)
{
    GError *error = NULL;

    g_assert_true(certd_store_commit(fixture->store, &error));
    g_assert_no_error(error);
}

GBytes *fixture_hash(guint number)
{
    guint8 hash[32] = {(guint8)number, (guint8)(number >> 8), (guint8)(number >> 16)};

    return g_bytes_new(hash, sizeof hash);
}

char *fixture_key_id(guint number)
{
    return g_strdup_printf("%032x", number);
}

void fixture_add_key(Fixture *fixture, guint number)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(CertdKeyRecord) key = g_new0(CertdKeyRecord, 1);

    key->id = fixture_key_id(number);
    key->key_type = g_strdup("rsa:2048");
    key->public_hash = fixture_hash(number);
    key->sealed = g_bytes_new("sealed", 6);
    key->exportable = number % 2 == 1;
    key->created = 1000 + (gint64)number;
    g_assert_true(certd_store_key_insert(fixture->store, key, &error));
    g_assert_no_error(error);
}

void fixture_add_certificate(Fixture *fixture, const char *name)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(CertdCertificateRecord) record = g_new0(CertdCertificateRecord, 1);

    record->name = g_strdup(name);
    record->settings = certd_settings_new();
    g_assert_true(certd_subject_append(record->settings->subject, "CN", name, &error));
    record->created = 5;
    g_assert_true(certd_store_certificate_insert(fixture->store, record, &error));
    g_assert_no_error(error);
}

gint64 fixture_add_chain(Fixture *fixture, const char *name, guint number, gint64 not_before,
                         gint64 not_after)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(CertdChainRecord) chain = g_new0(CertdChainRecord, 1);
    gint64 id = 0;

    chain->certificate = g_strdup(name);
    chain->key_id = fixture_key_id(number);
    chain->chain = g_ptr_array_new_with_free_func((GDestroyNotify)g_bytes_unref);
    g_ptr_array_add(chain->chain, g_bytes_new("leaf", 4));
    g_ptr_array_add(chain->chain, g_bytes_new("issuer", 6));
    chain->details =
        g_variant_ref_sink(g_variant_new_parsed("{'version': <uint32 3>, 'issuer': <'CN=x'>}"));
    chain->findings = certd_finding_list_new();
    certd_finding_list_add(chain->findings, CERTD_FINDING_NO_SAN, CERTD_SEVERITY_WARNING, "none",
                           "add one");
    chain->not_before = not_before;
    chain->not_after = not_after;
    chain->fingerprint = g_strdup_printf("%064x", number);
    chain->origin = g_strdup("imported");
    chain->installed = 77;
    g_assert_true(certd_store_chain_insert(fixture->store, chain, &id, &error));
    g_assert_no_error(error);
    return id;
}

void fixture_activate(Fixture *fixture, const char *name, gint64 active, gint64 previous)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(CertdCertificateRecord) record =
        certd_store_certificate_get(fixture->store, name, &error);

    g_assert_no_error(error);
    g_autoptr(CertdChainRecord) chain =
        active != 0 ? certd_store_chain_get(fixture->store, active, &error) : NULL;
    record->active_chain = active;
    record->attempt =
        chain != NULL ? chain->not_after - (chain->not_after - chain->not_before) / 3 : 0;
    record->previous_chain = previous;
    record->generation++;
    g_assert_true(certd_store_certificate_update(fixture->store, record, &error));
    g_assert_no_error(error);
}

CertdRequestRecord *fixture_request(const char *name, CertdRequestState state, guint32 uid)
{
    CertdRequestRecord *request = g_new0(CertdRequestRecord, 1);

    request->certificate = g_strdup(name);
    request->state = state;
    request->issuer = CERTD_ISSUER_SELF;
    request->created = 9;
    request->uid = uid;
    request->settings = certd_settings_new();
    request->subject = certd_subject_parse("CN=dev1,O=Example,C=DE", NULL);
    request->sans = certd_san_list_new();
    g_assert_true(
        certd_san_list_add(request->sans, certd_san_parse("DNS:dev1.example", NULL), NULL, NULL));
    request->key_type = g_strdup("ec:secp256r1");
    return request;
}

gint64 fixture_add_request(Fixture *fixture, const char *name, CertdRequestState state, guint32 uid)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(CertdRequestRecord) request = fixture_request(name, state, uid);
    gint64 id = 0;

    g_assert_true(certd_store_request_insert(fixture->store, request, &id, &error));
    g_assert_no_error(error);
    return id;
}

gboolean fixture_has_key(Fixture *fixture, guint number)
{
    g_autoptr(GError) error = NULL;
    g_autofree char *id = fixture_key_id(number);
    g_autoptr(CertdKeyRecord) key = certd_store_key_get(fixture->store, id, &error);

    if (!key)
        g_assert_error(error, CERTD_ERROR, CERTD_ERROR_KEY_UNAVAILABLE);
    return key != NULL;
}

guint64 fixture_count(Fixture *fixture)
{
    guint64 found = 0;
    GError *error = NULL;

    g_assert_true(certd_store_certificate_count(fixture->store, &found, &error));
    g_assert_no_error(error);
    return found;
}

void fixture_add_committed(Fixture *fixture, const char *name)
{
    fixture_begin(fixture);
    fixture_add_certificate(fixture, name);
    fixture_commit(fixture);
}
