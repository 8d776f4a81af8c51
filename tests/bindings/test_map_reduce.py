"""Reductions by parts of lib/bindings/yoke.py, with kernels in C, against the loops of one machine."""
import array
import ctypes
import operator
import os
import random
import threading
import unittest
from ctypes import c_double, c_uint64

import yoke
from test_yoke import compiled

KERNELS = """
#include <string.h>
#include <yoke/yoke.h>
yoke_status add(const yoke_piece *piece, void *shift)
{
    for (uint64_t i = piece->lo; i < piece->hi; i++)
        *(double *)piece->accumulator += 1 / (double)(i + *(const uint64_t *)shift);
    return YOKE_OK;
}
void combine(void *into, const void *from, void *argument)
{
    (void)argument;
    *(double *)into += *(const double *)from;
}
yoke_status sum_part(yoke_context *context, const void *argument, void *result)
{
    yoke_part part;
    uint64_t shift;
    memcpy(&shift, yoke_part_read(argument, &part), sizeof shift);
    if (part.lo + shift == 0)
        return yoke_context_fail(context, YOKE_OVERFLOW, "%d has no reciprocal", 0);
    yoke_loop loop = YOKE_LOOP(part.lo, part.hi, add, &shift);
    loop.grain = part.grain;
    yoke_reduction sum = YOKE_REDUCTION(double, combine);
    return yoke_parallel_reduce(yoke_context_server(context), &loop, &sum, result);
}
struct cover {
    uint64_t lo, hi, parts;
};
yoke_status cover(yoke_context *context, const void *argument, void *result)
{
    (void)context;
    yoke_part part;
    yoke_part_read(argument, &part);
    *(struct cover *)result = (struct cover){part.lo, part.hi, 1};
    return YOKE_OK;
}
"""


class Cover(ctypes.Structure):
    _fields_ = [("lo", c_uint64), ("hi", c_uint64), ("parts", c_uint64)]


def join(a, b):
    """Of parts that lie side by side, the left one first."""
    if a.hi != b.lo:
        raise ValueError(f"{b.lo} comes after {a.hi}")
    return Cover(a.lo, b.hi, a.parts + b.parts)


