/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What strangers could drive up on the network's side (certd-tls, certd-session, certd-web), once, with its
 * reason: DESIGN 7. Each has a test at the limit and one beyond it.
 */
#pragma once

/* certd-tls: handshakes under way, and what one may take; connections in all: those before sign-in are
 * certd-web's 64, the rest are of users who have signed in; and of one address among the handshakes before
 * the oldest of that address makes room. */
#define CERTD_LIMIT_HANDSHAKES 64u
#define CERTD_LIMIT_HANDSHAKE_SECONDS 10u
#define CERTD_LIMIT_TLS_CONNECTIONS 512u
/* Without a byte either way; certd-web sends one each 30 s where it has events to tell. */
#define CERTD_LIMIT_TLS_IDLE_SECONDS 300u
/* What is read ahead for a side that does not read, for each connection and direction. */
#define CERTD_LIMIT_TLS_BUFFER_BYTES (32u * 1024u)
/* Warning alerts of a client: who has more to warn of than to say would have its thread read nothing else. */
#define CERTD_LIMIT_TLS_WARNINGS 8u
/* How long what one side has sent may wait for the other to take a byte of it. */
#define CERTD_LIMIT_TLS_WRITE_SECONDS 15u

/* A PROXY v2 header (the specification allows 64 KiB) and the time until it is there. */
#define CERTD_LIMIT_PROXY_BYTES 1024u
#define CERTD_LIMIT_PROXY_SECONDS 5u

/* certd-web: connections whose last request was of nobody who has signed in: the one that has been quiet
 * for longest makes room. */
#define CERTD_LIMIT_WEB_STRANGERS 64u
/* Those of one user who has signed in, likewise: all that such a user's sessions may stream, and as many again. Each may
 * have a body under way: 20 MiB of them. */
#define CERTD_LIMIT_WEB_USER_CONNECTIONS 64u
/* Until the headers of a request are there, from the first byte, or the last answer; and the whole of a
 * request before and after sign-in. */
#define CERTD_LIMIT_WEB_HEADER_SECONDS 15u
#define CERTD_LIMIT_WEB_HEADER_BYTES (16u * 1024u)
#define CERTD_LIMIT_WEB_STRANGER_BODY_BYTES (4u * 1024u)
#define CERTD_LIMIT_WEB_BODY_BYTES (320u * 1024u)
/* Values in the JSON of a body, each of which takes 100 bytes and more; the longest that means something has the names
 * of a request (1,000) or the parts of one filter. */
#define CERTD_LIMIT_WEB_JSON_VALUES 4096u
#define CERTD_LIMIT_WEB_REQUEST_SECONDS 30u
/* A path with its query. */
#define CERTD_LIMIT_WEB_TARGET_BYTES 2048u
/* Requests that are worked on at a time, each in a thread of its own, in all and of one session. */
#define CERTD_LIMIT_WEB_THREADS 16u
#define CERTD_LIMIT_WEB_SESSION_THREADS 4u
/* What one call on the bus may take there: an import with a key takes a few seconds on a slow device. */
#define CERTD_LIMIT_WEB_CALL_SECONDS 30u

/* Sessions at a time, and of one user; without a request, and at most. */
#define CERTD_LIMIT_WEB_SESSIONS 32u
#define CERTD_LIMIT_WEB_USER_SESSIONS 8u
#define CERTD_LIMIT_WEB_IDLE_SECONDS 600u
#define CERTD_LIMIT_WEB_SESSION_SECONDS (8u * 3600u)
/* How long a name and password of Basic authentication are remembered without a request. */
#define CERTD_LIMIT_WEB_BASIC_IDLE_SECONDS 60u
/* Streams of events at a time of one session. */
#define CERTD_LIMIT_WEB_STREAMS 4u
/* Different events that wait in one stream to be sent together, which is four times a second; where there are more,
 * the client is told that some were left out. */
#define CERTD_LIMIT_WEB_EVENTS 256u

/* Sign-ins at a time; a user name and a password in bytes (PAM_MAX_RESP_SIZE is 512); how long one may take;
 * how long the answer to a wrong one takes, whatever was wrong; and tries a minute for a user or an address. */
#define CERTD_LIMIT_SIGN_INS 4u
#define CERTD_LIMIT_USER_NAME_BYTES 255u
#define CERTD_LIMIT_PASSWORD_BYTES 511u
#define CERTD_LIMIT_SIGN_IN_SECONDS 20u
#define CERTD_SIGN_IN_REFUSED_SECONDS 2u
#define CERTD_LIMIT_SIGN_INS_A_MINUTE 10u
/* Of a user's, how many are left to addresses that have not been wrong within the minute. */
#define CERTD_SIGN_INS_RESERVED 2u
/* Users and addresses whose wrong tries are counted, each: less than 1 MiB; and places that users have signed in from,
 * which are counted apart, in all and of one user. Who matters least makes room. */
#define CERTD_LIMIT_SIGN_IN_COUNTS 1024u
#define CERTD_LIMIT_SIGN_IN_PLACES 256u
#define CERTD_LIMIT_SIGN_IN_USER_PLACES 8u
/* How long after a sign-in certd-session carries calls that destroy, or give a private key away. */
#define CERTD_FRESH_SECONDS 300u
/* Calls that wait for an answer in one certd-session. */
#define CERTD_LIMIT_SESSION_CALLS 64u
/* Messages that wait for the peer of a certd-session to read, and what that keeps in memory with everything:
 * what is beyond ends the session. The largest answers of certd are far below. */
#define CERTD_LIMIT_SESSION_QUEUE 256u
#define CERTD_LIMIT_SESSION_MEMORY_BYTES (32u * 1024u * 1024u)
/* Until certd-web has sent the packet that it connected for. */
#define CERTD_LIMIT_SESSION_PACKET_SECONDS 10u
/* Tasks that are remembered: the oldest is forgotten first. And how long a request is waited for before its answer is a
 * task: all but long RSA keys are made in that time. */
#define CERTD_LIMIT_WEB_TASKS 64u
#define CERTD_WEB_WAIT_MSEC 1000u
