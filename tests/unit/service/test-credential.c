/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Who gets which part of what is in use, and who does not (issue 5). */

#include "service/credential.h"

#include "fake-credential.h"
#include "model/limits.h"
#include "service/configure.h"
#include "service/credential-private.h"
#include "service/log.h"

static gboolean is_of_unit(void *userdata, const char *sender, guint32 uid, const char *unit)
{
    return g_strcmp0(userdata, unit) == 0;
}

static void test_parts(Fake *fake, const void *data)
{
    static const struct {
        const char *part, *text;
    } rows[] = {
        {"key", "key"}, {"crt", LEAF},       {"chain", ""},
        {"ca", LEAF},   {"fullchain", LEAF}, {"pem", "key" LEAF},
    };
    fake_make_web(fake);
    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        g_auto(Answer) answer = {0};
        g_assert_cmpint(fake_open(fake, &fake_postfix, "web", rows[i].part, &answer), ==,
                        ANSWER_OK);
        if (fake_waiting(fake, FAKE_OPEN_KEY) > 0)
            fake_answer(fake, FAKE_OPEN_KEY, NULL);
        g_assert_cmpuint(answer.answers, ==, 1);
        g_assert_cmpint(answer.code, ==, ANSWER_OK);
        g_assert_cmpstr(answer.text, ==, rows[i].text);
        g_assert_cmpint(answer.generation, ==, 1);
    }
}

/* Each name of a part reads back as itself. */
static void test_part_names(Fake *fake, const void *data)
{
    for (int i = 0; i < CERTD_PART_COUNT_; i++) {
        CertdPart part = CERTD_PART_COUNT_;
        g_assert_true(certd_part_parse(certd_part_name((CertdPart)i), &part, NULL));
        g_assert_cmpint(part, ==, i);
    }
}

/* R1: consumers, and nobody else: root and administrators neither. */
static void test_who(Fake *fake, const void *data)
{
    const struct {
        const char *name;
        CertdCaller caller;
        gboolean gets;
    } rows[] = {
        {"user", {.uid = 1000, .sender = ":1.3"}, TRUE},
        {"primary group", {.uid = 1001, .sender = ":1.3", GROUPS(2001)}, TRUE},
        {"another group too", {.uid = 1001, .sender = ":1.3", GROUPS(7, 2001, 8)}, TRUE},
        {"root", {.uid = 0, .administrator = TRUE, .sender = ":1.3", GROUPS(0)}, FALSE},
        {"administrator", {.uid = 1001, .administrator = TRUE, .sender = ":1.3", GROUPS(9)}, FALSE},
        {"other group", {.uid = 1001, .sender = ":1.3", GROUPS(2000)}, FALSE},
        {"user numbered as the group", {.uid = 2001, .sender = ":1.3", GROUPS(1000)}, FALSE},
        {"nobody knows", {.uid = CERTD_UID_UNKNOWN, .sender = ""}, FALSE},
        {"unit",
         {.uid = 1,
          .sender = ":1.3",
          .unit = "a.service",
          .is_of_unit = is_of_unit,
          .userdata = (char *)"a.service"},
         TRUE},
        {"unit not proven",
         {.uid = 1,
          .sender = ":1.3",
          .unit = "a.service",
          .is_of_unit = is_of_unit,
          .userdata = (char *)"b.service"},
         FALSE},
        {"another unit",
         {.uid = 1,
          .sender = ":1.3",
          .unit = "b.service",
          .is_of_unit = is_of_unit,
          .userdata = (char *)"b.service"},
         FALSE},
        {"unit that nobody can prove", {.uid = 1, .sender = ":1.3", .unit = "a.service"}, FALSE},
    };
    fake_make_web(fake);
    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        g_auto(Answer) answer = {0};
        int code = rows[i].gets ? ANSWER_OK : CERTD_ERROR_ACCESS_DENIED;
        g_test_message("%s", rows[i].name);
        g_assert_cmpint(fake_open(fake, &rows[i].caller, "web", "key", &answer), ==, code);
        g_assert_cmpint(fake_open(fake, &rows[i].caller, "web", "crt", &answer), ==, code);
        g_assert_cmpuint(fake_waiting(fake, FAKE_OPEN_KEY), ==, rows[i].gets ? 1 : 0);
        if (rows[i].gets)
            fake_answer(fake, FAKE_OPEN_KEY, NULL);
        g_assert_cmpuint(answer.answers, ==, rows[i].gets ? 2 : 0);
    }
}

