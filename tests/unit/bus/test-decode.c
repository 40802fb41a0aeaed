/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Reading arguments: options, secrets among them, and bytes or descriptors for a worker. */
#include <fcntl.h>
#include <glib/gstdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "bus/bus-private.h"
#include "fixture-bus.h"
#include "model/limits.h"
#include "wire/variant.h"

G_DEFINE_AUTOPTR_CLEANUP_FUNC(sd_bus_message, sd_bus_message_unref)

static sd_bus_message *message_new(BusFixture *fixture)
{
    sd_bus_message *message = NULL;
    g_assert_cmpint(sd_bus_message_new_method_call(fixture->client, &message, NULL, "/org/certd1",
                                                   "org.certd1.Manager", "Inspect"),
                    >=, 0);
    return message;
}

/* As it comes out of the queue: whole, and read from its beginning. */
static void message_end(sd_bus_message *message)
{
    g_assert_cmpint(sd_bus_message_seal(message, 1, 0), >=, 0);
    g_assert_cmpint(sd_bus_message_rewind(message, 1), >=, 0);
}

static guint count_descriptors(void)
{
    g_autoptr(GDir) folder = g_dir_open("/proc/self/fd", 0, NULL);
    guint count = 0;
    while (g_dir_read_name(folder) != NULL)
        count++;
    return count;
}

/* A memfd of @size bytes that tell their place. */
static int memfd_new(size_t size)
{
    int fd = memfd_create("test", MFD_CLOEXEC);
    g_autofree char *data = g_malloc(size + 1);
    for (size_t i = 0; i < size; i++)
        data[i] = (char)(i * 7);
    g_assert_cmpint(fd, >=, 0);
    g_assert_cmpint(write(fd, data, size), ==, (ssize_t)size);
    return fd;
}

static void assert_contents(int fd, const void *data, size_t size)
{
    struct stat status;
    g_autofree char *got = g_malloc(size + 1);
    g_assert_cmpint(fstat(fd, &status), ==, 0);
    g_assert_cmpuint((guint64)status.st_size, ==, size);
    g_assert_cmpint(pread(fd, got, size, 0), ==, (ssize_t)size);
    g_assert_cmpmem(got, size, data, size);
    g_assert_cmpint(fcntl(fd, F_GETFD) & FD_CLOEXEC, ==, FD_CLOEXEC);
}

static void test_bytes(BusFixture *fixture, const void *unused)
{
    static const size_t good[] = {0, 1, CERTD_LIMIT_INPUT_BYTES};
    g_autofree char *data = g_malloc0(CERTD_LIMIT_INPUT_BYTES + 1);
    memset(data, 'x', CERTD_LIMIT_INPUT_BYTES);
    for (size_t i = 0; i < G_N_ELEMENTS(good); i++) {
        g_autoptr(sd_bus_message) message = message_new(fixture);
        g_autoptr(GError) error = NULL;
        g_assert_cmpint(sd_bus_message_append_array(message, 'y', data, good[i]), >=, 0);
        message_end(message);
        int fd = certd_read_data(message, 'y', &error);
        g_assert_no_error(error);
        assert_contents(fd, data, good[i]);
        g_close(fd, NULL);
    }
    g_autoptr(sd_bus_message) message = message_new(fixture);
    g_autoptr(GError) error = NULL;
    g_assert_cmpint(sd_bus_message_append_array(message, 'y', data, CERTD_LIMIT_INPUT_BYTES + 1),
                    >=, 0);
    message_end(message);
    g_assert_cmpint(certd_read_data(message, 'y', &error), ==, -1);
    g_assert_error(error, CERTD_ERROR, CERTD_ERROR_TOO_LARGE);
}

typedef struct {
    const char *row;
    const char *path; /* "memfd", "pipe", "socket", or what to open */
    size_t size;      /* of a memfd */
    int code;         /* -1 where it is taken */
} HandleRow;

static const HandleRow data_rows[] = {
    {"empty", "memfd", 0, -1},
    {"limit", "memfd", CERTD_LIMIT_INPUT_BYTES, -1},
    {"beyond", "memfd", CERTD_LIMIT_INPUT_BYTES + 1, CERTD_ERROR_TOO_LARGE},
    {"pipe", "pipe", 0, CERTD_ERROR_INVALID_OPTION},
    {"socket", "socket", 0, CERTD_ERROR_INVALID_OPTION},
    {"folder", "/", 0, CERTD_ERROR_INVALID_OPTION},
    {"device", "/dev/zero", 0, CERTD_ERROR_INVALID_OPTION},
};

