; uprobe:/bin/a:f { $a = (int8[8])arg0; @ = (uint64)$a + (bool)arg1 + $a[3]; @e = $a == (int8[8])arg1; }
; ModuleID = "stdin"
target triple = "bpfel"
target datalayout = "e-m:e-p:64:64-i64:64-i128:128-n32:64-S128"

@"LICENSE" = dso_local global [4 x i8] c"GPL\00", section "license", align 8, !dbg !10
@"AT_" = dso_local global {ptr, ptr, ptr, ptr} zeroinitializer, section ".maps", align 8, !dbg !36
@"AT_e" = dso_local global {ptr, ptr, ptr, ptr} zeroinitializer, section ".maps", align 8, !dbg !55
define i64 @"p0_uprobe"(ptr %".1") nounwind section "uprobe" !dbg !58
{
entry:
  %".3" = alloca [1 x i64], align 8
  %".4" = getelementptr i8, ptr %".1", i64 112
  %".5" = load i64, ptr %".4"
  %".6" = alloca [1 x i64], align 8
  %".10" = getelementptr i8, ptr %".1", i64 104
  %".11" = load i64, ptr %".10"
  %".27" = alloca [1 x i64], align 8
  %".44" = alloca [1 x i64], align 8
  br label %"body"
body:
  store i64 %".5", ptr %".6", align 8, !dbg !60
  call void @"llvm.memcpy.p0.p0.i64"(ptr align 8 %".3", ptr align 8 %".6", i64 8, i1 0), !dbg !60
  %".9" = load i64, ptr %".3", align 8, !dbg !61
  %".12" = icmp ne i64 %".11", 0 , !dbg !61
  %".13" = zext i1 %".12" to i64 , !dbg !61
  %".14" = add i64 %".9", %".13", !dbg !61
  %".15" = getelementptr i8, ptr %".3", i64 3 , !dbg !61
  %".16" = load i8, ptr %".15", align 1, !dbg !61
  %".17" = sext i8 %".16" to i64 , !dbg !61
  %".18" = add i64 %".14", %".17", !dbg !61
  store i32 0, ptr %".6", align 4, !dbg !61
  %".20" = call ptr inttoptr (i64 1 to ptr)(ptr @"AT_", ptr %".6"), !dbg !61
  %".21" = icmp ne ptr %".20", null , !dbg !61
  br i1 %".21", label %"body.if", label %"body.endif", !dbg !61, !prof !62
leave:
  ret i64 0
body.if:
  store i64 %".18", ptr %".20", align 8, !dbg !61
  %".24" = getelementptr i8, ptr %".20", i64 8 , !dbg !61
  store i64 1, ptr %".24", align 8, !dbg !61
  br label %"body.endif", !dbg !61
body.endif:
  store i64 %".11", ptr %".27", align 8, !dbg !63
  call void @"llvm.memcpy.p0.p0.i64"(ptr align 8 %".6", ptr align 8 %".27", i64 8, i1 0), !dbg !63
  br label %"walk", !dbg !63
walk:
  %".31" = phi  i64 [0, %"body.endif"], [%".40", %"look"] , !dbg !63
  %".32" = call i64 asm  "", "=r,0"(i64 %".31"), !dbg !63
  %".33" = icmp ult i64 %".32", 8 , !dbg !63
  br i1 %".33", label %"look", label %"walked", !dbg !63
look:
  %".35" = getelementptr i8, ptr %".3", i64 %".32" , !dbg !63
  %".36" = load i8, ptr %".35", !dbg !63
  %".37" = getelementptr i8, ptr %".6", i64 %".32" , !dbg !63
  %".38" = load i8, ptr %".37", !dbg !63
  %".39" = icmp eq i8 %".36", %".38" , !dbg !63
  %".40" = add i64 %".32", 1, !dbg !63
  br i1 %".39", label %"walk", label %"walked", !dbg !63
walked:
  %".42" = phi  i64 [8, %"walk"], [%".32", %"look"] , !dbg !63
  %".43" = icmp eq i64 %".42", 8 , !dbg !63
  store i32 0, ptr %".44", align 4, !dbg !63
  %".46" = call ptr inttoptr (i64 1 to ptr)(ptr @"AT_e", ptr %".44"), !dbg !63
  %".47" = icmp ne ptr %".46", null , !dbg !63
  br i1 %".47", label %"walked.if", label %"walked.endif", !dbg !63, !prof !62
walked.if:
  %".49" = zext i1 %".43" to i8 , !dbg !63
  store i8 %".49", ptr %".46", align 1, !dbg !63
  %".51" = getelementptr i8, ptr %".46", i64 8 , !dbg !63
  store i64 1, ptr %".51", align 8, !dbg !63
  br label %"walked.endif", !dbg !63
walked.endif:
  br label %"leave"
}

