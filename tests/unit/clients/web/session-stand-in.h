/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* In certd-session's place: a socket like its own, and answers as the test wants them. */
#pragma once

#include <gio/gio.h>

#include "web/sessions-private.h"

/* All that the stand-in answers "ok" to. */
#define STAND_IN_PASSWORD "correct horse"

typedef struct StandIn StandIn;

/* How it answers, unless the password is wrong. */
typedef enum {
    STAND_IN_BY_NAME, /* the user "expired": account-expired, and so on; else "ok" */
    STAND_IN_SILENT,  /* not at all */
    STAND_IN_CLOSES,  /* closes the connection */
    STAND_IN_NONSENSE,
    STAND_IN_TOO_LONG,
    STAND_IN_OK_WITHOUT_FD,
    STAND_IN_OK_WITH_TWO,
    STAND_IN_OK_WITH_FILE,
    STAND_IN_REFUSED_WITH_FD,
    STAND_IN_MUTE, /* "ok", and no D-Bus on the connection that comes with it */
    STAND_IN_DEAF, /* "ok", and D-Bus on that connection, but no call is answered */
    STAND_IN_HELD, /* as by name, once stand_in_let() was called */
} StandInManner;

StandIn *stand_in_new(void);
void stand_in_free(StandIn *stand_in);
const char *stand_in_path(const StandIn *stand_in);
void stand_in_set_manner(StandIn *stand_in, StandInManner manner);
/* Answers one that is held. */
void stand_in_let(StandIn *stand_in);
/* How many have asked, and how many are waiting for their answer now. */
guint stand_in_asked(StandIn *stand_in);
guint stand_in_waiting(StandIn *stand_in);
/* What the last one sent. */
GBytes *stand_in_packet(StandIn *stand_in);
/* What the first message on the last connection was, "Ping"; NULL: none has come. The caller frees. */
char *stand_in_first(StandIn *stand_in);
/* How many connections it serves still; and ends them all, as certd-session's would with the bus. */
guint stand_in_serves(StandIn *stand_in);
void stand_in_end_all(StandIn *stand_in);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(StandIn, stand_in_free)
