"""Yoke from Python: every core of the machine for kernels from C, and jobs of Python functions.

    import yoke

    server = yoke.Server()                         # a worker on every core that may be used
    job = server.submit(yoke.sum_primes, (10**9,)) # returns at once
    print(job())                                   # waits: 24739512092254535
    server.print_statistics()

Any callable can be a job. While it runs Python code it holds the interpreter's lock, as all Python
threads do; yoke.sum_primes(), a Kernel, and whatever else calls C without the lock (ctypes, numpy)
run on all workers at once. What a function raises, its job raises. The C headers are the manual
for everything that is named alike here.

Arrays of numbers, numpy's or others, are summed where they lie; loops and maps run what C or numba
has compiled; all of them on every worker at once, and none holds the lock:

    yoke.sum(x, server=server)                     # x = numpy.random.rand(10**8)
    yoke.parallel_for(body, len(x), argument=x, server=server)

Whole numbers may be of any type that stands for one: int, numpy.int64, or 1e9. One that a call has
no room for is an OverflowError, a negative one where there is none a ValueError. Ctrl-C is heard in
every wait, and while primes are summed; in a loop, a map, a reduction or a sum of an array it is
heard at the end. When the program ends meanwhile, a second one ends it at once, whatever still runs.

Not here, because Python has its own: yoke_uint128_text, yoke_uint256_text, yoke_context_server (the
function knows its server); because Context.after has it: yoke_context_after, yoke_context_input;
because submit()() has it: yoke_run; because Server.get_statistics() has it:
yoke_server_get_statistics, yoke_server_get_place_statistics; because pipeline() has it:
yoke_map_iterator_*; because the interpreter's lock makes no sense of them: yoke_for_each,
yoke_log_set; for kernels and loops in C, and libraries on top of yoke: yoke_context_argument_size, yoke_context_result_size,
yoke_context_scratch, yoke_piece_cancelled, yoke_part_read, yoke_error_set, yoke_log,
yoke_executor_*, yoke_fork*, yoke_join_look; where the tool tells it, with `yoke topology --json`: yoke_topology_*. Python takes
the wide calls for all numbers: yoke_sum_primes, yoke_count_primes, yoke_plan_primes.

The module yoke_cluster has the jobs of a server run on other machines, too.

Needs libyoke.so: the one beside an installed yoke, else the one that the system's linker finds;
the environment variable YOKE_LIBRARY names another. Python 3.8 or later; no other package.
"""

from __future__ import annotations

import _thread
import array
import atexit
import builtins
import contextlib
import ctypes
import enum
import itertools
import json
import math
import numbers
import operator
import os
import signal
import sys
import threading
import time
import weakref
from ctypes import (POINTER, Structure, byref, c_bool, c_char_p, c_double, c_int, c_int64, c_size_t,
                    c_ssize_t, c_uint, c_uint64, c_void_p, py_object, sizeof)
from pathlib import Path
from typing import (TYPE_CHECKING, Any, Callable, Dict, Generic, Iterable, Iterator, List, Optional,
                    Sequence, Set, Tuple, Type, TypeVar, Union)

if TYPE_CHECKING:
    from yoke_cluster import Cluster

# Without sum, min, max and map, which are Python's own words to who imports all.
__all__ = ["ALL", "AfterPolicy", "Algorithm", "Context", "Error", "Exact", "Group", "Job", "Kernel",
           "NamedKernel", "Plan", "Server", "State", "Status", "argmax", "argmin", "context",
           "count_primes", "dot", "histogram", "map_reduce", "norm2", "parallel_for",
           "parallel_reduce", "parallel_scan", "pipeline", "plan_primes", "primes", "primes_isa", "scan",
           "sum_first_primes", "sum_primes", "version", "wait_all", "wait_any"]

T = TypeVar("T")
ALL = 0x7fffffff  # workers: as many as fit the machine


class Status(enum.IntEnum):
    """How a call went, or a job ended."""
    OK = 0
    INVALID = 1
    NO_MEMORY = 2
    NO_THREADS = 3
    CLOSED = 4
    FORKED = 5
    TIMED_OUT = 6
    DEADLOCK = 7
    NOT_DONE = 8
    SIZE_MISMATCH = 9
    JOB_FAILED = 10
    CANCELLED = 11
    OVERFLOW = 12
    WOULD_BLOCK = 13
    SYSTEM = 14
    LOST = 15


class State(enum.IntEnum):
    """Where a job stands; from DONE on it has ended."""
    QUEUED = 0
    RUNNING = 1
    DONE = 2
    FAILED = 3
    CANCELLED = 4
    TIMED_OUT = 5
    LOST = 6

    @property
    def text(self) -> str:
        """The state in words, such as "timed out"."""
        return _library.yoke_state_text(self).decode()


class Algorithm(enum.IntEnum):
    """How to find primes."""
    AUTO = 0
    SIEVE = 1
    TRIAL = 2
    COMBINATORIAL = 3


class AfterPolicy(enum.IntEnum):
    """What becomes of a job when one that it comes after did not end as done."""
    CANCEL = 0
    FAIL = 1
    RUN = 2


class Error(Exception):
    """A call that failed, or a job that did not end as done: `status` says how, the text why."""

    def __init__(self, status: int, text: str) -> None:
        super().__init__(text)
        self.status = Status(status)


# ---- the library -------------------------------------------------------------------------------

class Uint128(Structure):
    _fields_ = [("lo", c_uint64), ("hi", c_uint64)]

    def __int__(self) -> int:
        return self.hi << 64 | self.lo


class Uint256(Structure):
    _fields_ = [("word", c_uint64 * 4)]

    def __int__(self) -> int:
        return builtins.sum(word << 64 * i for i, word in enumerate(self.word))


_KERNEL = ctypes.CFUNCTYPE(c_int, c_void_p, c_void_p, c_void_p)
_CALLBACK = ctypes.CFUNCTYPE(c_int, c_void_p, c_void_p)
_VISIT = ctypes.CFUNCTYPE(None, c_char_p, c_void_p, c_void_p)
_PROGRESS = ctypes.CFUNCTYPE(None, c_double, c_double, c_void_p)
_COMBINE = ctypes.CFUNCTYPE(None, c_void_p, c_void_p, c_void_p)


class TaskStructure(Structure):
    _fields_ = [("size", c_size_t), ("kernel", c_void_p), ("name", c_char_p),
                ("argument", c_void_p), ("argument_size", c_size_t), ("result_size", c_size_t),
                ("callback", _CALLBACK), ("callback_context", c_void_p), ("priority", c_int),
                ("place", c_char_p), ("time_limit", c_int64), ("deadline", c_int64),
                ("after", POINTER(c_void_p)), ("after_count", c_size_t), ("after_failed", c_int),
                ("tries", c_uint), ("result", c_void_p), ("kernel_name", c_char_p),
                ("kernel_version", c_uint), ("deliveries", c_uint), ("node", c_char_p),
                ("key", c_char_p), ("reads", POINTER(c_void_p)), ("read_count", c_size_t),
                ("writes", POINTER(c_void_p)), ("write_count", c_size_t)]


class ServerOptionsStructure(Structure):
    _fields_ = [("size", c_size_t), ("workers", c_uint), ("trace", c_bool),
                ("queue_capacity", c_size_t), ("bind", c_char_p), ("cluster", c_void_p)]


class PrimesOptionsStructure(Structure):
    _fields_ = [("size", c_size_t), ("algorithm", c_int), ("progress", _PROGRESS),
                ("progress_context", c_void_p), ("checkpoint", c_char_p),
                ("checkpoint_interval", c_int64), ("resume", c_bool), ("double_check", c_bool),
                ("isa", c_char_p), ("cancel", POINTER(c_bool))]


class PlanStructure(Structure):
    _fields_ = [("algorithm", c_int), ("seconds", c_double), ("reason", ctypes.c_char * 256)]


class LoopStructure(Structure):
    _fields_ = [("size", c_size_t), ("lo", c_uint64), ("hi", c_uint64), ("body", c_void_p),
                ("argument", c_void_p), ("grain", c_uint64), ("open", c_void_p),
                ("close", c_void_p), ("cancelled", c_void_p), ("time_limit", c_int64),
                ("priority", c_int), ("workers", c_uint), ("in_order", c_bool),
                ("column_lo", c_uint64), ("column_hi", c_uint64), ("column_grain", c_uint64),
                ("dimensions", c_uint)]


class MapOptionsStructure(Structure):
    _fields_ = [("size", c_size_t), ("tries", c_uint), ("time_limit", c_int64),
                ("deadline", c_int64), ("priority", c_int), ("place", c_char_p),
                ("kernel_name", c_char_p), ("kernel_version", c_uint), ("deliveries", c_uint),
                ("window", c_size_t), ("statuses", c_void_p), ("visit", c_void_p),
                ("visit_context", c_void_p)]


class ItemStructure(Structure):
    _fields_ = [("index", c_uint64), ("ended", c_uint64), ("input", c_void_p),
                ("output", c_void_p), ("status", c_int), ("message", c_char_p)]


class PartStructure(Structure):
    _fields_ = [("lo", c_uint64), ("hi", c_uint64), ("grain", c_uint64)]


_SOURCE = ctypes.CFUNCTYPE(c_bool, c_void_p, c_void_p)
_SINK = ctypes.CFUNCTYPE(c_bool, POINTER(ItemStructure), c_void_p)


class ReductionStructure(Structure):
    _fields_ = [("size", c_size_t), ("accumulator_size", c_size_t), ("identity", c_void_p),
                ("combine", c_void_p), ("add_and_write", c_void_p), ("associative", c_bool)]


class ArrayStructure(Structure):
    _fields_ = [("data", c_void_p), ("count", c_size_t), ("stride", c_ssize_t), ("type", c_int)]


