/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Sessions as Redfish has them (DSP0266 section 13.3.4): signing in is making one, signing out is deleting it. Users see
 * their own only, for nobody here knows who is an administrator.
 */
#include <string.h>

#include "model/web-limits.h"
#include "web/credentials.h"
#include "web/redfish/oem.h"
#include "web/route.h"
#include "web/token.h"

#define SERVICE CERTD_REDFISH "/SessionService"
#define SESSIONS SERVICE "/Sessions"
#define SIGN_IN_AGAIN "CertdSession.SignInAgain"
/* No Domain, Path=/ and Secure: what the prefix __Host- asks for (RFC 6265bis section 4.1.3.2). */
#define COOKIE_ATTRIBUTES "; Path=/; Secure; HttpOnly; SameSite=Strict"

static char *session_path(const CertdSession *session)
{
    return g_strconcat(SESSIONS "/", certd_session_id(session), NULL);
}

static gboolean is_own(const CertdRequest *request, const CertdSession *session)
{
    return g_str_equal(certd_session_user(request->session), certd_session_user(session));
}

/* The session of the path, of the same user; NULL, with the answer filled, where there is none. */
static CertdSession *find_own(const CertdRequest *request, CertdAnswer *answer)
{
    g_autoptr(GPtrArray) all = certd_sessions_list(request->sessions);
    for (guint i = 0; i < all->len; i++) {
        CertdSession *session = g_ptr_array_index(all, i);
        if (g_str_equal(certd_session_id(session), request->parts[0]) && is_own(request, session))
            return certd_session_ref(session);
    }
    certd_answer_message(answer, CERTD_MESSAGE_RESOURCE_NOT_FOUND, "Session", request->parts[0]);
    return NULL;
}

static void answer_refusal(CertdAnswer *answer, CertdMessage refusal, guint retry_seconds)
{
    g_autofree char *seconds = g_strdup_printf("%u", retry_seconds);
    certd_answer_message(answer, refusal, seconds);
    if (retry_seconds > 0)
        certd_answer_header(answer, "Retry-After", seconds);
}

/* Overwrites the password in @body, which is read no more. */
static void wipe_password(JsonObject *body)
{
    const char *password = certd_field_string(body, "Password");
    certd_token_wipe((char *)password);
}

static void get_service(const CertdRequest *request, CertdAnswer *answer)
{
    JsonObject *service = certd_resource_new(SERVICE, "SessionService.v1_2_0.SessionService",
                                             "SessionService", "Sessions");
    certd_set_string(service, "Description", "Signing in and out");
    json_object_set_boolean_member(service, "ServiceEnabled", TRUE);
    json_object_set_int_member(service, "SessionTimeout", CERTD_LIMIT_WEB_IDLE_SECONDS);
    json_object_set_int_member(service, "AbsoluteSessionTimeout", CERTD_LIMIT_WEB_SESSION_SECONDS);
    json_object_set_boolean_member(service, "AbsoluteSessionTimeoutEnabled", TRUE);
    certd_link(service, "Sessions", SESSIONS);
    JsonObject *oem = certd_oem_new(service, "CertdSession.v1_0_0.SessionService");
    if (certd_session_kind(request->session) != CERTD_SESSION_BASIC) {
        g_autofree char *path = session_path(request->session);
        certd_link(oem, "CurrentSession", path);
    }
    certd_answer_json(answer, 200, service);
}

/* The limits are what the programs are made with: nothing here can be set. */
static void patch_service(const CertdRequest *request, CertdAnswer *answer)
{
    static const CertdField fields[] = {
        {"AbsoluteSessionTimeout", CERTD_FIELD_READ_ONLY, FALSE},
        {"AbsoluteSessionTimeoutEnabled", CERTD_FIELD_READ_ONLY, FALSE},
        {"Oem", CERTD_FIELD_READ_ONLY, FALSE},
        {"ServiceEnabled", CERTD_FIELD_READ_ONLY, FALSE},
        {"SessionTimeout", CERTD_FIELD_READ_ONLY, FALSE},
        {"Sessions", CERTD_FIELD_READ_ONLY, FALSE},
        {0},
    };
    if (certd_fields_check(request->body, fields, NULL, "", answer))
        certd_answer_message(answer, CERTD_MESSAGE_NO_OPERATION);
}

static void add_oem(const CertdRequest *request, const CertdSession *session, const char *path,
                    JsonObject *resource)
{
    JsonObject *oem = certd_oem_new(resource, "CertdSession.v1_0_0.Session");
    gboolean current = request->session == session;
    json_object_set_boolean_member(oem, "Current", current);
    /* Another page of this host, or another client of the same user, has a session of its own. */
    if (current && certd_session_kind(session) == CERTD_SESSION_COOKIE)
        certd_set_string(oem, "CsrfToken", certd_session_csrf(session));
    certd_set_time(oem, "SignedIn", certd_session_signed_in(session));
    json_object_set_boolean_member(oem, "Fresh", certd_session_is_fresh(session));
    certd_oem_action(resource, path, SIGN_IN_AGAIN);
}

static JsonObject *session_object(const CertdRequest *request, const CertdSession *session)
{
    g_autofree char *path = session_path(session);
    gboolean page = certd_session_kind(session) == CERTD_SESSION_COOKIE;
    gint64 created = certd_session_created(session);
    JsonObject *resource =
        certd_resource_new(path, "Session.v1_8_0.Session", certd_session_id(session), "Session");
    certd_set_string(resource, "UserName", certd_session_user(session));
    json_object_set_null_member(resource, "Password");
    certd_set_string(resource, "SessionType", page ? "WebUI" : "Redfish");
    certd_set_string(resource, "ClientOriginIPAddress", certd_session_address(session));
    certd_set_time(resource, "CreatedTime", created);
    certd_set_time(resource, "ExpirationTime", created + CERTD_LIMIT_WEB_SESSION_SECONDS);
    add_oem(request, session, path, resource);
    return resource;
}

