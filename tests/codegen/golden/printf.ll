; uprobe:/bin/a:f { printf("%d %s\n", arg0, str(arg1)); }
; ModuleID = "stdin"
target triple = "bpfel"
target datalayout = "e-m:e-p:64:64-i64:64-i128:128-n32:64-S128"

@"LICENSE" = dso_local global [4 x i8] c"GPL\00", section "license", align 8, !dbg !10
define i64 @"p0_uprobe"(ptr %".1") nounwind section "uprobe" !dbg !14
{
entry:
  %".3" = alloca i32, align 8
  store i32 0, ptr %".3"
  %".5" = call ptr inttoptr (i64 1 to ptr)(ptr @"utrace_scratch", ptr %".3")
  %".9" = getelementptr i8, ptr %".1", i64 112
  %".10" = load i64, ptr %".9"
  %".13" = getelementptr i8, ptr %".1", i64 104
  %".14" = load i64, ptr %".13"
  %".26" = alloca [1 x i64], align 8
  %".35" = icmp eq ptr %".5", null
  br i1 %".35", label %"leave", label %"prepare"
body:
  store i64 0, ptr %".6", align 8, !dbg !16
  %".8" = getelementptr i8, ptr %".6", i64 8 , !dbg !16
  store i64 %".10", ptr %".8", align 8, !dbg !16
  %".12" = getelementptr i8, ptr %".6", i64 16 , !dbg !16
  store i8 0, ptr %".12", align 1, !dbg !16
  %".16" = call i64 inttoptr (i64 114 to ptr)(ptr %".12", i64 1024, i64 %".14"), !dbg !16
  %".17" = icmp eq i64 %".16", 1024 , !dbg !16
  br i1 %".17", label %"body.if", label %"body.endif", !dbg !16, !prof !17
leave:
  ret i64 0
prepare:
  %".6" = getelementptr i8, ptr %".5", i64 0
  br label %"body"
body.if:
  %".19" = getelementptr i8, ptr %".12", i64 1023 , !dbg !16
  %".20" = add i64 %".14", 1023, !dbg !16
  %".21" = call i64 inttoptr (i64 112 to ptr)(ptr %".19", i64 1, i64 %".20"), !dbg !16
  br label %"body.endif", !dbg !16
body.endif:
  %".23" = call i64 inttoptr (i64 130 to ptr)(ptr @"ringbuf", ptr %".6", i64 1040, i64 0), !dbg !16
  %".24" = icmp ne i64 %".23", 0 , !dbg !16
  br i1 %".24", label %"body.endif.if", label %"body.endif.endif", !dbg !16, !prof !17
body.endif.if:
  store i32 0, ptr %".26", align 4, !dbg !16
  %".28" = call ptr inttoptr (i64 1 to ptr)(ptr @"event_loss_counter", ptr %".26"), !dbg !16
  %".29" = icmp ne ptr %".28", null , !dbg !16
  br i1 %".29", label %"body.endif.if.if", label %"body.endif.if.endif", !dbg !16, !prof !52
body.endif.endif:
  br label %"leave"
body.endif.if.if:
  %".31" = atomicrmw add ptr %".28", i64 1 monotonic , !dbg !16
  br label %"body.endif.if.endif", !dbg !16
body.endif.if.endif:
  br label %"body.endif.endif", !dbg !16
}

