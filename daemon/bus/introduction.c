/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Calls whose sender is new to certd. One question for each sender, however many calls it sends. */

#include "bus/introduction.h"

#include "model/error.h"
#include "model/limits.h"

/* A sender who is asked about. */
typedef struct {
    CertdIntroductions *introductions;
    char *sender;
    GQueue calls; /* of sd_bus_message, referenced */
    size_t bytes; /* of them */
} Introduction;

struct CertdIntroductions {
    CertdSenders *senders;
    CertdIntroduced introduced;
    void *userdata;
    GHashTable *senders_asked; /* unique name → Introduction */
    size_t bytes;
};

static void introduction_free(void *data)
{
    Introduction *introduction = data;
    sd_bus_message *call;
    while ((call = g_queue_pop_head(&introduction->calls)) != NULL)
        sd_bus_message_unref(call);
    g_free(introduction->sender);
    g_free(introduction);
}

CertdIntroductions *certd_introductions_new(CertdSenders *senders, CertdIntroduced introduced,
                                            void *userdata)
{
    CertdIntroductions *introductions = g_new0(CertdIntroductions, 1);
    introductions->senders = senders;
    introductions->introduced = introduced;
    introductions->userdata = userdata;
    introductions->senders_asked =
        g_hash_table_new_full(g_str_hash, g_str_equal, NULL, introduction_free);
    return introductions;
}

static void end_calls(Introduction *introduction, const GError *no)
{
    CertdIntroductions *introductions = introduction->introductions;
    sd_bus_message *call;
    introductions->bytes -= introduction->bytes;
    introduction->bytes = 0;
    while ((call = g_queue_pop_head(&introduction->calls)) != NULL) {
        introductions->introduced(call, no, introductions->userdata);
        sd_bus_message_unref(call);
    }
}

/* The senders are still asked about: each is forgotten with its answer. */
void certd_introductions_close(CertdIntroductions *introductions, const GError *no)
{
    GHashTableIter iter;
    void *introduction;
    g_hash_table_iter_init(&iter, introductions->senders_asked);
    while (g_hash_table_iter_next(&iter, NULL, &introduction))
        end_calls(introduction, no);
}

void certd_introductions_free(CertdIntroductions *introductions)
{
    if (introductions == NULL)
        return;
    g_hash_table_unref(introductions->senders_asked);
    g_free(introductions);
}

/* A CertdSendersDone. */
static void on_learned(gboolean knows, void *userdata)
{
    Introduction *introduction = userdata;
    g_autoptr(GError) no =
        knows ? NULL
              : g_error_new(CERTD_ERROR, CERTD_ERROR_ACCESS_DENIED,
                            "The bus does not say who asks; ask again on a live connection");
    g_hash_table_steal(introduction->introductions->senders_asked, introduction->sender);
    end_calls(introduction, no);
    introduction_free(introduction);
}

/* The one of @sender, which is asked about now. NULL where nobody can be asked. */
static Introduction *begin(CertdIntroductions *introductions, const char *sender)
{
    Introduction *introduction = g_hash_table_lookup(introductions->senders_asked, sender);
    if (introduction != NULL)
        return introduction;
    introduction = g_new0(Introduction, 1);
    introduction->introductions = introductions;
    introduction->sender = g_strdup(sender);
    g_queue_init(&introduction->calls);
    if (!certd_senders_learn(introductions->senders, sender, on_learned, introduction)) {
        introduction_free(introduction);
        return NULL;
    }
    g_hash_table_insert(introductions->senders_asked, introduction->sender, introduction);
    return introduction;
}

int certd_introductions_add(CertdIntroductions *introductions, sd_bus_message *message, size_t size,
                            GError **error)
{
    const char *sender = sd_bus_message_get_sender(message);
    if (sender == NULL || certd_senders_knows(introductions->senders, sender))
        return 0;
    size_t most = (size <= CERTD_INTRODUCED_SMALL_BYTES ? 2 : 1) * CERTD_LIMIT_INTRODUCED_BYTES;
    const Introduction *before = g_hash_table_lookup(introductions->senders_asked, sender);
    if ((before != NULL && before->calls.length >= CERTD_LIMIT_INTRODUCED_CALLS) ||
        introductions->bytes + size > most) {
        g_set_error(error, CERTD_ERROR, CERTD_ERROR_LIMIT_EXCEEDED,
                    "Too many calls of new connections wait until the bus has said whose they are; "
                    "try again, and wait for the answer to a connection's first call");
        return -1;
    }
    Introduction *introduction = begin(introductions, sender);
    if (introduction == NULL)
        return 0;
    g_queue_push_tail(&introduction->calls, sd_bus_message_ref(message));
    introduction->bytes += size;
    introductions->bytes += size;
    return 1;
}
