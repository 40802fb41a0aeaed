/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The sealing of stored keys, and the file of the sealing key (R1: a key never leaves in clear). */
#include "worker/seal.h"

#include <fcntl.h>
#include <stdint.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "model/error.h"

#define MAGIC "certd-sealing-key-1\n"

static const char plain_text[] = "the bytes of a private key";

static CertdSecret *key_of(unsigned char byte)
{
    CertdSecret *key = certd_secret_new(32);

    memset(certd_secret_data(key), byte, 32);
    return key;
}

static CertdSecret *plain_new(void)
{
    return certd_secret_new_copy(plain_text, sizeof(plain_text));
}

static gboolean is_same(const CertdSecret *a, const CertdSecret *b)
{
    return certd_secret_size(a) == certd_secret_size(b) &&
           memcmp(certd_secret_data(a), certd_secret_data(b), certd_secret_size(a)) == 0;
}

static int file_of(const void *data, size_t size)
{
    int fd = memfd_create("test", MFD_CLOEXEC);

    g_assert_cmpint(fd, >=, 0);
    g_assert_cmpint(write(fd, data, size), ==, (ssize_t)size);
    return fd;
}

static void assert_unavailable(const GError *error)
{
    g_assert_error(error, CERTD_ERROR, CERTD_ERROR_KEY_UNAVAILABLE);
    g_assert_cmpuint(strlen(error->message), >, 20);
}

/* R1 */
static void test_round_trip(void)
{
    g_autoptr(CertdSecret) key = key_of(7);
    g_autoptr(CertdSecret) plain = plain_new();
    g_autoptr(GError) error = NULL;
    g_autoptr(GBytes) sealed = certd_seal(key, "k1", plain, &error);
    g_autoptr(GBytes) again = NULL;
    g_autoptr(CertdSecret) opened = NULL;
    const unsigned char *blob;
    size_t size;

    g_assert_no_error(error);
    blob = g_bytes_get_data(sealed, &size);
    g_assert_cmpuint(size, ==, 1 + 12 + sizeof(plain_text) + 16);
    g_assert_cmpuint(blob[0], ==, 1);
    g_assert_null(memmem(blob, size, plain_text, 8));
    opened = certd_unseal(key, "k1", sealed, &error);
    g_assert_no_error(error);
    g_assert_true(is_same(opened, plain));
    /* A nonce of its own each time. */
    again = certd_seal(key, "k1", plain, &error);
    g_assert_no_error(error);
    g_assert_cmpint(memcmp(blob + 1, (const unsigned char *)g_bytes_get_data(again, NULL) + 1, 12),
                    !=, 0);
}

typedef struct {
    const char *name;
    const char *key_id;
    unsigned char key;
    size_t flip; /* byte to change, or SIZE_MAX */
    size_t cut;  /* bytes to keep, or SIZE_MAX */
} BadSealed;

static const BadSealed bad_sealed[] = {
    {"other-key-id", "k2", 7, SIZE_MAX, SIZE_MAX},
    {"other-sealing-key", "k1", 8, SIZE_MAX, SIZE_MAX},
    {"other-version", "k1", 7, 0, SIZE_MAX},
    {"nonce", "k1", 7, 1, SIZE_MAX},
    {"ciphertext", "k1", 7, 13, SIZE_MAX},
    {"tag", "k1", 7, 13 + sizeof(plain_text), SIZE_MAX},
    {"last-byte", "k1", 7, 13 + sizeof(plain_text) + 15, SIZE_MAX},
    {"cut-by-one", "k1", 7, SIZE_MAX, 13 + sizeof(plain_text) + 15},
    {"no-ciphertext", "k1", 7, SIZE_MAX, 29},
    {"empty", "k1", 7, SIZE_MAX, 0},
};

static void test_bad_sealed(const void *data)
{
    const BadSealed *row = data;
    g_autoptr(CertdSecret) key = key_of(7);
    g_autoptr(CertdSecret) used = key_of(row->key);
    g_autoptr(CertdSecret) plain = plain_new();
    g_autoptr(GError) error = NULL;
    g_autoptr(GBytes) sealed = certd_seal(key, "k1", plain, &error);
    g_autoptr(GBytes) bad = NULL;
    size_t size = g_bytes_get_size(sealed);
    g_autofree unsigned char *copy = g_memdup2(g_bytes_get_data(sealed, NULL), size);

    if (row->flip != SIZE_MAX)
        copy[row->flip] ^= 1;
    bad = g_bytes_new(copy, row->cut == SIZE_MAX ? size : row->cut);
    g_assert_null(certd_unseal(used, row->key_id, bad, &error));
    assert_unavailable(error);
}

