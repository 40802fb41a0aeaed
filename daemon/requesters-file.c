/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The files of requesters.d. They give rights away: a file that others may write is no file of the
 * administrator's, and one that is wrong anywhere gives none.
 */

#include "requesters-file.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "config.h"
#include "key-file.h"
#include "model/error.h"
#include "model/limits.h"
#include "model/text.h"
#include "service/requester.h"

#define GROUP "requester"
#define SUFFIX ".conf"

/* What is read: the requesters that are valid, and what is wrong with others. */
typedef struct {
    const char *directory;
    int fd;
    GPtrArray *list;
    GPtrArray *messages; /* of char * */
} Reading;

static void free_requester(void *requester)
{
    certd_requester_free(requester);
}

static gboolean refuse(const char *path, const char *what, GError **error)
{
    g_autofree char *escaped = certd_text_escape(path);
    g_set_error(error, CERTD_ERROR, CERTD_ERROR_INVALID_OPTION, "%s %s", escaped, what);
    return FALSE;
}

static gboolean refuse_errno(const char *path, int code, GError **error)
{
    g_autofree char *what = g_strdup_printf("can't be read: %s", g_strerror(code));
    return refuse(path, what, error);
}

/* Whether nobody but root and certd's user can have written it. */
static gboolean check_owner(const char *path, const struct stat *status, GError **error)
{
    if (status->st_uid != 0 && status->st_uid != geteuid())
        return refuse(path, "belongs to another user than root; chown it to root", error);
    if ((status->st_mode & (S_IWGRP | S_IWOTH)) != 0)
        return refuse(path, "can be written by others than its owner; chmod it to go-w", error);
    return TRUE;
}

/* The contents of @fd, in @size bytes; NULL on failure. */
static char *read_all(int fd, const char *path, size_t *size, GError **error)
{
    g_autofree char *contents = g_malloc(CERTD_LIMIT_REQUESTERS_FILE_BYTES + 1);
    size_t length = 0;
    while (length <= CERTD_LIMIT_REQUESTERS_FILE_BYTES) {
        ssize_t n = read(fd, contents + length, CERTD_LIMIT_REQUESTERS_FILE_BYTES + 1 - length);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0) {
            refuse_errno(path, errno, error);
            return NULL;
        }
        if (n == 0) {
            *size = length;
            return g_steal_pointer(&contents);
        }
        length += (size_t)n;
    }
    g_autofree char *what = g_strdup_printf("has more than %u bytes, the most that there may be",
                                            CERTD_LIMIT_REQUESTERS_FILE_BYTES);
    refuse(path, what, error);
    return NULL;
}

static char *read_file(int directory, const char *name, const char *path, size_t *size,
                       GError **error)
{
    struct stat status;
    /* Without a name in between that could be exchanged, and without waiting for a FIFO. */
    int fd = openat(directory, name, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY);
    if (fd < 0) {
        if (errno == ELOOP)
            refuse(path, "is a symbolic link; put the file itself there", error);
        else
            refuse_errno(path, errno, error);
        return NULL;
    }
    char *contents = NULL;
    if (fstat(fd, &status) < 0)
        refuse_errno(path, errno, error);
    else if (!S_ISREG(status.st_mode))
        refuse(path, "is no regular file; take it away", error);
    else if (check_owner(path, &status, error))
        contents = read_all(fd, path, size, error);
    close(fd);
    return contents;
}

static CertdRequester *parse(const char *path, const char *contents, size_t size, GError **error)
{
    g_autoptr(CertdKeyFile) file =
        certd_key_file_new(path, contents, size, GROUP, certd_requester_keys, error);
    g_autoptr(CertdRequester) requester = certd_requester_new();
    if (file == NULL)
        return NULL;
    for (size_t i = 0; certd_requester_keys[i] != NULL; i++) {
        const char *key = certd_requester_keys[i];
        const char *value = certd_key_file_get(file, key);
        if (value != NULL && !certd_requester_set(requester, key, value, error)) {
            certd_key_file_blame(file, key, error);
            return NULL;
        }
    }
    if (requester->consumer == NULL || requester->certificates->len == 0 ||
        certd_key_file_get(file, "names") == NULL) {
        refuse("[" GROUP "]", "lacks a key; give unit or user, certificates and names", error);
        certd_key_file_blame(file, NULL, error);
        return NULL;
    }
    return g_steal_pointer(&requester);
}

static void read_one(Reading *reading, const char *name)
{
    g_autofree char *path = g_build_filename(reading->directory, name, NULL);
    g_autoptr(GError) error = NULL;
    size_t size = 0;
    g_autofree char *contents = NULL;
    CertdRequester *requester = NULL;
    if (reading->list->len + reading->messages->len < CERTD_LIMIT_REQUESTERS) {
        contents = read_file(reading->fd, name, path, &size, &error);
        requester = contents != NULL ? parse(path, contents, size, &error) : NULL;
    } else {
        g_autofree char *what = g_strdup_printf(
            "is beyond the %u files that there may be; put several certificates into one",
            CERTD_LIMIT_REQUESTERS);
        refuse(path, what, &error);
    }
    if (requester != NULL)
        g_ptr_array_add(reading->list, requester);
    else
        g_ptr_array_add(reading->messages, g_strdup(error->message));
}

static int compare(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* The names of the files in @directory, sorted. */
static GPtrArray *list_names(DIR *directory)
{
    GPtrArray *names = g_ptr_array_new_with_free_func(g_free);
    const struct dirent *entry;
    while ((entry = readdir(directory)) != NULL) {
        if (*entry->d_name != '.' && g_str_has_suffix(entry->d_name, SUFFIX))
            g_ptr_array_add(names, g_strdup(entry->d_name));
    }
    g_ptr_array_sort(names, compare);
    return names;
}

static gboolean read_directory(Reading *reading, GError **error)
{
    struct stat status;
    DIR *directory = opendir(reading->directory);
    if (directory == NULL)
        return errno == ENOENT || refuse_errno(reading->directory, errno, error);
    reading->fd = dirfd(directory);
    gboolean ours = fstat(reading->fd, &status) == 0
                        ? check_owner(reading->directory, &status, error)
                        : refuse_errno(reading->directory, errno, error);
    g_autoptr(GPtrArray) names = ours ? list_names(directory) : NULL;
    for (guint i = 0; names != NULL && i < names->len; i++)
        read_one(reading, g_ptr_array_index(names, i));
    closedir(directory);
    return ours;
}

static void tell(CertdService *service, const GPtrArray *messages)
{
    g_autofree char *text = NULL;
    if (messages->len > 0)
        text = messages->len == 1
                   ? g_strdup_printf("%s.", (const char *)messages->pdata[0])
                   : g_strdup_printf("%s; and %u files more have errors.",
                                     (const char *)messages->pdata[0], messages->len - 1);
    certd_service_set_problem(service, CERTD_REQUESTERS_PROBLEM, text,
                              "Who it is about may not ask for certificates. Mend the file and "
                              "reload certd (systemctl reload certd).");
}

void certd_requesters_load(CertdService *service, const char *directory)
{
    g_autoptr(GError) error = NULL;
    Reading reading = {
        .directory = directory != NULL ? directory : CERTD_REQUESTERS_DIRECTORY,
        .list = g_ptr_array_new_with_free_func(free_requester),
        .messages = g_ptr_array_new_with_free_func(g_free),
    };
    if (!read_directory(&reading, &error))
        g_ptr_array_add(reading.messages, g_strdup(error->message));
    certd_requesters_set(service, reading.list);
    tell(service, reading.messages);
    g_ptr_array_unref(reading.messages);
}
