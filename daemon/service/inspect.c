/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Inspection: all the checks of an import, and nothing installed (R36). */

#include "service/import-private.h"

typedef struct {
    CertdReading reading;
    CertdInspectDone done;
    void *userdata;
} Inspection;

static void inspection_free(void *operation)
{
    Inspection *inspection = operation;
    certd_reading_clear(&inspection->reading);
    g_free(inspection);
}

static void go_on(CertdReading *reading)
{
    certd_reading_judge(reading, FALSE);
}

static void fail(CertdReading *reading, const GError *error)
{
    Inspection *inspection = (Inspection *)reading;
    inspection->done(NULL, NULL, error, inspection->userdata);
    certd_operation_end(&reading->operation);
}

static void answer(CertdReading *reading, int key_fd)
{
    Inspection *inspection = (Inspection *)reading;
    g_auto(GVariantDict) dict = G_VARIANT_DICT_INIT(reading->judged->details);
    g_variant_dict_insert(&dict, "format", "s", reading->read->format);
    g_variant_dict_insert(&dict, "has-key", "b", reading->read->has_key);
    g_autoptr(GVariant) details = g_variant_ref_sink(g_variant_dict_end(&dict));
    inspection->done(details, reading->judged->findings, NULL, inspection->userdata);
    certd_operation_end(&reading->operation);
}

gboolean certd_inspect(CertdService *service, const char *name, int data_fd, int passphrase_fd,
                       CertdInspectDone done, void *userdata, GError **error)
{
    Inspection *inspection = g_new0(Inspection, 1);
    inspection->done = done;
    inspection->userdata = userdata;
    inspection->reading.on_read = go_on;
    inspection->reading.on_judged = answer;
    inspection->reading.on_error = fail;
    inspection->reading.data_fd = inspection->reading.passphrase_fd = -1;
    if (!certd_reading_begin(&inspection->reading, service, name, data_fd, passphrase_fd,
                             inspection_free, error)) {
        inspection_free(inspection);
        return FALSE;
    }
    return TRUE;
}
