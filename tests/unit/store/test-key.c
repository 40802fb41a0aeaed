/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Keys: as they were put in, found by their hash, gone when nothing refers to them (R32). */
#include "fixture.h"

#include "model/error.h"

#include <string.h>

static void test_round_trip(Fixture *fixture, const void *data)
{
    g_autoptr(GError) error = NULL;
    g_autofree char *id = fixture_key_id(7);
    g_autoptr(GBytes) hash = fixture_hash(7);

    fixture_begin(fixture);
    fixture_add_key(fixture, 7);
    fixture_commit(fixture);
    fixture_close(fixture);
    g_free(fixture_open(fixture, CERTD_STORE_OPENED));
    g_autoptr(CertdKeyRecord) key = certd_store_key_get(fixture->store, id, &error);
    g_assert_no_error(error);
    g_assert_cmpstr(key->id, ==, id);
    g_assert_cmpstr(key->key_type, ==, "rsa:2048");
    g_assert_true(g_bytes_equal(key->public_hash, hash));
    g_assert_cmpmem(g_bytes_get_data(key->sealed, NULL), g_bytes_get_size(key->sealed), "sealed",
                    6);
    g_assert_true(key->exportable);
    g_assert_cmpint(key->created, ==, 1007);
}

/* R32 */
static void test_find(Fixture *fixture, const void *data)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(GBytes) hash = fixture_hash(1);
    g_autoptr(GBytes) other = fixture_hash(2);
    CertdKeyRecord *none = NULL;

    fixture_begin(fixture);
    for (guint n = 1; n <= 2; n++) {
        g_autoptr(CertdKeyRecord) key = g_new0(CertdKeyRecord, 1);
        key->id = fixture_key_id(n);
        key->key_type = g_strdup("ed25519");
        key->public_hash = g_bytes_ref(hash);
        key->sealed = g_bytes_new("s", 1);
        key->created = 100 - (gint64)n;
        g_assert_true(certd_store_key_insert(fixture->store, key, &error));
    }
    fixture_commit(fixture);
    g_autoptr(CertdKeyRecord) found = NULL;
    g_assert_true(certd_store_key_find(fixture->store, hash, &found, &error));
    g_assert_cmpint(found->created, ==, 99);
    g_assert_true(certd_store_key_find(fixture->store, other, &none, &error));
    g_assert_null(none);
    g_assert_no_error(error);
}

typedef struct {
    const char *name;
    const char *id;
    const char *key_type;
    size_t hash_size;
    size_t sealed_size;
    int error; /* -1: taken */
} InsertRow;

#define ID "0123456789abcdef0123456789abcdef"
#define TEXT_64 "0123456789012345678901234567890123456789012345678901234567890123"

static const InsertRow INSERTS[] = {
    {"good", ID, "rsa:2048", 32, 1, -1},
    {"taken", ID, "rsa:2048", 32, 1, CERTD_ERROR_EXISTS},
    {"short id", "0123456789abcdef0123456789abcde", "x", 32, 1, CERTD_ERROR_MALFORMED},
    {"long id", ID "0", "x", 32, 1, CERTD_ERROR_MALFORMED},
    {"capitals", "0123456789ABCDEF0123456789abcdef", "x", 32, 1, CERTD_ERROR_MALFORMED},
    {"longest type", "1123456789abcdef0123456789abcdef", TEXT_64, 32, 1, -1},
    {"longer type", "2123456789abcdef0123456789abcdef", TEXT_64 "x", 32, 1, CERTD_ERROR_MALFORMED},
    {"no type", "2123456789abcdef0123456789abcdef", "", 32, 1, CERTD_ERROR_MALFORMED},
    {"short hash", "2123456789abcdef0123456789abcdef", "x", 31, 1, CERTD_ERROR_MALFORMED},
    {"long hash", "2123456789abcdef0123456789abcdef", "x", 33, 1, CERTD_ERROR_MALFORMED},
    {"nothing sealed", "2123456789abcdef0123456789abcdef", "x", 32, 0, CERTD_ERROR_MALFORMED},
    {"largest value", "3123456789abcdef0123456789abcdef", "x", 32, 8 * 1024 * 1024 - 4096, -1},
    {"larger value", "4123456789abcdef0123456789abcdef", "x", 32, 8 * 1024 * 1024 + 1,
     CERTD_ERROR_TOO_LARGE},
};

static void test_insert(Fixture *fixture, const void *data)
{
    fixture_begin(fixture);
    for (size_t i = 0; i < G_N_ELEMENTS(INSERTS); i++) {
        const InsertRow *row = &INSERTS[i];
        g_autoptr(GError) error = NULL;
        g_autoptr(CertdKeyRecord) key = g_new0(CertdKeyRecord, 1);
        g_test_message("%s", row->name);
        key->id = g_strdup(row->id);
        key->key_type = g_strdup(row->key_type);
        key->public_hash = g_bytes_new_take(g_malloc0(row->hash_size), row->hash_size);
        key->sealed = g_bytes_new_take(g_malloc0(row->sealed_size), row->sealed_size);
        gboolean taken = certd_store_key_insert(fixture->store, key, &error);
        g_assert_cmpint(taken, ==, row->error < 0);
        if (!taken)
            g_assert_error(error, CERTD_ERROR, row->error);
    }
    fixture_commit(fixture);
}

static void test_collect(Fixture *fixture, const void *data)
{
    g_autoptr(GError) error = NULL;

    fixture_begin(fixture);
    fixture_add_certificate(fixture, "https");
    for (guint n = 1; n <= 4; n++)
        fixture_add_key(fixture, n);
    fixture_add_chain(fixture, "https", 1, 0, 9);
    for (guint n = 1; n <= 2; n++) {
        g_autofree char *id = fixture_key_id(n);
        g_assert_true(certd_store_key_collect(fixture->store, id, &error));
    }
    g_assert_true(fixture_has_key(fixture, 1));
    g_assert_false(fixture_has_key(fixture, 2));
    g_assert_true(fixture_has_key(fixture, 3));
    g_assert_true(certd_store_key_collect(fixture->store, NULL, &error));
    g_assert_true(fixture_has_key(fixture, 1));
    g_assert_false(fixture_has_key(fixture, 3));
    g_assert_false(fixture_has_key(fixture, 4));
    fixture_commit(fixture);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    fixture_add("/store/key/round-trip", test_round_trip);
    fixture_add("/store/key/find", test_find);
    fixture_add("/store/key/insert", test_insert);
    fixture_add("/store/key/collect", test_collect);
    return g_test_run();
}
