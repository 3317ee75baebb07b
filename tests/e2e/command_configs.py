"""Configs of layer 3: command lines in the on... keys, alone and next to functions."""

from __future__ import annotations

from e2e.layer_session import LayerConfig
from e2e.layer_steps import EXCLUDED

_PLAIN = (
    "path pathname pathdir sourcePath sourcePathname sourcePathdir targetPath targetPathname targetPathdir"
)
ALL = "^source ^target " + " ".join(f"^{name}" for name in _PLAIN.split())
_OF_ENDS = _PLAIN.replace("pathdir ", "")  # lsyncd 2.2.3 does not know ^o.pathdir and ^d.pathdir
ALL_OF_BOTH = " ".join(f"^{end}.{name}" for end in "od" for name in _OF_ENDS.split())
# lsyncd 2.2.3 writes the tenth parameter of a shell as $10, which is $1 and a zero
SHELL_VARIABLES = {
    "of the source": "^source ^path ^pathname ^pathdir ^sourcePath ^sourcePathname ^sourcePathdir",
    "of the target": "^target ^targetPath ^targetPathname ^targetPathdir ^path",
}
SHELL_MOVES = {
    "at the source": " ".join(f"^{end}.{name}" for end in "od" for name in _OF_ENDS.split()[:4]),
    "at the target": " ".join(f"^{end}.{name}" for end in "od" for name in _OF_ENDS.split()[-4:]),
}
SYNC = 'sync{ source = "@SOURCE@", target = "@TARGET@", delay = 0.5,'
GAUGE = "checkgauge = { exclude = true, filter = true },"
"""lsyncd 2.2.3 takes rules in default.rsync only, but for this."""

EVENTS = ("Attrib", "Create", "Modify", "Delete")


def _for_each(command: str, events: tuple[str, ...] = EVENTS) -> str:
    """Lua keys with a command line for each event; @TYPE@ in it is the type."""
    return "".join(f"on{one} = [==[{command.replace('@TYPE@', one)}]==],\n" for one in events)


_QUOTES = '@BIN@/one/run "a b" c"d  e"f "^path x"  --^pathname=^pathdir. ^none ^ $1 (x)'

COMMANDS: tuple[LayerConfig, ...] = (
    LayerConfig(
        "layer 3: programs, as in the manual",
        f"""{SYNC}
            onStartup = "@BIN@/one/rsync -a --delete ^source ^target",
            onCreate  = "  @BIN@/one/cp -a ^sourcePath ^targetPathdir  ",
            onModify  = "@BIN@/one/cp -p ^sourcePathname ^targetPathname",
            onAttrib  = "@BIN@/one/chmod --reference=^sourcePath ^targetPath",
            onDelete  = "@BIN@/one/rm -rf ^targetPathname",
            onMove    = "@BIN@/one/mv ^o.targetPathname ^d.targetPathname" }}""",
        programs=("rsync", "cp", "rm", "mv", "chmod"),
        startups=1,
    ),
    LayerConfig(
        "layer 3: a program with every variable",
        f"{SYNC} {_for_each('@BIN@/one/run @TYPE@ ' + ALL)} }}",
    ),
    LayerConfig(
        "layer 3: a program with quotes, and what is no variable",
        f"{SYNC} {_for_each(_QUOTES)} }}",
    ),
    LayerConfig(
        "layer 3: moves by a program, with every variable",
        f"{SYNC} {_for_each('@BIN@/one/run @TYPE@ ^path')}"
        f"onMove = '@BIN@/one/run Move ^path {ALL_OF_BOTH}' }}",
    ),
    *(
        LayerConfig(
            f"layer 3: a shell with every variable {where}",
            f"{SYNC} {_for_each('exec @BIN@/one/run @TYPE@ ' + variables)} }}",
        )
        for where, variables in SHELL_VARIABLES.items()
    ),
    *(
        LayerConfig(
            f"layer 3: moves by a shell, with every variable {where}",
            f"{SYNC} {_for_each('exec @BIN@/one/run @TYPE@ ^path')}"
            f"onMove = 'exec @BIN@/one/mv {variables}' }}",
            programs=("run", "mv"),
        )
        for where, variables in SHELL_MOVES.items()
    ),
    LayerConfig(
        "layer 3: a shell with pipes, branches and several programs",
        f"""{SYNC}
            onStartup = "echo ^source to ^target | @BIN@/one/run start-up",
            onCreate = [[
                if [ -d ^sourcePath ]; then
                    @BIN@/one/mkdir ^targetPath
                else
                    @BIN@/one/cp ^sourcePath ^targetPathdir && @BIN@/one/run done ^path
                fi
            ]],
            onModify = [[^@BIN@/one/cp ^sourcePathname ^targetPathname; true
                test ! -e ^sourcePathname || @BIN@/one/run ^path < ^sourcePathname]],
            onAttrib = "printf %s ^pathname | @BIN@/one/run 'single $x' ^pathdir",
            onDelete = "false || @BIN@/one/rm -rf ^targetPathname^pathname" }}""",
        programs=("run", "cp", "rm", "mkdir"),
        startups=1,
    ),
    LayerConfig(
        "layer 3: with excludes",
        f"{SYNC} {GAUGE} exclude = {{ {EXCLUDED} }}, {_for_each('@BIN@/one/run @TYPE@ ^path')}"
        "onMove = '@BIN@/one/mv ^o.path ^d.path' }",
        programs=("run", "mv"),
        hidden=("x",),
    ),
    LayerConfig(
        "layer 3: with filters",
        f"{SYNC} {GAUGE} filter = {{ '+ /x/**', '- *.tmp', '- /d/new' }}, exclude = 'x/*',"
        f"{_for_each('@BIN@/one/run @TYPE@ ^path')} onMove = '@BIN@/one/mv ^o.path ^d.path' }}",
        programs=("run", "mv"),
    ),
    LayerConfig(
        "layer 3 and layer 2 in one sync",
        f"""{SYNC}
            onStartup = function(event) spawn(event, "@BIN@/one/run", "start", event.sourcePath) end,
            onCreate = "@BIN@/one/cp ^sourcePath ^targetPath",
            onModify = function(event) spawnShell(event, '@BIN@/one/run "$1"', event.path) end,
            onDelete = "exec @BIN@/one/rm ^targetPath",
            onMove = function(o, d) spawn(o, "@BIN@/one/mv", o.targetPath, d.targetPath) end }}""",
        programs=("run", "cp", "rm", "mv"),
        startups=1,
    ),
)