@"utrace_scratch" = dso_local global {ptr, ptr, ptr, ptr} zeroinitializer, section ".maps", align 8, !dbg !71
@"ringbuf" = dso_local global {ptr, ptr} zeroinitializer, section ".maps", align 8, !dbg !32
@"event_loss_counter" = dso_local global {ptr, ptr, ptr, ptr} zeroinitializer, section ".maps", align 8, !dbg !51
!llvm.dbg.cu = !{ !2 }
!llvm.module.flags = !{ !3 }
!0 = !DIFile(directory: "", filename: "stdin")
!1 = !{ !10, !32, !51, !71 }
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
!12 = !{ !11 }
!13 = !DISubroutineType(types: !12)
!14 = distinct !DISubprogram(file: !0, line: 1, name: "p0_uprobe", scope: !0, scopeLine: 1, spFlags: DISPFlagDefinition | DISPFlagOptimized, type: !13, unit: !2)
!15 = !DILocation(column: 17, line: 1, scope: !14)
!16 = !DILocation(column: 19, line: 1, scope: !14)
!17 = !{ !"branch_weights", i32 1, i32 99 }
!18 = !DIBasicType(encoding: DW_ATE_signed, name: "int", size: 32)
!19 = !DISubrange(count: 27)
!20 = !{ !19 }
!21 = !DICompositeType(baseType: !18, elements: !20, size: 864, tag: DW_TAG_array_type)
!22 = !DIDerivedType(baseType: !21, size: 64, tag: DW_TAG_pointer_type)
!23 = !DISubrange(count: 1048576)
!24 = !{ !23 }
!25 = !DICompositeType(baseType: !18, elements: !24, size: 33554432, tag: DW_TAG_array_type)
!26 = !DIDerivedType(baseType: !25, size: 64, tag: DW_TAG_pointer_type)
!27 = !DIDerivedType(baseType: !22, name: "type", offset: 0, size: 64, tag: DW_TAG_member)
!28 = !DIDerivedType(baseType: !26, name: "max_entries", offset: 64, size: 64, tag: DW_TAG_member)
!29 = !{ !27, !28 }
!30 = !DICompositeType(elements: !29, size: 128, tag: DW_TAG_structure_type)
!31 = distinct !DIGlobalVariable(file: !0, isDefinition: true, isLocal: false, line: 1, name: "ringbuf", scope: !0, type: !30)
!32 = !DIGlobalVariableExpression(expr: !9, var: !31)
!33 = !DIBasicType(encoding: DW_ATE_unsigned, name: "u32", size: 32)
!34 = !DISubrange(count: 2)
!35 = !{ !34 }
!36 = !DICompositeType(baseType: !18, elements: !35, size: 64, tag: DW_TAG_array_type)
!37 = !DIDerivedType(baseType: !36, size: 64, tag: DW_TAG_pointer_type)
!38 = !DISubrange(count: 1)
!39 = !{ !38 }
!40 = !DICompositeType(baseType: !18, elements: !39, size: 32, tag: DW_TAG_array_type)
!41 = !DIDerivedType(baseType: !40, size: 64, tag: DW_TAG_pointer_type)
!42 = !DIDerivedType(baseType: !33, size: 64, tag: DW_TAG_pointer_type)
!43 = !DIDerivedType(baseType: !11, size: 64, tag: DW_TAG_pointer_type)
!44 = !DIDerivedType(baseType: !37, name: "type", offset: 0, size: 64, tag: DW_TAG_member)
!45 = !DIDerivedType(baseType: !41, name: "max_entries", offset: 64, size: 64, tag: DW_TAG_member)
!46 = !DIDerivedType(baseType: !42, name: "key", offset: 128, size: 64, tag: DW_TAG_member)
!47 = !DIDerivedType(baseType: !43, name: "value", offset: 192, size: 64, tag: DW_TAG_member)
!48 = !{ !44, !45, !46, !47 }
!49 = !DICompositeType(elements: !48, size: 256, tag: DW_TAG_structure_type)
!50 = distinct !DIGlobalVariable(file: !0, isDefinition: true, isLocal: false, line: 1, name: "event_loss_counter", scope: !0, type: !49)
!51 = !DIGlobalVariableExpression(expr: !9, var: !50)
!52 = !{ !"branch_weights", i32 99, i32 1 }
!53 = !DISubrange(count: 130)
!54 = !{ !53 }
!55 = !DICompositeType(baseType: !11, elements: !54, size: 8320, tag: DW_TAG_array_type)
!56 = !DISubrange(count: 6)
!57 = !{ !56 }
!58 = !DICompositeType(baseType: !18, elements: !57, size: 192, tag: DW_TAG_array_type)
!59 = !DIDerivedType(baseType: !58, size: 64, tag: DW_TAG_pointer_type)
!60 = !DICompositeType(baseType: !18, elements: !39, size: 32, tag: DW_TAG_array_type)
!61 = !DIDerivedType(baseType: !60, size: 64, tag: DW_TAG_pointer_type)
!62 = !DIDerivedType(baseType: !33, size: 64, tag: DW_TAG_pointer_type)
!63 = !DIDerivedType(baseType: !55, size: 64, tag: DW_TAG_pointer_type)
!64 = !DIDerivedType(baseType: !59, name: "type", offset: 0, size: 64, tag: DW_TAG_member)
!65 = !DIDerivedType(baseType: !61, name: "max_entries", offset: 64, size: 64, tag: DW_TAG_member)
!66 = !DIDerivedType(baseType: !62, name: "key", offset: 128, size: 64, tag: DW_TAG_member)
!67 = !DIDerivedType(baseType: !63, name: "value", offset: 192, size: 64, tag: DW_TAG_member)
!68 = !{ !64, !65, !66, !67 }
!69 = !DICompositeType(elements: !68, size: 256, tag: DW_TAG_structure_type)
!70 = distinct !DIGlobalVariable(file: !0, isDefinition: true, isLocal: false, line: 1, name: "utrace_scratch", scope: !0, type: !69)
!71 = !DIGlobalVariableExpression(expr: !9, var: !70)