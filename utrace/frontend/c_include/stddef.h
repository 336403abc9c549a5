/* C17 7.19, for machines without a compiler; other headers ask for single types with __need_*. */
#if defined __need_size_t || defined __need_ptrdiff_t || defined __need_wchar_t || defined __need_NULL || \
    defined __need_wint_t
#define __utrace_partial
#endif
#if !defined __utrace_partial || defined __need_size_t
typedef __SIZE_TYPE__ size_t;
#endif
#if !defined __utrace_partial || defined __need_ptrdiff_t
typedef __PTRDIFF_TYPE__ ptrdiff_t;
#endif
#if !defined __utrace_partial || defined __need_wchar_t
typedef __WCHAR_TYPE__ wchar_t;
#endif
#if defined __need_wint_t
typedef __WINT_TYPE__ wint_t;
#endif
#if !defined __utrace_partial || defined __need_NULL
#undef NULL
#define NULL ((void *)0)
#endif
#if !defined __utrace_partial && !defined __utrace_max_align
#define __utrace_max_align
#define offsetof(type, member) __builtin_offsetof(type, member)
typedef struct {
    long long __integer __attribute__((__aligned__(__alignof__(long long))));
    long double __floating __attribute__((__aligned__(__alignof__(long double))));
} max_align_t;
#endif
#undef __need_size_t
#undef __need_ptrdiff_t
#undef __need_wchar_t
#undef __need_wint_t
#undef __need_NULL
#undef __utrace_partial
