"""The models of rsync, cp, mkdir, mv and rm do to a tree what the real ones do."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path
from random import Random

import pytest

import pylsyncd
from pylsyncd.core.model import Command
from pylsyncd.migrate.world.files import Files, Kind
from simulation import plan as p
from simulation.changes import SOURCE, TARGET, Changer
from simulation.programs.rsync import Run, counting, rsync
from simulation.programs.shell import READER, SEVERAL_BEGIN, SEVERAL_END, Shell

RSYNC = (b"rsync", b"-lts", b"-r", b"--delete", b"--ignore-errors")
RULES = (b"--force", b"--from0", b"--include-from=-", b"--exclude=*")
DELETING_LIST = (
    b"rsync", b"-lts", b"--delete-missing-args", b"--force", b"--from0", b"--files-from=-",
)  # fmt: skip
LISTS = (b"--force", b"--from0", b"--files-from=-")
PATHS = tuple(
    b"/".join(words) for words in ((b"a",), (b"b",), (b"a", b"a"), (b"a", b"b"), (b"a", b"b", b"c *"))
)
MOVE = b'mv -- "$1" "$2" || rm -rf -- "$1"'
MOVE_OVER = b'rm -rf -- "$2" && mv -T -- "$1" "$2" || rm -rf -- "$1"'

Shape = dict[bytes, tuple[str, int, int]]


def some_tree(random: Random) -> Files:
    changer = Changer()
    for top in (SOURCE, TARGET):
        for path in sorted(PATHS):
            kind = random.choice((None, p.MakeDirectory, p.MakeDirectory, p.Write, p.Link))
            if kind is not None:
                changer.make(kind(top + path))
    return changer.files


def put_down(files: Files, root: bytes) -> None:
    for path, node in files.walk(b"/"):
        real = root + path
        if node.kind is Kind.DIRECTORY:
            os.mkdir(real)
        elif node.kind is Kind.LINK:
            os.symlink(b"x" * node.size, real)
        else:
            Path(os.fsdecode(real)).write_bytes(b"x" * node.size)
            os.utime(real, ns=(node.mtime, node.mtime))


def shape(files: Files) -> Shape:
    return {
        path: (node.kind.value, *_content(node.kind, node.size, node.mtime))
        for path, node in files.walk(b"/")
    }


def _content(kind: Kind, size: int, mtime: int) -> tuple[int, int]:
    return (0 if kind is Kind.DIRECTORY else size), (mtime if kind is Kind.FILE else 0)


def real_shape(root: bytes) -> Shape:
    found: Shape = {}
    for above, directories, names in os.walk(root):
        for name in directories + names:
            path = os.path.join(above, name)
            status = os.lstat(path)
            kind = Kind.LINK if os.path.islink(path) else Kind.DIRECTORY if os.path.isdir(path) else Kind.FILE
            found[path.removeprefix(root)] = (kind.value, *_content(kind, status.st_size, status.st_mtime_ns))
    return found


def finish(run: Run) -> int:
    while True:
        try:
            next(run)
        except StopIteration as over:
            return int(over.value)


def really(argv: list[bytes], stdin: bytes | None = None) -> int:
    done = subprocess.run(
        argv, input=stdin, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=False
    )
    return done.returncode


def rules_of(random: Random) -> bytes:
    """Rules as the daemon builds them: a path, with all below it or not, and those above it."""
    lines = [b"/"]
    for path in random.sample(PATHS, 2):
        words = path.split(b"/")
        lines += [b"/" + b"/".join(words[:length]) + b"/" for length in range(1, len(words))]
        rule = b"/" + path.replace(b"*", b"\\*")
        lines.append(rule + random.choice((b"", b"/", b"/***") if b"*" not in path else (b"", b"/")))
    return b"\0".join(dict.fromkeys(lines))


@pytest.mark.parametrize("first", range(0, 80, 20))
def test_rsync(first: int, tmp_path: Path) -> None:
    for seed in range(first, first + 20):
        random, root = Random(seed), bytes(tmp_path / str(seed))  # noqa: S311 - no secret
        files = some_tree(random)
        os.mkdir(root)
        put_down(files, root)
        stdin = random.choice((None, rules_of(random)))
        argv = RSYNC if stdin is None else RSYNC + RULES
        code = finish(rsync(files, Command((*argv, SOURCE, TARGET), stdin), is_eager=bool(seed % 2)))
        assert really([*argv, root + SOURCE, root + TARGET], stdin) == code, seed
        assert real_shape(root) == shape(files), seed


OTHERS = (b"/a*", b"/.a*", b"/a?*", b"/[b-\xff]*", b"/[\x01-\\-0-a]*", b"/a/[!a]*", b"/a/b", b"/*")


def test_rsync_for_a_part_of_a_tree(tmp_path: Path) -> None:
    for seed in range(20):
        random, root = Random(seed), bytes(tmp_path / str(seed))  # noqa: S311 - no secret
        files = some_tree(random)
        os.mkdir(root)
        put_down(files, root)
        way = random.choice(((b"-r",), (b"--no-r", b"-d")))
        others = tuple(b"--filter=-sr " + one for one in random.sample(OTHERS, random.randint(0, 2)))
        argv = (b"rsync", *others, b"--delete", b"--delete-excluded", b"-lts", *way)
        code = finish(rsync(files, Command((*argv, SOURCE, TARGET)), is_eager=bool(seed % 2)))
        assert really([*argv, root + SOURCE, root + TARGET]) == code, seed
        assert real_shape(root) == shape(files), seed


def list_of(random: Random) -> bytes:
    return b"\0".join(b"/" + path for path in random.sample(PATHS, random.randint(1, 4)))


def has_listed_below_a_link(files: Files, listed: bytes) -> bool:
    """Releases of rsync differ in how they give that up."""
    return any(
        node.kind is Kind.LINK and (b"\0" + listed).find(b"\0" + path.removeprefix(SOURCE[:-1]) + b"/") >= 0
        for path, node in files.walk(SOURCE)
    )


@pytest.mark.parametrize("first", range(0, 120, 40))
def test_rsync_with_a_list_of_paths(first: int, tmp_path: Path) -> None:
    for seed in range(first, first + 40):
        random, root = Random(seed), bytes(tmp_path / str(seed))  # noqa: S311 - no secret
        files, listed = some_tree(random), list_of(random)
        of_missing = random.choice((b"--delete-missing-args", b"--ignore-missing-args"))
        argv = (b"rsync", b"-lts", of_missing, *LISTS)
        if has_listed_below_a_link(files, listed):
            continue
        os.mkdir(root)
        put_down(files, root)
        code = finish(rsync(files, Command((*argv, SOURCE, TARGET), listed), is_eager=True))
        assert really([*argv, root + SOURCE, root + TARGET], listed) == code, seed
        assert real_shape(root) == shape(files), seed


@pytest.mark.parametrize("first", range(0, 60, 20))
def test_what_counts_deletions(first: int, tmp_path: Path) -> None:
    text = Path(pylsyncd.__path__[0], "stdlib_lua", "deletions.lua").read_bytes()
    script = text.partition(b"COUNT = [[")[2].partition(b"]]")[0]
    for seed in range(first, first + 20):
        random, root = Random(seed), bytes(tmp_path / str(seed))  # noqa: S311 - no secret
        files, limit = some_tree(random), random.randint(0, 3)
        os.mkdir(root)
        put_down(files, root)
        stdin, rest = random.choice(
            ((None, RSYNC), (rules_of(random), RSYNC + RULES), (list_of(random), DELETING_LIST))
        )
        if stdin is not None and rest is DELETING_LIST and has_listed_below_a_link(files, stdin):
            continue
        shell = (b"sh", b"-c", script, b"sh", b"%d" % limit)
        argv = (*shell, b"rsync", b"--dry-run", b"--info=none,del", *rest[1:])
        before = shape(files)
        code = finish(counting(files, Command((*argv, SOURCE, TARGET), stdin)))
        assert really([*argv, root + SOURCE, root + TARGET], stdin) == code, seed
        assert real_shape(root) == shape(files) == before, seed


@pytest.mark.parametrize("first", range(0, 160, 40))
def test_commands_of_direct(first: int, tmp_path: Path) -> None:
    for seed in range(first, first + 40):
        random, root = Random(seed), bytes(tmp_path / str(seed))  # noqa: S311 - no secret
        files = some_tree(random)
        os.mkdir(root)
        put_down(files, root)
        argv = command(random)
        code = finish(Shell(files, {}).run(argv, 1))
        assert bool(really([_below(root, word) for word in argv])) == bool(code), (seed, argv)
        assert _without_times(real_shape(root)) == _without_times(shape(files)), (seed, argv)


def command(random: Random) -> list[bytes]:
    path, path2 = random.sample(PATHS, 2)
    slash = random.choice((b"", b"/"))
    above = TARGET + b"/".join(path.split(b"/")[:-1]) + b"/"
    return random.choice(
        (
            [b"cp", b"-p", b"--", SOURCE + path, above.replace(b"//", b"/")],
            [b"cp", b"-pPR", b"--", SOURCE + path, above.replace(b"//", b"/")],
            [b"mkdir", b"--", TARGET + path + slash],
            [b"rm", b"-rf", b"--", TARGET + path + slash],
            [b"sh", b"-c", MOVE, b"sh", TARGET + path + slash, TARGET + path2 + slash],
            [b"sh", b"-c", MOVE_OVER, b"sh", TARGET + path, TARGET + path2],
        )
    )


def scripted(moves: list[tuple[bytes, bytes]]) -> bytes:
    """The script of default.rsyncssh for moves on the host."""
    lines = [b"move %d '%s' '%s'" % (number, *ends) for number, ends in enumerate(moves, 1)]
    return SEVERAL_BEGIN + b"\n".join(lines) + SEVERAL_END


def laid_out(seed: int, home: Path) -> tuple[Random, Files, bytes]:
    """The same tree in the model and on the disk, and what is to be drawn next."""
    random, root = Random(seed), bytes(home / str(seed))  # noqa: S311 - no secret
    files = some_tree(random)
    os.mkdir(root)
    put_down(files, root)
    return random, files, root


def running_in(shell: str, script: bytes) -> list[bytes]:
    """The words that have the shell run a script."""
    return [*([b"busybox", b"sh"] if shell == "busybox" else [shell.encode()]), b"-c", script]


SHELLS = [shell for shell in ("dash", "bash", "busybox") if shutil.which(shell)]


@pytest.mark.parametrize("shell", SHELLS)
def test_moves_of_rsyncssh(shell: str, tmp_path: Path) -> None:
    for seed in range(40):
        random, files, root = laid_out(seed, tmp_path)
        slash = random.choice((b"", b"/"))
        paths = [TARGET + path + slash for path in random.sample(PATHS, 4)]
        ends = [*zip(paths[:2], paths[2:], strict=True)]
        model = Shell(files, {})
        command = Command((b"ssh", b"h", *READER), scripted(ends))
        code = finish(model.remote(command))
        real = subprocess.run(
            running_in(shell, b"read -r line && exec " + shell.encode()),
            input=scripted([(root + one, root + other) for one, other in ends]),
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            check=False,
        )
        assert (real.returncode, real.stdout) == (code, b"\n" + b"".join(model.answer)), (seed, ends)
        assert _without_times(real_shape(root)) == _without_times(shape(files)), (seed, ends)


@pytest.mark.parametrize("shell", SHELLS)
def test_a_move_of_rsyncssh(shell: str, tmp_path: Path) -> None:
    for seed in range(40):
        random, files, root = laid_out(seed, tmp_path)
        slash = random.choice((b"", b"/"))
        one, other = (TARGET + path + slash for path in random.sample(PATHS, 2))
        code = finish(Shell(files, {}).remote(Command((b"ssh", b"h", *guarded(one, other)))))
        line = b" ".join(guarded(root + one, root + other))
        assert really(running_in(shell, line)) == code, seed
        assert _without_times(real_shape(root)) == _without_times(shape(files)), (seed, one, other)


def guarded(origin: bytes, destination: bytes) -> list[bytes]:
    """The words that default.rsyncssh has for the host's shell."""
    origin, destination = b"'" + origin + b"'", b"'" + destination + b"'"
    line = b"[ -d %b ] && exit 1 || mv %b %b || rm -rf %b | false"
    return (line % (destination, origin, destination, origin)).split(b" ")


def _below(root: bytes, word: bytes) -> bytes:
    return root + word if word.startswith((SOURCE, TARGET)) else word


def _without_times(found: Shape) -> dict[bytes, tuple[str, int]]:
    return {path: (kind, size) for path, (kind, size, _) in found.items()}
