"""The options of the command line: their names, what they take and what --help says about them."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from typing import Annotated, Any

import typer

from utrace import identity, usage
from utrace.errors import UsageError
from utrace.options import BUFFERINGS, DEBUG_STAGES, INJECTORS, MODES, Options, make_options
from utrace.words import split_at_dashes

app = typer.Typer(add_completion=False, rich_markup_mode=None, pretty_exceptions_enable=False)


def _option(*names: str, panel: str = usage.OPTIONS, **settings: Any) -> Any:
    return typer.Option(*names, rich_help_panel=panel, is_eager="callback" in settings, **settings)


def _developer(*names: str, **settings: Any) -> Any:
    return _option(*names, panel=usage.DEVELOPER, **settings)


def _trouble(*names: str, **settings: Any) -> Any:
    return _option(*names, panel=usage.TROUBLESHOOTING, **settings)


def _ignored(*names: str, **settings: Any) -> Any:
    """An option of bpftrace's that can have no effect here."""
    return _option(*names, panel=usage.WITHOUT_EFFECT, **settings)


def _show_help(context: typer.Context, wanted: bool) -> None:
    if wanted:
        sys.stdout.write(usage.full(context.command.params))
        raise typer.Exit


def _show_version(wanted: bool) -> None:
    if wanted:
        sys.stdout.write(f"{identity.version_line()}\n")
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
    list_probes: Annotated[
        bool, _option("-l", "--list", help="list the probes that a pattern or a script matches")
    ] = False,
    pids: Annotated[
        list[str] | None, _option("-p", "--pid", metavar="PID", help="trace this process; repeatable")
    ] = None,
    command: Annotated[
        str | None, _option("-c", "--cmd", metavar="CMD", help="run CMD, split at blanks, and trace it")
    ] = None,
    cmd_status: Annotated[
        bool, _option("--cmd-status", help="exit with the exit status of the command")
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
    quiet: Annotated[bool, _option("-q", "--quiet", help="do not say how many probes were attached")] = False,
    warnings: Annotated[
        bool, _option("-k", "--warnings", help="warn about reads and lookups that fail")
    ] = False,
    no_warnings: Annotated[bool, _option("--no-warnings", help="no warnings at all")] = False,
    include_dirs: Annotated[
        list[str] | None, _option("-I", metavar="DIR", help="look for #include files in DIR too")
    ] = None,
    include_files: Annotated[
        list[str] | None, _option("--include", metavar="FILE", help="#include FILE before the C part")
    ] = None,
    debug_info: Annotated[
        list[str] | None,
        _option("--debuginfo", metavar="DIR[:DIR]", help="look for separate debug information there too"),
    ] = None,
    dwarf_pids: Annotated[
        list[str] | None,
        _option("--dwarf-pid", metavar="PID", help="unwind the stacks of this process too; repeatable"),
    ] = None,
    injector: Annotated[
        str, _option("--injector", metavar="NAME", help=f"how to enter processes: {', '.join(INJECTORS)}")
    ] = "ptrace",
    unsafe: Annotated[bool, _option("--unsafe", help="allow what may hurt the traced program")] = False,
    mode: Annotated[
        str | None, _developer("--mode", metavar="MODE", help=f"instead of tracing: {', '.join(MODES)}")
    ] = None,
    test: Annotated[bool, _developer("--test", help="run the test: probes (--mode test)")] = False,
    bench: Annotated[bool, _developer("--bench", help="run the bench: probes (--mode bench)")] = False,
    fmt: Annotated[bool, _developer("--fmt", help="print the script formatted (--mode format)")] = False,
    probe_filter: Annotated[
        str | None,
        _developer("--probe-filter", metavar="REGEX", help="leave out probes whose name has no match"),
    ] = None,
    verbose: Annotated[
        int,
        _trouble(
            "-v", "--verbose", help="say which processes are attached to; with -l show arguments", count=True
        ),
    ] = 0,
    dry_run: Annotated[bool, _trouble("--dry-run", help="attach and detach, run nothing")] = False,
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
    emit_llvm: Annotated[
        str | None,
        _trouble(
            "--emit-llvm", metavar="FILE", help="write LLVM IR to FILE.original.ll and FILE.optimized.ll"
        ),
    ] = None,
    verify_llvm_ir: Annotated[bool, _trouble("--verify-llvm-ir", help="check the LLVM IR")] = False,
    info: Annotated[
        bool, _trouble("--info", help="show what this machine allows", callback=_show_info)
    ] = False,
    usdt_file_activation: Annotated[
        bool, _ignored("--usdt-file-activation", help="there are no USDT probes yet")
    ] = False,
    no_feature: Annotated[
        str | None, _ignored("--no-feature", metavar="LIST", help="no feature of the kernel is used")
    ] = None,
    traceable_functions: Annotated[
        str | None,
        _ignored("--traceable-functions", metavar="FILE", help="kernel functions are not traced"),
    ] = None,
    btf: Annotated[bool, _ignored("-b", "--btf", help="the kernel's types are not used")] = False,
    aot: Annotated[
        str | None, _ignored("--aot", metavar="FILE", help="refused: there is no compiling ahead of time")
    ] = None,
    version: Annotated[
        bool, _option("-V", "--version", help="show the version", callback=_show_version)
    ] = False,
    help: Annotated[bool, _option("-h", "--help", help="show this help", callback=_show_help)] = False,
) -> Options | int:
    if not arguments and program is None and not list_probes:
        sys.stderr.write(usage.full(context.command.params))
        return UsageError.exit_code
    return make_options(context.params, context.obj)


class _AsGiven:
    """Takes values as they stand on the command line; typer's own way would import pydantic, for 60 ms and no gain."""

    def coerce(self, value: Any, param: Any, ctx: typer.Context) -> Any:
        return () if value is None and (param.multiple or param.nargs == -1) else value


def parse_command_line(arguments: Sequence[str]) -> Options | int:
    """Return the options that the arguments mean, or the exit code when everything is said (as with --help).

    Raises UsageError, and typer's errors for options that do not exist or lack their value.
    """
    before, after = split_at_dashes(arguments)
    command: Any = typer.main.get_command(app)
    for parameter in command.params:  # all options are text, flags or counted flags
        parameter._runtime_param = _AsGiven()
    result = command.main(before, prog_name=identity.program_name(), standalone_mode=False, obj=after)
    return result if isinstance(result, Options) else int(result or 0)
