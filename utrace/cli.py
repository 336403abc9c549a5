"""The command line: words to `Options`, errors to messages and exit codes.  No other logic."""

from __future__ import annotations

import gc
import os
import signal
import sys
import traceback
from collections.abc import Sequence
from typing import Annotated, Any, NoReturn

import typer
from typer.exceptions import TyperException

from utrace import __version__, usage
from utrace.errors import DeclarationError, InternalError, ScriptError, UsageError, UtraceError, VerifierError
from utrace.options import (
    BUFFERINGS,
    DEBUG_STAGES,
    INJECTORS,
    OUTPUT_FORMATS,
    Options,
    one_of,
    parse_debug_stages,
    parse_pid,
    sort_words,
    split_at_dashes,
    split_command,
)

app = typer.Typer(add_completion=False, rich_markup_mode=None, pretty_exceptions_enable=False)


def _option(*names: str, **settings: Any) -> Any:
    return typer.Option(*names, rich_help_panel=usage.OPTIONS, is_eager="callback" in settings, **settings)


def _trouble(*names: str, **settings: Any) -> Any:
    return typer.Option(
        *names, rich_help_panel=usage.TROUBLESHOOTING, is_eager="callback" in settings, **settings
    )


_flag = _option


def _show_help(context: typer.Context, wanted: bool) -> None:
    if wanted:
        sys.stdout.write(usage.full(context.command.params))
        raise typer.Exit


def _show_version(wanted: bool) -> None:
    if wanted:
        sys.stdout.write(f"utrace v{__version__}\n")
        raise typer.Exit


def _show_info(wanted: bool) -> None:
    if wanted:
        from utrace import doctor

        sys.stdout.write(doctor.report())
        raise typer.Exit


@app.command(context_settings={"help_option_names": []})
def _command(  # noqa: PLR0913, PLR0917 - one parameter for each option
    context: typer.Context,
    arguments: Annotated[list[str] | None, typer.Argument(hidden=True)] = None,
    program: Annotated[str | None, _option("-e", metavar="PROGRAM", help="run this program text")] = None,
    pids: Annotated[
        list[str] | None, _option("-p", "--pid", metavar="PID", help="trace this process; repeatable")
    ] = None,
    command: Annotated[
        str | None, _option("-c", "--cmd", metavar="CMD", help="run CMD, split at blanks, and trace it")
    ] = None,
    cmd_status: Annotated[
        bool, _flag("--cmd-status", help="exit with the exit status of the command")
    ] = False,
    list_probes: Annotated[
        bool, _flag("-l", "--list", help="list the probes that a pattern matches")
    ] = False,
    output: Annotated[
        str | None, _option("-o", "--output", metavar="FILE", help="write output to FILE")
    ] = None,
    output_format: Annotated[
        str, _option("-f", metavar="FORMAT", help="output format: text (default) or json")
    ] = "text",
    buffering: Annotated[
        str, _option("-B", metavar="MODE", help=f"output buffering: {', '.join(BUFFERINGS)} (default: line)")
    ] = "line",
    injector: Annotated[
        str, _option("--injector", metavar="NAME", help=f"how to enter processes: {', '.join(INJECTORS)}")
    ] = "ptrace",
    unsafe: Annotated[bool, _flag("--unsafe", help="allow what may hurt the traced program")] = False,
    quiet: Annotated[bool, _flag("-q", "--quiet", help="do not say how many probes were attached")] = False,
    warnings: Annotated[
        bool, _flag("-k", "--warnings", help="warn about reads and lookups that fail (not there yet)")
    ] = False,
    no_warnings: Annotated[bool, _flag("--no-warnings", help="no warnings at all")] = False,
    dry_run: Annotated[bool, _flag("--dry-run", help="attach and detach, run nothing")] = False,
    verbose: Annotated[
        int, _trouble("-v", "--verbose", help="say which processes are attached to", count=True)
    ] = 0,
    debug: Annotated[
        list[str] | None,
        _trouble(
            "-d",
            "--debug",
            metavar="STAGE",
            help=f"print a stage, run nothing: {', '.join(DEBUG_STAGES)}, all",
        ),
    ] = None,
    emit_elf: Annotated[
        str | None, _trouble("--emit-elf", metavar="FILE", help="write the eBPF object to FILE, run nothing")
    ] = None,
    info: Annotated[
        bool, _trouble("--info", help="show what this machine allows", callback=_show_info)
    ] = False,
    version: Annotated[
        bool, _flag("-V", "--version", help="show the version", callback=_show_version)
    ] = False,
    help: Annotated[bool, _flag("-h", "--help", help="show this help", callback=_show_help)] = False,
) -> int:
    if not arguments and program is None and not list_probes:
        sys.stderr.write(usage.full(context.command.params))
        return UsageError.exit_code
    if pids and command is not None:
        raise UsageError("Cannot use both -c and -p.")
    if warnings and no_warnings:
        raise UsageError("Cannot use both -k/--warnings and --no-warnings.")
    words = sort_words(
        arguments or [],
        context.obj,
        has_program=program is not None,
        lists=list_probes,
        has_target=bool(pids) or command is not None,
    )
    return _run(
        Options(
            program_text=program,
            script_path=words.script_path,
            positional_parameters=words.positional_parameters,
            named_parameters=words.named_parameters,
            pids=tuple(dict.fromkeys(parse_pid(pid) for pid in pids or ())),
            command=words.command if command is None else split_command(command),
            list_probes=list_probes,
            list_pattern=words.list_pattern,
            injector=one_of("injector", injector, INJECTORS),
            output_path=output,
            output_format=one_of("output format", output_format, OUTPUT_FORMATS),
            buffering=one_of("output buffering mode", buffering, BUFFERINGS),
            debug_stages=parse_debug_stages(debug or ()),
            emit_elf_path=emit_elf,
            quiet=quiet,
            verbose=verbose,
            unsafe=unsafe,
            dry_run=dry_run,
            runtime_warnings=warnings,
            compile_warnings=not no_warnings,
            use_command_status=cmd_status,
        )
    )


