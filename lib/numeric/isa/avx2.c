/* The inner loops for x86-64 with AVX2. */
#if defined(__x86_64__)

#define VECTOR_BYTES 32
#define WINDOWS      1
#define KERNELS      kernels_avx2
#define KERNELS_NAME "avx2"
#include "table.h"

#else
typedef int no_avx2; /* ISO C wants something in every file */
#endif
