/* SHA-256 (FIPS 180-4): what a blob of bytes is called by. */
#ifndef CLUSTER_SHA256_H
#define CLUSTER_SHA256_H

#include <stddef.h>

#define SHA256_SIZE 32

void sha256_of(unsigned char digest[SHA256_SIZE], const void *bytes, size_t size);

#endif
