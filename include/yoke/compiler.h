/* What yoke needs of a compiler. Every other header includes this one before anything else. */
#ifndef YOKE_COMPILER_H
#define YOKE_COMPILER_H

/* A file that is not there ends the compilation at this line. After #error it would go on, to
 * dozens of errors that hide the first. */
#if !defined __SIZEOF_INT128__ || __SIZEOF_POINTER__ < 8
#include "yoke needs a 64-bit compiler with __int128"
#endif

#endif