class Reductions(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        path, cls.folder = compiled(KERNELS, "-shared", "-fPIC", "-x", "none",
                                    os.environ["YOKE_LIBRARY"])
        cls.c = ctypes.CDLL(str(path))
        cls.sum_part = yoke.Kernel(cls.c.sum_part, None, c_double)
        cls.cover = yoke.Kernel(cls.c.cover, None, Cover)
        cls.server = yoke.Server(2)
        cls.random = random.Random(20261130)

    @classmethod
    def tearDownClass(cls):
        cls.server.close()
        cls.folder.cleanup()

    def sum(self, combine, *bounds, shift=1, **how):
        return yoke.map_reduce(self.sum_part, combine, c_double(0), *bounds, input=c_uint64(shift),
                               **how)

    def test_the_same_bits_as_on_one_thread(self):
        for _ in range(40):
            start, grain = self.random.randrange(1000), self.random.choice((0, 0, 1, 77))
            stop = start + self.random.randrange(200000)
            self.server.set_ncpus(self.random.randrange(1, 4))
            right = yoke.parallel_reduce(self.c.add, self.c.combine, c_double(0), start, stop,
                                         argument=c_uint64(1), grain=grain)
            address = ctypes.cast(self.c.combine, ctypes.c_void_p)
            for combine in operator.add, self.c.combine, address, address.value:
                self.assertEqual(self.sum(combine, start, stop, grain=grain, server=self.server),
                                 right)
            self.assertEqual(self.sum(operator.add, start, stop, grain=grain), right)
            self.assertEqual(self.sum(operator.add, start, stop, grain=grain, server=self.server,
                                      time_limit=99, tries=2), right)
        self.server.set_ncpus(2)

    def test_accumulators_are_values_of_ctypes(self):
        kept = []

        def join_and_keep(a, b):
            kept.append(b)
            return join(a, b)
        for count in 1, 2, 3, 1000, 1023:
            all_ = yoke.map_reduce(self.cover, join_and_keep, Cover(), 10, 10 + 100 * count,
                                   grain=100, server=self.server)
            self.assertEqual((all_.lo, all_.hi, all_.parts), (10, 10 + 100 * count, count))
        self.assertEqual(len(kept), 0 + 1 + 2 + 999 + 1022)
        self.assertLessEqual({10 + 100 * i for i in range(1, 1023, 2)}, {each.lo for each in kept})
        all_ = yoke.map_reduce(self.cover, join, Cover(7, 8), 0, server=self.server)
        self.assertEqual((all_.lo, all_.hi), (7, 8))
        numbers = yoke.Kernel(self.c.cover, None, c_uint64 * 3)
        all_ = yoke.map_reduce(numbers, lambda a, b: type(a)(a[0], b[1], max(a[2], b[2])),
                               (c_uint64 * 3)(), 1000)
        self.assertEqual(list(all_), [0, 1000, 1])

    def test_combined_by_the_calling_thread(self):
        threads = set()

        def add(a, b):
            threads.add(threading.get_ident())
            return a + b
        self.sum(add, 10000, grain=1, server=self.server)
        self.assertEqual(threads, {threading.get_ident()})

    def test_a_part_that_fails(self):
        for server in None, self.server:
            with self.assertRaisesRegex(yoke.Error, "0 has no reciprocal") as caught:
                self.sum(operator.add, 5000, shift=0, server=server)
            self.assertEqual(caught.exception.status, yoke.Status.OVERFLOW)
            self.assertGreater(self.sum(operator.add, 1, 5000, shift=0, server=server), 8)

    def test_what_combine_raises(self):
        calls = []

        def fail(a, b):
            calls.append(a)
            raise KeyError("lost")
        with self.assertRaisesRegex(KeyError, "lost"):
            self.sum(fail, 5000, server=self.server)
        self.assertEqual(len(calls), 1)
        with self.assertRaises(KeyboardInterrupt):
            self.sum(lambda a, b: _raise(KeyboardInterrupt), 5000)
        with self.assertRaisesRegex(TypeError, "must be real number|float"):
            self.sum(lambda a, b: None, 5000)
        with self.assertRaisesRegex(TypeError, "returns a Cover"):
            yoke.map_reduce(self.cover, lambda a, b: 1, Cover(), 5000)
        words = yoke.Kernel(self.c.sum_part, None, c_uint64)  # as if its bits were a number
        with self.assertRaisesRegex(OverflowError, "the combination is 1844"):
            yoke.map_reduce(words, lambda a, b: 2**64, c_uint64(), 5000, input=c_uint64(1))

    def test_wrong_usage_says_what_is_right(self):
        def reduce(kernel=self.sum_part, combine=operator.add, identity=c_double(0), *bounds,
                   **how):
            return lambda: yoke.map_reduce(kernel, combine, identity, *(bounds or (9,)), **how)
        for error, words, wrong in (
                (TypeError, "yoke.Kernel", reduce(abs)),
                (TypeError, "combine", reduce(combine="+")),
                (TypeError, "ctypes", reduce(identity=0.0)),
                (ValueError, "result of 8 bytes; .* have 24", reduce(identity=Cover())),
                (ValueError, "result of 0 bytes", reduce(yoke.NamedKernel("sum_part", 1))),
                (TypeError, "bytes", reduce(input=[1.0])),
                (TypeError, "server", reduce(server=2)),
                (ValueError, "start", reduce(self.sum_part, operator.add, c_double(0), -1, 1)),
                (ValueError, "grain", reduce(grain=-1)),
                (ValueError, "time_limit", reduce(time_limit=-1)),
                (TypeError, "statuses", reduce(statuses=array.array("i"))),
                (yoke.Error, "server", reduce(yoke.NamedKernel("sum_part", 1, 8)))):
            with self.assertRaisesRegex(error, words):
                wrong()


def _raise(error):
    raise error


if __name__ == "__main__":
    unittest.main()
