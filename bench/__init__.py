"""What a probe costs, how fast utrace starts, and how much it carries; see bench/README.md."""
