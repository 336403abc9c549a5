/*
 * Pieces of the printf formatter.  They run in the tracer only: utrace/output/formatter.py compiles a function
 * for each format of a script that calls these, and links them in from the bitcode of this file, which is apart
 * from that of the in-target runtime and, unlike it, may call memcpy and memset.
 *
 * Every function appends at `out` and returns the new end.  The caller guarantees the room.
 */

typedef unsigned char format_u8;
typedef unsigned int format_u32;
typedef unsigned long format_u64;

enum format_digits {
    FORMAT_DECIMAL = 0,
    FORMAT_OCTAL = 1,
    FORMAT_HEX = 2,
    FORMAT_HEX_UPPER = 3,
    FORMAT_OCTAL_MARKED = 4, /* the first digit is 0, as `#` demands */
};

static const char format_pairs[] = "00010203040506070809"
                                   "10111213141516171819"
                                   "20212223242526272829"
                                   "30313233343536373839"
                                   "40414243444546474849"
                                   "50515253545556575859"
                                   "60616263646566676869"
                                   "70717273747576777879"
                                   "80818283848586878889"
                                   "90919293949596979899";

/* Write the decimal digits of `value`, none for 0, so that they end at `end`; return where they start. */
static char *decimal_before(char *end, format_u64 value)
{
    while (value >= 100) {
        __builtin_memcpy(end -= 2, format_pairs + 2 * (value % 100), 2);
        value /= 100;
    }
    if (value >= 10)
        __builtin_memcpy(end -= 2, format_pairs + 2 * value, 2);
    else if (value)
        *--end = (char)('0' + value);
    return end;
}

static char *octal_before(char *end, format_u64 value)
{
    for (; value; value >>= 3)
        *--end = (char)('0' + (value & 7));
    return end;
}

static char *hex_before(char *end, format_u64 value, const char *digits)
{
    for (; value; value >>= 4)
        *--end = digits[value & 15];
    return end;
}

/*
 * Append an integer: `prefix` (up to two characters, the first in the lowest byte), then the digits of
 * `magnitude` with zeros before them until there are `least` digits and the whole is `zero_width` wide.
 */
char *rt_format_integer(char *out, format_u64 magnitude, format_u32 prefix, format_u32 kind, format_u32 least,
                        format_u32 zero_width)
{
    char scratch[24]; /* 2^64 has 22 octal digits */
    char *end = scratch + sizeof(scratch);
    char *start;
    format_u32 count, prefix_length = 0;

    if (kind == FORMAT_DECIMAL)
        start = decimal_before(end, magnitude);
    else if (kind == FORMAT_OCTAL || kind == FORMAT_OCTAL_MARKED)
        start = octal_before(end, magnitude);
    else
        start = hex_before(end, magnitude, kind == FORMAT_HEX ? "0123456789abcdef" : "0123456789ABCDEF");
    count = (format_u32)(end - start);

    for (; prefix; prefix >>= 8, prefix_length++)
        *out++ = (char)prefix;
    if (kind == FORMAT_OCTAL_MARKED && least <= count)
        least = count + 1;
    if (zero_width > prefix_length && least < zero_width - prefix_length)
        least = zero_width - prefix_length;
    for (; least > count; least--)
        *out++ = '0';
    /* The scratch has room for any count that gets here, so a fixed-size copy would read past it: copy bytes. */
    for (; start < end;)
        *out++ = *start++;
    return out;
}

/* Append `length` bytes. */
char *rt_format_bytes(char *out, const char *bytes, format_u64 length)
{
    __builtin_memcpy(out, bytes, length);
    return out + length;
}

static format_u64 bounded_length(const char *text, format_u64 size)
{
    const format_u64 ones = 0x0101010101010101ul, tops = 0x8080808080808080ul;
    format_u64 length = 0;

    for (; length + 8 <= size; length += 8) {
        format_u64 word, zeros;
        __builtin_memcpy(&word, text + length, 8);
        zeros = (word - ones) & ~word & tops;
        if (zeros)
            return length + (format_u64)__builtin_ctzl(zeros) / 8;
    }
    for (; length < size && text[length]; length++)
        ;
    return length;
}

/*
 * Append a string from a buffer of `size` bytes, and the trailer when no NUL ends it, which means that it was
 * cut; then drop what exceeds `most` bytes.  Needs room for the buffer and the trailer.
 */
char *rt_format_string(char *out, const char *text, format_u64 size, const char *trailer,
                       format_u64 trailer_length, format_u64 most)
{
    format_u64 length = bounded_length(text, size);

    __builtin_memcpy(out, text, length);
    if (length == size) {
        __builtin_memcpy(out + length, trailer, trailer_length);
        length += trailer_length;
    }
    return out + (length < most ? length : most);
}

/* Widen the text from `start` to `end` to `width` with blanks, on its right when `is_left`. */
char *rt_format_pad(char *start, char *end, format_u64 width, format_u32 is_left)
{
    format_u64 length = (format_u64)(end - start), blanks;

    if (length >= width)
        return end;
    blanks = width - length;
    if (is_left) {
        __builtin_memset(end, ' ', blanks);
    } else {
        __builtin_memmove(start + blanks, start, length);
        __builtin_memset(start, ' ', blanks);
    }
    return start + width;
}
