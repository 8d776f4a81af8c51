"""lib/bindings/yoke_cluster.py: test_cluster.py SERVERS CREDENTIALS, with two nodes that know the
kernels "trial", "fail", "block" and "sum_part". YOKE_LIBRARY names libyoke.so; CC compiles what is in
C."""
import ast
import ctypes
import gc
import operator
import os
import subprocess
import sys
import unittest
from pathlib import Path

import yoke
import yoke_cluster
from test_map_reduce import KERNELS
from test_yoke import compiled, layouts
from yoke_cluster import Cluster

STRUCTURES = {"yoke_blob_id": yoke_cluster.BlobIdStructure,
              "yoke_cluster_options": yoke_cluster.ClusterOptionsStructure,
              "yoke_cluster_statistics": yoke_cluster.ClusterStatisticsStructure,
              "yoke_node_info": yoke_cluster.NodeInfoStructure}
TRIAL = yoke.NamedKernel("trial", 1, result_size=16)
FAIL = yoke.NamedKernel("fail", 1)
SUM_PART = yoke.NamedKernel("sum_part", 1, result_size=8)
# A durable program that does not leave the cluster by itself. What is registered first comes last.
FORGETFUL = """
import atexit
import sys
atexit.register(lambda: print("left" if cluster._connection.handle.value is None else "there"))
import yoke
import yoke_cluster
import test_cluster
cluster = yoke_cluster.Cluster(*sys.argv[1:], name="forgetful", durable=True)
server = yoke.Server(cluster=cluster)
job = server.submit(test_cluster.TRIAL, (test_cluster.packed(0, 100),), key="kept")
job.wait()
"""


class Interval(ctypes.LittleEndianStructure):
    _fields_ = [("lo", ctypes.c_uint64), ("hi", ctypes.c_uint64)]


def packed(*numbers):
    return b"".join(number.to_bytes(8, "little") for number in numbers)


class Declarations(unittest.TestCase):
    def test_structures_are_those_of_the_header(self):
        self.assertEqual(*layouts(STRUCTURES, "yoke/cluster.h"))

    def test_the_oldest_python_reads_it(self):
        ast.parse(Path(yoke_cluster.__file__).read_text(encoding="utf-8"), feature_version=(3, 8))

    def test_an_installation_without_the_cluster_says_so(self):
        code = "import yoke; yoke._library._name = '/nowhere/libyoke.so'; import yoke_cluster"
        environment = {**os.environ, "LD_LIBRARY_PATH": ""}
        found = subprocess.run([sys.executable, "-c", code], env=environment, capture_output=True,
                               text=True)
        if found.returncode == 0:
            self.skipTest("another one is installed")
        self.assertRegex(found.stderr, "ImportError: .*libyoke_cluster.*make install")


