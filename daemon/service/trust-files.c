/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The trust store for other programs (R70), below the runtime directory: for each purpose a bundle
 * (server.pem) and a directory (server/HASH.N) as OpenSSL and GnuTLS look in. The tree is replaced as a
 * whole, so that nobody sees half of a change; the one before stays for a moment, hidden, for who is in
 * it just then.
 */

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "model/error.h"
#include "model/limits.h"
#include "model/text.h"
#include "service/export.h"
#include "service/published.h"
#include "service/service-private.h"
#include "service/trust.h"

#define TREE "trust"
#define TREE_NEW ".trust.new"
#define TREE_OLD ".trust.old"
/* Readers look for this text anywhere in a line, also in a comment. */
#define PEM_MARK "--"
#define PEM_MARK_ESCAPED "-\\u{2D}"

static const struct {
    CertdPurposes purpose;
    const char *format; /* of the export */
    const char *name;   /* of the directory */
    const char *bundle;
} kinds[] = {
    {CERTD_PURPOSE_SERVER, "pem", "server", "server.pem"},
    {CERTD_PURPOSE_CLIENT, "client-pem", "client", "client.pem"},
};

/* A line of its own in a bundle: nothing in it begins or ends a certificate. */
static void append_comment(GString *out, const CertdAnchorRecord *record)
{
    const char *subject = "";
    (void)g_variant_lookup(record->details, "subject", "&s", &subject);
    g_autofree char *escaped = certd_text_escape(subject);
    g_auto(GStrv) parts = g_strsplit(escaped, PEM_MARK, -1);
    g_autofree char *harmless = g_strjoinv(PEM_MARK_ESCAPED, parts);
    g_string_append_printf(out, "# %s\n# SHA-256 %s\n", harmless, record->fingerprint);
}

static GBytes *bundle(const GPtrArray *records, CertdPurposes purpose)
{
    GString *out = g_string_new(NULL);
    for (guint i = 0; i < records->len; i++) {
        const CertdAnchorRecord *record = g_ptr_array_index(records, i);
        if ((record->purposes & purpose) == 0)
            continue;
        g_autofree char *pem = certd_to_pem("CERTIFICATE", record->certificate);
        append_comment(out, record);
        g_string_append(out, pem);
    }
    return g_string_free_to_bytes(out);
}

/* All that can be believed, which becomes a problem for the others. */
static GPtrArray *read_all(CertdService *service, GError **error)
{
    g_autoptr(GPtrArray) damaged = g_ptr_array_new_with_free_func(g_free);
    gboolean more;
    GPtrArray *records =
        certd_store_anchor_page(service->store, "", CERTD_LIMIT_ANCHORS, &more, damaged, error);
    if (records == NULL)
        return NULL;
    g_autofree char *message =
        damaged->len > 0
            ? g_strdup_printf("%u of what this device trusts can't be read and is not trusted any "
                              "more, the first with the fingerprint %s",
                              damaged->len, (char *)g_ptr_array_index(damaged, 0))
            : NULL;
    const CertdProblem problem = {
        .code = "anchor-damaged",
        .severity = CERTD_SEVERITY_ERROR,
        .message = message,
        .remedy = "Add the certificate again, or remove it by its fingerprint",
    };
    certd_problem_set(service, &problem);
    return records;
}

GBytes *certd_trust_export(CertdService *service, const char *format, GError **error)
{
    for (size_t i = 0; i < G_N_ELEMENTS(kinds); i++) {
        if (!g_str_equal(kinds[i].format, format))
            continue;
        g_autoptr(GPtrArray) records = read_all(service, error);
        return records != NULL ? bundle(records, kinds[i].purpose) : NULL;
    }
    g_autofree char *quoted = certd_text_quote(format);
    g_set_error(error, CERTD_ERROR, CERTD_ERROR_UNSUPPORTED_FORMAT,
                "The trust store has no format %s; there are pem and client-pem", quoted);
    return NULL;
}

/* The files HASH.N of one purpose: who looks for a subject reads them from 0 on until there is none.
 * 0 or an errno, as all below. */
