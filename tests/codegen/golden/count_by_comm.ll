; uprobe:/bin/a:f { @[comm] = count(); }
; ModuleID = "stdin"
target triple = "bpfel"
target datalayout = "e-m:e-p:64:64-i64:64-i128:128-n32:64-S128"

@"LICENSE" = dso_local global [4 x i8] c"GPL\00", section "license", align 8, !dbg !10
@"AT_" = dso_local global {ptr, ptr, ptr, ptr} zeroinitializer, section ".maps", align 8, !dbg !33
define i64 @"p0_uprobe"(ptr %".1") nounwind section "uprobe" !dbg !36
{
entry:
  %".3" = alloca [2 x i64], align 8
  br label %"body"
body:
  %".4" = call i64 inttoptr (i64 16 to ptr)(ptr %".3", i64 16), !dbg !38
  %".5" = call ptr inttoptr (i64 1 to ptr)(ptr @"AT_", ptr %".3"), !dbg !38
  %".6" = icmp ne ptr %".5", null , !dbg !38
  br i1 %".6", label %"body.if", label %"body.else", !dbg !38
leave:
  ret i64 0
body.if:
  br label %"body.endif", !dbg !38
body.else:
  %".9" = call i64 inttoptr (i64 2 to ptr)(ptr @"AT_", ptr %".3", [0 x i8]* @"zeros", i64 1), !dbg !38
  %".10" = call ptr inttoptr (i64 1 to ptr)(ptr @"AT_", ptr %".3"), !dbg !38
  br label %"body.endif", !dbg !38
body.endif:
  %".12" = phi  ptr [%".5", %"body.if"], [%".10", %"body.else"] , !dbg !38
  %".13" = icmp ne ptr %".12", null , !dbg !38
  br i1 %".13", label %"body.endif.if", label %"body.endif.endif", !dbg !38, !prof !39
body.endif.if:
  %".15" = atomicrmw add ptr %".12", i64 1 monotonic , !dbg !38
  br label %"body.endif.endif", !dbg !38
body.endif.endif:
  br label %"leave"
}

@"zeros" = dso_local constant [8 x i8] zeroinitializer, section ".rodata", align 8, !dbg !44
!llvm.dbg.cu = !{ !2 }
!llvm.module.flags = !{ !3 }
!0 = !DIFile(directory: "", filename: "stdin")
!1 = !{ !10, !33, !44 }
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
!12 = !DISubrange(count: 16)
!13 = !{ !12 }
!14 = !DICompositeType(baseType: !4, elements: !13, size: 128, tag: DW_TAG_array_type)
!15 = !DIBasicType(encoding: DW_ATE_signed, name: "int", size: 32)
!16 = !DISubrange(count: 5)
!17 = !{ !16 }
!18 = !DICompositeType(baseType: !15, elements: !17, size: 160, tag: DW_TAG_array_type)
!19 = !DIDerivedType(baseType: !18, size: 64, tag: DW_TAG_pointer_type)
!20 = !DISubrange(count: 4096)
!21 = !{ !20 }
!22 = !DICompositeType(baseType: !15, elements: !21, size: 131072, tag: DW_TAG_array_type)
!23 = !DIDerivedType(baseType: !22, size: 64, tag: DW_TAG_pointer_type)
!24 = !DIDerivedType(baseType: !14, size: 64, tag: DW_TAG_pointer_type)
!25 = !DIDerivedType(baseType: !11, size: 64, tag: DW_TAG_pointer_type)
!26 = !DIDerivedType(baseType: !19, name: "type", offset: 0, size: 64, tag: DW_TAG_member)
!27 = !DIDerivedType(baseType: !23, name: "max_entries", offset: 64, size: 64, tag: DW_TAG_member)
!28 = !DIDerivedType(baseType: !24, name: "key", offset: 128, size: 64, tag: DW_TAG_member)
!29 = !DIDerivedType(baseType: !25, name: "value", offset: 192, size: 64, tag: DW_TAG_member)
!30 = !{ !26, !27, !28, !29 }
!31 = !DICompositeType(elements: !30, size: 256, tag: DW_TAG_structure_type)
!32 = distinct !DIGlobalVariable(file: !0, isDefinition: true, isLocal: false, line: 1, name: "AT_", scope: !0, type: !31)
!33 = !DIGlobalVariableExpression(expr: !9, var: !32)
!34 = !{ !11 }
!35 = !DISubroutineType(types: !34)
!36 = distinct !DISubprogram(file: !0, line: 1, name: "p0_uprobe", scope: !0, scopeLine: 1, spFlags: DISPFlagDefinition | DISPFlagOptimized, type: !35, unit: !2)
!37 = !DILocation(column: 17, line: 1, scope: !36)
!38 = !DILocation(column: 19, line: 1, scope: !36)
!39 = !{ !"branch_weights", i32 99, i32 1 }
!40 = !DISubrange(count: 8)
!41 = !{ !40 }
!42 = !DICompositeType(baseType: !4, elements: !41, size: 64, tag: DW_TAG_array_type)
!43 = distinct !DIGlobalVariable(file: !0, isDefinition: true, isLocal: false, line: 1, name: "zeros", scope: !0, type: !42)
!44 = !DIGlobalVariableExpression(expr: !9, var: !43)