/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Every structure that may come begins with a SEQUENCE whose first elements tell it from the
 * others: one table of their tags, and of the version number where that is what differs.
 */
#include "common/pem.h"

#include <glib/gi18n-lib.h>
#include <string.h>

#include "common/file.h"
#include "model/error.h"
#include "model/limits.h"

#define TAG_INTEGER 0x02
#define TAG_OCTET_STRING 0x04
#define TAG_OID 0x06
#define TAG_SEQUENCE 0x30
#define TAG_CONTEXT_0 0xA0
#define ANY_VERSION -1
#define LINE 64u
#define MARKER "-----BEGIN "

static const struct {
    guint8 tags[3]; /* of the first elements; 0 for whatever */
    int version;    /* the value of a first INTEGER */
    const char *label;
} shapes[] = {
    /* RFC 5280 4.1: tbsCertificate, signatureAlgorithm, signatureValue */
    {{TAG_SEQUENCE, TAG_SEQUENCE, 0x03}, ANY_VERSION, "CERTIFICATE"},
    /* RFC 2315 7: contentType, content */
    {{TAG_OID, TAG_CONTEXT_0, 0}, ANY_VERSION, "PKCS7"},
    /* RFC 7292 4: version 3, authSafe */
    {{TAG_INTEGER, TAG_SEQUENCE, 0}, 3, "PKCS12"},
    /* RFC 5958 2: version 0 or 1, algorithm, key */
    {{TAG_INTEGER, TAG_SEQUENCE, TAG_OCTET_STRING}, 0, "PRIVATE KEY"},
    {{TAG_INTEGER, TAG_SEQUENCE, TAG_OCTET_STRING}, 1, "PRIVATE KEY"},
    /* RFC 5958 3: algorithm, data */
    {{TAG_SEQUENCE, TAG_OCTET_STRING, 0}, ANY_VERSION, "ENCRYPTED PRIVATE KEY"},
    /* RFC 8017 A.1.2: version, modulus, exponent */
    {{TAG_INTEGER, TAG_INTEGER, TAG_INTEGER}, 0, "RSA PRIVATE KEY"},
    /* RFC 5915 3: version 1, key */
    {{TAG_INTEGER, TAG_OCTET_STRING, 0}, 1, "EC PRIVATE KEY"},
};

/* Reads one element's header at @data: its tag and where its content lies. */
static gboolean read_header(const guint8 *data, size_t size, guint8 *tag, size_t *start,
                            size_t *length)
{
    if (size < 2)
        return FALSE;
    size_t n_bytes = data[1] < 0x80 ? 0 : data[1] & 0x7F;
    size_t content = data[1] < 0x80 ? data[1] : 0;
    if (n_bytes > 4 || size < 2 + n_bytes || data[1] == 0x80)
        return FALSE;
    for (size_t i = 0; i < n_bytes; i++)
        content = content << 8 | data[2 + i];
    if (content > size - 2 - n_bytes)
        return FALSE;
    *tag = data[0];
    *start = 2 + n_bytes;
    *length = content;
    return TRUE;
}

/* The tags of the first elements in @data, and the value of the first where it is a small
 * INTEGER. */
static void read_tags(const guint8 *data, size_t size, guint8 *tags, size_t n_tags, int *version)
{
    for (size_t i = 0; i < n_tags; i++) {
        size_t start, length;
        if (!read_header(data, size, &tags[i], &start, &length))
            return;
        if (i == 0 && tags[0] == TAG_INTEGER && length == 1)
            *version = data[start];
        data += start + length;
        size -= start + length;
    }
}

