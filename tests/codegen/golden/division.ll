; uprobe:/bin/a:f { @ = arg0 / arg1; }
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
  %".5" = getelementptr i8, ptr %".1", i64 104
  %".6" = load i64, ptr %".5"
  %".9" = alloca [1 x i64], align 8
  %".14" = alloca [1 x i64], align 8
  %".36" = alloca [1 x i64], align 8
  br label %"body"
body:
  %".7" = icmp eq i64 %".6", 0 , !dbg !41
  br i1 %".7", label %"body.if", label %"body.else", !dbg !41
leave:
  ret i64 0
body.if:
  store i64 0, ptr %".9", align 8, !dbg !41
  %".11" = call i64 inttoptr (i64 130 to ptr)(ptr @"ringbuf", ptr %".9", i64 8, i64 0), !dbg !41
  %".12" = icmp ne i64 %".11", 0 , !dbg !41
  br i1 %".12", label %"body.if.if", label %"body.if.endif", !dbg !41, !prof !56
body.else:
  %".23" = icmp slt i64 %".4", 0 , !dbg !41
  %".24" = sub i64 0, %".4", !dbg !41
  %".25" = select  i1 %".23", i64 %".24", i64 %".4" , !dbg !41
  %".26" = icmp slt i64 %".6", 0 , !dbg !41
  %".27" = sub i64 0, %".6", !dbg !41
  %".28" = select  i1 %".26", i64 %".27", i64 %".6" , !dbg !41
  %".29" = udiv i64 %".25", %".28", !dbg !41
  %".30" = xor i64 %".4", %".6", !dbg !41
  %".31" = icmp slt i64 %".30", 0 , !dbg !41
  %".32" = sub i64 0, %".29", !dbg !41
  %".33" = select  i1 %".31", i64 %".32", i64 %".29" , !dbg !41
  br label %"body.endif", !dbg !41
body.endif:
  %".35" = phi  i64 [1, %"body.if.endif"], [%".33", %"body.else"] , !dbg !41
  store i32 0, ptr %".36", align 4, !dbg !41
  %".38" = call ptr inttoptr (i64 1 to ptr)(ptr @"AT_", ptr %".36"), !dbg !41
  %".39" = icmp ne ptr %".38", null , !dbg !41
  br i1 %".39", label %"body.endif.if", label %"body.endif.endif", !dbg !41, !prof !71
body.if.if:
  store i32 0, ptr %".14", align 4, !dbg !41
  %".16" = call ptr inttoptr (i64 1 to ptr)(ptr @"event_loss_counter", ptr %".14"), !dbg !41
  %".17" = icmp ne ptr %".16", null , !dbg !41
  br i1 %".17", label %"body.if.if.if", label %"body.if.if.endif", !dbg !41, !prof !71
body.if.endif:
  br label %"body.endif", !dbg !41
body.if.if.if:
  %".19" = atomicrmw add ptr %".16", i64 1 monotonic , !dbg !41
  br label %"body.if.if.endif", !dbg !41
body.if.if.endif:
  br label %"body.if.endif", !dbg !41
body.endif.if:
  store i64 %".35", ptr %".38", align 8, !dbg !41
  %".42" = getelementptr i8, ptr %".38", i64 8 , !dbg !41
  store i64 1, ptr %".42", align 8, !dbg !41
  br label %"body.endif.endif", !dbg !41
body.endif.endif:
  br label %"leave"
}

@"ringbuf" = dso_local global {ptr, ptr} zeroinitializer, section ".maps", align 8, !dbg !55
@"event_loss_counter" = dso_local global {ptr, ptr, ptr, ptr} zeroinitializer, section ".maps", align 8, !dbg !70
!llvm.dbg.cu = !{ !2 }
!llvm.module.flags = !{ !3 }
!0 = !DIFile(directory: "", filename: "stdin")
!1 = !{ !10, !36, !55, !70 }
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
!42 = !DISubrange(count: 27)
!43 = !{ !42 }
!44 = !DICompositeType(baseType: !18, elements: !43, size: 864, tag: DW_TAG_array_type)
!45 = !DIDerivedType(baseType: !44, size: 64, tag: DW_TAG_pointer_type)
!46 = !DISubrange(count: 1048576)
!47 = !{ !46 }
!48 = !DICompositeType(baseType: !18, elements: !47, size: 33554432, tag: DW_TAG_array_type)
!49 = !DIDerivedType(baseType: !48, size: 64, tag: DW_TAG_pointer_type)
!50 = !DIDerivedType(baseType: !45, name: "type", offset: 0, size: 64, tag: DW_TAG_member)
!51 = !DIDerivedType(baseType: !49, name: "max_entries", offset: 64, size: 64, tag: DW_TAG_member)
!52 = !{ !50, !51 }
!53 = !DICompositeType(elements: !52, size: 128, tag: DW_TAG_structure_type)
!54 = distinct !DIGlobalVariable(file: !0, isDefinition: true, isLocal: false, line: 1, name: "ringbuf", scope: !0, type: !53)
!55 = !DIGlobalVariableExpression(expr: !9, var: !54)
!56 = !{ !"branch_weights", i32 1, i32 99 }
!57 = !DICompositeType(baseType: !18, elements: !20, size: 64, tag: DW_TAG_array_type)
!58 = !DIDerivedType(baseType: !57, size: 64, tag: DW_TAG_pointer_type)
!59 = !DICompositeType(baseType: !18, elements: !24, size: 32, tag: DW_TAG_array_type)
!60 = !DIDerivedType(baseType: !59, size: 64, tag: DW_TAG_pointer_type)
!61 = !DIDerivedType(baseType: !17, size: 64, tag: DW_TAG_pointer_type)
!62 = !DIDerivedType(baseType: !11, size: 64, tag: DW_TAG_pointer_type)
!63 = !DIDerivedType(baseType: !58, name: "type", offset: 0, size: 64, tag: DW_TAG_member)
!64 = !DIDerivedType(baseType: !60, name: "max_entries", offset: 64, size: 64, tag: DW_TAG_member)
!65 = !DIDerivedType(baseType: !61, name: "key", offset: 128, size: 64, tag: DW_TAG_member)
!66 = !DIDerivedType(baseType: !62, name: "value", offset: 192, size: 64, tag: DW_TAG_member)
!67 = !{ !63, !64, !65, !66 }
!68 = !DICompositeType(elements: !67, size: 256, tag: DW_TAG_structure_type)
!69 = distinct !DIGlobalVariable(file: !0, isDefinition: true, isLocal: false, line: 1, name: "event_loss_counter", scope: !0, type: !68)
!70 = !DIGlobalVariableExpression(expr: !9, var: !69)
!71 = !{ !"branch_weights", i32 99, i32 1 }