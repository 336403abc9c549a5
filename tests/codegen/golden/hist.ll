; uprobe:/bin/a:f { @ = hist(arg0); }
; ModuleID = "stdin"
target triple = "bpfel"
target datalayout = "e-m:e-p:64:64-i64:64-i128:128-n32:64-S128"

@"LICENSE" = dso_local global [4 x i8] c"GPL\00", section "license", align 8, !dbg !10
@"AT_" = dso_local global {ptr, ptr, ptr, ptr} zeroinitializer, section ".maps", align 8, !dbg !35
define i64 @"p0_uprobe"(ptr %".1") nounwind section "uprobe" !dbg !38
{
entry:
  %".3" = getelementptr i8, ptr %".1", i64 112
  %".4" = load i64, ptr %".3"
  %".25" = alloca [1 x i64], align 8
  br label %"body"
body:
  %".5" = icmp slt i64 %".4", 0 , !dbg !40
  br i1 %".5", label %"body.if", label %"body.else", !dbg !40
leave:
  ret i64 0
body.if:
  br label %"body.endif", !dbg !40
body.else:
  %".8" = icmp ult i64 %".4", 1 , !dbg !40
  br i1 %".8", label %"body.else.if", label %"body.else.else", !dbg !40
body.endif:
  %".24" = phi  i64 [0, %"body.if"], [%".22", %"body.else.endif"] , !dbg !40
  store i32 0, ptr %".25", align 4, !dbg !40
  %".27" = call ptr inttoptr (i64 1 to ptr)(ptr @"AT_", ptr %".25"), !dbg !40
  %".28" = icmp ne ptr %".27", null , !dbg !40
  br i1 %".28", label %"body.endif.if", label %"body.endif.endif", !dbg !40, !prof !42
body.else.if:
  %".10" = add i64 %".4", 1, !dbg !40
  br label %"body.else.endif", !dbg !40
body.else.else:
  %".12" = call i64 @"utrace_floor_log2"(i64 %".4"), !dbg !40
  %".13" = add i64 %".12", 1, !dbg !40
  %".14" = shl i64 %".13", 0, !dbg !40
  %".15" = sub i64 %".12", 0, !dbg !40
  %".16" = and i64 %".15", 63, !dbg !40
  %".17" = lshr i64 %".4", %".16", !dbg !40
  %".18" = and i64 %".17", 0, !dbg !40
  %".19" = add i64 %".14", %".18", !dbg !40
  %".20" = add i64 %".19", 1, !dbg !40
  br label %"body.else.endif", !dbg !40
body.else.endif:
  %".22" = phi  i64 [%".10", %"body.else.if"], [%".20", %"body.else.else"] , !dbg !40
  br label %"body.endif", !dbg !40
body.endif.if:
  %".30" = call i64 asm  "", "=r,0"(i64 %".24"), !dbg !40
  %".31" = icmp ult i64 %".30", 66 , !dbg !40
  br i1 %".31", label %"body.endif.if.if", label %"body.endif.if.endif", !dbg !40
body.endif.endif:
  br label %"leave"
body.endif.if.if:
  %".33" = getelementptr i64, ptr %".27", i64 %".30" , !dbg !40
  %".34" = atomicrmw add ptr %".33", i64 1 monotonic , !dbg !40
  br label %"body.endif.if.endif", !dbg !40
body.endif.if.endif:
  br label %"body.endif.endif", !dbg !40
}

