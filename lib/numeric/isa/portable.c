/* The inner loops for any processor, whose vectors are the compiler's. */
#define VECTOR_BYTES 16
#define WINDOWS      0
#define KERNELS      kernels_portable
#define KERNELS_NAME "portable"
#include "table.h"
