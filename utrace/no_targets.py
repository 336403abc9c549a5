"""In place of `Targets` for scripts that probe nothing but the tracer: nothing is loaded for entering processes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NoReturn


class NoTargets:
    """No processes at all; the interface is that of `utrace.targets.Targets`."""

    paths_not_loaded: Sequence[str] = ()
    summary: Sequence[str] = ()

    def launch(self, command: Sequence[str]) -> NoReturn:
        """Never asked for: a command makes a session with targets."""
        raise AssertionError(command)

    def attach_to(self, processes: Sequence[object]) -> NoReturn:
        """Never asked for: processes make a session with targets."""
        raise AssertionError(processes)

    def attach_to_launched(self) -> None:
        """Nothing was launched."""

    def attach_to_running(self, unsafe: bool) -> None:
        """No file is probed, so no process has it."""

    def attach_to_loaded(self) -> None:
        """No process can ask for it."""

    def require_attached(self) -> None:
        """Nothing was to be attached to."""

    def release(self) -> None:
        """Nothing was launched."""

    def all_ended(self) -> bool:
        """Whether what the user named has ended: nothing was named."""
        return False

    def detach(self) -> Sequence[NoReturn]:
        """Nothing is left behind."""
        return ()

    def end_child(self) -> None:
        """Nothing was launched."""

    def command_status(self) -> int:
        """Nothing was launched, so nothing went wrong."""
        return 0
