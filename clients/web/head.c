/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Heads of requests: RFC 9112 without what it lets a lenient recipient take. There may be a password or a token in one:
 * what is copied here is wiped. */
#include "web/head.h"

#include <string.h>

#include "model/web-limits.h"
#include "web/target.h"
#include "web/token.h"

/* The others of RFC 9110 section 5.6.2, beside letters and digits. */
#define TOKEN_CHARS "!#$%&'*+-.^_`|~"
/* A browser sends some 20. */
#define MAX_HEADERS 100u
#define LENGTH_DIGITS 15u

struct CertdHead {
    grefcount references;
    char *method;
    char *target;
    char *path;
    GHashTable *query;
    gboolean old;        /* HTTP/1.0 */
    GHashTable *headers; /* by name in lower case */
    guint n_lines;
    guint64 length;
};

typedef struct {
    CertdMessage *fault;
    char **argument;
} Fault;

/* Those that decide something here: of two, one program would follow one, and the next the other. */
static const char *const single[] = {
    "authorization",
    "content-length",
    "content-type",
    "cookie",
    "expect",
    "host",
    "if-match",
    "if-none-match",
    "last-event-id",
    "odata-version",
    "origin",
    "sec-fetch-site",
    "transfer-encoding",
    "x-auth-token",
    "x-connection",
    "x-csrf-token",
    "x-requested-with",
    NULL,
};

static const char *const methods[] = {
    "GET", "HEAD", "POST", "PATCH", "PUT", "DELETE", "OPTIONS", "TRACE", "CONNECT", NULL,
};

static void wipe_free(void *text)
{
    certd_token_free(text);
}

static gboolean fail(const Fault *fault, CertdMessage message, const char *argument)
{
    *fault->fault = message;
    *fault->argument = g_strdup(argument);
    return FALSE;
}

static gboolean fail_limit(const Fault *fault, CertdMessage message, guint limit)
{
    g_autofree char *number = g_strdup_printf("%u", limit);
    return fail(fault, message, number);
}

static gboolean malformed(const Fault *fault)
{
    return fail(fault, CERTD_MESSAGE_OWN_REQUEST_INVALID, NULL);
}

static gboolean is_token(const char *text, gsize length)
{
    for (gsize i = 0; i < length; i++) {
        if (!g_ascii_isalnum(text[i]) && (text[i] == '\0' || !strchr(TOKEN_CHARS, text[i])))
            return FALSE;
    }
    return length > 0;
}

static gboolean parse_target(CertdHead *head, const char *target, const Fault *fault)
{
    if (strlen(target) > CERTD_LIMIT_WEB_TARGET_BYTES)
        return fail_limit(fault, CERTD_MESSAGE_OWN_TARGET_TOO_LONG, CERTD_LIMIT_WEB_TARGET_BYTES);
    if (!certd_target_parse(target, &head->path, &head->query))
        return fail(fault, CERTD_MESSAGE_OWN_PATH_INVALID, NULL);
    head->target = g_strdup(target);
    return TRUE;
}

static gboolean parse_request_line(CertdHead *head, const char *line, const Fault *fault)
{
    g_auto(GStrv) words = g_strsplit(line, " ", 4);
    if (g_strv_length(words) != 3 || !is_token(words[0], strlen(words[0])))
        return malformed(fault);
    if (!g_str_has_prefix(words[2], "HTTP/"))
        return malformed(fault);
    head->old = g_str_equal(words[2], "HTTP/1.0");
    if (!head->old && !g_str_equal(words[2], "HTTP/1.1"))
        return fail(fault, CERTD_MESSAGE_OWN_VERSION_UNSUPPORTED, NULL);
    if (!g_strv_contains(methods, words[0])) {
        words[0][MIN(strlen(words[0]), 16)] = '\0';
        return fail(fault, CERTD_MESSAGE_OWN_METHOD_UNKNOWN, words[0]);
    }
    head->method = g_strdup(words[0]);
    return parse_target(head, words[1], fault);
}

static gboolean parse_header(CertdHead *head, const char *line, const Fault *fault)
{
    const char *colon = strchr(line, ':');
    if (!colon || !is_token(line, (gsize)(colon - line)))
        return malformed(fault);
    if (++head->n_lines > MAX_HEADERS)
        return fail_limit(fault, CERTD_MESSAGE_OWN_HEADERS_TOO_LONG, CERTD_LIMIT_WEB_HEADER_BYTES);

    for (const char *c = colon + 1; *c != '\0'; c++) {
        if (((guchar)*c < 0x20 && *c != '\t') || *c == 0x7f)
            return malformed(fault);
    }
    g_autofree char *name = g_ascii_strdown(line, colon - line);
    if (g_strv_contains(single, name) && g_hash_table_contains(head->headers, name))
        return fail(fault, CERTD_MESSAGE_OWN_HEADER_DUPLICATE, name);

    char *value = g_strchomp(g_strdup(colon + 1 + strspn(colon + 1, " \t")));
    const char *before = g_hash_table_lookup(head->headers, name);
    if (before) {
        char *joined = g_strconcat(before, ", ", value, NULL);
        wipe_free(value);
        value = joined;
    }
    g_hash_table_insert(head->headers, g_steal_pointer(&name), value);
    return TRUE;
}

/* A name or an IPv4 address, or an IPv6 address in brackets, and perhaps a port (RFC 9110 section 7.2). */
static gboolean is_host(const char *host)
{
    gsize length = *host == '[' ? strspn(host + 1, "0123456789abcdefABCDEF:.") + 1
                                : strspn(host, "0123456789abcdefghijklmnopqrstuvwxyz"
                                               "ABCDEFGHIJKLMNOPQRSTUVWXYZ-._");
    if (*host == '[' && host[length++] != ']')
        return FALSE;
    if (length == 0 || length > 255)
        return FALSE;
    if (host[length] == '\0')
        return TRUE;
    guint64 port;
    return host[length] == ':' &&
           g_ascii_string_to_unsigned(host + length + 1, 10, 1, G_MAXUINT16, &port, NULL);
}

