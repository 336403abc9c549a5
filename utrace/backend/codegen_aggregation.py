"""Aggregations: count, sum, avg, stats, min, max, hist, lhist; layouts as in `frontend.typed.MapInfo`.

Each CPU of the kernel, each thread natively, has values of its own, so adding never contends.  Where the
kernel needs an atomic add (a program can be preempted), the native backend makes it one plain instruction.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from llvmlite import ir

from utrace.backend import codegen_extreme, codegen_map, codegen_operator, codegen_series
from utrace.backend.codegen_frame import I1, I64, Place, opaque
from utrace.backend.helpers import FLOOR_LOG2
from utrace.frontend import nodes
from utrace.frontend.buckets import LinearBuckets, LogBuckets, rank_mask
from utrace.frontend.typed import MapInfo, MapKind

if TYPE_CHECKING:
    from utrace.backend.codegen_probe import ProbeCompiler

_SECOND = 8
"""Offset of `count` and `is_set` in values of two words."""


def update(p: ProbeCompiler, node: nodes.Assign, target: nodes.MapAccess) -> None:
    """Compile `@x = count()` and its like."""
    info = p.typed.map(target.name)
    assert isinstance(node.value, nodes.Call)
    arguments = node.value.arguments
    number = p.value_as(arguments[0], info.value_type) if arguments else I64(1)
    if info.buckets is not None:
        number = _bucket(p, info, number)
    found = codegen_map.look_up_or_create(p, info, codegen_map.key_of(p, info, target))
    with p.frame.when_present(found):
        (codegen_series.add if info.series is not None else _add)(p, info, found, number)


def read(p: ProbeCompiler, info: MapInfo, key: ir.Value) -> ir.Value:
    """Return an aggregation as an integer: the values of all CPUs combined, 0 when there are none."""
    first, second = p.frame.variable(I64), p.frame.variable(I64)
    builder = p.builder
    builder.store(I64(0), first)
    builder.store(I64(0), second)
    each_cpu(p, info, key, lambda found: _combine(p, info, found, first, second))
    total, count = builder.load(first, typ=I64), builder.load(second, typ=I64)
    if info.kind in (MapKind.MIN, MapKind.MAX):
        is_set = builder.icmp_unsigned("!=", count, I64(0))
        return builder.select(is_set, builder.xor(total, _mask(info)), I64(0))
    if info.kind is not MapKind.AVG:
        return total

    def average() -> ir.Value:
        return codegen_operator.quotient(builder, "/", total, count, info.is_signed)

    return codegen_operator.pick(p, builder.icmp_unsigned("==", count, I64(0)), lambda: I64(0), average)


def each_cpu(p: ProbeCompiler, info: MapInfo, key: ir.Value, use: Callable[[ir.Value], None]) -> None:
    """Look at what every CPU has for a key, if there is anything."""
    builder = p.builder
    start = builder.block
    head, present, body, done = (
        builder.append_basic_block(name) for name in ("cpus", "cpu", "combine", "combined")
    )
    builder.branch(head)
    builder.position_at_end(head)
    cpu = builder.phi(I64)
    cpu.add_incoming(I64(0), start)
    limit = builder.load(p.frame.globals.cpu_count, typ=I64)
    builder.cbranch(builder.icmp_unsigned("<", cpu, limit), present, done)
    builder.position_at_end(present)
    found = p.frame.call("map_lookup_percpu_elem", p.frame.globals.map(info), key, cpu)
    builder.cbranch(p.frame.is_present(found), body, done)
    builder.position_at_end(body)
    use(found)
    cpu.add_incoming(builder.add(cpu, I64(1)), builder.block)
    builder.branch(head)
    builder.position_at_end(done)


def _add(p: ProbeCompiler, info: MapInfo, found: ir.Value, number: ir.Value) -> None:
    if info.buckets is not None:
        # LLVM may know that the bucket is in range; a verifier has to see the comparison.
        number = opaque(p.builder, number)
        with p.builder.if_then(p.builder.icmp_unsigned("<", number, I64(info.buckets.count))):
            p.frame.atomic("add", p.builder.gep(found, [number], source_etype=I64), I64(1))
    elif info.kind in (MapKind.MIN, MapKind.MAX):
        _keep_extreme(p, info, found, number)
    else:
        p.frame.atomic("add", found, number)
        if info.kind is not MapKind.COUNT:
            p.frame.atomic("add", p.frame.at(Place(found), _SECOND).pointer, I64(1))


def _keep_extreme(p: ProbeCompiler, info: MapInfo, found: ir.Value, number: ir.Value) -> None:
    flag = p.frame.at(Place(found), _SECOND)
    rank = p.builder.xor(number, _mask(info))
    is_unset = p.builder.icmp_unsigned("==", p.frame.load(flag, I64), I64(0))
    is_larger = p.builder.icmp_unsigned(">", rank, p.frame.load(Place(found), I64))
    with p.builder.if_then(p.builder.or_(is_unset, is_larger)):
        codegen_extreme.keep_largest(p, Place(found), rank)
        p.frame.store(I64(1), flag)


def _mask(info: MapInfo) -> ir.Constant:
    return I64(rank_mask(info.kind is MapKind.MIN, info.is_signed))


def _combine(p: ProbeCompiler, info: MapInfo, found: ir.Value, first: ir.Value, second: ir.Value) -> None:
    """Add one CPU's value to the two variables that hold the result."""
    builder = p.builder
    number = p.frame.load(Place(found), I64)
    total = builder.load(first, typ=I64)
    if info.kind in (MapKind.COUNT, MapKind.SUM, MapKind.AVG):
        builder.store(builder.add(total, number), first)
        if info.kind is MapKind.AVG:
            count = p.frame.load(p.frame.at(Place(found), _SECOND), I64)
            builder.store(builder.add(builder.load(second, typ=I64), count), second)
        return
    is_set = p.frame.load(p.frame.at(Place(found), _SECOND), I64)
    builder.store(builder.or_(builder.load(second, typ=I64), is_set), second)
    is_larger = builder.icmp_unsigned(">", number, total)
    builder.store(builder.select(is_larger, number, total), first)


