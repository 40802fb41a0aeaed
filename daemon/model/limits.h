/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Every size, count and time that a caller could drive up, once, with its reason. Each has a test
 * at the limit and one beyond it.
 */
#pragma once

#include "model/sanitized.h"

/* What one import or inspection may bring. A full chain of 16 RSA-4096 certificates with a key is
 * about 40 KiB. */
#define CERTD_LIMIT_INPUT_BYTES (256u * 1024u)
/* Certificates in one import; real chains have 2 to 4. */
#define CERTD_LIMIT_INPUT_CERTIFICATES 16u
/* RDNs in one name; GnuTLS needs 14 s to read 20,000 of them. */
#define CERTD_LIMIT_RDNS 64u
/* Subject alternative names in a request of ours, and in a certificate that is imported. */
#define CERTD_LIMIT_SANS_OWN 100u
#define CERTD_LIMIT_SANS_IMPORT 1000u
/* One text value of a name or an option, in bytes; the X.520 bounds are below it. */
#define CERTD_LIMIT_VALUE_BYTES 2048u
/* RSA moduli in bits, and public exponents: odd, from 65537 to below 2^32. */
#define CERTD_LIMIT_RSA_BITS_MIN 2048u
#define CERTD_LIMIT_RSA_BITS_LEGACY_MIN 1024u
#define CERTD_LIMIT_RSA_BITS_MAX 8192u
#define CERTD_LIMIT_RSA_EXPONENT_MIN 65537u
/* Levels and elements of one level in foreign DER, and extensions of one certificate: libtasn1 walks
 * lists from their beginning, so that long ones take quadratic time. */
#define CERTD_LIMIT_DER_DEPTH 32u
#define CERTD_LIMIT_DER_ELEMENTS 1024u
#define CERTD_LIMIT_EXTENSIONS 64u
/* A private key of an import, encrypted or not; one of RSA 8192 has 4.7 KiB. */
#define CERTD_LIMIT_KEY_BYTES (8u * 1024u)
/* Key-derivation iterations in one input, added up before the first is done: a PKCS#12 of 10
 * million keeps GnuTLS busy for 13 s. certtool's own PKCS#12 has 600,000 for each certificate, the
 * key and the MAC: 3,600,000 with a chain of four. */
#define CERTD_LIMIT_KDF_ITERATIONS 4000000u
/* A pass phrase in bytes; and a challenge password or unstructuredName in characters (PKCS#9
 * pkcs-9-ub, RFC 2985 appendix A). */
#define CERTD_LIMIT_PASSPHRASE_BYTES 1024u
#define CERTD_LIMIT_PKCS9_CHARACTERS 255u

/* One parse job: wall and CPU time, memory. What AddressSanitizer slows down has three times as long:
 * 256 certificates take it more than a second. */
#define CERTD_LIMIT_PARSE_CPU_SECONDS (CERTD_SANITIZED ? 3u : 1u)
#define CERTD_LIMIT_PARSE_WALL_USEC (CERTD_LIMIT_PARSE_CPU_SECONDS * 2u * 1000u * 1000u)
#define CERTD_LIMIT_PARSE_MEMORY_BYTES (128u * 1024u * 1024u)
/* One keys job: an RSA-8192 key takes a minute on a slow device; ten are generous. */
#define CERTD_LIMIT_KEYS_WALL_USEC (600u * 1000u * 1000u)
#define CERTD_LIMIT_KEYS_MEMORY_BYTES (128u * 1024u * 1024u)
/* Jobs after which a keys worker is replaced by a fresh process. */
#define CERTD_LIMIT_JOBS_PER_WORKER 1000u
/* Jobs of one user that wait for a worker, root's included: bounded memory for whoever floods. */
#define CERTD_LIMIT_JOBS_QUEUED 20000u

/* Validity of what we issue (REQUIREMENTS R20), and its default: 397 days pleases every browser. */
#define CERTD_LIMIT_DAYS_MIN 1u
#define CERTD_LIMIT_DAYS_MAX 36500u
#define CERTD_DEFAULT_DAYS 397u
/* What the device's own authority gives at most: browsers take no more, and it renews by itself. */
#define CERTD_LIMIT_INTERNAL_DAYS 397u
/* The validity of the device's own authority (REQUIREMENTS R22). */
#define CERTD_DEFAULT_AUTHORITY_DAYS 3650u
/* Permitted subtrees of the authority: each name of a device, its domain and the fixed ranges. */
#define CERTD_LIMIT_PERMITTED 256u
/* A foreign certification request; one of RSA 8192 with 100 names has about 10 KiB. */
#define CERTD_LIMIT_REQUEST_BYTES (64u * 1024u)

/* Open requests and calls under way of a user who is no administrator; open requests of all. */
#define CERTD_LIMIT_USER_OPEN_REQUESTS 8u
#define CERTD_LIMIT_USER_WAITING_CALLS 4u
#define CERTD_LIMIT_USER_KEYS_IN_THE_MAKING 1u
#define CERTD_LIMIT_OPEN_REQUESTS 10000u
/* Calls under way of an administrator: 10,000 open requests need no more. */
#define CERTD_LIMIT_ADMIN_WAITING_CALLS 4096u
/* Finished requests that are kept of one certificate, the newest. */
#define CERTD_LIMIT_FINISHED_REQUESTS 20u
/* Certificates on the device: places, not certificates issued. */
#define CERTD_LIMIT_CERTIFICATES 200000u

