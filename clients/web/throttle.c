/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * How often somebody may guess. A count is the wrong tries of the last minute and those under way; there is one for each
 * user, for each source and, apart from both, for each user at a source that the user has signed in from. Who shares that
 * source could notice the latter; that it keeps the user from being locked out is worth more.
 */
#include "web/throttle.h"

#include <gio/gio.h>
#include <string.h>

#include "model/web-limits.h"

#define WINDOW_USEC (60 * G_USEC_PER_SEC)
#define V6_PREFIX_BYTES 8

/* Seconds until the next try, after as many wrong ones within the last minute. */
static const guint delays[CERTD_LIMIT_SIGN_INS_A_MINUTE] = {0, 0, 0, 0, 1, 2, 4, 8, 8, 8};

typedef struct {
    gint64 wrong[CERTD_LIMIT_SIGN_INS_A_MINUTE]; /* when, the oldest first */
    guint n_wrong;
    guint running;
    gint64 used;
    char *user; /* of a place: the user's key */
} Count;

struct CertdThrottle {
    GHashTable *users; /* of Count, by the name's hash: names may be long */
    GHashTable *sources;
    GHashTable *places; /* by both */
};

/* What a try is counted under. */
typedef struct {
    char *user;
    char *source;
    char *place;
} Keys;

static void free_count(void *data)
{
    Count *count = data;
    g_free(count->user);
    g_free(count);
}

CertdThrottle *certd_throttle_new(void)
{
    CertdThrottle *throttle = g_new(CertdThrottle, 1);
    throttle->users = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, free_count);
    throttle->sources = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, free_count);
    throttle->places = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, free_count);
    return throttle;
}

void certd_throttle_free(CertdThrottle *throttle)
{
    if (!throttle)
        return;
    g_hash_table_unref(throttle->users);
    g_hash_table_unref(throttle->sources);
    g_hash_table_unref(throttle->places);
    g_free(throttle);
}

char *certd_throttle_source(const char *address)
{
    g_autoptr(GInetAddress) inet = g_inet_address_new_from_string(address);
    if (!inet || g_inet_address_get_family(inet) != G_SOCKET_FAMILY_IPV6)
        return g_strdup(address);
    static const guint8 mapped[] = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};
    guint8 bytes[16];
    memcpy(bytes, g_inet_address_to_bytes(inet), sizeof bytes);
    if (memcmp(bytes, mapped, sizeof mapped) == 0) {
        g_autoptr(GInetAddress) inner =
            g_inet_address_new_from_bytes(bytes + sizeof mapped, G_SOCKET_FAMILY_IPV4);
        return g_inet_address_to_string(inner);
    }
    memset(bytes + V6_PREFIX_BYTES, 0, sizeof bytes - V6_PREFIX_BYTES);
    g_autoptr(GInetAddress) network = g_inet_address_new_from_bytes(bytes, G_SOCKET_FAMILY_IPV6);
    return g_inet_address_to_string(network);
}

static void clear_keys(Keys *keys)
{
    g_free(keys->user);
    g_free(keys->source);
    g_free(keys->place);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Keys, clear_keys)

static void make_keys(Keys *keys, const char *user, const char *address)
{
    /* Where names are the same in whatever case, that gives nobody more tries. */
    g_autofree char *valid = g_utf8_make_valid(user, -1);
    g_autofree char *folded = g_utf8_casefold(valid, -1);
    keys->user = g_compute_checksum_for_string(G_CHECKSUM_SHA256, folded, -1);
    keys->source = certd_throttle_source(address);
    keys->place = g_strconcat(keys->user, " ", keys->source, NULL);
}

static void forget_old(Count *count, gint64 now)
{
    guint n_old = 0;
    while (n_old < count->n_wrong && count->wrong[n_old] + WINDOW_USEC <= now)
        n_old++;
    count->n_wrong -= n_old;
    memmove(count->wrong, count->wrong + n_old, count->n_wrong * sizeof count->wrong[0]);
}

static guint seconds_until(gint64 then, gint64 now)
{
    return then <= now ? 0 : (guint)((then - now + G_USEC_PER_SEC - 1) / G_USEC_PER_SEC);
}

/* Seconds until the next try that @count (nullable) allows, of at most @limit a minute. */
static guint wait_for(Count *count, guint limit, gboolean delayed, gint64 now)
{
    if (!count)
        return 0;
    forget_old(count, now);
    if (count->n_wrong >= limit)
        return seconds_until(count->wrong[count->n_wrong - limit] + WINDOW_USEC, now);
    if (count->n_wrong + count->running >= limit)
        return CERTD_SIGN_IN_REFUSED_SECONDS;
    if (count->n_wrong == 0 || !delayed)
        return 0;
    gint64 last = count->wrong[count->n_wrong - 1];
    return seconds_until(last + delays[count->n_wrong] * G_USEC_PER_SEC, now);
}

/* Whether @count says less of guesses than @other does. */
static gboolean matters_less(const Count *count, const Count *other)
{
    if (count->running != other->running)
        return count->running < other->running;
    if (count->n_wrong != other->n_wrong)
        return count->n_wrong < other->n_wrong;
    return count->used < other->used;
}

