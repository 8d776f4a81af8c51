/* The plain inner loops for x86-64 processors that count bits, as nearly all without AVX2 do. */
#if defined(__x86_64__)

#define VECTOR_BYTES 16
#define ISA          isa_x86_64_v2
#define KERNELS_NAME "x86-64-v2"
#include "table.h"

#else
typedef int no_x86_64_v2; /* ISO C wants something in every file */
#endif
