/* The states of a job: one row each, for everything that prints or answers them. */
#include "state.h"

static const struct state {
    const char *name;
    yoke_status result; /* of a job that has ended so */
} states[YOKE_STATES] = {
    [YOKE_STATE_QUEUED] = {"queued", YOKE_NOT_DONE},
    [YOKE_STATE_RUNNING] = {"running", YOKE_NOT_DONE},
    [YOKE_STATE_DONE] = {"done", YOKE_OK},
    [YOKE_STATE_FAILED] = {"failed", YOKE_JOB_FAILED},
    [YOKE_STATE_CANCELLED] = {"cancelled", YOKE_CANCELLED},
    [YOKE_STATE_TIMED_OUT] = {"timed out", YOKE_TIMED_OUT},
    [YOKE_STATE_LOST] = {"lost", YOKE_LOST},
};

const char *yoke_state_text(yoke_state state)
{
    return (unsigned)state < YOKE_STATES ? states[state].name : "unknown";
}

yoke_status state_result(yoke_state state)
{
    return states[state].result;
}
