/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The plain port. ca.cer is DER and ca.crt PEM, both with the type that browsers, phones and desktops import an authority
 * from when it is opened (application/x-x509-ca-cert). Tokens of ACME (RFC 8555 section 8.3) come from where certbot's
 * --webroot and others put them, .well-known/acme-challenge below the directory, or lie in it as they are.
 */
#include "web/plain.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>

#include "common/fd.h"
#include "common/file.h"

#define AUTHORITY_TYPE "application/x-x509-ca-cert"
#define AUTHORITY_MAX_BYTES (64u * 1024u)
#define CHALLENGES ".well-known/acme-challenge"
#define CHALLENGE_PATH "/" CHALLENGES "/"
#define CHALLENGE_TYPE "application/octet-stream"
#define CHALLENGE_MAX_BYTES 4096u
#define TOKEN_MAX_BYTES 128u

static const char *runtime_directory;
static const char *acme_directory;

void certd_plain_use(const char *runtime, const char *acme)
{
    runtime_directory = runtime;
    acme_directory = acme;
}

/* The regular file @name in the folder @folder below @directory; no link is followed below that. NULL: there is none. */
static GBytes *read_below(const char *directory, const char *folder, const char *name, gsize limit)
{
    CERTD_AUTO_FD int at = open(directory, O_PATH | O_DIRECTORY | O_CLOEXEC);
    g_auto(GStrv) steps = g_strsplit(folder, "/", -1);
    for (guint i = 0; steps[i] && at >= 0; i++) {
        int next = openat(at, steps[i], O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
        certd_fd_clear(&at);
        at = next;
    }
    CERTD_AUTO_FD int fd =
        at < 0 ? -1 : openat(at, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC | O_NOCTTY);
    struct stat status;
    if (fd < 0 || fstat(fd, &status) < 0 || !S_ISREG(status.st_mode) ||
        (gsize)status.st_size > limit)
        return NULL;
    return certd_file_read_fd(fd, name, limit, NULL);
}

void certd_plain_authority(const CertdRequest *request, CertdAnswer *answer)
{
    const char *name = request->path + 1;
    GBytes *bytes = runtime_directory
                        ? read_below(runtime_directory, "authority", name, AUTHORITY_MAX_BYTES)
                        : NULL;
    if (bytes)
        certd_answer_bytes(answer, 200, AUTHORITY_TYPE, bytes);
    else
        certd_answer_message(answer, CERTD_MESSAGE_INVALID_URI, request->path);
}

static gboolean is_token(const char *token)
{
    gsize length = strspn(token, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"
                                 "-_");
    return length > 0 && length <= TOKEN_MAX_BYTES && token[length] == '\0';
}

static void answer_challenge(const CertdRequest *request, CertdAnswer *answer)
{
    const char *token = request->path + strlen(CHALLENGE_PATH);
    GBytes *bytes = NULL;
    if (acme_directory && is_token(token)) {
        bytes = read_below(acme_directory, CHALLENGES, token, CHALLENGE_MAX_BYTES);
        if (!bytes)
            bytes = read_below(acme_directory, ".", token, CHALLENGE_MAX_BYTES);
    }
    if (bytes)
        certd_answer_bytes(answer, 200, CHALLENGE_TYPE, bytes);
    else
        certd_answer_message(answer, CERTD_MESSAGE_INVALID_URI, request->path);
}

/* The host without its port, with HTTPS's where it is not 443. 308: the method stays, and nothing has been taken from it. */
static void answer_redirect(const CertdRequest *request, const char *target, CertdAnswer *answer)
{
    if (!request->host) {
        certd_answer_message(answer, CERTD_MESSAGE_HEADER_MISSING, "Host");
        return;
    }
    const char *end =
        *request->host == '[' ? strchr(request->host, ']') + 1 : strchrnul(request->host, ':');
    g_autofree char *host = g_strndup(request->host, (gsize)(end - request->host));
    g_autofree char *port = request->peer->https_port == 443
                                ? g_strdup("")
                                : g_strdup_printf(":%u", request->peer->https_port);
    g_autofree char *location = g_strconcat("https://", host, port, target, NULL);
    certd_answer_bytes(answer, 308, "text/plain", g_bytes_new_static("", 0));
    certd_answer_header(answer, "Location", location);
}

void certd_plain_answer(const CertdRequest *request, const char *target, CertdAnswer *answer)
{
    gboolean file = g_str_equal(request->path, "/ca.crt") || g_str_equal(request->path, "/ca.cer");
    gboolean challenge = g_str_has_prefix(request->path, CHALLENGE_PATH);
    if ((file || challenge) && !g_str_equal(request->method, "GET")) {
        certd_answer_message(answer, CERTD_MESSAGE_OPERATION_NOT_ALLOWED);
        certd_answer_header(answer, "Allow", "GET, HEAD");
    } else if (file) {
        certd_plain_authority(request, answer);
    } else if (challenge) {
        answer_challenge(request, answer);
    } else {
        answer_redirect(request, target, answer);
    }
}
