/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Handing out what is active (R42). */

#include "service/export.h"

#include <string.h>

#include "fake.h"
#include "service/request.h"

static void on_exported(GBytes *bytes, int fd, const GError *error, void *userdata)
{
    GBytes **exported = userdata;
    g_assert_no_error(error);
    *exported = g_bytes_ref(bytes);
}

static void test_formats(Fake *fake, const void *data)
{
    static const struct {
        const char *format;
        const char *content;
    } rows[] = {
        {"pem", "-----BEGIN CERTIFICATE-----\nbGVhZiAx\n-----END CERTIFICATE-----\n"},
        {"der", "leaf 1"},
        {"p7b", "bundle"},
    };
    fake_create(fake, "web");
    fake_request(fake, "web", "self");
    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        g_autoptr(GBytes) exported = NULL;
        g_autoptr(GError) error = NULL;
        g_assert_true(certd_export(fake->service, &fake_root, "web", rows[i].format, -1,
                                   on_exported, &exported, &error));
        if (fake_waiting(fake, FAKE_PKCS7) > 0)
            fake_answer(fake, FAKE_PKCS7, NULL);
        size_t size;
        const char *content = g_bytes_get_data(exported, &size);
        g_assert_cmpmem(content, size, rows[i].content, strlen(rows[i].content));
    }
}

static void test_refused(Fake *fake, const void *data)
{
    static const struct {
        const char *name;
        const char *format;
        int passphrase_fd;
        CertdError code;
    } rows[] = {
        {"none", "pem", -1, CERTD_ERROR_NO_SUCH_CERTIFICATE},
        {"idle", "pem", -1, CERTD_ERROR_KEY_UNAVAILABLE},
        {"web", "jks", -1, CERTD_ERROR_UNSUPPORTED_FORMAT},
        {"web", "pem", 0, CERTD_ERROR_INVALID_OPTION},
        {"web", "p12", -1, CERTD_ERROR_PASSPHRASE_NEEDED},
        {"web", "p12", 0, CERTD_ERROR_KEY_UNAVAILABLE}, /* R1: it never leaves */
    };
    fake_create(fake, "idle");
    fake_create(fake, "web");
    fake_request(fake, "web", "self");
    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        g_autoptr(GError) error = NULL;
        g_assert_false(certd_export(fake->service, &fake_root, rows[i].name, rows[i].format,
                                    rows[i].passphrase_fd, on_exported, NULL, &error));
        g_assert_error(error, CERTD_ERROR, (int)rows[i].code);
        g_assert_true(g_queue_is_empty(&fake->jobs));
    }
}

/* R14: a request as PEM and DER, once it is ready. */
static void test_request(Fake *fake, const void *data)
{
    g_autoptr(GVariant) none = fake_options(NULL);
    g_autoptr(GError) error = NULL;
    gint64 id;
    fake_create(fake, "web");
    g_assert_true(
        certd_request_create(fake->service, &fake_root, "web", "external", none, &id, NULL));
    g_assert_null(certd_request_export(fake->service, id, "pem", &error));
    g_assert_error(error, CERTD_ERROR, CERTD_ERROR_BUSY);
    g_clear_error(&error);
    fake_answer(fake, FAKE_ISSUE, NULL);
    g_autoptr(GBytes) der = certd_request_export(fake->service, id, "der", NULL);
    g_assert_cmpmem(g_bytes_get_data(der, NULL), g_bytes_get_size(der), "request", 7);
    g_autoptr(GBytes) pem = certd_request_export(fake->service, id, "pem", NULL);
    g_assert_true(
        g_str_has_prefix(g_bytes_get_data(pem, NULL), "-----BEGIN CERTIFICATE REQUEST-----\n"));
    g_assert_null(certd_request_export(fake->service, id, "txt", &error));
    g_assert_error(error, CERTD_ERROR, CERTD_ERROR_UNSUPPORTED_FORMAT);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    fake_add("/export/formats", test_formats);
    fake_add("/export/refused", test_refused);
    fake_add("/export/request", test_request);
    return g_test_run();
}
