/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Heads of HTTP requests, and the JSON behind them: what is taken has a clean path and a length. */

#include <string.h>

#include "fuzz.h"
#include "web/body.h"
#include "web/head.h"

static size_t head_length(const uint8_t *data, size_t size)
{
    const uint8_t *end = memmem(data, size, "\r\n\r\n", 4);
    return end != NULL ? (size_t)(end - data) + 4 : size;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    size_t length = head_length(data, size);
    CertdMessage fault = CERTD_MESSAGE_COUNT_;
    g_autofree char *argument = NULL;
    g_autoptr(CertdHead) head = certd_head_parse((const char *)data, length, &fault, &argument);
    g_assert((head == NULL) == (fault < CERTD_MESSAGE_COUNT_));
    if (head != NULL) {
        const char *path = certd_head_path(head);
        g_assert(*path == '/' && g_utf8_validate(path, -1, NULL) && strstr(path, "//") == NULL);
        g_autofree char *rewritten = certd_head_rewrite(head, certd_head_length(head));
        g_assert(g_str_has_suffix(rewritten, "\r\n\r\n"));
    } else {
        g_assert(certd_message_args(fault) == (argument != NULL ? 1 : 0));
    }
    g_autoptr(GBytes) rest = g_bytes_new(data + length, size - length);
    g_autoptr(JsonObject) object = certd_body_parse(rest);
    g_assert(object == NULL || memchr(data + length, '{', size - length) != NULL);
    return 0;
}
