/* Assertions of invariants: checked in every build but the release one. */
#ifndef BASE_DEBUG_H
#define BASE_DEBUG_H

#include <assert.h>

#if YOKE_DEBUG
#define debug_assert(condition) assert(condition)
#else
#define debug_assert(condition) ((void)sizeof(condition))
#endif

#endif
