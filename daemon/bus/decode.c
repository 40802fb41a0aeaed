/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Reading arguments: option dictionaries, secrets, and bytes that go to a worker unseen. */

#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "bus/bus-private.h"
#include "model/error.h"
#include "model/limits.h"
#include "model/text.h"
#include "wire/memfd.h"
#include "wire/variant.h"

#define KEY_PASSPHRASE "passphrase"
#define KEY_PASSPHRASE_FD "passphrase-fd"

GVariant *certd_read_options(sd_bus_message *message, GError **error)
{
    return certd_variant_read(message, "a{sv}", error);
}

static void malformed(GError **error)
{
    g_set_error(error, CERTD_ERROR, CERTD_ERROR_MALFORMED,
                "The message is not what its signature says; send it again");
}

/* Only what can be read without waiting: a memfd or another regular file, not larger than @most. */
static int duplicate(int fd, size_t most, const char *what, GError **error)
{
    struct stat status;
    if (fstat(fd, &status) < 0 || !S_ISREG(status.st_mode)) {
        g_set_error(error, CERTD_ERROR, CERTD_ERROR_INVALID_OPTION,
                    "The descriptor of the %s is no memfd and no regular file; hand over one of "
                    "these",
                    what);
        return -1;
    }
    if (status.st_size < 0 || (guint64)status.st_size > most) {
        g_set_error(error, CERTD_ERROR, CERTD_ERROR_TOO_LARGE,
                    "The %s has %" G_GINT64_FORMAT " bytes, and may have %zu; give a smaller one",
                    what, (gint64)status.st_size, most);
        return -1;
    }
    int copy = fcntl(fd, F_DUPFD_CLOEXEC, 3);
    if (copy < 0)
        g_set_error(error, CERTD_ERROR, CERTD_ERROR_BUSY,
                    "certd has no descriptor left for the %s; try again later", what);
    return copy;
}

static int copy_to_memfd(const void *data, size_t size, size_t most, const char *what,
                         GError **error)
{
    if (size > most) {
        g_set_error(error, CERTD_ERROR, CERTD_ERROR_TOO_LARGE,
                    "The %s has %zu bytes, and may have %zu; give a smaller one", what, size, most);
        return -1;
    }
    return certd_memfd_new(what, data, size, error);
}

int certd_read_data(sd_bus_message *message, char type, GError **error)
{
    if (type == 'h') {
        int fd;
        if (sd_bus_message_read_basic(message, 'h', &fd) >= 0)
            return duplicate(fd, CERTD_LIMIT_INPUT_BYTES, "input", error);
    } else {
        const void *data;
        size_t size;
        if (sd_bus_message_read_array(message, 'y', &data, &size) >= 0)
            return copy_to_memfd(data, size, CERTD_LIMIT_INPUT_BYTES, "input", error);
    }
    malformed(error);
    return -1;
}

static gboolean keep_secret(int fd, int *secret, GError **error)
{
    if (fd < 0)
        return FALSE;
    if (*secret >= 0) {
        close(fd);
        g_set_error(error, CERTD_ERROR, CERTD_ERROR_INVALID_OPTION,
                    "The options give the pass phrase twice; give one of passphrase and "
                    "passphrase-fd");
        return FALSE;
    }
    *secret = fd;
    return TRUE;
}

/* A value that is a descriptor: only the pass phrase may be one. */
static gboolean read_handle(sd_bus_message *message, const char *key, int *secret, GError **error)
{
    int fd;
    if (!g_str_equal(key, KEY_PASSPHRASE_FD)) {
        g_autofree char *quoted = certd_text_quote(key);
        g_set_error(error, CERTD_ERROR, CERTD_ERROR_INVALID_OPTION,
                    "The option %s takes no descriptor; only passphrase-fd does", quoted);
        return FALSE;
    }
    if (sd_bus_message_enter_container(message, 'v', "h") < 0 ||
        sd_bus_message_read_basic(message, 'h', &fd) < 0 ||
        sd_bus_message_exit_container(message) < 0) {
        malformed(error);
        return FALSE;
    }
    return keep_secret(duplicate(fd, CERTD_LIMIT_PASSPHRASE_BYTES, "pass phrase", error), secret,
                       error);
}

static gboolean read_passphrase(sd_bus_message *message, int *secret, GError **error)
{
    const char *text;
    if (sd_bus_message_read(message, "v", "s", &text) < 0) {
        malformed(error);
        return FALSE;
    }
    return keep_secret(
        copy_to_memfd(text, strlen(text), CERTD_LIMIT_PASSPHRASE_BYTES, "pass phrase", error),
        secret, error);
}

static gboolean read_entry(sd_bus_message *message, GVariantBuilder *builder, int *secret,
                           GError **error)
{
    const char *key, *contents;
    char type;
    if (sd_bus_message_read(message, "s", &key) < 0 ||
        sd_bus_message_peek_type(message, &type, &contents) < 0) {
        malformed(error);
        return FALSE;
    }
    if (g_str_equal(contents, "h"))
        return read_handle(message, key, secret, error);
    if (g_str_equal(key, KEY_PASSPHRASE) && g_str_equal(contents, "s"))
        return read_passphrase(message, secret, error);
    g_autoptr(GVariant) value = certd_variant_read(message, "v", error);
    if (value == NULL)
        return FALSE;
    g_variant_builder_add(builder, "{s@v}", key, value);
    return TRUE;
}

static GVariant *read_entries(sd_bus_message *message, int *secret, GError **error)
{
    g_auto(GVariantBuilder) builder = G_VARIANT_BUILDER_INIT(G_VARIANT_TYPE("a{sv}"));
    int r = sd_bus_message_enter_container(message, 'a', "{sv}");
    while (r >= 0 && (r = sd_bus_message_enter_container(message, 'e', "sv")) > 0) {
        if (!read_entry(message, &builder, secret, error))
            return NULL;
        r = sd_bus_message_exit_container(message);
    }
    if (r < 0 || sd_bus_message_exit_container(message) < 0) {
        malformed(error);
        return NULL;
    }
    return g_variant_ref_sink(g_variant_builder_end(&builder));
}

GVariant *certd_read_secret_options(sd_bus_message *message, int *passphrase_fd, GError **error)
{
    int secret = -1;
    GVariant *options = read_entries(message, &secret, error);
    if (options == NULL && secret >= 0)
        close(secret);
    else
        *passphrase_fd = secret;
    return options;
}
