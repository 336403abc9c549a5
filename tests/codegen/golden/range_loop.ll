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
  %".5" = alloca [2 x i64], align 8
  %".6" = getelementptr i8, ptr %".5", i64 0
  store i64 0, ptr %".6"
  %".15" = getelementptr i8, ptr %".5", i64 8
  store i64 0, ptr %".15"
  br label %"body"
body:
  %".8" = getelementptr i8, ptr %".5", i64 0 , !dbg !41
  store i64 0, ptr %".8", align 8, !dbg !41
  %".10" = sub i64 %".4", 0, !dbg !41
  %".11" = icmp ult i64 %".10", 8388608 , !dbg !41
  %".12" = select  i1 %".11", i64 %".10", i64 8388608 , !dbg !41
  %".13" = icmp slt i64 0, %".4" , !dbg !41
  %".14" = select  i1 %".13", i64 %".12", i64 0 , !dbg !41
  %".17" = call i64 inttoptr (i64 181 to ptr)(i64 %".14", i64 (i64, ptr)* @"p0_uprobe_loop", ptr %".5", i64 0), !dbg !41
  %".18" = getelementptr i8, ptr %".5", i64 8 , !dbg !41
  %".19" = load i64, ptr %".18", align 8, !dbg !41
  %".20" = icmp ne i64 %".19", 0 , !dbg !41
  br i1 %".20", label %"body.if", label %"body.endif", !dbg !41
leave:
  ret i64 0
body.if:
  store i64 0, ptr %".18", align 8, !dbg !41
  br label %"leave", !dbg !41
body.endif:
  br label %"leave"
unreachable:
  br label %"body.endif", !dbg !41
}

define internal i64 @"p0_uprobe_loop"(i64 %".1", ptr %".2") nounwind !dbg !42
{
entry:
  %".7" = alloca i64, align 8
  store i64 0, ptr %".7"
  %".18" = alloca [1 x i64], align 8
  br label %"body"
body:
  %".4" = getelementptr i8, ptr %".2", i64 0 , !dbg !43
  %".5" = load i64, ptr %".4", align 8, !dbg !43
  %".6" = add i64 %".5", %".1", !dbg !43
  store i64 %".6", ptr %".7", align 8, !dbg !43
  %".10" = load i64, ptr %".7", align 8, !dbg !45
  %".11" = icmp eq i64 %".10", 3 , !dbg !45
  %".12" = icmp ne i1 %".11", 0 , !dbg !45
  br i1 %".12", label %"body.if", label %"body.endif", !dbg !45
leave:
  ret i64 1
next:
  ret i64 0
body.if:
  %".14" = getelementptr i8, ptr %".2", i64 8 , !dbg !47
  store i64 1, ptr %".14", align 8, !dbg !47
  br label %"leave", !dbg !47
body.endif:
  store i32 0, ptr %".18", align 4, !dbg !48
  %".20" = call ptr inttoptr (i64 1 to ptr)(ptr @"AT_", ptr %".18"), !dbg !48
  %".21" = icmp ne ptr %".20", null , !dbg !48
  br i1 %".21", label %"body.endif.if", label %"body.endif.endif", !dbg !48, !prof !49
unreachable:
  br label %"body.endif", !dbg !45
body.endif.if:
  %".23" = atomicrmw add ptr %".20", i64 1 monotonic , !dbg !48
  %".24" = getelementptr i8, ptr %".20", i64 8 , !dbg !48
  store i64 1, ptr %".24", align 8, !dbg !48
  br label %"body.endif.endif", !dbg !48
body.endif.endif:
  br label %"next"
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