/* R37: who serves https gets its key without being listed, and no other one; nobody takes that away. */
static void test_server(Fake *fake, const void *data)
{
    g_auto(Answer) answer = {0};
    fake_start(fake);
    fake_make_web(fake);
    g_assert_cmpint(fake_open(fake, &fake_server, "https", "pem", &answer), ==, ANSWER_OK);
    fake_answer(fake, FAKE_OPEN_KEY, NULL);
    g_assert_cmpuint(answer.answers, ==, 1);
    g_assert_cmpint(answer.code, ==, ANSWER_OK);
    g_assert_true(g_str_has_prefix(answer.text, "key-----BEGIN CERTIFICATE-----"));
    g_assert_cmpint(answer.generation, ==, 1);
    g_assert_cmpint(fake_open(fake, &fake_server, "web", "crt", &answer), ==,
                    CERTD_ERROR_ACCESS_DENIED);
    g_assert_cmpint(fake_open(fake, &fake_root, "https", "key", &answer), ==,
                    CERTD_ERROR_ACCESS_DENIED);
}

static void test_refused(Fake *fake, const void *data)
{
    static const struct {
        const char *name, *part;
        CertdError code;
    } rows[] = {
        {"web", "", CERTD_ERROR_INVALID_OPTION},
        {"web", "Key", CERTD_ERROR_INVALID_OPTION},
        {"web", "\033[2J", CERTD_ERROR_INVALID_OPTION},
        {"none", "key", CERTD_ERROR_NO_SUCH_CERTIFICATE},
        {"idle", "key", CERTD_ERROR_KEY_UNAVAILABLE},
        {"idle", "crt", CERTD_ERROR_KEY_UNAVAILABLE},
        {"theirs", "key", CERTD_ERROR_ACCESS_DENIED},
    };
    fake_make_web(fake);
    fake_create(fake, "idle");
    fake_add_consumer(fake, "idle", "user", "postfix");
    fake_create(fake, "theirs");
    fake_add_consumer(fake, "theirs", "user", "other");
    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        g_auto(Answer) answer = {0};
        g_assert_cmpint(fake_open(fake, &fake_postfix, rows[i].name, rows[i].part, &answer), ==,
                        (int)rows[i].code);
        g_assert_cmpuint(answer.answers, ==, 0);
        g_assert_true(g_queue_is_empty(&fake->jobs));
    }
}

/* What the device's authority issued ends in that. */
static void test_ca(Fake *fake, const void *data)
{
    g_auto(Answer) ca = {0};
    g_auto(Answer) leaf = {0};
    fake_start(fake);
    fake_add_consumer(fake, "https", "user", "postfix");
    g_assert_cmpint(fake_open(fake, &fake_postfix, "https", "ca", &ca), ==, ANSWER_OK);
    g_assert_cmpint(fake_open(fake, &fake_postfix, "https", "crt", &leaf), ==, ANSWER_OK);
    g_assert_nonnull(ca.text);
    g_assert_cmpstr(ca.text, !=, leaf.text);
}

/* How many keys the log says were handed out, and the last one's detail. */
static guint logged(Fake *fake, char **detail)
{
    const CertdAuditFilter filter = {.action = "open-credential"};
    gboolean more;
    g_autoptr(GPtrArray) rows = certd_log_page(fake->service, &filter, 100, &more, NULL);
    const CertdAuditRecord *row = rows->len > 0 ? rows->pdata[rows->len - 1] : NULL;
    *detail = row != NULL ? g_strdup(row->detail) : NULL;
    return rows->len;
}

