/* What hub and nodes tell of jobs, as it goes into the ledger and on to the jobs of the server. */
#ifndef CLUSTER_UPDATES_H
#define CLUSTER_UPDATES_H

#include "ledger.h"

/* The hub has the job, or never takes it. False: nobody needs it there, since it was ended here
 * while it was on its way. */
bool updates_stored(struct ledger *ledger, struct ledger_job *job, const struct outbox_part *part);

/* Ends the jobs of these results, and counts, unless they have ended before. The results may be
 * changed. */
void updates_end(struct ledger *ledger, const char *node, struct wire_result *results,
                 size_t count);

/* Likewise of a result that the hub keeps at `position`, in that message. Takes the message: it is
 * kept with a job that needs it later. False: nobody needs the result at the hub. */
bool updates_end_kept(struct ledger *ledger, const char *node, struct wire_result *result,
                      natsMsg *message, uint64_t position);

/* Counts a message that could not be read. */
void updates_malformed(struct ledger *ledger);

/* What nodes tell of jobs that begin or go on. */
void updates_take(struct ledger *ledger, const natsMsg *message);

/* What becomes of the job of the server by that result, but for which job it is. */
yoke_outcome updates_outcome(const struct ledger_job *job, const char *node,
                             struct wire_result *result);

#endif
