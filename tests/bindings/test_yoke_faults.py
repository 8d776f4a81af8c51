"""What may go wrong in Python: errors without words, numbers that do not fit, Ctrl-C, locales."""
import ast
import ctypes
import decimal
import fractions
import gc
import json
import locale
import math
import os
import signal
import subprocess
import sys
import tempfile
import threading
import time
import unittest
from ctypes import c_int32, c_uint64
from pathlib import Path

import yoke

TESTS = Path(__file__).resolve().parents[1]
OLDEST = (3, 8)


def skipped(test, why):
    print(f"SKIPPED {test}: {why}", file=sys.stderr)
    raise unittest.SkipTest(why)


def raising(error):
    def function():
        raise error
    return function


class NoText(Exception):
    def __str__(self):
        return self.missing


class NoString(Exception):
    def __str__(self):
        return None


class Naughty(BaseException):
    def __str__(self):
        raise KeyboardInterrupt


class NoName(type):
    @property
    def __name__(cls):
        raise AttributeError


class Nameless(Exception, metaclass=NoName):
    pass


class Failures(unittest.TestCase):
    ERRORS = [NoText("x"), NoString("x"), Naughty(), Nameless("x"), ValueError("caf\udce9"),
              ValueError("a\0b"), ValueError("\u20ac" * 100000), SystemExit(3), KeyboardInterrupt(),
              StopIteration(5), GeneratorExit(), RecursionError(), MemoryError()]

    def setUp(self):
        self.server = yoke.Server(2)

    def tearDown(self):
        self.server.close()

    def test_every_error_fails_its_job_and_is_raised(self):
        got = []
        for error in self.ERRORS:
            job = self.server.submit(raising(error), callback=got.append, tries=2)
            follower = self.server.submit(int, after=[job])
            with self.assertRaises(type(error)) as caught:
                job()
            self.assertIs(caught.exception, error)
            self.assertEqual(job.state, yoke.State.FAILED)
            self.assertTrue(job.message)
            with self.assertRaises(yoke.Error):
                follower()
        self.server.wait()
        counts = self.server.get_statistics()
        self.assertEqual((got, counts["done"], counts["failed"], len(yoke._calls)),
                         ([], 0, len(self.ERRORS), 0))

    def test_a_callback_that_raises_is_told_and_counted(self):
        told, hook = [], sys.excepthook
        sys.excepthook = lambda kind, error, trace: told.append(kind)
        try:
            for error in NoText("x"), KeyboardInterrupt(), SystemExit(1):
                job = self.server.submit(int, callback=lambda _, error=error: raising(error)())
                self.assertEqual(job(), 0)
            sys.excepthook = raising(ValueError())
            self.server.submit(int, callback=lambda _: 1 // 0)()
        finally:
            sys.excepthook = hook
        self.assertEqual(told, [NoText, KeyboardInterrupt, SystemExit])
        self.assertEqual(self.server.get_statistics()["callbacks_failed"], 4)

    def test_output_of_any_text(self):
        job = self.server.submit(lambda: yoke.context().print("a\0b", "\udce9"))
        job()
        self.assertEqual(job.output, "a\\0b \\udce9\n")

    def test_a_context_ends_with_its_job(self):
        context = self.server.submit(yoke.context)()
        with self.assertRaises(LookupError):
            context.print("too late")

    def test_what_progress_raises_ends_the_sum(self):
        for server in None, self.server:
            for call, bound in (yoke.sum_primes, 10**19), (yoke.count_primes, 10**22), \
                    (yoke.sum_first_primes, 10**17):
                with self.assertRaises(NoText):
                    call(bound, server=server, progress=lambda *_: raising(NoText())())


class Arguments(unittest.TestCase):
    def setUp(self):
        self.server = yoke.Server(1)

    def tearDown(self):
        self.server.close()

    def refused(self, kinds, words, call, *arguments, **keywords):
        with self.assertRaisesRegex(kinds, words):
            call(*arguments, **keywords)

    def test_bind(self):
        for bind in None, "auto", "none", "spread", "close", "all":
            with yoke.Server(1, bind=bind) as server:
                self.assertEqual(server.submit(abs, (-3,))(), 3)
        with self.assertRaisesRegex(Exception, "clsoe"):
            yoke.Server(1, bind="clsoe")
        with self.assertRaisesRegex(TypeError, "bind is a str"):
            yoke.Server(1, bind=1)

    def test_numbers_that_do_not_fit_are_named(self):
        half = yoke.Kernel(ctypes.CDLL(None).abs, c_uint64)
        small = yoke.Kernel(ctypes.CDLL(None).abs, c_int32)
        cases = [
            ("n", yoke.sum_first_primes, 2**64 + 3, {}), ("n", yoke.sum_first_primes, -1, {}),
            ("workers", yoke.plan_primes, 100, {"workers": -1}),
            ("workers", yoke.plan_primes, 100, {"workers": 2**32 + 2}),
            ("ncpus", yoke.Server, -1, {}), ("ncpus", yoke.Server, 2**32 + 1, {}),
            ("queue_capacity", yoke.Server, 1, {"queue_capacity": -1}),
            ("queue_capacity", yoke.Server, 1, {"queue_capacity": 2**64 + 1}),
            ("ncpus", self.server.set_ncpus, -1, {}), ("ncpus", self.server.set_ncpus, 2**32 + 1, {}),
            ("priority", self.server.submit, int, {"priority": 2**32 + 1}),
            ("priority", self.server.submit, int, {"priority": -2**32}),
            ("tries", self.server.submit, int, {"tries": -1}),
            ("tries", self.server.submit, int, {"tries": 2**32 + 1}),
            ("argument", self.server.submit, half, {"args": (2**64 + 3,)}),
            ("argument", self.server.submit, half, {"args": (-1,)}),
            ("argument", self.server.submit, small, {"args": (2**31,)}),
            ("stop", yoke.sum_primes, 1e23, {})]
        for name, call, number, keywords in cases:
            self.refused((OverflowError, ValueError), name, call, number, **keywords)
        job = self.server.submit(lambda: yoke.context().progress(-1, 5))
        self.refused(ValueError, "done", job)
        self.assertEqual(self.server.get_ncpus(), 1)

    def test_fields_of_structures(self):
        class Base(ctypes.Structure):
            _fields_ = [("low", c_int32)]

        class Pair(Base):
            _fields_ = [("high", c_uint64), ("few", ctypes.c_uint8, 4)]
        kernel = yoke.Kernel(ctypes.CDLL(None).abs, Pair)
        made = kernel.made((1e3, 2.0, 15))
        self.assertEqual((made.low, made.high, made.few), (1000, 2, 15))
        for name, args in ("low", (2**31,)), ("high", (0, -1)), ("few", (0, 0, 16)):
            self.refused((OverflowError, ValueError), name, kernel.made, args)

    def test_whole_numbers_of_any_type(self):
        class Index:
            def __index__(self):
                return 1000
        for number in 1e3, fractions.Fraction(1000), Index():
            self.assertEqual(yoke.sum_primes(number), 76127)
            self.assertEqual(yoke.plan_primes(number, workers=number).algorithm,
                             yoke.plan_primes(1000).algorithm)
        self.assertEqual(yoke.sum_first_primes(1e1), (129, 29))
        self.assertEqual(yoke._whole("x", 1e22), 10**22)
        for number in 1.5, math.nan, math.inf:
            self.refused(ValueError, "stop", yoke.sum_primes, number)
        for number in "1000", None, 1j, [5]:
            self.refused(TypeError, "stop", yoke.sum_primes, number)

    def test_numbers_of_numpy(self):
        try:
            import numpy
        except ImportError:
            skipped(self.id(), "there is no numpy")
        for kind in (numpy.int64, numpy.uint16, numpy.float64, numpy.float32, numpy.array):
            self.assertEqual(yoke.sum_primes(kind(1000)), 76127)
        with yoke.Server(numpy.int32(2)) as server:
            job = server.submit(int, priority=numpy.int8(3), time_limit=numpy.float32(50))
            self.assertEqual((job(), job.wait(numpy.float64(0.5))), (0, True))
        self.refused(ValueError, "stop", yoke.sum_primes, numpy.float64(0.5))

    def test_times(self):
        for name in "time_limit", "deadline":
            self.refused(ValueError, name, self.server.submit, int, **{name: -0.5})
            self.refused(ValueError, name, self.server.submit, int, **{name: math.nan})
            self.refused(TypeError, name, self.server.submit, int, **{name: "5"})
            for forever in math.inf, 1e300, 1e10:
                self.assertEqual(self.server.submit(int, **{name: forever})(), 0)

        def until_cancelled():
            while not yoke.context().cancelled:
                time.sleep(0.001)
        for limit in "time_limit", "deadline":
            job = self.server.submit(until_cancelled, **{limit: 1e-12})
            self.assertTrue(job.wait(60))
            self.assertEqual(job.state, yoke.State.TIMED_OUT)
        self.refused(ValueError, "checkpoint_interval", yoke.sum_primes, 10,
                     checkpoint_interval=-1)
        for number in math.nan, decimal.Decimal("snan"):
            self.refused(ValueError, "timeout", job.wait, number)
        for forever in math.inf, -math.inf, -1, 1e300, 10**400, -10**400, decimal.Decimal("inf"):
            self.assertTrue(job.wait(forever))

    def test_what_is_no_algorithm_server_or_callable_is_said(self):
        submit, primes = self.server.submit, yoke.sum_primes
        self.refused(TypeError, "yoke.Algorithm.SIEVE", primes, 10, algorithm="sieve")
        self.refused(ValueError, "algorithm", primes, 10, algorithm=99)
        self.assertEqual(primes(10, algorithm=1), 17)
        self.refused(TypeError, "progress", primes, 10, progress=5)
        self.refused(TypeError, "server", primes, 10, server=2)
        self.refused(TypeError, "isa", primes, 10, isa=2)
        self.refused(ValueError, "checkpoint", primes, 10, checkpoint="a\0b")
        self.refused(TypeError, "PathLike", primes, 10, checkpoint=5)
        self.refused(yoke.Error, "", primes, 10, checkpoint="")
        self.refused(TypeError, "callback", submit, int, callback=5)
        self.refused(TypeError, "place", submit, int, place=5)
        self.refused(TypeError, "name", submit, int, name=b"x")
        self.refused(ValueError, "name", submit, int, name="a\0b")
        self.refused(ValueError, "place", submit, int, place="\udce9")
        self.refused(TypeError, "after", submit, int, after=[5])
        self.refused(TypeError, "after", submit, int, after=submit(int))
        self.refused(TypeError, "after_failed", submit, int, after_failed="run")
        self.refused(TypeError, "jobs", yoke.wait_any, [None])
        self.refused(TypeError, "Server", yoke.Group, None)
        self.refused(TypeError, "ctypes", yoke.Kernel, ctypes.CDLL(None).abs, int)
        self.refused(TypeError, "no arguments", submit, yoke.Kernel(ctypes.CDLL(None).abs), (1,))
        self.assertTrue(yoke.wait_all(submit(int) for _ in range(3)))
        self.server.wait()
        self.assertEqual(len(yoke._calls), 0)


class Lifetimes(unittest.TestCase):
    """What is still wanted stays, whoever else has dropped it."""

    def slowly(self):
        return time.sleep(0.1) or 5

    def test_a_job_keeps_its_server(self):
        opened = len(yoke._open)
        self.assertEqual(yoke.Server(1).submit(self.slowly)(), 5)
        self.assertEqual(yoke.Group(yoke.Server(1)).submit(self.slowly)(), 5)
        kernel = yoke.Kernel(ctypes.CDLL(None).labs)
        server = yoke.Server(1)
        server.submit(self.slowly)
        job = server.submit(kernel)
        del server
        self.assertTrue(job.wait(60))
        self.assertNotEqual(job.state, yoke.State.CANCELLED)
        del job
        gc.collect()
        self.assertEqual(len(yoke._open), opened)

    def test_a_server_ends_with_the_last_of_its_jobs(self):
        """Also where that drops itself, on a worker of the server that is to end then."""
        opened, held = len(yoke._open), []
        held.append(yoke.Server(1).submit(lambda: self.slowly() and held.clear()))
        for _ in range(600):
            if len(yoke._open) == opened:
                break
            time.sleep(0.1)
        self.assertEqual((held, len(yoke._open)), ([], opened))

    def test_calls_keep_the_jobs_of_a_generator(self):
        with yoke.Server(1) as server:
            def jobs():
                return (server.submit(self.slowly) for _ in range(3))
            handles = yoke._handles("jobs", jobs())
            self.assertEqual([job() for job in handles.jobs], [5, 5, 5])
            self.assertTrue(yoke.wait_all(jobs()))
            self.assertIn(yoke.wait_any(jobs()), range(3))
            self.assertEqual(server.submit(int, after=jobs())(), 0)


SLOW = """
import signal, sys, time, yoke
signal.signal(signal.SIGINT, signal.default_int_handler)
def slow():
    while True:
        time.sleep(0.01)
def ready():
    print("ready", flush=True)
"""


class CtrlC(unittest.TestCase):
    """Each program would run for hours; the generous minute is for busy machines."""

    def interrupted(self, program, times, status=-signal.SIGINT):
        """What it prints when Ctrl-C comes as often, a moment after it is ready."""
        with subprocess.Popen([sys.executable, "-W", "error", "-c", SLOW + program], text=True,
                              stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
            self.assertEqual(process.stdout.readline(), "ready\n")
            for _ in range(times):
                self.assertIsNone(process.poll(), program)
                time.sleep(0.5)
                process.send_signal(signal.SIGINT)
            try:
                process.wait(60)
            except subprocess.TimeoutExpired:
                process.kill()
                self.fail(f"deaf to Ctrl-C: {program}")
            self.assertEqual(process.returncode, status, process.stderr.read())
            return process.stdout.read()

    def test_sums(self):
        for call in ("sum_primes(10**17)", "sum_first_primes(10**17)", "count_primes(10**23)",
                     "sum_primes(10**17, server=server)",
                     "sum_primes(10**16, algorithm=yoke.Algorithm.SIEVE)"):
            self.interrupted(f"server = yoke.Server(2); ready(); yoke.{call}", 1)

    def test_a_sum_leaves_nothing_behind(self):
        program = """
server = yoke.Server(2)
ready()
try:
    yoke.sum_primes(10**18, server=server)
except KeyboardInterrupt:
    print(yoke.sum_primes(10**6, server=server), server.get_statistics()["running"])
"""
        self.assertEqual(self.interrupted(program, 1, status=0), "37550402023 0\n")

    def test_the_second_ends_the_process(self):
        opened = "server = yoke.Server(1); job = server.submit(slow); "
        for wait in ("job()", "server.wait()", "yoke.wait_any([job])"):
            self.interrupted(opened + "ready(); " + wait, 2)
        self.interrupted("with yoke.Server(1) as server: server.submit(slow); ready(); "
                         "server.wait()", 2)
        self.interrupted("group = yoke.Group(yoke.Server(1)); group.submit(slow); ready(); "
                         "group.wait()", 2)
        self.assertEqual(self.interrupted("""
def work():
    server = yoke.Server(1)
    job = server.submit(slow)
    ready()
    job()
try:
    work()
except KeyboardInterrupt:
    print("caught")
""", 2), "caught\n")

    def test_closing_at_the_end_of_the_program(self):
        """What was printed before is not lost."""
        self.assertEqual(self.interrupted(
            "server = yoke.Server(1); started = []\n"
            "server.submit(lambda: (started.append(1), slow()))\n"
            "while not started: time.sleep(0.01)\n" # else it is cancelled before it runs
            "ready(); print('last words')", 1), "last words\n")

    def test_a_full_queue(self):
        self.interrupted("server = yoke.Server(1, queue_capacity=1); started = []\n"
                         "server.submit(lambda: (started.append(1), slow()))\n"
                         "while not started: time.sleep(0.01)\n"
                         "server.submit(slow); ready(); server.submit(slow)", 2)


class Locales(unittest.TestCase):
    def test_statistics_and_traces_with_a_comma_and_another_encoding(self):
        with tempfile.TemporaryDirectory() as folder:
            made = subprocess.run(["sh", TESTS / "harness/comma_locale.sh", folder])
            if made.returncode:
                skipped(self.id(), "no locale with a decimal comma; it needs localedef (libc-bin)")
            program = """
import json, locale, sys, yoke
locale.setlocale(locale.LC_ALL, "comma")
assert locale.format_string("%.1f", 0.5) == "0,5"
server = yoke.Server(1, trace=True)
server.submit(int, name="Gr\\xf6\\xdfe\\u20ac")()
assert server.get_statistics()["elapsed_seconds"] > 0
server.write_trace(sys.argv[1] + "/trace.json")
print(yoke.plan_primes(10**9).reason)
"""
            environment = {**os.environ, "LOCPATH": folder, "PYTHONUTF8": "0",
                           "PYTHONCOERCECLOCALE": "0", "LC_ALL": "C"}
            subprocess.run([sys.executable, "-c", program, folder], env=environment, check=True,
                           stdout=subprocess.DEVNULL)
            trace = json.loads(Path(folder, "trace.json").read_bytes().decode())
        self.assertIn("Größe\u20ac", json.dumps(trace, ensure_ascii=False))


class Threads(unittest.TestCase):
    def test_all_calls_from_several_threads(self):
        def use(seed, found):
            with yoke.Server(1) as server:
                jobs = [server.submit(pow, (seed, 3)) for _ in range(20)]
                found.append((sum(job() for job in jobs), yoke.sum_primes(10**6)))
        found = []
        threads = [threading.Thread(target=use, args=(3, found)) for _ in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        self.assertEqual(found, [(540, 37550402023)] * 8)

    def test_the_interpreter_ends_with_all_at_work(self):
        program = """
import threading, time, yoke
server = yoke.Server(2)
jobs = [server.submit(lambda: [time.sleep(0.001) for _ in range(100)]) for _ in range(50)]
threading.Thread(target=yoke.sum_primes, args=(10**17,), daemon=True).start()
threading.Thread(target=jobs[49].wait, daemon=True).start()
"""
        ended = subprocess.run([sys.executable, "-W", "error", "-c", program], timeout=100,
                               capture_output=True, text=True)
        self.assertEqual((ended.returncode, ended.stderr), (0, ""))


class Source(unittest.TestCase):
    def test_the_oldest_python_reads_it(self):
        ast.parse(Path(yoke.__file__).read_text(encoding="utf-8"), feature_version=OLDEST)


if __name__ == "__main__":
    unittest.main()