static void get_sessions(const CertdRequest *request, CertdAnswer *answer)
{
    g_autoptr(GPtrArray) all = certd_sessions_list(request->sessions);
    g_autoptr(GPtrArray) paths = g_ptr_array_new_with_free_func(g_free);
    for (guint i = 0; i < all->len; i++) {
        if (is_own(request, g_ptr_array_index(all, i)))
            g_ptr_array_add(paths, session_path(g_ptr_array_index(all, i)));
    }
    g_ptr_array_add(paths, NULL);
    JsonObject *collection =
        certd_collection_new(request, answer, "#SessionCollection.SessionCollection", "Sessions",
                             (const char *const *)paths->pdata);
    if (collection)
        certd_answer_json(answer, 200, collection);
}

/* 201, with the token or the cookie that stands for @session. */
static void answer_session(const CertdRequest *request, CertdSession *session, CertdAnswer *answer)
{
    CertdRequest as_user = *request;
    as_user.session = session;
    g_autofree char *path = session_path(session);
    certd_answer_created(answer, path, session_object(&as_user, session));
    if (certd_session_kind(session) == CERTD_SESSION_TOKEN) {
        certd_answer_header(answer, "X-Auth-Token", certd_session_secret(session));
        return;
    }
    g_autoptr(CertdTokenText) cookie =
        g_strconcat(CERTD_COOKIE "=", certd_session_secret(session), COOKIE_ATTRIBUTES, NULL);
    certd_answer_header(answer, "Set-Cookie", cookie);
}

static void post_session(const CertdRequest *request, CertdAnswer *answer)
{
    static const CertdField fields[] = {
        {"UserName", CERTD_FIELD_STRING, TRUE},
        {"Password", CERTD_FIELD_STRING, TRUE},
        {"Oem", CERTD_FIELD_OBJECT, FALSE},
        {0},
    };
    static const CertdField oem_fields[] = {{"Cookie", CERTD_FIELD_BOOLEAN, FALSE}, {0}};
    JsonObject *oem = NULL;
    if (!certd_fields_check(request->body, fields, NULL, "", answer) ||
        !certd_oem_read(request->body, oem_fields, answer, &oem))
        return;

    gboolean cookie = oem && certd_field_boolean(oem, "Cookie", FALSE);
    CertdMessage refusal = CERTD_MESSAGE_INTERNAL_ERROR;
    guint retry_seconds = 0;
    g_autoptr(CertdSession) session = certd_sessions_sign_in(
        request->sessions, request->peer, certd_field_string(request->body, "UserName"),
        certd_field_string(request->body, "Password"),
        cookie ? CERTD_SESSION_COOKIE : CERTD_SESSION_TOKEN, &refusal, &retry_seconds);
    wipe_password(request->body);
    if (session)
        answer_session(request, session, answer);
    else
        answer_refusal(answer, refusal, retry_seconds);
}

static void get_session(const CertdRequest *request, CertdAnswer *answer)
{
    g_autoptr(CertdSession) session = find_own(request, answer);
    if (session)
        certd_answer_json(answer, 200, session_object(request, session));
}

static void remove_session(const CertdRequest *request, CertdAnswer *answer)
{
    g_autoptr(CertdSession) session = find_own(request, answer);
    if (!session)
        return;
    certd_sessions_end(request->sessions, session);
    certd_answer_nothing(answer);
    if (session == request->session && certd_session_kind(session) == CERTD_SESSION_COOKIE)
        certd_answer_header(answer, "Set-Cookie", CERTD_COOKIE "=; Max-Age=0" COOKIE_ATTRIBUTES);
}

static void post_sign_in_again(const CertdRequest *request, CertdAnswer *answer)
{
    static const CertdField fields[] = {{"Password", CERTD_FIELD_STRING, TRUE}, {0}};
    if (!certd_fields_check(request->body, fields, SIGN_IN_AGAIN, "", answer))
        return;
    g_autoptr(CertdSession) session = find_own(request, answer);
    if (!session)
        return;
    CertdMessage refusal = CERTD_MESSAGE_INTERNAL_ERROR;
    guint retry_seconds = 0;
    gboolean good = certd_sessions_sign_in_again(request->sessions, session, request->peer,
                                                 certd_field_string(request->body, "Password"),
                                                 &refusal, &retry_seconds);
    wipe_password(request->body);
    if (good)
        certd_answer_json(answer, 200, session_object(request, session));
    else
        answer_refusal(answer, refusal, retry_seconds);
}

const CertdRoute certd_routes_sessions[] = {
    {SERVICE, CERTD_ROUTE_HERE, .get = get_service, .patch = patch_service},
    {SESSIONS, CERTD_ROUTE_PUBLIC_POST, .get = get_sessions, .post = post_session},
    /* DSP0266 section 7.9: the same as to the collection itself. */
    {SESSIONS "/Members", CERTD_ROUTE_PUBLIC_POST, .post = post_session},
    {SESSIONS "/{}", CERTD_ROUTE_HERE, .get = get_session, .remove = remove_session},
    {SESSIONS "/{}/Actions/Oem/" SIGN_IN_AGAIN, 0, .post = post_sign_in_again},
    {0},
};
