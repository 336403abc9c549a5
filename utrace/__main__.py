"""Run utrace: `python -m utrace`, and the command `utrace`."""

import signal
from typing import NoReturn

# Until there is something to undo, Ctrl-C just ends us; a traceback out of an import would help nobody.
signal.signal(signal.SIGINT, signal.SIG_DFL)


def main() -> NoReturn:
    """Run utrace with the process's arguments."""
    from utrace import cli

    signal.signal(signal.SIGINT, signal.default_int_handler)
    cli.main()


if __name__ == "__main__":
    main()