static const HandleRow passphrase_rows[] = {
    {"limit", "memfd", CERTD_LIMIT_PASSPHRASE_BYTES, -1},
    {"beyond", "memfd", CERTD_LIMIT_PASSPHRASE_BYTES + 1, CERTD_ERROR_TOO_LARGE},
    {"pipe", "pipe", 0, CERTD_ERROR_INVALID_OPTION},
};

static int open_row(const HandleRow *row)
{
    int ends[2];
    if (g_str_equal(row->path, "memfd"))
        return memfd_new(row->size);
    if (g_str_equal(row->path, "socket"))
        return socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (!g_str_equal(row->path, "pipe"))
        return open(row->path, O_RDONLY | O_CLOEXEC);
    g_assert_cmpint(pipe2(ends, O_CLOEXEC), ==, 0);
    g_close(ends[1], NULL);
    return ends[0];
}

/* The very file, by a descriptor of certd's own that outlives the message. */
static void assert_same_file(int fd, int original)
{
    struct stat a, b;
    g_assert_cmpint(fd, !=, original);
    g_assert_cmpint(fstat(fd, &a), ==, 0);
    g_assert_cmpint(fstat(original, &b), ==, 0);
    g_assert_cmpuint(a.st_ino, ==, b.st_ino);
    g_assert_cmpint(fcntl(fd, F_GETFD) & FD_CLOEXEC, ==, FD_CLOEXEC);
}

static void assert_handle(const HandleRow *row, int fd, int original, const GError *error)
{
    g_test_message("%s", row->row);
    if (row->code < 0) {
        g_assert_no_error(error);
        assert_same_file(fd, original);
        g_close(fd, NULL);
    } else {
        g_assert_error(error, CERTD_ERROR, row->code);
        g_assert_cmpint(fd, ==, -1);
    }
}

static void test_handles(BusFixture *fixture, const void *unused)
{
    guint before = count_descriptors();
    for (size_t i = 0; i < G_N_ELEMENTS(data_rows); i++) {
        sd_bus_message *message = message_new(fixture);
        g_autoptr(GError) error = NULL;
        int original = open_row(&data_rows[i]);
        g_assert_cmpint(sd_bus_message_append(message, "h", original), >=, 0);
        message_end(message);
        int fd = certd_read_data(message, 'h', &error);
        sd_bus_message_unref(message);
        assert_handle(&data_rows[i], fd, original, error);
        g_close(original, NULL);
    }
    g_assert_cmpuint(count_descriptors(), ==, before);
}

static void test_passphrase_handles(BusFixture *fixture, const void *unused)
{
    guint before = count_descriptors();
    for (size_t i = 0; i < G_N_ELEMENTS(passphrase_rows); i++) {
        sd_bus_message *message = message_new(fixture);
        g_autoptr(GError) error = NULL;
        int original = open_row(&passphrase_rows[i]);
        int fd = -1;
        g_assert_cmpint(sd_bus_message_append(message, "a{sv}", 1, "passphrase-fd", "h", original),
                        >=, 0);
        message_end(message);
        g_autoptr(GVariant) options = certd_read_secret_options(message, &fd, &error);
        sd_bus_message_unref(message);
        g_assert_cmpint(options != NULL, ==, passphrase_rows[i].code < 0);
        assert_handle(&passphrase_rows[i], fd, original, error);
        g_close(original, NULL);
    }
    g_assert_cmpuint(count_descriptors(), ==, before);
}

static void test_passphrase_length(BusFixture *fixture, const void *unused)
{
    for (guint beyond = 0; beyond < 2; beyond++) {
        g_autofree char *text = g_strnfill(CERTD_LIMIT_PASSPHRASE_BYTES + beyond, 'p');
        g_autoptr(sd_bus_message) message = message_new(fixture);
        g_autoptr(GError) error = NULL;
        int fd = -1;
        g_assert_cmpint(sd_bus_message_append(message, "a{sv}", 1, "passphrase", "s", text), >=, 0);
        message_end(message);
        g_autoptr(GVariant) options = certd_read_secret_options(message, &fd, &error);
        g_assert_cmpint(options != NULL, ==, beyond == 0);
        if (beyond == 0) {
            g_assert_no_error(error);
            assert_contents(fd, text, CERTD_LIMIT_PASSPHRASE_BYTES);
            g_close(fd, NULL);
        } else {
            g_assert_error(error, CERTD_ERROR, CERTD_ERROR_TOO_LARGE);
            g_assert_cmpint(fd, ==, -1);
        }
    }
}