# -------------------------------------------------------------------- buckets


def _bucket(p: ProbeCompiler, info: MapInfo, number: ir.Value) -> ir.Value:
    if isinstance(info.buckets, LinearBuckets):
        return _linear_bucket(p.builder, info.buckets, number, info.is_signed)
    assert isinstance(info.buckets, LogBuckets)
    return _log_bucket(p, info.buckets, number, info.is_signed)


def _linear_bucket(builder: ir.IRBuilder, buckets: LinearBuckets, number: ir.Value, signed: bool) -> ir.Value:
    position = builder.udiv(builder.sub(number, I64(buckets.minimum)), I64(buckets.step))
    inside = builder.add(position, I64(1))
    compare = builder.icmp_signed if signed else builder.icmp_unsigned
    # An unsigned number is never below a bound under zero, and never within one.
    above = compare(">=", number, I64(buckets.maximum)) if signed or buckets.maximum > 0 else I1(1)
    below = compare("<", number, I64(buckets.minimum)) if signed or buckets.minimum > 0 else I1(0)
    last = I64(buckets.count - 1)
    # The last step may reach beyond the maximum when the range is not a multiple of it.
    inside = builder.select(builder.icmp_unsigned("<", inside, last), inside, last)
    return builder.select(below, I64(0), builder.select(above, last, inside))


def _log_bucket(p: ProbeCompiler, buckets: LogBuckets, number: ir.Value, signed: bool) -> ir.Value:
    builder, bits = p.builder, buckets.bits

    def of_power() -> ir.Value:
        power = builder.call(_floor_log2(p), [number])
        step = builder.shl(builder.add(power, I64(1 - bits)), I64(bits))
        shifted = builder.lshr(number, builder.and_(builder.sub(power, I64(bits)), I64(63)))
        low = builder.and_(shifted, I64((1 << bits) - 1))
        return builder.add(builder.add(step, low), I64(1))

    def of_natural() -> ir.Value:
        is_small = builder.icmp_unsigned("<", number, I64(1 << bits))
        return codegen_operator.pick(p, is_small, lambda: builder.add(number, I64(1)), of_power)

    if not signed:
        return of_natural()
    return codegen_operator.pick(p, builder.icmp_signed("<", number, I64(0)), lambda: I64(0), of_natural)


def _floor_log2(p: ProbeCompiler) -> ir.Function:
    module = p.builder.module
    if FLOOR_LOG2 in module.globals:
        return module.globals[FLOOR_LOG2]
    function = ir.Function(module, ir.FunctionType(I64, [I64]), FLOOR_LOG2)
    # Hidden, not internal: LLVM would move an argument that is known into the function, and the native backend, which
    # replaces the call by one instruction, relies on finding it in its register.
    function.linkage = "hidden"
    for attribute in ("noinline", "nounwind", "readnone"):
        function.attributes.add(attribute)
    p.debug.describe_function(function, 1)
    builder = ir.IRBuilder(function.append_basic_block())
    rest, result = function.args[0], I64(0)
    for bits in (5, 4, 3, 2, 1):
        # 1 where the upper half is not zero, without a branch: five of them were 32 paths to a verifier.
        # LLVM must not see it, or it would make a comparison of it, and that a branch.
        negative = opaque(builder, builder.neg(builder.lshr(rest, I64(1 << bits))))
        shift = builder.shl(builder.lshr(negative, I64(63)), I64(bits))
        rest = builder.lshr(rest, shift)
        result = builder.or_(result, shift)
    builder.ret(builder.or_(result, builder.lshr(rest, I64(1))))
    return function
