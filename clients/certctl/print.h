/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What goes where: what a command made to standard output, what it says to standard error. And
 * how details and findings look, wherever they come from.
 */
#pragma once

#include <stdio.h>

#include "certctl/verb.h"
#include "common/table.h"

G_BEGIN_DECLS

/* Prints @value (sunk where it floats) to standard output in the form that --json asks for. */
void certctl_print_json(const CertctlCall *call, GVariant *value);
/* Prints @table to standard output: aligned on a terminal. */
void certctl_print_table(const CertdTable *table);

/* Adds @text to @table, escaped ("-" where it is empty), a state in its colour. */
void certctl_print_cell(CertdTable *table, const char *text);

/* "  Label:   value" with @value as it is; nothing where it is empty. */
void certctl_print_field(FILE *file, const char *label, const char *value);
/* An a(ssss) of findings, a line each and their remedies below. */
void certctl_print_findings(FILE *file, GVariant *findings);
/* What a certificate says, with the keys of Manager.Inspect (R40). */
void certctl_print_details(FILE *file, GVariant *details);
/* A subject a(ss) in the encoded order as RFC 4514. Caller frees. */
char *certctl_print_subject(GVariant *pairs);
/* Names a(ss) as "TYPE:VALUE, …", escaped. Caller frees. */
char *certctl_print_names(GVariant *pairs, const char *separator);
/* A fingerprint in hex as "AB:CD:…", the way browsers show it to compare; escaped. Caller frees. */
char *certctl_print_fingerprint(const char *hex);
/* To standard error: which chain of the certificate with @properties is active now. */
void certctl_print_active(GVariant *properties);

/* Now, in seconds since the epoch. */
guint64 certctl_now(void);

G_END_DECLS
