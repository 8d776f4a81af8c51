/* A plan in words. */
#include "plan.h"

static const char *const words[VERB_COUNT] = {
#define VERB_WORDS(name, text, ...) text,
    VERBS(VERB_WORDS)
#undef VERB_WORDS
};

yoke_duration plan_timeout(const struct step *step)
{
    static const yoke_duration timeouts[] = {0, 50000, 500000, 3000000};
    uint32_t value = step->value % 8;
    return value < 4 ? timeouts[value] : YOKE_FOREVER;
}

static const char *owner_words(unsigned where)
{
    static const char *const owners[WHERES] = {"thread",       "kernel of job",   "task of job",
                                               "piece of job", "callback of job", "job"};
    return owners[where];
}

static bool is_wait(unsigned verb)
{
    return (verb >= VERB_WAIT && verb <= VERB_WAIT_ALL) || verb == VERB_WAIT_GROUP ||
           verb == VERB_WAIT_SERVER;
}

void plan_tell_step(const struct plan *plan, const struct step *step, FILE *stream)
{
    fprintf(stream, "%s %u: %s", owner_words(step->where), step->owner, words[step->verb]);
    for (unsigned i = 0; i < step->count; i++)
        fprintf(stream, " %u", step->jobs[i]);
    if (step->verb == VERB_SUBMIT)
        fprintf(stream, " to server %u", plan->job_server[step->jobs[0]]);
    else if (is_wait(step->verb) && plan_timeout(step) < 0)
        fputs(", for ever", stream);
    else if (is_wait(step->verb))
        fprintf(stream, ", %g ms", (double)plan_timeout(step) / 1e6);
    if (step->where == TRAIT ? step->value != 0 : !step->count)
        fprintf(stream, " (%u)", step->value);
}

void plan_tell(const struct plan *plan, FILE *stream)
{
    static const char *const executors[] = {"", ", an executor", ", an executor alone"};
    fprintf(stream, "plan %llu: %u threads%s%s%s\n", (unsigned long long)plan->seed, plan->threads,
            plan->cycles ? ", rings of waits" : "",
            plan->groups_first ? ", groups closed before servers" : "",
            plan->leave_early ? ", servers closed at once" : "");
    for (unsigned i = 0; i < plan->servers; i++) {
        const struct server_plan *server = &plan->server[i];
        fprintf(stream, "server %u: %u workers, capacity %u%s%s%s\n", i, server->workers,
                server->capacity, executors[server->executor], server->trace ? ", a trace" : "",
                server->late ? ", opened later" : "");
    }
    for (unsigned i = 0; i < plan->steps; i++)
        if (!plan->step[i].gone) {
            fputs("  ", stream);
            plan_tell_step(plan, &plan->step[i], stream);
            fputs("\n", stream);
        }
}
