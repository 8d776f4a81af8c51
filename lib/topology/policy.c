/* Who binds the threads of a server, and how closely.
 *
 * A thread with a core of its own keeps its caches, and memory that it touches first stays near.
 * But the system cannot move a bound thread out of the way of others: two processes with one bound
 * worker each took twice as long on two cores as unbound ones. So by default workers are bound to
 * cores where they take all of them, and otherwise to their NUMA node: the system sees at any time
 * which of its cores other servers and other processes leave free. */
#include "policy.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include "base/error.h"
#include "snapshot.h"

static void choose(yoke_topology *topology, enum binding binding, const char *reason)
{
    static const char *const texts[] = {
        [BIND_BY_OPENMP] = "by OpenMP",
        [BIND_NOTHING] = "none",
        [BIND_NODES] = "each worker to its NUMA node",
        [BIND_SPREAD] = "each worker to a core of its own",
        [BIND_CLOSE] = "each worker to a core of its own, one NUMA node after the other",
    };
    topology->binding = binding;
    snprintf(topology->binding_text, sizeof topology->binding_text, "%s, because %s",
             texts[binding], reason);
}

bool policy_is_list(const char *bind)
{
    static const char *const words[] = {"auto", "none", "spread", "close"};
    for (size_t i = 0; bind && i < sizeof words / sizeof words[0]; i++)
        if (!strcmp(bind, words[i]))
            return false;
    return bind;
}

/* Whether OpenMP would read it as false: in any case of letters, with blanks around. */
static bool is_false(const char *text)
{
    static const char word[] = "false";
    size_t length = 0;
    text += strspn(text, " \t");
    while (word[length] && tolower((unsigned char)text[length]) == word[length])
        length++;
    return !word[length] && !text[length + strspn(text + length, " \t")];
}

/* What the user has told OpenMP comes before what the program asks for, so that a job script can
 * place any program. */
static bool choose_as_openmp(yoke_topology *topology, const char *told)
{
    if (topology->openmp_binds)
        choose(topology, BIND_BY_OPENMP,
               "OMP_PROC_BIND, OMP_PLACES or GOMP_CPU_AFFINITY asks for it");
    else if (topology->here && told && is_false(told))
        choose(topology, BIND_NOTHING, "OMP_PROC_BIND is false");
    else
        return false;
    return true;
}

void policy_choose(yoke_topology *topology, const char *bind, const char *proc_bind)
{
    if (choose_as_openmp(topology, proc_bind))
        return;
    if (bind && !strcmp(bind, "none"))
        choose(topology, BIND_NOTHING, "the program asks for it");
    else if (bind && !strcmp(bind, "close"))
        choose(topology, BIND_CLOSE, "the program asks for it");
    else if (bind && strcmp(bind, "auto") != 0)
        choose(topology, BIND_SPREAD, "the program asks for it");
    else if (topology->workers >= topology->counts.usable_cores)
        choose(topology, BIND_SPREAD, "the workers take all cores");
    else
        choose(topology, BIND_NODES, "the system sees which cores are free");
}

bool policy_has_cores(const yoke_topology *topology)
{
    return topology->binding >= BIND_SPREAD;
}
