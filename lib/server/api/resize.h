/* How many workers a server has, and on which schedulers. */
#ifndef SERVER_RESIZE_H
#define SERVER_RESIZE_H

#include "yoke/server.h"

/* Starts the teams of a new server and gives them the workers that its topology has decided on.
 * YOKE_NO_MEMORY, YOKE_NO_THREADS: some may have started. */
yoke_status resize_first(yoke_server *server);

#endif
