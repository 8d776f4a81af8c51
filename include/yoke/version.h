/* The version of yoke: of the headers at compile time, of the library at run time. */
#ifndef YOKE_VERSION_H
#define YOKE_VERSION_H

#include "compiler.h"

#ifdef __cplusplus
extern "C" {
#endif
#ifdef __GNUC__
#pragma GCC visibility push(default)
#endif

#define YOKE_VERSION_MAJOR 0
#define YOKE_VERSION_MINOR 1
#define YOKE_VERSION_PATCH 0

/* The version of the library that is linked, as "MAJOR.MINOR.PATCH". Static storage, never
 * freed. Any thread; never blocks. Differs from the macros above when a program runs with
 * another library than it was compiled for. */
const char *yoke_version(void);

#ifdef __GNUC__
#pragma GCC visibility pop
#endif
#ifdef __cplusplus
}
#endif

#endif
