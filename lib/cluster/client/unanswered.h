/* Says in the log, once for each program, why no node runs its jobs: there is none, none knows the
 * kernel, or not the one that is named. Nodes that are busy are no reason to say anything. */
#ifndef CLUSTER_UNANSWERED_H
#define CLUSTER_UNANSWERED_H

#include "cluster/ledger/ledger.h"
#include "cluster/transport/connection.h"

/* Looks for a job that has waited for so long while no node has told of any. */
void unanswered_look(struct connection *connection, struct ledger *ledger);

/* Asks for the nodes that there are, on behalf of jobs of that channel; NULL: of any. */
void unanswered_explain(struct connection *connection, struct ledger *ledger, const char *channel);

#endif
