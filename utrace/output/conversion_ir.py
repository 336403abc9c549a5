"""LLVM IR that appends one part of a printf format, by calls of the functions of utrace/runtime/format.c."""

from __future__ import annotations

from llvmlite import ir

from utrace.frontend.formats import INTEGER_LETTERS
from utrace.frontend.typed import Conversion, FieldInfo
from utrace.frontend.types import BoolType, EnumType, IntType, PointerType, StringType
from utrace.output.printf import LENGTH_BITS

I8, I32, I64 = ir.IntType(8), ir.IntType(32), ir.IntType(64)
POINTER = ir.PointerType()

_DECIMAL, _OCTAL, _HEX, _HEX_UPPER, _OCTAL_MARKED = range(5)  # enum format_digits
_KINDS = {"o": _OCTAL, "x": _HEX, "X": _HEX_UPPER}
_NO_LIMIT = (1 << 64) - 1
_LONGEST_INTEGER = 24  # a prefix of two and 22 octal digits

_SIGNATURES: dict[str, tuple[ir.Type, ...]] = {
    "rt_format_integer": (POINTER, I64, I32, I32, I32, I32),
    "rt_format_bytes": (POINTER, POINTER, I64),
    "rt_format_string": (POINTER, POINTER, I64, POINTER, I64, I64),
    "rt_format_pad": (POINTER, POINTER, I64, I32),
}


def is_compilable(conversion: Conversion, field: FieldInfo) -> bool:
    """Tell whether `Appender.convert` can do it; the rare rest is left to `utrace.output.printf`."""
    if conversion.letter == "s":
        plain = isinstance(field.type, BoolType | IntType | PointerType) and conversion.precision is None
        return plain or isinstance(field.type, StringType)
    integers = BoolType | IntType | PointerType | EnumType
    return conversion.letter in INTEGER_LETTERS and isinstance(field.type, integers)


def longest(conversion: Conversion, field: FieldInfo, trailer: bytes) -> int:
    """Return the bytes of room that a conversion needs."""
    content = _LONGEST_INTEGER
    if isinstance(field.type, StringType):
        content = field.type.size + len(trailer)
    return max(content, (conversion.precision or 0) + _LONGEST_INTEGER, conversion.width or 0)


