/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Dictionaries between daemon and worker as rows of a table, and what has to hold for each: the
 * right one survives a round trip, and whatever is missing, mistyped, doubled or wrong is refused.
 */
#pragma once

#include "model/job.h"

#define HASH                                                                                       \
    "<[byte 1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17,18,19,20,21,22,23,24,25,26,27,28,29,30,31,"  \
    "32]>"
#define SHORT_HASH                                                                                 \
    "<[byte 1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17,18,19,20,21,22,23,24,25,26,27,28,29,30,31]>"
#define DER "<[byte 48, 0]>"

typedef struct {
    const char *key;
    const char *value;
} JobField;

/* A dictionary that is right; each of its fields is then taken away, doubled and mistyped. */
typedef struct {
    const char *name;
    gboolean (*survives)(GVariant *dict, GError **error);
    JobField fields[18];
    const char *optional; /* between spaces: may be missing */
    JobField bad[24];     /* values that replace the right ones, or join them */
} JobRow;

/* Defines noun_survives(): whether a dictionary is taken; then it comes back as it was. */
#define SURVIVES(noun, Noun)                                                                       \
    static gboolean noun##_survives(GVariant *dict, GError **error)                                \
    {                                                                                              \
        g_autoptr(Certd##Noun) value = certd_##noun##_from_variant(dict, error);                   \
        if (!value)                                                                                \
            return FALSE;                                                                          \
        g_autoptr(GVariant) back = g_variant_ref_sink(certd_##noun##_to_variant(value));           \
        g_assert_cmpvariant(back, dict);                                                           \
        return TRUE;                                                                               \
    }

/* The row's dictionary, with @key as @value (NULL: left out) instead. Caller unrefs. */
GVariant *job_row_dict(const JobRow *row, const char *key, const char *value);

/* The tests below "/model/@name/" of all @n_rows of @rows, which outlive the run. */
void job_rows_add_tests(const char *name, const JobRow *rows, size_t n_rows);