/* Removes the one of @table, of those of @user where that is not NULL, that matters least. */
static void make_room(GHashTable *table, const char *user, gint64 now)
{
    GHashTableIter iter;
    void *key, *value;
    const char *least_key = NULL;
    const Count *least = NULL;
    g_hash_table_iter_init(&iter, table);
    while (g_hash_table_iter_next(&iter, &key, &value)) {
        Count *count = value;
        forget_old(count, now);
        if (user && !g_str_equal(user, count->user))
            continue;
        if (!least || matters_less(count, least)) {
            least = count;
            least_key = key;
        }
    }
    if (least_key)
        g_hash_table_remove(table, least_key);
}

static Count *get_count(GHashTable *table, const char *key, guint limit, gint64 now)
{
    Count *count = g_hash_table_lookup(table, key);
    if (!count) {
        if (g_hash_table_size(table) >= limit)
            make_room(table, NULL, now);
        count = g_new0(Count, 1);
        g_hash_table_insert(table, g_strdup(key), count);
    }
    count->used = now;
    return count;
}

/* The place of a user who has signed in there now. */
static void add_place(CertdThrottle *throttle, const Keys *keys, gint64 now)
{
    Count *known = g_hash_table_lookup(throttle->places, keys->place);
    if (known) {
        known->used = now;
        known->n_wrong = 0;
        return;
    }
    guint n_places = 0;
    GHashTableIter iter;
    void *value;
    g_hash_table_iter_init(&iter, throttle->places);
    while (g_hash_table_iter_next(&iter, NULL, &value))
        n_places += g_str_equal(((const Count *)value)->user, keys->user);
    if (n_places >= CERTD_LIMIT_SIGN_IN_USER_PLACES)
        make_room(throttle->places, keys->user, now);
    Count *place = get_count(throttle->places, keys->place, CERTD_LIMIT_SIGN_IN_PLACES, now);
    place->user = g_strdup(keys->user);
}

/* A user's last tries of a minute are for sources that have not been wrong in it: so whoever guesses at a name from one
 * source does not keep the user from signing in at another. */
static guint wait_keys(CertdThrottle *throttle, const Keys *keys, gint64 now)
{
    Count *place = g_hash_table_lookup(throttle->places, keys->place);
    if (place)
        return wait_for(place, CERTD_LIMIT_SIGN_INS_A_MINUTE, TRUE, now);
    Count *source = g_hash_table_lookup(throttle->sources, keys->source);
    guint wait = wait_for(source, CERTD_LIMIT_SIGN_INS_A_MINUTE, TRUE, now);
    gboolean guesses = source && source->n_wrong + source->running > 0;
    guint limit = CERTD_LIMIT_SIGN_INS_A_MINUTE - (guesses ? CERTD_SIGN_INS_RESERVED : 0);
    return MAX(wait,
               wait_for(g_hash_table_lookup(throttle->users, keys->user), limit, guesses, now));
}

guint certd_throttle_wait(CertdThrottle *throttle, const char *user, const char *address,
                          gint64 now)
{
    g_auto(Keys) keys = {0};
    make_keys(&keys, user, address);
    return wait_keys(throttle, &keys, now);
}

guint certd_throttle_begin(CertdThrottle *throttle, const char *user, const char *address,
                           gint64 now, gboolean *apart)
{
    g_auto(Keys) keys = {0};
    make_keys(&keys, user, address);
    guint wait = wait_keys(throttle, &keys, now);
    if (wait > 0)
        return wait;
    Count *place = g_hash_table_lookup(throttle->places, keys.place);
    *apart = place != NULL;
    if (place) {
        place->running++;
        place->used = now;
        return 0;
    }
    get_count(throttle->users, keys.user, CERTD_LIMIT_SIGN_IN_COUNTS, now)->running++;
    get_count(throttle->sources, keys.source, CERTD_LIMIT_SIGN_IN_COUNTS, now)->running++;
    return 0;
}

static void end_one(Count *count, gint64 now, gboolean wrong)
{
    if (!count)
        return; /* it made room meanwhile */
    if (count->running > 0)
        count->running--;
    forget_old(count, now);
    if (wrong && count->n_wrong < CERTD_LIMIT_SIGN_INS_A_MINUTE)
        count->wrong[count->n_wrong++] = now;
}

void certd_throttle_end(CertdThrottle *throttle, const char *user, const char *address, gint64 now,
                        gboolean apart, CertdTry result)
{
    g_auto(Keys) keys = {0};
    make_keys(&keys, user, address);
    gboolean wrong = result == CERTD_TRY_WRONG;
    if (apart) {
        end_one(g_hash_table_lookup(throttle->places, keys.place), now, wrong);
    } else {
        end_one(g_hash_table_lookup(throttle->users, keys.user), now, wrong);
        end_one(g_hash_table_lookup(throttle->sources, keys.source), now, wrong);
    }
    if (result == CERTD_TRY_GOOD)
        add_place(throttle, &keys, now);
}
