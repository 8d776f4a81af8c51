/* A runtime that is no part of the program: compiled from its source, and loaded, when the
 * benchmark runs. */
#ifndef FORKS_PEER_H
#define FORKS_PEER_H

#include "runtimes/runtime.h"

/* Lace, from a folder that holds its source, by the compiler that CC names, with the flags in
 * CFLAGS. Returns NULL after a report. */
const struct runtime *peer_load(const char *folder);

#endif
