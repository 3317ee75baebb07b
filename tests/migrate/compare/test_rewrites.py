"""How a call of Lsyncd 2.2.3 and pylsyncd's are told to be the same but for a documented difference."""

from __future__ import annotations

import shlex

import pytest

from pylsyncd.migrate.compare.log import Call
from pylsyncd.migrate.compare.rewrites import REWRITES, explain
from pylsyncd.migrate.compare.rows import Row

BATCH = "-lst -r --delete --ignore-errors --force --from0 --include-from=- '--exclude=*' /s/ /t/"

SHARED = (
    "-o ControlMaster=auto -o ControlPersist=60 -o ServerAliveInterval=15 -o ControlPath=/tmp/pylsyncd-1f/1"
)


def call(line: str, stdin: bytes | None = None) -> Call:
    return Call(b"Sync1", tuple(word.encode() for word in shlex.split(line)), stdin)


EXPLAINED: list[tuple[tuple[Row, ...], Call, Call]] = [
    ((Row.BINARY,), call("/usr/bin/rsync -r /s/ /t/"), call("rsync -r /s/ /t/")),
    ((Row.BINARY,), call("sh -c x sh /usr/bin/rsync -r"), call("sh -c x sh rsync -r")),
    (
        (Row.BINARY,),
        call("/usr/bin/rsync '--rsh=/usr/bin/ssh -p 22' -r /s/ h:/t/"),
        call("rsync '--rsh=ssh -p 22' -r /s/ h:/t/"),
    ),
    ((Row.RELATIVE_TARGET,), call("rsync -r /s/ t/"), call("rsync -r /s/ /home/t/")),
    ((Row.DIRECT_PROGRAMS,), call("/bin/cp -p -- a b"), call("cp -p -- a b")),
    (
        (Row.SHELL, Row.DIRECT_PROGRAMS),
        call("""/bin/sh -c '/bin/mv -- "$1" "$2" || /bin/rm -rf -- "$1"' /bin/sh a b"""),
        call("""sh -c 'mv -- "$1" "$2" || rm -rf -- "$1"' sh a b"""),
    ),
    ((Row.SHELL,), call("/bin/sh -c 'echo $1' /bin/sh a"), call("sh -c 'echo $1' sh a")),
    ((Row.DIRECT_LINKS,), call("cp -p -- a b"), call("cp -pPR -- a b")),
    (
        (Row.DIRECT_MOVE_ONTO,),
        call("""sh -c 'mv -- "$1" "$2" || rm -rf -- "$1"' sh a b"""),
        call("""sh -c 'rm -rf -- "$2" && mv -T -- "$1" "$2" || rm -rf -- "$1"' sh a b"""),
    ),
    ((Row.DIRECT_KIND,), call("rm -rf -- /t/d/"), call("rm -rf -- /t/d")),
    (
        (Row.DIRECT_KIND,),
        call("cp -p -- a /t/"),
        call("""sh -c 'rm -rf -- "$1" && shift && exec "$@"' sh /t/a cp -p -- a /t/"""),
    ),
    ((Row.RSYNCSSH_MOVE,), call("ssh h mv a b '||' rm -rf a"), call("ssh h mv a b '||' rm -rf a '|' false")),
    (
        (Row.RSYNCSSH_MOVE,),
        call("ssh h mv a b '||' rm -rf a"),
        call("ssh h [ -d b ] '&&' exit 1 '||' mv a b '||' rm -rf a '|' false"),
    ),
    ((Row.SSH_MULTIPLEX,), call("ssh -p 2 h mv a b"), call(f"ssh -p 2 {SHARED} h mv a b")),
    ((Row.SSH_MULTIPLEX,), call("rsync -r /s/ h:/t/"), call(f"rsync '--rsh=ssh {SHARED}' -r /s/ h:/t/")),
    (
        (Row.SSH_MULTIPLEX,),
        call("rsync '--rsh=ssh -p 2' -r /s/ h:/t/"),
        call(f"rsync '--rsh=ssh -p 2 {SHARED}' -r /s/ h:/t/"),
    ),
    (
        (Row.SSH_MULTIPLEX,),
        call("rsync '--rsh=ssh -p 9' -r /s/ h:/t/"),
        call(f"rsync '--rsh=ssh -p 9' '--rsh=ssh -p 9 {SHARED}' -r /s/ h:/t/"),
    ),
    ((Row.RSYNCSSH_RSH,), call("/usr/bin/ssh h mv a b"), call("ssh -p 22 h mv a b")),
    ((Row.SSH_OPTIONS,), call("ssh -o B=1 -o A=2 h mv a b"), call("ssh -o A=2 -o B=1 h mv a b")),
    (
        (Row.SSH_OPTIONS,),
        call("rsync '--rsh=ssh -o B=1 -o A=2 -p 4' -r /s/ h:/t/"),
        call("rsync '--rsh=ssh -o A=2 -o B=1 -p 4' -r /s/ h:/t/"),
    ),
    ((Row.SSH_EXTRA,), call("rsync -r /s/ h:/t/"), call("rsync '--rsh=ssh -4' -r /s/ h:/t/")),
    (
        (Row.SSH_EXTRA,),
        call("rsync '--rsh=ssh -p 4' -r /s/ h:/t/"),
        call("rsync '--rsh=ssh -p 4 -4' -r /s/ h:/t/"),
    ),
    ((Row.ORIGIN_PATHDIR,), call("""sh -c 'ls "$1"dir' sh d/f"""), call("""sh -c 'ls "$1"' sh d/""")),
    ((Row.ORIGIN_PATHDIR,), call("""sh -c 'ls "$1"dir' sh f"""), call("""sh -c 'ls "$1"' sh ''""")),
    (
        (Row.TENTH_PARAMETER,),
        call("""sh -c 'echo "$10"' sh 1 2 3 4 5 6 7 8 9 ten"""),
        call("""sh -c 'echo "${10}"' sh 1 2 3 4 5 6 7 8 9 ten"""),
    ),
    (
        (Row.QUOTED_VARIABLE,),
        call("""sh -c "echo '\\"$1\\"'" sh a"""),
        call("""sh -c "echo ''\\"$1\\"''" sh a"""),
    ),
    (
        (Row.PARAMETER_ORDER,),
        call("""sh -c 'cp "$2" "$1"' sh b a"""),
        call("""sh -c 'cp "$1" "$2"' sh a b"""),
    ),
    (
        (Row.EMPTY_FILTER,),
        call("rsync '--filter=. -' -r /s/ /t/", b"- b\n- a"),
        call("rsync --exclude-from=- -r /s/ /t/", b"a\nb"),
    ),
    ((Row.EMPTY_FILTER,), call("rsync '--filter=. -' -r /s/ /t/", b""), call("rsync -r /s/ /t/")),
    (
        (Row.EXCLUDE_COMMENT,),
        call("rsync --exclude-from=- -r /s/ /t/", b"!\n#a\nb"),
        call("rsync --exclude-from=- -r /s/ /t/", b"- !\n- #a\nb"),
    ),
    (
        (Row.EXCLUDE_ORDER,),
        call("rsync '--filter=. -' -r /s/ /t/", b"+ x\n- b\n- a"),
        call("rsync '--filter=. -' -r /s/ /t/", b"+ x\n- a\n- b"),
    ),
    ((Row.LISTING_ORDER,), call(f"rsync {BATCH}", b"/a\0/\0/b"), call(f"rsync {BATCH}", b"/b\0/\0/a")),
    ((Row.RULE_ESCAPES,), call(f"rsync {BATCH}", b"/b\\]c\0/"), call(f"rsync {BATCH}", b"/b]c\0/")),
    ((Row.RULE_ESCAPES,), call(f"rsync {BATCH}", b"/w\\*\\z"), call(f"rsync {BATCH}", b"/w\\*\\\\z")),
    ((Row.RULE_ESCAPES,), call(f"rsync {BATCH}", b"/b\\d/***"), call(f"rsync {BATCH}", b"/b\\\\d/***")),
]


