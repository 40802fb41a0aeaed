/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The device of the tests' own, and a service on it. */

#include "fake.h"

#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "model/san.h"
#include "service/authority.h"
#include "service/configure.h"
#include "service/import.h"
#include "service/look.h"
#include "service/request.h"
#include "service/reset.h"
#include "service/review.h"

/* More turns of the event loop than any test has work for. */
#define TURNS 100000u

const CertdCaller fake_root = {.uid = 0, .administrator = TRUE, .sender = ":1.1"};
const CertdCaller fake_user = {.uid = 1000, .administrator = FALSE, .sender = ":1.2"};

static gint64 now(void *userdata)
{
    return ((Fake *)userdata)->now;
}

static gboolean clock_trusted(void *userdata)
{
    return ((Fake *)userdata)->clock_trusted;
}

static gboolean clock_synchronized(void *userdata)
{
    return ((Fake *)userdata)->synchronized;
}

static char *host_name(void *userdata)
{
    return g_strdup(((Fake *)userdata)->host_name);
}

static GPtrArray *names(void *userdata)
{
    return certd_san_list_copy(((Fake *)userdata)->names);
}

static gboolean is_public_suffix(void *userdata, const char *name)
{
    return strchr(name, '.') == NULL;
}

static guint32 chance(void *userdata)
{
    Fake *fake = userdata;
    return fake->chance != NULL ? g_rand_int(fake->chance) : 0;
}

static void wake(void *userdata)
{
    ((Fake *)userdata)->woken = TRUE;
}

static gint64 boottime(void *userdata)
{
    return ((const Fake *)userdata)->boottime;
}

static gint64 clock_offset(void *userdata)
{
    const Fake *fake = userdata;
    return fake->now * G_USEC_PER_SEC - fake->boottime;
}

static void wake_for_trial(void *userdata, gint64 when)
{
    ((Fake *)userdata)->trial_wake = when;
}

static void commit(void *userdata, gboolean at_once)
{
    Fake *fake = userdata;
    if (!fake->holds_results)
        certd_commit_results(fake->service);
}

static void begin(Fake *fake)
{
    fake->woken = FALSE;
    fake->service =
        certd_service_new(fake->fixture.store, &fake->table, &fake->device, fake->policy);
    certd_service_set_runtime_directory(fake->service, fake->runtime_directory);
    fake_listen(fake);
}

void fake_set_up(Fake *fake, const void *data)
{
    fixture_set_up(&fake->fixture, NULL);
    fake_workers_init(fake);
    fake->device = (CertdDevice){
        .now = now,
        .clock_trusted = clock_trusted,
        .host_name = host_name,
        .names = names,
        .is_public_suffix = is_public_suffix,
        .random = chance,
        .clock_synchronized = clock_synchronized,
        .wake = wake,
        .commit = commit,
        .boottime = boottime,
        .clock_offset = clock_offset,
        .wake_for_trial = wake_for_trial,
        .user_id = fake_user_id,
        .group_id = fake_group_id,
        .boot = fake->boot,
        .release_time = 1790000000,
        .userdata = fake,
    };
    fake->policy = CERTD_POLICY_DEFAULT;
    fake->now = 1800000000;
    fake->boottime = G_GINT64_CONSTANT(5000) * G_USEC_PER_SEC;
    strcpy(fake->boot, "1111");
    fake->clock_trusted = TRUE;
    fake->judged = (CertdValidity){1799990000, 1830000000};
    fake_rename(fake, "device.example.org", "DNS:device.example.org");
    fake->judged_sans = certd_san_list_copy(fake->names);
    fake->findings = certd_finding_list_new();
    fake->events = g_string_new(NULL);
    fake->read.public_key_hashes = g_ptr_array_new_with_free_func((GDestroyNotify)g_bytes_unref);
    fake->read.format = g_strdup("pem");
    begin(fake);
}

void fake_tear_down(Fake *fake, const void *data)
{
    certd_service_free(fake->service);
    g_assert_true(g_queue_is_empty(&fake->jobs));
    g_free(fake->runtime_directory);
    g_free(fake->judge);
    g_free(fake->verify);
    g_ptr_array_unref(fake->judged_sans);
    g_free(fake->read.format);
    g_ptr_array_unref(fake->read.public_key_hashes);
    g_clear_pointer(&fake->read.key_hash, g_bytes_unref);
    g_ptr_array_unref(fake->findings);
    g_clear_pointer(&fake->chance, g_rand_free);
    g_free(fake->host_name);
    g_ptr_array_unref(fake->names);
    g_string_free(fake->events, TRUE);
    fixture_tear_down(&fake->fixture, NULL);
}

void fake_restart(Fake *fake)
{
    certd_service_free(fake->service);
    begin(fake);
}

void fake_restart_with_sql(Fake *fake, const char *sql)
{
    certd_service_free(fake->service);
    fixture_close(&fake->fixture);
    fixture_sql(&fake->fixture, sql);
    g_free(fixture_open(&fake->fixture, CERTD_STORE_OPENED));
    begin(fake);
}

static void on_started(const GError *error, void *userdata)
{
    g_assert_no_error(error);
    *(gboolean *)userdata = TRUE;
}

void fake_start(Fake *fake)
{
    gboolean started = FALSE;
    certd_start(fake->service, on_started, &started);
    fake_settle(fake);
    g_assert_true(started);
}

