"""Run utrace with `python -m utrace`."""

from utrace.cli import main

if __name__ == "__main__":
    main()
