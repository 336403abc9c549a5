; fn add($a : int64, $b : int64) : int64 { return $a + $b; }
;         uprobe:/bin/a:f { @ = add(arg0, add(1, arg1)); }
; ModuleID = "stdin"
target triple = "bpfel"
target datalayout = "e-m:e-p:64:64-i64:64-i128:128-n32:64-S128"

@"LICENSE" = dso_local global [4 x i8] c"GPL\00", section "license", align 8, !dbg !10
@"AT_" = dso_local global {ptr, ptr, ptr, ptr} zeroinitializer, section ".maps", align 8, !dbg !36
define i64 @"p0_uprobe"(ptr %".1") nounwind section "uprobe" !dbg !39
{
entry:
  %".3" = getelementptr i8, ptr %".1", i64 112
  %".4" = load i64, ptr %".3"
  %".5" = getelementptr i8, ptr %".1", i64 104
  %".6" = load i64, ptr %".5"
  %".7" = alloca i64, align 8
  store i64 0, ptr %".7"
  %".10" = alloca i64, align 8
  store i64 0, ptr %".10"
  %".13" = alloca [1 x i64], align 8
  %".14" = getelementptr i8, ptr %".13", i64 0
  store i64 0, ptr %".14"
  %".40" = alloca [1 x i64], align 8
  br label %"body"
body:
  store i64 1, ptr %".7", align 8, !dbg !41
  store i64 %".6", ptr %".10", align 8, !dbg !41
  %".16" = getelementptr i8, ptr %".13", i64 0 , !dbg !41
  store i64 0, ptr %".16", align 8, !dbg !41
  %".18" = getelementptr i8, ptr %".13", i64 0 , !dbg !43
  %".19" = load i64, ptr %".7", align 8, !dbg !43
  %".20" = load i64, ptr %".10", align 8, !dbg !43
  %".21" = add i64 %".19", %".20", !dbg !43
  store i64 %".21", ptr %".18", align 8, !dbg !43
  br label %"returned", !dbg !43
leave:
  ret i64 0
returned:
  %".25" = getelementptr i8, ptr %".13", i64 0 , !dbg !41
  %".26" = load i64, ptr %".25", align 8, !dbg !41
  store i64 %".4", ptr %".7", align 8, !dbg !41
  store i64 %".26", ptr %".10", align 8, !dbg !41
  %".29" = getelementptr i8, ptr %".13", i64 0 , !dbg !41
  store i64 0, ptr %".29", align 8, !dbg !41
  %".31" = getelementptr i8, ptr %".13", i64 0 , !dbg !43
  %".32" = load i64, ptr %".7", align 8, !dbg !43
  %".33" = load i64, ptr %".10", align 8, !dbg !43
  %".34" = add i64 %".32", %".33", !dbg !43
  store i64 %".34", ptr %".31", align 8, !dbg !43
  br label %"returned.1", !dbg !43
unreachable:
  br label %"returned", !dbg !41
returned.1:
  %".38" = getelementptr i8, ptr %".13", i64 0 , !dbg !41
  %".39" = load i64, ptr %".38", align 8, !dbg !41
  store i32 0, ptr %".40", align 4, !dbg !41
  %".42" = call ptr inttoptr (i64 1 to ptr)(ptr @"AT_", ptr %".40"), !dbg !41
  %".43" = icmp ne ptr %".42", null , !dbg !41
  br i1 %".43", label %"returned.1.if", label %"returned.1.endif", !dbg !41, !prof !44
unreachable.1:
  br label %"returned.1", !dbg !41
returned.1.if:
  store i64 %".39", ptr %".42", align 8, !dbg !41
  %".46" = getelementptr i8, ptr %".42", i64 8 , !dbg !41
  store i64 1, ptr %".46", align 8, !dbg !41
  br label %"returned.1.endif", !dbg !41
returned.1.endif:
  br label %"leave"
}

