/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The authority's certificate for whoever wants to trust it (R27): as files that everybody may read,
 * and as a profile for Apple's devices. Each file is replaced whole.
 */

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "model/error.h"
#include "model/text.h"
#include "service/authority-private.h"
#include "service/export.h"
#include "service/published.h"

#define DIRECTORY "authority"
#define PROFILE_LINE 64u

/* 0 or an errno. */
static int publish(const char *runtime_directory, GBytes *der)
{
    int runtime = open(runtime_directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (runtime < 0)
        return errno;
    int directory = certd_published_directory(runtime, DIRECTORY);
    int code = directory < 0 ? errno : 0;
    close(runtime);
    if (code != 0)
        return code;
    char *text = certd_to_pem("CERTIFICATE", der);
    g_autoptr(GBytes) pem = g_bytes_new_take(text, strlen(text));
    code = certd_published_write(directory, "ca.crt", pem);
    if (code == 0)
        code = certd_published_write(directory, "ca.cer", der);
    close(directory);
    return code;
}

void certd_authority_publish(CertdService *service, const CertdAuthorityRecord *record)
{
    if (service->runtime_directory == NULL)
        return;
    int code = publish(service->runtime_directory, record->certificate);
    g_autofree char *message =
        code != 0 ? g_strdup_printf("The authority's certificate could not be written to %s: %s",
                                    service->runtime_directory, g_strerror(code))
                  : NULL;
    const CertdProblem problem = {
        .code = "authority-unpublished",
        .severity = CERTD_SEVERITY_WARNING,
        .message = message,
        .remedy = "See that the directory exists, belongs to certd and has room, and restart certd",
    };
    certd_problem_set(service, &problem);
}

/* A UUID that belongs to @fingerprint and @number for ever, so that importing the profile again
 * replaces it (RFC 9562, version 8). Caller frees. */
static char *uuid_of(const char *fingerprint, guint number)
{
    g_autofree char *text = g_strdup_printf("certd %u %s", number, fingerprint);
    g_autofree char *hash = g_compute_checksum_for_string(G_CHECKSUM_SHA256, text, -1);
    return g_strdup_printf("%.8s-%.4s-8%.3s-a%.3s-%.12s", hash, hash + 8, hash + 12, hash + 15,
                           hash + 18);
}

static void append_base64(GString *out, GBytes *der)
{
    size_t size;
    const guchar *data = g_bytes_get_data(der, &size);
    g_autofree char *base64 = g_base64_encode(data, size);
    size_t length = strlen(base64);
    for (size_t at = 0; at < length; at += PROFILE_LINE) {
        g_string_append_len(out, base64 + at, (gssize)MIN(PROFILE_LINE, length - at));
        g_string_append_c(out, '\n');
    }
}

static GBytes *profile(const CertdAuthorityRecord *record)
{
    const char *name = certd_subject_common_name(record->subject);
    g_autofree char *title = g_markup_escape_text(name != NULL ? name : "Device authority", -1);
    g_autofree char *outer = uuid_of(record->fingerprint, 0);
    g_autofree char *inner = uuid_of(record->fingerprint, 1);
    GString *out = g_string_new(NULL);
    g_string_append_printf(
        out,
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
        "<!DOCTYPE plist PUBLIC \"-//Apple//DTD PLIST 1.0//EN\" "
        "\"http://www.apple.com/DTDs/PropertyList-1.0.dtd\">\n"
        "<plist version=\"1.0\">\n<dict>\n"
        "<key>PayloadType</key><string>Configuration</string>\n"
        "<key>PayloadVersion</key><integer>1</integer>\n"
        "<key>PayloadIdentifier</key><string>org.certd1.authority.%.16s</string>\n"
        "<key>PayloadUUID</key><string>%s</string>\n"
        "<key>PayloadDisplayName</key><string>%s</string>\n"
        "<key>PayloadDescription</key>"
        "<string>Lets this device trust the certificates of %s.</string>\n"
        "<key>PayloadContent</key>\n<array>\n<dict>\n"
        "<key>PayloadType</key><string>com.apple.security.root</string>\n"
        "<key>PayloadVersion</key><integer>1</integer>\n"
        "<key>PayloadIdentifier</key>"
        "<string>org.certd1.authority.%.16s.certificate</string>\n"
        "<key>PayloadUUID</key><string>%s</string>\n"
        "<key>PayloadDisplayName</key><string>%s</string>\n"
        "<key>PayloadCertificateFileName</key><string>ca.cer</string>\n"
        "<key>PayloadContent</key>\n<data>\n",
        record->fingerprint, outer, title, title, record->fingerprint, inner, title);
    append_base64(out, record->certificate);
    g_string_append(out, "</data>\n</dict>\n</array>\n</dict>\n</plist>\n");
    return g_string_free_to_bytes(out);
}

GBytes *certd_authority_export(CertdService *service, const char *format, GError **error)
{
    g_autoptr(CertdAuthorityRecord) record = certd_authority_get(service, error);
    if (record == NULL)
        return NULL;
    if (g_str_equal(format, "pem")) {
        char *text = certd_to_pem("CERTIFICATE", record->certificate);
        return g_bytes_new_take(text, strlen(text));
    }
    if (g_str_equal(format, "der"))
        return g_bytes_ref(record->certificate);
    if (g_str_equal(format, "mobileconfig"))
        return profile(record);
    g_autofree char *quoted = certd_text_quote(format);
    g_set_error(error, CERTD_ERROR, CERTD_ERROR_UNSUPPORTED_FORMAT,
                "An authority has no format %s; there are pem, der and mobileconfig", quoted);
    return NULL;
}
