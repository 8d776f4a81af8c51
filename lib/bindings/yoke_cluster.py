"""The cluster from Python: jobs of a server on other machines.

    import yoke
    from yoke_cluster import Cluster

    sum_primes = yoke.NamedKernel("sum_primes", 1, result_size=16)  # by name: no code travels
    argument = b"".join(n.to_bytes(8, "little") for n in (0, 10**9))
    with Cluster(credentials="yoke-hub/credentials") as cluster:
        with yoke.Server(cluster=cluster) as server:                # no workers here
            job = server.submit(sum_primes, (argument,))
            print(int.from_bytes(job(), "little"))                  # 24739512092254535

yoke/cluster.h is the manual for everything that is named alike here. Arguments and results are
bytes that mean the same on every machine. Nodes run kernels from C: `yoke node`, or a program.

Not here, because they are for nodes and their kernels, which are programs in C: yoke_node_*,
yoke_blob_*, yoke_kernel_register_primes.

Needs libyoke_cluster.so, which `make install` builds where libnats is found: the one beside
libyoke.so, else the one that the system's linker finds.
"""

from __future__ import annotations

import atexit
import ctypes
import os
import threading
import weakref
from ctypes import (POINTER, Structure, byref, c_bool, c_char_p, c_double, c_int, c_int64, c_size_t,
                    c_uint, c_uint64, c_void_p, sizeof)
from pathlib import Path
from typing import Any, Callable, Dict, List, Optional, Set, Union

import yoke

__all__ = ["Cluster", "register_kernel"]

# ---- the library -------------------------------------------------------------------------------


class BlobIdStructure(Structure):
    _fields_ = [("bytes", ctypes.c_ubyte * 40)]


class ClusterOptionsStructure(Structure):
    _fields_ = [("size", c_size_t), ("servers", c_char_p), ("credentials", c_char_p),
                ("ca_file", c_char_p), ("certificate_file", c_char_p), ("key_file", c_char_p),
                ("name", c_char_p), ("timeout", c_int64), ("workers", c_uint), ("silence", c_int64),
                ("cache", c_size_t), ("durable", c_bool)]


class ClusterStatisticsStructure(Structure):
    _fields_ = [("size", c_size_t), ("retried", c_uint64), ("repeated", c_uint64),
                ("malformed", c_uint64), ("bytes_sent", c_uint64), ("bytes_received", c_uint64),
                ("latency", c_int64), ("latency_least", c_int64)]


class NodeInfoStructure(Structure):
    _fields_ = [("name", c_char_p), ("host", c_char_p), ("version", c_char_p),
                ("kernels", c_char_p), ("workers", c_uint), ("cores", c_uint), ("load", c_double),
                ("active", c_uint64), ("taken", c_uint64), ("reported", c_uint64),
                ("malformed", c_uint64), ("lost", c_uint64), ("latency", c_int64)]


_NODE_VISIT = ctypes.CFUNCTYPE(None, POINTER(NodeInfoStructure), c_void_p)


def _load() -> ctypes.CDLL:
    beside = Path(yoke._library._name).with_name("libyoke_cluster.so.0")
    try:
        return ctypes.CDLL(str(beside) if beside.exists() else beside.name)
    except OSError as error:
        raise ImportError(f"{error}; where yoke is installed without its cluster, run `make deps` "
                          "and `make install` again") from None


_library = _load()
yoke._declare(_library, c_int,
              cluster_open=[POINTER(ClusterOptionsStructure), POINTER(c_void_p)],
              cluster_put=[c_void_p, c_char_p, c_size_t, POINTER(BlobIdStructure)],
              cluster_forget=[c_void_p, POINTER(BlobIdStructure)],
              cluster_get_statistics=[c_void_p, POINTER(ClusterStatisticsStructure)],
              cluster_nodes=[c_void_p, c_int64, _NODE_VISIT, c_void_p],
              kernel_register=[c_char_p, c_uint, c_void_p])
yoke._declare(_library, None, cluster_release=[c_void_p])

_registered: List[yoke.Kernel[Any]] = []  # whose code must stay


def register_kernel(name: str, version: int, kernel: yoke.Kernel[Any]) -> None:
    """Makes the kernel known under a name: a server with a cluster and workers of its own has its
    jobs run on nodes that know that, too, when these have room."""
    if not isinstance(kernel, yoke.Kernel) or isinstance(kernel, yoke.NamedKernel):
        raise TypeError(f"what is registered is a yoke.Kernel, not {kernel!r}")
    yoke._check(_library.yoke_kernel_register(
        yoke._text("name", name), yoke._unsigned("version", version, 32), kernel.function))
    _registered.append(kernel)


# ---- the connection ----------------------------------------------------------------------------

