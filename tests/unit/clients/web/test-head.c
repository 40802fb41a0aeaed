/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Heads of requests, good and bad, and what libsoup gets of them. */
#include <string.h>

#include "model/web-limits.h"
#include "web/head.h"

#define OK CERTD_MESSAGE_SUCCESS
#define HOST "Host: a.example\r\n"
#define GET "GET / HTTP/1.1\r\n" HOST

static const struct {
    const char *name;
    const char *head; /* without the empty line */
    CertdMessage fault;
} heads[] = {
    {"plain", GET, OK},
    {"old", "GET / HTTP/1.0\r\n", OK},
    {"host-port", "GET / HTTP/1.1\r\nHost: [2001:db8::1]:8443\r\n", OK},
    {"no-space", "GET / HTTP/1.1\r\nHost:a\r\n", OK},
    {"list-twice", GET "Accept: a\r\nAccept: b\r\n", OK},
    {"length", GET "Content-Length: 0\r\n", OK},
    {"expect", GET "Expect: 100-Continue\r\n", OK},
    {"no-host", "GET / HTTP/1.1\r\n", CERTD_MESSAGE_HEADER_MISSING},
    {"empty-host", "GET / HTTP/1.1\r\nHost:\r\n", CERTD_MESSAGE_HEADER_INVALID},
    {"host-path", "GET / HTTP/1.1\r\nHost: a/b\r\n", CERTD_MESSAGE_HEADER_INVALID},
    {"host-user", "GET / HTTP/1.1\r\nHost: u@b\r\n", CERTD_MESSAGE_HEADER_INVALID},
    {"host-port-0", "GET / HTTP/1.1\r\nHost: a:0\r\n", CERTD_MESSAGE_HEADER_INVALID},
    {"host-port-big", "GET / HTTP/1.1\r\nHost: a:65536\r\n", CERTD_MESSAGE_HEADER_INVALID},
    {"host-list", "GET / HTTP/1.1\r\nHost: a, b\r\n", CERTD_MESSAGE_HEADER_INVALID},
    {"hosts", GET HOST, CERTD_MESSAGE_OWN_HEADER_DUPLICATE},
    {"hosts-case", GET "hOST: b\r\n", CERTD_MESSAGE_OWN_HEADER_DUPLICATE},
    {"lengths", GET "Content-Length: 1\r\nContent-Length: 1\r\n",
     CERTD_MESSAGE_OWN_HEADER_DUPLICATE},
    {"tokens", GET "X-Auth-Token: a\r\nX-Auth-Token: b\r\n", CERTD_MESSAGE_OWN_HEADER_DUPLICATE},
    {"cookies", GET "Cookie: a=b\r\nCookie: c=d\r\n", CERTD_MESSAGE_OWN_HEADER_DUPLICATE},
    {"last-events", GET "Last-Event-ID: 1\r\nLast-Event-ID: 1\r\n",
     CERTD_MESSAGE_OWN_HEADER_DUPLICATE},
    {"types", GET "Content-Type: a/b\r\nContent-Type: a/b\r\n", CERTD_MESSAGE_OWN_HEADER_DUPLICATE},
    {"origins", GET "Origin: a\r\nOrigin: b\r\n", CERTD_MESSAGE_OWN_HEADER_DUPLICATE},
    {"authorizations", GET "Authorization: a\r\nAuthorization: b\r\n",
     CERTD_MESSAGE_OWN_HEADER_DUPLICATE},
    {"length-list", GET "Content-Length: 1, 1\r\n", CERTD_MESSAGE_HEADER_INVALID},
    {"length-sign", GET "Content-Length: +1\r\n", CERTD_MESSAGE_HEADER_INVALID},
    {"length-minus", GET "Content-Length: -1\r\n", CERTD_MESSAGE_HEADER_INVALID},
    {"length-hex", GET "Content-Length: 0x1\r\n", CERTD_MESSAGE_HEADER_INVALID},
    {"length-empty", GET "Content-Length:\r\n", CERTD_MESSAGE_HEADER_INVALID},
    {"length-huge", GET "Content-Length: 9999999999999999999\r\n", CERTD_MESSAGE_HEADER_INVALID},
    {"chunked", GET "Transfer-Encoding: chunked\r\n", CERTD_MESSAGE_OWN_LENGTH_REQUIRED},
    {"both", GET "Transfer-Encoding: chunked\r\nContent-Length: 3\r\n",
     CERTD_MESSAGE_OWN_REQUEST_INVALID},
    {"expect-other", GET "Expect: tea\r\n", CERTD_MESSAGE_OWN_EXPECTATION_UNKNOWN},
    {"fold", GET "A: b\r\n c\r\n", CERTD_MESSAGE_OWN_REQUEST_INVALID},
    {"fold-first", "GET / HTTP/1.1\r\n Host: a\r\n", CERTD_MESSAGE_OWN_REQUEST_INVALID},
    {"space-colon", GET "A : b\r\n", CERTD_MESSAGE_OWN_REQUEST_INVALID},
    {"no-colon", GET "Ab\r\n", CERTD_MESSAGE_OWN_REQUEST_INVALID},
    {"no-name", GET ": b\r\n", CERTD_MESSAGE_OWN_REQUEST_INVALID},
    {"line-feed", GET "A: b\nC: d\r\n", CERTD_MESSAGE_OWN_REQUEST_INVALID},
    {"return", GET "A: b\rC: d\r\n", CERTD_MESSAGE_OWN_REQUEST_INVALID},
    {"control", GET "A: b\001\r\n", CERTD_MESSAGE_OWN_REQUEST_INVALID},
    {"escape", GET "A: \033[2J\r\n", CERTD_MESSAGE_OWN_REQUEST_INVALID},
    {"two-spaces", "GET  / HTTP/1.1\r\n" HOST, CERTD_MESSAGE_OWN_REQUEST_INVALID},
    {"tab", "GET\t/ HTTP/1.1\r\n" HOST, CERTD_MESSAGE_OWN_REQUEST_INVALID},
    {"four-words", "GET / HTTP/1.1 x\r\n" HOST, CERTD_MESSAGE_OWN_REQUEST_INVALID},
    {"no-version", "GET /\r\n" HOST, CERTD_MESSAGE_OWN_REQUEST_INVALID},
    {"version-2", "PRI * HTTP/2.0\r\n", CERTD_MESSAGE_OWN_VERSION_UNSUPPORTED},
    {"version-12", "GET / HTTP/1.2\r\n" HOST, CERTD_MESSAGE_OWN_VERSION_UNSUPPORTED},
    {"version-case", "GET / http/1.1\r\n" HOST, CERTD_MESSAGE_OWN_REQUEST_INVALID},
    {"method", "BREW / HTTP/1.1\r\n" HOST, CERTD_MESSAGE_OWN_METHOD_UNKNOWN},
    {"method-case", "get / HTTP/1.1\r\n" HOST, CERTD_MESSAGE_OWN_METHOD_UNKNOWN},
    {"absolute", "GET http://a.example/ HTTP/1.1\r\n" HOST, CERTD_MESSAGE_OWN_PATH_INVALID},
    {"asterisk", "OPTIONS * HTTP/1.1\r\n" HOST, CERTD_MESSAGE_OWN_PATH_INVALID},
    {"authority", "CONNECT a.example:443 HTTP/1.1\r\n" HOST, CERTD_MESSAGE_OWN_PATH_INVALID},
};