class Appender:
    """Emits code that appends text at `out`, which is the LLVM value of the end of the text so far."""

    def __init__(self, builder: ir.IRBuilder, out: ir.Value, record: ir.Value, trailer: bytes) -> None:
        self._builder = builder
        self._record = record
        self._trailer = trailer
        self.out = out

    def literal(self, text: bytes) -> None:
        """Append a constant."""
        if text:
            self.out = self._call("rt_format_bytes", self.out, self._constant(text), I64(len(text)))

    def convert(self, conversion: Conversion, field: FieldInfo) -> None:
        """Append a field of the record as the conversion asks."""
        start = self.out
        if conversion.letter == "s":
            self._show(conversion, field)
        elif conversion.letter == "c":
            value = self._builder.trunc(self._integer(field), I8)
            self._builder.store(value, self.out)
            self.out = self._builder.gep(self.out, [I64(1)], source_etype=I8)
        elif conversion.letter == "p":
            self._address(self._integer(field), null_prefix=0)
        else:
            self._number(conversion, self._integer(field))
        if conversion.width:
            is_left = I32(int("-" in conversion.flags))
            self.out = self._call("rt_format_pad", start, self.out, I64(conversion.width), is_left)

    def _show(self, conversion: Conversion, field: FieldInfo) -> None:
        """Append what print() would show."""
        match field.type:
            case StringType():
                precision = _NO_LIMIT if conversion.precision is None else conversion.precision
                trailer = b"" if field.type.is_array else self._trailer
                text = self._field(field)
                size, trailer_size = I64(field.type.size), I64(len(trailer))
                self.out = self._call(
                    "rt_format_string",
                    self.out,
                    text,
                    size,
                    self._constant(trailer),
                    trailer_size,
                    I64(precision),
                )
            case BoolType():
                is_true = self._builder.icmp_unsigned("!=", self._integer(field), I64(0))
                text = self._builder.select(is_true, self._constant(b"true "), self._constant(b"false"))
                self.out = self._call(
                    "rt_format_bytes", self.out, text, self._builder.select(is_true, I64(4), I64(5))
                )
            case PointerType():
                self._address(self._integer(field), null_prefix=_characters("0x"))
            case _:
                is_signed = isinstance(field.type, IntType) and field.type.is_signed
                letter = "d" if is_signed else "u"
                self._number(Conversion("", None, None, "ll", letter), self._integer(field))

    def _address(self, value: ir.Value, null_prefix: int) -> None:
        is_null = self._builder.icmp_unsigned("==", value, I64(0))
        prefix = self._builder.select(is_null, I32(null_prefix), I32(_characters("0x")))
        self._digits(value, prefix, _HEX, 1, 0)

    def _number(self, conversion: Conversion, value: ir.Value) -> None:
        """Append an integer; see utrace.output.printf for what the flags do."""
        builder, flags = self._builder, conversion.flags
        bits = LENGTH_BITS.get(conversion.length, 32)
        is_signed = conversion.letter in "di"
        if bits < 64:
            narrow = builder.trunc(value, ir.IntType(bits))
            value = builder.sext(narrow, I64) if is_signed else builder.zext(narrow, I64)
        kind = _KINDS.get(conversion.letter, _DECIMAL)
        prefix: ir.Value = I32(0)
        if is_signed:
            positive = "+" if "+" in flags else " " if " " in flags else ""
            is_negative = builder.icmp_signed("<", value, I64(0))
            prefix = builder.select(is_negative, I32(_characters("-")), I32(_characters(positive)))
            value = builder.select(is_negative, builder.neg(value), value)
        elif "#" in flags and kind in {_HEX, _HEX_UPPER}:
            is_zero = builder.icmp_unsigned("==", value, I64(0))
            prefix = builder.select(is_zero, I32(0), I32(_characters("0" + conversion.letter)))
        elif "#" in flags and kind == _OCTAL:
            kind = _OCTAL_MARKED
        is_zero_filled = "0" in flags and "-" not in flags and conversion.precision is None
        zero_width = (conversion.width or 0) if is_zero_filled else 0
        self._digits(
            value, prefix, kind, 1 if conversion.precision is None else conversion.precision, zero_width
        )

    def _digits(self, value: ir.Value, prefix: ir.Value, kind: int, least: int, zero_width: int) -> None:
        self.out = self._call(
            "rt_format_integer", self.out, value, prefix, I32(kind), I32(least), I32(zero_width)
        )

    def _integer(self, field: FieldInfo) -> ir.Value:
        """Load an integer, bool or pointer, extended to 64 bits by its own sign."""
        value = self._builder.load(self._field(field), typ=ir.IntType(8 * field.type.size))
        if field.type.size == 8:
            return value
        kind = field.type.integer if isinstance(field.type, EnumType) else field.type
        is_signed = isinstance(kind, IntType) and kind.is_signed
        return self._builder.sext(value, I64) if is_signed else self._builder.zext(value, I64)

    def _field(self, field: FieldInfo) -> ir.Value:
        return self._builder.gep(self._record, [I64(field.offset)], source_etype=I8)

    def _call(self, name: str, *arguments: ir.Value) -> ir.Value:
        module = self._builder.module
        if name not in module.globals:
            ir.Function(module, ir.FunctionType(POINTER, _SIGNATURES[name]), name)
        return self._builder.call(module.globals[name], arguments)

    def _constant(self, text: bytes) -> ir.Value:
        module = self._builder.module
        value = ir.Constant(ir.ArrayType(I8, len(text)), bytearray(text))
        constant = ir.GlobalVariable(module, value.type, module.get_unique_name("text"))
        constant.initializer = value
        constant.global_constant = True
        constant.linkage = "private"
        return constant


def _characters(text: str) -> int:
    """Pack up to two characters the way rt_format_integer takes a prefix."""
    return int.from_bytes(text.encode(), "little")
