#if defined(__x86_64__)

#define VECTOR_BYTES 64
#define KERNELS      kernels_avx512
#define KERNELS_NAME "avx512"
#include "table.h"

#else
typedef int no_avx512; /* ISO C wants something in every file */
#endif