/* The file that a new key makes opens again, with what it was made with alone. */
static void test_file(const void *data)
{
    gboolean wrapped = GPOINTER_TO_INT(data);
    g_autoptr(CertdSecret) wrapping = wrapped ? key_of(1) : NULL;
    g_autoptr(CertdSecret) other = key_of(2);
    g_autoptr(GError) error = NULL;
    g_autoptr(CertdSecret) made = NULL;
    g_autoptr(CertdSecret) loaded = NULL;
    /* A longer file is cut. */
    char old[200] = "old";
    int fd = file_of(old, sizeof(old));
    char content[200];
    ssize_t size;

    made = certd_sealing_key_create(fd, wrapping, &error);
    g_assert_no_error(error);
    size = pread(fd, content, sizeof(content), 0);
    g_assert_cmpint(size, ==, wrapped ? 20 + 1 + 12 + 32 + 16 : 20 + 1 + 32);
    g_assert_cmpmem(content, 20, MAGIC, 20);
    g_assert_cmpint(content[20], ==, wrapped);
    g_assert_true((memmem(content, (size_t)size, certd_secret_data(made), 32) == NULL) == wrapped);
    loaded = certd_sealing_key_load(fd, wrapping, NULL, &error);
    g_assert_no_error(error);
    g_assert_true(is_same(made, loaded));
    if (wrapped) {
        g_assert_null(certd_sealing_key_load(fd, other, NULL, &error));
        assert_unavailable(error);
        g_clear_error(&error);
        g_assert_null(certd_sealing_key_load(fd, NULL, NULL, &error));
        assert_unavailable(error);
    }
    close(fd);
}

static const struct {
    const char *name;
    const char *content;
    size_t size;
} bad_files[] = {
    {"empty", "", 0},
    {"magic-alone", MAGIC, 20},
    {"no-key", MAGIC "\0", 21},
    {"short-key",
     MAGIC "\0"
           "0123456789012345678901234567890",
     52},
    {"long-key",
     MAGIC "\0"
           "012345678901234567890123456789012",
     54},
    {"unknown-form",
     MAGIC "\2"
           "01234567890123456789012345678901",
     53},
    {"wrapped-of-plain-size",
     MAGIC "\1"
           "01234567890123456789012345678901",
     53},
    {"other-magic",
     "certd-sealing-key-2\n\0"
     "01234567890123456789012345678901",
     53},
};

static void test_bad_files(void)
{
    for (size_t i = 0; i < G_N_ELEMENTS(bad_files); i++) {
        g_autoptr(CertdSecret) wrapping = key_of(1);
        g_autoptr(GError) error = NULL;
        int fd = file_of(bad_files[i].content, bad_files[i].size);

        g_test_message("%s", bad_files[i].name);
        g_assert_null(certd_sealing_key_load(fd, wrapping, NULL, &error));
        assert_unavailable(error);
        close(fd);
    }
}

static void test_wrapping_key_sizes(void)
{
    static const struct {
        size_t size;
        gboolean ok;
    } rows[] = {
        {0, FALSE}, {CERTD_WRAPPING_KEY_MIN - 1, FALSE}, {CERTD_WRAPPING_KEY_MIN, TRUE},
        {32, TRUE}, {CERTD_WRAPPING_KEY_MAX, TRUE},      {CERTD_WRAPPING_KEY_MAX + 1, FALSE},
    };
    static const char bytes[CERTD_WRAPPING_KEY_MAX + 1];

    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        g_autoptr(GError) error = NULL;
        int fd = file_of(bytes, rows[i].size);
        g_autoptr(CertdSecret) key = certd_wrapping_key_read(fd, &error);

        g_test_message("%zu bytes", rows[i].size);
        if (rows[i].ok)
            g_assert_no_error(error);
        else
            assert_unavailable(error);
        g_assert_true((key != NULL) == rows[i].ok);
        close(fd);
    }
}

static void test_unwritable(void)
{
    g_autoptr(GError) error = NULL;
    int fd = open("/dev/null", O_RDONLY | O_CLOEXEC);

    g_assert_null(certd_sealing_key_create(fd, NULL, &error));
    g_assert_error(error, CERTD_ERROR, CERTD_ERROR_WORKER_FAILED);
    close(fd);
}

int main(int argc, char *argv[])
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/worker/seal/round-trip", test_round_trip);
    for (size_t i = 0; i < G_N_ELEMENTS(bad_sealed); i++) {
        g_autofree char *path = g_strconcat("/worker/seal/bad/", bad_sealed[i].name, NULL);

        g_test_add_data_func(path, &bad_sealed[i], test_bad_sealed);
    }
    g_test_add_data_func("/worker/seal/file/plain", GINT_TO_POINTER(0), test_file);
    g_test_add_data_func("/worker/seal/file/wrapped", GINT_TO_POINTER(1), test_file);
    g_test_add_func("/worker/seal/file/bad", test_bad_files);
    g_test_add_func("/worker/seal/file/unwritable", test_unwritable);
    g_test_add_func("/worker/seal/wrapping-key-sizes", test_wrapping_key_sizes);
    return g_test_run();
}
