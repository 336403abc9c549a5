"""utrace: a user-space tracer that speaks the bpftrace language."""

__version__ = "0.1.0.dev0"
