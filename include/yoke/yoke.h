/* All of yoke's public interface in one include.
 *
 *     #include <yoke/yoke.h>
 *     cc -fopenmp program.c $(pkg-config --cflags --libs yoke)
 */
#ifndef YOKE_YOKE_H
#define YOKE_YOKE_H

#include "group.h"
#include "integer.h"
#include "primes.h"
#include "server.h"
#include "statistics.h"
#include "status.h"
#include "topology.h"
#include "trace.h"
#include "version.h"

#endif
