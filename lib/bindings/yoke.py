"""Yoke from Python: every core of the machine for kernels from C, and jobs of Python functions.

    import yoke

    server = yoke.Server()                         # a worker on every core that may be used
    job = server.submit(yoke.sum_primes, (10**9,)) # returns at once
    print(job())                                   # waits: 24739512092254535
    server.print_stats()

Any callable can be a job. While it runs Python code it holds the interpreter's lock, as all Python
threads do; yoke.sum_primes(), a Kernel, and whatever else calls C without the lock (ctypes, numpy)
run on all workers at once. What a function raises, its job raises. The C headers are the manual
for everything that is named alike here.

Not here, because Python has its own: yoke_uint128_text, yoke_uint256_text, yoke_context_server (the
function knows its server); because Server.get_stats() has it: yoke_server_stats,
yoke_server_place_stats; because the interpreter's lock makes no sense of them: yoke_for_each,
yoke_log_set; for kernels in C, and libraries on top of yoke: yoke_context_argument_size,
yoke_context_result_size, yoke_error_set, yoke_log, yoke_engine_*; where the tool tells it, with
`yoke topology --json`: yoke_topology_*. Python takes the wide calls for all numbers:
yoke_sum_primes, yoke_count_primes, yoke_plan_primes.

Needs libyoke.so: the one beside an installed yoke, else the one that the system's linker finds;
the environment variable YOKE_LIBRARY names another. No other package is needed.
"""

from __future__ import annotations

import ctypes
import enum
import itertools
import json
import os
import sys
import threading
import time
import weakref
from ctypes import (POINTER, Structure, byref, c_bool, c_char_p, c_double, c_int, c_int64, c_size_t,
                    c_uint, c_uint64, c_void_p, sizeof)
from pathlib import Path
from typing import Any, Callable, Dict, Generic, Iterable, Optional, Sequence, Tuple, TypeVar, Union

__all__ = ["AfterPolicy", "Algorithm", "Context", "Error", "Group", "Job", "Kernel", "Plan",
           "Server", "State", "Status", "context", "count_primes", "plan_primes", "primes",
           "primes_kernel", "sum_first_primes", "sum_primes", "version", "wait_all", "wait_any"]

T = TypeVar("T")


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
_PROGRESS = ctypes.CFUNCTYPE(None, c_double, c_double, c_void_p)


class TaskStructure(Structure):
    _fields_ = [("size", c_size_t), ("kernel", c_void_p), ("name", c_char_p),
                ("argument", c_void_p), ("argument_size", c_size_t), ("result_size", c_size_t),
                ("callback", _CALLBACK), ("callback_context", c_void_p), ("priority", c_int),
                ("place", c_char_p), ("time_limit", c_int64), ("deadline", c_int64),
                ("after", POINTER(c_void_p)), ("after_count", c_size_t), ("after_failed", c_int),
                ("tries", c_uint)]


class ServerOptionsStructure(Structure):
    _fields_ = [("size", c_size_t), ("workers", c_uint), ("trace", c_bool),
                ("queue_capacity", c_size_t)]


class PrimesOptionsStructure(Structure):
    _fields_ = [("size", c_size_t), ("algorithm", c_int), ("progress", _PROGRESS),
                ("progress_context", c_void_p), ("checkpoint", c_char_p),
                ("checkpoint_interval", c_int64), ("resume", c_bool), ("double_check", c_bool),
                ("kernel", c_char_p), ("cancel", POINTER(c_bool))]


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


def _declare(result: Any, **functions: Sequence[Any]) -> None:
    for name, arguments in functions.items():
        function = getattr(_library, "yoke_" + name)
        function.restype, function.argtypes = result, arguments


