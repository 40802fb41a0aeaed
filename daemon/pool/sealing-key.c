/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The files around the sealing key. The daemon hands descriptors to the keys workers and never
 * reads what is in them. A new key is made in a file beside, and takes the old one's place by
 * rename once it is on the disk.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <systemd/sd-daemon.h>
#include <unistd.h>

#include "model/error.h"
#include "model/names.h"
#include "pool/pool-private.h"

/* Before the date in the name of one that was set aside, and names to try in one second. */
#define ASIDE_PREFIX CERTD_SEALING_KEY_FILE ".aside-"
#define ASIDE_NAMES_MAX 100u

/* Closes itself. */
typedef int Fd;

static void close_fd(Fd fd)
{
    if (fd >= 0)
        close(fd);
}
G_DEFINE_AUTO_CLEANUP_FREE_FUNC(Fd, close_fd, -1)
G_DEFINE_AUTOPTR_CLEANUP_FUNC(DIR, closedir)

/* What is there but cannot be looked at is not missing. */
static gboolean is_missing(const CertdPool *pool, const char *name)
{
    return faccessat(pool->state_fd, name, F_OK, AT_SYMLINK_NOFOLLOW) < 0 && errno == ENOENT;
}

CertdSealingKeyState certd_pool_sealing_key_look(const CertdPool *pool)
{
    return is_missing(pool, CERTD_SEALING_KEY_FILE) ? CERTD_SEALING_KEY_CREATING
                                                    : CERTD_SEALING_KEY_LOADING;
}

static void set_file_error(GError **error, const char *what, int code)
{
    int kind =
        code == ENOSPC || code == EDQUOT ? CERTD_ERROR_STORAGE_FULL : CERTD_ERROR_KEY_UNAVAILABLE;

    g_set_error(error, CERTD_ERROR, kind,
                "%s: %s; see that the state directory of certd has room and belongs to it, or "
                "reset to factory defaults",
                what, g_strerror(code));
}

int certd_pool_new_key_open(const CertdPool *pool, GError **error)
{
    /* Left by a start that was cut off. */
    if (!certd_pool_new_key_destroy(pool, error))
        return -1;
    Fd fd = openat(pool->state_fd, CERTD_SEALING_KEY_NEW_FILE,
                   O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, S_IRUSR | S_IWUSR);
    if (fd < 0)
        set_file_error(error, "The sealing key cannot be made", errno);
    return fd;
}

/* The file that is there, to read. */
static Fd open_sealing_key(const CertdPool *pool, gboolean beside, GError **error)
{
    Fd fd = openat(pool->state_fd, beside ? CERTD_SEALING_KEY_NEW_FILE : CERTD_SEALING_KEY_FILE,
                   O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);

    if (fd < 0)
        set_file_error(error, "The file with the sealing key cannot be opened", errno);
    return fd;
}

gboolean certd_pool_wrapping_key_open(const CertdPool *pool, int *fd, GError **error)
{
    g_autofree char *path = NULL;

    if (!pool->credentials_directory)
        return TRUE;
    path = g_build_filename(pool->credentials_directory, CERTD_WRAPPING_CREDENTIAL, NULL);
    *fd = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
    if (*fd >= 0 || errno == ENOENT)
        return TRUE;
    g_set_error(error, CERTD_ERROR, CERTD_ERROR_KEY_UNAVAILABLE,
                "The credential %s cannot be opened: %s; see LoadCredential= or "
                "LoadCredentialEncrypted= of the service",
                CERTD_WRAPPING_CREDENTIAL, g_strerror(errno));
    return FALSE;
}

static gboolean send_unlock(CertdPoolWorker *worker, sd_bus_message_handler_t done, int fd,
                            int wrapping_fd, gboolean creates, GError **error)
{
    int r = sd_bus_call_method_async(certd_process_bus(worker->process), &worker->start_slot, NULL,
                                     CERTD_PATH_WORKER, CERTD_INTERFACE_WORKER, "Unlock", done,
                                     worker, "hhbb", fd, wrapping_fd >= 0 ? wrapping_fd : fd,
                                     wrapping_fd >= 0, creates);

    worker->creates = creates;
    if (r < 0)
        certd_call_protocol_error(error, g_strerror(-r));
    return r >= 0;
}

