"""Debug metadata from which LLVM's BPF backend writes the `.BTF` and `.BTF.ext` sections.

libbpf wants each map as a global of an anonymous struct whose members encode numbers in pointer types
(`int (*type)[BPF_MAP_TYPE_HASH]`) and name the types of key and value (`struct key *key`); see the kernel's
`Documentation/bpf/libbpf/libbpf_overview.rst` and `bpf_helpers.h`.  LLVM derives all of this from ordinary
DWARF metadata, provided that the global has external linkage.
"""

from collections.abc import Sequence
from typing import NamedTuple

from llvmlite import ir

_POINTER_BITS = 64


class Member(NamedTuple):
    """One member of a described struct: its name, its type, its size in bits."""

    name: str
    type: ir.DIValue
    bits: int


class DebugInfo:
    """Debug metadata of one module; call `finish` when everything is described."""

    def __init__(self, module: ir.Module, file_name: str) -> None:
        """Describe `module`, compiled from the script `file_name`."""
        self._module = module
        self._variables: list[ir.DIValue] = []
        self._file = self._node("DIFile", filename=file_name, directory="")
        # Made by hand because `add_metadata` would share it with other empty nodes, and it is filled later.
        self._globals = ir.MDValue(module, (), name=str(len(module.metadata)))
        self._unit = self._node(
            "DICompileUnit",
            distinct=True,
            language=ir.DIToken("DW_LANG_C11"),
            file=self._file,
            producer="utrace",
            isOptimized=True,
            runtimeVersion=0,
            emissionKind=ir.DIToken("FullDebug"),
            globals=self._globals,
        )
        number = ir.IntType(32)
        module.add_named_metadata("llvm.dbg.cu", self._unit)
        module.add_named_metadata("llvm.module.flags", [number(2), "Debug Info Version", number(3)])

    def finish(self) -> None:
        """Make the compile unit list the globals that were described."""
        self._globals.operands = tuple(self._variables)

    def integer(self, bits: int, signed: bool) -> ir.DIValue:
        """Return the type of an integer of 8, 16, 32 or 64 bits, named as in the kernel (`u32`, `s64`)."""
        encoding = ir.DIToken("DW_ATE_signed" if signed else "DW_ATE_unsigned")
        name = f"{'s' if signed else 'u'}{bits}"
        return self._node("DIBasicType", name=name, size=bits, encoding=encoding)

    def boolean(self) -> ir.DIValue:
        """Return the type `bool` of one byte."""
        return self._node("DIBasicType", name="bool", size=8, encoding=ir.DIToken("DW_ATE_boolean"))

    def characters(self, count: int) -> ir.DIValue:
        """Return the type `char[count]`."""
        char = self._node("DIBasicType", name="char", size=8, encoding=ir.DIToken("DW_ATE_signed_char"))
        return self.array(char, 8, count)

    def array(self, element: ir.DIValue, element_bits: int, count: int) -> ir.DIValue:
        """Return the type of an array."""
        subrange = self._node("DISubrange", count=count)
        return self._composite("DW_TAG_array_type", element_bits * count, [subrange], baseType=element)

    def struct(self, members: Sequence[tuple[Member, int]], bits: int) -> ir.DIValue:
        """Return the type of an anonymous struct of `bits` bits, from members with their offsets in bits."""
        nodes = [self._member(member, offset) for member, offset in members]
        return self._composite("DW_TAG_structure_type", bits, nodes)

    def describe_map(self, variable: ir.GlobalVariable, members: Sequence[Member]) -> None:
        """Attach to `variable` the struct of pointers that libbpf reads a map definition from."""
        placed = [(member, index * _POINTER_BITS) for index, member in enumerate(members)]
        self.describe_variable(variable, self.struct(placed, _POINTER_BITS * len(members)))

    def number_member(self, name: str, number: int) -> Member:
        """Return the member `int (*name)[number]`."""
        element = self._node("DIBasicType", name="int", size=32, encoding=ir.DIToken("DW_ATE_signed"))
        return self.type_member(name, self.array(element, 32, number))

    def type_member(self, name: str, pointee: ir.DIValue) -> Member:
        """Return the member `pointee *name`."""
        return Member(name, self._pointer(pointee), _POINTER_BITS)

    def describe_variable(self, variable: ir.GlobalVariable, variable_type: ir.DIValue) -> None:
        """Attach `variable_type` to a global variable."""
        described = self._node(
            "DIGlobalVariable",
            distinct=True,
            name=variable.name,
            scope=self._file,
            file=self._file,
            line=1,
            type=variable_type,
            isLocal=False,
            isDefinition=True,
        )
        expression = self._node("DIGlobalVariableExpression", var=described, expr=self._node("DIExpression"))
        variable.set_metadata("dbg", expression)
        self._variables.append(expression)

    def describe_function(self, function: ir.Function, line: int) -> ir.DIValue:
        """Attach to `function` that it was compiled from `line` (1-based); return the scope for `location`."""
        # Without arguments: the kernel refuses nameless ones, and names would need a variable for each.
        signature = self._node("DISubroutineType", types=self._module.add_metadata([self.integer(64, False)]))
        flags = "DISPFlagDefinition | DISPFlagOptimized"
        if function.linkage == "internal":
            flags = f"DISPFlagLocalToUnit | {flags}"
        scope = self._node(
            "DISubprogram",
            distinct=True,
            name=function.name,
            scope=self._file,
            file=self._file,
            line=line,
            scopeLine=line,
            type=signature,
            unit=self._unit,
            spFlags=ir.DIToken(flags),
        )
        function.set_metadata("dbg", scope)
        return scope

    def location(self, scope: ir.DIValue, line: int, column: int) -> ir.DIValue:
        """Return the metadata of instructions compiled from `line` and `column` (1-based; LLVM's has 16 bits)."""
        return self._node("DILocation", line=line, column=min(column, 0xFFFF), scope=scope)

    def _pointer(self, pointee: ir.DIValue | None) -> ir.DIValue:
        tag = ir.DIToken("DW_TAG_pointer_type")
        return self._node("DIDerivedType", tag=tag, baseType=pointee, size=_POINTER_BITS)

    def _member(self, member: Member, offset_bits: int) -> ir.DIValue:
        tag = ir.DIToken("DW_TAG_member")
        name, base, bits = member
        return self._node("DIDerivedType", tag=tag, name=name, baseType=base, size=bits, offset=offset_bits)

    def _composite(
        self, tag: str, bits: int, elements: Sequence[ir.DIValue], **extra: ir.DIValue
    ) -> ir.DIValue:
        node = self._module.add_metadata(list(elements))
        return self._node("DICompositeType", tag=ir.DIToken(tag), size=bits, elements=node, **extra)

    def _node(self, kind: str, distinct: bool = False, **operands: object) -> ir.DIValue:
        return self._module.add_debug_info(kind, operands, is_distinct=distinct)
