/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What the files that deliver share: what waits, and what came of it last. */
#pragma once

#include "service/deliver.h"
#include "service/service-private.h"

G_BEGIN_DECLS

struct CertdDelivery {
    GQueue names;        /* char *, whose files are to be written, in order */
    GHashTable *waiting; /* the same as a set; it borrows */
    guint batch;         /* of those, before the next unit is told */
    const char *opening; /* whose key is on its way; NULL: nobody's */
    GPtrArray *waiters;  /* see deliver-wait.c: for files that are to be written */
    gboolean unread;     /* who has consumers could not be read: all again, at @retry */
    GHashTable
        *unwritten; /* names whose files are to be tried again, at @retry → which readers did not
                            * exist, where that is all there is wrong; else NULL */
    GHashTable *put_off;  /* names that nothing usable was in use in when they were looked at */
    gint64 retry;         /* seconds, 0 for never */
    GPtrArray *units;     /* see deliver-units.c: to be told, in order */
    GPtrArray *tellings;  /* those that are being told, while files go on */
    GHashTable *paced;    /* unit → when it may be told again: gint64, CLOCK_BOOTTIME in usec */
    GHashTable *failures; /* name → unit → what it did wrong */
};

/* Has the units of @name that were told of an older generation than @generation told; but for those that
 * would read its files, where these could not be @written. */
void certd_delivery_collect(CertdService *service, const char *name, gint64 generation,
                            gboolean written);
/* Tells the next unit, where there is one whose time has come. */
void certd_delivery_tell(CertdService *service);
/* When that will be: CLOCK_BOOTTIME in microseconds; 0 where there is none. */
gint64 certd_delivery_tell_due(CertdService *service);
/* @consumers is who there is in @name now: takes others' failures away, and what @name's units were to be
 * told, which is found again when its files are written. */
void certd_delivery_revise(CertdService *service, const char *name, const GPtrArray *consumers);
/* The same of all names. */
void certd_delivery_forget_units(CertdDelivery *delivery);
void certd_delivery_free_units(CertdDelivery *delivery);
void certd_delivery_init_units(CertdDelivery *delivery);
/* deliver-wait.c: has @done called once the files of @name (NULL: of all) are what they can be, or it has taken
 * too long. Perhaps before this returns. */
void certd_delivery_wait(CertdService *service, const char *name, CertdDone done, void *userdata);
/* Has nobody wait for the files of all any longer; who waits hears when answered. */
void certd_delivery_wait_no_longer(CertdService *service);
/* Answers those whose wait is over. */
void certd_delivery_answer(CertdService *service);
/* When the next wait is over, whatever there is: CLOCK_BOOTTIME in microseconds; 0 where nobody waits. */
gint64 certd_delivery_wait_due(const CertdDelivery *delivery);
void certd_delivery_init_waiters(CertdDelivery *delivery);
/* deliver-files.c: tells why the files of @name (NULL: of nobody in particular) are not what they should
 * be, and has it tried again; or with @reason NULL that they are. */
void certd_delivery_tell_files(CertdService *service, const char *name, const char *reason);
/* The directory of all files, for @name; -1 where there is none, and why is told. */
int certd_delivery_open_files(CertdService *service, const char *name);
/* NULL where the files of @name are in place, else why not; @unknown says which of their readers do not exist
 * (NULL: all do). Caller frees both. */
char *certd_delivery_write_files(CertdService *service, const char *name,
                                 const CertdChainRecord *chain, int exports, int key,
                                 char **unknown);
/* Whether other readers of @name exist than when @unknown did not. */
gboolean certd_delivery_has_new_readers(CertdService *service, const char *name,
                                        const char *unknown);
/* Tells that of the readers of @name @unknown (NULL: none) do not exist, and has them looked for again. */
void certd_delivery_tell_unknown(CertdService *service, const char *name, const char *unknown);
/* Removes the files of @name, at once. */
void certd_delivery_take_away(CertdService *service, const char *name);
/* Whoever is not among @consumers can't reach the files from now on, before they are written again. */
void certd_delivery_restrict(CertdService *service, const char *name, const GPtrArray *consumers);
/* Removes all files but those of @names, a set. */
void certd_delivery_clear_others(CertdService *service, GHashTable *names);
/* Has @name delivered once more, in a minute. */
void certd_delivery_try_again(CertdService *service, const char *name);
/* The same, where nothing is wrong but that @unknown of its readers do not exist, and once others do. */
void certd_delivery_look_for(CertdService *service, const char *name, const char *unknown);
/* Goes on with what there is to do. */
void certd_delivery_go_on(CertdService *service);

G_END_DECLS
