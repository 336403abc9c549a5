; struct S { int m[2][3]; };
;         uprobe:/bin/a:f {
;             $s = (struct S *)arg0; $m = $s->m;
;             @ = $s->m[arg1][2] + $m[1][arg1] + ((int16 *)arg0)[arg1];
;         }
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
  %".8" = alloca [3 x i64], align 8
  %".14" = getelementptr i8, ptr %".1", i64 104
  %".15" = load i64, ptr %".14"
  %".20" = alloca [1 x i64], align 8
  %".25" = alloca [1 x i64], align 8
  %".39" = alloca [1 x i64], align 8
  %".52" = alloca [1 x i64], align 8
  %".57" = alloca [1 x i64], align 8
  %".71" = alloca [1 x i64], align 8
  %".77" = alloca [1 x i64], align 8
  br label %"body"
body:
  store i64 %".6", ptr %".3", align 8, !dbg !41
  %".9" = load i64, ptr %".3", align 8, !dbg !42
  %".10" = add i64 %".9", 0, !dbg !42
  %".11" = call i64 inttoptr (i64 112 to ptr)(ptr %".8", i64 24, i64 %".10"), !dbg !42
  %".12" = load i64, ptr %".3", align 8, !dbg !43
  %".13" = add i64 %".12", 0, !dbg !43
  %".16" = call i64 asm  "", "=r,0"(i64 %".15"), !dbg !43
  %".17" = icmp ult i64 %".16", 2 , !dbg !43
  %".18" = xor i1 %".17", -1, !dbg !43
  br i1 %".18", label %"body.if", label %"body.endif", !dbg !43, !prof !44
leave:
  ret i64 0
body.if:
  store i64 0, ptr %".20", align 8, !dbg !43
  %".22" = call i64 inttoptr (i64 130 to ptr)(ptr @"ringbuf", ptr %".20", i64 8, i64 0), !dbg !43
  %".23" = icmp ne i64 %".22", 0 , !dbg !43
  br i1 %".23", label %"body.if.if", label %"body.if.endif", !dbg !43, !prof !44
body.endif:
  %".34" = select  i1 %".17", i64 %".13", i64 9223372036854775808 , !dbg !43
  %".35" = select  i1 %".17", i64 %".16", i64 0 , !dbg !43
  %".36" = mul i64 %".35", 12, !dbg !43
  %".37" = add i64 %".34", %".36", !dbg !43
  %".38" = add i64 %".37", 8, !dbg !43
  store i64 0, ptr %".39", align 8, !dbg !43
  %".41" = call i64 inttoptr (i64 112 to ptr)(ptr %".39", i64 4, i64 %".38"), !dbg !43
  %".42" = load i32, ptr %".39", align 4, !dbg !43
  %".43" = sext i32 %".42" to i64 , !dbg !43
  %".44" = call i64 asm  "", "=r,0"(i64 %".15"), !dbg !43
  %".45" = icmp ult i64 %".44", 3 , !dbg !43
  %".46" = getelementptr i8, ptr %".8", i64 12 , !dbg !43
  br i1 %".45", label %"body.endif.if", label %"body.endif.else", !dbg !43
body.if.if:
  store i32 0, ptr %".25", align 4, !dbg !43
  %".27" = call ptr inttoptr (i64 1 to ptr)(ptr @"event_loss_counter", ptr %".25"), !dbg !43
  %".28" = icmp ne ptr %".27", null , !dbg !43
  br i1 %".28", label %"body.if.if.if", label %"body.if.if.endif", !dbg !43, !prof !73
body.if.endif:
  br label %"body.endif", !dbg !43
body.if.if.if:
  %".30" = atomicrmw add ptr %".27", i64 1 monotonic , !dbg !43
  br label %"body.if.if.endif", !dbg !43
body.if.if.endif:
  br label %"body.if.endif", !dbg !43
body.endif.if:
  %".48" = mul i64 %".44", 4, !dbg !43
  %".49" = getelementptr i8, ptr %".46", i64 %".48" , !dbg !43
  %".50" = load i32, ptr %".49", align 4, !dbg !43
  br label %"body.endif.endif", !dbg !43
body.endif.else:
  store i64 1, ptr %".52", align 8, !dbg !43
  %".54" = call i64 inttoptr (i64 130 to ptr)(ptr @"ringbuf", ptr %".52", i64 8, i64 0), !dbg !43
  %".55" = icmp ne i64 %".54", 0 , !dbg !43
  br i1 %".55", label %"body.endif.else.if", label %"body.endif.else.endif", !dbg !43, !prof !44
body.endif.endif:
  %".66" = phi  i32 [%".50", %"body.endif.if"], [0, %"body.endif.else.endif"] , !dbg !43
  %".67" = sext i32 %".66" to i64 , !dbg !43
  %".68" = add i64 %".43", %".67", !dbg !43
  %".69" = mul i64 %".15", 2, !dbg !43
  %".70" = add i64 %".6", %".69", !dbg !43
  store i64 0, ptr %".71", align 8, !dbg !43
  %".73" = call i64 inttoptr (i64 112 to ptr)(ptr %".71", i64 2, i64 %".70"), !dbg !43
  %".74" = load i16, ptr %".71", align 2, !dbg !43
  %".75" = sext i16 %".74" to i64 , !dbg !43
  %".76" = add i64 %".68", %".75", !dbg !43
  store i32 0, ptr %".77", align 4, !dbg !43
  %".79" = call ptr inttoptr (i64 1 to ptr)(ptr @"AT_", ptr %".77"), !dbg !43
  %".80" = icmp ne ptr %".79", null , !dbg !43
  br i1 %".80", label %"body.endif.endif.if", label %"body.endif.endif.endif", !dbg !43, !prof !73