static gboolean check_length(CertdHead *head, const Fault *fault)
{
    const char *length = certd_head_get(head, "content-length");
    if (certd_head_get(head, "transfer-encoding")) {
        if (length)
            return malformed(fault);
        /* RFC 9112 section 6.3 lets a server ask for a length: that way nobody differs on where a request ends. */
        return fail(fault, CERTD_MESSAGE_OWN_LENGTH_REQUIRED, NULL);
    }
    if (!length)
        return TRUE;
    gsize digits = strspn(length, "0123456789");
    if (digits == 0 || digits > LENGTH_DIGITS || length[digits] != '\0')
        return fail(fault, CERTD_MESSAGE_HEADER_INVALID, "Content-Length");
    head->length = g_ascii_strtoull(length, NULL, 10);
    return TRUE;
}

static gboolean check_headers(CertdHead *head, const Fault *fault)
{
    const char *host = certd_head_get(head, "host");
    if (!host && !head->old)
        return fail(fault, CERTD_MESSAGE_HEADER_MISSING, "Host");
    if (host && !is_host(host))
        return fail(fault, CERTD_MESSAGE_HEADER_INVALID, "Host");
    const char *expect = certd_head_get(head, "expect");
    if (expect && g_ascii_strcasecmp(expect, "100-continue") != 0)
        return fail(fault, CERTD_MESSAGE_OWN_EXPECTATION_UNKNOWN, NULL);
    return check_length(head, fault);
}

/* The @lines before the empty one. */
static gboolean parse(CertdHead *head, char **lines, const Fault *fault)
{
    for (guint i = 0; lines[i]; i++) {
        if (strpbrk(lines[i], "\r\n"))
            return malformed(fault);
    }
    if (!lines[0] || !parse_request_line(head, lines[0], fault))
        return lines[0] ? FALSE : malformed(fault);
    for (guint i = 1; lines[i]; i++) {
        if (!parse_header(head, lines[i], fault))
            return FALSE;
    }
    return check_headers(head, fault);
}

CertdHead *certd_head_parse(const char *bytes, gsize length, CertdMessage *fault, char **argument)
{
    const Fault place = {fault, argument};
    *argument = NULL;
    if (length < 4 || memcmp(bytes + length - 4, "\r\n\r\n", 4) != 0 ||
        memchr(bytes, '\0', length)) {
        (void)malformed(&place);
        return NULL;
    }

    g_autoptr(CertdHead) head = g_new0(CertdHead, 1);
    g_ref_count_init(&head->references);
    head->headers = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, wipe_free);
    g_autoptr(CertdTokenText) text = g_strndup(bytes, length - 4);
    g_auto(GStrv) lines = g_strsplit(text, "\r\n", -1);
    gboolean good = parse(head, lines, &place);
    for (guint i = 0; lines[i]; i++)
        certd_token_wipe(lines[i]);
    return good ? g_steal_pointer(&head) : NULL;
}

CertdHead *certd_head_ref(CertdHead *head)
{
    g_ref_count_inc(&head->references);
    return head;
}

void certd_head_unref(CertdHead *head)
{
    if (!head || !g_ref_count_dec(&head->references))
        return;
    g_free(head->method);
    g_free(head->target);
    g_free(head->path);
    g_clear_pointer(&head->query, g_hash_table_unref);
    g_hash_table_unref(head->headers);
    g_free(head);
}

const char *certd_head_method(const CertdHead *head)
{
    return head->method;
}

const char *certd_head_path(const CertdHead *head)
{
    return head->path;
}

GHashTable *certd_head_query(const CertdHead *head)
{
    return head->query;
}

const char *certd_head_target(const CertdHead *head)
{
    return head->target;
}

const char *certd_head_get(const CertdHead *head, const char *name)
{
    g_autofree char *lower = g_ascii_strdown(name, -1);
    return g_hash_table_lookup(head->headers, lower);
}

guint64 certd_head_length(const CertdHead *head)
{
    return head->length;
}

/* Whether the list of words @list has @word. */
static gboolean has_word(const char *list, const char *word)
{
    g_auto(GStrv) words = g_strsplit(list, ",", -1);
    for (guint i = 0; words[i]; i++) {
        if (g_ascii_strcasecmp(g_strstrip(words[i]), word) == 0)
            return TRUE;
    }
    return FALSE;
}

gboolean certd_head_is_last(const CertdHead *head)
{
    const char *connection = certd_head_get(head, "connection");
    const char *own = certd_head_get(head, "x-connection");
    return (connection && has_word(connection, "close")) || (own && has_word(own, "close"));
}

char *certd_head_rewrite(const CertdHead *head, guint64 length)
{
    const char *method = g_str_equal(head->method, "HEAD") ? "HEAD" : length > 0 ? "POST" : "GET";
    GString *text = g_string_new(NULL);
    g_string_append_printf(text, "%s / HTTP/1.%d\r\nHost: localhost\r\n", method,
                           head->old ? 0 : 1);
    if (length > 0)
        g_string_append_printf(text, "Content-Length: %" G_GUINT64_FORMAT "\r\n", length);
    if (length > 0 && !head->old && certd_head_get(head, "expect"))
        g_string_append(text, "Expect: 100-continue\r\n");
    if (certd_head_is_last(head))
        g_string_append(text, "Connection: close\r\n");
    g_string_append(text, "\r\n");
    return g_string_free(text, FALSE);
}
