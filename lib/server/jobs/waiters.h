/* The threads that wait for all jobs of a server: see wait_for_all() in server.c. */
#ifndef SERVER_WAITERS_H
#define SERVER_WAITERS_H

#include "yoke/server.h"

/* Tells them to look again; called after settling jobs when there is nothing left to do. */
void waiters_tell(yoke_server *server);

#endif