_options = POINTER(PrimesOptionsStructure)
_declare(c_int,
         server_open=[POINTER(ServerOptionsStructure), POINTER(c_void_p)],
         server_close=[c_void_p], server_resize=[c_void_p, c_uint],
         server_wait=[c_void_p, c_int64], server_print_stats=[c_void_p, c_void_p],
         server_print_stats_json=[c_void_p, c_void_p],
         server_write_trace=[c_void_p, c_void_p, c_int],
         submit=[c_void_p, POINTER(TaskStructure), POINTER(c_void_p)],
         try_submit=[c_void_p, POINTER(TaskStructure), POINTER(c_void_p)],
         job_wait=[c_void_p, c_int64], job_result=[c_void_p, c_void_p, c_size_t],
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
         primes_open=[c_uint64, c_uint64, POINTER(c_void_p)],
         primes_next=[c_void_p, POINTER(POINTER(c_uint64)), POINTER(c_size_t)])
_declare(c_char_p, version=[], primes_kernel=[], last_error=[], status_text=[c_int], job_message=[c_void_p],
         job_output=[c_void_p], context_place=[c_void_p])
_declare(c_int64, job_busy=[c_void_p])
_declare(c_uint, server_workers=[c_void_p], context_worker=[c_void_p], context_try=[c_void_p])
_declare(c_bool, context_cancelled=[c_void_p])
_declare(None, server_release=[c_void_p], job_release=[c_void_p], group_close=[c_void_p],
         primes_close=[c_void_p], context_progress=[c_void_p, c_uint64, c_uint64],
         job_progress=[c_void_p, POINTER(c_uint64), POINTER(c_uint64)])
# Variable arguments: the format is always "%s".
_library.yoke_context_fail.argtypes = [c_void_p, c_int, c_char_p]
_library.yoke_context_print.argtypes = [c_void_p, c_char_p]


def _check(status: int) -> None:
    if status != Status.OK:
        raise Error(status, _library.yoke_last_error().decode(errors="replace"))


def _nanoseconds(seconds: float) -> int:
    return max(0, round(seconds * 1e9))


def _wait(wait: Callable[..., int], arguments: Sequence[Any], timeout: Optional[float],
          *more: Any) -> bool:
    """Waits as the call does, at most `timeout` seconds; whether what it waits for has come."""
    end = None if timeout is None else time.monotonic() + timeout
    while True:
        # Python sees Ctrl-C only between two calls.
        left = 0.2 if end is None else min(0.2, end - time.monotonic())
        status = wait(*arguments, _nanoseconds(left), *more)
        if status != Status.TIMED_OUT:
            _check(status)
            return True
        if end is not None and time.monotonic() >= end:
            return False


def _text_of(write: Callable[..., int], handle: Any, *more: int) -> str:
    """What a call of the library writes to a stream."""
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
    return written.decode(errors="replace")


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
        self.function = ctypes.cast(function, c_void_p)
        self.name = getattr(function, "__name__", "kernel")
        self.argument, self.result = argument, result
        self.library = function  # keeps the code loaded


class Context:
    """Inside a job: what yoke.context() gives its function."""

    def __init__(self, handle: int) -> None:
        self._handle = handle

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
        _library.yoke_context_progress(self._handle, done, total)

    def print(self, *values: object, sep: str = " ", end: str = "\n") -> None:
        """Appends to the job's output, as print() would write it."""
        text = (sep.join(map(str, values)) + end).encode()
        _check(_library.yoke_context_print(self._handle, b"%s", c_char_p(text)))


_running = threading.local()


def context() -> Context:
    """The context of the job that the calling thread runs; LookupError where there is none."""
    handle = getattr(_running, "context", None)
    if handle is None:
        raise LookupError("yoke.context() is for functions that run as a job")
    return Context(handle)


class _Call:
    """A job's function, and what became of it. The library holds its number until the end."""

    def __init__(self, function: Callable[..., Any], arguments: Sequence[Any],
                 keywords: Optional[Dict[str, Any]], ended: Optional[Callable[[Any], Any]]) -> None:
        self.function: Optional[Callable[..., Any]] = function
        self.arguments, self.keywords, self.ended = tuple(arguments), keywords or {}, ended
        self.value: Any = None
        self.error: Optional[BaseException] = None

    def run(self) -> None:
        self.value = self.error = None
        self.value = self.function(*self.arguments, **self.keywords)


_calls: Dict[int, _Call] = {}
_numbers = itertools.count(1)