class NumberUnion(ctypes.Union):
    _fields_ = [("f64", c_double), ("i64", c_int64)]


class ExactStructure(Structure):
    _fields_ = [("word", c_uint64 * 140)]


def _load() -> ctypes.CDLL:
    name = "libyoke.so.0"
    installed = Path(__file__).resolve().parents[2] / name
    path = os.environ.get("YOKE_LIBRARY") or (str(installed) if installed.exists() else name)
    try:
        return ctypes.CDLL(path)
    except OSError as error:
        raise ImportError(f"{error}; install yoke, or set YOKE_LIBRARY to its libyoke.so") from None


_library = _load()
_libc = ctypes.CDLL(None)
_libc.open_memstream.argtypes = [POINTER(c_void_p), POINTER(c_size_t)]
_libc.open_memstream.restype = c_void_p
_libc.fclose.argtypes = [c_void_p]
_libc.free.argtypes = [c_void_p]


def _declare(library: ctypes.CDLL, result: Any, **functions: Sequence[Any]) -> None:
    for name, arguments in functions.items():
        function = getattr(library, "yoke_" + name)
        function.restype, function.argtypes = result, arguments


_options, _loop = POINTER(PrimesOptionsStructure), POINTER(LoopStructure)
_exact = POINTER(ExactStructure)
_declare(_library, c_int,
         server_open=[POINTER(ServerOptionsStructure), POINTER(c_void_p)],
         server_close=[c_void_p], server_resize=[c_void_p, c_uint],
         server_wait=[c_void_p, c_int64], server_print_statistics=[c_void_p, c_void_p],
         server_print_statistics_json=[c_void_p, c_void_p],
         server_write_trace=[c_void_p, c_void_p, c_int],
         server_collect=[c_void_p, _VISIT, c_void_p],
         submit=[c_void_p, POINTER(TaskStructure), POINTER(c_void_p)],
         try_submit=[c_void_p, POINTER(TaskStructure), POINTER(c_void_p)],
         job_wait=[c_void_p, c_int64], job_result=[c_void_p, c_void_p, c_size_t],
         job_result_view=[c_void_p, POINTER(c_void_p), POINTER(c_size_t)],
         job_cancel=[c_void_p], job_state=[c_void_p], job_status=[c_void_p],
         wait_any=[POINTER(c_void_p), c_size_t, c_int64, POINTER(c_size_t)],
         wait_all=[POINTER(c_void_p), c_size_t, c_int64],
         group_open=[c_void_p, POINTER(c_void_p)], group_wait=[c_void_p, c_int64],
         group_submit=[c_void_p, POINTER(TaskStructure), POINTER(c_void_p)],
         group_cancel=[c_void_p],
         sum_primes_wide=[c_void_p, Uint128, Uint128, _options, POINTER(Uint256)],
         count_primes_wide=[c_void_p, Uint128, Uint128, _options, POINTER(Uint128)],
         plan_primes_wide=[c_uint, Uint128, Uint128, _options, POINTER(PlanStructure)],
         sum_first_primes=[c_void_p, c_uint64, _options, POINTER(Uint128), POINTER(c_uint64)],
         prime_iterator_open=[c_uint64, c_uint64, POINTER(c_void_p)],
         prime_iterator_next=[c_void_p, POINTER(POINTER(c_uint64)), POINTER(c_size_t)],
         parallel_for=[c_void_p, _loop],
         map=[c_void_p, c_void_p, c_void_p, c_size_t, c_void_p, c_size_t, c_size_t,
              POINTER(MapOptionsStructure)],
         pipeline=[c_void_p, _SOURCE, c_void_p, _SINK, c_void_p, c_size_t, c_size_t,
                   POINTER(MapOptionsStructure)],
         map_reduce=[c_void_p, c_void_p, PartStructure, c_void_p, c_size_t,
                     POINTER(ReductionStructure), POINTER(MapOptionsStructure), c_void_p],
         parallel_reduce=[c_void_p, _loop, POINTER(ReductionStructure), c_void_p],
         parallel_scan=[c_void_p, _loop, POINTER(ReductionStructure), c_void_p, c_void_p],
         sum=[c_void_p, ArrayStructure, c_int, POINTER(NumberUnion)],
         dot=[c_void_p, ArrayStructure, ArrayStructure, c_int, POINTER(NumberUnion)],
         norm2=[c_void_p, ArrayStructure, c_int, POINTER(NumberUnion)],
         min=[c_void_p, ArrayStructure, POINTER(NumberUnion), POINTER(c_size_t)],
         max=[c_void_p, ArrayStructure, POINTER(NumberUnion), POINTER(c_size_t)],
         histogram=[c_void_p, ArrayStructure, c_double, c_double, c_size_t, c_void_p],
         scan=[c_void_p, ArrayStructure, c_int, c_int, c_void_p],
         exact_add_array=[_exact, ArrayStructure],
         exact_add_products=[_exact, ArrayStructure, ArrayStructure],
         exact_read=[_exact, c_char_p])
_declare(_library, c_char_p, version=[], primes_isa=[], last_error=[], status_text=[c_int],
         state_text=[c_int], job_message=[c_void_p], job_output=[c_void_p],
         context_place=[c_void_p])
_declare(_library, c_int64, job_busy=[c_void_p])
_declare(_library, c_double, exact_round=[_exact])
_declare(_library, c_uint, server_workers=[c_void_p], context_worker=[c_void_p],
         context_try=[c_void_p])
_declare(_library, c_bool, context_cancelled=[c_void_p])
_declare(_library, None, server_release=[c_void_p], job_release=[c_void_p],
         group_release=[c_void_p], prime_iterator_release=[c_void_p],
         context_progress=[c_void_p, c_uint64, c_uint64], exact_add=[_exact, c_double],
         exact_merge=[_exact, _exact], exact_write=[_exact, c_void_p],
         job_progress=[c_void_p, POINTER(c_uint64), POINTER(c_uint64)])
# Variable arguments: the format is always "%s".
_library.yoke_context_fail.argtypes = [c_void_p, c_int, c_char_p]
_library.yoke_context_print.argtypes = [c_void_p, c_char_p]


def _check(status: int) -> None:
    if status != Status.OK:
        raise Error(status, _library.yoke_last_error().decode(errors="replace"))


# ---- arguments: ctypes would wrap them, or fail without a name ----------------------------------

def _whole(name: str, value: Any, least: Optional[int] = None, most: Optional[int] = None) -> int:
    """The number as an int: any that is whole, also numpy.int64(5) or 1e3."""
    try:
        number = operator.index(value)
    except TypeError:
        if not isinstance(value, numbers.Number) or isinstance(value, complex):
            raise TypeError(f"{name} is a whole number, not {value!r}") from None
        try:
            number = int(value)
        except (ValueError, OverflowError):  # not a number, or infinite
            raise ValueError(f"{name} is a whole number, not {value!r}") from None
        if number != value:
            raise ValueError(f"{name} is a whole number, not {value!r}") from None
        # 1e22 is 10**22, but 1e23 is the next number that a float can hold.
        if isinstance(value, float) and abs(number) > 2**53 and number != _written(value):
            raise ValueError(f"{name} is {value!r}, which no float holds exactly; write an int")
    if least is not None and number < least:
        raise ValueError(f"{name} is {number}; the least is {least}")
    if most is not None and number > most:
        raise OverflowError(f"{name} is {number}; the most is {most}")
    return number


def _written(value: float) -> int:
    """The whole number that the shortest digits of a float stand for."""
    digits, _, exponent = repr(float(value)).partition("e")
    whole, _, fraction = digits.partition(".")
    return int(whole + fraction) * 10**int(exponent or 0) // 10**len(fraction)


def _unsigned(name: str, value: Any, bits: int, least: int = 0) -> int:
    return _whole(name, value, least, 2**bits - 1)


def _seconds(name: str, value: Any) -> float:
    if not isinstance(value, numbers.Number) or isinstance(value, complex):
        raise TypeError(f"{name} is a number of seconds, not {value!r}")
    try:
        seconds = float(value)
    except OverflowError:  # an int beyond all of them
        seconds = math.inf if value > 0 else -math.inf
    except ValueError:
        seconds = math.nan
    if math.isnan(seconds):
        raise ValueError(f"{name} is a number of seconds, not {value!r}")
    return seconds


_LONGEST = 2**63 - 1  # nanoseconds: 292 years, which nobody tells from for ever


def _nanoseconds(seconds: float) -> int:
    """Rounded up: what is short is not nothing."""
    return _LONGEST if seconds >= _LONGEST / 1e9 else math.ceil(builtins.max(0, seconds) * 1e9)


def _limit(name: str, value: Any) -> int:
    """A time where 0 stands for none, or for the default."""
    seconds = _seconds(name, value)
    if seconds < 0:
        raise ValueError(f"{name} is {value!r} seconds; 0 is for none")
    return _nanoseconds(seconds)


def _text(name: str, value: Any) -> Optional[bytes]:
    """A text for C, or None."""
    if value is None:
        return None
    if not isinstance(value, str):
        raise TypeError(f"{name} is a str, not {value!r}")
    if "\0" in value:
        raise ValueError(f"{name} has a null character: {value!r}")
    try:
        return value.encode()
    except UnicodeEncodeError:
        raise ValueError(f"{name} has half of a character: {value!r}") from None


def _path(name: str, value: Union[str, os.PathLike[str], None]) -> Optional[bytes]:
    """A path for C, or None."""
    path = None if value is None else os.fsencode(value)
    if path and b"\0" in path:
        raise ValueError(f"{name} has a null character: {value!r}")
    return path


def _bytes(name: str, value: Any) -> bytes:
    """What C is given as it is: bytes, or a copy of what has some."""
    if isinstance(value, bytes):
        return value
    try:
        return memoryview(value).tobytes()
    except TypeError:
        raise TypeError(f"{name} is bytes, not {value!r}") from None


