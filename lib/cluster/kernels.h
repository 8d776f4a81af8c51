/* The kernels that are registered in this process. */
#ifndef CLUSTER_KERNELS_H
#define CLUSTER_KERNELS_H

#include <yoke/cluster.h>

/* They stay for the life of the process, and so do pointers to them. */
struct kernel {
    struct kernel *next;
    char name[YOKE_CLUSTER_NAME_MAX + 1];
    unsigned version;
    yoke_kernel function;
};

/* The latest one, from which the others follow; NULL: none. */
const struct kernel *kernels_first(void);

#endif
