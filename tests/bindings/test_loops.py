"""Loops of lib/bindings/yoke.py, with bodies in C, against what Python makes of the same numbers."""
import array
import ctypes
import itertools
import os
import random
import threading
import unittest
from ctypes import c_double, c_int64, c_uint64

import yoke
from test_yoke import compiled

BODIES = """
#include <yoke/yoke.h>
yoke_status halve(const yoke_piece *piece, void *numbers)
{
    for (uint64_t i = piece->lo; i < piece->hi; i++)
        ((double *)numbers)[i] /= 2;
    return YOKE_OK;
}
enum { COLUMNS = 50 };
yoke_status visit(const yoke_piece *piece, void *visits)
{
    for (uint64_t i = piece->lo; i < piece->hi; i++)
        for (uint64_t j = piece->column_lo; j < piece->column_hi; j++)
            ((unsigned char *)visits)[i * COLUMNS + j]++;
    return YOKE_OK;
}
yoke_status add_tile(const yoke_piece *piece, void *numbers)
{
    for (uint64_t i = piece->lo; i < piece->hi; i++)
        for (uint64_t j = piece->column_lo; j < piece->column_hi; j++)
            *(int64_t *)piece->accumulator += ((const int64_t *)numbers)[i * COLUMNS + j];
    return YOKE_OK;
}
yoke_status add(const yoke_piece *piece, void *numbers)
{
    for (uint64_t i = piece->lo; i < piece->hi; i++)
        *(int64_t *)piece->accumulator += ((const int64_t *)numbers)[i];
    return YOKE_OK;
}
yoke_status add_double(const yoke_piece *piece, void *numbers)
{
    for (uint64_t i = piece->lo; i < piece->hi; i++)
        *(double *)piece->accumulator += ((const double *)numbers)[i];
    return YOKE_OK;
}
void combine(void *into, const void *from, void *numbers)
{
    (void)numbers;
    *(int64_t *)into += *(const int64_t *)from;
}
void combine_double(void *into, const void *from, void *numbers)
{
    (void)numbers;
    *(double *)into += *(const double *)from;
}
yoke_status write(const yoke_piece *piece, void *numbers)
{
    int64_t *number = numbers;
    for (uint64_t i = piece->lo; i < piece->hi; i++)
        number[i] = *(int64_t *)piece->accumulator += number[i];
    return YOKE_OK;
}
yoke_status add_and_write(const yoke_piece *piece, void *numbers)
{
    int64_t *number = numbers, *before = piece->before, first = *before;
    for (uint64_t i = piece->lo; i < piece->hi; i++)
        number[i] = *before += number[i];
    *(int64_t *)piece->accumulator += *before - first;
    return YOKE_OK;
}
yoke_status fail(const yoke_piece *piece, void *argument)
{
    if (argument)
        return YOKE_INVALID;
    while (!yoke_piece_cancelled(piece))
        ;
    return YOKE_CANCELLED;
}
struct pair {
    double a, b;
};
yoke_status multiply(yoke_context *context, const void *argument, void *result)
{
    const struct pair *pair = argument;
    if (pair->a < 0)
        return yoke_context_fail(context, YOKE_OVERFLOW, "%g is below 0", pair->a);
    if (pair->b < 0 && yoke_context_try(context) < 3)
        return YOKE_LOST;
    *(double *)result = pair->a * pair->b;
    return YOKE_OK;
}
yoke_status wait_for_python(const yoke_piece *piece, void *flag)
{
    (void)piece;
    while (!*(volatile uint64_t *)flag)
        ;
    return YOKE_OK;
}
"""


class Pair(ctypes.Structure):
    _fields_ = [("a", c_double), ("b", c_double)]


