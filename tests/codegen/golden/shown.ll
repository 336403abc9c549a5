; uprobe:/bin/a:f { print((strftime("%H", nsecs), username, ntop(arg0), buf(arg1, 8))); }
; ModuleID = "stdin"
target triple = "bpfel"
target datalayout = "e-m:e-p:64:64-i64:64-i128:128-n32:64-S128"

@"LICENSE" = dso_local global [4 x i8] c"GPL\00", section "license", align 8, !dbg !10
define i64 @"p0_uprobe"(ptr %".1") nounwind section "uprobe" !dbg !14
{
entry:
  %".3" = alloca [8 x i64], align 8
  %".18" = getelementptr i8, ptr %".1", i64 112
  %".19" = load i64, ptr %".18"
  %".27" = getelementptr i8, ptr %".1", i64 104
  %".28" = load i64, ptr %".27"
  %".33" = alloca [1 x i64], align 8
  br label %"body"
body:
  store i64 0, ptr %".3", align 8, !dbg !16
  %".5" = getelementptr i8, ptr %".3", i64 8 , !dbg !16
  %".6" = call i64 inttoptr (i64 125 to ptr)(), !dbg !16
  store i64 %".6", ptr %".5", align 8, !dbg !16
  %".8" = getelementptr i8, ptr %".5", i64 8 , !dbg !16
  store i64 0, ptr %".8", align 8, !dbg !16
  %".10" = getelementptr i8, ptr %".5", i64 16 , !dbg !16
  %".11" = call i64 inttoptr (i64 15 to ptr)(), !dbg !16
  %".12" = and i64 %".11", 4294967295, !dbg !16
  store i64 %".12", ptr %".10", align 8, !dbg !16
  %".14" = getelementptr i8, ptr %".5", i64 24 , !dbg !16
  call void @"llvm.memset.p0.i64"(ptr align 8 %".14", i8 0, i64 20, i1 0), !dbg !16
  store i32 2, ptr %".14", align 4, !dbg !16
  %".17" = getelementptr i8, ptr %".14", i64 4 , !dbg !16
  %".20" = trunc i64 %".19" to i32 , !dbg !16
  store i32 %".20", ptr %".17", align 4, !dbg !16
  %".22" = getelementptr i8, ptr %".5", i64 44 , !dbg !16
  call void @"llvm.memset.p0.i64"(ptr align 4 %".22", i8 0, i64 12, i1 0), !dbg !16
  %".24" = trunc i64 8 to i32 , !dbg !16
  store i32 %".24", ptr %".22", align 4, !dbg !16
  %".26" = getelementptr i8, ptr %".22", i64 4 , !dbg !16
  %".29" = call i64 inttoptr (i64 112 to ptr)(ptr %".26", i64 8, i64 %".28"), !dbg !16
  %".30" = call i64 inttoptr (i64 130 to ptr)(ptr @"ringbuf", ptr %".3", i64 64, i64 0), !dbg !16
  %".31" = icmp ne i64 %".30", 0 , !dbg !16
  br i1 %".31", label %"body.if", label %"body.endif", !dbg !16, !prof !32
leave:
  ret i64 0
body.if:
  store i32 0, ptr %".33", align 4, !dbg !16
  %".35" = call ptr inttoptr (i64 1 to ptr)(ptr @"event_loss_counter", ptr %".33"), !dbg !16
  %".36" = icmp ne ptr %".35", null , !dbg !16
  br i1 %".36", label %"body.if.if", label %"body.if.endif", !dbg !16, !prof !52
body.endif:
  br label %"leave"
body.if.if:
  %".38" = atomicrmw add ptr %".35", i64 1 monotonic , !dbg !16
  br label %"body.if.endif", !dbg !16
body.if.endif:
  br label %"body.endif", !dbg !16
}

declare void @"llvm.memset.p0.i64"(ptr %".1", i8 %".2", i64 %".3", i1 %".4")

@"ringbuf" = dso_local global {ptr, ptr} zeroinitializer, section ".maps", align 8, !dbg !31
@"event_loss_counter" = dso_local global {ptr, ptr, ptr, ptr} zeroinitializer, section ".maps", align 8, !dbg !51
!llvm.dbg.cu = !{ !2 }
!llvm.module.flags = !{ !3 }
!0 = !DIFile(directory: "", filename: "stdin")
!1 = !{ !10, !31, !51 }
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
!17 = !DIBasicType(encoding: DW_ATE_signed, name: "int", size: 32)
!18 = !DISubrange(count: 27)
!19 = !{ !18 }
!20 = !DICompositeType(baseType: !17, elements: !19, size: 864, tag: DW_TAG_array_type)
!21 = !DIDerivedType(baseType: !20, size: 64, tag: DW_TAG_pointer_type)
!22 = !DISubrange(count: 1048576)
!23 = !{ !22 }
!24 = !DICompositeType(baseType: !17, elements: !23, size: 33554432, tag: DW_TAG_array_type)
!25 = !DIDerivedType(baseType: !24, size: 64, tag: DW_TAG_pointer_type)
!26 = !DIDerivedType(baseType: !21, name: "type", offset: 0, size: 64, tag: DW_TAG_member)
!27 = !DIDerivedType(baseType: !25, name: "max_entries", offset: 64, size: 64, tag: DW_TAG_member)
!28 = !{ !26, !27 }
!29 = !DICompositeType(elements: !28, size: 128, tag: DW_TAG_structure_type)
!30 = distinct !DIGlobalVariable(file: !0, isDefinition: true, isLocal: false, line: 1, name: "ringbuf", scope: !0, type: !29)
!31 = !DIGlobalVariableExpression(expr: !9, var: !30)
!32 = !{ !"branch_weights", i32 1, i32 99 }
!33 = !DIBasicType(encoding: DW_ATE_unsigned, name: "u32", size: 32)
!34 = !DISubrange(count: 2)
!35 = !{ !34 }
!36 = !DICompositeType(baseType: !17, elements: !35, size: 64, tag: DW_TAG_array_type)
!37 = !DIDerivedType(baseType: !36, size: 64, tag: DW_TAG_pointer_type)
!38 = !DISubrange(count: 1)
!39 = !{ !38 }
!40 = !DICompositeType(baseType: !17, elements: !39, size: 32, tag: DW_TAG_array_type)
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