/* The answers of calls that are given a server which they cannot use. */
#ifndef SERVER_CHECK_H
#define SERVER_CHECK_H

#include "yoke/server.h"

/* YOKE_OK for a server that this process may use; else the reason why not, as calls answer it. */
yoke_status server_check(const yoke_server *server);

yoke_status server_check_refuse_closed(void);

#endif