def _run(options: Options) -> int:
    from utrace import session

    return session.run(options)


def main(arguments: Sequence[str] | None = None) -> NoReturn:
    """Run utrace with `arguments` (default: the process's own) and exit with its exit code."""
    gc.disable()  # until the tracer is armed; there is no garbage worth the search before
    words = sys.argv[1:] if arguments is None else arguments
    code = exit_code_of(words)
    try:
        sys.stdout.flush()
    except OSError:  # the reader of our output went away first
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    sys.exit(code)


def exit_code_of(arguments: Sequence[str]) -> int:
    """Run utrace and return its exit code; every error becomes a message on stderr here and nowhere else."""
    try:
        return _dispatch(arguments)
    except UtraceError as error:
        _report(error)
        return error.exit_code
    except KeyboardInterrupt:
        return 128 + signal.SIGINT
    except BrokenPipeError:
        return 128 + signal.SIGPIPE
    except Exception:
        sys.stderr.write(traceback.format_exc())
        _say("ERROR: this is a bug of utrace; please report it with the lines above")
        return InternalError.exit_code


def _dispatch(arguments: Sequence[str]) -> int:
    before, after = split_at_dashes(arguments)
    try:
        result = _parser().main(before, prog_name="utrace", standalone_mode=False, obj=after)
    except TyperException as error:
        _say(f"ERROR: {error.format_message()}")
        sys.stderr.write(usage.SYNOPSIS)
        return UsageError.exit_code
    return int(result or 0)


class _AsGiven:
    """Takes values as they stand on the command line; typer's own way would import pydantic, for 60 ms and no gain."""

    def coerce(self, value: Any, param: Any, ctx: typer.Context) -> Any:
        return () if value is None and (param.multiple or param.nargs == -1) else value


def _parser() -> Any:
    """The parser of the command line; all its options are text, flags or counted flags."""
    command: Any = typer.main.get_command(app)
    for parameter in command.params:
        parameter._runtime_param = _AsGiven()
    return command


def _report(error: UtraceError) -> None:
    if isinstance(error, ScriptError) and error.source is not None:
        from utrace.diagnostics import render

        sys.stderr.write(render(error.source, error.diagnostics))
    elif isinstance(error, ScriptError):
        for diagnostic in error.diagnostics:
            _say_with_hints(diagnostic.message, diagnostic.hints)
    elif isinstance(error, DeclarationError):
        sys.stderr.write("".join(f"{line}\n" for line in error.lines))
    else:
        if isinstance(error, VerifierError):
            sys.stderr.write("".join(f"{line}\n" for line in error.log))
        _say_with_hints(error.message, error.hints)


def _say_with_hints(message: str, hints: Sequence[str]) -> None:
    _say(f"ERROR: {message}")
    for hint in hints:
        _say(f"HINT: {hint}")


def _say(line: str) -> None:
    sys.stderr.write(f"{line}\n")
