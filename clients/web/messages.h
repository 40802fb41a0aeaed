/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The messages of errors: DMTF's Base registry, and our own, from the tables messages.def and model/errors.def. */
#pragma once

#include <json-glib/json-glib.h>

G_BEGIN_DECLS

typedef enum {
#define CERTD_MESSAGE_ROW(code, id, status, severity, n_args, text, resolution)                    \
    CERTD_MESSAGE_##code,
#include "web/messages.def"
#undef CERTD_MESSAGE_ROW
    CERTD_MESSAGE_COUNT_,
} CertdMessage;

/* The version of the Base registry that the ids are of: "Base.1.19". */
extern const char certd_message_registry[];
/* Our own: "Certd.1.0". */
extern const char certd_message_own_registry[];

/* The HTTP status of @message. */
guint certd_message_status(CertdMessage message);
/* How many arguments @message takes, strings. */
guint certd_message_args(CertdMessage message);
/* Its row: the id without the registry, whether it is of our own registry, the text with %1 …, "OK", "Warning" or
 * "Critical", and the resolution; static. */
const char *certd_message_name(CertdMessage message);
gboolean certd_message_is_own(CertdMessage message);
const char *certd_message_template(CertdMessage message);
const char *certd_message_severity(CertdMessage message);
const char *certd_message_resolution(CertdMessage message);
/* A Message object (DSP0266 section 8.6.3) with @args, whatever is in them: MessageId, Message, MessageArgs,
 * MessageSeverity, Resolution, and RelatedProperties where @pointer is not NULL. */
JsonObject *certd_message_object(CertdMessage message, const char *pointer,
                                 const char *const *args);
/* The Message object of an error of certd: id "Certd.1.0.NAME", and certd's own sentence. */
JsonObject *certd_message_own(const char *name, const char *text);

/* What certd has found out about something, @sentence and @remedy, as the message Finding of our own registry; @code and
 * @severity ("note", "warning", "error") are certd's. The caller unrefs. */
JsonObject *certd_message_finding(const char *code, const char *severity, const char *sentence,
                                  const char *remedy);
/* The severity of a message for certd's: "Critical" for one that is not known. Static. */
const char *certd_message_rank(const char *severity);

G_END_DECLS
