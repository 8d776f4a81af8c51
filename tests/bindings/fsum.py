"""Exact sums against Python's math.fsum, where that is defined: argument 1 is libyoke.so, 2 a seed."""
import ctypes
import math
import random
import struct
import sys


class Array(ctypes.Structure):
    _fields_ = [("data", ctypes.c_void_p), ("count", ctypes.c_size_t), ("stride", ctypes.c_ssize_t),
                ("type", ctypes.c_int)]


F64, EXACT = 1, 1
library = ctypes.CDLL(sys.argv[1])
library.yoke_sum.argtypes = [ctypes.c_void_p, Array, ctypes.c_int, ctypes.POINTER(ctypes.c_double)]
rng = random.Random(int(sys.argv[2]))
compared = 0
for case in range(2000):
    width = rng.choice([1, 20, 300, 1000])
    numbers = [math.ldexp(rng.uniform(-1, 1), rng.randint(-width, width)) for _ in
               range(rng.choice([1, 10, 100, 3000]))]
    numbers += [-x for x in rng.sample(numbers, len(numbers) // 2)]
    try:
        expected = math.fsum(numbers)
    except OverflowError:
        continue # of fsum's, in between
    data = (ctypes.c_double * len(numbers))(*numbers)
    found = ctypes.c_double()
    status = library.yoke_sum(None, Array(ctypes.addressof(data), len(numbers), 1, F64), EXACT,
                              ctypes.byref(found))
    if status or struct.pack("d", found.value) != struct.pack("d", expected):
        sys.exit(f"case {case}: {status}, {found.value.hex()}, not {expected.hex()}")
    compared += 1
print(compared, "sums are alike")
