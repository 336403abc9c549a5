; struct S { int x; char name[8]; };
;         uprobe:/bin/a:f { $s = *(struct S *)arg0; @[$s] = $s.name; print($s.x); }
; ModuleID = "stdin"
target triple = "bpfel"
target datalayout = "e-m:e-p:64:64-i64:64-i128:128-n32:64-S128"

@"LICENSE" = dso_local global [4 x i8] c"GPL\00", section "license", align 8, !dbg !10
@"AT_" = dso_local global {ptr, ptr, ptr, ptr} zeroinitializer, section ".maps", align 8, !dbg !39
define i64 @"p0_uprobe"(ptr %".1") nounwind section "uprobe" !dbg !42
{
entry:
  %".3" = alloca [2 x i64], align 8
  %".4" = getelementptr i8, ptr %".1", i64 112
  %".5" = load i64, ptr %".4"
  %".7" = alloca [1 x i64], align 8
  %".11" = alloca i1, align 8
  store i1 0, ptr %".11"
  %".30" = alloca [2 x i64], align 8
  br label %"body"
body:
  %".6" = call i64 inttoptr (i64 112 to ptr)(ptr %".3", i64 12, i64 %".5"), !dbg !44
  %".8" = getelementptr i8, ptr %".3", i64 4 , !dbg !45
  call void @"llvm.memcpy.p0.p0.i64"(ptr align 8 %".7", ptr align 4 %".8", i64 8, i1 0), !dbg !45
  %".10" = getelementptr i8, ptr %".7", i64 8 , !dbg !45
  store i1 1, ptr %".11", !dbg !45
  br label %"walk", !dbg !45
leave:
  ret i64 0
walk:
  %".15" = phi  i64 [0, %"body"], [%".27", %"look"] , !dbg !45
  %".16" = call i64 asm  "", "=r,0"(i64 %".15"), !dbg !45
  %".17" = icmp ult i64 %".16", 8 , !dbg !45
  br i1 %".17", label %"look", label %"walked", !dbg !45
look:
  %".19" = getelementptr i8, ptr %".7", i64 %".16" , !dbg !45
  %".20" = load i8, ptr %".19", !dbg !45
  %".21" = load i1, ptr %".11", !dbg !45
  %".22" = icmp ne i8 %".20", 0 , !dbg !45
  %".23" = and i1 %".21", %".22", !dbg !45
  store i1 %".23", ptr %".11", !dbg !45
  %".25" = select  i1 %".23", i8 %".20", i8 0 , !dbg !45
  store i8 %".25", ptr %".19", !dbg !45
  %".27" = add i64 %".16", 1, !dbg !45
  br i1 1, label %"walk", label %"walked", !dbg !45
walked:
  %".29" = phi  i64 [8, %"walk"], [%".16", %"look"] , !dbg !45
  call void @"llvm.memcpy.p0.p0.i64"(ptr align 8 %".30", ptr align 8 %".3", i64 12, i1 0), !dbg !45
  %".32" = getelementptr i8, ptr %".30", i64 12 , !dbg !45
  %".33" = call i64 inttoptr (i64 2 to ptr)(ptr @"AT_", ptr %".30", ptr %".7", i64 0), !dbg !45
  call void @"llvm.memset.p0.i64"(ptr align 8 %".30", i8 0, i64 16, i1 0), !dbg !46
  store i64 0, ptr %".30", align 8, !dbg !46
  %".36" = getelementptr i8, ptr %".30", i64 8 , !dbg !46
  %".37" = load i32, ptr %".3", align 4, !dbg !46
  store i32 %".37", ptr %".36", align 4, !dbg !46
  %".39" = call i64 inttoptr (i64 130 to ptr)(ptr @"ringbuf", ptr %".30", i64 16, i64 0), !dbg !46
  %".40" = icmp ne i64 %".39", 0 , !dbg !46
  br i1 %".40", label %"walked.if", label %"walked.endif", !dbg !46, !prof !61
walked.if:
  store i32 0, ptr %".7", align 4, !dbg !46
  %".43" = call ptr inttoptr (i64 1 to ptr)(ptr @"event_loss_counter", ptr %".7"), !dbg !46
  %".44" = icmp ne ptr %".43", null , !dbg !46
  br i1 %".44", label %"walked.if.if", label %"walked.if.endif", !dbg !46, !prof !79
walked.endif:
  br label %"leave"
walked.if.if:
  %".46" = atomicrmw add ptr %".43", i64 1 monotonic , !dbg !46
  br label %"walked.if.endif", !dbg !46
walked.if.endif:
  br label %"walked.endif", !dbg !46
}

declare void @"llvm.memcpy.p0.p0.i64"(ptr %".1", ptr %".2", i64 %".3", i1 %".4")

declare void @"llvm.memset.p0.i64"(ptr %".1", i8 %".2", i64 %".3", i1 %".4")

