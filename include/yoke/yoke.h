/* All of yoke's public interface in one include: `#include <yoke/yoke.h>`. Programs are compiled by
 *
 *     cc -fopenmp program.c $(pkg-config --cflags --libs yoke)
 *
 * where -fopenmp is for OpenMP in the program itself, such as tasks in its kernels.
 *
 * Structs that begin with `size` may get further fields, at their end, with later versions. One
 * starts from their INIT macro or, for statistics, from `{.size = sizeof statistics}`, so that all
 * fields that one does not know are zero, which is their default. Then a program runs unchanged,
 * and without being compiled again, with a newer library, which takes what the program does not
 * know for zero and fills no more of statistics than the program has room for; and with an older
 * one, as long as it leaves at zero what that does not know. Else the call answers YOKE_INVALID,
 * and its message says that the program was built for a newer yoke. A size that no version had is
 * YOKE_INVALID, too. */
#ifndef YOKE_YOKE_H
#define YOKE_YOKE_H

#include "fork.h"
#include "group.h"
#include "integer.h"
#include "loop.h"
#include "map.h"
#include "numeric.h"
#include "primes.h"
#include "server.h"
#include "statistics.h"
#include "status.h"
#include "task.h"
#include "topology.h"
#include "trace.h"
#include "version.h"

#endif