static CertdHead *parse(const char *head, CertdMessage *fault)
{
    g_autofree char *text = g_strconcat(head, "\r\n", NULL);
    g_autofree char *argument = NULL;
    *fault = OK;
    CertdHead *parsed = certd_head_parse(text, strlen(text), fault, &argument);
    g_assert_cmpuint(certd_message_args(*fault), ==, parsed || !argument ? 0 : 1);
    return parsed;
}

/* R66: what two programs could take for two things is refused. */
static void test_head(const void *data)
{
    const size_t i = GPOINTER_TO_SIZE(data);
    CertdMessage fault;
    g_autoptr(CertdHead) head = parse(heads[i].head, &fault);
    g_assert_cmpint(fault, ==, heads[i].fault);
    g_assert_cmpint(head != NULL, ==, heads[i].fault == OK);
}

static void test_nul(void)
{
    static const char text[] = GET "A: b\0c\r\n\r\n";
    CertdMessage fault;
    g_autofree char *argument = NULL;
    g_autoptr(CertdHead) head = certd_head_parse(text, sizeof text - 1, &fault, &argument);
    g_assert_null(head);
    g_assert_cmpint(fault, ==, CERTD_MESSAGE_OWN_REQUEST_INVALID);
}

static void check_target(gsize length, CertdMessage wanted)
{
    g_autofree char *target = g_strnfill(length, 'a');
    *target = '/';
    g_autofree char *text = g_strdup_printf("GET %s HTTP/1.1\r\n" HOST, target);
    CertdMessage fault;
    g_autoptr(CertdHead) head = parse(text, &fault);
    g_assert_cmpint(fault, ==, wanted);
    g_assert_cmpint(head != NULL, ==, wanted == OK);
}

