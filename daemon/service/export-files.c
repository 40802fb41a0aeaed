/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The files of consumers. Nothing that lies there already is opened, followed or written to: a new
 * directory is made beside, exchanged in one step, and what was there before is removed.
 */
#include "service/export-files.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <stdio.h>
#include <string.h>
#include <sys/acl.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "model/names.h"
#include "service/published.h"

/* certd's own: it removes what is in it. The ACL adds its readers. */
#define DIRECTORY_MODE 0700
#define FILE_MODE 0400

static void free_acl(acl_t acl)
{
    (void)acl_free(acl);
}

G_DEFINE_AUTO_CLEANUP_FREE_FUNC(acl_t, free_acl, NULL)

void certd_readers_free(CertdReaders *readers)
{
    if (readers == NULL)
        return;
    g_array_unref(readers->users);
    g_array_unref(readers->groups);
    g_ptr_array_unref(readers->unknown);
    g_free(readers);
}

/* Two names may be of one number, and an ACL has each number once. */
static void add_number(GArray *numbers, guint32 number)
{
    for (guint i = 0; i < numbers->len; i++) {
        if (g_array_index(numbers, guint32, i) == number)
            return;
    }
    g_array_append_val(numbers, number);
}

CertdReaders *certd_readers_new(const GPtrArray *consumers, const CertdDevice *device)
{
    CertdReaders *readers = g_new0(CertdReaders, 1);
    readers->users = g_array_new(FALSE, FALSE, sizeof(guint32));
    readers->groups = g_array_new(FALSE, FALSE, sizeof(guint32));
    readers->unknown = g_ptr_array_new_with_free_func(g_free);
    for (guint i = 0; i < consumers->len; i++) {
        const CertdConsumer *consumer = g_ptr_array_index(consumers, i);
        guint32 id = 0;
        gboolean user = consumer->kind == CERTD_CONSUMER_USER;
        if (consumer->kind == CERTD_CONSUMER_UNIT)
            continue;
        if (user ? device->user_id(device->userdata, consumer->name, &id)
                 : device->group_id(device->userdata, consumer->name, &id))
            add_number(user ? readers->users : readers->groups, id);
        else
            g_ptr_array_add(readers->unknown,
                            g_strconcat(user ? "user \"" : "group \"", consumer->name, "\"", NULL));
    }
    return readers;
}

/* One entry, of @number where @tag has one. */
static gboolean add_entry(acl_t *acl, acl_tag_t tag, const guint32 *number, mode_t permissions)
{
    acl_entry_t entry;
    acl_permset_t set;
    return acl_create_entry(acl, &entry) == 0 && acl_set_tag_type(entry, tag) == 0 &&
           (number == NULL || acl_set_qualifier(entry, number) == 0) &&
           acl_get_permset(entry, &set) == 0 && acl_clear_perms(set) == 0 &&
           ((permissions & S_IROTH) == 0 || acl_add_perm(set, ACL_READ) == 0) &&
           ((permissions & S_IWOTH) == 0 || acl_add_perm(set, ACL_WRITE) == 0) &&
           ((permissions & S_IXOTH) == 0 || acl_add_perm(set, ACL_EXECUTE) == 0);
}

static gboolean add_numbers(acl_t *acl, acl_tag_t tag, const GArray *numbers, mode_t permissions)
{
    for (guint i = 0; i < numbers->len; i++) {
        if (!add_entry(acl, tag, &g_array_index(numbers, guint32, i), permissions))
            return FALSE;
    }
    return TRUE;
}

/* Gives the owner of @fd @mode, @readers as much of that as is not writing, and nobody else anything. */
static int protect(int fd, mode_t mode, const CertdReaders *readers)
{
    mode_t owner = mode >> 6;
    mode_t reading = owner & (S_IROTH | S_IXOTH);
    if (readers->users->len == 0 && readers->groups->len == 0)
        return fchmod(fd, mode) < 0 ? errno : 0;
    g_auto(acl_t) acl = acl_init((int)(readers->users->len + readers->groups->len) + 4);
    if (acl == NULL || !add_entry(&acl, ACL_USER_OBJ, NULL, owner) ||
        !add_numbers(&acl, ACL_USER, readers->users, reading) ||
        !add_entry(&acl, ACL_GROUP_OBJ, NULL, 0) ||
        !add_numbers(&acl, ACL_GROUP, readers->groups, reading) ||
        !add_entry(&acl, ACL_MASK, NULL, reading) || !add_entry(&acl, ACL_OTHER, NULL, 0) ||
        acl_set_fd(fd, acl) != 0)
        return errno;
    return 0;
}

/* The kernel copies what is in @from; a full file system copies less. */
static int copy(int to, int from)
{
    struct stat status;
    off_t at = 0;
    if (fstat(from, &status) < 0)
        return errno;
    while (at < status.st_size) {
        ssize_t n = sendfile(to, from, &at, (size_t)(status.st_size - at));
        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            return n < 0 ? errno : EIO;
    }
    return 0;
}

