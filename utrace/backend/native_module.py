"""The LLVM module of a session as text: constants of the runtime and the maps, then the lifted programs."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from utrace.backend.code_image import ContextKind
from utrace.backend.lift import lift_all
from utrace.backend.lift_body import Signature, Surroundings, map_symbol, symbol, value_symbol
from utrace.backend.lift_calls import constant_keys
from utrace.backend.spec import MapSpec, VerifiedProgram
from utrace.lazy_dataclass import dataclass

_OWN_ATTRIBUTES = 'nounwind noimplicitfloat nocf_check "no-builtins" "frame-pointer"="none"'


@dataclass(frozen=True)
class RuntimeConstants:
    """What the runtime is compiled against: its `rt_config` and one `rt_map` per map, as 64-bit words."""

    config: Sequence[int]
    maps: Mapping[str, Sequence[int]]


@dataclass(frozen=True)
class ModuleText:
    """A module in LLVM's assembly, how each of its programs is entered, and which of them have results."""

    text: str
    contexts: Mapping[str, ContextKind]
    with_result: frozenset[str]


def write_module(
    programs: Iterable[VerifiedProgram],
    around: Surroundings,
    constants: RuntimeConstants,
    target: Mapping[str, str],
) -> ModuleText:
    """Lift all programs; `target` are LLVM's function attributes of the processor, `target-cpu` and so on."""
    programs = list(programs)
    lifted = lift_all(programs, around)
    keys = {key for program in programs for key in program.keys.values()}
    processor = " ".join(f'"{name}"="{value}"' for name, value in target.items())
    parts = [
        f"@rt_config = constant {_words(constants.config)}",
        *(
            f"{map_symbol(name)} = internal constant {_words(words)}"
            for name, words in constants.maps.items()
        ),
        *(_value(spec) for spec in around.maps.values() if spec.is_read_only and spec.initial is not None),
        *constant_keys(keys),
        "@rt_shm = external hidden global i8",
        *(_declaration(name, signature) for name, signature in around.helpers.items()),
        "declare i64 @llvm.ctlz.i64(i64, i1)",
        *(f"declare i{bits} @llvm.bswap.i{bits}(i{bits})" for bits in (16, 32, 64)),
        *(program.text for program in lifted.values()),
        *{name: text for program in lifted.values() for name, text in program.outlined.items()}.values(),
        f"attributes #0 = {{ {_OWN_ATTRIBUTES} {processor} }}",
        '!0 = !{!"branch_weights", i32 1, i32 2000}',
    ]
    contexts = {name: program.context for name, program in lifted.items()}
    with_result = frozenset(name for name, program in lifted.items() if program.has_result)
    return ModuleText("\n".join(parts) + "\n", contexts, with_result)


def _words(words: Sequence[int]) -> str:
    return f"[{len(words)} x i64] [{', '.join(f'i64 {word}' for word in words)}], align 8"


def _value(spec: MapSpec) -> str:
    content = "".join(f"\\{byte:02x}" for byte in spec.initial or b"")
    return f'{value_symbol(spec.name)} = internal constant [{spec.value_size} x i8] c"{content}", align 8'


def _declaration(name: str, signature: Signature) -> str:
    return f"declare {signature.result} {symbol(name)}({', '.join(signature.parameters)})"
