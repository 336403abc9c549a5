/* Functions written in assembly, so that every compiler makes exactly these bytes (x86-64). */
#ifndef SHAPES_H
#define SHAPES_H

#define FUNCTION(name, body)                                                          \
    __asm__(".text\n.p2align 4\n.globl " #name "\n.type " #name ", @function\n" #name \
            ":\n" body "\n.size " #name ", . - " #name "\n")
/* The same without room before it: the function begins right behind the last one. */
#define PACKED_FUNCTION(name, body)                                          \
    __asm__(".text\n.globl " #name "\n.type " #name ", @function\n" #name    \
            ":\n" body "\n.size " #name ", . - " #name "\n")

/* a + b: the beginning that kernels can emulate, and one of exactly 5 bytes that they step over. */
long frame_add(long a, long b);
FUNCTION(frame_add, "push %rbp\n mov %rsp, %rbp\n lea (%rdi,%rsi), %rax\n pop %rbp\n ret");
long plain_add(long a, long b);
FUNCTION(plain_add, "lea (%rdi,%rsi), %rax\n ret");
/* With the mark of indirect branch tracking first. */
long marked_add(long a, long b);
FUNCTION(marked_add, "endbr64\n lea (%rdi,%rsi), %rax\n ret");

/* Under 5 bytes: before padding, and before the next function. */
int short_padded(int a);
FUNCTION(short_padded, "mov %edi, %eax\n ret");
int short_packed(int a);
FUNCTION(short_packed, "mov %edi, %eax\n ret");
int after_packed(int a);
PACKED_FUNCTION(after_packed, "lea 1(%rdi), %eax\n add $1, %eax\n ret");
void only_ret(void);
FUNCTION(only_ret, "ret");

/* n + (n - 1) + ... + 1: by a loop back to the entry itself (with a start value), and into its first bytes. */
long loop_entry(long n, long start);
FUNCTION(loop_entry, "add %rdi, %rsi\n dec %rdi\n jnz loop_entry\n mov %rsi, %rax\n ret");
long loop_inside(long n);
FUNCTION(loop_inside, "xor %eax, %eax\n 1: add %rdi, %rax\n dec %rdi\n jnz 1b\n ret");

/* First instructions that depend on where they are: data by %rip, a call, jumps. */
extern long relative_data;
__asm__(".data\n.globl relative_data\n.p2align 3\nrelative_data: .quad 1000\n");
long relative_load(long a);
FUNCTION(relative_load, "mov relative_data(%rip), %rax\n add %rdi, %rax\n ret");
long call_first(long a, long b);
FUNCTION(call_first, "call plain_add_local\n add $1, %rax\n ret\n plain_add_local: lea (%rdi,%rsi), %rax\n ret");
long jump_first(long a, long b);
FUNCTION(jump_first, "jmp 1f\n nop\n 1: lea (%rdi,%rsi), %rax\n ret");
long branch_first(long a);
FUNCTION(branch_first, "test %rdi, %rdi\n js 1f\n mov %rdi, %rax\n ret\n 1: mov %rdi, %rax\n neg %rax\n ret");
long count_first(long a, long b, long c, long n);
FUNCTION(count_first, "jrcxz 1f\n lea (%rcx,%rdi), %rax\n ret\n 1: mov $-1, %rax\n ret");

/* For probes between two instructions: flags must live on, and so must the red zone below the stack. */
long flags_inside(long a, long b);
FUNCTION(flags_inside, "cmp %rsi, %rdi\n flags_inside_site: nop\n nop\n nop\n nop\n nop\n setl %al\n movzx %al, %eax\n ret");
long red_zone(long a, long b);
FUNCTION(red_zone,
         "mov %rdi, -8(%rsp)\n mov %rsi, -128(%rsp)\n nop\n nop\n nop\n nop\n nop\n"
         "mov -8(%rsp), %rax\n add -128(%rsp), %rax\n ret");

/* Fills every register but %rsp from `in`, calls `witness`, which stores them all in `out`. */
struct registers {
    unsigned long general[15]; /* rax rbx rcx rdx rsi rdi rbp r8 to r15 */
    unsigned char vector[16][16];
};
extern struct registers registers_in, registers_out;
struct registers registers_in, registers_out;
#define STORE_VECTOR(n) "movups %xmm" #n ", 120+16*" #n "(%rax)\n"
#define LOAD_VECTOR(n) "movups 120+16*" #n "(%rax), %xmm" #n "\n"
#define ALL_VECTORS(m) m(0) m(1) m(2) m(3) m(4) m(5) m(6) m(7) m(8) m(9) m(10) m(11) m(12) m(13) m(14) m(15)
void witness(void);
FUNCTION(witness,
         "push %rax\n lea registers_out(%rip), %rax\n"
         "mov %rbx, 8(%rax)\n mov %rcx, 16(%rax)\n mov %rdx, 24(%rax)\n mov %rsi, 32(%rax)\n"
         "mov %rdi, 40(%rax)\n mov %rbp, 48(%rax)\n mov %r8, 56(%rax)\n mov %r9, 64(%rax)\n"
         "mov %r10, 72(%rax)\n mov %r11, 80(%rax)\n mov %r12, 88(%rax)\n mov %r13, 96(%rax)\n"
         "mov %r14, 104(%rax)\n mov %r15, 112(%rax)\n" ALL_VECTORS(STORE_VECTOR)
         "mov %rax, %rcx\n pop %rax\n mov %rax, (%rcx)\n ret");
void fill_registers(void);
FUNCTION(fill_registers,
         "push %rbx\n push %rbp\n push %r12\n push %r13\n push %r14\n push %r15\n sub $8, %rsp\n"
         "lea registers_in(%rip), %rax\n" ALL_VECTORS(LOAD_VECTOR)
         "mov 8(%rax), %rbx\n mov 16(%rax), %rcx\n mov 24(%rax), %rdx\n mov 32(%rax), %rsi\n"
         "mov 40(%rax), %rdi\n mov 48(%rax), %rbp\n mov 56(%rax), %r8\n mov 64(%rax), %r9\n"
         "mov 72(%rax), %r10\n mov 80(%rax), %r11\n mov 88(%rax), %r12\n mov 96(%rax), %r13\n"
         "mov 104(%rax), %r14\n mov 112(%rax), %r15\n mov (%rax), %rax\n call witness\n"
         "add $8, %rsp\n pop %r15\n pop %r14\n pop %r13\n pop %r12\n pop %rbp\n pop %rbx\n ret");

#endif
