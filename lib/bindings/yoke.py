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

Whole numbers may be of any type that stands for one: int, numpy.int64, or 1e9. One that a call has
no room for is an OverflowError, a negative one where there is none a ValueError. Ctrl-C is heard in
every wait, and while primes are summed; when the program ends meanwhile, a second one ends it at
once, whatever still runs.

Not here, because Python has its own: yoke_uint128_text, yoke_uint256_text, yoke_context_server (the
function knows its server); because Context.after has it: yoke_context_after, yoke_context_input;
because submit().result() has it: yoke_run; because Server.get_statistics() has it:
yoke_server_get_statistics, yoke_server_get_place_statistics; because the interpreter's lock makes
no sense of them: yoke_for_each, yoke_parallel_*, yoke_piece_cancelled, yoke_map*, yoke_pipeline,
yoke_log_set; for kernels in C, and libraries on top of yoke: yoke_context_argument_size,
yoke_context_result_size, yoke_context_scratch, yoke_error_set, yoke_log, yoke_executor_*; for
programs in C so far: yoke_sum, yoke_dot, yoke_norm2, yoke_min, yoke_max, yoke_histogram,
yoke_scan, yoke_exact_*; where the
tool tells it, with `yoke topology --json`: yoke_topology_*. Python takes the wide calls for all
numbers: yoke_sum_primes, yoke_count_primes, yoke_plan_primes.

The module yoke_cluster has the jobs of a server run on other machines, too.

Needs libyoke.so: the one beside an installed yoke, else the one that the system's linker finds;
the environment variable YOKE_LIBRARY names another. Python 3.8 or later; no other package.
"""

from __future__ import annotations

import _thread
import atexit
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
                    c_uint, c_uint64, c_void_p, sizeof)
from pathlib import Path
from typing import (TYPE_CHECKING, Any, Callable, Dict, Generic, Iterable, Iterator, List, Optional,
                    Sequence, Set, Tuple, Type, TypeVar, Union)

if TYPE_CHECKING:
    from yoke_cluster import Cluster

__all__ = ["ALL", "AfterPolicy", "Algorithm", "Context", "Error", "Group", "Job", "Kernel",
           "NamedKernel", "Plan", "Server", "State", "Status", "context", "count_primes",
           "plan_primes", "primes", "primes_isa", "sum_first_primes", "sum_primes", "version",
           "wait_all", "wait_any"]

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
        return sum(word << 64 * i for i, word in enumerate(self.word))


_KERNEL = ctypes.CFUNCTYPE(c_int, c_void_p, c_void_p, c_void_p)
_CALLBACK = ctypes.CFUNCTYPE(c_int, c_void_p, c_void_p)
_VISIT = ctypes.CFUNCTYPE(None, c_char_p, c_void_p, c_void_p)
_PROGRESS = ctypes.CFUNCTYPE(None, c_double, c_double, c_void_p)


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


_options = POINTER(PrimesOptionsStructure)
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
         prime_iterator_next=[c_void_p, POINTER(POINTER(c_uint64)), POINTER(c_size_t)])
_declare(_library, c_char_p, version=[], primes_isa=[], last_error=[], status_text=[c_int],
         state_text=[c_int], job_message=[c_void_p], job_output=[c_void_p],
         context_place=[c_void_p])
_declare(_library, c_int64, job_busy=[c_void_p])
_declare(_library, c_uint, server_workers=[c_void_p], context_worker=[c_void_p],
         context_try=[c_void_p])
_declare(_library, c_bool, context_cancelled=[c_void_p])
_declare(_library, None, server_release=[c_void_p], job_release=[c_void_p],
         group_release=[c_void_p], prime_iterator_release=[c_void_p],
         context_progress=[c_void_p, c_uint64, c_uint64],
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
    return _LONGEST if seconds >= _LONGEST / 1e9 else math.ceil(max(0, seconds) * 1e9)


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


# ---- waiting -----------------------------------------------------------------------------------

def _wait(wait: Callable[..., int], arguments: Sequence[Any], timeout: Optional[float],
          *more: Any) -> bool:
    """Waits as the call does, at most `timeout` seconds; whether what it waits for has come."""
    end = None if timeout is None else time.monotonic() + _seconds("timeout", timeout)
    while True:
        # Python sees Ctrl-C only between two calls.
        left = 0.2 if end is None else min(0.2, end - time.monotonic())
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
        self.function = ctypes.cast(function, c_void_p)
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
        text = _any_text(sep.join(map(str, values)) + end)
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
          deliveries: int) -> TaskStructure:
    """All but what the job runs."""
    before = _handles("after", after)
    task = TaskStructure(
        size=sizeof(TaskStructure), name=_text("name", name) or _any_text(_name_of(function)),
        priority=_whole("priority", priority, -2**31, 2**31 - 1), place=_text("place", place),
        time_limit=_limit("time_limit", time_limit), deadline=_limit("deadline", deadline),
        after=before, after_count=len(before),
        after_failed=_member("after_failed", AfterPolicy, after_failed),
        tries=_unsigned("tries", tries, 32), key=_text("key", key), node=_text("node", node),
        deliveries=_unsigned("deliveries", deliveries, 32))
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
               deliveries: int = 0) -> Job[T]:
        """Hands function(*args, **kwargs) to the workers and returns its job at once.

        `callback` is given the result of a job that is done, by the thread that ended it. Times
        are in seconds, 0 for no limit; all else is as in yoke_task of yoke/server.h. The function
        finds the jobs `after` in yoke.context().after, also if nobody else keeps them.
        """
        task = _task(function, name, priority, place, time_limit, deadline, after, after_failed,
                     tries, key, node, deliveries)
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


# ---- primes ------------------------------------------------------------------------------------

_END = 2**64 - 1  # is no prime, so every prime below 2^64 is below it


def _bounds(bounds: Tuple[int, ...]) -> Tuple[int, int]:
    if not 1 <= len(bounds) <= 2:
        raise TypeError("an interval is [start,] stop, as for range()")
    start, stop = bounds if len(bounds) == 2 else (0, bounds[0])
    start, stop = _whole("start", start), _whole("stop", stop)
    if stop >= 1 << 128:
        raise OverflowError(f"the primes end at 10**26 here; {stop} is beyond it")
    return max(start, 0), max(stop, 0)


def _wide(bounds: Tuple[int, ...]) -> Tuple[Uint128, Uint128]:
    start, stop = _bounds(bounds)
    start = min(start, stop)
    return Uint128(start & _END, start >> 64), Uint128(stop & _END, stop >> 64)


def _interval(bounds: Tuple[int, ...]) -> Tuple[int, int]:
    start, stop = _bounds(bounds)
    if stop > _END + 1:
        raise OverflowError(f"the primes end at 2**64 here; {stop} is beyond it")
    return min(start, _END), min(stop, _END)


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
    if server is not None and not isinstance(server, Server):
        raise TypeError(f"server is a yoke.Server or None, not {server!r}")

    def find() -> None:
        status = call(server._handle if server else None, *arguments)
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
    end = min(n * (2 * n.bit_length() + 2), _END)  # is beyond the last of them
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
