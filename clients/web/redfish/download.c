/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "web/redfish/download.h"

void certd_download(CertdAnswer *answer, const char *name, const char *suffix,
                    const char *content_type, GBytes *bytes)
{
    /* A name has nothing that would need another form of RFC 6266. */
    g_autofree char *value = g_strdup_printf("attachment; filename=\"%s.%s\"", name, suffix);
    certd_answer_bytes(answer, 200, content_type, bytes);
    certd_answer_header(answer, "Content-Disposition", value);
}
