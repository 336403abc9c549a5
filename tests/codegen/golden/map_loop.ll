; uprobe:/bin/a:f { @m[arg0] = 1; $n = 0; for ($kv : @m) { if ($kv.0 > 5) { break; } $n += arg1; } @ = $n; }
; ModuleID = "stdin"
target triple = "bpfel"
target datalayout = "e-m:e-p:64:64-i64:64-i128:128-n32:64-S128"

@"LICENSE" = dso_local global [4 x i8] c"GPL\00", section "license", align 8, !dbg !10
@"AT_m" = dso_local global {ptr, ptr, ptr, ptr} zeroinitializer, section ".maps", align 8, !dbg !35
@"AT_" = dso_local global {ptr, ptr, ptr, ptr} zeroinitializer, section ".maps", align 8, !dbg !56
define i64 @"p0_uprobe"(ptr %".1") nounwind section "uprobe" !dbg !59
{
entry:
  %".3" = alloca [1 x i64], align 8
  %".6" = alloca [1 x i64], align 8
  %".7" = getelementptr i8, ptr %".1", i64 112
  %".8" = load i64, ptr %".7"
  %".11" = alloca i32, align 8
  store i32 0, ptr %".11"
  %".13" = call ptr inttoptr (i64 1 to ptr)(ptr @"utrace_scratch", ptr %".11")
  %".19" = getelementptr i8, ptr %".1", i64 104
  %".20" = load i64, ptr %".19"
  %".21" = alloca [1 x i64], align 8
  %".22" = getelementptr i8, ptr %".21", i64 0
  store i64 %".20", ptr %".22"
  %".36" = icmp eq ptr %".13", null
  br i1 %".36", label %"leave", label %"prepare"
body:
  call void @"llvm.memset.p0.i64"(ptr align 8 %".3", i8 0, i64 8, i1 0), !dbg !61
  store i8 1, ptr %".3", align 1, !dbg !61
  store i64 %".8", ptr %".6", align 8, !dbg !61
  %".10" = call i64 inttoptr (i64 2 to ptr)(ptr @"AT_m", ptr %".6", ptr %".3", i64 0), !dbg !61
  store i64 0, ptr %".17", align 8, !dbg !62
  %".24" = call i64 inttoptr (i64 164 to ptr)(ptr @"AT_m", i64 (ptr, ptr, ptr, ptr)* @"p0_uprobe_loop", ptr %".21", i64 0), !dbg !63
  %".26" = load i64, ptr %".25", align 8, !dbg !71
  store i32 0, ptr %".6", align 4, !dbg !71
  %".28" = call ptr inttoptr (i64 1 to ptr)(ptr @"AT_", ptr %".6"), !dbg !71
  %".29" = icmp ne ptr %".28", null , !dbg !71
  br i1 %".29", label %"body.if", label %"body.endif", !dbg !71, !prof !72
leave:
  ret i64 0
prepare:
  %".14" = getelementptr i8, ptr %".13", i64 0
  store i64 0, ptr %".14"
  %".16" = getelementptr i8, ptr %".13", i64 0
  %".17" = getelementptr i8, ptr %".13", i64 0
  %".25" = getelementptr i8, ptr %".13", i64 0
  br label %"body"
body.if:
  store i64 %".26", ptr %".28", align 8, !dbg !71
  %".32" = getelementptr i8, ptr %".28", i64 8 , !dbg !71
  store i64 1, ptr %".32", align 8, !dbg !71
  br label %"body.endif", !dbg !71
body.endif:
  br label %"leave"
}

declare void @"llvm.memset.p0.i64"(ptr %".1", i8 %".2", i64 %".3", i1 %".4")

