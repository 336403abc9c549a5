; uprobe:/bin/a:f { @[tid]++; }
; ModuleID = "stdin"
target triple = "bpfel"
target datalayout = "e-m:e-p:64:64-i64:64-i128:128-n32:64-S128"

@"LICENSE" = dso_local global [4 x i8] c"GPL\00", section "license", align 8, !dbg !10
@"AT_" = dso_local global {ptr, ptr, ptr, ptr} zeroinitializer, section ".maps", align 8, !dbg !35
define i64 @"p0_uprobe"(ptr %".1") nounwind section "uprobe" !dbg !38
{
entry:
  %".3" = alloca [1 x i64], align 8
  br label %"body"
body:
  %".4" = call i64 inttoptr (i64 14 to ptr)(), !dbg !40
  %".5" = and i64 %".4", 4294967295, !dbg !40
  %".6" = trunc i64 %".5" to i32 , !dbg !40
  store i32 %".6", ptr %".3", align 4, !dbg !40
  %".8" = call ptr inttoptr (i64 1 to ptr)(ptr @"AT_", ptr %".3"), !dbg !40
  %".9" = icmp ne ptr %".8", null , !dbg !40
  br i1 %".9", label %"body.if", label %"body.else", !dbg !40
leave:
  ret i64 0
body.if:
  br label %"body.endif", !dbg !40
body.else:
  %".12" = call i64 inttoptr (i64 2 to ptr)(ptr @"AT_", ptr %".3", [0 x i8]* @"zeros", i64 1), !dbg !40
  %".13" = call ptr inttoptr (i64 1 to ptr)(ptr @"AT_", ptr %".3"), !dbg !40
  br label %"body.endif", !dbg !40
body.endif:
  %".15" = phi  ptr [%".8", %"body.if"], [%".13", %"body.else"] , !dbg !40
  %".16" = icmp ne ptr %".15", null , !dbg !40
  br i1 %".16", label %"body.endif.if", label %"body.endif.endif", !dbg !40, !prof !41
body.endif.if:
  %".18" = atomicrmw add ptr %".15", i64 1 monotonic , !dbg !40
  br label %"body.endif.endif", !dbg !40
body.endif.endif:
  br label %"leave"
}

@"zeros" = dso_local constant [8 x i8] zeroinitializer, section ".rodata", align 8, !dbg !46
!llvm.dbg.cu = !{ !2 }
!llvm.module.flags = !{ !3 }
!0 = !DIFile(directory: "", filename: "stdin")
!1 = !{ !10, !35, !46 }
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
!14 = !{ !13 }
!15 = !DICompositeType(elements: !14, size: 64, tag: DW_TAG_structure_type)
!16 = !DIBasicType(encoding: DW_ATE_unsigned, name: "u32", size: 32)
!17 = !DIBasicType(encoding: DW_ATE_signed, name: "int", size: 32)
!18 = !DISubrange(count: 1)
!19 = !{ !18 }
!20 = !DICompositeType(baseType: !17, elements: !19, size: 32, tag: DW_TAG_array_type)
!21 = !DIDerivedType(baseType: !20, size: 64, tag: DW_TAG_pointer_type)
!22 = !DISubrange(count: 4096)
!23 = !{ !22 }
!24 = !DICompositeType(baseType: !17, elements: !23, size: 131072, tag: DW_TAG_array_type)
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
!42 = !DISubrange(count: 8)
!43 = !{ !42 }
!44 = !DICompositeType(baseType: !4, elements: !43, size: 64, tag: DW_TAG_array_type)
!45 = distinct !DIGlobalVariable(file: !0, isDefinition: true, isLocal: false, line: 1, name: "zeros", scope: !0, type: !44)
!46 = !DIGlobalVariableExpression(expr: !9, var: !45)