/* Names that scripts use as if the kernel's types were known, as they are where bpftrace has BTF.
   Included in front of a C part that fails for the lack of one of them. */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
typedef uint8_t u8, __u8;
typedef uint16_t u16, __u16, __le16, __be16;
typedef uint32_t u32, __u32, __le32, __be32;
typedef unsigned long long u64, __u64, __le64, __be64;
typedef int8_t s8, __s8;
typedef int16_t s16, __s16;
typedef int32_t s32, __s32, pid_t;
typedef long long s64, __s64, loff_t;
typedef uint32_t uid_t, gid_t, dev_t;
typedef unsigned short umode_t, sa_family_t;
typedef __INTPTR_TYPE__ ssize_t, off_t;
typedef unsigned char uchar, u_char;
typedef unsigned int uint, u_int;
typedef unsigned short ushort, u_short;
typedef unsigned long ulong, u_long;