/* A trial, in seconds (DESIGN 5): long enough to reach the device once more, and not so long that a
 * device that can't be reached is given up; and without a word from the caller. */
#define CERTD_LIMIT_TRIAL_SECONDS_MIN 30u
#define CERTD_LIMIT_TRIAL_SECONDS_MAX 3600u
#define CERTD_DEFAULT_TRIAL_SECONDS 180u
/* Certificates that are on trial at a time: each that ends by itself is a commit. */
#define CERTD_LIMIT_TRIALS 100u
/* Certificates that a device trusts, and those added at once: distributions ship about 150. */
#define CERTD_LIMIT_ANCHORS 512u
#define CERTD_LIMIT_ANCHORS_AT_ONCE 256u
/* The certificates of all of them: each verification takes them to a worker, and each change writes
 * them. One has 1 to 2 KiB. */
#define CERTD_LIMIT_ANCHORS_BYTES (4u * 1024u * 1024u)
/* What one verification may cost, a CPU second in all, for chains are made by strangers. Signatures: each
 * takes up to 2 ms; real chains have a handful of pairs that fit by name and by key identifier. */
#define CERTD_LIMIT_VERIFIED_SIGNATURES 200u
/* Steps of the search: cross-signed chains take a handful more than others; 16 certificates of one name
 * could take 16! */
#define CERTD_LIMIT_VERIFIED_STEPS 2000u
/* Paths that reach an anchor and are judged whole: there are several only where authorities were renewed
 * or cross-signed. */
#define CERTD_LIMIT_VERIFIED_PATHS 8u
/* Names held against subtrees of name constraints, on all paths: as many as OpenSSL allows for one
 * certificate and one authority. */
#define CERTD_LIMIT_NAME_COMPARISONS (1u << 20)
/* Consumers of one certificate, and certificates of one consumer who may ask for its own. */
#define CERTD_LIMIT_CONSUMERS 32u
#define CERTD_LIMIT_REQUESTER_CERTIFICATES 64u
/* The name of a consumer in bytes: systemd's limit for units; users and groups have less. */
#define CERTD_LIMIT_CONSUMER_NAME_BYTES 255u
/* A key that the same consumer takes again is written down again after so many seconds; and what is remembered
 * of that at a time, 200 bytes each. Where a device has more, some rows come sooner. */
#define CERTD_HANDOUT_SECONDS 3600
#define CERTD_LIMIT_HANDOUTS 4096u
/* How long the number of a user or a group is remembered, in seconds, and of how many of each: whoever calls
 * has all those looked up that a list names, and asking a directory service can take long. */
#define CERTD_ACCOUNT_SECONDS 10
#define CERTD_LIMIT_KNOWN_ACCOUNTS 256u
/* Connections to the credential socket at a time, and how long one may last in seconds: the service
 * manager reads at once, and whoever starts a unit waits for it. */
#define CERTD_LIMIT_CREDENTIAL_CONNECTIONS 64u
#define CERTD_LIMIT_CREDENTIAL_SECONDS 30u
/* How long certd waits for the service manager to say of which unit a caller is, in milliseconds, for all
 * others wait with it; and how long it is not asked after it has let that pass, in seconds. */
#define CERTD_LIMIT_UNIT_ANSWER_MSEC 250u
#define CERTD_UNIT_ANSWER_PAUSE_SECONDS 10
/* The same where nobody but the caller waits, in seconds: a daemon-reload takes a moment. */
#define CERTD_LIMIT_UNIT_PROOF_SECONDS 5u
/* The same on the credential socket: until just before the connection ends, for a unit whose credential is
 * not there is started without, and a slow generator keeps the service manager longer. */
#define CERTD_LIMIT_CREDENTIAL_PROOF_SECONDS 25u
/* How long a unit may take to reload or restart before that is a problem: systemd's own default for a
 * start and a stop are 90 s each. */
#define CERTD_LIMIT_UNIT_JOB_SECONDS 300u
/* How long other units wait for one that is being told, which is time for nearly all; and after how long it is
 * told again at the earliest: systemd refuses the sixth start within 10 s. */
#define CERTD_LIMIT_UNIT_ALONE_SECONDS 30u
#define CERTD_UNIT_PACE_SECONDS 3u
/* How long a call or the start of certd waits for files of consumers: less than a D-Bus call may take (25 s),
 * and than the service manager waits for a start; a worker has much longer. */
