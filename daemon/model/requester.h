/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A requester: a unit or user that may ask for certificates of its own from the device's authority, and
 * for which. The administrator writes one file in requesters.d for each; its keys are here.
 */
#pragma once

#include "model/consumer.h"
#include "model/settings.h"

G_BEGIN_DECLS

/* The keys of a file, NULL-terminated: unit or user, certificates, names. */
extern const char *const certd_requester_keys[];

typedef struct {
    CertdConsumer *consumer; /* the unit or user itself, without an action; NULL until it is set */
    GPtrArray *certificates; /* of char *: names, where * stands for any characters */
    GPtrArray *names;        /* of CertdSan: exactly these, or one label in the place of * */
    GPtrArray *ranges;       /* of CertdPermitted, IP alone; NULL without any */
    gboolean device;         /* the device's own names too, whichever they are */
} CertdRequester;

/* One that nobody is yet, and that permits nothing. */
CertdRequester *certd_requester_new(void);
void certd_requester_free(CertdRequester *requester);
/* Sets what @key, one of certd_requester_keys, says; lists have ";" between their parts. INVALID_OPTION
 * where @value is nothing that it could, LIMIT_EXCEEDED beyond CERTD_LIMIT_REQUESTER_PATTERNS. */
gboolean certd_requester_set(CertdRequester *requester, const char *key, const char *value,
                             GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* Whether it may have the certificate @name with @settings: from the device's authority, under one of its
 * names of certificates, and with no subject alternative name, common name or mail address that is not
 * permitted. A wildcard is, where all names that it stands for are. Of a subject's other attributes only
 * those that identify nobody are: C, ST, L, O, OU and title. @device_names are the device's, of
 * CertdSan; settings that follow the device need the word "device". */
gboolean certd_requester_permits(const CertdRequester *requester, const char *name,
                                 const CertdSettings *settings, const GPtrArray *device_names);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(CertdRequester, certd_requester_free)

G_END_DECLS
