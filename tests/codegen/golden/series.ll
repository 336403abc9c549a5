; uprobe:/bin/a:f { @ = tseries(arg0, 1s, 10, "avg"); }
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
  %".5" = alloca [1 x i64], align 8
  br label %"body"
body:
  store i32 0, ptr %".5", align 4, !dbg !40
  %".7" = call ptr inttoptr (i64 1 to ptr)(ptr @"AT_", ptr %".5"), !dbg !40
  %".8" = icmp ne ptr %".7", null , !dbg !40
  br i1 %".8", label %"body.if", label %"body.endif", !dbg !40, !prof !41
leave:
  ret i64 0
body.if:
  %".10" = load i64, i64* @"wall_offset_ns", !dbg !40
  %".11" = call i64 inttoptr (i64 125 to ptr)(), !dbg !40
  %".12" = add i64 %".11", %".10", !dbg !40
  %".13" = udiv i64 %".12", 1000000000, !dbg !40
  %".14" = urem i64 %".13", 10, !dbg !40
  %".15" = call i64 asm  "", "=r,0"(i64 %".14"), !dbg !40
  %".16" = icmp ult i64 %".15", 10 , !dbg !40
  br i1 %".16", label %"body.if.if", label %"body.if.endif", !dbg !40
body.endif:
  br label %"leave"
body.if.if:
  %".18" = mul i64 %".15", 40, !dbg !40
  %".19" = getelementptr i8, ptr %".7", i64 %".18" , !dbg !40
  %".20" = add i64 %".13", 1, !dbg !40
  %".21" = shl i64 %".20", 1, !dbg !40
  %".22" = load i64, ptr %".19", align 8, !dbg !40
  %".23" = icmp ult i64 %".22", %".21" , !dbg !40
  br i1 %".23", label %"body.if.if.if", label %"body.if.if.else", !dbg !40
body.if.endif:
  br label %"body.endif", !dbg !40
body.if.if.if:
  %".25" = and i64 %".22", 1, !dbg !40
  %".26" = xor i64 %".25", 1, !dbg !40
  %".27" = or i64 %".21", %".26", !dbg !40
  %".28" = cmpxchg ptr %".19", i64 %".22", i64 %".27" seq_cst seq_cst , !dbg !40
  %".29" = extractvalue {i64, i1} %".28", 0 , !dbg !40
  %".30" = icmp eq i64 %".29", %".22" , !dbg !40
  br i1 %".30", label %"body.if.if.if.if", label %"body.if.if.if.endif", !dbg !40
body.if.if.else:
  br label %"body.if.if.endif", !dbg !40
body.if.if.endif:
  %".42" = phi  i64 [%".39", %"body.if.if.if.endif"], [%".22", %"body.if.if.else"] , !dbg !40
  %".43" = and i64 %".42", -2, !dbg !40
  %".44" = icmp eq i64 %".43", %".21" , !dbg !40
  br i1 %".44", label %"body.if.if.endif.if", label %"body.if.if.endif.endif", !dbg !40
body.if.if.if.if:
  %".32" = call i64 asm  "", "=r,0"(i64 %".22"), !dbg !40
  %".33" = and i64 %".32", 1, !dbg !40
  %".34" = mul i64 %".33", 16, !dbg !40
  %".35" = add i64 %".34", 8, !dbg !40
  %".36" = getelementptr i8, ptr %".19", i64 %".35" , !dbg !40
  call void @"llvm.memset.p0.i64"(ptr align 8 %".36", i8 0, i64 16, i1 0), !dbg !40
  br label %"body.if.if.if.endif", !dbg !40
body.if.if.if.endif:
  %".39" = select  i1 %".30", i64 %".27", i64 %".29" , !dbg !40
  br label %"body.if.if.endif", !dbg !40
body.if.if.endif.if:
  %".46" = call i64 asm  "", "=r,0"(i64 %".42"), !dbg !40
  %".47" = and i64 %".46", 1, !dbg !40
  %".48" = mul i64 %".47", 16, !dbg !40
  %".49" = add i64 %".48", 8, !dbg !40
  %".50" = getelementptr i8, ptr %".19", i64 %".49" , !dbg !40
  %".51" = getelementptr i8, ptr %".50", i64 8 , !dbg !40
  %".52" = atomicrmw add ptr %".50", i64 %".4" monotonic , !dbg !40
  %".53" = atomicrmw add ptr %".51", i64 1 monotonic , !dbg !40
  br label %"body.if.if.endif.endif", !dbg !40
body.if.if.endif.endif:
  br label %"body.if.endif", !dbg !40
}

@"wall_offset_ns" = dso_local externally_initialized constant i64 0, section ".rodata", align 8, !dbg !43
declare void @"llvm.memset.p0.i64"(ptr %".1", i8 %".2", i64 %".3", i1 %".4")

!llvm.dbg.cu = !{ !2 }
!llvm.module.flags = !{ !3 }
!0 = !DIFile(directory: "", filename: "stdin")
!1 = !{ !10, !35, !43 }
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
!13 = !DISubrange(count: 50)
!14 = !{ !13 }
!15 = !DICompositeType(baseType: !11, elements: !14, size: 3200, tag: DW_TAG_array_type)
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
!41 = !{ !"branch_weights", i32 99, i32 1 }
!42 = distinct !DIGlobalVariable(file: !0, isDefinition: true, isLocal: false, line: 1, name: "wall_offset_ns", scope: !0, type: !11)
!43 = !DIGlobalVariableExpression(expr: !9, var: !42)