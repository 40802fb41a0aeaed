/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Chains: as they were put in, with their findings (R33, R39, R40). */
#include "fixture.h"

#include "model/error.h"
#include "model/finding.h"

/* R40 */
static void test_round_trip(Fixture *fixture, const void *data)
{
    g_autoptr(GError) error = NULL;
    g_autofree char *key_id = fixture_key_id(5);
    guint32 version = 0;

    fixture_begin(fixture);
    fixture_add_certificate(fixture, "https");
    fixture_add_key(fixture, 5);
    gint64 id = fixture_add_chain(fixture, "https", 5, -100, 253402300799);
    fixture_commit(fixture);
    fixture_close(fixture);
    g_free(fixture_open(fixture, CERTD_STORE_OPENED));
    g_autoptr(CertdChainRecord) chain = certd_store_chain_get(fixture->store, id, &error);
    g_assert_no_error(error);
    g_assert_cmpint(chain->id, ==, id);
    g_assert_cmpstr(chain->certificate, ==, "https");
    g_assert_cmpstr(chain->key_id, ==, key_id);
    g_assert_cmpuint(chain->chain->len, ==, 2);
    g_assert_cmpmem(g_bytes_get_data(chain->chain->pdata[1], NULL),
                    g_bytes_get_size(chain->chain->pdata[1]), "issuer", 6);
    g_assert_true(g_variant_lookup(chain->details, "version", "u", &version));
    g_assert_cmpuint(version, ==, 3);
    g_assert_cmpuint(chain->findings->len, ==, 1);
    const CertdFinding *finding = chain->findings->pdata[0];
    g_assert_cmpint(finding->code, ==, CERTD_FINDING_NO_SAN);
    g_assert_cmpint(finding->severity, ==, CERTD_SEVERITY_WARNING);
    g_assert_cmpstr(finding->remedy, ==, "add one");
    g_assert_cmpint(chain->not_before, ==, -100);
    g_assert_cmpint(chain->not_after, ==, 253402300799);
    g_assert_cmpstr(chain->fingerprint + 60, ==, "0005");
    g_assert_cmpstr(chain->origin, ==, "imported");
    g_assert_cmpint(chain->installed, ==, 77);
}

typedef struct {
    const char *name;
    const char *certificate;
    guint key;
    gint64 not_after;
    const char *origin;
    int error; /* -1: taken */
} InsertRow;

static const InsertRow INSERTS[] = {
    {"good", "https", 1, 5, "self", -1},
    {"last second", "https", 1, 253402300799, "default", -1},
    {"beyond the last second", "https", 1, 253402300800, "default", CERTD_ERROR_MALFORMED},
    {"first second", "https", 1, -62167219200, "request", -1},
    {"before the first second", "https", 1, -62167219201, "request", CERTD_ERROR_MALFORMED},
    {"no such origin", "https", 1, 5, "stolen", CERTD_ERROR_MALFORMED},
    {"no such certificate", "mqtt", 1, 5, "self", CERTD_ERROR_NO_SUCH_CERTIFICATE},
    {"no such key", "https", 2, 5, "self", CERTD_ERROR_KEY_UNAVAILABLE},
};

static void test_insert(Fixture *fixture, const void *data)
{
    fixture_begin(fixture);
    fixture_add_certificate(fixture, "https");
    fixture_add_key(fixture, 1);
    gint64 template = fixture_add_chain(fixture, "https", 1, 0, 1);
    for (size_t i = 0; i < G_N_ELEMENTS(INSERTS); i++) {
        const InsertRow *row = &INSERTS[i];
        g_autoptr(GError) error = NULL;
        gint64 id = 0;
        g_autoptr(CertdChainRecord) chain = certd_store_chain_get(fixture->store, template, NULL);
        g_test_message("%s", row->name);
        g_free(chain->certificate);
        chain->certificate = g_strdup(row->certificate);
        g_free(chain->key_id);
        chain->key_id = fixture_key_id(row->key);
        g_free(chain->origin);
        chain->origin = g_strdup(row->origin);
        chain->not_after = row->not_after;
        gboolean taken = certd_store_chain_insert(fixture->store, chain, &id, &error);
        g_assert_cmpint(taken, ==, row->error < 0);
        g_assert_cmpint(id > template, ==, taken);
        if (!taken)
            g_assert_error(error, CERTD_ERROR, row->error);
    }
    fixture_commit(fixture);
}

