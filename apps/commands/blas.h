/* The BLAS that the system gives to programs that ask for one. */
#ifndef COMMANDS_BLAS_H
#define COMMANDS_BLAS_H

#include <stdbool.h>

/* Looks below `root` ("" for this system) where the loader would, and tells whether it finds an
 * OpenBLAS that starts threads by itself: one built on pthreads, neither serial nor on OpenMP.
 * `path` is that file. A copy that a program brings along, such as that of NumPy from PyPI, is not
 * seen. */
bool blas_has_threads(const char *root, char path[512]);

#endif
