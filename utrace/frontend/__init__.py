"""The language: source text to a typed program; knows no ELF, no process and no code generator."""
