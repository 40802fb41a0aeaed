/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Sessions of a certd-session that is played, and time that the test makes pass. */
#pragma once

#include "session-stand-in.h"

/* Sessions of a stand-in, whose clock is @now, and whose waits make it that late at once. */
typedef struct {
    StandIn *stand_in;
    CertdSessions *sessions;
    CertdPeer peer;
    GMutex lock;
    gint64 now;
    gint64 waited_until; /* 0: not */
} Fixture;

void fixture_set_up(Fixture *fixture, const void *data);
void fixture_tear_down(Fixture *fixture, const void *data);
void fixture_pass(Fixture *fixture, gint64 seconds);
/* Signs @user in with the right password, which has to do. */
CertdSession *fixture_sign_in(Fixture *fixture, const char *user, CertdSessionKind kind);
/* "Basic …" of both. The caller frees. */
char *fixture_basic(const char *user, const char *password);
/* Lets the main loop run until @done says so, ten seconds at most, which is a failure. */
void fixture_run_until(gboolean (*done)(void *data), void *data);