@pytest.mark.parametrize(
    ("rows", "theirs", "ours"),
    EXPLAINED,
    ids=[f"{number}-{one[0][0].anchor}" for number, one in enumerate(EXPLAINED)],
)
def test_a_documented_difference_is_told_by_its_row(rows: tuple[Row, ...], theirs: Call, ours: Call) -> None:
    assert explain(theirs, ours) == rows


def test_each_rewrite_is_tried_by_a_test() -> None:
    assert {row for row, _ in REWRITES} == {row for rows, _, _ in EXPLAINED for row in rows}


def test_rows_add_up() -> None:
    theirs = call("/usr/bin/ssh -o B=1 -o A=2 h mv a b '||' rm -rf a")
    ours = call("ssh -o A=2 -o B=1 h mv a b '||' rm -rf a '|' false")

    assert explain(theirs, ours) == (Row.BINARY, Row.RSYNCSSH_MOVE, Row.SSH_OPTIONS)


def test_what_is_in_order_already_is_no_difference_of_order() -> None:
    theirs = call(f"/usr/bin/rsync {BATCH}", b"/b\0/\0/a")
    ours = call(f"rsync {BATCH}", b"/b\0/\0/a")

    assert explain(theirs, ours) == (Row.BINARY,)


UNEXPLAINED: list[tuple[Call, Call]] = [
    (call("/usr/bin/rsync -lst -r /s/ /t/"), call("rsync -ls -r /s/ /t/")),
    (call("/opt/rsync -r /s/ /t/"), call("rsync -r /s/ /t/")),
    (call("rsync -r /s/ /t/"), call("rsync -r /s/ /u/")),
    (call("rsync -r /s/ t/"), call("rsync -r /s/ /home/u/")),
    (call(f"rsync {BATCH}", b"/a\0/\0/b"), call(f"rsync {BATCH}", b"/a\0/")),
    (call(f"rsync {BATCH}", b"/d/***\0/d/\0/"), call(f"rsync {BATCH}", b"/d/\0/")),
    (call(f"rsync {BATCH}", b"/w\\*"), call(f"rsync {BATCH}", b"/w*")),
    (call(f"rsync {BATCH}", b"/w\\*\\z"), call(f"rsync {BATCH}", b"/w\\*\\z\0/")),
    (
        call("rsync '--filter=. -' -r /s/ /t/", b"- b\n+ x"),
        call("rsync '--filter=. -' -r /s/ /t/", b"+ x\n- b"),
    ),
    (call("rsync '--filter=. -' -r /s/ /t/", b"- b"), call("rsync --exclude-from=- -r /s/ /t/", b"a")),
    (call("ssh h mv a b '||' rm -rf a"), call("ssh h mv a c '||' rm -rf a '|' false")),
    (call("ssh -4 h mv a b"), call("ssh -6 h mv a b")),
    (call("""sh -c 'cp "$1" "$2"' sh a b"""), call("""sh -c 'cp "$1" "$2"' sh b a""")),
    (call("""sh -c 'cp "$1"' sh a b"""), call("""sh -c 'cp "$1"' sh a c""")),
    (call("cp -p -- a b"), call("cp -pPR -- a c")),
    (call("rsync '--rsh=ssh -p 4' -r /s/ h:/t/"), call("rsync '--rsh=ssh -p 5' -r /s/ h:/t/")),
]


@pytest.mark.parametrize(("theirs", "ours"), UNEXPLAINED)
def test_another_difference_is_not_explained(theirs: Call, ours: Call) -> None:
    assert explain(theirs, ours) is None