/* What is no argument of that type. */
static void test_wrong_types(BusFixture *fixture, const void *unused)
{
    static const char types[] = {'y', 'h'};
    for (size_t i = 0; i < G_N_ELEMENTS(types); i++) {
        g_autoptr(sd_bus_message) message = message_new(fixture);
        g_autoptr(GError) error = NULL;
        g_assert_cmpint(sd_bus_message_append(message, "s", "x"), >=, 0);
        message_end(message);
        g_assert_cmpint(certd_read_data(message, types[i], &error), ==, -1);
        g_assert_error(error, CERTD_ERROR, CERTD_ERROR_MALFORMED);
    }
}

typedef struct {
    const char *row;
    const char *dict; /* GVariant text; 'h' is the descriptor of an empty memfd */
    int code;         /* -1 where it can be read */
    const char *shown;
    const char *left;   /* the options afterwards */
    const char *secret; /* NULL where there is none */
} OptionsRow;

static const OptionsRow options_rows[] = {
    {"empty", "@a{sv} {}", -1, NULL, "@a{sv} {}", NULL},
    {"others", "{'a': <true>, 'b': <['x', 'y']>}", -1, NULL, "{'a': <true>, 'b': <['x', 'y']>}",
     NULL},
    {"passphrase", "{'passphrase': <'geheim'>}", -1, NULL, "@a{sv} {}", "geheim"},
    {"passphrase-empty", "{'passphrase': <''>}", -1, NULL, "@a{sv} {}", ""},
    {"passphrase-among-others", "{'a': <'b'>, 'passphrase': <'ü'>, 'c': <uint32 1>}", -1, NULL,
     "{'a': <'b'>, 'c': <uint32 1>}", "ü"},
    {"passphrase-twice", "{'passphrase': <'a'>, 'passphrase': <'b'>}", CERTD_ERROR_INVALID_OPTION,
     "twice", NULL, NULL},
    {"passphrase-both-ways", "{'passphrase': <'a'>, 'passphrase-fd': <handle 0>}",
     CERTD_ERROR_INVALID_OPTION, "twice", NULL, NULL},
    {"passphrase-both-ways-round", "{'passphrase-fd': <handle 0>, 'passphrase': <'a'>}",
     CERTD_ERROR_INVALID_OPTION, "twice", NULL, NULL},
    {"passphrase-fd", "{'passphrase-fd': <handle 0>}", -1, NULL, "@a{sv} {}", ""},
    /* What these keys may not be stays, for the reader of the options to refuse. */
    {"passphrase-number", "{'passphrase': <1>}", -1, NULL, "{'passphrase': <1>}", NULL},
    {"passphrase-bytes", "{'passphrase': <[byte 1]>}", -1, NULL, "{'passphrase': <[byte 0x01]>}",
     NULL},
    {"passphrase-nested", "{'passphrase': <<'a'>>}", -1, NULL, "{'passphrase': <<'a'>>}", NULL},
    {"passphrase-fd-string", "{'passphrase-fd': <'a'>}", -1, NULL, "{'passphrase-fd': <'a'>}",
     NULL},
    {"capital", "{'Passphrase': <'a'>}", -1, NULL, "{'Passphrase': <'a'>}", NULL},
    {"passphrase-is-handle", "{'passphrase': <handle 0>}", CERTD_ERROR_INVALID_OPTION,
     "\"passphrase\" takes no descriptor", NULL, NULL},
    {"other-handle", "{'passphrase': <'a'>, 'b': <handle 0>}", CERTD_ERROR_INVALID_OPTION,
     "\"b\" takes no descriptor", NULL, NULL},
    {"hostile-key", "{'\\n\\u202e': <handle 0>}", CERTD_ERROR_INVALID_OPTION,
     "\"\\u{000A}\\u{202E}\"", NULL, NULL},
    {"handle-inside", "{'a': <(handle 0,)>}", CERTD_ERROR_MALFORMED, "", NULL, NULL},
    {"handle-behind-variant", "{'passphrase-fd': <<handle 0>>}", CERTD_ERROR_MALFORMED, "", NULL,
     NULL},
};

/* Appends @value as a variant, @fd in the place of a handle: certd_variant_append() takes none. */
static int append_value(sd_bus_message *message, GVariant *value, int fd)
{
    const char *type = g_variant_get_type_string(value);
    if (g_str_equal(type, "h"))
        return sd_bus_message_append(message, "v", "h", fd);
    if (g_str_equal(type, "(h)"))
        return sd_bus_message_append(message, "v", "(h)", fd);
    g_autoptr(GVariant) inside = g_str_equal(type, "v") ? g_variant_get_variant(value) : NULL;
    if (inside != NULL && g_variant_is_of_type(inside, G_VARIANT_TYPE_HANDLE))
        return sd_bus_message_append(message, "v", "v", "h", fd);
    return certd_variant_append(message, g_variant_new_variant(value));
}

