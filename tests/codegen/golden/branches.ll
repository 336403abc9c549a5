; uprobe:/bin/a:f { $x = arg0; if ($x > 5 && arg1) { exit(1); } else { @ = $x ? 1 : 2; } }
; ModuleID = "stdin"
target triple = "bpfel"
target datalayout = "e-m:e-p:64:64-i64:64-i128:128-n32:64-S128"

@"LICENSE" = dso_local global [4 x i8] c"GPL\00", section "license", align 8, !dbg !10
@"AT_" = dso_local global {ptr, ptr, ptr, ptr} zeroinitializer, section ".maps", align 8, !dbg !37
define i64 @"p0_uprobe"(ptr %".1") nounwind section "uprobe" !dbg !40
{
entry:
  %".3" = alloca i64, align 8
  store i64 0, ptr %".3"
  %".5" = getelementptr i8, ptr %".1", i64 112
  %".6" = load i64, ptr %".5"
  %".12" = getelementptr i8, ptr %".1", i64 104
  %".13" = load i64, ptr %".12"
  %".20" = alloca [2 x i64], align 8
  %".27" = alloca [1 x i64], align 8
  br label %"body"
body:
  store i64 %".6", ptr %".3", align 8, !dbg !42
  %".8" = load i64, ptr %".3", align 8, !dbg !43
  %".9" = icmp sgt i64 %".8", 5 , !dbg !43
  %".10" = icmp ne i1 %".9", 0 , !dbg !43
  br i1 %".10", label %"body.if", label %"body.else", !dbg !43
leave:
  ret i64 0
body.if:
  %".14" = icmp ne i64 %".13", 0 , !dbg !43
  br label %"body.endif", !dbg !43
body.else:
  br label %"body.endif", !dbg !43
body.endif:
  %".17" = phi  i1 [%".14", %"body.if"], [0, %"body.else"] , !dbg !43
  %".18" = icmp ne i1 %".17", 0 , !dbg !43
  br i1 %".18", label %"body.endif.if", label %"body.endif.else", !dbg !43
body.endif.if:
  store i64 0, ptr %".20", align 8, !dbg !45
  %".22" = getelementptr i8, ptr %".20", i64 8 , !dbg !45
  store i64 1, ptr %".22", align 8, !dbg !45
  %".24" = call i64 inttoptr (i64 130 to ptr)(ptr @"ringbuf", ptr %".20", i64 16, i64 0), !dbg !45
  %".25" = icmp ne i64 %".24", 0 , !dbg !45
  br i1 %".25", label %"body.endif.if.if", label %"body.endif.if.endif", !dbg !45, !prof !60
body.endif.else:
  %".37" = load i64, ptr %".3", align 8, !dbg !77
  %".38" = icmp ne i64 %".37", 0 , !dbg !77
  br i1 %".38", label %"body.endif.else.if", label %"body.endif.else.else", !dbg !77
body.endif.endif:
  br label %"leave"
body.endif.if.if:
  store i32 0, ptr %".27", align 4, !dbg !45
  %".29" = call ptr inttoptr (i64 1 to ptr)(ptr @"event_loss_counter", ptr %".27"), !dbg !45
  %".30" = icmp ne ptr %".29", null , !dbg !45
  br i1 %".30", label %"body.endif.if.if.if", label %"body.endif.if.if.endif", !dbg !45, !prof !75
body.endif.if.endif:
  br label %"leave", !dbg !45
body.endif.if.if.if:
  %".32" = atomicrmw add ptr %".29", i64 1 monotonic , !dbg !45
  br label %"body.endif.if.if.endif", !dbg !45
body.endif.if.if.endif:
  br label %"body.endif.if.endif", !dbg !45
unreachable:
  br label %"body.endif.endif", !dbg !43
body.endif.else.if:
  br label %"body.endif.else.endif", !dbg !77
body.endif.else.else:
  br label %"body.endif.else.endif", !dbg !77
body.endif.else.endif:
  %".42" = phi  i8 [1, %"body.endif.else.if"], [2, %"body.endif.else.else"] , !dbg !77
  store i32 0, ptr %".27", align 4, !dbg !77
  %".44" = call ptr inttoptr (i64 1 to ptr)(ptr @"AT_", ptr %".27"), !dbg !77
  %".45" = icmp ne ptr %".44", null , !dbg !77
  br i1 %".45", label %"body.endif.else.endif.if", label %"body.endif.else.endif.endif", !dbg !77, !prof !75
body.endif.else.endif.if:
  store i8 %".42", ptr %".44", align 1, !dbg !77
  %".48" = getelementptr i8, ptr %".44", i64 8 , !dbg !77
  store i64 1, ptr %".48", align 8, !dbg !77
  br label %"body.endif.else.endif.endif", !dbg !77
body.endif.else.endif.endif:
  br label %"body.endif.endif", !dbg !43
}