const char *certd_pem_label(const guint8 *data, size_t size)
{
    guint8 tag;
    size_t start, length;
    if (!read_header(data, size, &tag, &start, &length) || tag != TAG_SEQUENCE)
        return NULL;

    guint8 tags[G_N_ELEMENTS(shapes[0].tags)] = {0};
    int version = ANY_VERSION;
    read_tags(data + start, length, tags, G_N_ELEMENTS(tags), &version);
    for (size_t i = 0; i < G_N_ELEMENTS(shapes); i++) {
        gboolean fits = shapes[i].version == ANY_VERSION || shapes[i].version == version;
        for (size_t j = 0; j < G_N_ELEMENTS(tags); j++)
            fits = fits && (shapes[i].tags[j] == 0 || shapes[i].tags[j] == tags[j]);
        if (fits)
            return shapes[i].label;
    }
    return NULL;
}

/* Room for @size bytes of DER as PEM with the longest label. */
static size_t pem_room(size_t size)
{
    return (size / 3 + 2) * 4 + (size / 3 * 4) / LINE + 160;
}

static void append(guint8 *out, size_t *used, const char *text, size_t size)
{
    memcpy(out + *used, text, size);
    *used += size;
}

static void append_line(guint8 *out, size_t *used, const char *before, const char *label)
{
    append(out, used, before, strlen(before));
    append(out, used, label, strlen(label));
    append(out, used, "-----\n", 6);
}

static void append_der(guint8 *out, size_t *used, const char *label, const guint8 *data,
                       size_t size)
{
    append_line(out, used, MARKER, label);
    /* Line by line from whole groups of three, so that nothing has to be kept between lines. */
    for (size_t at = 0; at < size; at += LINE / 4 * 3) {
        char *line = g_base64_encode(data + at, MIN(size - at, LINE / 4 * 3));
        append(out, used, line, strlen(line));
        append(out, used, "\n", 1);
        explicit_bzero(line, strlen(line));
        g_free(line);
    }
    append_line(out, used, "-----END ", label);
}

/* Appends @bytes to @out, which has the room, as PEM whatever they are. */
static gboolean append_as_pem(guint8 *out, size_t *used, GBytes *bytes, const char *what,
                              GError **error)
{
    size_t size;
    const guint8 *data = g_bytes_get_data(bytes, &size);
    if (size > 0 && memmem(data, size, MARKER, strlen(MARKER))) {
        append(out, used, (const char *)data, size);
        append(out, used, "\n", 1);
        return TRUE;
    }
    const char *label = data ? certd_pem_label(data, size) : NULL;
    if (!label || g_str_equal(label, "PKCS12")) {
        g_set_error(error, CERTD_ERROR, CERTD_ERROR_UNSUPPORTED_FORMAT,
                    label ? _("The %s file is a PKCS#12; it brings its key itself, import it "
                              "without --key-file")
                          : _("The %s file is neither PEM nor DER of a known kind; give a "
                              "certificate first and its private key with --key-file"),
                    what);
        return FALSE;
    }
    append_der(out, used, label, data, size);
    return TRUE;
}

GBytes *certd_pem_join(GBytes *certificate, GBytes *key, GError **error)
{
    size_t room = pem_room(g_bytes_get_size(certificate)) + pem_room(g_bytes_get_size(key));
    g_autoptr(GBytes) joined = NULL;
    guint8 *out = g_malloc0(room);
    size_t used = 0;
    gboolean done = append_as_pem(out, &used, certificate, _("certificate"), error) &&
                    append_as_pem(out, &used, key, _("key"), error);
    joined = certd_file_wiped_bytes(out, used, room);
    if (!done)
        return NULL;
    if (used > CERTD_LIMIT_INPUT_BYTES) {
        g_set_error(error, CERTD_ERROR, CERTD_ERROR_TOO_LARGE,
                    _("The certificate and its key are %zu bytes of PEM together; %u are the "
                      "limit: leave out what does not belong to the chain"),
                    used, CERTD_LIMIT_INPUT_BYTES);
        return NULL;
    }
    return g_steal_pointer(&joined);
}

GBytes *certd_pem_certificate(GBytes *der)
{
    size_t size, used = 0;
    const guint8 *data = g_bytes_get_data(der, &size);
    guint8 *out = g_malloc0(pem_room(size));
    append_der(out, &used, "CERTIFICATE", data, size);
    return g_bytes_new_take(out, used);
}