def _any_text(text: str) -> bytes:
    """A text for C, whatever is in it."""
    return text.encode(errors="backslashreplace").replace(b"\0", b"\\0")


def _member(name: str, kind: Type[enum.IntEnum], value: Any) -> enum.IntEnum:
    try:
        return kind(_whole(name, value))
    except (TypeError, ValueError):
        error = ValueError if isinstance(value, int) else TypeError
        raise error(f"{name} is a yoke.{kind.__name__}, such as yoke.{kind.__name__}."
                    f"{kind(1).name}, not {value!r}") from None


def _callable(name: str, value: Any) -> Any:
    if value is not None and not callable(value):
        raise TypeError(f"{name} is a callable or None, not {value!r}")
    return value


def _address(name: str, function: Any) -> c_void_p:
    """That of a C function: of ctypes, of numba.cfunc, or plain."""
    address = getattr(function, "address", function)
    if isinstance(address, int):
        return c_void_p(address)
    if isinstance(address, (ctypes._CFuncPtr, c_void_p)):
        return ctypes.cast(address, c_void_p)
    raise TypeError(f"{name} is a C function, such as one of ctypes or numba.cfunc, or its address, "
                    f"not {function!r}")


# ---- waiting -----------------------------------------------------------------------------------

def _wait(wait: Callable[..., int], arguments: Sequence[Any], timeout: Optional[float],
          *more: Any) -> bool:
    """Waits as the call does, at most `timeout` seconds; whether what it waits for has come."""
    end = None if timeout is None else time.monotonic() + _seconds("timeout", timeout)
    while True:
        # Python sees Ctrl-C only between two calls.
        left = 0.2 if end is None else builtins.min(0.2, end - time.monotonic())
        status = wait(*arguments, _nanoseconds(left), *more)
        if status != Status.TIMED_OUT:
            _check(status)
            return True
        if end is not None and time.monotonic() >= end:
            return False


def _beside(call: Callable[[], T], give_up: Callable[[Callable[[], Any]], Any]) -> T:
    """call(), which blocks in C, by another thread: Python hears Ctrl-C in its main thread alone,
    between two calls. Then comes give_up(wait), where wait() waits for the call after all."""
    if threading.current_thread() is not threading.main_thread():
        return call()
    ended = threading.Lock()
    came: List[T] = []
    raised: List[BaseException] = []

    def run() -> None:
        try:
            came.append(call())
        except BaseException as error:
            raised.append(error)
        finally:
            ended.release()
    ended.acquire()
    try:
        # Not a threading.Thread: garbage may have to be collected while one of these starts.
        _thread.start_new_thread(run, ())
    except RuntimeError:  # there is none to be had, as when the interpreter ends
        return call()
    try:
        ended.acquire()
    except BaseException:
        give_up(ended.acquire)
        raise
    if raised:
        raise raised[0]
    return came[0]


def _written_by(write: Callable[..., int], handle: Any, *more: int) -> bytes:
    """What a call of the library writes to a stream, in UTF-8."""
    text, size = c_void_p(), c_size_t()
    stream = _libc.open_memstream(byref(text), byref(size))
    if not stream:
        raise MemoryError
    try:
        status = write(handle, stream, *more)
    finally:
        _libc.fclose(stream)
    written = ctypes.string_at(text, size.value)
    _libc.free(text)
    _check(status)
    return written


def version() -> str:
    """The version of the library, such as "0.1.0"."""
    return _library.yoke_version().decode()


# ---- what a job runs ---------------------------------------------------------------------------

class Kernel(Generic[T]):
    """A kernel that is compiled: a C function `yoke_status f(yoke_context *, const void *argument,
    void *result)`, such as yoke.Kernel(ctypes.CDLL("./kernels.so").f, c_uint64, c_double).

    `argument` and `result` are types of ctypes, or None where the function uses none. A job's
    arguments make the one, as in argument(*args); the other comes back from the job, as a plain
    number where it is a simple type. Such a job never holds the interpreter's lock.
    """

    def __init__(self, function: Any, argument: Any = None, result: Any = None) -> None:
        for name, kind in (("argument", argument), ("result", result)):
            if kind is not None and not (isinstance(kind, type) and hasattr(kind, "from_buffer")):
                raise TypeError(f"the {name} of a yoke.Kernel is a type of ctypes, not {kind!r}")
        self.function = _address("the function", function)
        self.name = getattr(function, "__name__", "kernel")
        self.argument, self.result = argument, result
        self.library = function  # keeps the code loaded

    def made(self, args: Sequence[Any]) -> Any:
        """The argument that a job is given."""
        if self.argument is None:
            if args:
                raise TypeError(f"the kernel {self.name} takes no arguments")
            return None
        kinds: Sequence[Any] = [("argument", self.argument)]
        if issubclass(self.argument, Structure):
            kinds = [field for base in reversed(self.argument.__mro__)
                     for field in base.__dict__.get("_fields_", ())]
        return self.argument(*(_field(arg, *kind) for arg, kind in zip(args, kinds)),
                             *args[len(kinds):])

    def _fill(self, task: TaskStructure, args: Sequence[Any]) -> None:
        """Has the task run the kernel."""
        argument = self.made(args)
        task.kernel = self.function
        if argument is not None:
            task.keeps = argument
            task.argument = ctypes.cast(byref(argument), c_void_p)
            task.argument_size = sizeof(argument)
        task.result_size = sizeof(self.result) if self.result else 0

    def _map(self, _how: MapOptionsStructure) -> Tuple[Optional[c_void_p], Any]:
        """For a map: the function, and the type of an output, if there is one."""
        return self.function, self.result

    def _input_size(self) -> Optional[int]:
        """That of a map's input; None for any."""
        if self.argument is None:
            raise TypeError(f"the kernel {self.name} takes no argument, so there are no inputs")
        return sizeof(self.argument)

    def _read(self, job: c_void_p) -> T:
        """The result of a job that has ended."""
        value = self.result() if self.result else None
        _check(_library.yoke_job_result(job, byref(value) if self.result else None,
                                        sizeof(value) if self.result else 0))
        return value.value if hasattr(value, "value") else value


class NamedKernel(Kernel[bytes]):
    """A kernel that the nodes of a cluster know by its name and version, such as
    yoke.NamedKernel("sum_primes", 1, result_size=16). A job has one argument, bytes that mean the
    same on every machine, or none; its result is bytes likewise: see yoke/cluster.h."""

    def __init__(self, name: str, version: int, result_size: int = 0) -> None:
        self.kernel_name, self.name = _text("name", name), name
        if self.kernel_name is None:
            raise TypeError("name is a str, not None")
        self.version = _unsigned("version", version, 32, 1)
        self.result_size = _unsigned("result_size", result_size, 64)

    def made(self, args: Sequence[Any]) -> bytes:
        if len(args) > 1 or isinstance(args, (bytes, bytearray, memoryview)):
            raise TypeError(f"the kernel {self.name} takes one argument, as in (b\"...\",)")
        return _bytes("argument", args[0]) if args else b""

    def _fill(self, task: TaskStructure, args: Sequence[Any]) -> None:
        argument = self.made(args)
        task.keeps = c_char_p(argument)
        task.argument = ctypes.cast(task.keeps, c_void_p) if argument else None
        task.argument_size, task.result_size = len(argument), self.result_size
        task.kernel_name, task.kernel_version = self.kernel_name, self.version

    def _map(self, how: MapOptionsStructure) -> Tuple[Optional[c_void_p], Any]:
        how.kernel_name, how.kernel_version = self.kernel_name, self.version
        return None, ctypes.c_ubyte * self.result_size if self.result_size else None

    def _input_size(self) -> Optional[int]:
        return None

    @staticmethod
    def _read(job: c_void_p) -> bytes:
        result, size = c_void_p(), c_size_t()
        _check(_library.yoke_job_result_view(job, byref(result), byref(size)))
        return ctypes.string_at(result, size.value) if size.value else b""


def _field(value: Any, name: str, kind: Any, bits: int = 0) -> Any:
    """A value for a field of C's, which would take what is left of a number that is too large."""
    code = getattr(kind, "_type_", None)
    if not isinstance(code, str) or code not in "bBhHiIlLqQ":
        return value
    bits = bits or 8 * sizeof(kind)
    if code.isupper():
        return _unsigned(name, value, bits)
    return _whole(name, value, -2**(bits - 1), 2**(bits - 1) - 1)


class Context:
    """Inside a job: what yoke.context() gives its function. It is for as long as that runs."""

    def __init__(self, handle: int, after: Tuple[Job[Any], ...]) -> None:
        self._inside: Optional[int] = handle
        self.after = after  # the jobs that it comes after, which have ended: after[0]() is a result

    @property
    def _handle(self) -> int:
        if self._inside is None:
            raise LookupError("the job of this yoke.context() has ended")
        return self._inside

    @property
    def cancelled(self) -> bool:
        """Whether the function should leave early; it then raises or returns as it likes."""
        return _library.yoke_context_cancelled(self._handle)

    @property
    def worker(self) -> int:
        return _library.yoke_context_worker(self._handle)

    @property
    def place(self) -> str:
        return _library.yoke_context_place(self._handle).decode()

    @property
    def attempt(self) -> int:
        """Which of the job's tries this is, from 1."""
        return _library.yoke_context_try(self._handle)

    def progress(self, done: int, total: int) -> None:
        _library.yoke_context_progress(self._handle, _unsigned("done", done, 64),
                                       _unsigned("total", total, 64))

    def print(self, *values: object, sep: str = " ", end: str = "\n") -> None:
        """Appends to the job's output, as print() would write it."""
        text = _any_text(sep.join(builtins.map(str, values)) + end)
        _check(_library.yoke_context_print(self._handle, b"%s", c_char_p(text)))