@"utrace_scratch" = dso_local global {ptr, ptr, ptr, ptr} zeroinitializer, section ".maps", align 8, !dbg !89
define internal i64 @"p0_uprobe_loop"(ptr %".1", ptr %".2", ptr %".3", ptr %".4") nounwind !dbg !64
{
entry:
  %".6" = alloca [2 x i64], align 8
  %".17" = alloca i32, align 8
  store i32 0, ptr %".17"
  %".19" = call ptr inttoptr (i64 1 to ptr)(ptr @"utrace_scratch", ptr %".17")
  %".27" = icmp eq ptr %".19", null
  br i1 %".27", label %"leave", label %"prepare"
body:
  call void @"llvm.memset.p0.i64"(ptr align 8 %".6", i8 0, i64 16, i1 0), !dbg !65
  call void @"llvm.memcpy.p0.p0.i64"(ptr align 8 %".6", ptr align 8 %".2", i64 8, i1 0), !dbg !65
  %".9" = getelementptr i8, ptr %".6", i64 8 , !dbg !65
  call void @"llvm.memcpy.p0.p0.i64"(ptr align 8 %".9", ptr align 8 %".3", i64 1, i1 0), !dbg !65
  %".11" = load i64, ptr %".6", align 8, !dbg !67
  %".12" = icmp sgt i64 %".11", 5 , !dbg !67
  %".13" = icmp ne i1 %".12", 0 , !dbg !67
  br i1 %".13", label %"body.if", label %"body.endif", !dbg !67
body.if:
  br label %"leave", !dbg !69
body.endif:
  %".21" = load i64, ptr %".20", align 8, !dbg !70
  %".22" = getelementptr i8, ptr %".4", i64 0 , !dbg !70
  %".23" = load i64, ptr %".22", align 8, !dbg !70
  %".24" = add i64 %".21", %".23", !dbg !70
  store i64 %".24", ptr %".20", align 8, !dbg !70
  br label %"next"
unreachable:
  br label %"body.endif", !dbg !67
prepare:
  %".20" = getelementptr i8, ptr %".19", i64 0
  br label %"body"
leave:
  ret i64 1
next:
  ret i64 0
}

declare void @"llvm.memcpy.p0.p0.i64"(ptr %".1", ptr %".2", i64 %".3", i1 %".4")