/* R1: a key is written down with whom it went to, before it goes; what is public is not. */
static void test_logged(Fake *fake, const void *data)
{
    const CertdCaller member = {.uid = 1001, .sender = ":1.3", GROUPS(2001)};
    g_auto(Answer) answer = {0};
    g_autofree char *none = NULL;
    g_autofree char *detail = NULL;
    g_autofree char *second = NULL;
    fake_make_web(fake);
    g_assert_cmpint(fake_open(fake, &fake_postfix, "web", "fullchain", &answer), ==, ANSWER_OK);
    g_assert_cmpint(fake_open(fake, &fake_postfix, "web", "key", &answer), ==, ANSWER_OK);
    g_assert_cmpuint(logged(fake, &none), ==, 0);
    fake_answer(fake, FAKE_OPEN_KEY, NULL);
    g_assert_cmpuint(logged(fake, &detail), ==, 1);
    g_assert_cmpstr(detail, ==, "key to user:postfix");
    g_assert_cmpint(fake_open(fake, &member, "web", "pem", &answer), ==, ANSWER_OK);
    fake_answer(fake, FAKE_OPEN_KEY, NULL);
    g_assert_cmpuint(logged(fake, &second), ==, 2);
    g_assert_cmpstr(second, ==, "pem to group:mail");
    g_assert_cmpint(fake_open(fake, &fake_postfix, "web", "key", &answer), ==, ANSWER_OK);
    fake_answer_code(fake, FAKE_OPEN_KEY, CERTD_ERROR_WORKER_FAILED);
    g_assert_cmpint(answer.code, ==, CERTD_ERROR_WORKER_FAILED);
    g_free(g_steal_pointer(&second));
    g_assert_cmpuint(logged(fake, &second), ==, 2);
}

static int begin_unit(Fake *fake, const char *unit, const char *id, Answer *answer)
{
    const CertdCaller manager = {.uid = 0, .administrator = TRUE, .sender = "", .unit = unit};
    g_autoptr(GError) error = NULL;
    if (certd_open_unit_credential(fake->service, &manager, unit, id, fake_opened, answer, &error))
        return ANSWER_OK;
    return error->code;
}

static guint logged_rows(Fake *fake)
{
    g_autofree char *detail = NULL;
    return logged(fake, &detail);
}

/* What @caller, or the unit a.service where that is NULL, takes of "web", as often as it likes. */
static void take(Fake *fake, const CertdCaller *caller, const char *part)
{
    for (int i = 0; i < 3; i++) {
        g_auto(Answer) answer = {0};
        g_autofree char *id = g_strconcat("web.", part, NULL);
        int code = caller != NULL ? fake_open(fake, caller, "web", part, &answer)
                                  : begin_unit(fake, "a.service", id, &answer);
        g_assert_cmpint(code, ==, ANSWER_OK);
        fake_answer(fake, FAKE_OPEN_KEY, NULL);
        g_assert_cmpint(answer.code, ==, ANSWER_OK);
        g_assert_nonnull(answer.text);
    }
}

/* R1: the same goes into the log once an hour, so that no consumer drives other rows out; another user,
 * unit, part, generation or certificate of the name is a row at once. */
