; uprobe:/bin/a:f { @ = count(); }
; ModuleID = "stdin"
target triple = "bpfel"
target datalayout = "e-m:e-p:64:64-i64:64-i128:128-n32:64-S128"

@"LICENSE" = dso_local global [4 x i8] c"GPL\00", section "license", align 8, !dbg !10
@"AT_" = dso_local global {ptr, ptr, ptr, ptr} zeroinitializer, section ".maps", align 8, !dbg !31
define i64 @"p0_uprobe"(ptr %".1") nounwind section "uprobe" !dbg !34
{
entry:
  %".3" = alloca [1 x i64], align 8
  br label %"body"
body:
  store i32 0, ptr %".3", align 4, !dbg !36
  %".5" = call ptr inttoptr (i64 1 to ptr)(ptr @"AT_", ptr %".3"), !dbg !36
  %".6" = icmp ne ptr %".5", null , !dbg !36
  br i1 %".6", label %"body.if", label %"body.endif", !dbg !36, !prof !37
leave:
  ret i64 0
body.if:
  %".8" = atomicrmw add ptr %".5", i64 1 monotonic , !dbg !36
  br label %"body.endif", !dbg !36
body.endif:
  br label %"leave"
}

!llvm.dbg.cu = !{ !2 }
!llvm.module.flags = !{ !3 }
!0 = !DIFile(directory: "", filename: "stdin")
!1 = !{ !10, !31 }
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
!12 = !DIBasicType(encoding: DW_ATE_unsigned, name: "u32", size: 32)
!13 = !DIBasicType(encoding: DW_ATE_signed, name: "int", size: 32)
!14 = !DISubrange(count: 6)
!15 = !{ !14 }
!16 = !DICompositeType(baseType: !13, elements: !15, size: 192, tag: DW_TAG_array_type)
!17 = !DIDerivedType(baseType: !16, size: 64, tag: DW_TAG_pointer_type)
!18 = !DISubrange(count: 1)
!19 = !{ !18 }
!20 = !DICompositeType(baseType: !13, elements: !19, size: 32, tag: DW_TAG_array_type)
!21 = !DIDerivedType(baseType: !20, size: 64, tag: DW_TAG_pointer_type)
!22 = !DIDerivedType(baseType: !12, size: 64, tag: DW_TAG_pointer_type)
!23 = !DIDerivedType(baseType: !11, size: 64, tag: DW_TAG_pointer_type)
!24 = !DIDerivedType(baseType: !17, name: "type", offset: 0, size: 64, tag: DW_TAG_member)
!25 = !DIDerivedType(baseType: !21, name: "max_entries", offset: 64, size: 64, tag: DW_TAG_member)
!26 = !DIDerivedType(baseType: !22, name: "key", offset: 128, size: 64, tag: DW_TAG_member)
!27 = !DIDerivedType(baseType: !23, name: "value", offset: 192, size: 64, tag: DW_TAG_member)
!28 = !{ !24, !25, !26, !27 }
!29 = !DICompositeType(elements: !28, size: 256, tag: DW_TAG_structure_type)
!30 = distinct !DIGlobalVariable(file: !0, isDefinition: true, isLocal: false, line: 1, name: "AT_", scope: !0, type: !29)
!31 = !DIGlobalVariableExpression(expr: !9, var: !30)
!32 = !{ !11 }
!33 = !DISubroutineType(types: !32)
!34 = distinct !DISubprogram(file: !0, line: 1, name: "p0_uprobe", scope: !0, scopeLine: 1, spFlags: DISPFlagDefinition | DISPFlagOptimized, type: !33, unit: !2)
!35 = !DILocation(column: 17, line: 1, scope: !34)
!36 = !DILocation(column: 19, line: 1, scope: !34)
!37 = !{ !"branch_weights", i32 99, i32 1 }