class Jobs(unittest.TestCase):
    def setUp(self):
        self.cluster = Cluster(*WHERE, name="python")
        self.addCleanup(self.cluster.close)
        self.server = yoke.Server(cluster=self.cluster)

    def refused(self, status, call, *arguments, **keywords):
        with self.assertRaises(yoke.Error) as caught:
            call(*arguments, **keywords)
        self.assertEqual(caught.exception.status, status)
        return str(caught.exception)

    def test_results_are_bytes(self):
        jobs = [self.server.submit(TRIAL, (packed(0, 100 + n),)) for n in range(10)]
        self.assertTrue(yoke.wait_all(jobs))
        for n, job in enumerate(jobs):
            self.assertEqual(job(), yoke.sum_primes(100 + n).to_bytes(16, "little"))
            self.assertEqual(job.state, yoke.State.DONE)
        self.assertEqual(self.server.get_ncpus(), 0)
        self.assertEqual(self.server.get_statistics()["done"], 10)
        group = yoke.Group(self.server)
        job = group.submit(TRIAL, (bytearray(packed(0, 10)),), after=jobs, deliveries=3)
        self.assertTrue(group.wait())
        self.assertEqual(job(), packed(17, 0))

    def test_failures_have_their_message(self):
        job = self.server.submit(FAIL)
        self.assertIn("too much of it", self.refused(yoke.Status.JOB_FAILED, job))
        self.assertEqual(job.message, "too much of it")

    def test_a_job_waits_for_its_node(self):
        job = self.server.submit(TRIAL, (packed(0, 10),), node="nobody")
        self.assertFalse(job.wait(0.05))
        job.cancel()
        self.refused(yoke.Status.CANCELLED, job)
        self.assertEqual(self.server.submit(TRIAL, (packed(0, 10),), node="node")(), packed(17, 0))

    def test_what_only_this_process_can_run_is_refused(self):
        self.refused(yoke.Status.INVALID, self.server.submit, lambda: 1)
        self.refused(yoke.Status.INVALID, self.server.submit, FAIL, key="not.durable")
        self.refused(yoke.Status.INVALID, self.server.collect)
        with yoke.Server(1) as local:
            self.refused(yoke.Status.INVALID, local.submit, FAIL)

    def test_one_server_at_a_time(self):
        self.refused(yoke.Status.INVALID, yoke.Server, cluster=self.cluster)
        self.server.close()
        with yoke.Server(1, cluster=self.cluster) as server:
            self.assertEqual(server.submit(lambda: 1)(), 1)
            self.assertEqual(server.submit(TRIAL, (packed(0, 10),))(), packed(17, 0))
        with yoke.Server(yoke.ALL, cluster=self.cluster) as server:
            self.assertGreaterEqual(server.get_ncpus(), 1)

    def test_closing_the_cluster_closes_its_server(self):
        job = self.server.submit(TRIAL, (packed(0, 10),))
        job.wait()
        self.cluster.close()
        self.cluster.close()
        self.assertEqual(job(), packed(17, 0))
        self.assertEqual(self.server.get_statistics()["done"], 1)
        self.refused(yoke.Status.CLOSED, self.server.submit, FAIL)
        self.refused(yoke.Status.CLOSED, self.cluster.put, b"blob")
        self.refused(yoke.Status.CLOSED, yoke.Server, cluster=self.cluster)

    def test_garbage_leaves_the_cluster(self):
        cluster = Cluster(*WHERE, name="garbage", durable=True)
        server = yoke.Server(cluster=cluster)
        cycle = [cluster, server]
        cycle.append(cycle)
        del cluster, server, cycle
        gc.collect()
        Cluster(*WHERE, name="garbage", durable=True).close()  # the name is free

    def test_blobs(self):
        blob = self.cluster.put(memoryview(b"\1\2\3" * 1000))
        self.assertEqual(blob, self.cluster.put(b"\1\2\3" * 1000))
        kernel = yoke.NamedKernel("block", 1, 8)
        self.assertEqual(self.server.submit(kernel, (blob + packed(0),))(), packed(6000))
        self.cluster.forget(blob)
        other = self.cluster.put(b"other")
        self.cluster.forget(other)
        self.refused(yoke.Status.JOB_FAILED, self.server.submit(kernel, (other + packed(0),)))

    def test_nodes_and_statistics(self):
        self.server.submit(TRIAL, (packed(0, 100),))()
        node, other = sorted(self.cluster.nodes(1), key=lambda each: each["name"])
        self.assertEqual(other["name"], "other")
        self.assertEqual((node["name"], node["version"], node["workers"]),
                         ("node", yoke.version(), 1))
        self.assertIn("trial.1", node["kernels"].split())
        self.assertLess(node["latency_seconds"], 1)
        statistics = self.cluster.get_statistics()
        self.assertGreaterEqual(statistics["bytes_received"], 16)
        self.assertGreater(statistics["latency_seconds"], 0)
        self.assertNotIn("size", statistics)

    def taken(self):
        """How many jobs each of the nodes has taken up to now."""
        return {node["name"]: node["taken"] for node in self.cluster.nodes(1)}

    def test_sums_over_two_nodes(self):
        path, folder = compiled(KERNELS, "-shared", "-fPIC", "-x", "none", os.environ["YOKE_LIBRARY"])
        c, zero = ctypes.CDLL(str(path)), ctypes.c_double(0)
        right = yoke.parallel_reduce(c.add, c.combine, zero, 7, 100007, grain=20,
                                     argument=ctypes.c_uint64(3))
        before = self.taken()
        for combine in operator.add, c.combine:
            self.assertEqual(yoke.map_reduce(SUM_PART, combine, zero, 7, 100007, grain=20,
                                             input=packed(3), server=self.server), right)
        after = self.taken()
        self.assertEqual(before.keys(), {"node", "other"})
        for name in before:
            self.assertGreater(after[name], before[name])
        text = self.refused(yoke.Status.OVERFLOW, yoke.map_reduce, SUM_PART, operator.add, zero,
                            100000, grain=20, input=packed(0), server=self.server)
        self.assertIn("0 has no reciprocal", text)
        folder.cleanup()

    def test_a_kernel_of_this_process_runs_on_nodes_under_its_name(self):
        kernel = yoke.Kernel(ctypes.CDLL(None).labs, Interval, Interval)
        self.refused(yoke.Status.INVALID, self.server.submit, kernel, (0, 10))
        self.refused(yoke.Status.INVALID, yoke_cluster.register_kernel, "trial", 0, kernel)
        self.assertRaises(TypeError, yoke_cluster.register_kernel, "trial", 1, FAIL)
        yoke_cluster.register_kernel("trial", 1, kernel)
        self.assertEqual(self.server.submit(kernel, (0, 10))().lo, 17)

    def test_arguments_are_looked_at(self):
        self.assertRaises(TypeError, yoke.Server, cluster="cluster")
        self.assertRaises(TypeError, self.server.submit, TRIAL, packed(0, 10))
        self.assertRaises(TypeError, self.server.submit, TRIAL, ("text",))
        self.assertRaises(TypeError, self.server.submit, TRIAL, (b"", b""))
        self.assertRaises(TypeError, self.server.submit, FAIL, key=1)
        self.assertRaises(ValueError, yoke.NamedKernel, "trial", 0)
        self.assertRaises(TypeError, self.cluster.put, "text")
        self.assertRaises(ValueError, self.cluster.forget, b"short")
        self.assertRaises(ValueError, Cluster, *WHERE, timeout=-1)
        self.refused(yoke.Status.INVALID, Cluster, *WHERE, durable=True)
        self.refused(yoke.Status.SYSTEM, Cluster, "127.0.0.1:1", timeout=1)