_running = threading.local()


def context() -> Context:
    """The context of the job that the calling thread runs; LookupError where there is none."""
    inside = getattr(_running, "context", None)
    if inside is None:
        raise LookupError("yoke.context() is for functions that run as a job")
    return inside


class _Call:
    """A job's function, and what became of it. The library holds its number until the end."""

    def __init__(self, function: Callable[..., Any], arguments: Sequence[Any],
                 keywords: Optional[Dict[str, Any]], ended: Optional[Callable[[Any], Any]]) -> None:
        self.function: Optional[Callable[..., Any]] = function
        self.arguments, self.keywords, self.ended = tuple(arguments), keywords or {}, ended
        self.after: Tuple[Job[Any], ...] = ()  # without their server, which they would keep open
        self.value: Any = None
        self.error: Optional[BaseException] = None

    def run(self) -> None:
        self.value = self.error = None
        self.value = self.function(*self.arguments, **self.keywords)


_calls: Dict[int, _Call] = {}
_numbers = itertools.count(1)


def _say(error: BaseException) -> bytes:
    """What the error says. It may be anything: its text may be no text, or raise in its turn."""
    try:
        return _any_text(f"{type(error).__name__}: {error}")
    except BaseException:
        return b"an exception whose text cannot be made"


# What leaves these two functions by an exception would be YOKE_OK to C: nothing may.

@_KERNEL
def _run_call(handle: int, argument: int, _result: int) -> int:
    try:
        call = _calls[c_uint64.from_address(argument).value]
        outer = getattr(_running, "context", None)  # of a job that waits, and runs this one
        _running.context = inside = Context(handle, call.after)
        try:
            call.run()
            return Status.OK
        except BaseException as error:
            call.error = error
            if _library.yoke_context_cancelled(handle):
                return Status.CANCELLED
            return _library.yoke_context_fail(handle, Status.JOB_FAILED, b"%s",
                                              c_char_p(_say(error)))
        finally:
            inside._inside, _running.context = None, outer
    except BaseException:
        return Status.JOB_FAILED


@_CALLBACK
def _end_call(job: int, number: int) -> int:
    try:
        call = _calls.pop(number)
        call.function, call.arguments, call.keywords, call.after = None, (), {}, ()
        ended, call.ended = call.ended, None
        if ended and _library.yoke_job_state(job) == State.DONE:
            try:
                ended(call.value)
            except BaseException:
                sys.excepthook(*sys.exc_info())
                return Status.JOB_FAILED
        return Status.OK
    except BaseException:
        return Status.JOB_FAILED


# ---- jobs --------------------------------------------------------------------------------------

class Job(Generic[T]):
    """A job: job() waits for its result. May be asked from any thread, and as often as one likes;
    once it is garbage the job runs on by itself. One with a key the hub forgets when its end has
    been seen and it is garbage: keep it until its result is in a safe place."""

    def __init__(self, handle: c_void_p, call: Optional[_Call],
                 read: Optional[Callable[[c_void_p], T]], server: Optional[Server]) -> None:
        self._handle, self._call, self._read = handle, call, read
        self._server = server  # which would end with the job unrun if it were garbage

    def __call__(self) -> T:
        """Waits for the job and gives its result. Raises what its function raised, or Error."""
        self.wait()
        if self._read:
            return self._read(self._handle)
        assert self._call
        if self.state == State.FAILED and self._call.error is not None:
            raise self._call.error
        _check(_library.yoke_job_result(self._handle, None, 0))
        return self._call.value

    def wait(self, timeout: Optional[float] = None) -> bool:
        """Waits until the job has ended, at most `timeout` seconds; whether it has."""
        return _wait(_library.yoke_job_wait, (self._handle,), timeout)

    def cancel(self) -> None:
        """Ends it early: at once when it is queued, when its kernel heeds it while it runs."""
        _check(_library.yoke_job_cancel(self._handle))

    @property
    def state(self) -> State:
        return State(_library.yoke_job_state(self._handle))

    @property
    def message(self) -> str:
        """Why the job did not end as done; "" when it did."""
        return _library.yoke_job_message(self._handle).decode(errors="replace")

    @property
    def busy(self) -> float:
        """How long its kernel ran, in seconds, once it has ended."""
        return _library.yoke_job_busy(self._handle) / 1e9

    @property
    def output(self) -> str:
        """What the job has printed, once it has ended."""
        return _library.yoke_job_output(self._handle).decode(errors="replace")

    @property
    def progress(self) -> Tuple[int, int]:
        """What the job has told of its progress: done, total."""
        done, total = c_uint64(), c_uint64()
        _library.yoke_job_progress(self._handle, byref(done), byref(total))
        return done.value, total.value


def _handles(name: str, jobs: Iterable[Job[Any]]) -> Any:
    """An array for C, which keeps the jobs as long as it is there itself."""
    if not isinstance(jobs, Iterable):
        raise TypeError(f"{name} are several jobs, not {jobs!r}")
    jobs = list(jobs)
    for job in jobs:
        if not isinstance(job, Job):
            raise TypeError(f"{name} are jobs of yoke, not {job!r}")
    handles = (c_void_p * len(jobs))(*(job._handle for job in jobs))
    handles.jobs = jobs
    return handles


def _places(name: str, places: Iterable[Any]) -> Any:
    """An array of addresses for C."""
    try:
        memoryview(places)  # type: ignore[arg-type]
        several = False  # but one array, whose numbers are no places
    except TypeError:
        several = isinstance(places, Iterable)
    if not several:
        raise TypeError(f"{name} are several arrays or addresses, as in [x], not {places!r}")
    found = [_place(name, place) for place in places]
    return (c_void_p * len(found))(*found)


def _place(name: str, place: Any) -> int:
    if isinstance(place, int):
        return _unsigned(name, place, 64)
    with _buffer(name, place, "several arrays or addresses, each of them") as view:
        return view.buf


def wait_all(jobs: Iterable[Job[Any]], timeout: Optional[float] = None) -> bool:
    """Waits until all of the jobs have ended, at most `timeout` seconds; whether they have."""
    handles = _handles("jobs", jobs)
    return _wait(_library.yoke_wait_all, (handles, len(handles)), timeout)


def wait_any(jobs: Iterable[Job[Any]], timeout: Optional[float] = None) -> Optional[int]:
    """Waits until one of the jobs has ended: its index, or None after `timeout` seconds."""
    index, handles = c_size_t(), _handles("jobs", jobs)
    ended = _wait(_library.yoke_wait_any, (handles, len(handles)), timeout, byref(index))
    return index.value if ended else None


def _name_of(function: Any) -> str:
    for attribute in "__name__", "name":
        name = getattr(function, attribute, None)
        if isinstance(name, str):
            return name
    return "job"


def _task(function: Any, name: Optional[str], priority: int, place: Optional[str],
          time_limit: float, deadline: float, after: Iterable[Job[Any]],
          after_failed: AfterPolicy, tries: int, key: Optional[str], node: Optional[str],
          deliveries: int, reads: Iterable[Any], writes: Iterable[Any]) -> TaskStructure:
    """All but what the job runs."""
    before = _handles("after", after)
    read, written = _places("reads", reads), _places("writes", writes)
    task = TaskStructure(
        size=sizeof(TaskStructure), name=_text("name", name) or _any_text(_name_of(function)),
        priority=_whole("priority", priority, -2**31, 2**31 - 1), place=_text("place", place),
        time_limit=_limit("time_limit", time_limit), deadline=_limit("deadline", deadline),
        after=before, after_count=len(before),
        after_failed=_member("after_failed", AfterPolicy, after_failed),
        tries=_unsigned("tries", tries, 32), key=_text("key", key), node=_text("node", node),
        deliveries=_unsigned("deliveries", deliveries, 32), reads=read, read_count=len(read),
        writes=written, write_count=len(written))
    task.before = before
    return task


def _submit(to: _Submitter, function: Union[Callable[..., T], Kernel[T]], args: Sequence[Any],
            kwargs: Optional[Dict[str, Any]], callback: Optional[Callable[[T], Any]],
            task: TaskStructure) -> Job[T]:
    if isinstance(function, Kernel):
        if kwargs or callback:
            raise TypeError("a Kernel takes neither keywords nor a callback")
        function._fill(task, args)
        return Job(to._hand_over(task), None, function._read, to._server)
    if not callable(function):
        raise TypeError(f"a job is a callable or a yoke.Kernel, not {function!r}")
    call = _Call(function, args, kwargs, _callable("callback", callback))
    call.after = tuple(Job(job._handle, job._call, job._read, None) for job in task.before.jobs)
    number = c_uint64(next(_numbers))
    task.kernel = ctypes.cast(_run_call, c_void_p)
    task.keeps = number
    task.argument, task.argument_size = ctypes.cast(byref(number), c_void_p), sizeof(number)
    task.callback, task.callback_context = _end_call, number.value
    _calls[number.value] = call
    try:
        return Job(to._hand_over(task), call, None, to._server)
    except Error:  # it was refused; after a Ctrl-C in between it may have been taken all the same
        del _calls[number.value]
        raise


def _own(handle: c_void_p) -> c_void_p:
    """A job's handle, which is given back when it is garbage."""
    weakref.finalize(handle, _library.yoke_job_release, handle.value).atexit = False
    return handle


