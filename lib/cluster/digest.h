/* SHA-256 (FIPS 180-4): what a block of bytes is called by. */
#ifndef CLUSTER_DIGEST_H
#define CLUSTER_DIGEST_H

#include <stddef.h>

#define DIGEST_SIZE 32

void digest_of(unsigned char digest[DIGEST_SIZE], const void *bytes, size_t size);

#endif
