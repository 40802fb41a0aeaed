/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* One listening TCP socket. */
#pragma once

#include <glib.h>
#include <sys/socket.h>

G_BEGIN_DECLS

/* A socket that listens on @port of all addresses, IPv4's too, close-on-exec and not blocking; -1 with errno. */
int certd_port_socket_open(guint16 port);
/* Has @fd listen, or listen again; FALSE with errno. */
gboolean certd_port_socket_listen(int fd);
/* Has @fd listen no more, whoever else holds it open. */
void certd_port_socket_silence(int fd);
/* The port that @fd is bound to; 0 where it is no TCP socket. */
guint16 certd_port_socket_port(int fd);

G_END_DECLS