/* A new file with @text, or where that is NULL with what is in the descriptor @from. */
static int create(int directory, const char *name, const char *text, int from,
                  const CertdReaders *readers)
{
    int fd = openat(directory, name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC,
                    S_IRUSR | S_IWUSR);
    if (fd < 0)
        return errno;
    int code = text != NULL ? certd_published_fill(fd, text, strlen(text)) : copy(fd, from);
    if (code == 0)
        code = protect(fd, FILE_MODE, readers);
    if (close(fd) < 0 && code == 0)
        code = errno;
    return code;
}

static int open_directory(int directory, const char *name)
{
    return openat(directory, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
}

/* The directory @name, which does not exist, with all that is in it; its readers come in last. */
static int make(int exports, const char *name, const CertdExportFiles *files,
                const CertdReaders *readers)
{
    if (mkdirat(exports, name, DIRECTORY_MODE) < 0)
        return errno;
    int directory = open_directory(exports, name);
    if (directory < 0)
        return errno;
    int code = create(directory, "tls.key", NULL, files->key, readers);
    if (code == 0)
        code = create(directory, "tls.crt", files->leaf, -1, readers);
    if (code == 0)
        code = create(directory, "fullchain.pem", files->full_chain, -1, readers);
    if (code == 0)
        code = create(directory, "ca.pem", files->authority, -1, readers);
    if (code == 0)
        code = protect(directory, DIRECTORY_MODE, readers);
    close(directory);
    return code;
}

static int put(int exports, const char *from, const char *to)
{
    if (renameat2(exports, from, exports, to, RENAME_EXCHANGE) == 0)
        return 0;
    if (errno != ENOENT && errno != EINVAL && errno != ENOSYS)
        return errno;
    /* There is none yet, or the file system can't exchange: then there is none for a moment. */
    int code = certd_published_remove(exports, to);
    return code == 0 && renameat(exports, from, exports, to) < 0 ? errno : code;
}

int certd_export_files_write(int exports, const char *name, const CertdExportFiles *files,
                             const CertdReaders *readers)
{
    g_autofree char *beside = g_strdup_printf(".%s.new", name);
    int code = certd_published_remove(exports, beside);
    if (code == 0)
        code = make(exports, beside, files, readers);
    if (code == 0)
        code = put(exports, beside, name);
    /* What was there before, or half of what was to be. */
    int removed = certd_published_remove(exports, beside);
    return code != 0 ? code : removed;
}

int certd_export_files_restrict(int exports, const char *name, const CertdReaders *readers)
{
    int directory = open_directory(exports, name);
    if (directory < 0)
        return errno == ENOENT ? 0 : errno;
    int code = protect(directory, DIRECTORY_MODE, readers);
    close(directory);
    return code;
}

int certd_export_files_remove(int exports, const char *name)
{
    g_autofree char *beside = g_strdup_printf(".%s.new", name);
    int code = certd_published_remove(exports, name);
    int other = certd_published_remove(exports, beside);
    return code != 0 ? code : other;
}

int certd_export_files_clear(int exports, GHashTable *names)
{
    int fd = open_directory(exports, ".");
    DIR *entries = fd >= 0 ? fdopendir(fd) : NULL;
    if (entries == NULL) {
        int failure = errno;
        if (fd >= 0)
            close(fd);
        return failure;
    }
    int code = 0;
    const struct dirent *entry;
    while ((entry = readdir(entries)) != NULL) {
        if (g_str_equal(entry->d_name, ".") || g_str_equal(entry->d_name, "..") ||
            g_hash_table_contains(names, entry->d_name))
            continue;
        /* One that can't be removed keeps no other. */
        int removed = certd_published_remove(exports, entry->d_name);
        code = code != 0 ? code : removed;
    }
    closedir(entries);
    return code;
}

static gboolean is_in_memory(int fd)
{
    struct statfs status;
    return fstatfs(fd, &status) == 0 &&
           (status.f_type == TMPFS_MAGIC || status.f_type == RAMFS_MAGIC);
}

/* Whoever else owned it could put there what they like. */
static gboolean is_ours(int fd)
{
    struct stat status;
    return fstat(fd, &status) == 0 && status.st_uid == geteuid();
}

static int open_exports(int runtime)
{
    int exports = certd_published_directory(runtime, CERTD_EXPORT_DIRECTORY);
    if (exports >= 0 && is_ours(exports))
        return exports;
    if (exports >= 0)
        close(exports);
    int code = certd_published_remove(runtime, CERTD_EXPORT_DIRECTORY);
    if (code == 0)
        return certd_published_directory(runtime, CERTD_EXPORT_DIRECTORY);
    errno = code;
    return -1;
}

int certd_export_files_open(const char *runtime)
{
    int fd = open(runtime, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0)
        return -1;
    int exports = -1;
    int code = EMEDIUMTYPE;
    if (is_in_memory(fd)) {
        exports = open_exports(fd);
        code = exports < 0 ? errno : 0;
    }
    close(fd);
    if (exports >= 0 && !is_in_memory(exports)) {
        close(exports);
        exports = -1;
        code = EMEDIUMTYPE;
    }
    errno = code;
    return exports;
}
