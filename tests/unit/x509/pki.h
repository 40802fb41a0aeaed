/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A directory with a PKI that the real programs make: openssl and certtool. */
#pragma once

#include <glib.h>
#include <glib/gstdio.h>
#include <string.h>

#include "x509/bundle.h"

static char *pki_directory;

/* Runs @script in the PKI's directory with sh -e; it has to succeed. */
static inline void pki_run(const char *script)
{
    g_auto(GStrv) argv = g_strdupv((char *[]){(char *)"sh", (char *)"-e", (char *)"-c",
                                              (char *)script, NULL});
    g_autoptr(GError) error = NULL;
    g_autofree char *out = NULL, *err = NULL;
    int status = -1;
    g_spawn_sync(pki_directory, argv, NULL, G_SPAWN_SEARCH_PATH, NULL, NULL, &out, &err, &status,
                 &error);
    g_assert_no_error(error);
    if (status != 0)
        g_error("%s\nfailed: %s", script, err);
}

static inline void pki_begin(void)
{
    g_autoptr(GError) error = NULL;
    pki_directory = g_dir_make_tmp("certd-pki-XXXXXX", &error);
    g_assert_no_error(error);
}

static inline void pki_end(void)
{
    pki_run("rm -rf ./*");
    g_assert_cmpint(g_rmdir(pki_directory), ==, 0);
    g_free(pki_directory);
}

static inline GBytes *pki_load(const char *name)
{
    g_autofree char *path = g_build_filename(pki_directory, name, NULL);
    g_autoptr(GError) error = NULL;
    char *data;
    gsize size;
    g_file_get_contents(path, &data, &size, &error);
    g_assert_no_error(error);
    return g_bytes_new_take(data, size);
}

/* A root, an intermediate and a leaf (EC P-256), each with key NAME.key and NAME.pem. */
#define PKI_CHAIN                                                                                  \
    "newkey() { openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256 -out $1.key; };"    \
    "for n in root mid leaf; do newkey $n; done;"                                                  \
    "printf 'basicConstraints=critical,CA:TRUE\\nkeyUsage=critical,keyCertSign,cRLSign\\n' >ca.x;" \
    "printf 'basicConstraints=critical,CA:FALSE\\nkeyUsage=critical,digitalSignature\\n"           \
    "extendedKeyUsage=serverAuth\\nsubjectAltName=DNS:dev1.example.org,IP:192.0.2.1\\n' >leaf.x;"  \
    "openssl req -new -key root.key -subj '/O=Example/CN=Root' -out root.csr;"                     \
    "openssl x509 -req -in root.csr -signkey root.key -days 3650 -extfile ca.x -out root.pem;"     \
    "openssl req -new -key mid.key -subj '/O=Example/CN=Mid' -out mid.csr;"                        \
    "openssl x509 -req -in mid.csr -CA root.pem -CAkey root.key -CAcreateserial -days 1000 "       \
    "-extfile ca.x -out mid.pem;"                                                                  \
    "openssl req -new -key leaf.key -subj '/O=Example/CN=dev1.example.org' -out leaf.csr;"         \
    "openssl x509 -req -in leaf.csr -CA mid.pem -CAkey mid.key -CAcreateserial -days 300 "         \
    "-extfile leaf.x -out leaf.pem;"

static inline CertdBundle *pki_read(const char *name, const char *passphrase, GError **error)
{
    g_autoptr(GBytes) data = pki_load(name);
    g_autoptr(CertdSecret) secret =
        passphrase != NULL ? certd_secret_new_copy(passphrase, strlen(passphrase)) : NULL;
    return certd_bundle_read(data, secret, error);
}