declare void @"llvm.memcpy.p0.p0.i64"(ptr %".1", ptr %".2", i64 %".3", i1 %".4")

!llvm.dbg.cu = !{ !2 }
!llvm.module.flags = !{ !3 }
!0 = !DIFile(directory: "", filename: "stdin")
!1 = !{ !10, !36, !55 }
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
!37 = !DIBasicType(encoding: DW_ATE_boolean, name: "bool", size: 8)
!38 = !DIDerivedType(baseType: !37, name: "value", offset: 0, size: 8, tag: DW_TAG_member)
!39 = !DIDerivedType(baseType: !11, name: "is_set", offset: 64, size: 64, tag: DW_TAG_member)
!40 = !{ !38, !39 }
!41 = !DICompositeType(elements: !40, size: 128, tag: DW_TAG_structure_type)
!42 = !DICompositeType(baseType: !18, elements: !20, size: 64, tag: DW_TAG_array_type)
!43 = !DIDerivedType(baseType: !42, size: 64, tag: DW_TAG_pointer_type)
!44 = !DICompositeType(baseType: !18, elements: !24, size: 32, tag: DW_TAG_array_type)
!45 = !DIDerivedType(baseType: !44, size: 64, tag: DW_TAG_pointer_type)
!46 = !DIDerivedType(baseType: !17, size: 64, tag: DW_TAG_pointer_type)
!47 = !DIDerivedType(baseType: !41, size: 64, tag: DW_TAG_pointer_type)
!48 = !DIDerivedType(baseType: !43, name: "type", offset: 0, size: 64, tag: DW_TAG_member)
!49 = !DIDerivedType(baseType: !45, name: "max_entries", offset: 64, size: 64, tag: DW_TAG_member)
!50 = !DIDerivedType(baseType: !46, name: "key", offset: 128, size: 64, tag: DW_TAG_member)
!51 = !DIDerivedType(baseType: !47, name: "value", offset: 192, size: 64, tag: DW_TAG_member)
!52 = !{ !48, !49, !50, !51 }
!53 = !DICompositeType(elements: !52, size: 256, tag: DW_TAG_structure_type)
!54 = distinct !DIGlobalVariable(file: !0, isDefinition: true, isLocal: false, line: 1, name: "AT_e", scope: !0, type: !53)
!55 = !DIGlobalVariableExpression(expr: !9, var: !54)
!56 = !{ !11 }
!57 = !DISubroutineType(types: !56)
!58 = distinct !DISubprogram(file: !0, line: 1, name: "p0_uprobe", scope: !0, scopeLine: 1, spFlags: DISPFlagDefinition | DISPFlagOptimized, type: !57, unit: !2)
!59 = !DILocation(column: 17, line: 1, scope: !58)
!60 = !DILocation(column: 19, line: 1, scope: !58)
!61 = !DILocation(column: 39, line: 1, scope: !58)
!62 = !{ !"branch_weights", i32 99, i32 1 }
!63 = !DILocation(column: 76, line: 1, scope: !58)