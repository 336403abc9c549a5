"""The kernel's eBPF helper functions that a utrace program may call.

One table serves both ends of the pipeline: the code generator calls helpers by name, the verifier checks the
registers of a call against ``arguments`` and gives r0 the meaning of ``result``, and the native backend maps
``runtime_name`` to the function of the in-target runtime.

Numbers and signatures are those of the kernel's ``include/uapi/linux/bpf.h`` (``___BPF_FUNC_MAPPER``); the
argument kinds follow ``enum bpf_arg_type`` and ``enum bpf_return_type`` of ``include/linux/bpf.h``.
"""

from enum import Enum, auto
from types import MappingProxyType
from typing import Final

from utrace.lazy_dataclass import dataclass

FLOOR_LOG2: Final = "utrace_floor_log2"
"""A function that objects may bring along under this reserved name: the number of the highest bit that is set in its
argument, 0 for 0. eBPF has no instruction for it; native code has, and uses it in the function's place."""


FIRST_OWN: Final = 0x75740000
"""The number of the first helper of our own, far beyond those of any kernel."""


class Argument(Enum):
    """What the kernel demands of one helper argument."""

    SCALAR = auto()  #: any initialised number (``ARG_ANYTHING``)
    MAP = auto()  #: a map known at verification time (``ARG_CONST_MAP_PTR``)
    RING_MAP = auto()  #: as MAP, but of type RINGBUF
    MAP_KEY = auto()  #: readable memory of the map's key size
    MAP_VALUE = auto()  #: readable memory of the map's value size
    MEMORY_IN = auto()  #: readable memory, its size given by the SIZE argument that follows
    MEMORY_OUT = (
        auto()
    )  #: writable memory, may be uninitialised, its size given by the SIZE argument that follows
    OUT_SIZE = auto()  #: size of the MEMORY argument before it, greater than zero
    SIZE = auto()  #: size of the MEMORY argument before it, zero allowed
    CONTEXT = auto()  #: the program's context, unchanged
    USER_ADDRESS = auto()  #: an address in the traced program: any number
    CALLBACK = auto()  #: a function of the same program (``ARG_PTR_TO_FUNC``)
    CALLBACK_CONTEXT = (
        auto()
    )  #: memory of the stack, or null: what a callback is given (``ARG_PTR_TO_STACK_OR_NULL``)


class Result(Enum):
    """What a helper leaves in r0."""

    SCALAR = auto()
    MAP_VALUE_OR_NULL = auto()


@dataclass(frozen=True)
class Helper:
    """One helper: its kernel number, its name without the ``bpf_`` prefix, and its signature."""

    number: int
    name: str
    arguments: tuple[Argument, ...]
    result: Result = Result.SCALAR

    @property
    def runtime_name(self) -> str:
        """Name of the function that implements the helper in the in-target runtime."""
        return f"rt_{self.name}"


_A = Argument

KERNEL_HELPERS: Final[tuple[Helper, ...]] = (
    Helper(1, "map_lookup_elem", (_A.MAP, _A.MAP_KEY), Result.MAP_VALUE_OR_NULL),
    Helper(2, "map_update_elem", (_A.MAP, _A.MAP_KEY, _A.MAP_VALUE, _A.SCALAR)),
    Helper(3, "map_delete_elem", (_A.MAP, _A.MAP_KEY)),
    Helper(5, "ktime_get_ns", ()),
    Helper(7, "get_prandom_u32", ()),
    Helper(8, "get_smp_processor_id", ()),
    Helper(14, "get_current_pid_tgid", ()),
    Helper(15, "get_current_uid_gid", ()),
    Helper(16, "get_current_comm", (_A.MEMORY_OUT, _A.OUT_SIZE)),
    # Return addresses of the probed thread, the innermost first; only user stacks (flags: BPF_F_USER_STACK).
    Helper(67, "get_stack", (_A.CONTEXT, _A.MEMORY_OUT, _A.SIZE, _A.SCALAR)),
    # What is written to is the traced program's memory.
    Helper(36, "probe_write_user", (_A.USER_ADDRESS, _A.MEMORY_IN, _A.SIZE)),
    Helper(42, "get_numa_node_id", ()),
    Helper(109, "send_signal", (_A.SCALAR,)),
    Helper(117, "send_signal_thread", (_A.SCALAR,)),
    Helper(208, "ktime_get_tai_ns", ()),
    Helper(112, "probe_read_user", (_A.MEMORY_OUT, _A.SIZE, _A.USER_ADDRESS)),
    Helper(114, "probe_read_user_str", (_A.MEMORY_OUT, _A.SIZE, _A.USER_ADDRESS)),
    Helper(125, "ktime_get_boot_ns", ()),
    Helper(130, "ringbuf_output", (_A.RING_MAP, _A.MEMORY_IN, _A.SIZE, _A.SCALAR)),
    # The address of the probe.
    Helper(173, "get_func_ip", (_A.CONTEXT,)),
    Helper(174, "get_attach_cookie", (_A.CONTEXT,)),
    # The callback gets map, key, value and context, and returns 1 to stop; the result is how often it was called.
    Helper(164, "for_each_map_elem", (_A.MAP, _A.CALLBACK, _A.CALLBACK_CONTEXT, _A.SCALAR)),
    # So many times (at most 2^23) the callback, which gets the number of the round and the context.
    Helper(181, "loop", (_A.SCALAR, _A.CALLBACK, _A.CALLBACK_CONTEXT, _A.SCALAR)),
    # The value of another CPU (natively: of a thread slot); null from the number of CPUs (slots) on.
    Helper(195, "map_lookup_percpu_elem", (_A.MAP, _A.MAP_KEY, _A.SCALAR), Result.MAP_VALUE_OR_NULL),
)

#: Helpers that the kernel does not have; a program that calls one runs in user space only.
OWN_HELPERS: Final[tuple[Helper, ...]] = (
    Helper(FIRST_OWN, "get_parent_pid", ()),
    Helper(FIRST_OWN + 1, "get_child_pid", ()),
    # The name of a process, by its id.
    Helper(FIRST_OWN + 2, "get_comm_of", (_A.SCALAR, _A.MEMORY_OUT, _A.OUT_SIZE)),
)

HELPERS: Final = KERNEL_HELPERS + OWN_HELPERS

#: Helpers by kernel number, as found in the immediate of a call instruction.
BY_NUMBER: Final = MappingProxyType({helper.number: helper for helper in HELPERS})

#: Helpers by name without the ``bpf_`` prefix.
BY_NAME: Final = MappingProxyType({helper.name: helper for helper in HELPERS})

#: ``flags`` of map_update_elem (``include/uapi/linux/bpf.h``).
BPF_ANY: Final = 0
BPF_NOEXIST: Final = 1
BPF_EXIST: Final = 2

#: ``flags`` of get_stack.
BPF_F_USER_STACK: Final = 1 << 8