/* At the limit, and one beyond it. */
static void test_target_length(void)
{
    check_target(CERTD_LIMIT_WEB_TARGET_BYTES, OK);
    check_target(CERTD_LIMIT_WEB_TARGET_BYTES + 1, CERTD_MESSAGE_OWN_TARGET_TOO_LONG);
}

static void test_read(void)
{
    CertdMessage fault;
    g_autoptr(CertdHead) head =
        parse("PATCH /a%20b/?x=1 HTTP/1.1\r\n" HOST "X-Auth-Token:  t \r\nContent-Length: 12\r\n"
              "Expect: 100-continue\r\nConnection: a, Close\r\n",
              &fault);
    g_assert_nonnull(head);
    g_assert_cmpstr(certd_head_method(head), ==, "PATCH");
    g_assert_cmpstr(certd_head_path(head), ==, "/a b");
    g_assert_cmpstr(certd_head_target(head), ==, "/a%20b/?x=1");
    g_assert_cmpstr(g_hash_table_lookup(certd_head_query(head), "x"), ==, "1");
    g_assert_cmpstr(certd_head_get(head, "x-AUTH-token"), ==, "t");
    g_assert_null(certd_head_get(head, "Cookie"));
    g_assert_cmpuint(certd_head_length(head), ==, 12);
    g_autofree char *rewritten = certd_head_rewrite(head, 12);
    g_assert_cmpstr(rewritten, ==,
                    "POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 12\r\n"
                    "Expect: 100-continue\r\nConnection: close\r\n\r\n");
}

/* Which connections end with the answer. */
static void test_last(void)
{
    static const struct {
        const char *header;
        gboolean last;
    } rows[] = {
        {"", FALSE},
        {"Connection: keep-alive\r\n", FALSE},
        {"Connection: close\r\n", TRUE},
        {"X-Connection: close\r\n", TRUE},
        {"X-Connection: Close, x\r\n", TRUE},
        {"X-Connection: closed\r\n", FALSE},
    };
    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        CertdMessage fault;
        g_autofree char *text = g_strconcat("GET / HTTP/1.1\r\n" HOST, rows[i].header, NULL);
        g_autoptr(CertdHead) head = parse(text, &fault);
        g_assert_nonnull(head);
        g_assert_cmpint(certd_head_is_last(head), ==, rows[i].last);
        g_autofree char *rewritten = certd_head_rewrite(head, 0);
        g_assert_cmpint(strstr(rewritten, "Connection: close\r\n") != NULL, ==, rows[i].last);
    }
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    for (size_t i = 0; i < G_N_ELEMENTS(heads); i++) {
        g_autofree char *path = g_strdup_printf("/web/head/%s", heads[i].name);
        g_test_add_data_func(path, GSIZE_TO_POINTER(i), test_head);
    }
    g_test_add_func("/web/head/nul", test_nul);
    g_test_add_func("/web/head/target-length", test_target_length);
    g_test_add_func("/web/head/read", test_read);
    g_test_add_func("/web/head/last", test_last);
    return g_test_run();
}