@"ringbuf" = dso_local global {ptr, ptr} zeroinitializer, section ".maps", align 8, !dbg !60
@"event_loss_counter" = dso_local global {ptr, ptr, ptr, ptr} zeroinitializer, section ".maps", align 8, !dbg !78
!llvm.dbg.cu = !{ !2 }
!llvm.module.flags = !{ !3 }
!0 = !DIFile(directory: "", filename: "stdin")
!1 = !{ !10, !39, !60, !78 }
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
!12 = !DISubrange(count: 8)
!13 = !{ !12 }
!14 = !DICompositeType(baseType: !4, elements: !13, size: 64, tag: DW_TAG_array_type)
!15 = !DIDerivedType(baseType: !14, name: "value", offset: 0, size: 64, tag: DW_TAG_member)
!16 = !{ !15 }
!17 = !DICompositeType(elements: !16, size: 64, tag: DW_TAG_structure_type)
!18 = !DISubrange(count: 12)
!19 = !{ !18 }
!20 = !DICompositeType(baseType: !4, elements: !19, size: 96, tag: DW_TAG_array_type)
!21 = !DIBasicType(encoding: DW_ATE_signed, name: "int", size: 32)
!22 = !DISubrange(count: 1)
!23 = !{ !22 }
!24 = !DICompositeType(baseType: !21, elements: !23, size: 32, tag: DW_TAG_array_type)
!25 = !DIDerivedType(baseType: !24, size: 64, tag: DW_TAG_pointer_type)
!26 = !DISubrange(count: 4096)
!27 = !{ !26 }
!28 = !DICompositeType(baseType: !21, elements: !27, size: 131072, tag: DW_TAG_array_type)
!29 = !DIDerivedType(baseType: !28, size: 64, tag: DW_TAG_pointer_type)
!30 = !DIDerivedType(baseType: !20, size: 64, tag: DW_TAG_pointer_type)
!31 = !DIDerivedType(baseType: !17, size: 64, tag: DW_TAG_pointer_type)
!32 = !DIDerivedType(baseType: !25, name: "type", offset: 0, size: 64, tag: DW_TAG_member)
!33 = !DIDerivedType(baseType: !29, name: "max_entries", offset: 64, size: 64, tag: DW_TAG_member)
!34 = !DIDerivedType(baseType: !30, name: "key", offset: 128, size: 64, tag: DW_TAG_member)
!35 = !DIDerivedType(baseType: !31, name: "value", offset: 192, size: 64, tag: DW_TAG_member)
!36 = !{ !32, !33, !34, !35 }
!37 = !DICompositeType(elements: !36, size: 256, tag: DW_TAG_structure_type)
!38 = distinct !DIGlobalVariable(file: !0, isDefinition: true, isLocal: false, line: 1, name: "AT_", scope: !0, type: !37)
!39 = !DIGlobalVariableExpression(expr: !9, var: !38)
!40 = !{ !11 }
!41 = !DISubroutineType(types: !40)
!42 = distinct !DISubprogram(file: !0, line: 2, name: "p0_uprobe", scope: !0, scopeLine: 2, spFlags: DISPFlagDefinition | DISPFlagOptimized, type: !41, unit: !2)
!43 = !DILocation(column: 25, line: 2, scope: !42)
!44 = !DILocation(column: 27, line: 2, scope: !42)
!45 = !DILocation(column: 51, line: 2, scope: !42)
!46 = !DILocation(column: 68, line: 2, scope: !42)
!47 = !DISubrange(count: 27)
!48 = !{ !47 }
!49 = !DICompositeType(baseType: !21, elements: !48, size: 864, tag: DW_TAG_array_type)
!50 = !DIDerivedType(baseType: !49, size: 64, tag: DW_TAG_pointer_type)
!51 = !DISubrange(count: 1048576)
!52 = !{ !51 }
!53 = !DICompositeType(baseType: !21, elements: !52, size: 33554432, tag: DW_TAG_array_type)
!54 = !DIDerivedType(baseType: !53, size: 64, tag: DW_TAG_pointer_type)
!55 = !DIDerivedType(baseType: !50, name: "type", offset: 0, size: 64, tag: DW_TAG_member)
!56 = !DIDerivedType(baseType: !54, name: "max_entries", offset: 64, size: 64, tag: DW_TAG_member)
!57 = !{ !55, !56 }
!58 = !DICompositeType(elements: !57, size: 128, tag: DW_TAG_structure_type)
!59 = distinct !DIGlobalVariable(file: !0, isDefinition: true, isLocal: false, line: 1, name: "ringbuf", scope: !0, type: !58)
!60 = !DIGlobalVariableExpression(expr: !9, var: !59)
!61 = !{ !"branch_weights", i32 1, i32 99 }
!62 = !DIBasicType(encoding: DW_ATE_unsigned, name: "u32", size: 32)
!63 = !DISubrange(count: 2)
!64 = !{ !63 }
!65 = !DICompositeType(baseType: !21, elements: !64, size: 64, tag: DW_TAG_array_type)
!66 = !DIDerivedType(baseType: !65, size: 64, tag: DW_TAG_pointer_type)
!67 = !DICompositeType(baseType: !21, elements: !23, size: 32, tag: DW_TAG_array_type)
!68 = !DIDerivedType(baseType: !67, size: 64, tag: DW_TAG_pointer_type)
!69 = !DIDerivedType(baseType: !62, size: 64, tag: DW_TAG_pointer_type)
!70 = !DIDerivedType(baseType: !11, size: 64, tag: DW_TAG_pointer_type)
!71 = !DIDerivedType(baseType: !66, name: "type", offset: 0, size: 64, tag: DW_TAG_member)
!72 = !DIDerivedType(baseType: !68, name: "max_entries", offset: 64, size: 64, tag: DW_TAG_member)
!73 = !DIDerivedType(baseType: !69, name: "key", offset: 128, size: 64, tag: DW_TAG_member)
!74 = !DIDerivedType(baseType: !70, name: "value", offset: 192, size: 64, tag: DW_TAG_member)
!75 = !{ !71, !72, !73, !74 }
!76 = !DICompositeType(elements: !75, size: 256, tag: DW_TAG_structure_type)
!77 = distinct !DIGlobalVariable(file: !0, isDefinition: true, isLocal: false, line: 1, name: "event_loss_counter", scope: !0, type: !76)
!78 = !DIGlobalVariableExpression(expr: !9, var: !77)
!79 = !{ !"branch_weights", i32 99, i32 1 }