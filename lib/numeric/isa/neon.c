/* The inner loops for 64-bit Arm, all of which have NEON. */
#if defined(__aarch64__)

#define VECTOR_BYTES 16
#define WINDOWS      1
#define KERNELS      kernels_neon
#define KERNELS_NAME "neon"
#include "table.h"

#else
typedef int no_neon; /* ISO C wants something in every file */
#endif