class _Submitter:
    """What servers and groups have in common."""

    _to: Callable[..., int]
    _handle: c_void_p
    _server: Server
    _bounded: bool  # whether submitting may wait for room in the queue

    def _hand_over(self, task: TaskStructure) -> c_void_p:
        handle, given_up = c_void_p(), threading.Event()

        def submit() -> c_void_p:
            _check(self._to(self._handle, byref(task), byref(handle)))
            _own(handle)
            if given_up.is_set():
                _library.yoke_job_cancel(handle)
            return handle
        return _beside(submit, lambda _: given_up.set()) if self._bounded else submit()

    def submit(self, function: Union[Callable[..., T], Kernel[T]], args: Sequence[Any] = (),
               kwargs: Optional[Dict[str, Any]] = None, *,
               callback: Optional[Callable[[T], Any]] = None, name: Optional[str] = None,
               priority: int = 0, place: Optional[str] = None, time_limit: float = 0,
               deadline: float = 0, after: Iterable[Job[Any]] = (),
               after_failed: AfterPolicy = AfterPolicy.CANCEL, tries: int = 1,
               key: Optional[str] = None, node: Optional[str] = None,
               deliveries: int = 0, reads: Iterable[Any] = (),
               writes: Iterable[Any] = ()) -> Job[T]:
        """Hands function(*args, **kwargs) to the workers and returns its job at once.

        `callback` is given the result of a job that is done, by the thread that ended it. Times
        are in seconds, 0 for no limit; all else is as in yoke_task of yoke/server.h. The function
        finds the jobs `after` in yoke.context().after, also if nobody else keeps them.

        It comes after earlier jobs of the server, or of the group, that write what it `reads`, or
        that read or write what it `writes`: several arrays each, which stand for the address where
        they begin, or addresses. Others are not looked at: see yoke/task.h.
        """
        task = _task(function, name, priority, place, time_limit, deadline, after, after_failed,
                     tries, key, node, deliveries, reads, writes)
        return _submit(self, function, args, kwargs, callback, task)


# ---- servers and groups ------------------------------------------------------------------------

_open: Dict[int, c_void_p] = {}  # the servers to be closed when the program ends
_hurried: Set[int] = set()       # those of them for which Ctrl-C was not willing to wait
_exiting = False


def _close(handle: c_void_p) -> None:
    def close() -> None:
        _check(_library.yoke_server_close(handle))
        _open.pop(handle.value, None)
    _beside(close, lambda _: _hurried.add(handle.value))


def _close_and_release(handle: c_void_p, _cluster: Optional[Cluster]) -> None:
    _close(handle)
    if not _exiting:  # the end of the program may be closing it at the same time
        _library.yoke_server_release(handle)


def _release_server(handle: c_void_p, cluster: Optional[Cluster]) -> None:
    """The cluster is not garbage until then."""
    try:
        _close_and_release(handle, cluster)
    except Error:
        # One of its own jobs cannot end it, and held the last reference: another thread can.
        _thread.start_new_thread(_close_and_release, (handle, cluster))


def _end_servers() -> None:
    """Jobs that run may take long to end, and Python's handler of Ctrl-C would not be called until
    then: the system's is, which ends the process."""
    global _exiting
    _exiting = True
    servers = list(_open.items())
    if not servers:
        return
    for stream in sys.stdout, sys.stderr:
        try:
            stream.flush()
        except Exception:
            pass
    heard = signal.getsignal(signal.SIGINT)
    if threading.current_thread() is threading.main_thread() and callable(heard):
        signal.signal(signal.SIGINT, signal.SIG_DFL)
        if any(number in _hurried for number, _ in servers):
            os.kill(os.getpid(), signal.SIGINT)
    for _, handle in servers:
        _library.yoke_server_close(handle)


atexit.register(_end_servers)
os.register_at_fork(after_in_child=_open.clear)


class Server(_Submitter):
    """A job server with `ncpus` workers; 0: as many as fit the machine, see `yoke topology`.

    `bind` says what they are bound to: "auto", "none", "spread", "close" or places as in "core:4-7".
    `cluster` is a yoke_cluster.Cluster, whose nodes run jobs, too. Then 0 stands for no workers
    here, where the server takes no Python functions, and yoke.ALL for as many as fit.
    It ends, after the jobs that run, with close(), at the end of a `with`, when it and its jobs are
    garbage, or when the program ends; jobs that are still queued are cancelled then.
    """

    _to = _library.yoke_submit

    def __init__(self, ncpus: int = 0, *, trace: bool = False, queue_capacity: int = 0,
                 bind: Optional[str] = None, cluster: Optional[Cluster] = None) -> None:
        options = ServerOptionsStructure(
            sizeof(ServerOptionsStructure), _unsigned("ncpus", ncpus, 32), trace,
            _unsigned("queue_capacity", queue_capacity, 64), _text("bind", bind))
        self._handle, self._bounded = c_void_p(), options.queue_capacity > 0
        if cluster is None:
            self._open(options)
        else:
            from yoke_cluster import Cluster
            if not isinstance(cluster, Cluster):
                raise TypeError(f"cluster is a yoke_cluster.Cluster or None, not {cluster!r}")
            cluster._serve(self, options)
        _open[self._handle.value] = self._handle
        weakref.finalize(self, _release_server, self._handle, cluster).atexit = False

    def _open(self, options: ServerOptionsStructure) -> None:
        _check(_library.yoke_server_open(byref(options), byref(self._handle)))

    @property
    def _server(self) -> Server:  # type: ignore[override]
        return self

    def __enter__(self) -> Server:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        _close(self._handle)

    def get_ncpus(self) -> int:
        """The number of workers."""
        return _library.yoke_server_workers(self._handle)

    def set_ncpus(self, ncpus: int) -> None:
        _check(_library.yoke_server_resize(self._handle, _unsigned("ncpus", ncpus, 32)))

    def wait(self, timeout: Optional[float] = None) -> bool:
        """Waits until all jobs have ended, at most `timeout` seconds; whether they have."""
        return _wait(_library.yoke_server_wait, (self._handle,), timeout)

    def collect(self) -> Iterator[Tuple[str, Job[bytes]]]:
        """The jobs with a key that this program, or an earlier one of its name, has submitted and
        that are not forgotten, each after its key; for a server whose cluster is durable."""
        found: List[Tuple[str, Job[bytes]]] = []

        @_VISIT
        def add(key: bytes, job: int, _: Any) -> None:
            found.append((key.decode(), Job(_own(c_void_p(job)), None, NamedKernel._read, self)))
        # By another thread, where no Ctrl-C can get between a handle and its owner.
        _beside(lambda: _check(_library.yoke_server_collect(self._handle, add, None)),
                lambda wait: wait())
        return (found.pop() for _ in range(len(found)))

    def get_statistics(self) -> Dict[str, Any]:
        """All statistics, as yoke_server_print_statistics_json() writes them."""
        return json.loads(_written_by(_library.yoke_server_print_statistics_json, self._handle))

    def print_statistics(self) -> None:
        """Prints Parallel Python's table."""
        written = _written_by(_library.yoke_server_print_statistics, self._handle)
        print(written.decode(errors="replace"), end="")

    def write_trace(self, path: Union[str, os.PathLike[str]]) -> None:
        """Writes the timeline of a server with `trace`: FILE.html or FILE.svg, else for Perfetto.
        """
        form = {".svg": 1, ".html": 2}.get(Path(path).suffix, 0)
        Path(path).write_bytes(_written_by(_library.yoke_server_write_trace, self._handle, form))


class Group(_Submitter):
    """Jobs of a server that are waited for and cancelled together."""

    _to = _library.yoke_group_submit

    def __init__(self, server: Server) -> None:
        if not isinstance(server, Server):
            raise TypeError(f"a group is one of a yoke.Server, not of {server!r}")
        self._server, self._handle, self._bounded = server, c_void_p(), server._bounded
        _check(_library.yoke_group_open(server._handle, byref(self._handle)))
        weakref.finalize(self, _library.yoke_group_release, self._handle).atexit = False

    def wait(self, timeout: Optional[float] = None) -> bool:
        """Waits until all jobs have ended, at most `timeout` seconds; whether they have."""
        return _wait(_library.yoke_group_wait, (self._handle,), timeout)

    def cancel(self) -> None:
        _check(_library.yoke_group_cancel(self._handle))


def _helpers(server: Optional[Server]) -> Optional[c_void_p]:
    """The server whose workers help the calling thread, if any does."""
    if server is not None and not isinstance(server, Server):
        raise TypeError(f"server is a yoke.Server or None, not {server!r}")
    return server._handle if server else None


# ---- primes ------------------------------------------------------------------------------------

_END = 2**64 - 1  # is no prime, so every prime below 2^64 is below it


def _bounds(bounds: Tuple[int, ...]) -> Tuple[int, int]:
    if not 1 <= len(bounds) <= 2:
        raise TypeError("an interval is [start,] stop, as for range()")
    start, stop = bounds if len(bounds) == 2 else (0, bounds[0])
    start, stop = _whole("start", start), _whole("stop", stop)
    if stop >= 1 << 128:
        raise OverflowError(f"the primes end at 10**26 here; {stop} is beyond it")
    return builtins.max(start, 0), builtins.max(stop, 0)


def _wide(bounds: Tuple[int, ...]) -> Tuple[Uint128, Uint128]:
    start, stop = _bounds(bounds)
    start = builtins.min(start, stop)
    return Uint128(start & _END, start >> 64), Uint128(stop & _END, stop >> 64)


def _interval(bounds: Tuple[int, ...]) -> Tuple[int, int]:
    start, stop = _bounds(bounds)
    if stop > _END + 1:
        raise OverflowError(f"the primes end at 2**64 here; {stop} is beyond it")
    return builtins.min(start, _END), builtins.min(stop, _END)


