/* The inner loops for x86-64 with AVX-512, as of Ice Lake and Zen 4. */
#if defined(__x86_64__)

#define VECTOR_BYTES 64
#define WINDOWS      1
#define KERNELS      kernels_avx512
#define KERNELS_NAME "avx512"
#include "table.h"

#else
typedef int no_avx512; /* ISO C wants something in every file */
#endif
