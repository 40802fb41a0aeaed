/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The files of consumers, as far as delivering is concerned: what is written when, and what is told of it. */

#include <errno.h>
#include <unistd.h>

#include "model/names.h"
#include "service/credential-private.h"
#include "service/deliver-private.h"
#include "service/export-files.h"
#include "store/consumer.h"

#define FAILED "export-failed"
#define REFUSED "export-refused"
#define UNKNOWN "consumer-unknown"

void certd_delivery_tell_files(CertdService *service, const char *name, const char *reason)
{
    g_autofree char *message =
        reason != NULL && name != NULL
            ? g_strdup_printf("The files of the certificate \"%s\" could not be put in place below "
                              "%s/%s: %s",
                              name, service->runtime_directory, CERTD_EXPORT_DIRECTORY, reason)
            : g_strdup(reason);
    const CertdProblem problem = {
        .code = FAILED,
        .object = name,
        .severity = CERTD_SEVERITY_ERROR,
        .message = message,
        .remedy = "See that the directory exists, belongs to certd and has room; it is tried again "
                  "every minute",
    };
    certd_problem_set(service, &problem);
    if (name == NULL)
        return;
    if (reason != NULL)
        certd_delivery_try_again(service, name);
    else
        g_hash_table_remove(service->delivery->unwritten, name);
}

static void tell_refused(CertdService *service, const char *name, gboolean refused)
{
    g_autofree char *message =
        refused
            ? g_strdup_printf("The key of the certificate \"%s\" is not written to %s/%s, which "
                              "is on no tmpfs: there it would stay on a disk",
                              name, service->runtime_directory, CERTD_EXPORT_DIRECTORY)
            : NULL;
    const CertdProblem problem = {
        .code = REFUSED,
        .object = name,
        .severity = CERTD_SEVERITY_WARNING,
        .message = message,
        .remedy = "Mount a tmpfs there, or let consumers take credentials in place of files",
    };
    certd_problem_set(service, &problem);
}

void certd_delivery_tell_unknown(CertdService *service, const char *name, const char *unknown)
{
    g_autofree char *message =
        unknown != NULL ? g_strdup_printf("Consumers of the certificate \"%s\" do not exist, and "
                                          "can't read its files: %s",
                                          name, unknown)
                        : NULL;
    const CertdProblem problem = {
        .code = UNKNOWN,
        .object = name,
        .severity = CERTD_SEVERITY_ERROR,
        .message = message,
        .remedy =
            "Create them, or remove them from the consumers; they are looked for every minute",
    };
    certd_problem_set(service, &problem);
    if (unknown != NULL)
        certd_delivery_look_for(service, name, unknown);
}

int certd_delivery_open_files(CertdService *service, const char *name)
{
    int exports = certd_export_files_open(service->runtime_directory);
    int code = exports < 0 ? errno : 0;
    tell_refused(service, name, code == EMEDIUMTYPE);
    if (exports < 0 && code != EMEDIUMTYPE)
        certd_delivery_tell_files(service, name, g_strerror(code));
    return exports;
}

/* 0 or an errno. */
static int remove_files(const CertdService *service, const char *name)
{
    int exports = certd_export_files_open(service->runtime_directory);
    int code = exports < 0 ? errno : certd_export_files_remove(exports, name);
    if (exports >= 0)
        close(exports);
    /* What is not in memory has never been written, and where nothing is nothing is left. */
    return code == EMEDIUMTYPE || code == ENOENT ? 0 : code;
}

void certd_delivery_take_away(CertdService *service, const char *name)
{
    int code = service->runtime_directory != NULL ? remove_files(service, name) : 0;
    if (code != 0) {
        certd_delivery_tell_files(service, name, g_strerror(code));
        return;
    }
    g_hash_table_remove(service->delivery->put_off, name);
    certd_delivery_tell_files(service, name, NULL);
    certd_delivery_tell_unknown(service, name, NULL);
    tell_refused(service, name, FALSE);
}

void certd_delivery_restrict(CertdService *service, const char *name, const GPtrArray *consumers)
{
    if (service->runtime_directory == NULL)
        return;
    g_autoptr(CertdReaders) readers = certd_readers_new(consumers, service->device);
    int exports = certd_export_files_open(service->runtime_directory);
    int code = exports < 0 ? errno : certd_export_files_restrict(exports, name, readers);
    if (exports >= 0)
        close(exports);
    if (code != 0 && code != EMEDIUMTYPE)
        certd_delivery_take_away(service, name);
}

/* Of what does not exist; NULL where all do. Caller frees. */
static char *unknown_of(const CertdReaders *readers)
{
    g_autoptr(GStrvBuilder) builder = g_strv_builder_new();
    for (guint i = 0; i < readers->unknown->len; i++)
        g_strv_builder_add(builder, g_ptr_array_index(readers->unknown, i));
    g_auto(GStrv) names = g_strv_builder_end(builder);
    return readers->unknown->len > 0 ? g_strjoinv(", ", names) : NULL;
}

gboolean certd_delivery_has_new_readers(CertdService *service, const char *name,
                                        const char *unknown)
{
    g_autoptr(GPtrArray) consumers = certd_store_consumers(service->store, name, NULL);
    if (consumers == NULL)
        return TRUE;
    g_autoptr(CertdReaders) readers = certd_readers_new(consumers, service->device);
    g_autofree char *now = unknown_of(readers);
    return g_strcmp0(now, unknown) != 0;
}

char *certd_delivery_write_files(CertdService *service, const char *name,
                                 const CertdChainRecord *chain, int exports, int key,
                                 char **unknown)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(GPtrArray) consumers = certd_store_consumers(service->store, name, &error);
    if (consumers == NULL)
        return g_strdup(error->message);
    /* They may have been removed while the key was opened. */
    if (consumers->len == 0)
        return NULL;
    g_autofree char *leaf = certd_part_text(service, chain, CERTD_PART_CRT, &error);
    g_autofree char *full =
        leaf != NULL ? certd_part_text(service, chain, CERTD_PART_FULLCHAIN, &error) : NULL;
    if (full == NULL)
        return g_strdup(error->message);
    /* An authority that can't be read is told of elsewhere, and servers go on without it. */
    g_autofree char *authority = certd_part_text(service, chain, CERTD_PART_CA, NULL);
    g_autoptr(CertdReaders) readers = certd_readers_new(consumers, service->device);
    const CertdExportFiles files = {.key = key,
                                    .leaf = leaf,
                                    .full_chain = full,
                                    .authority = authority != NULL ? authority : ""};
    int code = certd_export_files_write(exports, name, &files, readers);
    *unknown = unknown_of(readers);
    return code != 0 ? g_strdup(g_strerror(code)) : NULL;
}

void certd_delivery_clear_others(CertdService *service, GHashTable *names)
{
    if (service->runtime_directory == NULL)
        return;
    int exports = certd_export_files_open(service->runtime_directory);
    int code = exports < 0 ? errno : certd_export_files_clear(exports, names);
    if (exports >= 0)
        close(exports);
    g_autofree char *message =
        code != 0 && code != EMEDIUMTYPE
            ? g_strdup_printf("What is no consumer's could not be removed from %s/%s: %s",
                              service->runtime_directory, CERTD_EXPORT_DIRECTORY, g_strerror(code))
            : NULL;
    certd_delivery_tell_files(service, NULL, message);
}
