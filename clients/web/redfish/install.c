/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What is installed and its pass phrase go by descriptor: they are in no message. */
#include "web/redfish/install.h"

#include <gio/gunixfdlist.h>
#include <string.h>

#include "common/fd.h"
#include "common/file.h"
#include "model/error.h"
#include "model/finding.h"
#include "model/names.h"
#include "web/redfish/bus.h"

GVariant *certd_install_add_bytes(GUnixFDList *fds, GBytes *bytes, GError **error)
{
    CERTD_AUTO_FD int fd = certd_file_memfd("certificate", bytes, error);
    int index = fd < 0 ? -1 : g_unix_fd_list_append(fds, fd, error);
    return index < 0 ? NULL : g_variant_new_handle(index);
}

GVariant *certd_install_add_secret(GUnixFDList *fds, const char *text, GError **error)
{
    size_t size = strlen(text);
    guint8 *copy = g_malloc(size + 1);
    memcpy(copy, text, size + 1);
    g_autoptr(GBytes) bytes = certd_file_wiped_bytes(copy, size, size + 1);
    return certd_install_add_bytes(fds, bytes, error);
}

/* NULL with @error. */
static GVariant *make_options(const CertdInstall *install, GUnixFDList *fds, GError **error)
{
    g_auto(GVariantBuilder) dict = G_VARIANT_BUILDER_INIT(G_VARIANT_TYPE_VARDICT);
    if (install->passphrase) {
        GVariant *handle = certd_install_add_secret(fds, install->passphrase, error);
        if (!handle)
            return NULL;
        g_variant_builder_add(&dict, "{sv}", "passphrase-fd", handle);
    }
    if (install->accept)
        g_variant_builder_add(&dict, "{sv}", "accept",
                              g_variant_new_strv((const char *const *)install->accept, -1));
    if (install->on_trial)
        g_variant_builder_add(&dict, "{sv}", "trial", g_variant_new_int64(install->trial));
    if (!install->with_key)
        g_variant_builder_add(&dict, "{sv}", "certificates-only", g_variant_new_boolean(TRUE));
    if (install->exportable)
        g_variant_builder_add(&dict, "{sv}", "exportable", g_variant_new_boolean(TRUE));
    if (install->dry_run)
        g_variant_builder_add(&dict, "{sv}", "dry-run", g_variant_new_boolean(TRUE));
    return g_variant_builder_end(&dict);
}

static GVariant *import(const CertdRequest *request, const CertdInstall *install, GError **error)
{
    g_autoptr(GUnixFDList) fds = g_unix_fd_list_new();
    g_autofree char *path = certd_redfish_certificate_path(install->certificate);
    GVariant *data = certd_install_add_bytes(fds, install->bytes, error);
    if (!data)
        return NULL;
    g_autoptr(GVariant) kept = g_variant_ref_sink(data);
    GVariant *options = make_options(install, fds, error);
    if (!options)
        return NULL;
    g_autoptr(GVariant) reply =
        certd_redfish_try(request, path, CERTD_INTERFACE_CERTIFICATE, "ImportFd",
                          g_variant_new("(@h@a{sv})", kept, options), "(a(ssss))", fds, error);
    return reply ? g_variant_get_child_value(reply, 0) : NULL;
}

/* Whether findings are why it failed. */
static gboolean is_judgement(const GError *error, CertdError *code)
{
    g_autofree char *remote = g_dbus_error_get_remote_error(error);
    return remote && certd_error_from_dbus_name(remote, code) &&
           (*code == CERTD_ERROR_REJECTED || *code == CERTD_ERROR_KEY_MISMATCH ||
            *code == CERTD_ERROR_CHAIN_INCOMPLETE);
}

/* The error of certd's, and after it all that was found. */
static void answer_findings(CertdAnswer *answer, const GError *error, GVariant *findings)
{
    GVariantIter iter;
    const char *code, *severity, *sentence, *remedy;
    certd_answer_error(answer, error);
    g_variant_iter_init(&iter, findings);
    while (g_variant_iter_next(&iter, "(&s&s&s&s)", &code, &severity, &sentence, &remedy))
        certd_answer_finding(answer, code, severity, sentence, remedy);
}

GVariant *certd_install(const CertdRequest *request, CertdAnswer *answer,
                        const CertdInstall *install)
{
    g_autoptr(GError) error = NULL;
    CertdError code;
    GVariant *findings = import(request, install, &error);
    if (findings)
        return findings;
    if (!is_judgement(error, &code)) {
        certd_answer_error(answer, error);
        return NULL;
    }
    /* The same without installing tells the findings one by one. */
    CertdInstall again = *install;
    again.dry_run = TRUE;
    again.on_trial = FALSE;
    g_autoptr(GVariant) found = import(request, &again, NULL);
    if (found)
        answer_findings(answer, error, found);
    else
        certd_answer_error(answer, error);
    return NULL;
}

gboolean certd_install_read_oem(JsonObject *body, const char *action, CertdInstall *install,
                                char ***accept, CertdAnswer *answer)
{
    static const CertdField outer[] = {{"Certd", CERTD_FIELD_OBJECT, FALSE}, {0}};
    static const CertdField fields[] = {
        {"Accept", CERTD_FIELD_STRINGS, FALSE},
        {"Trial", CERTD_FIELD_INTEGER, FALSE},
        {0},
    };
    JsonObject *oem = certd_field_object(body, "Oem");
    if (oem && !certd_fields_check(oem, outer, action, "/Oem", answer))
        return FALSE;
    JsonObject *certd = oem ? certd_field_object(oem, "Certd") : NULL;
    if (!certd)
        return TRUE;
    if (!certd_fields_check(certd, fields, action, "/Oem/Certd", answer))
        return FALSE;
    *accept = certd_field_strings(certd, "Accept");
    install->accept = *accept;
    install->trial = certd_field_integer(certd, "Trial", G_MININT64);
    install->on_trial = install->trial != G_MININT64;
    return TRUE;
}