def _primes_options(algorithm: Algorithm, double_check: bool = False,
                    progress: Optional[Callable[[float, float], Any]] = None,
                    checkpoint: Union[str, os.PathLike[str], None] = None,
                    checkpoint_interval: float = 0, resume: bool = False,
                    isa: Optional[str] = None) -> PrimesOptionsStructure:
    cancel = c_bool()
    how = PrimesOptionsStructure(
        size=sizeof(PrimesOptionsStructure), double_check=double_check,
        checkpoint=_path("checkpoint", checkpoint), resume=resume,
        algorithm=_member("algorithm", Algorithm, algorithm),
        checkpoint_interval=_limit("checkpoint_interval", checkpoint_interval),
        isa=_text("isa", isa), cancel=ctypes.pointer(cancel))
    how.stop, how.raised = cancel, []
    if _callable("progress", progress):
        how.progress = _PROGRESS(_guarded(progress, cancel, how.raised))
    return how


def _guarded(progress: Any, cancel: c_bool, raised: List[BaseException]) -> Callable[..., None]:
    """What progress() raises ends the work, and is raised there."""
    def tell(done: float, total: float, _: Any) -> None:
        try:
            if not raised:
                progress(done, total)
        except BaseException as error:
            raised.append(error)
            cancel.value = True
    return tell


_BRIEF = 0.02  # seconds for which nobody misses Ctrl-C; another thread costs 0.1 ms


def _is_brief(server: Optional[Server], start: Uint128, stop: Uint128,
              how: PrimesOptionsStructure) -> bool:
    """Whether a sum, alone, soon ends. On a server it may have to wait for other jobs."""
    plan = PlanStructure()
    return server is None and (_library.yoke_plan_primes_wide(1, start, stop, how, plan) != 0 or
                               plan.seconds < _BRIEF)


def _find(call: Callable[..., int], server: Optional[Server], start: Uint128, stop: Uint128,
          how: PrimesOptionsStructure, arguments: Sequence[Any]) -> None:
    """A call that may take hours, which Ctrl-C ends early."""
    handle = _helpers(server)

    def find() -> None:
        status = call(handle, *arguments)
        if how.raised:
            raise how.raised[0]
        _check(status)

    def give_up(wait: Callable[[], Any]) -> None:
        how.stop.value = True
        wait()
    if _is_brief(server, start, stop, how):
        find()
    else:
        _beside(find, give_up)


def sum_primes(*bounds: int, server: Optional[Server] = None,
               algorithm: Algorithm = Algorithm.AUTO, **options: Any) -> int:
    """The sum of the primes in range(stop) or range(start, stop), with stop up to 10**26, on the
    workers of `server`, or in one thread alone. Holds no interpreter lock meanwhile.

    The other options are those of yoke_primes_options in yoke/primes.h: double_check,
    progress=f, which is called as f(done, total) and ends the sum with what it raises,
    checkpoint=path, checkpoint_interval in seconds, resume, isa."""
    total, how = Uint256(), _primes_options(algorithm, **options)
    start, stop = _wide(bounds)
    _find(_library.yoke_sum_primes_wide, server, start, stop, how, (start, stop, how, total))
    return int(total)


def count_primes(*bounds: int, server: Optional[Server] = None,
                 algorithm: Algorithm = Algorithm.AUTO, **options: Any) -> int:
    """The number of primes; all else as sum_primes()."""
    total, how = Uint128(), _primes_options(algorithm, **options)
    start, stop = _wide(bounds)
    _find(_library.yoke_count_primes_wide, server, start, stop, how, (start, stop, how, total))
    return int(total)


def sum_first_primes(n: int, *, server: Optional[Server] = None,
                     algorithm: Algorithm = Algorithm.AUTO, **options: Any) -> Tuple[int, int]:
    """The sum of the first n primes, and the last one of them; options as sum_primes()."""
    total, last, how = Uint128(), c_uint64(), _primes_options(algorithm, **options)
    n = _unsigned("n", n, 64)
    end = builtins.min(n * (2 * n.bit_length() + 2), _END)  # is beyond the last of them
    _find(_library.yoke_sum_first_primes, server, Uint128(), Uint128(end), how,
          (n, how, total, last))
    return int(total), last.value


def primes_isa() -> str:
    """The instruction set that the primes are found with, such as "avx2"."""
    return _library.yoke_primes_isa().decode()


class Plan:
    """How an interval would be gone about: algorithm, seconds, reason."""

    def __init__(self, algorithm: Algorithm, seconds: float, reason: str) -> None:
        self.algorithm, self.seconds, self.reason = algorithm, seconds, reason

    def __repr__(self) -> str:
        return f"Plan({self.algorithm!r}, {self.seconds!r}, {self.reason!r})"


def plan_primes(*bounds: int, workers: int = 1, algorithm: Algorithm = Algorithm.AUTO) -> Plan:
    """How sum_primes() would go about the interval with so many workers."""
    plan = PlanStructure()
    _check(_library.yoke_plan_primes_wide(_unsigned("workers", workers, 32), *_wide(bounds),
                                          _primes_options(algorithm), plan))
    return Plan(Algorithm(plan.algorithm), plan.seconds, plan.reason.decode())


def primes(*bounds: int) -> Iterable[int]:
    """The primes of range(stop) or range(start, stop), one by one, in ascending order."""
    iterator, block, count = c_void_p(), POINTER(c_uint64)(), c_size_t()
    interval, given_up = _interval(bounds), threading.Event()

    def open_iterator() -> None:  # high up it takes seconds
        _check(_library.yoke_prime_iterator_open(*interval, byref(iterator)))
        if given_up.is_set():
            _library.yoke_prime_iterator_release(iterator)
    _beside(open_iterator, lambda _: given_up.set())
    try:
        while True:
            _check(_library.yoke_prime_iterator_next(iterator, byref(block), byref(count)))
            if not count.value:
                return
            yield from block[:count.value]
    finally:
        _library.yoke_prime_iterator_release(iterator)


# ---- loops -------------------------------------------------------------------------------------

class _BufferStructure(Structure):
    """Python's own Py_buffer. Unlike a memoryview it tells where the numbers lie."""
    _fields_ = [("buf", c_void_p), ("obj", c_void_p), ("len", c_ssize_t), ("itemsize", c_ssize_t),
                ("readonly", c_int), ("ndim", c_int), ("format", c_char_p),
                ("shape", POINTER(c_ssize_t)), ("strides", POINTER(c_ssize_t)),
                ("suboffsets", POINTER(c_ssize_t)), ("internal", c_void_p)]


_get_buffer = ctypes.pythonapi.PyObject_GetBuffer
_get_buffer.argtypes = [py_object, POINTER(_BufferStructure), c_int]
_release_buffer = ctypes.pythonapi.PyBuffer_Release
_release_buffer.argtypes = [POINTER(_BufferStructure)]
_release_buffer.restype = None
_WRITABLE, _READABLE = 0x1d, 0x1c  # PyBUF_RECORDS and PyBUF_RECORDS_RO: with format and strides
_SOLID, _SOLID_WRITABLE = 0, 1     # PyBUF_SIMPLE and PyBUF_WRITABLE: without gaps


@contextlib.contextmanager
def _buffer(name: str, value: Any, what: str, flags: int = _READABLE) -> Iterator[_BufferStructure]:
    """The memory of an object, which stays where it is meanwhile."""
    view = _BufferStructure()
    try:
        _get_buffer(value, view, flags)
    except (TypeError, BufferError, ValueError):
        raise TypeError(f"{name} is {what}, not {value!r}") from None
    try:
        yield view
    finally:
        _release_buffer(view)


def _range(bounds: Tuple[int, ...]) -> Tuple[int, int]:
    if not 1 <= len(bounds) <= 2:
        raise TypeError("a range is [start,] stop, as for range()")
    start, stop = bounds if len(bounds) == 2 else (0, bounds[0])
    return _unsigned("start", start, 64), _unsigned("stop", stop, 64)


@contextlib.contextmanager
def _looping(body: Any, bounds: Tuple[int, ...], argument: Any, *, grain: int = 0,
             workers: int = 0, priority: int = 0, time_limit: float = 0, in_order: bool = False,
             columns: Any = None, column_grain: int = 0) -> Iterator[LoopStructure]:
    start, stop = _range(bounds)
    loop = LoopStructure(
        size=sizeof(LoopStructure), lo=start, hi=stop, body=_address("body", body),
        grain=_unsigned("grain", grain, 64), time_limit=_limit("time_limit", time_limit),
        priority=_whole("priority", priority, -2**31, 2**31 - 1),
        workers=_unsigned("workers", workers, 32), in_order=in_order,
        column_grain=_unsigned("column_grain", column_grain, 64))
    if columns is not None:
        bounds = columns if isinstance(columns, tuple) else (columns,)
        loop.column_lo, loop.column_hi = _range(bounds)
        loop.dimensions = 2
    if argument is None or isinstance(argument, int):
        loop.argument = argument
        yield loop
    else:
        with _buffer("argument", argument, "an address, None or something with a buffer") as view:
            loop.argument = view.buf
            yield loop


def parallel_for(body: Any, *bounds: int, argument: Any = None, server: Optional[Server] = None,
                 **how: Any) -> None:
    """Calls a C function for pieces that together are range(stop) or range(start, stop), on the
    workers of `server` and in the calling thread, without the interpreter's lock. The function is
    `int body(const yoke_piece *, void *argument)`, of a library that ctypes has loaded, of numba, or
    its address; `argument` is what has a buffer (numpy, ctypes), an address, or None.

        @numba.cfunc("int32(CPointer(uint64), CPointer(float64))")
        def double(piece, x):
            for i in range(piece[0], piece[1]):
                x[i] *= 2
            return 0
        yoke.parallel_for(double, len(x), argument=x, server=server)

    It returns 0, or another yoke.Status by which the loop is to fail. The other options are those of
    yoke_loop in yoke/loop.h: grain, workers, priority, in_order, time_limit in seconds; and columns=n
    or columns=(start, stop), with column_grain, for the tiles of a grid: then the range is of rows,
    and the columns of a piece are piece->column_lo up to column_hi (piece[7] and piece[8])."""
    with _looping(body, bounds, argument, **how) as loop:
        _check(_library.yoke_parallel_for(_helpers(server), loop))