body.endif.else.if:
  store i32 0, ptr %".57", align 4, !dbg !43
  %".59" = call ptr inttoptr (i64 1 to ptr)(ptr @"event_loss_counter", ptr %".57"), !dbg !43
  %".60" = icmp ne ptr %".59", null , !dbg !43
  br i1 %".60", label %"body.endif.else.if.if", label %"body.endif.else.if.endif", !dbg !43, !prof !73
body.endif.else.endif:
  br label %"body.endif.endif", !dbg !43
body.endif.else.if.if:
  %".62" = atomicrmw add ptr %".59", i64 1 monotonic , !dbg !43
  br label %"body.endif.else.if.endif", !dbg !43
body.endif.else.if.endif:
  br label %"body.endif.else.endif", !dbg !43
body.endif.endif.if:
  store i64 %".76", ptr %".79", align 8, !dbg !43
  %".83" = getelementptr i8, ptr %".79", i64 8 , !dbg !43
  store i64 1, ptr %".83", align 8, !dbg !43
  br label %"body.endif.endif.endif", !dbg !43
body.endif.endif.endif:
  br label %"leave"
}

@"ringbuf" = dso_local global {ptr, ptr} zeroinitializer, section ".maps", align 8, !dbg !58
@"event_loss_counter" = dso_local global {ptr, ptr, ptr, ptr} zeroinitializer, section ".maps", align 8, !dbg !72
!llvm.dbg.cu = !{ !2 }
!llvm.module.flags = !{ !3 }
!0 = !DIFile(directory: "", filename: "stdin")
!1 = !{ !10, !36, !58, !72 }
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
!41 = !DILocation(column: 13, line: 3, scope: !39)
!42 = !DILocation(column: 36, line: 3, scope: !39)
!43 = !DILocation(column: 13, line: 4, scope: !39)
!44 = !{ !"branch_weights", i32 1, i32 99 }
!45 = !DISubrange(count: 27)
!46 = !{ !45 }
!47 = !DICompositeType(baseType: !18, elements: !46, size: 864, tag: DW_TAG_array_type)
!48 = !DIDerivedType(baseType: !47, size: 64, tag: DW_TAG_pointer_type)
!49 = !DISubrange(count: 1048576)
!50 = !{ !49 }
!51 = !DICompositeType(baseType: !18, elements: !50, size: 33554432, tag: DW_TAG_array_type)
!52 = !DIDerivedType(baseType: !51, size: 64, tag: DW_TAG_pointer_type)
!53 = !DIDerivedType(baseType: !48, name: "type", offset: 0, size: 64, tag: DW_TAG_member)
!54 = !DIDerivedType(baseType: !52, name: "max_entries", offset: 64, size: 64, tag: DW_TAG_member)
!55 = !{ !53, !54 }
!56 = !DICompositeType(elements: !55, size: 128, tag: DW_TAG_structure_type)
!57 = distinct !DIGlobalVariable(file: !0, isDefinition: true, isLocal: false, line: 1, name: "ringbuf", scope: !0, type: !56)
!58 = !DIGlobalVariableExpression(expr: !9, var: !57)
!59 = !DICompositeType(baseType: !18, elements: !20, size: 64, tag: DW_TAG_array_type)
!60 = !DIDerivedType(baseType: !59, size: 64, tag: DW_TAG_pointer_type)
!61 = !DICompositeType(baseType: !18, elements: !24, size: 32, tag: DW_TAG_array_type)
!62 = !DIDerivedType(baseType: !61, size: 64, tag: DW_TAG_pointer_type)
!63 = !DIDerivedType(baseType: !17, size: 64, tag: DW_TAG_pointer_type)
!64 = !DIDerivedType(baseType: !11, size: 64, tag: DW_TAG_pointer_type)
!65 = !DIDerivedType(baseType: !60, name: "type", offset: 0, size: 64, tag: DW_TAG_member)
!66 = !DIDerivedType(baseType: !62, name: "max_entries", offset: 64, size: 64, tag: DW_TAG_member)
!67 = !DIDerivedType(baseType: !63, name: "key", offset: 128, size: 64, tag: DW_TAG_member)
!68 = !DIDerivedType(baseType: !64, name: "value", offset: 192, size: 64, tag: DW_TAG_member)
!69 = !{ !65, !66, !67, !68 }
!70 = !DICompositeType(elements: !69, size: 256, tag: DW_TAG_structure_type)
!71 = distinct !DIGlobalVariable(file: !0, isDefinition: true, isLocal: false, line: 1, name: "event_loss_counter", scope: !0, type: !70)
!72 = !DIGlobalVariableExpression(expr: !9, var: !71)
!73 = !{ !"branch_weights", i32 99, i32 1 }