void fake_settle(Fake *fake)
{
    for (guint i = 0; i < TURNS; i++) {
        const FakeJob *job = fake->jobs.head != NULL ? fake->jobs.head->data : NULL;
        if (job != NULL) {
            fake_answer(fake, job->kind, NULL);
        } else if (fake->woken) {
            fake->woken = FALSE;
            fake->woken = certd_work(fake->service) || fake->woken;
            fake->timer = certd_work_next(fake->service);
        } else {
            return;
        }
    }
    g_error("There is always something to do: the event loop would be busy for ever");
}

void fake_pass(Fake *fake, gint64 seconds)
{
    gint64 end = fake->now + seconds;
    guint turns = 0;
    fake_settle(fake);
    while (fake->now < end) {
        gboolean timer = fake->timer != 0 && fake->timer <= end;
        fake->now = timer ? MAX(fake->timer, fake->now) : end;
        fake->woken = fake->woken || timer;
        fake_settle(fake);
        g_assert_cmpuint(turns++, <, TURNS);
    }
}

void fake_rename(Fake *fake, const char *host, const char *names)
{
    g_auto(GStrv) each = g_strsplit(names, " ", -1);
    g_clear_pointer(&fake->names, g_ptr_array_unref);
    g_free(fake->host_name);
    fake->host_name = g_strdup(host);
    fake->names = certd_san_list_new();
    for (size_t i = 0; each[i] != NULL; i++)
        g_assert_true(certd_san_list_add(fake->names, certd_san_parse(each[i], NULL), NULL, NULL));
}

GVariant *fake_options(const char *text)
{
    return g_variant_ref_sink(g_variant_new_parsed(text != NULL ? text : "@a{sv} {}"));
}

void fake_create(Fake *fake, const char *name)
{
    g_autoptr(GVariant) none = fake_options(NULL);
    g_autoptr(GError) error = NULL;
    g_assert_true(certd_create(fake->service, &fake_root, name, none, &error));
    g_assert_no_error(error);
}

gint64 fake_request(Fake *fake, const char *name, const char *issuer)
{
    g_autoptr(GVariant) none = fake_options(NULL);
    g_autoptr(GError) error = NULL;
    gint64 id = 0;
    g_assert_true(certd_request_create(fake->service, &fake_root, name, issuer, none, &id, &error));
    g_assert_no_error(error);
    fake_answer(fake, FAKE_ISSUE, NULL);
    return id;
}

static void on_imported(GPtrArray *findings, const GError *error, void *userdata)
{
    g_assert_no_error(error);
    *(gboolean *)userdata = TRUE;
}

void fake_import(Fake *fake, const char *name, guint key)
{
    const CertdImportInput input = {.data_fd = open("/dev/null", O_RDONLY | O_CLOEXEC),
                                    .passphrase_fd = -1,
                                    .trial_seconds = fake->trial_seconds};
    g_autoptr(GError) error = NULL;
    gboolean imported = FALSE;
    g_ptr_array_set_size(fake->read.public_key_hashes, 0);
    g_ptr_array_add(fake->read.public_key_hashes, fake_hash(key));
    g_assert_true(certd_import(fake->service, &fake_root, name, &input, NULL, on_imported,
                               &imported, &error));
    g_assert_no_error(error);
    close(input.data_fd);
    fake_settle(fake);
    g_assert_true(imported);
}

gint64 fake_newest_request(Fake *fake, const char *name, guint *count)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(GArray) ids = certd_look_request_ids(fake->service, name, 1000, &error);
    g_assert_no_error(error);
    *count = ids->len;
    return ids->len > 0 ? g_array_index(ids, gint64, 0) : 0;
}

CertdRequestState fake_state(Fake *fake, gint64 id)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(CertdRequestRecord) record = certd_request_get(fake->service, id, &error);
    g_assert_no_error(error);
    return record->state;
}

CertdCertificateRecord *fake_get(Fake *fake, const char *name)
{
    g_autoptr(GError) error = NULL;
    CertdCertificateRecord *record = certd_store_certificate_get(fake->fixture.store, name, &error);
    g_assert_no_error(error);
    return record;
}

CertdChainRecord *fake_in_use(Fake *fake, const char *name)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(CertdCertificateRecord) record = fake_get(fake, name);
    CertdChainRecord *chain = certd_look_chain_in_use(fake->service, record, &error);
    g_assert_no_error(error);
    return chain;
}

gboolean fake_answers_for(Fake *fake, const char *name, const char *san)
{
    g_autoptr(CertdChainRecord) chain = fake_in_use(fake, name);
    g_autoptr(CertdSan) wanted = certd_san_parse(san, NULL);
    g_autoptr(GVariant) pairs =
        g_variant_lookup_value(chain->details, "subject-alt-names", G_VARIANT_TYPE("a(ss)"));
    g_autoptr(GPtrArray) present = certd_san_list_from_variant(pairs, NULL);
    g_assert_nonnull(wanted);
    return certd_san_list_contains(present, wanted);
}

gboolean fake_problem(Fake *fake, const char *code)
{
    g_autoptr(GVariant) problems = g_variant_ref_sink(certd_service_problems(fake->service));
    GVariantIter iter;
    const char *found;
    g_variant_iter_init(&iter, problems);
    while (g_variant_iter_next(&iter, "(&s&s&s&s)", &found, NULL, NULL, NULL)) {
        if (g_str_equal(found, code))
            return TRUE;
    }
    return FALSE;
}