/* With the key in the state directory. */
static gboolean unlock_stored(CertdPoolWorker *worker, sd_bus_message_handler_t done,
                              GError **error)
{
    CertdPool *pool = worker->pool;
    gboolean creates = pool->key_state == CERTD_SEALING_KEY_CREATING;
    g_auto(Fd) wrapping_fd = -1;
    g_auto(Fd) fd = -1;

    if (!certd_pool_wrapping_key_open(pool, &wrapping_fd, error))
        return FALSE;
    worker->beside = pool->key_state == CERTD_SEALING_KEY_LOADING && pool->key_error;
    fd = creates ? certd_pool_new_key_open(pool, error)
                 : open_sealing_key(pool, worker->beside, error);
    return fd >= 0 && send_unlock(worker, done, fd, wrapping_fd, creates, error);
}

gboolean certd_pool_unlock(CertdPoolWorker *worker, sd_bus_message_handler_t done, GError **error)
{
    gboolean creates = FALSE;
    int fd;

    if (worker->role == CERTD_PROCESS_KEYS)
        return unlock_stored(worker, done, error);
    fd = certd_pool_temporary_key_open(worker->pool, &creates, error);
    return fd >= 0 && send_unlock(worker, done, fd, -1, creates, error);
}

/* Overwrites what the file @name holds, where it is one; FALSE with errno. Best effort: a file system
 * that keeps old blocks does. */
