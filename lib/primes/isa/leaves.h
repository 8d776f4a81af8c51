/* The loops over hard leaves, compiled once for each instruction set. */
#ifndef PRIMES_ISA_LEAVES_H
#define PRIMES_ISA_LEAVES_H

#include "isa.h"
#include "lines.h"

#if defined(__AVX512VBMI2__)
#include "listing_avx512.h"
#elif VECTORS
#include "listing_vector.h"
#else
#include "listing_plain.h"
#endif

#if VECTORS
#include "leaves_vector.h"
#else
#include "leaves_plain.h"
#endif

#endif