/* R39 */
static void test_delete(Fixture *fixture, const void *data)
{
    g_autoptr(GError) error = NULL;

    fixture_begin(fixture);
    fixture_add_certificate(fixture, "https");
    fixture_add_key(fixture, 1);
    fixture_add_key(fixture, 2);
    gint64 first = fixture_add_chain(fixture, "https", 1, 0, 1);
    gint64 second = fixture_add_chain(fixture, "https", 2, 0, 1);
    gint64 third = fixture_add_chain(fixture, "https", 1, 0, 1);
    fixture_activate(fixture, "https", second, first);
    g_assert_false(certd_store_chain_delete(fixture->store, first, &error));
    g_assert_error(error, CERTD_ERROR, CERTD_ERROR_BUSY);
    g_clear_error(&error);
    fixture_activate(fixture, "https", third, second);
    g_assert_true(certd_store_chain_delete(fixture->store, first, &error));
    g_assert_true(fixture_has_key(fixture, 1));
    fixture_activate(fixture, "https", third, 0);
    g_assert_true(certd_store_chain_delete(fixture->store, second, &error));
    g_assert_no_error(error);
    g_assert_false(fixture_has_key(fixture, 2));
    g_assert_null(certd_store_chain_get(fixture->store, second, &error));
    g_assert_error(error, CERTD_ERROR, CERTD_ERROR_STORAGE_DAMAGED);
    g_clear_error(&error);
    /* R51: what is gone already keeps nobody from going on. */
    g_assert_true(certd_store_chain_delete(fixture->store, second, &error));
    g_assert_no_error(error);
    fixture_commit(fixture);
}

typedef struct {
    const char *name;
    const char *sql;
} DamageRow;

static const DamageRow DAMAGES[] = {
    {"chain", "UPDATE chain SET chain = x'ffffff'"},
    {"no leaf", "UPDATE chain SET chain = x'0000'"},
    {"details", "UPDATE chain SET details = x'01020304050607'"},
    {"findings", "UPDATE chain SET findings = x'ffff'"},
    {"text", "UPDATE chain SET key_id = key_id, origin = 'self';"
             "PRAGMA ignore_check_constraints = 1;"
             "UPDATE chain SET origin = CAST(x'ff' AS TEXT)"},
};

/* R51: content that makes no sense is an error, not a crash. */
static void test_damage(Fixture *fixture, const void *data)
{
    for (size_t i = 0; i < G_N_ELEMENTS(DAMAGES); i++) {
        g_autoptr(GError) error = NULL;
        g_autofree char *name = g_strdup_printf("c%zu", i);
        g_test_message("%s", DAMAGES[i].name);
        fixture_begin(fixture);
        fixture_add_certificate(fixture, name);
        fixture_add_key(fixture, 10 + (guint)i);
        gint64 id = fixture_add_chain(fixture, name, 10 + (guint)i, 0, 1);
        fixture_commit(fixture);
        g_autoptr(CertdChainRecord) sound = certd_store_chain_get(fixture->store, id, &error);
        g_assert_no_error(error);
        g_assert_nonnull(sound);
        fixture_close(fixture);
        fixture_sql(fixture, DAMAGES[i].sql);
        if (i + 1 == G_N_ELEMENTS(DAMAGES)) {
            /* That one breaks a rule of the table, which the check at the start sees. */
            g_free(fixture_open(fixture, CERTD_STORE_SET_ASIDE));
            continue;
        }
        g_free(fixture_open(fixture, CERTD_STORE_OPENED));
        g_assert_null(certd_store_chain_get(fixture->store, id, &error));
        g_assert_error(error, CERTD_ERROR, CERTD_ERROR_STORAGE_DAMAGED);
    }
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    fixture_add("/store/chain/round-trip", test_round_trip);
    fixture_add("/store/chain/insert", test_insert);
    fixture_add("/store/chain/delete", test_delete);
    fixture_add("/store/chain/damage", test_damage);
    return g_test_run();
}