def _mapping(*, tries: int = 1, time_limit: float = 0, deadline: float = 0, priority: int = 0,
             place: Optional[str] = None, deliveries: int = 0,
             window: int = 0) -> MapOptionsStructure:
    return MapOptionsStructure(
        size=sizeof(MapOptionsStructure), tries=_unsigned("tries", tries, 32),
        time_limit=_limit("time_limit", time_limit), deadline=_limit("deadline", deadline),
        priority=_whole("priority", priority, -2**31, 2**31 - 1), place=_text("place", place),
        deliveries=_unsigned("deliveries", deliveries, 32), window=_unsigned("window", window, 64))


def map(kernel: Kernel[Any], inputs: Any, outputs: Any = None, *, server: Optional[Server] = None,
        statuses: Any = None, **how: Any) -> Any:
    """Runs a compiled kernel, or one of a cluster's nodes by its name, on all items of `inputs`: an
    array that has a buffer, item by item of the size that the kernel takes. Returns the outputs in
    the same order: in an array of the type of ctypes that the kernel has, or in `outputs`, of which
    each row is one. All items are run, also when some fail; then the Error of the first one is
    raised, and `statuses`, such as array.array("i", bytes(4 * n)), has the yoke.Status of each. The
    other options are those of yoke_map_options in yoke/map.h: tries, priority, place, deliveries,
    window, and time_limit and deadline in seconds.

        roots = yoke.map(yoke.Kernel(lib.root, c_double, c_double), numbers, server=server)
    """
    if not isinstance(kernel, Kernel):
        raise TypeError(f"what is mapped is a yoke.Kernel, not {kernel!r}; for Python functions "
                        "there are jobs")
    options = _mapping(**how)
    handle, (function, result) = _helpers(server), kernel._map(options)
    with contextlib.ExitStack() as held:
        given, size, count = held.enter_context(_rows("inputs", inputs, kernel._input_size(), None))
        if outputs is None and result:
            outputs = (result * count)()
        room = sizeof(result) if result else 0
        taken = held.enter_context(_rows("outputs", outputs, room, count))[0] if result else None
        if statuses is not None:
            options.statuses = held.enter_context(
                _rows("statuses", statuses, sizeof(c_int), count))[0]
        _check(_library.yoke_map(handle, function, given, size, taken, room, count, options))
    return outputs


@contextlib.contextmanager
def _rows(name: str, value: Any, size: Optional[int],
          count: Optional[int]) -> Iterator[Tuple[int, int, int]]:
    """Where an array lies, the size of its items in bytes, and how many there are. It is written to
    where it must have as many as others."""
    what = "an array without gaps" + ("" if count is None else ", in memory that may be written to")
    with _buffer(name, value, what, _SOLID if count is None else _SOLID_WRITABLE) as view:
        found = len(memoryview(value))
        each = view.len // found if found else size or 1
        if size is not None and each != size:
            raise ValueError(f"{name} has items of {each} bytes; here they have {size}")
        if count is not None and found != count:
            raise ValueError(f"{name} has {found} items for {count} inputs")
        yield view.buf, each, found


def pipeline(inputs: Iterable[Sequence[Any]], kernel: Kernel[T], sink: Callable[[T], Any], *,
             server: Optional[Server] = None, **how: Any) -> None:
    """Runs a compiled kernel on what `inputs` yields: the arguments of each item, as those of a job.
    Kernels run side by side without the interpreter's lock, and sink(result) is called for one item
    after the other, in the order of the inputs.

        yoke.pipeline(((n,) for n in numbers), yoke.Kernel(lib.root, c_double, c_double), print)

    Inputs are asked for, and the sink is called, by any of the threads that work along, one at a
    time, the former a window ahead at most. When an item fails those before it reach the sink, and
    its Error is raised; what the inputs or the sink raise is raised. The other options are those of
    map(). The kernel is none of a cluster's nodes, whose inputs have any size: these are for jobs."""
    if not isinstance(kernel, Kernel) or isinstance(kernel, NamedKernel):
        raise TypeError(f"what runs in a pipeline is a yoke.Kernel, not {kernel!r}")
    if not callable(sink):
        raise TypeError(f"sink is a callable, not {sink!r}")
    options, size, kind = _mapping(**how), kernel._input_size(), kernel.result
    arguments, raised = iter(inputs), []

    @_SOURCE
    def fill(place: int, _: Any) -> bool:
        try:
            for args in arguments:
                ctypes.memmove(place, byref(kernel.made(args)), size)
                return True
        except BaseException as error:  # nothing may leave through C, here and below
            raised.append(error)
        return False

    @_SINK
    def show(item: Any, _: Any) -> bool:
        try:
            ended = item.contents
            if ended.status != Status.OK:
                raise Error(ended.status, ended.message.decode(errors="replace"))
            sink(_plain(_copied(kind, ended.output)) if kind else None)
            return True
        except BaseException as error:
            raised.append(error)
            return False
    status = _library.yoke_pipeline(_helpers(server), fill, kernel.function, show, None, size,
                                    sizeof(kind) if kind else 0, options)
    if raised:
        raise raised[0]
    _check(status)


def _copied(kind: Any, address: int) -> Any:
    """The value of ctypes that lies there, which may be kept."""
    return kind.from_buffer_copy(ctypes.string_at(address, sizeof(kind)))


def _plain(value: Any) -> Any:
    """A plain number where the value of ctypes is of a simple type."""
    return value.value if isinstance(value, ctypes._SimpleCData) else value


def _reduction(identity: Any, combine: Any) -> ReductionStructure:
    if not isinstance(identity, (ctypes._SimpleCData, Structure, ctypes.Array, ctypes.Union)):
        raise TypeError(f"identity is a value of ctypes, such as c_double(0), not {identity!r}")
    return ReductionStructure(sizeof(ReductionStructure), sizeof(identity),
                              ctypes.cast(byref(identity), c_void_p), _address("combine", combine))


def parallel_reduce(body: Any, combine: Any, identity: Any, *bounds: int, argument: Any = None,
                    server: Optional[Server] = None, **how: Any) -> Any:
    """A loop whose body adds up into piece->accumulator (piece[4] where all are uint64), which begins
    as `identity`, a value of ctypes such as c_double(0). `void combine(void *into, const void *from,
    void *argument)` combines two of these, along a tree that depends on the range and the grain
    alone. Returns the combination of all, as a plain number where that is of a simple type."""
    result = type(identity)()
    reduction = _reduction(identity, combine)
    with _looping(body, bounds, argument, **how) as loop:
        _check(_library.yoke_parallel_reduce(_helpers(server), loop, reduction, byref(result)))
    return _plain(result)


def parallel_scan(body: Any, combine: Any, write: Any, identity: Any, *bounds: int,
                  argument: Any = None, server: Optional[Server] = None, add_and_write: Any = None,
                  associative: bool = False, **how: Any) -> Any:
    """A reduction that then calls `write`, a function like the body, for each leaf with what all
    numbers before it combine to; or instead of the two `add_and_write`, which has that in
    piece->before (piece[6] where all are uint64): see yoke_parallel_scan() in yoke/loop.h. Where the
    same bits come out whatever is combined first, as of integers, it may be `associative`."""
    total = type(identity)()
    reduction = _reduction(identity, combine)
    reduction.associative = associative
    if add_and_write is not None:
        reduction.add_and_write = _address("add_and_write", add_and_write)
    with _looping(body, bounds, argument, **how) as loop:
        _check(_library.yoke_parallel_scan(_helpers(server), loop, reduction,
                                           _address("write", write), byref(total)))
    return _plain(total)


# ---- reductions by parts, also on nodes --------------------------------------------------------

def map_reduce(kernel: Kernel[Any], combine: Any, identity: Any, *bounds: int, grain: int = 0,
               input: Any = b"", server: Optional[Server] = None, **how: Any) -> Any:
    """A reduction whose kernel does parts of range(stop) or range(start, stop), here or, a
    NamedKernel, on the nodes of a cluster: with the bits of parallel_reduce(), wherever they are
    done. The kernel's argument is a part, lo, hi and grain in 64 bits each, which yoke_part_read()
    reads in C, then the bytes of `input`, the same for all; its result is an accumulator, of the size
    of `identity`, a value of ctypes. What a kernel has to do for the same bits tells yoke/map.h.

        sum_part = yoke.NamedKernel("sum_part", 1, result_size=8)
        total = yoke.map_reduce(sum_part, operator.add, c_double(0), 10**9, server=server)

    `combine` is a C function as in parallel_reduce(), or a callable of Python's, which is given two
    accumulators, plain numbers where these are of a simple type, and returns their combination. The
    calling thread calls it, when all parts have ended; what it raises is raised. Kernels are compiled
    ones: nodes run no Python, and here it would hold the lock. When a part fails no further ones are
    begun, and the Error has its status and message. The other options are those of map()."""
    if not isinstance(kernel, Kernel):
        raise TypeError(f"what does the parts is a yoke.Kernel, not {kernel!r}")
    raised: List[BaseException] = []
    merge = _combining(combine, type(identity), raised)
    reduction, options, result = _reduction(identity, merge), _mapping(**how), type(identity)()
    function, output = kernel._map(options)
    size, given = sizeof(output) if output else 0, _bytes("input", input)
    if size != sizeof(identity):
        raise ValueError(f"the kernel {kernel.name} has a result of {size} bytes; accumulators such "
                         f"as the identity have {sizeof(identity)}")
    part = PartStructure(*_range(bounds), _unsigned("grain", grain, 64))
    status = _library.yoke_map_reduce(_helpers(server), function, part, given, len(given), reduction,
                                      options, byref(result))
    if raised:
        raise raised[0]
    _check(status)
    return _plain(result)