#define CERTD_LIMIT_DELIVERY_WAIT_SECONDS 20u
/* Files in requesters.d, bytes of one, and patterns in one of its lists. */
#define CERTD_LIMIT_REQUESTERS 64u
#define CERTD_LIMIT_REQUESTERS_FILE_BYTES (64u * 1024u)
#define CERTD_LIMIT_REQUESTER_PATTERNS 100u
/* Groups of a caller that are looked at; Linux allows 65,536. */
#define CERTD_LIMIT_CALLER_GROUPS 65536u
/* Rows of the log; and how many of the oldest go at once when there are more. */
#define CERTD_LIMIT_LOG_ROWS 100000u
#define CERTD_LOG_ROWS_TRIMMED 1000u
/* Refusals of one action that are written down of one user at once; after them another each so many
 * seconds: whoever tries by hand is seen with each attempt, and a program in a loop fills 288 rows a day. */
#define CERTD_LIMIT_LOGGED_REFUSALS 20u
#define CERTD_LOGGED_REFUSAL_SECONDS 300
/* The same of all users who are no administrators together, at once and in a day: whatever they do, the
 * log goes back for more than a month. */
#define CERTD_LIMIT_LOGGED_USERS_REFUSALS 2000u
/* What was refused beyond is counted for so many seconds before a row says it; users who get a row of
 * their own then: 480 rows a day and 24 for all others. */
#define CERTD_REFUSALS_COUNTED_SECONDS 3600
#define CERTD_LIMIT_COUNTED_USERS 20u
/* What a row says beside its action, in bytes: an error's message; a factory reset's list is cut. */
#define CERTD_LIMIT_LOG_DETAIL_BYTES 1024u
/* Users whose refusals are told apart at a time, 600 bytes each; those of more are counted together. */
#define CERTD_LIMIT_REFUSED_USERS 1024u

/* Room on the disk that is kept for resets: a reset writes 75 KiB of log, and a new keystore with its
 * first certificate 260 KiB; a factory reset writes about as much log as the keystore has pages, and this is enough for
 * 500 certificates. What could not be had is tried again after the other. */
#define CERTD_RESERVE_BYTES (4 * 1024 * 1024)
#define CERTD_RESERVE_RETRY_SECONDS 60

/* How long timedate1 may take to say whether the clock is synchronized: it is started for it, on a
 * device that boots perhaps. And after how long it is asked again, which starts it anew: soon while
 * the clock is not synchronized, for certificates wait for that; where it is, a clock that runs free
 * is off by no more than a fraction of a second an hour later. */
#define CERTD_LIMIT_TIMEDATE_ANSWER_SECONDS 5u
#define CERTD_TIMEDATE_ASK_SECONDS 60u
#define CERTD_TIMEDATE_ASK_SYNCHRONIZED_SECONDS 3600u

/* Failures in a row that are counted: the wait between attempts does not grow any more long before. */
#define CERTD_LIMIT_FAILURES_COUNTED 1000u
/* Problems that are told at a time: with more, one that is mended makes room for the next. */
#define CERTD_LIMIT_PROBLEMS 100u
/* What keeps HTTPS from being served, in the words of who serves it: a sentence. */
#define CERTD_LIMIT_HTTPS_PROBLEM_BYTES 512u

/* A page of a list: when the caller says 0, and at most. */
#define CERTD_DEFAULT_PAGE 100u
#define CERTD_LIMIT_PAGE 1000u
/* Of certificates with all that a row can say: each is read from the keystore, and nobody waits for more in one go. */
#define CERTD_LIMIT_PAGE_EXTENDED 100u
/* Names that a row of a list has: a certificate can have 1,000, and a reader of a list looks at the first. */
#define CERTD_LIMIT_ROW_NAMES 10u
/* Objects that introspection lists below a node; a program pages through the lists instead. */
#define CERTD_LIMIT_INTROSPECTED_CHILDREN 1000u
/* Values in one call, containers and what is in them: a value that takes 2 bytes in a message takes 160 as
 * a GVariant. The 1000 alternative names of an import would be 3001. */
#define CERTD_LIMIT_MESSAGE_VALUES 8192u
/* Text and data in one call: an import or what is to be verified or signed, and as much again for
 * settings. The bus takes messages of 32 MiB, and sd-bus reads one whole before it can be refused. */
#define CERTD_LIMIT_MESSAGE_BYTES (2u * CERTD_LIMIT_INPUT_BYTES)
/* Calls of one connection that wait until the bus has said whose it is: dbus-daemon lets a connection have
 * as many without an answer. And what all of them together hold, in bytes; small calls may hold as much
 * once more, for whoever sends large ones keeps nobody else from asking. */
#define CERTD_LIMIT_INTRODUCED_CALLS 128u
#define CERTD_LIMIT_INTRODUCED_BYTES (4u * 1024u * 1024u)
#define CERTD_INTRODUCED_SMALL_BYTES 4096u
/* Senders whose credentials are remembered. */
#define CERTD_LIMIT_KNOWN_SENDERS 1024u
/* How long polkit's yes to reading is remembered, which says nothing when it ends. */
#define CERTD_READ_APPROVAL_SECONDS 60

/* What a worker answers, which may be in foreign hands: one DER object or sealed key; and the
 * details or the findings of one certificate, whose input had CERTD_LIMIT_INPUT_BYTES. */
#define CERTD_LIMIT_DER_BYTES (1024u * 1024u)
#define CERTD_LIMIT_DETAILS_BYTES (256u * 1024u)