define hidden i64 @"utrace_floor_log2"(i64 %".1") noinline nounwind readnone !dbg !41
{
.3:
  %".4" = lshr i64 %".1", 32
  %".5" = sub i64 0, %".4"
  %".6" = call i64 asm  "", "=r,0"(i64 %".5")
  %".7" = lshr i64 %".6", 63
  %".8" = shl i64 %".7", 5
  %".9" = lshr i64 %".1", %".8"
  %".10" = or i64 0, %".8"
  %".11" = lshr i64 %".9", 16
  %".12" = sub i64 0, %".11"
  %".13" = call i64 asm  "", "=r,0"(i64 %".12")
  %".14" = lshr i64 %".13", 63
  %".15" = shl i64 %".14", 4
  %".16" = lshr i64 %".9", %".15"
  %".17" = or i64 %".10", %".15"
  %".18" = lshr i64 %".16", 8
  %".19" = sub i64 0, %".18"
  %".20" = call i64 asm  "", "=r,0"(i64 %".19")
  %".21" = lshr i64 %".20", 63
  %".22" = shl i64 %".21", 3
  %".23" = lshr i64 %".16", %".22"
  %".24" = or i64 %".17", %".22"
  %".25" = lshr i64 %".23", 4
  %".26" = sub i64 0, %".25"
  %".27" = call i64 asm  "", "=r,0"(i64 %".26")
  %".28" = lshr i64 %".27", 63
  %".29" = shl i64 %".28", 2
  %".30" = lshr i64 %".23", %".29"
  %".31" = or i64 %".24", %".29"
  %".32" = lshr i64 %".30", 2
  %".33" = sub i64 0, %".32"
  %".34" = call i64 asm  "", "=r,0"(i64 %".33")
  %".35" = lshr i64 %".34", 63
  %".36" = shl i64 %".35", 1
  %".37" = lshr i64 %".30", %".36"
  %".38" = or i64 %".31", %".36"
  %".39" = lshr i64 %".37", 1
  %".40" = or i64 %".38", %".39"
  ret i64 %".40"
}

!llvm.dbg.cu = !{ !2 }
!llvm.module.flags = !{ !3 }
!0 = !DIFile(directory: "", filename: "stdin")
!1 = !{ !10, !35 }
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
!13 = !DISubrange(count: 66)
!14 = !{ !13 }
!15 = !DICompositeType(baseType: !11, elements: !14, size: 4224, tag: DW_TAG_array_type)
!16 = !DIBasicType(encoding: DW_ATE_unsigned, name: "u32", size: 32)
!17 = !DIBasicType(encoding: DW_ATE_signed, name: "int", size: 32)
!18 = !DISubrange(count: 6)
!19 = !{ !18 }
!20 = !DICompositeType(baseType: !17, elements: !19, size: 192, tag: DW_TAG_array_type)
!21 = !DIDerivedType(baseType: !20, size: 64, tag: DW_TAG_pointer_type)
!22 = !DISubrange(count: 1)
!23 = !{ !22 }
!24 = !DICompositeType(baseType: !17, elements: !23, size: 32, tag: DW_TAG_array_type)
!25 = !DIDerivedType(baseType: !24, size: 64, tag: DW_TAG_pointer_type)
!26 = !DIDerivedType(baseType: !16, size: 64, tag: DW_TAG_pointer_type)
!27 = !DIDerivedType(baseType: !15, size: 64, tag: DW_TAG_pointer_type)
!28 = !DIDerivedType(baseType: !21, name: "type", offset: 0, size: 64, tag: DW_TAG_member)
!29 = !DIDerivedType(baseType: !25, name: "max_entries", offset: 64, size: 64, tag: DW_TAG_member)
!30 = !DIDerivedType(baseType: !26, name: "key", offset: 128, size: 64, tag: DW_TAG_member)
!31 = !DIDerivedType(baseType: !27, name: "value", offset: 192, size: 64, tag: DW_TAG_member)
!32 = !{ !28, !29, !30, !31 }
!33 = !DICompositeType(elements: !32, size: 256, tag: DW_TAG_structure_type)
!34 = distinct !DIGlobalVariable(file: !0, isDefinition: true, isLocal: false, line: 1, name: "AT_", scope: !0, type: !33)
!35 = !DIGlobalVariableExpression(expr: !9, var: !34)
!36 = !{ !11 }
!37 = !DISubroutineType(types: !36)
!38 = distinct !DISubprogram(file: !0, line: 1, name: "p0_uprobe", scope: !0, scopeLine: 1, spFlags: DISPFlagDefinition | DISPFlagOptimized, type: !37, unit: !2)
!39 = !DILocation(column: 17, line: 1, scope: !38)
!40 = !DILocation(column: 19, line: 1, scope: !38)
!41 = distinct !DISubprogram(file: !0, line: 1, name: "utrace_floor_log2", scope: !0, scopeLine: 1, spFlags: DISPFlagDefinition | DISPFlagOptimized, type: !37, unit: !2)
!42 = !{ !"branch_weights", i32 99, i32 1 }