def _combining(combine: Any, kind: Any, raised: List[BaseException]) -> Any:
    """A C function for a reduction that is combined by the calling thread alone."""
    if hasattr(combine, "address") or isinstance(combine, (int, ctypes._CFuncPtr, c_void_p)):
        return combine
    if not callable(combine):
        raise TypeError(f"combine is a C function, or a callable of Python's, not {combine!r}")

    @_COMBINE
    def merge(into: int, from_: int, _: Any) -> None:
        try:
            if not raised:
                both = combine(_plain(_copied(kind, into)), _plain(_copied(kind, from_)))
                ctypes.memmove(into, byref(_accumulator(kind, both)), sizeof(kind))
        except BaseException as error:  # nothing may leave through C
            raised.append(error)
    return merge


def _accumulator(kind: Any, value: Any) -> Any:
    if issubclass(kind, ctypes._SimpleCData):
        return kind(_field(value, "the combination", kind))
    if not isinstance(value, kind):
        raise TypeError(f"combine returns a {kind.__name__}, not {value!r}")
    return value


# ---- arrays ------------------------------------------------------------------------------------

_NATIVE = b"@=" + (b"<" if sys.byteorder == "little" else b">")
_TYPES = {b"d": 1, b"f": 2, b"q": 3, b"l": 3}  # yoke_number_type
_CODES = {1: "d", 2: "f", 3: "q"}


@contextlib.contextmanager
def _array(name: str, value: Any, flags: int = _READABLE) -> Iterator[ArrayStructure]:
    """An array as C takes it: without a copy, so with one stride for all of it."""
    what = "an array of numbers in memory that may be written to" if flags == _WRITABLE else \
        "an array of numbers, such as numpy's or array.array(\"d\", ...)"
    with _buffer(name, value, what, flags) as view:
        letter = (view.format or b"B").lstrip(_NATIVE)
        size = {b"f": 4}.get(letter, 8)
        if letter not in _TYPES or view.itemsize != size:
            raise TypeError(f"{name} has numbers of the format {view.format!r}; those here are "
                            "double ('d'), float ('f') and int64 ('q'), as in x.astype('d')")
        yield ArrayStructure(view.buf, view.len // size, _stride(name, view), _TYPES[letter])


def _stride(name: str, view: _BufferStructure) -> int:
    """How far the numbers are apart, from row to row as within a row."""
    if view.len == 0 or not view.strides:  # as ctypes leaves them out
        return 1
    axes = [i for i in range(view.ndim) if view.shape[i] != 1]
    if not axes:
        return 1
    for outer, inner in zip(axes, axes[1:]):
        if view.strides[outer] != view.shape[inner] * view.strides[inner]:
            raise ValueError(f"{name} has rows with gaps, or columns before rows; pass its rows, or "
                             "a copy, as numpy.ascontiguousarray(x)")
    stride, rest = divmod(view.strides[axes[-1]], view.itemsize)
    if rest or not stride:
        raise ValueError(f"{name} has numbers that are {view.strides[axes[-1]]} bytes apart; pass a "
                         "copy, as numpy.ascontiguousarray(x)")
    return stride


def _value(x: ArrayStructure, number: NumberUnion) -> Any:
    return number.i64 if _CODES[x.type] == "q" else number.f64


def sum(x: Any, *, exact: bool = False, server: Optional[Server] = None) -> Any:
    """The sum of an array of float64, float32 or int64, of any number of dimensions: a float, or an
    int. Floats are added in double along a fixed tree, or, with exact=True, as if without rounding,
    and rounded once: the same bits on any number of workers either way, see yoke/numeric.h.

    This and the functions below take what has Python's buffer protocol (numpy, array.array, a
    memoryview or an array of ctypes) and read it where it lies, on the workers of `server` and in
    the calling thread, without the interpreter's lock: nobody may write to it meanwhile."""
    number = NumberUnion()
    with _array("x", x) as lent:
        _check(_library.yoke_sum(_helpers(server), lent, bool(exact), number))
        return _value(lent, number)


def dot(x: Any, y: Any, *, exact: bool = False, server: Optional[Server] = None) -> Any:
    """The sum of the products of two arrays of one type and length."""
    number = NumberUnion()
    with _array("x", x) as left, _array("y", y) as right:
        _check(_library.yoke_dot(_helpers(server), left, right, bool(exact), number))
        return _value(left, number)


def norm2(x: Any, *, exact: bool = False, server: Optional[Server] = None) -> float:
    """The Euclidean norm, which does not run over in between."""
    number = NumberUnion()
    with _array("x", x) as lent:
        _check(_library.yoke_norm2(_helpers(server), lent, bool(exact), number))
    return number.f64


def _extreme(call: Callable[..., int], x: Any, server: Optional[Server]) -> Tuple[Any, int]:
    number, index = NumberUnion(), c_size_t()
    with _array("x", x) as lent:
        _check(call(_helpers(server), lent, number, index))
        return _value(lent, number), index.value


def min(x: Any, *, server: Optional[Server] = None) -> Any:
    """The least number of an array, NaN if there is one; Error when there is no number."""
    return _extreme(_library.yoke_min, x, server)[0]


def max(x: Any, *, server: Optional[Server] = None) -> Any:
    """The greatest number of an array, NaN if there is one; Error when there is no number."""
    return _extreme(_library.yoke_max, x, server)[0]


def argmin(x: Any, *, server: Optional[Server] = None) -> int:
    """Where the least number first stands, counted along the rows."""
    return _extreme(_library.yoke_min, x, server)[1]


def argmax(x: Any, *, server: Optional[Server] = None) -> int:
    """Where the greatest number first stands, counted along the rows."""
    return _extreme(_library.yoke_max, x, server)[1]


def histogram(x: Any, lo: float, hi: float, bins: int, *,
              server: Optional[Server] = None) -> array.array[int]:
    """How many numbers fall into each of `bins` intervals of equal width from lo up to, not
    including, hi."""
    counts = array.array("Q", bytes(8 * _whole("bins", bins, 1, 2**30)))
    with _array("x", x) as lent:
        _check(_library.yoke_histogram(_helpers(server), lent, lo, hi, len(counts),
                                       counts.buffer_info()[0]))
    return counts


def scan(x: Any, out: Any = None, *, exclusive: bool = False, exact: bool = False,
         server: Optional[Server] = None) -> Any:
    """The sums of the numbers up to each one, with it or, exclusive, up to the one before: written
    to `out`, an array of the same type, which may be x, or to a new array.array. Returns that."""
    with _array("x", x) as from_:
        if out is None:
            code = _CODES[from_.type]
            out = array.array(code, bytes(array.array(code).itemsize * from_.count))
        with _array("out", out, _WRITABLE) as to:
            if (to.type, to.count, to.stride) != (from_.type, from_.count, 1):
                raise ValueError("out is an array of the type and length of x, without gaps")
            _check(_library.yoke_scan(_helpers(server), from_, bool(exact), bool(exclusive),
                                      to.data))
    return out


class Exact:
    """A sum in the making, of numbers, arrays and products, that is rounded once: see yoke_exact in
    yoke/numeric.h. In which order things are added, in which thread, process, machine or language,
    does not matter; each has its own, and these are merged. It may be copied, pickled, and sent as
    bytes; it is not for several threads at a time."""

    __hash__ = None  # type: ignore[assignment]

    def __init__(self) -> None:
        self._sum = ExactStructure()

    def add(self, x: Any) -> Exact:
        """Adds a float, an int, or all numbers of an array."""
        if isinstance(x, numbers.Integral):
            rest = int(x)
            while rest:  # what a float does not hold of it is added after it
                part = float(rest)
                _library.yoke_exact_add(self._sum, part)
                rest -= int(part)
        elif isinstance(x, numbers.Real) and not isinstance(x, numbers.Rational):
            _library.yoke_exact_add(self._sum, float(x))
        else:
            with _array("x", x) as lent:
                _check(_library.yoke_exact_add_array(self._sum, lent))
        return self

    def add_products(self, x: Any, y: Any) -> Exact:
        """Adds all x[i] * y[i] of two arrays of one type and length."""
        with _array("x", x) as left, _array("y", y) as right:
            _check(_library.yoke_exact_add_products(self._sum, left, right))
        return self

    def merge(self, other: Exact) -> Exact:
        """Adds all that was added to the other one."""
        if not isinstance(other, Exact):
            raise TypeError(f"what is merged is a yoke.Exact, not {other!r}")
        _library.yoke_exact_merge(self._sum, other._sum)
        return self

    def __iadd__(self, other: Any) -> Exact:
        return self.merge(other) if isinstance(other, Exact) else self.add(other)

    def round(self) -> float:
        """The float nearest to the sum."""
        return _library.yoke_exact_round(self._sum)

    __float__ = round

    def __bytes__(self) -> bytes:
        """The sum as 560 bytes, the same ones for the same sum on every machine."""
        written = ctypes.create_string_buffer(_EXACT_BYTES)
        _library.yoke_exact_write(self._sum, written)
        return written.raw

    @classmethod
    def from_bytes(cls, written: Any) -> Exact:
        """The sum that bytes() has written."""
        written, exact = _bytes("written", written), cls()
        if len(written) != _EXACT_BYTES:
            raise ValueError(f"a yoke.Exact is written in {_EXACT_BYTES} bytes, not {len(written)}")
        _check(_library.yoke_exact_read(exact._sum, written))
        return exact

    def __eq__(self, other: object) -> bool:
        return bytes(self) == bytes(other) if isinstance(other, Exact) else NotImplemented

    def __reduce__(self) -> Any:
        return Exact.from_bytes, (bytes(self),)

    def __repr__(self) -> str:
        return f"<yoke.Exact of {self.round()!r}>"


_EXACT_BYTES = 560