static gboolean overwrite(const CertdPool *pool, const char *name)
{
    static const char zeros[4096];
    struct stat status;
    off_t done = 0;
    ssize_t n = 1;

    if (fstatat(pool->state_fd, name, &status, AT_SYMLINK_NOFOLLOW) < 0 || !S_ISREG(status.st_mode))
        return TRUE;
    g_auto(Fd) fd = openat(pool->state_fd, name, O_WRONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
    while (fd >= 0 && n > 0 && done < status.st_size) {
        size_t size = (size_t)MIN((off_t)sizeof(zeros), status.st_size - done);

        n = pwrite(fd, zeros, size, done);
        done += MAX(n, 0);
    }
    return fd >= 0 && n > 0 && fsync(fd) == 0;
}

gboolean certd_pool_new_key_destroy(const CertdPool *pool, GError **error)
{
    int fd = pool->state_fd;

    if (is_missing(pool, CERTD_SEALING_KEY_NEW_FILE))
        return TRUE;
    /* Until the names are known to last, this one may have the key's after a power failure. */
    if (fsync(fd) < 0 || !overwrite(pool, CERTD_SEALING_KEY_NEW_FILE) ||
        unlinkat(fd, CERTD_SEALING_KEY_NEW_FILE, 0) < 0) {
        set_file_error(error, "The file beside the sealing key cannot be destroyed", errno);
        return FALSE;
    }
    (void)fsync(fd);
    return TRUE;
}

/* Overwrites the key, and removes those that were set aside before: with a set-aside keystore
 * they would bring keys back that a reset has destroyed. */
static void destroy_old(const CertdPool *pool)
{
    int fd = openat(pool->state_fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    g_autoptr(DIR) directory = fd < 0 ? NULL : fdopendir(fd);
    const struct dirent *entry;

    /* A reset must not fail for it. */
    (void)overwrite(pool, CERTD_SEALING_KEY_FILE);
    while (directory && (entry = readdir(directory))) {
        if (!g_str_has_prefix(entry->d_name, ASIDE_PREFIX))
            continue;
        (void)overwrite(pool, entry->d_name);
        (void)unlinkat(pool->state_fd, entry->d_name, 0);
    }
}

/* A directory in the place of the key, which no file can be renamed over. */
static gboolean is_directory(const CertdPool *pool)
{
    struct stat status;

    return fstatat(pool->state_fd, CERTD_SEALING_KEY_FILE, &status, AT_SYMLINK_NOFOLLOW) == 0 &&
           S_ISDIR(status.st_mode);
}

/* Gives the old file a dated name too; its own goes to the new one. A directory is moved there. 0, or
 * what is wrong. */
static int give_name(const CertdPool *pool, const char *name)
{
    int fd = pool->state_fd;
    int r = is_directory(pool) ? renameat2(fd, CERTD_SEALING_KEY_FILE, fd, name, RENAME_NOREPLACE)
                               : linkat(fd, CERTD_SEALING_KEY_FILE, fd, name, 0);

    return r < 0 ? errno : 0;
}

/* TRUE also without a file. */
static gboolean set_aside(const CertdPool *pool, GError **error)
{
    g_autoptr(GDateTime) now = g_date_time_new_now_utc();
    g_autofree char *date = g_date_time_format(now, "%Y%m%dT%H%M%SZ");
    int code = EEXIST;

    for (unsigned int i = 0; code == EEXIST && i < ASIDE_NAMES_MAX; i++) {
        g_autofree char *name = i == 0 ? g_strconcat(ASIDE_PREFIX, date, NULL)
                                       : g_strdup_printf(ASIDE_PREFIX "%s.%u", date, i);

        code = give_name(pool, name);
    }
    if (code == 0 || code == ENOENT)
        return TRUE;
    set_file_error(error, "The old sealing key cannot be set aside", code);
    return FALSE;
}

gboolean certd_pool_sealing_key_commit(CertdPool *pool, GError **error)
{
    if (!pool->keep_old)
        destroy_old(pool);
    if ((pool->keep_old || is_directory(pool)) && !set_aside(pool, error))
        return FALSE;
    int failure = 0;
    if (renameat(pool->state_fd, CERTD_SEALING_KEY_NEW_FILE, pool->state_fd,
                 CERTD_SEALING_KEY_FILE) < 0 ||
        fsync(pool->state_fd) < 0)
        failure = errno;
    if (failure == 0)
        return TRUE;
    set_file_error(error, "The new sealing key cannot be put in its place", failure);
    /* What was destroyed is not there any more, whatever else is said. */
    if (!pool->keep_old && error && *error)
        (*error)->code = CERTD_ERROR_STORAGE_DAMAGED;
    return FALSE;
}

gboolean certd_pool_sealing_key_take_beside(CertdPool *pool, GError **error)
{
    g_autoptr(GError) before = g_steal_pointer(&pool->key_error);
    g_autoptr(GError) failure = NULL;

    if (certd_pool_sealing_key_commit(pool, &failure)) {
        fprintf(stderr,
                SD_WARNING "certd: The file " CERTD_SEALING_KEY_NEW_FILE " is the sealing key now; "
                           "the one before was set aside, for: %s\n",
                before->message);
        return TRUE;
    }
    pool->key_error = g_error_copy(failure);
    g_propagate_error(error, g_steal_pointer(&failure));
    return FALSE;
}

static void answer_renewals(CertdPool *pool, const GError *error)
{
    CertdCall *call;

    while ((call = g_queue_peek_head(&pool->renewals)))
        certd_pool_answer_later(pool, call, error ? g_error_copy(error) : NULL);
}

static void note_settled(CertdPool *pool)
{
    pool->key_settled = TRUE;
    (void)sd_event_source_set_enabled(pool->defer, SD_EVENT_ONESHOT);
}

/* A start that was cut off may have left the plain key beside the wrapped one. One whose wrapping
 * failed keeps it: it may be the only one after a power failure. */
static void destroy_beside(CertdPool *pool)
{
    g_autoptr(GError) error = NULL;

    if (!pool->wrap_error && !certd_pool_new_key_destroy(pool, &error) && pool->key_wrapped)
        pool->wrap_error = g_steal_pointer(&error);
    if (!is_missing(pool, CERTD_SEALING_KEY_NEW_FILE))
        pool->key_wrapped = FALSE;
}

void certd_pool_sealing_key_settle(CertdPool *pool, const GError *error)
{
    gboolean created = pool->key_state == CERTD_SEALING_KEY_CREATING;

    /* The next worker tries the file beside. */
    if (error && !created && !pool->key_error && !is_missing(pool, CERTD_SEALING_KEY_NEW_FILE)) {
        pool->key_error = g_error_copy(error);
        certd_pool_drop_workers(pool, CERTD_PROCESS_KEYS);
        return;
    }
    answer_renewals(pool, error);
    pool->keep_old = TRUE;
    if (!error) {
        g_clear_error(&pool->key_error);
        destroy_beside(pool);
        pool->key_state = CERTD_SEALING_KEY_READY;
        note_settled(pool);
        return;
    }
    certd_pool_drop_workers(pool, CERTD_PROCESS_KEYS);
    /* A renewal that failed leaves the old key in place, and none that may be taken for it. */
    if (created && certd_pool_sealing_key_look(pool) == CERTD_SEALING_KEY_LOADING) {
        (void)certd_pool_new_key_destroy(pool, NULL);
        pool->key_state = CERTD_SEALING_KEY_LOADING;
        return;
    }
    pool->key_state = CERTD_SEALING_KEY_BROKEN;
    /* Where both were tried, that of the key's own file says more. */
    if (!pool->key_error)
        pool->key_error = g_error_copy(error);
    pool->make_on_retry = created;
    note_settled(pool);
    certd_pool_fail_queued(pool, CERTD_PROCESS_KEYS, pool->key_error);
}

void certd_pool_sealing_key_renew(CertdPool *pool, gboolean keep_old)
{
    /* Of several at once, the one that destroys has its way. */
    pool->keep_old = pool->renewals.length == 1 ? keep_old : keep_old && pool->keep_old;
    certd_pool_drop_workers(pool, CERTD_PROCESS_KEYS);
    g_clear_error(&pool->key_error);
    pool->key_state = CERTD_SEALING_KEY_CREATING;
    certd_pool_schedule(pool);
}

void certd_pool_sealing_key_tell(CertdPool *pool)
{
    /* The listener may have the key tried again, which clears the error. */
    g_autoptr(GError) error = pool->key_error ? g_error_copy(pool->key_error) : NULL;
    g_autoptr(GError) wrap_error = pool->wrap_error ? g_error_copy(pool->wrap_error) : NULL;
    const CertdSealingKeyStatus status = {error, pool->key_wrapped, pool->newly_wrapped,
                                          pool->key_wrapped ? NULL : wrap_error};
    gboolean is_news = pool->key_settled && (pool->key_state == CERTD_SEALING_KEY_READY ||
                                             pool->key_state == CERTD_SEALING_KEY_BROKEN);

    pool->key_settled = FALSE;
    if (!is_news || !pool->key_listener)
        return;
    pool->newly_wrapped = FALSE;
    pool->key_listener(&status, pool->key_listener_userdata);
}

gboolean certd_pool_retry_sealing_key(CertdPool *pool)
{
    if (pool->key_state != CERTD_SEALING_KEY_BROKEN)
        return FALSE;
    g_clear_error(&pool->key_error);
    /* A file that is gone may come back, with all the keys that it opens. */
    pool->key_state =
        pool->make_on_retry ? certd_pool_sealing_key_look(pool) : CERTD_SEALING_KEY_LOADING;
    certd_pool_schedule(pool);
    return TRUE;
}

void certd_pool_set_sealing_key_listener(CertdPool *pool, CertdSealingKeyListener listener,
                                         void *userdata)
{
    pool->key_listener = listener;
    pool->key_listener_userdata = userdata;
}
