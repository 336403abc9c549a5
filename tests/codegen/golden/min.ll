; uprobe:/bin/a:f { @ = min(arg0); }
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
  %".5" = alloca [1 x i64], align 8
  br label %"body"
body:
  store i32 0, ptr %".5", align 4, !dbg !41
  %".7" = call ptr inttoptr (i64 1 to ptr)(ptr @"AT_", ptr %".5"), !dbg !41
  %".8" = icmp ne ptr %".7", null , !dbg !41
  br i1 %".8", label %"body.if", label %"body.endif", !dbg !41, !prof !42
leave:
  ret i64 0
body.if:
  %".10" = getelementptr i8, ptr %".7", i64 8 , !dbg !41
  %".11" = xor i64 %".4", 9223372036854775807, !dbg !41
  %".12" = load i64, ptr %".10", align 8, !dbg !41
  %".13" = icmp eq i64 %".12", 0 , !dbg !41
  %".14" = load i64, ptr %".7", align 8, !dbg !41
  %".15" = icmp ugt i64 %".11", %".14" , !dbg !41
  %".16" = or i1 %".13", %".15", !dbg !41
  br i1 %".16", label %"body.if.if", label %"body.if.endif", !dbg !41
body.endif:
  br label %"leave"
body.if.if:
  %".18" = load i64, ptr %".7", align 8, !dbg !41
  br label %"largest", !dbg !41
body.if.endif:
  br label %"body.endif", !dbg !41
largest:
  %".20" = phi  i64 [%".18", %"body.if.if"], [%".27", %"exchange"] , !dbg !41
  %".21" = phi  i64 [0, %"body.if.if"], [%".28", %"exchange"] , !dbg !41
  %".22" = icmp ugt i64 %".11", %".20" , !dbg !41
  %".23" = icmp ult i64 %".21", 16 , !dbg !41
  %".24" = and i1 %".22", %".23", !dbg !41
  br i1 %".24", label %"exchange", label %"kept", !dbg !41
exchange:
  %".26" = cmpxchg ptr %".7", i64 %".20", i64 %".11" seq_cst seq_cst , !dbg !41
  %".27" = extractvalue {i64, i1} %".26", 0 , !dbg !41
  %".28" = add i64 %".21", 1, !dbg !41
  %".29" = icmp eq i64 %".27", %".20" , !dbg !41
  br i1 %".29", label %"kept", label %"largest", !dbg !41
kept:
  store i64 1, ptr %".10", align 8, !dbg !41
  br label %"body.if.endif", !dbg !41
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
!13 = !DIDerivedType(baseType: !12, name: "rank", offset: 0, size: 64, tag: DW_TAG_member)
!14 = !DIDerivedType(baseType: !11, name: "is_set", offset: 64, size: 64, tag: DW_TAG_member)
!15 = !{ !13, !14 }
!16 = !DICompositeType(elements: !15, size: 128, tag: DW_TAG_structure_type)
!17 = !DIBasicType(encoding: DW_ATE_unsigned, name: "u32", size: 32)
!18 = !DIBasicType(encoding: DW_ATE_signed, name: "int", size: 32)
!19 = !DISubrange(count: 6)
!20 = !{ !19 }
!21 = !DICompositeType(baseType: !18, elements: !20, size: 192, tag: DW_TAG_array_type)
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
!39 = distinct !DISubprogram(file: !0, line: 1, name: "p0_uprobe", scope: !0, scopeLine: 1, spFlags: DISPFlagDefinition | DISPFlagOptimized, type: !38, unit: !2)
!40 = !DILocation(column: 17, line: 1, scope: !39)
!41 = !DILocation(column: 19, line: 1, scope: !39)
!42 = !{ !"branch_weights", i32 99, i32 1 }