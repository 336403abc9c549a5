; uprobe:/bin/a:f { for ($i : 0..arg0) { if ($i == 3) { return; } @++; } }
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
  %".5" = alloca i32, align 8
  store i32 0, ptr %".5"
  %".7" = call ptr inttoptr (i64 1 to ptr)(ptr @"utrace_scratch", ptr %".5")
  %".17" = alloca [1 x i64], align 8
  %".18" = getelementptr i8, ptr %".17", i64 0
  store i64 0, ptr %".18"
  %".29" = icmp eq ptr %".7", null
  br i1 %".29", label %"leave", label %"prepare"
body:
  store i64 0, ptr %".10", align 8, !dbg !41
  %".12" = sub i64 %".4", 0, !dbg !41
  %".13" = icmp ult i64 %".12", 8388608 , !dbg !41
  %".14" = select  i1 %".13", i64 %".12", i64 8388608 , !dbg !41
  %".15" = icmp slt i64 0, %".4" , !dbg !41
  %".16" = select  i1 %".15", i64 %".14", i64 0 , !dbg !41
  %".20" = call i64 inttoptr (i64 181 to ptr)(i64 %".16", i64 (i64, ptr)* @"p0_uprobe_loop", ptr %".17", i64 0), !dbg !41
  %".21" = getelementptr i8, ptr %".17", i64 0 , !dbg !41
  %".22" = load i64, ptr %".21", align 8, !dbg !41
  %".23" = icmp ne i64 %".22", 0 , !dbg !41
  br i1 %".23", label %"body.if", label %"body.endif", !dbg !41
leave:
  ret i64 0
prepare:
  %".8" = getelementptr i8, ptr %".7", i64 0
  store i64 0, ptr %".8"
  %".10" = getelementptr i8, ptr %".7", i64 0
  br label %"body"
body.if:
  store i64 0, ptr %".21", align 8, !dbg !41
  br label %"leave", !dbg !41
body.endif:
  br label %"leave"
unreachable:
  br label %"body.endif", !dbg !41
}

@"utrace_scratch" = dso_local global {ptr, ptr, ptr, ptr} zeroinitializer, section ".maps", align 8, !dbg !66
define internal i64 @"p0_uprobe_loop"(i64 %".1", ptr %".2") nounwind !dbg !42
{
entry:
  %".4" = alloca i32, align 8
  store i32 0, ptr %".4"
  %".6" = call ptr inttoptr (i64 1 to ptr)(ptr @"utrace_scratch", ptr %".4")
  %".10" = alloca i64, align 8
  store i64 0, ptr %".10"
  %".21" = alloca [1 x i64], align 8
  %".31" = icmp eq ptr %".6", null
  br i1 %".31", label %"leave", label %"prepare"
body:
  %".8" = load i64, ptr %".7", align 8, !dbg !43
  %".9" = add i64 %".8", %".1", !dbg !43
  store i64 %".9", ptr %".10", align 8, !dbg !43
  %".13" = load i64, ptr %".10", align 8, !dbg !45
  %".14" = icmp eq i64 %".13", 3 , !dbg !45
  %".15" = icmp ne i1 %".14", 0 , !dbg !45
  br i1 %".15", label %"body.if", label %"body.endif", !dbg !45
prepare:
  %".7" = getelementptr i8, ptr %".6", i64 0
  br label %"body"
body.if:
  %".17" = getelementptr i8, ptr %".2", i64 0 , !dbg !47
  store i64 1, ptr %".17", align 8, !dbg !47
  br label %"leave", !dbg !47
body.endif:
  store i32 0, ptr %".21", align 4, !dbg !48
  %".23" = call ptr inttoptr (i64 1 to ptr)(ptr @"AT_", ptr %".21"), !dbg !48
  %".24" = icmp ne ptr %".23", null , !dbg !48
  br i1 %".24", label %"body.endif.if", label %"body.endif.endif", !dbg !48, !prof !49
unreachable:
  br label %"body.endif", !dbg !45
body.endif.if:
  %".26" = atomicrmw add ptr %".23", i64 1 monotonic , !dbg !48
  %".27" = getelementptr i8, ptr %".23", i64 8 , !dbg !48
  store i64 1, ptr %".27", align 8, !dbg !48
  br label %"body.endif.endif", !dbg !48
body.endif.endif:
  br label %"next"
leave:
  ret i64 1
next:
  ret i64 0
}

!llvm.dbg.cu = !{ !2 }
!llvm.module.flags = !{ !3 }
!0 = !DIFile(directory: "", filename: "stdin")
!1 = !{ !10, !36, !66 }
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
!39 = distinct !DISubprogram(file: !0, line: 1, name: "p0_uprobe", scope: !0, scopeLine: 1, spFlags: DISPFlagDefinition | DISPFlagOptimized, type: !38, unit: !2)
!40 = !DILocation(column: 17, line: 1, scope: !39)
!41 = !DILocation(column: 19, line: 1, scope: !39)
!42 = distinct !DISubprogram(file: !0, line: 1, name: "p0_uprobe_loop", scope: !0, scopeLine: 1, spFlags: DISPFlagLocalToUnit | DISPFlagDefinition | DISPFlagOptimized, type: !38, unit: !2)
!43 = !DILocation(column: 19, line: 1, scope: !42)
!44 = !DILocation(column: 38, line: 1, scope: !42)
!45 = !DILocation(column: 40, line: 1, scope: !42)
!46 = !DILocation(column: 53, line: 1, scope: !42)
!47 = !DILocation(column: 55, line: 1, scope: !42)
!48 = !DILocation(column: 65, line: 1, scope: !42)
!49 = !{ !"branch_weights", i32 99, i32 1 }
!50 = !DICompositeType(baseType: !11, elements: !24, size: 64, tag: DW_TAG_array_type)
!51 = !DISubrange(count: 6)
!52 = !{ !51 }
!53 = !DICompositeType(baseType: !18, elements: !52, size: 192, tag: DW_TAG_array_type)
!54 = !DIDerivedType(baseType: !53, size: 64, tag: DW_TAG_pointer_type)
!55 = !DICompositeType(baseType: !18, elements: !24, size: 32, tag: DW_TAG_array_type)
!56 = !DIDerivedType(baseType: !55, size: 64, tag: DW_TAG_pointer_type)
!57 = !DIDerivedType(baseType: !17, size: 64, tag: DW_TAG_pointer_type)
!58 = !DIDerivedType(baseType: !50, size: 64, tag: DW_TAG_pointer_type)
!59 = !DIDerivedType(baseType: !54, name: "type", offset: 0, size: 64, tag: DW_TAG_member)
!60 = !DIDerivedType(baseType: !56, name: "max_entries", offset: 64, size: 64, tag: DW_TAG_member)
!61 = !DIDerivedType(baseType: !57, name: "key", offset: 128, size: 64, tag: DW_TAG_member)
!62 = !DIDerivedType(baseType: !58, name: "value", offset: 192, size: 64, tag: DW_TAG_member)
!63 = !{ !59, !60, !61, !62 }
!64 = !DICompositeType(elements: !63, size: 256, tag: DW_TAG_structure_type)
!65 = distinct !DIGlobalVariable(file: !0, isDefinition: true, isLocal: false, line: 1, name: "utrace_scratch", scope: !0, type: !64)
!66 = !DIGlobalVariableExpression(expr: !9, var: !65)