@"ringbuf" = dso_local global {ptr, ptr} zeroinitializer, section ".maps", align 8, !dbg !59
@"event_loss_counter" = dso_local global {ptr, ptr, ptr, ptr} zeroinitializer, section ".maps", align 8, !dbg !74
!llvm.dbg.cu = !{ !2 }
!llvm.module.flags = !{ !3 }
!0 = !DIFile(directory: "", filename: "stdin")
!1 = !{ !10, !37, !59, !74 }
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
!15 = !DIDerivedType(baseType: !11, name: "is_set", offset: 64, size: 64, tag: DW_TAG_member)
!16 = !{ !14, !15 }
!17 = !DICompositeType(elements: !16, size: 128, tag: DW_TAG_structure_type)
!18 = !DIBasicType(encoding: DW_ATE_unsigned, name: "u32", size: 32)
!19 = !DIBasicType(encoding: DW_ATE_signed, name: "int", size: 32)
!20 = !DISubrange(count: 2)
!21 = !{ !20 }
!22 = !DICompositeType(baseType: !19, elements: !21, size: 64, tag: DW_TAG_array_type)
!23 = !DIDerivedType(baseType: !22, size: 64, tag: DW_TAG_pointer_type)
!24 = !DISubrange(count: 1)
!25 = !{ !24 }
!26 = !DICompositeType(baseType: !19, elements: !25, size: 32, tag: DW_TAG_array_type)
!27 = !DIDerivedType(baseType: !26, size: 64, tag: DW_TAG_pointer_type)
!28 = !DIDerivedType(baseType: !18, size: 64, tag: DW_TAG_pointer_type)
!29 = !DIDerivedType(baseType: !17, size: 64, tag: DW_TAG_pointer_type)
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
!43 = !DILocation(column: 30, line: 1, scope: !40)
!44 = !DILocation(column: 50, line: 1, scope: !40)
!45 = !DILocation(column: 52, line: 1, scope: !40)
!46 = !DISubrange(count: 27)
!47 = !{ !46 }
!48 = !DICompositeType(baseType: !19, elements: !47, size: 864, tag: DW_TAG_array_type)
!49 = !DIDerivedType(baseType: !48, size: 64, tag: DW_TAG_pointer_type)
!50 = !DISubrange(count: 1048576)
!51 = !{ !50 }
!52 = !DICompositeType(baseType: !19, elements: !51, size: 33554432, tag: DW_TAG_array_type)
!53 = !DIDerivedType(baseType: !52, size: 64, tag: DW_TAG_pointer_type)
!54 = !DIDerivedType(baseType: !49, name: "type", offset: 0, size: 64, tag: DW_TAG_member)
!55 = !DIDerivedType(baseType: !53, name: "max_entries", offset: 64, size: 64, tag: DW_TAG_member)
!56 = !{ !54, !55 }
!57 = !DICompositeType(elements: !56, size: 128, tag: DW_TAG_structure_type)
!58 = distinct !DIGlobalVariable(file: !0, isDefinition: true, isLocal: false, line: 1, name: "ringbuf", scope: !0, type: !57)
!59 = !DIGlobalVariableExpression(expr: !9, var: !58)
!60 = !{ !"branch_weights", i32 1, i32 99 }
!61 = !DICompositeType(baseType: !19, elements: !21, size: 64, tag: DW_TAG_array_type)
!62 = !DIDerivedType(baseType: !61, size: 64, tag: DW_TAG_pointer_type)
!63 = !DICompositeType(baseType: !19, elements: !25, size: 32, tag: DW_TAG_array_type)
!64 = !DIDerivedType(baseType: !63, size: 64, tag: DW_TAG_pointer_type)
!65 = !DIDerivedType(baseType: !18, size: 64, tag: DW_TAG_pointer_type)
!66 = !DIDerivedType(baseType: !11, size: 64, tag: DW_TAG_pointer_type)
!67 = !DIDerivedType(baseType: !62, name: "type", offset: 0, size: 64, tag: DW_TAG_member)
!68 = !DIDerivedType(baseType: !64, name: "max_entries", offset: 64, size: 64, tag: DW_TAG_member)
!69 = !DIDerivedType(baseType: !65, name: "key", offset: 128, size: 64, tag: DW_TAG_member)
!70 = !DIDerivedType(baseType: !66, name: "value", offset: 192, size: 64, tag: DW_TAG_member)
!71 = !{ !67, !68, !69, !70 }
!72 = !DICompositeType(elements: !71, size: 256, tag: DW_TAG_structure_type)
!73 = distinct !DIGlobalVariable(file: !0, isDefinition: true, isLocal: false, line: 1, name: "event_loss_counter", scope: !0, type: !72)
!74 = !DIGlobalVariableExpression(expr: !9, var: !73)
!75 = !{ !"branch_weights", i32 99, i32 1 }
!76 = !DILocation(column: 68, line: 1, scope: !40)
!77 = !DILocation(column: 70, line: 1, scope: !40)