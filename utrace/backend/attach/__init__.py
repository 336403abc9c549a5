"""Putting compiled programs in front of instructions of a process, and taking them out again."""