class Keys(unittest.TestCase):
    def test_jobs_with_a_key_outlive_their_program(self):
        sum_of_100 = packed(1060, 0)
        with Cluster(*WHERE, name="durable", durable=True) as cluster:
            server = yoke.Server(cluster=cluster)
            job = server.submit(TRIAL, (packed(0, 100),), key="a.key")
            again = server.submit(TRIAL, (packed(0, 100),), key="a.key")
            self.assertEqual(again(), sum_of_100)
            del again
        self.assertEqual(job(), sum_of_100)
        with Cluster(*WHERE, name="durable", durable=True) as cluster:
            server = yoke.Server(cluster=cluster)
            for key, job in server.collect():
                self.assertEqual((key, job()), ("a.key", sum_of_100))
            self.assertEqual(key, "a.key")
            self.assertEqual(len(list(server.collect())), 1)
            del job
            self.assertEqual(list(server.collect()), [])

    def test_a_program_that_ends_leaves_the_cluster(self):
        found = subprocess.run([sys.executable, "-c", FORGETFUL, *WHERE], capture_output=True,
                               text=True, check=True, cwd=Path(__file__).parent)
        self.assertEqual((found.stdout, found.stderr), ("left\n", ""))
        with Cluster(*WHERE, name="forgetful", durable=True) as cluster:
            (key, job), = yoke.Server(cluster=cluster).collect()
            self.assertEqual((key, job()), ("kept", packed(1060, 0)))


if __name__ == "__main__":
    WHERE = [sys.argv.pop(1), sys.argv.pop(1)]
    unittest.main()
