; uprobe:/bin/a:f { $x = arg0; $p = &$x; @ = *$p; $q = (int32 *)arg1; $q++; @q = $q; }
; ModuleID = "stdin"
target triple = "bpfel"
target datalayout = "e-m:e-p:64:64-i64:64-i128:128-n32:64-S128"

@"LICENSE" = dso_local global [4 x i8] c"GPL\00", section "license", align 8, !dbg !10
@"AT_" = dso_local global {ptr, ptr, ptr, ptr} zeroinitializer, section ".maps", align 8, !dbg !36
@"AT_q" = dso_local global {ptr, ptr, ptr, ptr} zeroinitializer, section ".maps", align 8, !dbg !54
define i64 @"p0_uprobe"(ptr %".1") nounwind section "uprobe" !dbg !57
{
entry:
  %".3" = alloca i64, align 8
  store i64 0, ptr %".3"
  %".5" = getelementptr i8, ptr %".1", i64 112
  %".6" = load i64, ptr %".5"
  %".8" = alloca i64, align 8
  store i64 0, ptr %".8"
  %".13" = alloca [1 x i64], align 8
  %".17" = alloca [1 x i64], align 8
  %".26" = alloca i64, align 8
  store i64 0, ptr %".26"
  %".28" = getelementptr i8, ptr %".1", i64 104
  %".29" = load i64, ptr %".28"
  br label %"body"
body:
  store i64 %".6", ptr %".3", align 8, !dbg !59
  %".10" = ptrtoint ptr %".3" to i64 , !dbg !60
  store i64 %".10", ptr %".8", align 8, !dbg !60
  %".12" = load i64, ptr %".8", align 8, !dbg !61
  store i64 0, ptr %".13", align 8, !dbg !61
  %".15" = call i64 inttoptr (i64 112 to ptr)(ptr %".13", i64 8, i64 %".12"), !dbg !61
  %".16" = load i64, ptr %".13", align 8, !dbg !61
  store i32 0, ptr %".17", align 4, !dbg !61
  %".19" = call ptr inttoptr (i64 1 to ptr)(ptr @"AT_", ptr %".17"), !dbg !61
  %".20" = icmp ne ptr %".19", null , !dbg !61
  br i1 %".20", label %"body.if", label %"body.endif", !dbg !61, !prof !62
leave:
  ret i64 0
body.if:
  store i64 %".16", ptr %".19", align 8, !dbg !61
  %".23" = getelementptr i8, ptr %".19", i64 8 , !dbg !61
  store i64 1, ptr %".23", align 8, !dbg !61
  br label %"body.endif", !dbg !61
body.endif:
  store i64 %".29", ptr %".26", align 8, !dbg !63
  %".31" = load i64, ptr %".26", align 8, !dbg !64
  %".32" = add i64 %".31", 4, !dbg !64
  store i64 %".32", ptr %".26", align 8, !dbg !64
  %".34" = load i64, ptr %".26", align 8, !dbg !65
  store i32 0, ptr %".17", align 4, !dbg !65
  %".36" = call ptr inttoptr (i64 1 to ptr)(ptr @"AT_q", ptr %".17"), !dbg !65
  %".37" = icmp ne ptr %".36", null , !dbg !65
  br i1 %".37", label %"body.endif.if", label %"body.endif.endif", !dbg !65, !prof !62
body.endif.if:
  store i64 %".34", ptr %".36", align 8, !dbg !65
  %".40" = getelementptr i8, ptr %".36", i64 8 , !dbg !65
  store i64 1, ptr %".40", align 8, !dbg !65
  br label %"body.endif.endif", !dbg !65
body.endif.endif:
  br label %"leave"
}

!llvm.dbg.cu = !{ !2 }
!llvm.module.flags = !{ !3 }
!0 = !DIFile(directory: "", filename: "stdin")
!1 = !{ !10, !36, !54 }
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
!37 = !DIDerivedType(baseType: !11, name: "value", offset: 0, size: 64, tag: DW_TAG_member)
!38 = !DIDerivedType(baseType: !11, name: "is_set", offset: 64, size: 64, tag: DW_TAG_member)
!39 = !{ !37, !38 }
!40 = !DICompositeType(elements: !39, size: 128, tag: DW_TAG_structure_type)
!41 = !DICompositeType(baseType: !18, elements: !20, size: 64, tag: DW_TAG_array_type)
!42 = !DIDerivedType(baseType: !41, size: 64, tag: DW_TAG_pointer_type)
!43 = !DICompositeType(baseType: !18, elements: !24, size: 32, tag: DW_TAG_array_type)
!44 = !DIDerivedType(baseType: !43, size: 64, tag: DW_TAG_pointer_type)
!45 = !DIDerivedType(baseType: !17, size: 64, tag: DW_TAG_pointer_type)
!46 = !DIDerivedType(baseType: !40, size: 64, tag: DW_TAG_pointer_type)
!47 = !DIDerivedType(baseType: !42, name: "type", offset: 0, size: 64, tag: DW_TAG_member)
!48 = !DIDerivedType(baseType: !44, name: "max_entries", offset: 64, size: 64, tag: DW_TAG_member)
!49 = !DIDerivedType(baseType: !45, name: "key", offset: 128, size: 64, tag: DW_TAG_member)
!50 = !DIDerivedType(baseType: !46, name: "value", offset: 192, size: 64, tag: DW_TAG_member)
!51 = !{ !47, !48, !49, !50 }
!52 = !DICompositeType(elements: !51, size: 256, tag: DW_TAG_structure_type)
!53 = distinct !DIGlobalVariable(file: !0, isDefinition: true, isLocal: false, line: 1, name: "AT_q", scope: !0, type: !52)
!54 = !DIGlobalVariableExpression(expr: !9, var: !53)
!55 = !{ !11 }
!56 = !DISubroutineType(types: !55)
!57 = distinct !DISubprogram(file: !0, line: 1, name: "p0_uprobe", scope: !0, scopeLine: 1, spFlags: DISPFlagDefinition | DISPFlagOptimized, type: !56, unit: !2)
!58 = !DILocation(column: 17, line: 1, scope: !57)
!59 = !DILocation(column: 19, line: 1, scope: !57)
!60 = !DILocation(column: 30, line: 1, scope: !57)
!61 = !DILocation(column: 40, line: 1, scope: !57)
!62 = !{ !"branch_weights", i32 99, i32 1 }
!63 = !DILocation(column: 49, line: 1, scope: !57)
!64 = !DILocation(column: 69, line: 1, scope: !57)
!65 = !DILocation(column: 75, line: 1, scope: !57)