static int write_hashes(int directory, const GPtrArray *records, CertdPurposes purpose)
{
    g_autoptr(GHashTable) next = g_hash_table_new(g_str_hash, g_str_equal);
    for (guint i = 0; i < records->len; i++) {
        const CertdAnchorRecord *record = g_ptr_array_index(records, i);
        if ((record->purposes & purpose) == 0)
            continue;
        guint number = GPOINTER_TO_UINT(g_hash_table_lookup(next, record->subject_hash));
        g_hash_table_insert(next, record->subject_hash, GUINT_TO_POINTER(number + 1));
        g_autofree char *name = g_strdup_printf("%s.%u", record->subject_hash, number);
        char *text = certd_to_pem("CERTIFICATE", record->certificate);
        g_autoptr(GBytes) pem = g_bytes_new_take(text, strlen(text));
        int code = certd_published_create(directory, name, pem);
        if (code != 0)
            return code;
    }
    return 0;
}

static int write_kind(int tree, const GPtrArray *records, size_t kind)
{
    g_autoptr(GBytes) all = bundle(records, kinds[kind].purpose);
    int code = certd_published_create(tree, kinds[kind].bundle, all);
    if (code != 0)
        return code;
    int directory = certd_published_directory(tree, kinds[kind].name);
    if (directory < 0)
        return errno;
    code = write_hashes(directory, records, kinds[kind].purpose);
    close(directory);
    return code;
}

/* The new tree beside the one that is read. */
static int write_tree(int runtime, const GPtrArray *records)
{
    int code = certd_published_remove(runtime, TREE_NEW);
    if (code == 0)
        code = certd_published_remove(runtime, TREE_OLD);
    if (code != 0)
        return code;
    int tree = certd_published_directory(runtime, TREE_NEW);
    if (tree < 0)
        return errno;
    for (size_t i = 0; i < G_N_ELEMENTS(kinds) && code == 0; i++)
        code = write_kind(tree, records, i);
    close(tree);
    return code;
}

static int move(int runtime, const char *from, const char *to)
{
    return renameat(runtime, from, runtime, to) < 0 ? errno : 0;
}

/* Puts the new tree in the place of the one that is read, and that aside. */
static int exchange(int runtime)
{
    if (renameat2(runtime, TREE_NEW, runtime, TREE, RENAME_EXCHANGE) == 0)
        return move(runtime, TREE_NEW, TREE_OLD);
    if (errno != ENOENT && errno != EINVAL && errno != ENOSYS)
        return errno;
    /* There is none yet, or the file system can't exchange: then there is none for a moment. */
    int code = move(runtime, TREE, TREE_OLD);
    return code == 0 || code == ENOENT ? move(runtime, TREE_NEW, TREE) : code;
}

static int open_runtime(const CertdService *service)
{
    return open(service->runtime_directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
}

static int publish(const CertdService *service, const GPtrArray *records)
{
    int runtime = open_runtime(service);
    if (runtime < 0)
        return errno;
    int code = write_tree(runtime, records);
    if (code == 0)
        code = exchange(runtime);
    else
        (void)certd_published_remove(runtime, TREE_NEW);
    close(runtime);
    return code;
}

void certd_trust_publish(CertdService *service)
{
    g_autoptr(GError) error = NULL;
    g_autofree char *message = NULL;
    if (service->runtime_directory == NULL)
        return;
    g_autoptr(GPtrArray) records = read_all(service, &error);
    int code = records != NULL ? publish(service, records) : 0;
    if (records == NULL)
        message = g_strdup_printf("What this device trusts could not be read: %s", error->message);
    else if (code != 0)
        message = g_strdup_printf("What this device trusts could not be written to %s: %s",
                                  service->runtime_directory, g_strerror(code));
    const CertdProblem problem = {
        .code = "trust-unpublished",
        .severity = CERTD_SEVERITY_WARNING,
        .message = message,
        .remedy = "See that the directory exists, belongs to certd and has room; it is tried again "
                  "every minute",
    };
    certd_problem_set(service, &problem);
    service->trust_published = message == NULL;
    service->trust_due = certd_now(service) + CERTD_RESUME_SECONDS;
    certd_expect(service, service->trust_due);
}

void certd_trust_work(CertdService *service)
{
    if (service->trust_due == 0 || certd_now(service) < service->trust_due)
        return;
    service->trust_due = 0;
    if (!service->trust_published) {
        certd_trust_publish(service);
        return;
    }
    int runtime = open_runtime(service);
    if (runtime < 0)
        return;
    /* What can't be removed now is before the next one is written. */
    if (certd_published_remove(runtime, TREE_OLD) != 0)
        service->trust_due = certd_now(service) + CERTD_RESUME_SECONDS;
    close(runtime);
}
