"""Ways into processes: stop, read, write, and system calls in their name."""