static void test_logged_once(Fake *fake, const void *data)
{
    const CertdCaller members[] = {{.uid = 1001, .sender = ":1.3", GROUPS(2001)},
                                   {.uid = 1002, .sender = ":1.4", GROUPS(2001)}};
    fake_make_web(fake);
    take(fake, &fake_postfix, "key");
    g_assert_cmpuint(logged_rows(fake), ==, 1);
    take(fake, &fake_postfix, "pem");
    g_assert_cmpuint(logged_rows(fake), ==, 2);
    take(fake, &members[0], "key");
    take(fake, &members[1], "key");
    g_assert_cmpuint(logged_rows(fake), ==, 4);
    take(fake, NULL, "key");
    g_assert_cmpuint(logged_rows(fake), ==, 5);
    fake_raise_generation(fake, "web");
    take(fake, &fake_postfix, "key");
    take(fake, NULL, "key");
    g_assert_cmpuint(logged_rows(fake), ==, 7);
    fake->boottime += CERTD_HANDOUT_SECONDS * (gint64)G_USEC_PER_SEC - 1;
    take(fake, &fake_postfix, "key");
    g_assert_cmpuint(logged_rows(fake), ==, 7);
    fake->boottime++;
    take(fake, &fake_postfix, "key");
    take(fake, NULL, "key");
    g_assert_cmpuint(logged_rows(fake), ==, 9);
}

/* R1: one that was removed and made again, of the same generation, is another. */
static void test_logged_anew(Fake *fake, const void *data)
{
    g_autoptr(GVariant) none = fake_options(NULL);
    fake_make_web(fake);
    take(fake, &fake_postfix, "key");
    g_autoptr(CertdCertificateRecord) before = fake_get(fake, "web");
    g_assert_true(certd_remove(fake->service, &fake_root, "web", none, NULL));
    fake_make_web(fake);
    g_autoptr(CertdCertificateRecord) after = fake_get(fake, "web");
    g_assert_cmpuint(after->generation, ==, before->generation);
    take(fake, &fake_postfix, "key");
    g_assert_cmpuint(logged_rows(fake), ==, 2);
}

/* The ids that the service manager asks for. */
static void test_ids(Fake *fake, const void *data)
{
    static const struct {
        const char *unit, *id;
        int code;
        const char *text;
    } rows[] = {
        {"a.service", "web.key", ANSWER_OK, "key"},
        {"a.service", "web.crt", ANSWER_OK, LEAF},
        {"a.service", "web.pem", ANSWER_OK, "key" LEAF},
        {"a.service", "tls.key", ANSWER_OK, "key"},
        {"a.service", "tls.fullchain", ANSWER_OK, LEAF},
        {"a.service", "trust.pem", ANSWER_OK, ""},
        {"b.service", "trust.pem", ANSWER_OK, ""},
        {"b.service", "web.key", CERTD_ERROR_ACCESS_DENIED, NULL},
        {"b.service", "web.crt", CERTD_ERROR_ACCESS_DENIED, NULL},
        {"b.service", "tls.key", CERTD_ERROR_ACCESS_DENIED, NULL},
        {"postfix", "web.key", CERTD_ERROR_ACCESS_DENIED, NULL},
        {"several.service", "tls.key", CERTD_ERROR_INVALID_OPTION, NULL},
        {"several.service", "a.b.key", CERTD_ERROR_KEY_UNAVAILABLE, NULL},
        {"a.service", "trust.key", CERTD_ERROR_NO_SUCH_CERTIFICATE, NULL},
        {"a.service", "web", CERTD_ERROR_INVALID_OPTION, NULL},
        {"a.service", "", CERTD_ERROR_INVALID_OPTION, NULL},
        {"a.service", ".key", CERTD_ERROR_INVALID_NAME, NULL},
        {"a.service", "../web.key", CERTD_ERROR_INVALID_NAME, NULL},
        {"a.service", "web.", CERTD_ERROR_INVALID_OPTION, NULL},
        {"a.service", "web.KEY", CERTD_ERROR_INVALID_OPTION, NULL},
        {"a.service", "web.key\n", CERTD_ERROR_INVALID_OPTION, NULL},
    };
    fake_make_web(fake);
    fake_create(fake, "a.b");
    fake_create(fake, "second");
    fake_add_consumer(fake, "a.b", "unit", "several.service");
    fake_add_consumer(fake, "second", "unit", "several.service");
    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        g_auto(Answer) answer = {0};
        g_test_message("%s %s", rows[i].unit, rows[i].id);
        g_assert_cmpint(begin_unit(fake, rows[i].unit, rows[i].id, &answer), ==, rows[i].code);
        if (fake_waiting(fake, FAKE_OPEN_KEY) > 0)
            fake_answer(fake, FAKE_OPEN_KEY, NULL);
        g_assert_cmpuint(answer.answers, ==, rows[i].code == ANSWER_OK ? 1 : 0);
        g_assert_cmpstr(answer.text, ==, rows[i].text);
    }
}