!llvm.dbg.cu = !{ !2 }
!llvm.module.flags = !{ !3 }
!0 = !DIFile(directory: "", filename: "stdin")
!1 = !{ !10, !35, !56, !89 }
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
!13 = !DIBasicType(encoding: DW_ATE_signed, name: "s8", size: 8)
!14 = !DIDerivedType(baseType: !13, name: "value", offset: 0, size: 8, tag: DW_TAG_member)
!15 = !{ !14 }
!16 = !DICompositeType(elements: !15, size: 64, tag: DW_TAG_structure_type)
!17 = !DIBasicType(encoding: DW_ATE_signed, name: "int", size: 32)
!18 = !DISubrange(count: 1)
!19 = !{ !18 }
!20 = !DICompositeType(baseType: !17, elements: !19, size: 32, tag: DW_TAG_array_type)
!21 = !DIDerivedType(baseType: !20, size: 64, tag: DW_TAG_pointer_type)
!22 = !DISubrange(count: 4096)
!23 = !{ !22 }
!24 = !DICompositeType(baseType: !17, elements: !23, size: 131072, tag: DW_TAG_array_type)
!25 = !DIDerivedType(baseType: !24, size: 64, tag: DW_TAG_pointer_type)
!26 = !DIDerivedType(baseType: !12, size: 64, tag: DW_TAG_pointer_type)
!27 = !DIDerivedType(baseType: !16, size: 64, tag: DW_TAG_pointer_type)
!28 = !DIDerivedType(baseType: !21, name: "type", offset: 0, size: 64, tag: DW_TAG_member)
!29 = !DIDerivedType(baseType: !25, name: "max_entries", offset: 64, size: 64, tag: DW_TAG_member)
!30 = !DIDerivedType(baseType: !26, name: "key", offset: 128, size: 64, tag: DW_TAG_member)
!31 = !DIDerivedType(baseType: !27, name: "value", offset: 192, size: 64, tag: DW_TAG_member)
!32 = !{ !28, !29, !30, !31 }
!33 = !DICompositeType(elements: !32, size: 256, tag: DW_TAG_structure_type)
!34 = distinct !DIGlobalVariable(file: !0, isDefinition: true, isLocal: false, line: 1, name: "AT_m", scope: !0, type: !33)
!35 = !DIGlobalVariableExpression(expr: !9, var: !34)
!36 = !DIDerivedType(baseType: !12, name: "value", offset: 0, size: 64, tag: DW_TAG_member)
!37 = !DIDerivedType(baseType: !11, name: "is_set", offset: 64, size: 64, tag: DW_TAG_member)
!38 = !{ !36, !37 }
!39 = !DICompositeType(elements: !38, size: 128, tag: DW_TAG_structure_type)
!40 = !DIBasicType(encoding: DW_ATE_unsigned, name: "u32", size: 32)
!41 = !DISubrange(count: 2)
!42 = !{ !41 }
!43 = !DICompositeType(baseType: !17, elements: !42, size: 64, tag: DW_TAG_array_type)
!44 = !DIDerivedType(baseType: !43, size: 64, tag: DW_TAG_pointer_type)
!45 = !DICompositeType(baseType: !17, elements: !19, size: 32, tag: DW_TAG_array_type)
!46 = !DIDerivedType(baseType: !45, size: 64, tag: DW_TAG_pointer_type)
!47 = !DIDerivedType(baseType: !40, size: 64, tag: DW_TAG_pointer_type)
!48 = !DIDerivedType(baseType: !39, size: 64, tag: DW_TAG_pointer_type)
!49 = !DIDerivedType(baseType: !44, name: "type", offset: 0, size: 64, tag: DW_TAG_member)
!50 = !DIDerivedType(baseType: !46, name: "max_entries", offset: 64, size: 64, tag: DW_TAG_member)
!51 = !DIDerivedType(baseType: !47, name: "key", offset: 128, size: 64, tag: DW_TAG_member)
!52 = !DIDerivedType(baseType: !48, name: "value", offset: 192, size: 64, tag: DW_TAG_member)
!53 = !{ !49, !50, !51, !52 }
!54 = !DICompositeType(elements: !53, size: 256, tag: DW_TAG_structure_type)
!55 = distinct !DIGlobalVariable(file: !0, isDefinition: true, isLocal: false, line: 1, name: "AT_", scope: !0, type: !54)
!56 = !DIGlobalVariableExpression(expr: !9, var: !55)
!57 = !{ !11 }
!58 = !DISubroutineType(types: !57)
!59 = distinct !DISubprogram(file: !0, line: 2, name: "p0_uprobe", scope: !0, scopeLine: 2, spFlags: DISPFlagDefinition | DISPFlagOptimized, type: !58, unit: !2)
!60 = !DILocation(column: 25, line: 2, scope: !59)
!61 = !DILocation(column: 27, line: 2, scope: !59)
!62 = !DILocation(column: 41, line: 2, scope: !59)
!63 = !DILocation(column: 49, line: 2, scope: !59)
!64 = distinct !DISubprogram(file: !0, line: 2, name: "p0_uprobe_loop", scope: !0, scopeLine: 2, spFlags: DISPFlagLocalToUnit | DISPFlagDefinition | DISPFlagOptimized, type: !58, unit: !2)
!65 = !DILocation(column: 49, line: 2, scope: !64)
!66 = !DILocation(column: 64, line: 2, scope: !64)
!67 = !DILocation(column: 66, line: 2, scope: !64)
!68 = !DILocation(column: 81, line: 2, scope: !64)
!69 = !DILocation(column: 83, line: 2, scope: !64)
!70 = !DILocation(column: 92, line: 2, scope: !64)
!71 = !DILocation(column: 106, line: 2, scope: !59)
!72 = !{ !"branch_weights", i32 99, i32 1 }
!73 = !DICompositeType(baseType: !11, elements: !19, size: 64, tag: DW_TAG_array_type)
!74 = !DISubrange(count: 6)
!75 = !{ !74 }
!76 = !DICompositeType(baseType: !17, elements: !75, size: 192, tag: DW_TAG_array_type)
!77 = !DIDerivedType(baseType: !76, size: 64, tag: DW_TAG_pointer_type)
!78 = !DICompositeType(baseType: !17, elements: !19, size: 32, tag: DW_TAG_array_type)
!79 = !DIDerivedType(baseType: !78, size: 64, tag: DW_TAG_pointer_type)
!80 = !DIDerivedType(baseType: !40, size: 64, tag: DW_TAG_pointer_type)
!81 = !DIDerivedType(baseType: !73, size: 64, tag: DW_TAG_pointer_type)
!82 = !DIDerivedType(baseType: !77, name: "type", offset: 0, size: 64, tag: DW_TAG_member)
!83 = !DIDerivedType(baseType: !79, name: "max_entries", offset: 64, size: 64, tag: DW_TAG_member)
!84 = !DIDerivedType(baseType: !80, name: "key", offset: 128, size: 64, tag: DW_TAG_member)
!85 = !DIDerivedType(baseType: !81, name: "value", offset: 192, size: 64, tag: DW_TAG_member)
!86 = !{ !82, !83, !84, !85 }
!87 = !DICompositeType(elements: !86, size: 256, tag: DW_TAG_structure_type)
!88 = distinct !DIGlobalVariable(file: !0, isDefinition: true, isLocal: false, line: 1, name: "utrace_scratch", scope: !0, type: !87)
!89 = !DIGlobalVariableExpression(expr: !9, var: !88)