/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What Redfish resources are made of, and how what a client has sent is read: strictly, for what is not understood
 * must not be taken for done. */
#pragma once

#include "web/answer.h"
#include "web/request.h"

G_BEGIN_DECLS

#define CERTD_REDFISH "/redfish/v1"
#define CERTD_REDFISH_MANAGER CERTD_REDFISH "/Managers/device"

/* A resource with @odata.id, @odata.type, Id and Name; @type is "Session.v1_8_0.Session". */
JsonObject *certd_resource_new(const char *path, const char *type, const char *id,
                               const char *name);
/* Which of @count members an answer lists, as $top and $skip ask: @length from @first on. FALSE, with the answer filled,
 * where they are not numbers. */
gboolean certd_collection_range(const CertdRequest *request, CertdAnswer *answer, guint count,
                                guint *first, guint *length) G_GNUC_WARN_UNUSED_RESULT;
/* A collection of @type ("#SessionCollection.SessionCollection") of what lies at @member_paths, with Members@odata.count;
 * $top and $skip of the request's query are followed, Members@odata.nextLink says where it goes on. NULL, with the
 * answer filled, where they are not numbers. */
JsonObject *certd_collection_new(const CertdRequest *request, CertdAnswer *answer, const char *type,
                                 const char *name, const char *const *member_paths);
/* {"@odata.id": path} as the member @member of @object. */
void certd_link(JsonObject *object, const char *member, const char *path);
/* A new object as the member @member of @object, which stays its owner. */
JsonObject *certd_child(JsonObject *object, const char *member);
/* Members by value, each NULL-safe: an absent value is left out. */
void certd_set_string(JsonObject *object, const char *member, const char *value);
void certd_set_strings(JsonObject *object, const char *member, const char *const *values);
/* Seconds since the epoch as DSP0266's date and time in UTC; 0 is left out. */
void certd_set_time(JsonObject *object, const char *member, gint64 seconds);
/* An action below Actions: "#CertificateService.GenerateCSR" with the target @target. */
void certd_set_action(JsonObject *object, const char *action, const char *target);
/* GVariant to JSON, the way certctl's --json does; the caller frees. */
JsonNode *certd_json_of(GVariant *value);

/* What may stand in a body. Those that are read are named in a table; whatever else is there is answered with
 * PropertyUnknown, or PropertyNotWritable where every resource has it. OData's annotations (@odata.etag …) in the body
 * itself are passed over (DSP0266 section 7.5.1). */
typedef enum {
    CERTD_FIELD_STRING,
    CERTD_FIELD_STRINGS, /* an array of strings */
    CERTD_FIELD_INTEGER,
    CERTD_FIELD_BOOLEAN,
    CERTD_FIELD_OBJECT,
    CERTD_FIELD_LINK,      /* {"@odata.id": "…"}, its string */
    CERTD_FIELD_READ_ONLY, /* the GET has it, and nobody may write it: PropertyNotWritable */
} CertdFieldType;

typedef struct {
    const char *name;
    CertdFieldType type;
    gboolean required; /* PropertyMissing, or ActionParameterMissing in an action */
} CertdField;

/* Whether @object has just what @fields (ending with a NULL name) allow, and all that they require; else the answer has
 * each fault, with its place below @pointer ("" for the body). @action: its name for the messages, NULL in a PATCH. */
gboolean certd_fields_check(JsonObject *object, const CertdField *fields, const char *action,
                            const char *pointer, CertdAnswer *answer) G_GNUC_WARN_UNUSED_RESULT;
/* Their values after that; NULL, or @otherwise, where they are absent or null. Lent. */
const char *certd_field_string(JsonObject *object, const char *name);
gboolean certd_field_boolean(JsonObject *object, const char *name, gboolean otherwise);
gint64 certd_field_integer(JsonObject *object, const char *name, gint64 otherwise);
JsonObject *certd_field_object(JsonObject *object, const char *name);
/* A new vector; NULL where it is absent. */
char **certd_field_strings(JsonObject *object, const char *name);
const char *certd_field_link(JsonObject *object, const char *name);

G_END_DECLS
