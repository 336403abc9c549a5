"""From typed programs to probes in processes: eBPF, verification, native code, memory, attaching."""