@_KERNEL
def _run_call(handle: int, argument: int, _result: int) -> int:
    call = _calls[c_uint64.from_address(argument).value]
    outer = getattr(_running, "context", None)  # of a job that waits, and runs this one meanwhile
    _running.context = handle
    try:
        call.run()
        return Status.OK
    except BaseException as error:
        call.error = error
        if _library.yoke_context_cancelled(handle):
            return Status.CANCELLED
        text = f"{type(error).__name__}: {error}".encode()
        return _library.yoke_context_fail(handle, Status.JOB_FAILED, b"%s", c_char_p(text))
    finally:
        _running.context = outer


@_CALLBACK
def _end_call(job: int, number: int) -> int:
    call = _calls.pop(number)
    call.function, call.arguments, call.keywords = None, (), {}
    try:
        if call.ended and _library.yoke_job_state(job) == State.DONE:
            call.ended(call.value)
        return Status.OK
    except Exception:
        sys.excepthook(*sys.exc_info())
        return Status.JOB_FAILED
    finally:
        call.ended = None


# ---- jobs --------------------------------------------------------------------------------------

class Job(Generic[T]):
    """A job: job() waits for its result. May be asked from any thread, and as often as one likes;
    once it is garbage the job runs on by itself."""

    def __init__(self, handle: c_void_p, call: Optional[_Call], kernel: Optional[Kernel[T]]) -> None:
        self._handle, self._call, self._kernel = handle, call, kernel
        weakref.finalize(self, _library.yoke_job_release, handle).atexit = False

    def __call__(self) -> T:
        """Waits for the job and gives its result. Raises what its function raised, or Error."""
        self.wait()
        if self._kernel:
            result = self._kernel.result
            value = result() if result else None
            _check(_library.yoke_job_result(self._handle, byref(value) if result else None,
                                            sizeof(result) if result else 0))
            return value.value if hasattr(value, "value") else value
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


def _handles(jobs: Sequence[Job[Any]]) -> Any:
    return (c_void_p * len(jobs))(*(job._handle for job in jobs))


def wait_all(jobs: Sequence[Job[Any]], timeout: Optional[float] = None) -> bool:
    """Waits until all of the jobs have ended, at most `timeout` seconds; whether they have."""
    return _wait(_library.yoke_wait_all, (_handles(jobs), len(jobs)), timeout)


def wait_any(jobs: Sequence[Job[Any]], timeout: Optional[float] = None) -> Optional[int]:
    """Waits until one of the jobs has ended: its index, or None after `timeout` seconds."""
    index = c_size_t()
    ended = _wait(_library.yoke_wait_any, (_handles(jobs), len(jobs)), timeout, byref(index))
    return index.value if ended else None


def _submit(to: Callable[..., int], owner: Any, function: Union[Callable[..., T], Kernel[T]],
            args: Sequence[Any], kwargs: Optional[Dict[str, Any]],
            callback: Optional[Callable[[T], Any]], name: Optional[str], priority: int,
            place: Optional[str], time_limit: float, deadline: float, after: Iterable[Job[Any]],
            after_failed: AfterPolicy, tries: int) -> Job[T]:
    after = list(after)
    task = TaskStructure(
        size=sizeof(TaskStructure), priority=priority, place=place.encode() if place else None,
        time_limit=_nanoseconds(time_limit), deadline=_nanoseconds(deadline),
        after=_handles(after), after_count=len(after), after_failed=after_failed, tries=tries)
    task.name = (name or getattr(function, "__name__", None) or
                 getattr(function, "name", "job")).encode()
    handle = c_void_p()
    if isinstance(function, Kernel):
        if kwargs or callback:
            raise TypeError("a Kernel takes neither keywords nor a callback")
        argument = function.argument(*args) if function.argument else None
        task.kernel = function.function
        if argument is not None:
            task.argument = ctypes.cast(byref(argument), c_void_p)
            task.argument_size = sizeof(argument)
        task.result_size = sizeof(function.result) if function.result else 0
        _check(to(owner, byref(task), byref(handle)))
        return Job(handle, None, function)
    if not callable(function):
        raise TypeError(f"a job is a callable or a yoke.Kernel, not {function!r}")
    number = c_uint64(next(_numbers))
    call = _calls[number.value] = _Call(function, args, kwargs, callback)
    task.kernel = ctypes.cast(_run_call, c_void_p)
    task.argument, task.argument_size = ctypes.cast(byref(number), c_void_p), sizeof(number)
    task.callback, task.callback_context = _end_call, number.value
    try:
        _check(to(owner, byref(task), byref(handle)))
    except BaseException:
        del _calls[number.value]
        raise
    return Job(handle, call, None)


