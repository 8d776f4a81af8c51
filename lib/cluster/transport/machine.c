/* Asks the operating system about this machine: see machine.h. */
#include "machine.h"

#include <stdlib.h>
#include <sys/random.h>
#include <unistd.h>

void machine_name(char *name, size_t size)
{
    name[size - 1] = '\0';
    if (gethostname(name, size - 1) != 0)
        name[0] = '\0';
}

uint64_t machine_cores(void)
{
    long cores = sysconf(_SC_NPROCESSORS_ONLN);
    return cores > 0 ? (uint64_t)cores : 0;
}

double machine_load(void)
{
    double load;
    return getloadavg(&load, 1) == 1 ? load : 0;
}

int machine_process(void)
{
    return (int)getpid();
}

bool machine_random(uint64_t *number)
{
    return getrandom(number, sizeof *number, 0) == (ssize_t)sizeof *number;
}
