; uprobe:/bin/a:f { @ = strstr(comm, str(arg0, 8)); @m = memcmp(arg0, arg1, arg2); @b = bswap(arg0); }
; ModuleID = "stdin"
target triple = "bpfel"
target datalayout = "e-m:e-p:64:64-i64:64-i128:128-n32:64-S128"

@"LICENSE" = dso_local global [4 x i8] c"GPL\00", section "license", align 8, !dbg !10
@"AT_" = dso_local global {ptr, ptr, ptr, ptr} zeroinitializer, section ".maps", align 8, !dbg !36
@"AT_m" = dso_local global {ptr, ptr, ptr, ptr} zeroinitializer, section ".maps", align 8, !dbg !55
@"AT_b" = dso_local global {ptr, ptr, ptr, ptr} zeroinitializer, section ".maps", align 8, !dbg !73
define i64 @"p0_uprobe"(ptr %".1") nounwind section "uprobe" !dbg !76
{
entry:
  %".3" = alloca [2 x i64], align 8
  %".5" = alloca [1 x i64], align 8
  %".6" = getelementptr i8, ptr %".1", i64 112
  %".7" = load i64, ptr %".6"
  %".10" = alloca i1, align 8
  store i1 0, ptr %".10"
  %".64" = alloca [1 x i64], align 8
  %".74" = getelementptr i8, ptr %".1", i64 104
  %".75" = load i64, ptr %".74"
  %".77" = getelementptr i8, ptr %".1", i64 96
  %".78" = load i64, ptr %".77"
  %".79" = alloca i32, align 8
  store i32 0, ptr %".79"
  %".104" = alloca [1 x i64], align 8
  br label %"body"
body:
  %".4" = call i64 inttoptr (i64 16 to ptr)(ptr %".3", i64 16), !dbg !78
  call void @"llvm.memset.p0.i64"(ptr align 8 %".5", i8 0, i64 8, i1 0), !dbg !78
  %".9" = call i64 inttoptr (i64 114 to ptr)(ptr %".5", i64 8, i64 %".7"), !dbg !78
  store i1 0, ptr %".10", !dbg !78
  br label %"walk", !dbg !78
leave:
  ret i64 0
walk:
  %".14" = phi  i64 [0, %"body"], [%".59", %"walked.1.endif"] , !dbg !78
  %".15" = call i64 asm  "", "=r,0"(i64 %".14"), !dbg !78
  %".16" = icmp ult i64 %".15", 16 , !dbg !78
  br i1 %".16", label %"look", label %"walked", !dbg !78
look:
  br label %"walk.1", !dbg !78
walked:
  %".61" = phi  i64 [16, %"walk"], [%".15", %"walked.1.endif"] , !dbg !78
  %".62" = load i1, ptr %".10", !dbg !78
  %".63" = select  i1 %".62", i64 %".61", i64 -1 , !dbg !78
  store i32 0, ptr %".64", align 4, !dbg !78
  %".66" = call ptr inttoptr (i64 1 to ptr)(ptr @"AT_", ptr %".64"), !dbg !78
  %".67" = icmp ne ptr %".66", null , !dbg !78
  br i1 %".67", label %"walked.if", label %"walked.endif", !dbg !78, !prof !79
walk.1:
  %".19" = phi  i64 [0, %"look"], [%".41", %"look.1.endif"] , !dbg !78
  %".20" = call i64 asm  "", "=r,0"(i64 %".19"), !dbg !78
  %".21" = icmp ult i64 %".20", 8 , !dbg !78
  br i1 %".21", label %"look.1", label %"walked.1", !dbg !78
look.1:
  %".23" = add i64 %".15", %".20", !dbg !78
  %".24" = call i64 asm  "", "=r,0"(i64 %".23"), !dbg !78
  %".25" = icmp ult i64 %".24", 16 , !dbg !78
  %".26" = select  i1 %".25", i64 %".24", i64 0 , !dbg !78
  %".27" = call i64 asm  "", "=r,0"(i64 %".26"), !dbg !78
  %".28" = icmp ult i64 %".27", 16 , !dbg !78
  br i1 %".28", label %"look.1.if", label %"look.1.else", !dbg !78
walked.1:
  %".43" = phi  i64 [8, %"walk.1"], [%".20", %"look.1.endif"] , !dbg !78
  %".44" = call i64 asm  "", "=r,0"(i64 %".43"), !dbg !78
  %".45" = icmp ult i64 %".44", 8 , !dbg !78
  br i1 %".45", label %"walked.1.if", label %"walked.1.else", !dbg !78
look.1.if:
  %".30" = getelementptr i8, ptr %".3", i64 %".27" , !dbg !78
  %".31" = load i8, ptr %".30", !dbg !78
  br label %"look.1.endif", !dbg !78
look.1.else:
  br label %"look.1.endif", !dbg !78
look.1.endif:
  %".34" = phi  i8 [%".31", %"look.1.if"], [0, %"look.1.else"] , !dbg !78
  %".35" = getelementptr i8, ptr %".5", i64 %".20" , !dbg !78
  %".36" = load i8, ptr %".35", !dbg !78
  %".37" = icmp eq i8 %".34", %".36" , !dbg !78
  %".38" = icmp ne i8 %".36", 0 , !dbg !78
  %".39" = and i1 %".37", %".38", !dbg !78
  %".40" = and i1 %".25", %".39", !dbg !78
  %".41" = add i64 %".20", 1, !dbg !78
  br i1 %".40", label %"walk.1", label %"walked.1", !dbg !78
walked.1.if:
  %".47" = getelementptr i8, ptr %".5", i64 %".44" , !dbg !78
  %".48" = load i8, ptr %".47", !dbg !78
  %".49" = icmp eq i8 %".48", 0 , !dbg !78
  br label %"walked.1.endif", !dbg !78
walked.1.else:
  br label %"walked.1.endif", !dbg !78
walked.1.endif:
  %".52" = phi  i1 [%".49", %"walked.1.if"], [1, %"walked.1.else"] , !dbg !78
  store i1 %".52", ptr %".10", !dbg !78
  %".54" = getelementptr i8, ptr %".3", i64 %".15" , !dbg !78
  %".55" = load i8, ptr %".54", !dbg !78
  %".56" = icmp eq i8 %".55", 0 , !dbg !78
  %".57" = or i1 %".52", %".56", !dbg !78
  %".58" = xor i1 %".57", -1, !dbg !78
  %".59" = add i64 %".15", 1, !dbg !78
  br i1 %".58", label %"walk", label %"walked", !dbg !78
walked.if:
  store i64 %".63", ptr %".66", align 8, !dbg !78
  %".70" = getelementptr i8, ptr %".66", i64 8 , !dbg !78
  store i64 1, ptr %".70", align 8, !dbg !78
  br label %"walked.endif", !dbg !78
walked.endif:
  store i64 %".7", ptr %".64", align 8, !dbg !80
  store i64 %".75", ptr %".5", align 8, !dbg !80
  store i32 0, ptr %".79", !dbg !80
  br label %"walk.2", !dbg !80
walk.2:
  %".83" = phi  i64 [0, %"walked.endif"], [%".100", %"look.2"] , !dbg !80
  %".84" = call i64 asm  "", "=r,0"(i64 %".83"), !dbg !80
  %".85" = icmp ult i64 %".84", 8 , !dbg !80
  br i1 %".85", label %"look.2", label %"walked.2", !dbg !80
look.2:
  %".87" = getelementptr i8, ptr %".64", i64 %".84" , !dbg !80
  %".88" = load i8, ptr %".87", !dbg !80
  %".89" = zext i8 %".88" to i32 , !dbg !80
  %".90" = getelementptr i8, ptr %".5", i64 %".84" , !dbg !80
  %".91" = load i8, ptr %".90", !dbg !80
  %".92" = zext i8 %".91" to i32 , !dbg !80
  %".93" = icmp ult i64 %".84", %".78" , !dbg !80
  %".94" = sub i32 %".89", %".92", !dbg !80
  %".95" = select  i1 %".93", i32 %".94", i32 0 , !dbg !80
  store i32 %".95", ptr %".79", !dbg !80
  %".97" = icmp eq i32 %".89", %".92" , !dbg !80
  %".98" = icmp ult i64 %".84", %".78" , !dbg !80
  %".99" = and i1 %".97", %".98", !dbg !80
  %".100" = add i64 %".84", 1, !dbg !80
  br i1 %".99", label %"walk.2", label %"walked.2", !dbg !80
walked.2:
  %".102" = phi  i64 [8, %"walk.2"], [%".84", %"look.2"] , !dbg !80
  %".103" = load i32, ptr %".79", !dbg !80
  store i32 0, ptr %".104", align 4, !dbg !80
  %".106" = call ptr inttoptr (i64 1 to ptr)(ptr @"AT_m", ptr %".104"), !dbg !80
  %".107" = icmp ne ptr %".106", null , !dbg !80
  br i1 %".107", label %"walked.2.if", label %"walked.2.endif", !dbg !80, !prof !79
walked.2.if:
  store i32 %".103", ptr %".106", align 4, !dbg !80
  %".110" = getelementptr i8, ptr %".106", i64 8 , !dbg !80
  store i64 1, ptr %".110", align 8, !dbg !80
  br label %"walked.2.endif", !dbg !80
walked.2.endif:
  %".113" = lshr i64 %".7", 0, !dbg !81
  %".114" = and i64 %".113", 255, !dbg !81
  %".115" = shl i64 %".114", 56, !dbg !81
  %".116" = or i64 0, %".115", !dbg !81
  %".117" = lshr i64 %".7", 8, !dbg !81
  %".118" = and i64 %".117", 255, !dbg !81
  %".119" = shl i64 %".118", 48, !dbg !81
  %".120" = or i64 %".116", %".119", !dbg !81
  %".121" = lshr i64 %".7", 16, !dbg !81
  %".122" = and i64 %".121", 255, !dbg !81
  %".123" = shl i64 %".122", 40, !dbg !81
  %".124" = or i64 %".120", %".123", !dbg !81
  %".125" = lshr i64 %".7", 24, !dbg !81
  %".126" = and i64 %".125", 255, !dbg !81
  %".127" = shl i64 %".126", 32, !dbg !81
  %".128" = or i64 %".124", %".127", !dbg !81
  %".129" = lshr i64 %".7", 32, !dbg !81
  %".130" = and i64 %".129", 255, !dbg !81
  %".131" = shl i64 %".130", 24, !dbg !81
  %".132" = or i64 %".128", %".131", !dbg !81
  %".133" = lshr i64 %".7", 40, !dbg !81
  %".134" = and i64 %".133", 255, !dbg !81
  %".135" = shl i64 %".134", 16, !dbg !81
  %".136" = or i64 %".132", %".135", !dbg !81
  %".137" = lshr i64 %".7", 48, !dbg !81
  %".138" = and i64 %".137", 255, !dbg !81
  %".139" = shl i64 %".138", 8, !dbg !81
  %".140" = or i64 %".136", %".139", !dbg !81
  %".141" = lshr i64 %".7", 56, !dbg !81
  %".142" = and i64 %".141", 255, !dbg !81
  %".143" = shl i64 %".142", 0, !dbg !81
  %".144" = or i64 %".140", %".143", !dbg !81
  store i32 0, ptr %".104", align 4, !dbg !81
  %".146" = call ptr inttoptr (i64 1 to ptr)(ptr @"AT_b", ptr %".104"), !dbg !81
  %".147" = icmp ne ptr %".146", null , !dbg !81
  br i1 %".147", label %"walked.2.endif.if", label %"walked.2.endif.endif", !dbg !81, !prof !79
walked.2.endif.if:
  store i64 %".144", ptr %".146", align 8, !dbg !81
  %".150" = getelementptr i8, ptr %".146", i64 8 , !dbg !81
  store i64 1, ptr %".150", align 8, !dbg !81
  br label %"walked.2.endif.endif", !dbg !81
walked.2.endif.endif:
  br label %"leave"
}