class _Submitter:
    """What servers and groups have in common."""

    _to: Callable[..., int]
    _handle: c_void_p

    def submit(self, function: Union[Callable[..., T], Kernel[T]], args: Sequence[Any] = (),
               kwargs: Optional[Dict[str, Any]] = None, *,
               callback: Optional[Callable[[T], Any]] = None, name: Optional[str] = None,
               priority: int = 0, place: Optional[str] = None, time_limit: float = 0,
               deadline: float = 0, after: Iterable[Job[Any]] = (),
               after_failed: AfterPolicy = AfterPolicy.CANCEL, tries: int = 1) -> Job[T]:
        """Hands function(*args, **kwargs) to the workers and returns its job at once.

        `callback` is given the result of a job that is done, by the thread that ended it. Times
        are in seconds, 0 for no limit; all else is as in yoke_task of yoke/server.h.
        """
        return _submit(self._to, self._handle, function, args, kwargs, callback, name, priority,
                       place, time_limit, deadline, after, after_failed, tries)


# ---- servers and groups ------------------------------------------------------------------------

def _release_server(handle: c_void_p) -> None:
    # One of its own jobs cannot end it, and may hold the last reference: another thread then does.
    if _library.yoke_server_close(handle) == Status.DEADLOCK:
        threading.Thread(target=_library.yoke_server_release, args=(handle,)).start()
    else:
        _library.yoke_server_release(handle)


class Server(_Submitter):
    """A job server with `ncpus` workers; 0: as many as fit the machine, see `yoke topology`.

    It ends, after the jobs that run, with close(), at the end of a `with`, when it is garbage, or
    when the program ends; jobs that are still queued are cancelled then.
    """

    _to = _library.yoke_submit

    def __init__(self, ncpus: int = 0, *, trace: bool = False, queue_capacity: int = 0) -> None:
        if not 0 <= ncpus < 1 << 32:
            raise ValueError(f"ncpus is {ncpus}; 0 takes as many as fit the machine")
        options = ServerOptionsStructure(sizeof(ServerOptionsStructure), ncpus, trace,
                                         queue_capacity)
        self._handle = c_void_p()
        _check(_library.yoke_server_open(byref(options), byref(self._handle)))
        weakref.finalize(self, _release_server, self._handle)

    def __enter__(self) -> Server:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        _check(_library.yoke_server_close(self._handle))

    def get_ncpus(self) -> int:
        """The number of workers."""
        return _library.yoke_server_workers(self._handle)

    def set_ncpus(self, ncpus: int) -> None:
        _check(_library.yoke_server_resize(self._handle, ncpus))

    def wait(self, timeout: Optional[float] = None) -> bool:
        """Waits until all jobs have ended, at most `timeout` seconds; whether they have."""
        return _wait(_library.yoke_server_wait, (self._handle,), timeout)

    def get_stats(self) -> Dict[str, Any]:
        """All statistics, as yoke_server_print_stats_json() writes them."""
        return json.loads(_text_of(_library.yoke_server_print_stats_json, self._handle))

    def print_stats(self) -> None:
        """Prints Parallel Python's table."""
        print(_text_of(_library.yoke_server_print_stats, self._handle), end="")

    def write_trace(self, path: Union[str, os.PathLike[str]]) -> None:
        """Writes the timeline of a server with `trace`: FILE.html or FILE.svg, else for Perfetto.
        """
        form = {".svg": 1, ".html": 2}.get(Path(path).suffix, 0)
        text = _text_of(_library.yoke_server_write_trace, self._handle, form)
        Path(path).write_text(text)


