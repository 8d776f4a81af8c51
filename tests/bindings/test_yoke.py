"""lib/bindings/yoke.py against the library that YOKE_LIBRARY names. CC compiles what is in C."""
import ctypes
import gc
import os
import random
import re
import subprocess
import tempfile
import threading
import time
import unittest
from ctypes import c_double, c_uint64
from pathlib import Path

import yoke

ROOT = Path(__file__).resolve().parents[2]
STRUCTURES = {"yoke_task": yoke.TaskStructure, "yoke_server_options": yoke.ServerOptionsStructure,
              "yoke_primes_options": yoke.PrimesOptionsStructure,
              "yoke_primes_plan": yoke.PlanStructure, "yoke_loop": yoke.LoopStructure,
              "yoke_map_options": yoke.MapOptionsStructure, "yoke_array": yoke.ArrayStructure,
              "yoke_number": yoke.NumberUnion, "yoke_exact": yoke.ExactStructure,
              "yoke_reduction": yoke.ReductionStructure, "yoke_part": yoke.PartStructure,
              "yoke_item": yoke.ItemStructure,
              "yoke_uint128": yoke.Uint128, "yoke_uint256": yoke.Uint256}
ENUMERATIONS = {"STATUS": (yoke.Status, "YOKE_"), "STATE": (yoke.State, "YOKE_STATE_"),
                "ALGORITHM": (yoke.Algorithm, "YOKE_ALGORITHM_"),
                "AFTER": (yoke.AfterPolicy, "YOKE_AFTER_")}
KERNELS = """
#include <yoke/yoke.h>
yoke_status half(yoke_context *context, const void *argument, void *result)
{
    uint64_t number = *(const uint64_t *)argument;
    if (number == 13)
        return yoke_context_fail(context, YOKE_JOB_FAILED, "%s", "no luck");
    *(double *)result = (double)number / 2;
    return YOKE_OK;
}
"""


def compiled(source, *options):
    """What the C compiler makes of the source: a file in a folder that is removed at the end."""
    folder = tempfile.TemporaryDirectory()
    path = Path(folder.name) / "compiled"
    subprocess.run([*os.environ.get("CC", "cc").split(), "-std=c11", f"-I{ROOT / 'include'}", "-x", "c",
                    "-", "-o", path, *options], input=source, text=True, check=True)
    return path, folder


def layouts(structures, header):
    """Sizes and places of the structures and their fields: as C has them, and as Python has."""
    lines = ["#include <stdio.h>", f"#include <{header}>", "int main(void) {"]
    declared = []
    for name, structure in structures.items():
        lines.append(f'printf("%zu\\n", sizeof({name}));')
        declared.append(ctypes.sizeof(structure))
        for field, *_ in structure._fields_:
            lines.append(f'printf("%zu %zu\\n", offsetof({name}, {field}), '
                         f'sizeof((({name} *)0)->{field}));')
            place = getattr(structure, field)
            declared += [place.offset, place.size]
    program, folder = compiled("\n".join(lines + ["}"]))
    found = subprocess.run([program], capture_output=True, text=True, check=True).stdout
    folder.cleanup()
    return [int(word) for word in found.split()], declared


class Declarations(unittest.TestCase):
    def test_structures_are_those_of_the_headers(self):
        self.assertEqual(*layouts(STRUCTURES, "yoke/yoke.h"))

    def test_enumerations_are_those_of_the_headers(self):
        text = "".join(path.read_text() for path in (ROOT / "include/yoke").glob("*.h"))
        text = re.sub(r"/\*.*?\*/", "", text, flags=re.S)
        for kind, (enumeration, prefix) in ENUMERATIONS.items():
            body = next(body for body in re.findall(r"enum \w+ \{(.*?)\}", text, flags=re.S)
                        if prefix + enumeration(0).name in body)
            names = [re.split(r"[\s=]", name.strip())[0] for name in body.split(",")]
            self.assertEqual(names, [prefix + member.name for member in enumeration], kind)


