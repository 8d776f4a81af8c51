/* The jobs of a ledger that have a key: found by it, whether they have ended or not, until they are
 * let go. All with the ledger's lock. */
#ifndef CLUSTER_KEYED_H
#define CLUSTER_KEYED_H

#include "ledger.h"

/* Whether it may be a key: its parts between dots are names. Any time. */
bool keyed_key_valid(const char *key);

/* What two tasks have in common only if they are the same, but for limits. Any time. */
uint64_t keyed_digest(const char *lane, const struct wire_job *job);

/* NULL: none. */
struct ledger_job *keyed_find(struct ledger *ledger, const char *key);

/* The job is the one of its key from now on. */
void keyed_enter(struct ledger *ledger, struct ledger_job *job);

/* The job, which an earlier program has left, is of that task, and the caller's copy of its
 * argument is the job's: true. Else it is known already, or not needed any more. */
bool keyed_learn(struct ledger_job *job, const struct wire_job *task);

/* Whether that is where the hub keeps the result of a job here. */
bool keyed_has_result(const struct ledger *ledger, uint64_t sequence, uint64_t place);

/* The key is free from now on, and the caller has the reference that it held; false when the job is
 * not the one of its key any more. */
bool keyed_leave(struct ledger *ledger, struct ledger_job *job);

/* Likewise for any job that has a key; NULL: none has. */
struct ledger_job *keyed_leave_next(struct ledger *ledger);

/* Without the lock: calls `visit`, which gives it up, with a reference to every job that has a key.
 * False without memory. */
bool keyed_visit(struct ledger *ledger, void (*visit)(void *context, struct ledger_job *job),
                 void *context);

#endif