class Group(_Submitter):
    """Jobs of a server that are waited for and cancelled together."""

    _to = _library.yoke_group_submit

    def __init__(self, server: Server) -> None:
        self._server, self._handle = server, c_void_p()
        _check(_library.yoke_group_open(server._handle, byref(self._handle)))
        weakref.finalize(self, _library.yoke_group_close, self._handle).atexit = False

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
                    kernel: Optional[str] = None) -> PrimesOptionsStructure:
    return PrimesOptionsStructure(
        size=sizeof(PrimesOptionsStructure), algorithm=algorithm, double_check=double_check,
        progress=_PROGRESS((lambda done, total, _: progress(done, total)) if progress else 0),
        checkpoint=os.fsencode(checkpoint) if checkpoint else None,
        checkpoint_interval=_nanoseconds(checkpoint_interval), resume=resume,
        kernel=kernel.encode() if kernel else None)


def _of(server: Optional[Server]) -> Optional[c_void_p]:
    return server._handle if server else None


def sum_primes(*bounds: int, server: Optional[Server] = None,
               algorithm: Algorithm = Algorithm.AUTO, **options: Any) -> int:
    """The sum of the primes in range(stop) or range(start, stop), with stop up to 10**26, on the
    workers of `server`, or in the calling thread alone. Holds no interpreter lock meanwhile.

    The other options are those of yoke_primes_options in yoke/primes.h: double_check,
    progress=f, which is called as f(done, total), checkpoint=path, checkpoint_interval in
    seconds, resume, kernel."""
    total, how = Uint256(), _primes_options(algorithm, **options)
    _check(_library.yoke_sum_primes_wide(_of(server), *_wide(bounds), byref(how), byref(total)))
    return int(total)


def count_primes(*bounds: int, server: Optional[Server] = None,
                 algorithm: Algorithm = Algorithm.AUTO, **options: Any) -> int:
    """The number of primes; all else as sum_primes()."""
    total, how = Uint128(), _primes_options(algorithm, **options)
    _check(_library.yoke_count_primes_wide(_of(server), *_wide(bounds), byref(how), byref(total)))
    return int(total)


def sum_first_primes(n: int, *, server: Optional[Server] = None,
                     algorithm: Algorithm = Algorithm.AUTO, **options: Any) -> Tuple[int, int]:
    """The sum of the first n primes, and the last one of them; options as sum_primes()."""
    total, last, how = Uint128(), c_uint64(), _primes_options(algorithm, **options)
    _check(_library.yoke_sum_first_primes(_of(server), n, byref(how), byref(total), byref(last)))
    return int(total), last.value


def primes_kernel() -> str:
    """The instruction set that the primes are found with, such as "avx2"."""
    return _library.yoke_primes_kernel().decode()


class Plan:
    """How an interval would be gone about: algorithm, seconds, reason."""

    def __init__(self, algorithm: Algorithm, seconds: float, reason: str) -> None:
        self.algorithm, self.seconds, self.reason = algorithm, seconds, reason

    def __repr__(self) -> str:
        return f"Plan({self.algorithm!r}, {self.seconds!r}, {self.reason!r})"


def plan_primes(*bounds: int, workers: int = 1, algorithm: Algorithm = Algorithm.AUTO) -> Plan:
    """How sum_primes() would go about the interval with so many workers."""
    plan = PlanStructure()
    _check(_library.yoke_plan_primes_wide(workers, *_wide(bounds),
                                          byref(_primes_options(algorithm)), byref(plan)))
    return Plan(Algorithm(plan.algorithm), plan.seconds, plan.reason.decode())


def primes(*bounds: int) -> Iterable[int]:
    """The primes of range(stop) or range(start, stop), one by one, in ascending order."""
    walk, block, count = c_void_p(), POINTER(c_uint64)(), c_size_t()
    _check(_library.yoke_primes_open(*_interval(bounds), byref(walk)))
    try:
        while True:
            _check(_library.yoke_primes_next(walk, byref(block), byref(count)))
            if not count.value:
                return
            yield from block[:count.value]
    finally:
        _library.yoke_primes_close(walk)