class Jobs(unittest.TestCase):
    def setUp(self):
        self.server = yoke.Server(2)

    def tearDown(self):
        self.server.close()

    def test_results_are_python_objects(self):
        job = self.server.submit(lambda *a, **k: [a, k], (1, "two"), {"three": 3})
        self.assertEqual(job(), [(1, "two"), {"three": 3}])
        self.assertIs(job(), job())
        self.assertEqual((job.state, job.message), (yoke.State.DONE, ""))

    def test_what_the_function_raises_the_job_raises(self):
        job = self.server.submit(lambda: {}["key"])
        for _ in range(2):
            with self.assertRaisesRegex(KeyError, "key"):
                job()
        self.assertEqual(job.state, yoke.State.FAILED)
        self.assertEqual(job.message, "KeyError: 'key'")

    def test_tries(self):
        tries = []

        def second_time_lucky():
            tries.append(yoke.context().attempt)
            return 1 // (len(tries) - 1)
        self.assertEqual(self.server.submit(second_time_lucky, tries=3)(), 1)
        self.assertEqual(tries, [1, 2])

    def test_kernels_in_c(self):
        path, folder = compiled(KERNELS, "-shared", "-fPIC", "-x", "none", os.environ["YOKE_LIBRARY"])
        half = yoke.Kernel(ctypes.CDLL(str(path)).half, c_uint64, c_double)
        jobs = [self.server.submit(half, (n,)) for n in range(20)]
        for n, job in enumerate(jobs):
            if n != 13:
                self.assertEqual(job(), n / 2)
        with self.assertRaisesRegex(yoke.Error, "no luck") as caught:
            jobs[13]()
        self.assertEqual(caught.exception.status, yoke.Status.JOB_FAILED)
        folder.cleanup()

    def test_jobs_that_wait_for_jobs(self):
        def fibonacci(n):
            if n < 2:
                return n
            jobs = [self.server.submit(fibonacci, (n - i,)) for i in (1, 2)]
            return sum(job() for job in jobs)
        self.assertEqual(self.server.submit(fibonacci, (10,))(), 55)

    def test_waiting_for_oneself_is_refused(self):
        jobs, ready = [], threading.Event()

        def wait_for_myself():
            ready.wait()
            return jobs[0]()
        jobs.append(self.server.submit(wait_for_myself))
        ready.set()
        with self.assertRaises(yoke.Error) as caught:
            jobs[0]()
        self.assertEqual(caught.exception.status, yoke.Status.DEADLOCK)

    def test_callbacks_get_results(self):
        total = []
        for n in range(100):
            self.server.submit(lambda n: n * n, (n,), callback=total.append)
        failing = self.server.submit(lambda: 1 // 0, callback=total.append)
        self.assertTrue(self.server.wait())
        self.assertEqual(sum(total), 328350)
        self.assertEqual(failing.state, yoke.State.FAILED)
        self.assertEqual((failing.state.text, yoke.State.TIMED_OUT.text), ("failed", "timed out"))

    def test_context(self):
        def tell():
            me = yoke.context()
            me.print("100 % of", 2)
            me.progress(3, 4)
            return me.worker, me.place, me.cancelled
        job = self.server.submit(tell)
        worker, place, cancelled = job()
        self.assertTrue(0 <= worker < 2 and place and not cancelled)
        self.assertEqual((job.output, job.progress), ("100 % of 2\n", (3, 4)))
        self.assertTrue(0 < job.busy < 60)
        with self.assertRaises(LookupError):
            yoke.context()

    def test_cancelling(self):
        started = threading.Event()

        def until_cancelled():
            started.set()
            while not yoke.context().cancelled:
                time.sleep(0.001)
            raise RuntimeError("told to leave")
        job = self.server.submit(until_cancelled)
        follower = self.server.submit(int, after=[job])
        started.wait()
        job.cancel()
        self.assertTrue(job.wait(60))
        for ended in job, follower:
            with self.assertRaises(yoke.Error) as caught:
                ended()
            self.assertEqual(caught.exception.status, yoke.Status.CANCELLED)

    def test_results_of_those_before(self):
        def add_to_all():
            return 1 + sum(job() for job in yoke.context().after)
        last = self.server.submit(list, ([1],))
        last = self.server.submit(lambda: len(yoke.context().after[0]()), after=[last])
        for _ in range(100):
            last = self.server.submit(add_to_all, after=[last, last])
        self.assertEqual(last(), 2 ** 101 - 1)
        self.assertEqual(self.server.submit(lambda: yoke.context().after)(), ())
        failing = self.server.submit(int, ("seven",))
        ran = self.server.submit(lambda: yoke.context().after[0](), after=[failing],
                                 after_failed=yoke.AfterPolicy.RUN)
        self.assertRaises(ValueError, ran)
        first = self.server.submit(int, (5,))
        kept = self.server.submit(lambda: yoke.context().after[0], after=[first])
        del first
        self.assertEqual(kept()(), 5)

    def test_jobs_by_the_addresses_that_they_touch(self):
        cells = [(c_uint64 * 1)(1) for _ in range(8)]
        right, cell, any_ = [1] * 8, lambda: any_.randrange(8), random.Random(20261130)

        def add(a, b, to):
            to[0] += a[0] + b[0]
        for owner in self.server, yoke.Group(self.server):
            for _ in range(200):
                a, b, to = cell(), cell(), cell()
                right[to] = (right[to] + right[a] + right[b]) % 2**64
                reads = [cells[a], ctypes.addressof(cells[b])]
                owner.submit(add, (cells[a], cells[b], cells[to]), reads=reads, writes=(cells[to],))
            owner.wait()
            self.assertEqual([each[0] for each in cells], right)
        for wrong in cells[0], 5, None, [None], ["text"], [-1]:
            with self.assertRaises((TypeError, ValueError)):
                self.server.submit(int, reads=wrong)

    def test_timeouts(self):
        gate = threading.Event()
        job = self.server.submit(gate.wait)
        self.assertFalse(job.wait(0.01))
        self.assertFalse(yoke.wait_all([job], 0))
        self.assertIsNone(yoke.wait_any([job], 0))
        gate.set()
        self.assertEqual(yoke.wait_any([job]), 0)
        self.assertTrue(yoke.wait_all([job, job]))

    def test_time_limit(self):
        def until_cancelled():
            while not yoke.context().cancelled:
                time.sleep(0.001)
        job = self.server.submit(until_cancelled, time_limit=0.01)
        with self.assertRaises(yoke.Error) as caught:
            job()
        self.assertEqual(caught.exception.status, yoke.Status.TIMED_OUT)

    def test_groups(self):
        group = yoke.Group(self.server)
        jobs = [group.submit(pow, (2, n)) for n in range(50)]
        self.assertTrue(group.wait())
        self.assertTrue(all(job.state == yoke.State.DONE for job in jobs))
        self.assertEqual(jobs[49](), 2**49)
        gate, arrivals = threading.Event(), threading.Barrier(3)
        for _ in range(2):
            group.submit(lambda: (arrivals.wait(), gate.wait()))
        arrivals.wait()
        queued = group.submit(int)
        group.cancel()
        gate.set()
        self.assertTrue(group.wait(60))
        self.assertEqual(queued.state, yoke.State.CANCELLED)

    def test_nothing_is_kept_of_jobs_that_ended(self):
        class Result:
            alive = 0

            def __init__(self):
                Result.alive += 1

            def __del__(self):
                Result.alive -= 1
        for _ in range(100):
            self.server.submit(Result)
        self.server.wait()
        gc.collect()
        self.assertEqual((Result.alive, len(yoke._calls)), (0, 0))

    def test_statistics(self):
        self.server.submit(int)()
        self.assertEqual(self.server.get_statistics()["done"], 1)
        self.assertEqual(self.server.get_ncpus(), 2)
        self.server.set_ncpus(3)
        self.assertEqual(self.server.get_ncpus(), 3)

    def test_wrong_usage_says_what_is_right(self):
        with self.assertRaisesRegex(TypeError, "callable"):
            self.server.submit(5)
        with self.assertRaisesRegex(yoke.Error, "numa") as caught:
            self.server.submit(int, place="moon:1")
        self.assertEqual(caught.exception.status, yoke.Status.INVALID)
        self.assertEqual(len(yoke._calls), 0)
        with self.assertRaises(yoke.Error):
            yoke.Server(1_000_000)
        self.server.close()
        with self.assertRaises(yoke.Error) as caught:
            self.server.submit(int)
        self.assertEqual(caught.exception.status, yoke.Status.CLOSED)

    @unittest.skipIf(hasattr(yoke._library, "__kmpc_global_thread_num"),
                     "LLVM's OpenMP library keeps its threads")
    def test_a_server_that_a_job_drops_last_ends_by_itself(self):
        gate, workers = threading.Event(), len(os.listdir("/proc/self/task"))

        def keep(server, gate):
            gate.wait()
            del server
        server = yoke.Server(1)
        server.submit(keep, (server, gate))
        del server
        gate.set()
        end = time.monotonic() + 30
        while len(os.listdir("/proc/self/task")) > workers and time.monotonic() < end:
            time.sleep(0.01)
        self.assertLessEqual(len(os.listdir("/proc/self/task")), workers)

    def test_trace(self):
        with tempfile.TemporaryDirectory() as folder, yoke.Server(1, trace=True) as server:
            server.submit(int, name="a name")()
            for form in ("svg", "html", "json"):
                path = Path(f"{folder}/trace.{form}")
                server.write_trace(path)
                self.assertIn("a name", path.read_text())
                self.assertEqual("<!doctype" in path.read_text(), form == "html")


class Primes(unittest.TestCase):
    def test_sums_and_counts(self):
        self.assertEqual(yoke.sum_primes(10**6), 37550402023)
        self.assertEqual(yoke.count_primes(10, 20), 4)
        self.assertEqual(yoke.sum_primes(20, 10), 0)
        self.assertEqual(yoke.sum_first_primes(10), (129, 29))
        self.assertEqual(yoke.sum_primes(10**5, algorithm=yoke.Algorithm.TRIAL), 454396537)
        self.assertEqual(list(yoke.primes(-5, 30)), [2, 3, 5, 7, 11, 13, 17, 19, 23, 29])
        self.assertEqual(yoke.count_primes(2**64 - 100, 2**64), 3)
        with yoke.Server(2) as server:
            self.assertEqual(yoke.sum_primes(10**11, server=server), 201467077743744681014)

    def test_options(self):
        told = []
        with yoke.Server(2) as server:
            yoke.sum_primes(10**9, server=server, algorithm=yoke.Algorithm.SIEVE,
                            progress=lambda done, total: told.append((done, total)))
        self.assertEqual(told[0][0], 0)
        self.assertEqual(told[-1][0], told[-1][1])
        self.assertEqual(told, sorted(told))
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "checkpoint"
            self.assertEqual(yoke.sum_primes(10**7, checkpoint=path), 3203324994356)
            with self.assertRaises(yoke.Error):
                yoke.sum_primes(10**7, checkpoint=path)
            self.assertEqual(yoke.count_primes(10**7, checkpoint=path, resume=True), 664579)
        self.assertEqual(yoke.count_primes(10**6, isa="portable", double_check=True), 78498)
        with self.assertRaisesRegex(yoke.Error, "abacus"):
            yoke.sum_first_primes(10**6, isa="abacus")
        self.assertIn(yoke.primes_isa(), ("portable", "avx2", "avx512", "neon"))

    def test_plans(self):
        self.assertEqual(yoke.plan_primes(10**15).algorithm, yoke.Algorithm.COMBINATORIAL)
        self.assertGreater(yoke.plan_primes(10**20).seconds, yoke.plan_primes(10**19).seconds)

    def test_wrong_intervals(self):
        for wrong in ((), (1, 2, 3)):
            with self.assertRaises(TypeError):
                yoke.sum_primes(*wrong)
        for wrong in yoke.primes(2**64 + 1), yoke.primes(2**200):
            with self.assertRaises(OverflowError):
                next(iter(wrong))
        with self.assertRaises(OverflowError):
            yoke.sum_primes(2**128)
        with self.assertRaises(yoke.Error) as caught:
            yoke.sum_primes(10**27)
        self.assertEqual(caught.exception.status, yoke.Status.INVALID)


if __name__ == "__main__":
    unittest.main()
