/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Credentials on their way to a test. */

#include "fake-credential.h"

#include <string.h>
#include <unistd.h>

#include "service/consumers.h"

const CertdCaller fake_postfix = {.uid = 1000, .sender = ":1.3", GROUPS(1000)};

void answer_clear(Answer *answer)
{
    g_free(answer->text);
    *answer = (Answer){0};
}

void fake_opened(int fd, gint64 generation, const GError *error, void *userdata)
{
    Answer *answer = userdata;
    char text[4096];
    answer->answers++;
    g_free(g_steal_pointer(&answer->text));
    answer->code = error != NULL ? error->code : ANSWER_OK;
    answer->generation = generation;
    g_assert_cmpint(fd >= 0, ==, error == NULL);
    if (fd < 0)
        return;
    ssize_t size = read(fd, text, sizeof text);
    g_assert_cmpint(size, >=, 0);
    answer->text = g_strndup(text, (size_t)size);
}

void fake_add_consumer(Fake *fake, const char *name, const char *kind, const char *consumer)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(CertdConsumer) made = certd_consumer_new(kind, consumer, "none", &error);
    g_assert_no_error(error);
    g_assert_true(certd_add_consumer(fake->service, &fake_root, name, made, &error));
    g_assert_no_error(error);
}

void fake_make_web(Fake *fake)
{
    fake_create(fake, "web");
    fake_request(fake, "web", "self");
    fake_add_consumer(fake, "web", "user", "postfix");
    fake_add_consumer(fake, "web", "group", "mail");
    fake_add_consumer(fake, "web", "unit", "a.service");
}

int fake_open(Fake *fake, const CertdCaller *caller, const char *name, const char *part,
              Answer *answer)
{
    g_autoptr(GError) error = NULL;
    if (certd_open_credential(fake->service, caller, name, part, fake_opened, answer, &error))
        return ANSWER_OK;
    return error->code;
}

void fake_raise_generation(Fake *fake, const char *name)
{
    g_autoptr(GError) error = NULL;
    fixture_begin(&fake->fixture);
    g_autoptr(CertdCertificateRecord) record = fake_get(fake, name);
    record->generation++;
    g_assert_true(certd_store_certificate_update(fake->fixture.store, record, &error));
    g_assert_no_error(error);
    fixture_commit(&fake->fixture);
}