class Loops(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        path, cls.folder = compiled(BODIES, "-shared", "-fPIC", "-x", "none", os.environ["YOKE_LIBRARY"])
        cls.c = ctypes.CDLL(str(path))
        cls.server = yoke.Server(2)
        cls.random = random.Random(20261130)

    @classmethod
    def tearDownClass(cls):
        cls.server.close()
        cls.folder.cleanup()

    def some(self, most=5000):
        return array.array("q", (self.random.randrange(-10**9, 10**9)
                                 for _ in range(self.random.randrange(most))))

    def test_every_number_once(self):
        for server in None, self.server:
            for start, stop, grain in (0, 1000, 0), (10, 1000, 7), (999, 1000, 1), (5, 5, 0), (9, 3, 1):
                numbers = array.array("d", range(1000))
                right = [i / 2 if start <= i < stop else i for i in range(1000)]
                yoke.parallel_for(self.c.halve, start, stop, argument=numbers, server=server,
                                  grain=grain)
                self.assertEqual(list(numbers), right)

    def test_every_element_of_a_grid_once(self):
        for server in None, self.server:
            for rows, columns, grains in (((0, 40), 50, {}), ((3, 40), (7, 50), {"grain": 4}),
                                          ((0, 40), (0, 49), {"grain": 3, "column_grain": 1000}),
                                          ((0, 40), 0, {}), ((9, 3), 50, {})):
                visits = bytearray(40 * 50)
                yoke.parallel_for(self.c.visit, *rows, argument=visits, columns=columns,
                                  server=server, **grains)
                within = range(columns) if isinstance(columns, int) else range(*columns)
                right = [row in range(*rows) and column in within
                         for row in range(40) for column in range(50)]
                self.assertEqual(list(visits), right)
        numbers = array.array("q", range(2000))
        self.assertEqual(yoke.parallel_reduce(self.c.add_tile, self.c.combine, c_int64(0), 40,
                                              argument=numbers, columns=50, server=self.server),
                         sum(numbers))

    def test_bodies_and_arguments(self):
        numbers = (c_double * 3)(1, 2, 3)
        address = ctypes.cast(self.c.halve, ctypes.c_void_p).value
        yoke.parallel_for(address, 3, argument=numbers, workers=1, priority=2, in_order=True)
        yoke.parallel_for(self.c.halve, 3, argument=ctypes.addressof(numbers), time_limit=60)
        self.assertEqual(list(numbers), [0.25, 0.5, 0.75])

        class Compiled:  # as numba's are
            def __init__(self, address):
                self.address = address
        yoke.parallel_for(Compiled(address), 1, 3, argument=memoryview(numbers))
        self.assertEqual(list(numbers), [0.25, 0.25, 0.375])

    def test_the_lock_is_free_meanwhile(self):
        flag = c_uint64()
        threading.Timer(0.02, lambda: setattr(flag, "value", 1)).start()
        yoke.parallel_for(self.c.wait_for_python, 2, argument=flag, server=self.server)
        job = self.server.submit(lambda: yoke.parallel_for(self.c.wait_for_python, 9, argument=flag,
                                                           server=self.server))
        self.assertIsNone(job())

    def test_reductions_and_scans(self):
        for _ in range(50):
            numbers, server = self.some(), self.random.choice((None, self.server))
            how = {"argument": numbers, "server": server, "grain": self.random.randrange(100)}
            self.assertEqual(yoke.parallel_reduce(self.c.add, self.c.combine, c_int64(0),
                                                  len(numbers), **how), sum(numbers))
            for one_pass in ({}, {"add_and_write": self.c.add_and_write},
                             {"add_and_write": self.c.add_and_write, "associative": True}):
                right = list(itertools.accumulate(numbers))
                total = yoke.parallel_scan(self.c.add, self.c.combine, self.c.write, c_int64(0),
                                           len(numbers), **how, **one_pass)
                self.assertEqual((list(numbers), total), (right, right[-1] if right else 0))
        self.assertEqual(yoke.parallel_reduce(self.c.add, self.c.combine, c_int64(7), 0), 7)

    def test_the_same_bits_on_any_number_of_workers(self):
        for _ in range(50):
            numbers = array.array("d", (self.random.uniform(-1, 1) * 10**self.random.randrange(99)
                                        for _ in range(self.random.randrange(20000))))
            self.server.set_ncpus(self.random.randrange(1, 5))
            sums = {yoke.parallel_reduce(self.c.add_double, self.c.combine_double, c_double(0),
                                         len(numbers), argument=numbers, server=server)
                    for server in (None, self.server, self.server)}
            self.assertEqual(len(sums), 1)
        self.server.set_ncpus(2)

    def test_failures(self):
        for server in None, self.server:
            with self.assertRaises(yoke.Error) as caught:
                yoke.parallel_for(self.c.fail, 10, argument=bytes(1), server=server)
            self.assertEqual(caught.exception.status, yoke.Status.INVALID)
            with self.assertRaises(yoke.Error) as caught:
                yoke.parallel_for(self.c.fail, 10, server=server, time_limit=0.001)
            self.assertEqual(caught.exception.status, yoke.Status.TIMED_OUT)
        with self.assertRaises(yoke.Error):
            yoke.parallel_for(ctypes.c_void_p(), 10)

    def test_wrong_usage_says_what_is_right(self):
        halve, numbers = self.c.halve, array.array("d", [1])
        for error, words, wrong in (
                (TypeError, "C function", lambda: yoke.parallel_for(print, 1)),
                (TypeError, "C function", lambda: yoke.parallel_reduce(halve, "+", c_double(), 1)),
                (TypeError, "buffer", lambda: yoke.parallel_for(halve, 1, argument=[1.0])),
                (TypeError, "server", lambda: yoke.parallel_for(halve, 1, server=2)),
                (TypeError, "range", lambda: yoke.parallel_for(halve, 1, 2, 3)),
                (ValueError, "start", lambda: yoke.parallel_for(halve, -1, 1)),
                (OverflowError, "stop", lambda: yoke.parallel_for(halve, 2**64)),
                (ValueError, "grain", lambda: yoke.parallel_for(halve, 1, grain=0.5)),
                (TypeError, "range", lambda: yoke.parallel_for(halve, 1, columns=(1, 2, 3))),
                (ValueError, "start", lambda: yoke.parallel_for(halve, 1, columns=(-1, 2))),
                (yoke.Error, "column", lambda: yoke.parallel_for(halve, 1, column_grain=2)),
                (TypeError, "color", lambda: yoke.parallel_for(halve, 1, color="red")),
                (TypeError, "ctypes", lambda: yoke.parallel_reduce(halve, halve, 0.0, 1))):
            with self.assertRaisesRegex(error, words):
                wrong()
        yoke.parallel_for(halve, 1, argument=numbers)
        numbers.append(2)  # it is not held any more

    def test_maps_in_order(self):
        kernel = yoke.Kernel(self.c.multiply, c_double * 2, c_double)
        for _ in range(20):
            count, server = self.random.randrange(2000), self.random.choice((None, self.server))
            pairs = [(self.random.random(), self.random.random()) for _ in range(count)]
            inputs = (c_double * 2 * count)(*pairs)
            right = [a * b for a, b in pairs]
            self.assertEqual(list(yoke.map(kernel, inputs, server=server)), right)
            outputs = array.array("d", bytes(8 * count))
            self.assertIs(yoke.map(kernel, inputs, outputs, server=server, tries=2), outputs)
            self.assertEqual(list(outputs), right)
            self.assertEqual(list(yoke.map(kernel, inputs, server=self.server, time_limit=9)), right)

    def test_failures_by_item(self):
        kernel = yoke.Kernel(self.c.multiply, c_double * 2, c_double)
        inputs = (c_double * 2 * 100)(*((i, i) for i in range(100)))
        inputs[70][0] = inputs[50][0] = -50
        statuses = array.array("i", bytes(400))
        outputs = array.array("d", bytes(800))
        with self.assertRaisesRegex(yoke.Error, "-50 is below 0") as caught:
            yoke.map(kernel, inputs, outputs, server=self.server, statuses=statuses)
        self.assertEqual(caught.exception.status, yoke.Status.OVERFLOW)
        for i in range(100):
            failed = i in (50, 70)
            self.assertEqual(statuses[i], yoke.Status.OVERFLOW if failed else yoke.Status.OK)
            self.assertEqual(outputs[i], 0 if failed else i * i)
        inputs[50][0] = inputs[70][0] = 1
        inputs[50][1] = -2
        self.assertEqual(yoke.map(kernel, inputs, tries=3)[50], -2)
        with self.assertRaises(yoke.Error) as caught:
            yoke.map(kernel, inputs, tries=2)
        self.assertEqual(caught.exception.status, yoke.Status.LOST)

    def test_pipelines_in_order(self):
        kernel = yoke.Kernel(self.c.multiply, Pair, c_double)
        for _ in range(20):
            pairs = [(self.random.random(), self.random.random())
                     for _ in range(self.random.randrange(1000))]
            shown, server = [], self.random.choice((None, self.server))
            yoke.pipeline((pair for pair in pairs), kernel, shown.append, server=server,
                          window=self.random.randrange(5))
            self.assertEqual(shown, [a * b for a, b in pairs])
        shown = []
        yoke.pipeline([(2, 3)], yoke.Kernel(self.c.multiply, Pair, c_double * 1),
                      lambda value: shown.append(list(value)))
        self.assertEqual(shown, [[6]])

    def test_pipelines_that_fail(self):
        kernel = yoke.Kernel(self.c.multiply, Pair, c_double)

        def run(at_source, at_kernel, at_sink, server):
            def inputs():
                for i in range(300):
                    if i == at_source:
                        raise KeyError(i)
                    yield (-1 - i if i == at_kernel else i, 1)

            def sink(value):
                if value == at_sink:
                    raise IndexError(at_sink)
                self.assertEqual(value, len(shown))
                shown.append(value)
            shown = []
            with self.assertRaises((yoke.Error, LookupError)) as caught:
                yoke.pipeline(inputs(), kernel, sink, server=server)
            return type(caught.exception), str(caught.exception), len(shown)
        for server in None, self.server:
            at = self.random.randrange(300)
            self.assertEqual(run(at, None, None, server), (KeyError, str(at), at))
            self.assertEqual(run(None, at, None, server),
                             (yoke.Error, f"{-1 - at} is below 0", at))
            self.assertEqual(run(None, None, at, server), (IndexError, str(at), at))
        for error, words, wrong in (
                (TypeError, "Kernel", lambda: yoke.pipeline([], abs, print)),
                (TypeError, "Kernel", lambda: yoke.pipeline([], yoke.NamedKernel("a", 1), print)),
                (TypeError, "sink", lambda: yoke.pipeline([], kernel, None)),
                (TypeError, "not iterable", lambda: yoke.pipeline(5, kernel, print)),
                (TypeError, "no argument",
                 lambda: yoke.pipeline([], yoke.Kernel(self.c.multiply), print)),
                (ValueError, "window", lambda: yoke.pipeline([], kernel, print, window=-1))):
            with self.assertRaisesRegex(error, words):
                wrong()

    def test_wrong_maps_say_what_is_right(self):
        kernel = yoke.Kernel(self.c.multiply, c_double * 2, c_double)
        pairs, floats = (c_double * 2 * 3)(), array.array("d", [1, 2, 3])
        for error, words, wrong in (
                (TypeError, "Kernel", lambda: yoke.map(abs, pairs)),
                (TypeError, "no argument", lambda: yoke.map(yoke.Kernel(self.c.multiply), pairs)),
                (ValueError, "16", lambda: yoke.map(kernel, floats)),
                (ValueError, "2 items for 3", lambda: yoke.map(kernel, pairs, floats[:2])),
                (ValueError, "outputs has items of 1 ", lambda: yoke.map(kernel, pairs, bytearray(3))),
                (TypeError, "written", lambda: yoke.map(kernel, pairs, bytes(3))),
                (ValueError, "statuses", lambda: yoke.map(kernel, pairs, statuses=bytearray(12))),
                (TypeError, "gaps", lambda: yoke.map(kernel, memoryview(floats)[::2])),
                (yoke.Error, "server", lambda: yoke.map(kernel, pairs, place="core:0"))):
            with self.assertRaisesRegex(error, words):
                wrong()


if __name__ == "__main__":
    unittest.main()
