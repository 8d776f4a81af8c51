#include "worker.h"

_Thread_local struct self self __attribute__((tls_model("initial-exec")));
