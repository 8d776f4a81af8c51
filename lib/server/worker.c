/* The calling thread's own words: see worker.h. */
#include "worker.h"

_Thread_local struct self self __attribute__((tls_model("initial-exec")));