class _Connection:
    """What becomes of a Cluster, which may be garbage: no call uses it after it was left."""

    def __init__(self) -> None:
        self.handle, self.lock, self.process = c_void_p(), threading.Lock(), os.getpid()

    def open(self, options: ClusterOptionsStructure) -> None:
        with self.lock:
            yoke._check(_library.yoke_cluster_open(byref(options), byref(self.handle)))
            _connections.add(self)

    def ask(self, call: Callable[[int], None]) -> None:
        with self.lock:
            if self.handle.value is None:
                raise yoke.Error(yoke.Status.CLOSED, "the cluster is closed; open another one")
            call(self.handle.value)

    def leave(self) -> None:
        if os.getpid() != self.process:  # a forked child, where somebody may have the lock for ever
            return
        with self.lock:
            _library.yoke_cluster_release(self.handle)
            self.handle.value = None
            _connections.discard(self)


_connections: Set[_Connection] = set()  # to be left when the program ends


def _end_connections() -> None:
    yoke._end_servers()
    for connection in list(_connections):
        connection.leave()


atexit.register(_end_connections)


def _fields_of(structure: Structure) -> Dict[str, Any]:
    """Its fields, times in seconds, as in the JSON of a server's statistics."""
    values: Dict[str, Any] = {}
    for name, kind in structure._fields_:
        value = getattr(structure, name)
        if kind is c_int64:
            values[name + "_seconds"] = value / 1e9
        elif name != "size":
            values[name] = value.decode(errors="replace") if kind is c_char_p else value
    return values


def _wait_for(call: Callable[[], None]) -> None:
    """Calls, and hears Ctrl-C when the call has returned."""
    yoke._beside(call, lambda wait: wait())


class Cluster:
    """A connection to the hub, for yoke.Server(cluster=...), one server at a time.

    The arguments are those of yoke_cluster_options in yoke/cluster.h, with `timeout` in seconds; 0
    and None stand for the default. It ends, after its server, with close(), at the end of a `with`,
    when it and its server are garbage, or when the program ends.
    """

    def __init__(self, servers: Optional[str] = None,
                 credentials: Union[str, os.PathLike[str], None] = None, *,
                 ca_file: Union[str, os.PathLike[str], None] = None,
                 certificate_file: Union[str, os.PathLike[str], None] = None,
                 key_file: Union[str, os.PathLike[str], None] = None, name: Optional[str] = None,
                 durable: bool = False, timeout: float = 0, cache: int = 0) -> None:
        options = ClusterOptionsStructure(
            size=sizeof(ClusterOptionsStructure), servers=yoke._text("servers", servers),
            credentials=yoke._path("credentials", credentials),
            ca_file=yoke._path("ca_file", ca_file),
            certificate_file=yoke._path("certificate_file", certificate_file),
            key_file=yoke._path("key_file", key_file), name=yoke._text("name", name),
            timeout=yoke._limit("timeout", timeout), cache=yoke._unsigned("cache", cache, 64),
            durable=durable)
        self._connection = _Connection()
        self._server: Callable[[], Optional[yoke.Server]] = lambda: None
        weakref.finalize(self, self._connection.leave).atexit = False  # it comes after the servers
        _wait_for(lambda: self._connection.open(options))

    def __enter__(self) -> Cluster:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Closes its server if that is open, and leaves the cluster."""
        server = self._server()
        if server is not None:
            server.close()
        _wait_for(self._connection.leave)

    def _serve(self, server: yoke.Server, options: yoke.ServerOptionsStructure) -> None:
        """Opens the server on the connection."""
        def serve(handle: int) -> None:
            options.cluster = handle
            server._open(options)
            self._server = weakref.ref(server)
        self._connection.ask(serve)

    def _ask(self, function: Callable[..., int], *arguments: Any) -> None:
        _wait_for(lambda: self._connection.ask(
            lambda handle: yoke._check(function(handle, *arguments))))

    def put(self, data: Any) -> bytes:
        """Puts a blob at the hub, where it stays for a day, and gives its id, to be part of the
        arguments of jobs. Blocks until it is there; bytes are not copied."""
        blob, identity = yoke._bytes("data", data), BlobIdStructure()
        self._ask(_library.yoke_cluster_put, blob, len(blob), byref(identity))
        return bytes(identity)

    def forget(self, identity: bytes) -> None:
        """Has the hub forget a blob."""
        identity = yoke._bytes("identity", identity)
        if len(identity) != sizeof(BlobIdStructure):
            raise ValueError(f"identity has {sizeof(BlobIdStructure)} bytes, not {len(identity)}")
        self._ask(_library.yoke_cluster_forget, BlobIdStructure.from_buffer_copy(identity))

    def nodes(self, patience: float = 0.5) -> List[Dict[str, Any]]:
        """What the nodes that answer within so many seconds say of themselves, as in
        yoke_node_info."""
        nodes: List[Dict[str, Any]] = []

        @_NODE_VISIT
        def add(node: Any, _: Any) -> None:
            nodes.append(_fields_of(node.contents))
        self._ask(_library.yoke_cluster_nodes, yoke._limit("patience", patience), add, None)
        return nodes

    def get_statistics(self) -> Dict[str, Any]:
        """What the connection alone knows, as in yoke_cluster_statistics; of jobs and nodes the
        server's statistics tell."""
        statistics = ClusterStatisticsStructure(size=sizeof(ClusterStatisticsStructure))
        self._ask(_library.yoke_cluster_get_statistics, byref(statistics))
        return _fields_of(statistics)
