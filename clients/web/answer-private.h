/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* An answer as those see it who send it: the server, and tests. */
#pragma once

#include "web/answer.h"

G_BEGIN_DECLS

typedef struct {
    const char *name;
    char *value;
} CertdAnswerHeader;

struct CertdAnswer {
    guint status;
    JsonObject *json;    /* the body; an error's, too */
    JsonArray *messages; /* what an error says, lent from @json; NULL: no error */
    GBytes *bytes;       /* another body */
    const char *content_type;
    GArray *headers; /* of CertdAnswerHeader */
    void (*begin)(CertdStream *stream, void *userdata);
    void *stream_data;
    GDestroyNotify stream_end;
};

/* 500, until a handler says otherwise. */
CertdAnswer *certd_answer_new(void);
void certd_answer_free(CertdAnswer *answer);
/* The body as bytes, a new reference, and its @content_type; NULL: none. */
GBytes *certd_answer_body(const CertdAnswer *answer, const char **content_type);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(CertdAnswer, certd_answer_free)

G_END_DECLS
