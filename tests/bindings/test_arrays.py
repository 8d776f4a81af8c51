"""Arrays of lib/bindings/yoke.py, against exact fractions and what Python makes of the same numbers."""
import array
import copy
import ctypes
import itertools
import math
import pickle
import random
import unittest
from ctypes import c_double, c_float, c_int64
from fractions import Fraction

import yoke
from test_yoke_faults import skipped

try:
    import numpy
except ImportError:
    numpy = None

KINDS = {"d": c_double, "f": c_float, "q": c_int64}


def nearest(fraction):
    """The float that is nearest to a fraction, as division rounds it."""
    try:
        return fraction.numerator / fraction.denominator
    except OverflowError:
        return math.inf if fraction > 0 else -math.inf


class Arrays(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.server = yoke.Server(2)
        cls.random = random.Random(20261130)

    @classmethod
    def tearDownClass(cls):
        cls.server.close()

    def some(self, code, most=1000, least=0):
        """Numbers over many exponents, or integers."""
        count = self.random.randrange(least, most)
        if code == "q":
            return array.array(code, (self.random.randrange(-10**9, 10**9) for _ in range(count)))
        spread = self.random.choice((1, 30, 120 if code == "f" else 900))
        return array.array(code, (math.ldexp(self.random.uniform(-1, 1), self.random.randrange(
            -spread, spread)) for _ in range(count)))

    def each(self, rounds=20):
        for code in KINDS:
            for _ in range(rounds):
                self.server.set_ncpus(self.random.randrange(1, 4))
                yield code, self.some(code), self.random.choice((None, self.server))

    def test_sums(self):
        for code, x, server in self.each():
            exact = sum(map(Fraction, x))
            found = yoke.sum(x, exact=True, server=server)
            if code == "q":
                self.assertEqual((found, type(found)), (sum(x), int))
                self.assertEqual(yoke.sum(x, server=server), sum(x))
            else:
                self.assertEqual(found, nearest(exact))
                self.assertEqual(found, math.fsum(x))
                tree = {yoke.sum(x, server=other) for other in (None, self.server, server)}
                self.assertEqual(len(tree), 1)
                self.assertLessEqual(abs(Fraction(tree.pop()) - exact),
                                     60 * 2**-53 * sum(abs(Fraction(v)) for v in x))
        self.assertEqual(yoke.sum(array.array("d", [1e308, 1e308, -1e308]), exact=True), 1e308)
        self.assertTrue(math.isnan(yoke.sum(array.array("d", [math.inf, -math.inf]), exact=True)))
        with self.assertRaises(yoke.Error) as caught:
            yoke.sum(array.array("q", [2**63 - 1, 1]))
        self.assertEqual(caught.exception.status, yoke.Status.OVERFLOW)

    def test_products_and_norms(self):
        for code, x, server in self.each():
            y = self.some(code, len(x) + 1, len(x))
            exact = sum(Fraction(a) * Fraction(b) for a, b in zip(x, y))
            if code != "q" or abs(exact) < 2**63:
                self.assertEqual(yoke.dot(x, y, exact=True, server=server),
                                 exact if code == "q" else nearest(exact))
            norm = yoke.norm2(x, exact=True, server=server)
            square = sum(Fraction(v)**2 for v in x)
            if square < 2**2000:
                self.assertLessEqual(abs(Fraction(norm)**2 - square),
                                     square * (Fraction(2)**-52 + Fraction(2)**-105))
        with self.assertRaises(yoke.Error):
            yoke.dot(array.array("d", [1]), array.array("d", [1, 2]))
        with self.assertRaises(yoke.Error):
            yoke.dot(array.array("d", [1]), array.array("f", [1]))

    def test_extremes(self):
        for code, x, server in self.each():
            if x:
                self.assertEqual(yoke.min(x, server=server), min(x))
                self.assertEqual(yoke.max(x, server=server), max(x))
                self.assertEqual(yoke.argmin(x, server=server), x.index(min(x)))
                self.assertEqual(yoke.argmax(x, server=server), x.index(max(x)))
        self.assertTrue(math.isnan(yoke.max(array.array("d", [1, math.nan, 2]))))
        for call in yoke.min, yoke.max, yoke.argmin, yoke.argmax:
            with self.assertRaises(yoke.Error):
                call(array.array("d"))

    def test_histograms(self):
        for _, x, server in self.each(10):
            lo, hi, bins = -1.0, self.random.choice((0.5, 7.0)), self.random.randrange(1, 50)
            right = [0] * bins
            for value in x:
                if lo <= value < hi:
                    right[min(math.floor((value - lo) * (bins / (hi - lo))), bins - 1)] += 1
            self.assertEqual(list(yoke.histogram(x, lo, hi, bins, server=server)), right)
        for wrong in ((1, 1, 5), (math.nan, 1, 5), (0, math.inf, 5)):
            with self.assertRaises(yoke.Error):
                yoke.histogram(array.array("d"), *wrong)
        with self.assertRaises(ValueError):
            yoke.histogram(array.array("d"), 0, 1, 0)

    def test_scans(self):
        for code, x, server in self.each():
            if code == "f":
                continue
            exact = list(itertools.accumulate(map(Fraction, x)))
            right = [int(v) if code == "q" else nearest(v) for v in exact]
            self.assertEqual(list(yoke.scan(x, exact=True, server=server)), right)
            before = yoke.scan(x, exclusive=True, exact=True, server=server)
            self.assertEqual((list(before), before.typecode), ([0][:len(x)] + right[:-1], code))
            self.assertEqual(list(yoke.scan(x)), list(yoke.scan(x, server=server)))
            self.assertIs(yoke.scan(x, x, exact=True), x)
            self.assertEqual(list(x), right)
        x = array.array("d", [1])
        for out in array.array("f", [1]), array.array("d", [1, 2]):
            with self.assertRaises(ValueError):
                yoke.scan(x, out)
        with self.assertRaisesRegex(TypeError, "written"):
            yoke.scan(x, memoryview(x).toreadonly())

    def test_where_numbers_lie(self):
        for code, kind in KINDS.items():
            x = array.array(code, range(1, 101))
            view = memoryview(x)
            self.assertEqual(yoke.sum((kind * 100)(*x)), 5050)
            self.assertEqual(yoke.sum(view.toreadonly()), 5050)
            self.assertEqual(yoke.sum(view[::3]), sum(x[::3]))
            self.assertEqual(yoke.sum(view[::-7], exact=True), sum(x[::-7]))
            self.assertEqual(yoke.argmin(view[::-1]), 99)
            self.assertEqual(yoke.sum(view.cast("B").cast(code, (4, 5, 5))), 5050)
            self.assertEqual(yoke.sum(view[:0]), 0)
            self.assertEqual(list(yoke.scan(view[::50])), [1, 52])
            view.release()
            x.append(1)  # nobody holds it any more
        for wrong in [1.0], 5, "text", array.array("i", [1]), array.array("Q", [1]), b"1" * 8, None:
            with self.assertRaises(TypeError):
                yoke.sum(wrong)
        with self.assertRaisesRegex(TypeError, "double"):
            yoke.sum(array.array("i", [1]))
        with self.assertRaisesRegex(TypeError, "server"):
            yoke.sum(array.array("d", [1]), server=2)

    def test_arrays_of_numpy(self):
        if not numpy:
            skipped(self.id(), "there is no numpy")
        for kind in numpy.float64, numpy.float32, numpy.int64:
            x = numpy.arange(10000, dtype=kind).reshape(10, 1000)
            self.assertEqual(yoke.sum(x, server=self.server), 49995000)
            self.assertEqual(yoke.sum(x[3]), x[3].sum())
            self.assertEqual(yoke.sum(x[:, 3]), x[:, 3].sum())
            self.assertEqual(yoke.sum(x[:, ::2]), x[:, ::2].sum())
            self.assertEqual(yoke.sum(x[::-1, ::-1]), 49995000)
            self.assertEqual(yoke.argmax(x[:1]), 999)
            self.assertEqual(yoke.sum(kind(3)), 3)
            out = numpy.empty_like(x)
            self.assertIs(yoke.scan(x, out), out)
            self.assertTrue((out.ravel() == numpy.cumsum(x)).all() or kind == numpy.float32)
            for wrong in x.T, x[::2], x[:, :5]:
                with self.assertRaisesRegex(ValueError, "gaps"):
                    yoke.sum(wrong)
            with self.assertRaisesRegex(ValueError, "apart"):
                yoke.sum(numpy.broadcast_to(kind(1), 5))
            x.flags.writeable = False
            self.assertEqual(yoke.sum(x), 49995000)
        for wrong in numpy.arange(3, dtype="i4"), numpy.arange(3, dtype=">f8"), numpy.array([None]):
            with self.assertRaisesRegex(TypeError, "x "):
                yoke.sum(wrong)


class Exact(unittest.TestCase):
    def test_in_any_order_and_by_any_way(self):
        any_ = random.Random(20261130)
        for _ in range(50):
            x = array.array("d", (math.ldexp(any_.uniform(-1, 1), any_.randrange(-900, 900))
                                  for _ in range(any_.randrange(500))))
            parts, at = [], 0
            while at < len(x):
                to, part = at + any_.randrange(1, 100), yoke.Exact()
                if any_.random() < 0.5:
                    part.add(x[at:to])
                else:
                    for value in x[at:to]:
                        part += value
                parts.append(pickle.loads(pickle.dumps(part)))
                at = to
            any_.shuffle(parts)
            total = yoke.Exact()
            for part in parts:
                total += part
            self.assertEqual(total.round(), nearest(sum(map(Fraction, x))))
            self.assertEqual(bytes(total), bytes(yoke.Exact().add(x)))
            self.assertEqual((len(bytes(total)), float(total)), (560, total.round()))

    def test_products_and_integers(self):
        x, y = array.array("f", [0.1, 3e38, -7]), array.array("f", [1e-30, 3e38, 5])
        exact = sum(Fraction(a) * Fraction(b) for a, b in zip(x, y))
        self.assertEqual(yoke.Exact().add_products(x, y).round(), nearest(exact))
        for number in 2**200 + 1, -3**300, 7, 0, True, 10**18 + 1:
            total = yoke.Exact().add(number).add(array.array("q", [3]))
            self.assertEqual(total, yoke.Exact().add(3).add(number))
            self.assertEqual(total.round(), float(number + 3))
        self.assertEqual(yoke.Exact().add(2**200 + 1).add(-2.0**200).round(), 1)

    def test_copies_are_sums_of_their_own(self):
        one = yoke.Exact().add(1.5)
        for copied in copy.copy(one), copy.deepcopy(one), yoke.Exact.from_bytes(bytes(one)):
            self.assertEqual(copied, one)
            copied += 1
            self.assertNotEqual(copied, one)
        self.assertEqual(one.round(), 1.5)
        self.assertIn("1.5", repr(one))
        self.assertNotEqual(one, 1.5)

    def test_wrong_usage_says_what_is_right(self):
        one = yoke.Exact()
        for error, words, wrong in (
                (TypeError, "array", lambda: one.add("1")),
                (TypeError, "array", lambda: one.add(Fraction(1, 3))),
                (TypeError, "Exact", lambda: one.merge(1.0)),
                (yoke.Error, "", lambda: one.add_products(array.array("d", [1]), array.array("d"))),
                (ValueError, "560", lambda: yoke.Exact.from_bytes(b"")),
                (yoke.Error, "", lambda: yoke.Exact.from_bytes(b"\xff" * 560)),
                (TypeError, "bytes", lambda: yoke.Exact.from_bytes("text")),
                (TypeError, "unhashable", lambda: hash(one)),
                (OverflowError, "", lambda: one.add(10**400))):
            with self.assertRaisesRegex(error, words):
                wrong()
        self.assertEqual(one, yoke.Exact())


if __name__ == "__main__":
    unittest.main()
