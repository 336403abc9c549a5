"""What utrace knows of processes and binaries: maps, symbols, and what may be traced."""
