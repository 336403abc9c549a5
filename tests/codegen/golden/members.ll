; struct S { int x; struct { short y[4]; } in; struct S *next; unsigned a : 4, b : 7; int c : 9; };
;         uprobe:/bin/a:f { $s = (struct S *)arg0; @ = $s->next->in.y[2] + $s->a + $s->b + $s->c; }
; ModuleID = "stdin"
target triple = "bpfel"
target datalayout = "e-m:e-p:64:64-i64:64-i128:128-n32:64-S128"

@"LICENSE" = dso_local global [4 x i8] c"GPL\00", section "license", align 8, !dbg !10
@"AT_" = dso_local global {ptr, ptr, ptr, ptr} zeroinitializer, section ".maps", align 8, !dbg !36
define i64 @"p0_uprobe"(ptr %".1") nounwind section "uprobe" !dbg !39
{
entry:
  %".3" = alloca i64, align 8
  store i64 0, ptr %".3"
  %".5" = getelementptr i8, ptr %".1", i64 112
  %".6" = load i64, ptr %".5"
  %".10" = alloca [1 x i64], align 8
  %".17" = alloca [1 x i64], align 8
  %".24" = alloca [2 x i64], align 8
  %".39" = alloca [2 x i64], align 8
  %".54" = alloca [2 x i64], align 8
  %".67" = alloca [1 x i64], align 8
  br label %"body"
body:
  store i64 %".6", ptr %".3", align 8, !dbg !41
  %".8" = load i64, ptr %".3", align 8, !dbg !42
  %".9" = add i64 %".8", 16, !dbg !42
  store i64 0, ptr %".10", align 8, !dbg !42
  %".12" = call i64 inttoptr (i64 112 to ptr)(ptr %".10", i64 8, i64 %".9"), !dbg !42
  %".13" = load i64, ptr %".10", align 8, !dbg !42
  %".14" = add i64 %".13", 4, !dbg !42
  %".15" = add i64 %".14", 0, !dbg !42
  %".16" = add i64 %".15", 4, !dbg !42
  store i64 0, ptr %".17", align 8, !dbg !42
  %".19" = call i64 inttoptr (i64 112 to ptr)(ptr %".17", i64 2, i64 %".16"), !dbg !42
  %".20" = load i16, ptr %".17", align 2, !dbg !42
  %".21" = sext i16 %".20" to i64 , !dbg !42
  %".22" = load i64, ptr %".3", align 8, !dbg !42
  %".23" = add i64 %".22", 24, !dbg !42
  store i64 0, ptr %".24", align 8, !dbg !42
  %".26" = getelementptr i8, ptr %".24", i64 8 , !dbg !42
  store i64 0, ptr %".26", align 8, !dbg !42
  %".28" = add i64 %".23", 0, !dbg !42
  %".29" = call i64 inttoptr (i64 112 to ptr)(ptr %".24", i64 1, i64 %".28"), !dbg !42
  %".30" = load i64, ptr %".24", align 8, !dbg !42
  %".31" = lshr i64 %".30", 0, !dbg !42
  %".32" = shl i64 %".31", 60, !dbg !42
  %".33" = lshr i64 %".32", 60, !dbg !42
  %".34" = trunc i64 %".33" to i32 , !dbg !42
  %".35" = zext i32 %".34" to i64 , !dbg !42
  %".36" = add i64 %".21", %".35", !dbg !42
  %".37" = load i64, ptr %".3", align 8, !dbg !42
  %".38" = add i64 %".37", 24, !dbg !42
  store i64 0, ptr %".39", align 8, !dbg !42
  %".41" = getelementptr i8, ptr %".39", i64 8 , !dbg !42
  store i64 0, ptr %".41", align 8, !dbg !42
  %".43" = add i64 %".38", 0, !dbg !42
  %".44" = call i64 inttoptr (i64 112 to ptr)(ptr %".39", i64 2, i64 %".43"), !dbg !42
  %".45" = load i64, ptr %".39", align 8, !dbg !42
  %".46" = lshr i64 %".45", 4, !dbg !42
  %".47" = shl i64 %".46", 57, !dbg !42
  %".48" = lshr i64 %".47", 57, !dbg !42
  %".49" = trunc i64 %".48" to i32 , !dbg !42
  %".50" = zext i32 %".49" to i64 , !dbg !42
  %".51" = add i64 %".36", %".50", !dbg !42
  %".52" = load i64, ptr %".3", align 8, !dbg !42
  %".53" = add i64 %".52", 24, !dbg !42
  store i64 0, ptr %".54", align 8, !dbg !42
  %".56" = getelementptr i8, ptr %".54", i64 8 , !dbg !42
  store i64 0, ptr %".56", align 8, !dbg !42
  %".58" = add i64 %".53", 1, !dbg !42
  %".59" = call i64 inttoptr (i64 112 to ptr)(ptr %".54", i64 2, i64 %".58"), !dbg !42
  %".60" = load i64, ptr %".54", align 8, !dbg !42
  %".61" = lshr i64 %".60", 3, !dbg !42
  %".62" = shl i64 %".61", 55, !dbg !42
  %".63" = ashr i64 %".62", 55, !dbg !42
  %".64" = trunc i64 %".63" to i32 , !dbg !42
  %".65" = sext i32 %".64" to i64 , !dbg !42
  %".66" = add i64 %".51", %".65", !dbg !42
  store i32 0, ptr %".67", align 4, !dbg !42
  %".69" = call ptr inttoptr (i64 1 to ptr)(ptr @"AT_", ptr %".67"), !dbg !42
  %".70" = icmp ne ptr %".69", null , !dbg !42
  br i1 %".70", label %"body.if", label %"body.endif", !dbg !42, !prof !43
leave:
  ret i64 0
body.if:
  store i64 %".66", ptr %".69", align 8, !dbg !42
  %".73" = getelementptr i8, ptr %".69", i64 8 , !dbg !42
  store i64 1, ptr %".73", align 8, !dbg !42
  br label %"body.endif", !dbg !42
body.endif:
  br label %"leave"
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
!39 = distinct !DISubprogram(file: !0, line: 2, name: "p0_uprobe", scope: !0, scopeLine: 2, spFlags: DISPFlagDefinition | DISPFlagOptimized, type: !38, unit: !2)
!40 = !DILocation(column: 25, line: 2, scope: !39)
!41 = !DILocation(column: 27, line: 2, scope: !39)
!42 = !DILocation(column: 50, line: 2, scope: !39)
!43 = !{ !"branch_weights", i32 99, i32 1 }