; uprobe:/bin/a:f { @start[tid] = nsecs; }
;         uretprobe:/bin/a:f /@start[tid]/ { @ = sum(nsecs - @start[tid]); delete(@start, tid); }
; ModuleID = "stdin"
target triple = "bpfel"
target datalayout = "e-m:e-p:64:64-i64:64-i128:128-n32:64-S128"

@"LICENSE" = dso_local global [4 x i8] c"GPL\00", section "license", align 8, !dbg !10
@"AT_start" = dso_local global {ptr, ptr, ptr, ptr} zeroinitializer, section ".maps", align 8, !dbg !34
@"AT_" = dso_local global {ptr, ptr, ptr, ptr} zeroinitializer, section ".maps", align 8, !dbg !55
define i64 @"p0_uprobe"(ptr %".1") nounwind section "uprobe" !dbg !58
{
entry:
  %".3" = alloca [1 x i64], align 8
  %".6" = alloca [1 x i64], align 8
  br label %"body"
body:
  %".4" = call i64 inttoptr (i64 125 to ptr)(), !dbg !60
  store i64 %".4", ptr %".3", align 8, !dbg !60
  %".7" = call i64 inttoptr (i64 14 to ptr)(), !dbg !60
  %".8" = and i64 %".7", 4294967295, !dbg !60
  %".9" = trunc i64 %".8" to i32 , !dbg !60
  store i32 %".9", ptr %".6", align 4, !dbg !60
  %".11" = call i64 inttoptr (i64 2 to ptr)(ptr @"AT_start", ptr %".6", ptr %".3", i64 0), !dbg !60
  br label %"leave"
leave:
  ret i64 0
}

define i64 @"p1_uretprobe"(ptr %".1") nounwind section "uretprobe" !dbg !61
{
entry:
  %".3" = alloca [1 x i64], align 8
  %".33" = alloca [1 x i64], align 8
  br label %"body"
body:
  %".4" = call i64 inttoptr (i64 14 to ptr)(), !dbg !62
  %".5" = and i64 %".4", 4294967295, !dbg !62
  %".6" = trunc i64 %".5" to i32 , !dbg !62
  store i32 %".6", ptr %".3", align 4, !dbg !62
  %".8" = call ptr inttoptr (i64 1 to ptr)(ptr @"AT_start", ptr %".3"), !dbg !62
  %".9" = icmp ne ptr %".8", null , !dbg !62
  br i1 %".9", label %"body.if", label %"body.else", !dbg !62
leave:
  ret i64 0
body.if:
  %".11" = load i64, ptr %".8", align 8, !dbg !62
  br label %"body.endif", !dbg !62
body.else:
  br label %"body.endif", !dbg !62
body.endif:
  %".14" = phi  i64 [%".11", %"body.if"], [0, %"body.else"] , !dbg !62
  %".15" = icmp ne i64 %".14", 0 , !dbg !62
  %".16" = xor i1 %".15", -1, !dbg !62
  br i1 %".16", label %"body.endif.if", label %"body.endif.endif", !dbg !62
body.endif.if:
  br label %"leave", !dbg !62
body.endif.endif:
  %".20" = call i64 inttoptr (i64 125 to ptr)(), !dbg !64
  %".21" = call i64 inttoptr (i64 14 to ptr)(), !dbg !64
  %".22" = and i64 %".21", 4294967295, !dbg !64
  %".23" = trunc i64 %".22" to i32 , !dbg !64
  store i32 %".23", ptr %".3", align 4, !dbg !64
  %".25" = call ptr inttoptr (i64 1 to ptr)(ptr @"AT_start", ptr %".3"), !dbg !64
  %".26" = icmp ne ptr %".25", null , !dbg !64
  br i1 %".26", label %"body.endif.endif.if", label %"body.endif.endif.else", !dbg !64
unreachable:
  br label %"body.endif.endif", !dbg !62
body.endif.endif.if:
  %".28" = load i64, ptr %".25", align 8, !dbg !64
  br label %"body.endif.endif.endif", !dbg !64
body.endif.endif.else:
  br label %"body.endif.endif.endif", !dbg !64
body.endif.endif.endif:
  %".31" = phi  i64 [%".28", %"body.endif.endif.if"], [0, %"body.endif.endif.else"] , !dbg !64
  %".32" = sub i64 %".20", %".31", !dbg !64
  store i32 0, ptr %".33", align 4, !dbg !64
  %".35" = call ptr inttoptr (i64 1 to ptr)(ptr @"AT_", ptr %".33"), !dbg !64
  %".36" = icmp ne ptr %".35", null , !dbg !64
  br i1 %".36", label %"body.endif.endif.endif.if", label %"body.endif.endif.endif.endif", !dbg !64, !prof !65
body.endif.endif.endif.if:
  %".38" = atomicrmw add ptr %".35", i64 %".32" monotonic , !dbg !64
  %".39" = getelementptr i8, ptr %".35", i64 8 , !dbg !64
  %".40" = atomicrmw add ptr %".39", i64 1 monotonic , !dbg !64
  br label %"body.endif.endif.endif.endif", !dbg !64
body.endif.endif.endif.endif:
  %".42" = call i64 inttoptr (i64 14 to ptr)(), !dbg !66
  %".43" = and i64 %".42", 4294967295, !dbg !66
  %".44" = trunc i64 %".43" to i32 , !dbg !66
  store i32 %".44", ptr %".33", align 4, !dbg !66
  %".46" = call i64 inttoptr (i64 3 to ptr)(ptr @"AT_start", ptr %".33"), !dbg !66
  %".47" = icmp eq i64 %".46", 0 , !dbg !66
  br label %"leave"
}

