/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What import and inspection share: reading, finding the key, judging. */
#pragma once

#include "service/import.h"
#include "service/service-private.h"

G_BEGIN_DECLS

typedef struct CertdReading CertdReading;

struct CertdReading {
    CertdOperation operation;
    char *certificate;     /* name, or NULL */
    int data_fd;           /* own */
    int passphrase_fd;     /* own, or -1 */
    CertdReadResult *read; /* after the reading */
    char *key_id;          /* of the stored key that matches, or NULL */
    gint64 request;        /* the request of @certificate that the key is of, or 0 */
    CertdJudgeResult *judged;
    /* Next step after the reading: goes on, or certd_reading_judge(). */
    void (*on_read)(CertdReading *reading);
    /* The verdict. @key_fd as CertdJudgeDone. */
    void (*on_judged)(CertdReading *reading, int key_fd);
    void (*on_error)(CertdReading *reading, const GError *error);
};

/* Starts; the callbacks are set already. */
gboolean certd_reading_begin(CertdReading *reading, CertdService *service, const char *certificate,
                             int data_fd, int passphrase_fd, void (*free)(void *operation),
                             GError **error) G_GNUC_WARN_UNUSED_RESULT;
/* Gives up the worker, whose time is short, while somebody is asked; certd_reading_resume() reads
 * again and ends in on_read() once more. */
void certd_reading_pause(CertdReading *reading);
void certd_reading_resume(CertdReading *reading);
/* Has it judged; @want_key hands out the key that came with it. */
void certd_reading_judge(CertdReading *reading, gboolean want_key);
void certd_reading_clear(CertdReading *reading);

G_END_DECLS