!llvm.dbg.cu = !{ !2 }
!llvm.module.flags = !{ !3 }
!0 = !DIFile(directory: "", filename: "stdin")
!1 = !{ !10, !36 }
!2 = distinct !DICompileUnit(emissionKind: FullDebug, file: !0, globals: !1, isOptimized: true, language: DW_LANG_C11, producer: "utrace", runtimeVersion: 0)
!3 = !{ i32 2, !"Debug Info Version", i32 3 }
!4 = !DIBasicType(encoding: DW_ATE_signed_char, name: "char", size: 8)
!5 = !DISubrange(count: 4)
!6 = !{ !5 }
!7 = !DICompositeType(baseType: !4, elements: !6, size: 32, tag: DW_TAG_array_type)
!8 = distinct !DIGlobalVariable(file: !0, isDefinition: true, isLocal: false, line: 1, name: "LICENSE", scope: !0, type: !7)
!9 = !DIExpression()
!10 = !DIGlobalVariableExpression(expr: !9, var: !8)
!11 = !DIBasicType(encoding: DW_ATE_unsigned, name: "u64", size: 64)
!12 = !DIBasicType(encoding: DW_ATE_signed, name: "s64", size: 64)
!13 = !DIDerivedType(baseType: !12, name: "value", offset: 0, size: 64, tag: DW_TAG_member)
!14 = !DIDerivedType(baseType: !11, name: "is_set", offset: 64, size: 64, tag: DW_TAG_member)
!15 = !{ !13, !14 }
!16 = !DICompositeType(elements: !15, size: 128, tag: DW_TAG_structure_type)
!17 = !DIBasicType(encoding: DW_ATE_unsigned, name: "u32", size: 32)
!18 = !DIBasicType(encoding: DW_ATE_signed, name: "int", size: 32)
!19 = !DISubrange(count: 2)
!20 = !{ !19 }
!21 = !DICompositeType(baseType: !18, elements: !20, size: 64, tag: DW_TAG_array_type)
!22 = !DIDerivedType(baseType: !21, size: 64, tag: DW_TAG_pointer_type)
!23 = !DISubrange(count: 1)
!24 = !{ !23 }
!25 = !DICompositeType(baseType: !18, elements: !24, size: 32, tag: DW_TAG_array_type)
!26 = !DIDerivedType(baseType: !25, size: 64, tag: DW_TAG_pointer_type)
!27 = !DIDerivedType(baseType: !17, size: 64, tag: DW_TAG_pointer_type)
!28 = !DIDerivedType(baseType: !16, size: 64, tag: DW_TAG_pointer_type)
!29 = !DIDerivedType(baseType: !22, name: "type", offset: 0, size: 64, tag: DW_TAG_member)
!30 = !DIDerivedType(baseType: !26, name: "max_entries", offset: 64, size: 64, tag: DW_TAG_member)
!31 = !DIDerivedType(baseType: !27, name: "key", offset: 128, size: 64, tag: DW_TAG_member)
!32 = !DIDerivedType(baseType: !28, name: "value", offset: 192, size: 64, tag: DW_TAG_member)
!33 = !{ !29, !30, !31, !32 }
!34 = !DICompositeType(elements: !33, size: 256, tag: DW_TAG_structure_type)
!35 = distinct !DIGlobalVariable(file: !0, isDefinition: true, isLocal: false, line: 1, name: "AT_", scope: !0, type: !34)
!36 = !DIGlobalVariableExpression(expr: !9, var: !35)
!37 = !{ !11 }
!38 = !DISubroutineType(types: !37)
!39 = distinct !DISubprogram(file: !0, line: 3, name: "p0_uprobe", scope: !0, scopeLine: 3, spFlags: DISPFlagDefinition | DISPFlagOptimized, type: !38, unit: !2)
!40 = !DILocation(column: 25, line: 3, scope: !39)
!41 = !DILocation(column: 27, line: 3, scope: !39)
!42 = !DILocation(column: 48, line: 2, scope: !39)
!43 = !DILocation(column: 50, line: 2, scope: !39)
!44 = !{ !"branch_weights", i32 99, i32 1 }