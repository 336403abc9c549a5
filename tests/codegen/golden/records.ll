; uprobe:/bin/a:f { $r = (a=arg0, b="x"); $r = (b="longer", a=1); @[$r.b] = $r == (a=arg1, b="x"); }
; ModuleID = "stdin"
target triple = "bpfel"
target datalayout = "e-m:e-p:64:64-i64:64-i128:128-n32:64-S128"

@"LICENSE" = dso_local global [4 x i8] c"GPL\00", section "license", align 8, !dbg !10
@"AT_" = dso_local global {ptr, ptr, ptr, ptr} zeroinitializer, section ".maps", align 8, !dbg !37
define i64 @"p0_uprobe"(ptr %".1") nounwind section "uprobe" !dbg !40
{
entry:
  %".3" = alloca [2 x i64], align 8
  %".5" = getelementptr i8, ptr %".1", i64 112
  %".6" = load i64, ptr %".5"
  %".24" = alloca [1 x i64], align 8
  %".26" = alloca [2 x i64], align 8
  %".28" = getelementptr i8, ptr %".1", i64 104
  %".29" = load i64, ptr %".28"
  %".40" = alloca i1, align 8
  store i1 0, ptr %".40"
  %".67" = alloca [1 x i64], align 8
  br label %"body"
body:
  call void @"llvm.memset.p0.i64"(ptr align 8 %".3", i8 0, i64 16, i1 0), !dbg !42
  store i64 %".6", ptr %".3", align 8, !dbg !42
  %".8" = getelementptr i8, ptr %".3", i64 8 , !dbg !42
  store i32 120, ptr %".8", align 4, !dbg !42
  %".10" = getelementptr i8, ptr %".8", i64 4 , !dbg !42
  store i16 0, ptr %".10", align 2, !dbg !42
  %".12" = getelementptr i8, ptr %".8", i64 6 , !dbg !42
  store i8 0, ptr %".12", align 1, !dbg !42
  %".14" = getelementptr i8, ptr %".8", i64 7 , !dbg !42
  call void @"llvm.memset.p0.i64"(ptr align 8 %".3", i8 0, i64 16, i1 0), !dbg !43
  %".16" = getelementptr i8, ptr %".3", i64 8 , !dbg !43
  store i32 1735290732, ptr %".16", align 4, !dbg !43
  %".18" = getelementptr i8, ptr %".16", i64 4 , !dbg !43
  store i16 29285, ptr %".18", align 2, !dbg !43
  %".20" = getelementptr i8, ptr %".16", i64 6 , !dbg !43
  store i8 0, ptr %".20", align 1, !dbg !43
  %".22" = getelementptr i8, ptr %".16", i64 7 , !dbg !43
  store i64 1, ptr %".3", align 8, !dbg !43
  call void @"llvm.memset.p0.i64"(ptr align 8 %".24", i8 0, i64 8, i1 0), !dbg !44
  call void @"llvm.memset.p0.i64"(ptr align 8 %".26", i8 0, i64 16, i1 0), !dbg !44
  store i64 %".29", ptr %".26", align 8, !dbg !44
  %".31" = getelementptr i8, ptr %".26", i64 8 , !dbg !44
  store i16 120, ptr %".31", align 2, !dbg !44
  %".33" = getelementptr i8, ptr %".31", i64 2 , !dbg !44
  %".34" = load i64, ptr %".3", align 8, !dbg !44
  %".35" = load i64, ptr %".26", align 8, !dbg !44
  %".36" = icmp eq i64 %".34", %".35" , !dbg !44
  %".37" = and i1 1, %".36", !dbg !44
  %".38" = getelementptr i8, ptr %".3", i64 8 , !dbg !44
  %".39" = getelementptr i8, ptr %".26", i64 8 , !dbg !44
  br label %"walk", !dbg !44
leave:
  ret i64 0
walk:
  %".43" = phi  i64 [0, %"body"], [%".55", %"look"] , !dbg !44
  %".44" = call i64 asm  "", "=r,0"(i64 %".43"), !dbg !44
  %".45" = icmp ult i64 %".44", 2 , !dbg !44
  br i1 %".45", label %"look", label %"walked", !dbg !44
look:
  %".47" = getelementptr i8, ptr %".39", i64 %".44" , !dbg !44
  %".48" = load i8, ptr %".47", !dbg !44
  %".49" = getelementptr i8, ptr %".38", i64 %".44" , !dbg !44
  %".50" = load i8, ptr %".49", !dbg !44
  %".51" = icmp eq i8 %".48", %".50" , !dbg !44
  store i1 %".51", ptr %".40", !dbg !44
  %".53" = icmp ne i8 %".48", 0 , !dbg !44
  %".54" = and i1 %".51", %".53", !dbg !44
  %".55" = add i64 %".44", 1, !dbg !44
  br i1 %".54", label %"walk", label %"walked", !dbg !44
walked:
  %".57" = phi  i64 [2, %"walk"], [%".44", %"look"] , !dbg !44
  %".58" = icmp ult i64 %".57", 2 , !dbg !44
  %".59" = getelementptr i8, ptr %".38", i64 2 , !dbg !44
  %".60" = load i8, ptr %".59", align 1, !dbg !44
  %".61" = icmp eq i8 %".60", 0 , !dbg !44
  %".62" = load i1, ptr %".40", !dbg !44
  %".63" = select  i1 %".58", i1 %".62", i1 %".61" , !dbg !44
  %".64" = and i1 %".37", %".63", !dbg !44
  %".65" = zext i1 %".64" to i8 , !dbg !44
  store i8 %".65", ptr %".24", align 1, !dbg !44
  %".68" = getelementptr i8, ptr %".3", i64 8 , !dbg !44
  call void @"llvm.memcpy.p0.p0.i64"(ptr align 8 %".67", ptr align 8 %".68", i64 7, i1 0), !dbg !44
  %".70" = getelementptr i8, ptr %".67", i64 7 , !dbg !44
  %".71" = call i64 inttoptr (i64 2 to ptr)(ptr @"AT_", ptr %".67", ptr %".24", i64 0), !dbg !44
  br label %"leave"
}

