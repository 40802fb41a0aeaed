/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The page: files of the program, for anybody, and the device's authority beside them. */
#include <string.h>

#include "web/plain.h"
#include "web/resources.h"
#include "web/route.h"

#define FOLDER "static"
#define INDEX "index.html"

static const struct {
    const char *suffix;
    const char *type;
} types[] = {
    {".css", "text/css; charset=utf-8"},
    {".html", "text/html; charset=utf-8"},
    {".js", "text/javascript; charset=utf-8"},
    {".json", "application/json"},
    {".mo", "application/octet-stream"},
    {".png", "image/png"},
    {".svg", "image/svg+xml"},
    {".woff2", "font/woff2"},
};

static const char *type_of(const char *name)
{
    for (guint i = 0; i < G_N_ELEMENTS(types); i++) {
        if (g_str_has_suffix(name, types[i].suffix))
            return types[i].type;
    }
    return "application/octet-stream";
}

static void get_file(const CertdRequest *request, CertdAnswer *answer)
{
    const char *name = request->parts[0] ? request->parts[0] : INDEX;
    GBytes *bytes =
        request->gzip ? certd_resources_gzip(FOLDER, name) : certd_resources_file(FOLDER, name);
    if (!bytes) {
        certd_answer_message(answer, CERTD_MESSAGE_INVALID_URI, request->path);
        return;
    }
    certd_answer_bytes(answer, 200, type_of(name), bytes);
    certd_answer_header(answer, "Vary", "Accept-Encoding");
    if (request->gzip)
        certd_answer_header(answer, "Content-Encoding", "gzip");
}

#define ANYBODYS (CERTD_ROUTE_PUBLIC | CERTD_ROUTE_HERE)

const CertdRoute certd_routes_static[] = {
    {.pattern = "/", .flags = ANYBODYS, .get = get_file},
    {.pattern = "/{}", .flags = ANYBODYS, .get = get_file},
    {.pattern = "/ca.crt", .flags = ANYBODYS, .get = certd_plain_authority},
    {.pattern = "/ca.cer", .flags = ANYBODYS, .get = certd_plain_authority},
    {0},
};