!llvm.dbg.cu = !{ !2 }
!llvm.module.flags = !{ !3 }
!0 = !DIFile(directory: "", filename: "stdin")
!1 = !{ !10, !34, !55 }
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
!12 = !DIDerivedType(baseType: !11, name: "value", offset: 0, size: 64, tag: DW_TAG_member)
!13 = !{ !12 }
!14 = !DICompositeType(elements: !13, size: 64, tag: DW_TAG_structure_type)
!15 = !DIBasicType(encoding: DW_ATE_unsigned, name: "u32", size: 32)
!16 = !DIBasicType(encoding: DW_ATE_signed, name: "int", size: 32)
!17 = !DISubrange(count: 1)
!18 = !{ !17 }
!19 = !DICompositeType(baseType: !16, elements: !18, size: 32, tag: DW_TAG_array_type)
!20 = !DIDerivedType(baseType: !19, size: 64, tag: DW_TAG_pointer_type)
!21 = !DISubrange(count: 4096)
!22 = !{ !21 }
!23 = !DICompositeType(baseType: !16, elements: !22, size: 131072, tag: DW_TAG_array_type)
!24 = !DIDerivedType(baseType: !23, size: 64, tag: DW_TAG_pointer_type)
!25 = !DIDerivedType(baseType: !15, size: 64, tag: DW_TAG_pointer_type)
!26 = !DIDerivedType(baseType: !14, size: 64, tag: DW_TAG_pointer_type)
!27 = !DIDerivedType(baseType: !20, name: "type", offset: 0, size: 64, tag: DW_TAG_member)
!28 = !DIDerivedType(baseType: !24, name: "max_entries", offset: 64, size: 64, tag: DW_TAG_member)
!29 = !DIDerivedType(baseType: !25, name: "key", offset: 128, size: 64, tag: DW_TAG_member)
!30 = !DIDerivedType(baseType: !26, name: "value", offset: 192, size: 64, tag: DW_TAG_member)
!31 = !{ !27, !28, !29, !30 }
!32 = !DICompositeType(elements: !31, size: 256, tag: DW_TAG_structure_type)
!33 = distinct !DIGlobalVariable(file: !0, isDefinition: true, isLocal: false, line: 1, name: "AT_start", scope: !0, type: !32)
!34 = !DIGlobalVariableExpression(expr: !9, var: !33)
!35 = !DIBasicType(encoding: DW_ATE_signed, name: "s64", size: 64)
!36 = !DIDerivedType(baseType: !35, name: "total", offset: 0, size: 64, tag: DW_TAG_member)
!37 = !DIDerivedType(baseType: !11, name: "count", offset: 64, size: 64, tag: DW_TAG_member)
!38 = !{ !36, !37 }
!39 = !DICompositeType(elements: !38, size: 128, tag: DW_TAG_structure_type)
!40 = !DISubrange(count: 6)
!41 = !{ !40 }
!42 = !DICompositeType(baseType: !16, elements: !41, size: 192, tag: DW_TAG_array_type)
!43 = !DIDerivedType(baseType: !42, size: 64, tag: DW_TAG_pointer_type)
!44 = !DICompositeType(baseType: !16, elements: !18, size: 32, tag: DW_TAG_array_type)
!45 = !DIDerivedType(baseType: !44, size: 64, tag: DW_TAG_pointer_type)
!46 = !DIDerivedType(baseType: !15, size: 64, tag: DW_TAG_pointer_type)
!47 = !DIDerivedType(baseType: !39, size: 64, tag: DW_TAG_pointer_type)
!48 = !DIDerivedType(baseType: !43, name: "type", offset: 0, size: 64, tag: DW_TAG_member)
!49 = !DIDerivedType(baseType: !45, name: "max_entries", offset: 64, size: 64, tag: DW_TAG_member)
!50 = !DIDerivedType(baseType: !46, name: "key", offset: 128, size: 64, tag: DW_TAG_member)
!51 = !DIDerivedType(baseType: !47, name: "value", offset: 192, size: 64, tag: DW_TAG_member)
!52 = !{ !48, !49, !50, !51 }
!53 = !DICompositeType(elements: !52, size: 256, tag: DW_TAG_structure_type)
!54 = distinct !DIGlobalVariable(file: !0, isDefinition: true, isLocal: false, line: 1, name: "AT_", scope: !0, type: !53)
!55 = !DIGlobalVariableExpression(expr: !9, var: !54)
!56 = !{ !11 }
!57 = !DISubroutineType(types: !56)
!58 = distinct !DISubprogram(file: !0, line: 2, name: "p0_uprobe", scope: !0, scopeLine: 2, spFlags: DISPFlagDefinition | DISPFlagOptimized, type: !57, unit: !2)
!59 = !DILocation(column: 25, line: 2, scope: !58)
!60 = !DILocation(column: 27, line: 2, scope: !58)
!61 = distinct !DISubprogram(file: !0, line: 3, name: "p1_uretprobe", scope: !0, scopeLine: 3, spFlags: DISPFlagDefinition | DISPFlagOptimized, type: !57, unit: !2)
!62 = !DILocation(column: 29, line: 3, scope: !61)
!63 = !DILocation(column: 42, line: 3, scope: !61)
!64 = !DILocation(column: 44, line: 3, scope: !61)
!65 = !{ !"branch_weights", i32 99, i32 1 }
!66 = !DILocation(column: 74, line: 3, scope: !61)