/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The files around the sealing key, for the tests of its wrapping. */
#pragma once

#include "fixture.h"

#define WRAPPING_KEY "0123456789abcdef"
/* What the file says of its form. */
#define PLAIN 0
#define WRAPPED 1

/* What the listener was told last. */
typedef struct {
    unsigned int n_calls, n_newly;
    gboolean wrapped, failed;
} Heard;

/* A listener whose userdata is a Heard. */
void on_sealing_key(const CertdSealingKeyStatus *status, void *userdata);
/* The file @name of the state directory. */
GBytes *key_file_read(const Fixture *fixture, const char *name);
/* The first @size bytes of @content become it; checks that it is all of @content. */
void key_file_write(const Fixture *fixture, const char *name, GBytes *content, size_t size);
void assert_key_file(const Fixture *fixture, const char *name, GBytes *content);
/* PLAIN or WRAPPED. */
int key_file_form(const Fixture *fixture);
/* A state directory whose sealing key is plain, and a key under it. */
void fixture_make_plain(Fixture *fixture, Answer *issued);
/* The pool has what sealed @issued, and is wrapped; nothing else is left. */
void fixture_assert_wrapped(Fixture *fixture, const Answer *issued);