static void append(sd_bus_message *message, const char *text, int fd)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(GVariant) dict = g_variant_parse(G_VARIANT_TYPE("a{sv}"), text, NULL, NULL, &error);
    g_assert_no_error(error);
    g_assert_cmpint(sd_bus_message_open_container(message, 'a', "{sv}"), >=, 0);
    for (size_t i = 0; i < g_variant_n_children(dict); i++) {
        g_autoptr(GVariant) value = NULL;
        const char *key;
        g_variant_get_child(dict, i, "{&sv}", &key, &value);
        g_assert_cmpint(sd_bus_message_open_container(message, 'e', "sv"), >=, 0);
        g_assert_cmpint(sd_bus_message_append(message, "s", key), >=, 0);
        g_assert_cmpint(append_value(message, value, fd), >=, 0);
        g_assert_cmpint(sd_bus_message_close_container(message), >=, 0);
    }
    g_assert_cmpint(sd_bus_message_close_container(message), >=, 0);
}

static void check_options(const OptionsRow *row, GVariant *options, int secret, const GError *error)
{
    g_test_message("%s", row->row);
    if (row->code >= 0) {
        g_assert_null(options);
        g_assert_error(error, CERTD_ERROR, row->code);
        g_assert_nonnull(strstr(error->message, row->shown));
        g_assert_cmpint(secret, ==, -1);
        return;
    }
    g_assert_no_error(error);
    g_autofree char *left = g_variant_print(options, TRUE);
    g_assert_cmpstr(left, ==, row->left);
    if (row->secret == NULL) {
        g_assert_cmpint(secret, ==, -1);
        return;
    }
    assert_contents(secret, row->secret, strlen(row->secret));
    g_close(secret, NULL);
}

static void test_options(BusFixture *fixture, const void *unused)
{
    int fd = memfd_new(0);
    guint before = count_descriptors();
    for (size_t i = 0; i < G_N_ELEMENTS(options_rows); i++) {
        g_autoptr(GError) error = NULL;
        sd_bus_message *message = message_new(fixture);
        append(message, options_rows[i].dict, fd);
        message_end(message);
        int secret = -1;
        g_autoptr(GVariant) options = certd_read_secret_options(message, &secret, &error);
        sd_bus_message_unref(message);
        check_options(&options_rows[i], options, secret, error);
    }
    g_assert_cmpuint(count_descriptors(), ==, before);
    g_close(fd, NULL);
}

/* The plain reader knows no secrets, and takes no descriptor at all. */
static void test_plain_options(BusFixture *fixture, const void *unused)
{
    int fd = memfd_new(0);
    g_autoptr(sd_bus_message) good = message_new(fixture);
    g_autoptr(sd_bus_message) handle = message_new(fixture);
    g_autoptr(sd_bus_message) other = message_new(fixture);
    g_autoptr(GError) error = NULL;
    g_assert_cmpint(sd_bus_message_append(good, "a{sv}", 1, "passphrase", "s", "a"), >=, 0);
    message_end(good);
    g_autoptr(GVariant) options = certd_read_options(good, &error);
    g_assert_no_error(error);
    g_autofree char *text = g_variant_print(options, FALSE);
    g_assert_cmpstr(text, ==, "{'passphrase': <'a'>}");

    g_assert_cmpint(sd_bus_message_append(handle, "a{sv}", 1, "passphrase-fd", "h", fd), >=, 0);
    message_end(handle);
    g_assert_null(certd_read_options(handle, &error));
    g_assert_error(error, CERTD_ERROR, CERTD_ERROR_MALFORMED);
    g_clear_error(&error);

    g_assert_cmpint(sd_bus_message_append(other, "as", 1, "a"), >=, 0);
    message_end(other);
    g_assert_null(certd_read_options(other, &error));
    g_assert_error(error, CERTD_ERROR, CERTD_ERROR_MALFORMED);
    g_close(fd, NULL);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    bus_fixture_add("/decode/bytes", test_bytes);
    bus_fixture_add("/decode/handles", test_handles);
    bus_fixture_add("/decode/wrong-types", test_wrong_types);
    bus_fixture_add("/decode/options", test_options);
    bus_fixture_add("/decode/options/passphrase-handles", test_passphrase_handles);
    bus_fixture_add("/decode/options/passphrase-length", test_passphrase_length);
    bus_fixture_add("/decode/options/plain", test_plain_options);
    return g_test_run();
}