declare void @"llvm.memset.p0.i64"(ptr %".1", i8 %".2", i64 %".3", i1 %".4")

declare void @"llvm.memcpy.p0.p0.i64"(ptr %".1", ptr %".2", i64 %".3", i1 %".4")

!llvm.dbg.cu = !{ !2 }
!llvm.module.flags = !{ !3 }
!0 = !DIFile(directory: "", filename: "stdin")
!1 = !{ !10, !37 }
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
!12 = !DIBasicType(encoding: DW_ATE_boolean, name: "bool", size: 8)
!13 = !DIDerivedType(baseType: !12, name: "value", offset: 0, size: 8, tag: DW_TAG_member)
!14 = !{ !13 }
!15 = !DICompositeType(elements: !14, size: 64, tag: DW_TAG_structure_type)
!16 = !DISubrange(count: 7)
!17 = !{ !16 }
!18 = !DICompositeType(baseType: !4, elements: !17, size: 56, tag: DW_TAG_array_type)
!19 = !DIBasicType(encoding: DW_ATE_signed, name: "int", size: 32)
!20 = !DISubrange(count: 1)
!21 = !{ !20 }
!22 = !DICompositeType(baseType: !19, elements: !21, size: 32, tag: DW_TAG_array_type)
!23 = !DIDerivedType(baseType: !22, size: 64, tag: DW_TAG_pointer_type)
!24 = !DISubrange(count: 4096)
!25 = !{ !24 }
!26 = !DICompositeType(baseType: !19, elements: !25, size: 131072, tag: DW_TAG_array_type)
!27 = !DIDerivedType(baseType: !26, size: 64, tag: DW_TAG_pointer_type)
!28 = !DIDerivedType(baseType: !18, size: 64, tag: DW_TAG_pointer_type)
!29 = !DIDerivedType(baseType: !15, size: 64, tag: DW_TAG_pointer_type)
!30 = !DIDerivedType(baseType: !23, name: "type", offset: 0, size: 64, tag: DW_TAG_member)
!31 = !DIDerivedType(baseType: !27, name: "max_entries", offset: 64, size: 64, tag: DW_TAG_member)
!32 = !DIDerivedType(baseType: !28, name: "key", offset: 128, size: 64, tag: DW_TAG_member)
!33 = !DIDerivedType(baseType: !29, name: "value", offset: 192, size: 64, tag: DW_TAG_member)
!34 = !{ !30, !31, !32, !33 }
!35 = !DICompositeType(elements: !34, size: 256, tag: DW_TAG_structure_type)
!36 = distinct !DIGlobalVariable(file: !0, isDefinition: true, isLocal: false, line: 1, name: "AT_", scope: !0, type: !35)
!37 = !DIGlobalVariableExpression(expr: !9, var: !36)
!38 = !{ !11 }
!39 = !DISubroutineType(types: !38)
!40 = distinct !DISubprogram(file: !0, line: 1, name: "p0_uprobe", scope: !0, scopeLine: 1, spFlags: DISPFlagDefinition | DISPFlagOptimized, type: !39, unit: !2)
!41 = !DILocation(column: 17, line: 1, scope: !40)
!42 = !DILocation(column: 19, line: 1, scope: !40)
!43 = !DILocation(column: 41, line: 1, scope: !40)
!44 = !DILocation(column: 65, line: 1, scope: !40)