/* A certificate that is named tls is meant by its own consumers alone: whoever makes one takes nobody's
 * away. */
static void test_named_tls(Fake *fake, const void *data)
{
    g_auto(Answer) answer = {0};
    fake_make_web(fake);
    fake_create(fake, "tls");
    fake_add_consumer(fake, "tls", "unit", "other.service");
    g_assert_cmpint(begin_unit(fake, "a.service", "tls.crt", &answer), ==, ANSWER_OK);
    g_assert_cmpstr(answer.text, ==, LEAF);
    g_assert_cmpint(begin_unit(fake, "other.service", "tls.key", &answer), ==,
                    CERTD_ERROR_KEY_UNAVAILABLE);
    g_assert_cmpint(begin_unit(fake, "b.service", "tls.key", &answer), ==,
                    CERTD_ERROR_ACCESS_DENIED);
    /* Of two it is the one that has the name. */
    fake_add_consumer(fake, "tls", "unit", "a.service");
    g_assert_cmpint(begin_unit(fake, "a.service", "tls.key", &answer), ==,
                    CERTD_ERROR_KEY_UNAVAILABLE);
    g_assert_cmpuint(answer.answers, ==, 1);
}

/* Counts what the device is asked, in the place of the user's number. */
static guint asked;

static gboolean user_id(void *userdata, const char *name, guint32 *uid)
{
    asked++;
    return fake_user_id(userdata, name, uid);
}

/* Whoever calls in a loop has nobody looked up in a loop. */
static void test_looked_up_once(Fake *fake, const void *data)
{
    const CertdCaller stranger = {.uid = 1002, .sender = ":1.3"};
    g_auto(Answer) answer = {0};
    fake_make_web(fake);
    asked = 0;
    fake->device.user_id = user_id;
    for (int i = 0; i < 10; i++)
        g_assert_cmpint(fake_open(fake, &stranger, "web", "key", &answer), ==,
                        CERTD_ERROR_ACCESS_DENIED);
    g_assert_cmpuint(asked, ==, 1);
}

/* A user of the unit's name, or a unit of the user's, is somebody else. */
static void test_kinds(Fake *fake, const void *data)
{
    g_auto(Answer) answer = {0};
    fake_create(fake, "web");
    fake_request(fake, "web", "self");
    fake_add_consumer(fake, "web", "unit", "postfix.service");
    g_assert_cmpint(fake_open(fake, &fake_postfix, "web", "key", &answer), ==,
                    CERTD_ERROR_ACCESS_DENIED);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    fake_add("/credential/server", test_server);
    fake_add("/credential/parts", test_parts);
    fake_add("/credential/part-names", test_part_names);
    fake_add("/credential/who", test_who);
    fake_add("/credential/refused", test_refused);
    fake_add("/credential/ca", test_ca);
    fake_add("/credential/logged", test_logged);
    fake_add("/credential/logged-once", test_logged_once);
    fake_add("/credential/logged-anew", test_logged_anew);
    fake_add("/credential/looked-up-once", test_looked_up_once);
    fake_add("/credential/ids", test_ids);
    fake_add("/credential/named-tls", test_named_tls);
    fake_add("/credential/kinds", test_kinds);
    return g_test_run();
}