declare void @"llvm.memset.p0.i64"(ptr %".1", i8 %".2", i64 %".3", i1 %".4")

!llvm.dbg.cu = !{ !2 }
!llvm.module.flags = !{ !3 }
!0 = !DIFile(directory: "", filename: "stdin")
!1 = !{ !10, !36, !55, !73 }
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
!37 = !DIBasicType(encoding: DW_ATE_signed, name: "s32", size: 32)
!38 = !DIDerivedType(baseType: !37, name: "value", offset: 0, size: 32, tag: DW_TAG_member)
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
!54 = distinct !DIGlobalVariable(file: !0, isDefinition: true, isLocal: false, line: 1, name: "AT_m", scope: !0, type: !53)
!55 = !DIGlobalVariableExpression(expr: !9, var: !54)
!56 = !DIDerivedType(baseType: !11, name: "value", offset: 0, size: 64, tag: DW_TAG_member)
!57 = !DIDerivedType(baseType: !11, name: "is_set", offset: 64, size: 64, tag: DW_TAG_member)
!58 = !{ !56, !57 }
!59 = !DICompositeType(elements: !58, size: 128, tag: DW_TAG_structure_type)
!60 = !DICompositeType(baseType: !18, elements: !20, size: 64, tag: DW_TAG_array_type)
!61 = !DIDerivedType(baseType: !60, size: 64, tag: DW_TAG_pointer_type)
!62 = !DICompositeType(baseType: !18, elements: !24, size: 32, tag: DW_TAG_array_type)
!63 = !DIDerivedType(baseType: !62, size: 64, tag: DW_TAG_pointer_type)
!64 = !DIDerivedType(baseType: !17, size: 64, tag: DW_TAG_pointer_type)
!65 = !DIDerivedType(baseType: !59, size: 64, tag: DW_TAG_pointer_type)
!66 = !DIDerivedType(baseType: !61, name: "type", offset: 0, size: 64, tag: DW_TAG_member)
!67 = !DIDerivedType(baseType: !63, name: "max_entries", offset: 64, size: 64, tag: DW_TAG_member)
!68 = !DIDerivedType(baseType: !64, name: "key", offset: 128, size: 64, tag: DW_TAG_member)
!69 = !DIDerivedType(baseType: !65, name: "value", offset: 192, size: 64, tag: DW_TAG_member)
!70 = !{ !66, !67, !68, !69 }
!71 = !DICompositeType(elements: !70, size: 256, tag: DW_TAG_structure_type)
!72 = distinct !DIGlobalVariable(file: !0, isDefinition: true, isLocal: false, line: 1, name: "AT_b", scope: !0, type: !71)
!73 = !DIGlobalVariableExpression(expr: !9, var: !72)
!74 = !{ !11 }
!75 = !DISubroutineType(types: !74)
!76 = distinct !DISubprogram(file: !0, line: 1, name: "p0_uprobe", scope: !0, scopeLine: 1, spFlags: DISPFlagDefinition | DISPFlagOptimized, type: !75, unit: !2)
!77 = !DILocation(column: 17, line: 1, scope: !76)
!78 = !DILocation(column: 19, line: 1, scope: !76)
!79 = !{ !"branch_weights", i32 99, i32 1 }
!80 = !DILocation(column: 51, line: 1, scope: !76)
!81 = !DILocation(column: 82, line: 1, scope: !76)