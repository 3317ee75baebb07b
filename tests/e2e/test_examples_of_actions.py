"""The examples with actions of their own, each run as it stands, with stand-ins for what they call."""

from __future__ import annotations

import json
import os
import stat
import subprocess
from itertools import count
from pathlib import Path

import pytest

from e2e.stage import NAMES, Stage
from e2e.standins import Call


@pytest.fixture
def stage(tmp_path: Path) -> Stage:
    return Stage.set_up(tmp_path)


OFFICE = """
while [ $# -gt 1 ]; do
    [ "$1" = --outdir ] && out=$2
    shift
done
name=${1##*/}
{ echo "PDF of"; cat "$1"; } >"$out/${name%.*}.pdf"
"""


def test_pdf_converts_documents_that_are_there_appear_or_change(stage: Stage) -> None:
    stage.standins.install("libreoffice", OFFICE)
    (stage.source / "old.odt").write_text("old")
    odd = stage.source / "d" / "-o'd\nd.DOCX"
    pdf = stage.target / "d" / "-o'd\nd.DOCX.pdf"
    with stage.running("pdf") as daemon:
        daemon.wait_for_startup()
        assert (stage.target / "old.odt.pdf").read_text() == "PDF of\nold"
        odd.parent.mkdir()
        odd.write_text("new")
        (stage.source / "notes.txt").write_text("no document")
        daemon.wait_until(pdf.exists, what="the PDF of a new document")
        odd.write_text("newer")
        daemon.wait_until(lambda: pdf.read_text() == "PDF of\nnewer", what="the PDF of the change")
        (stage.source / "old.odt").unlink()
        daemon.wait_until(lambda: not (stage.target / "old.odt.pdf").exists(), what="the PDF to go")
    assert sorted(path.name for path in stage.target.rglob("*")) == [pdf.name, "d"]


def test_pdf_converts_nothing_twice(stage: Stage) -> None:
    stage.standins.install("libreoffice", OFFICE)
    (stage.source / "old.odt").write_text("old")
    for _ in range(2):
        with stage.running("pdf") as daemon:
            daemon.wait_for_startup()
    assert len(stage.standins.calls("libreoffice")) == 1


def called(stage: Stage, program: str, *arguments: bytes) -> bool:
    return arguments in [call.arguments for call in stage.standins.calls(program)]


def test_s3_brings_each_change_to_the_bucket(stage: Stage) -> None:
    stage.standins.install("aws")
    bucket, source = b"s3://bucket/data", bytes(stage.source)
    name, moved = b"-n'ew\n", b"d/\xff"
    with stage.running("s3", SYNC_BUCKET=bucket.decode()) as daemon:
        done = count(1)

        def wait_for(*arguments: bytes) -> None:
            daemon.wait_until(lambda: called(stage, "aws", b"s3", *arguments), what=repr(arguments))
            number = next(done)  # until its process has ended a move is in the way of the next one
            daemon.wait_until(lambda: daemon.log().count("inished") >= number, what=f"end {number}")

        wait_for(b"sync", b"--delete", b"--no-follow-symlinks", source + b"/", bucket)
        stage.tree.mkdir(b"d")
        stage.tree.write(name)
        wait_for(b"cp", b"--no-follow-symlinks", source + b"//" + name, bucket + b"/" + name)
        stage.tree.rename(name, moved)
        wait_for(b"mv", bucket + b"/" + name, bucket + b"/" + moved)
        stage.tree.rename(b"d", b"e")
        wait_for(b"mv", b"--recursive", bucket + b"/d/", bucket + b"/e/")
        stage.tree.remove(b"e/\xff")
        wait_for(b"rm", bucket + b"/e/\xff")
        stage.tree.rmdir(b"e")
        wait_for(b"rm", b"--recursive", bucket + b"/e/")


def test_s3_tries_again_what_failed(stage: Stage) -> None:
    failed = stage.home / "failed"
    stage.standins.install("aws", f"[ $2 = sync ] || [ -e '{failed}' ] || {{ touch '{failed}'; exit 1; }}")
    with stage.running("s3", SYNC_BUCKET="s3://bucket") as daemon:
        stage.tree.write(b"file")
        daemon.wait_until(
            lambda: [call.arguments[1] for call in stage.standins.calls("aws")] == [b"sync", b"cp", b"cp"],
            what="the second try",
        )


def test_owners_gives_each_directory_to_its_owner(stage: Stage) -> None:
    stage.standins.install("chown")
    owners = stage.home / "owners.lua"
    owners.write_text('return { alice = "alice:staff", ["-two words"] = ":office", absent = "x" }\n')
    stage.tree.mkdir(b"alice", b"bob", b"-two words")
    with stage.running("owners", SYNC_OWNERS=str(owners)) as daemon:
        daemon.wait_until(
            lambda: (
                {call.arguments for call in stage.standins.calls("chown")}
                == {(b"-hR", b"--", b"alice:staff", b"./alice"), (b"-hR", b"--", b":office", b"./-two words")}
            ),
            what="the owners of what is there",
        )
        stage.tree.write(b"bob/file", *(b"alice/" + name for name in NAMES))
        expected = {(b"-h", b"--", b"alice:staff", stage.tree.root + b"//alice/" + name) for name in NAMES}
        daemon.wait_until(
            lambda: {call.arguments for call in stage.standins.calls("chown")[2:]} == expected,
            what="the owner of what is new",
        )


def test_watch_only_logs_each_event(stage: Stage) -> None:
    with stage.running("watch-only") as daemon:
        stage.tree.write(b"f\nf")
        daemon.wait_until(lambda: "Modify f" in daemon.log(), what="the new file")
        stage.tree.chmod(b"f\nf", 0o604)
        daemon.wait_until(lambda: "Attrib f" in daemon.log(), what="the change of its mode")
        stage.tree.rename(b"f\nf", b"g")
        daemon.wait_until(lambda: "Move f" in daemon.log(), what="the move")
        stage.tree.remove(b"g")
        daemon.wait_until(lambda: "Delete g" in daemon.log(), what="the end")
    told = [line.partition("Normal: ")[2] for line in daemon.log().splitlines()]
    events = [
        line for line in told if line.partition(" ")[0] in {"Attrib", "Create", "Delete", "Modify", "Move"}
    ]
    assert events == [r"Create f\x0af", r"Modify f\x0af", r"Attrib f\x0af", r"Move f\x0af -> g", "Delete g"]


def paths_told(calls: list[Call]) -> set[str]:
    return {path for call in calls for path in json.loads(call.stdin)["paths"]}


def test_webhook_tells_the_server_what_has_arrived(stage: Stage) -> None:
    stage.standins.install("curl")
    url = "https://ci.example.org/hooks/1"
    names = {"-rf", "new\nline", 'quo"te\\', "\x7fä"}
    with stage.running("webhook", SYNC_WEBHOOK=url) as daemon:
        daemon.wait_for_startup()
        stage.tree.write(b"\xff", *map(os.fsencode, names))
        expected = {f"/{name}" for name in names} | {"/\xff"}
        daemon.wait_until(lambda: paths_told(stage.standins.calls("curl")) == expected, what="the request")
        stage.wait_for_mirror(daemon)
        stage.tree.mkdir(b"d")
        expected.add("/d/")
        daemon.wait_until(lambda: paths_told(stage.standins.calls("curl")) == expected, what="the next one")
    assert {call.arguments[-1] for call in stage.standins.calls("curl")} == {url.encode()}


def test_webhook_that_fails_does_not_hold_up_the_mirror(stage: Stage) -> None:
    stage.standins.install("curl", "exit 22")
    with stage.running("webhook") as daemon:
        daemon.wait_for_startup()
        stage.tree.write(b"one")
        daemon.wait_until(lambda: "failed: curl ended with 22" in daemon.log(), what="the failure")
        stage.tree.write(b"two")
        stage.wait_for_mirror(daemon)


def git(stage: Stage, *arguments: str) -> str:
    ended = subprocess.run(["git", "-C", stage.source, *arguments], capture_output=True, check=False)
    return ended.stdout.decode("latin-1")


def test_git_commit_commits_each_batch(stage: Stage) -> None:
    stage.tree.write(b"before")
    author = stage.home / "gitconfig"
    author.write_text("[user]\nname = A\nemail = a@example.org\n")
    with stage.running("git-commit", GIT_CONFIG_GLOBAL=str(author)) as daemon:
        daemon.wait_until(
            lambda: git(stage, "log", "--format=%s") == "Changes from before the start\n", what="a commit"
        )
        with daemon.paused():
            stage.tree.write(*NAMES)
            stage.tree.remove(b"before")
        daemon.wait_until(
            lambda: git(stage, "log", "--format=%s").startswith(f"{len(NAMES) + 1} changes\n"),
            what="the next commit",
        )
    assert git(stage, "status", "--porcelain") == ""
    listed = git(stage, "-c", "core.quotePath=false", "ls-tree", "-z", "HEAD").count("\0")
    assert listed == len(NAMES)
    assert "Delete /before\n" in git(stage, "log", "-1", "--format=%b")
    assert "Create /new?line\n" in git(stage, "log", "-1", "--format=%b")


def test_lftp_mirrors_at_the_start_and_after_changes(stage: Stage) -> None:
    stage.standins.install("lftp")
    mirror = f'mirror --reverse --delete --no-perms -- "{stage.source}/" "/ht\\"docs"'
    with stage.running("lftp", SYNC_SERVER="sftp://web@example.org", SYNC_TARGET='/ht"docs') as daemon:
        daemon.wait_until(lambda: len(stage.standins.calls("lftp")) == 1, what="the start")
        stage.tree.write(*NAMES)
        daemon.wait_until(lambda: len(stage.standins.calls("lftp")) > 1, what="a run after the changes")
    for call in stage.standins.calls("lftp"):
        commands = call.arguments[1].decode().split("; ")
        assert commands[-2:] == ['open --env-password "sftp://web@example.org"', mirror]


def modes(stage: Stage) -> set[int]:
    return {stat.S_IMODE(path.stat().st_mode) for path in stage.source.rglob("*")}


def test_permissions_gives_everything_the_modes_of_the_house(stage: Stage) -> None:
    stage.tree.mkdir(b"old")
    stage.tree.write(b"old/file")
    stage.tree.chmod(b"old/file", 0o400)
    with stage.running("permissions") as daemon:
        daemon.wait_until(lambda: modes(stage) == {0o2770, 0o660}, what="what was there to be right")
        stage.tree.mkdir(b"new")
        stage.tree.write(*NAMES, *(b"new/" + name for name in NAMES))
        daemon.wait_until(lambda: modes(stage) == {0o2770, 0o660}, what="what is new to be right")
        stage.tree.remove(*NAMES)
        stage.tree.chmod(b"new/" + NAMES[0], 0o777)
        daemon.wait_until(lambda: modes(stage) == {0o2770, 0o660}, what="what was changed to be right")


def test_audit_log_tells_the_journal_each_change_on_a_line(stage: Stage) -> None:
    stage.standins.install("logger")
    with stage.running("audit-log") as daemon:
        with daemon.paused():
            stage.tree.write(b"f\nf")
            stage.tree.rename(b"f\nf", b"g")
            stage.tree.mkdir(b"d")
        daemon.wait_until(
            lambda: any(b"Create /d/" in call.stdin for call in stage.standins.calls("logger")),
            what="the line",
        )
    (call,) = stage.standins.calls("logger")
    assert call.arguments == (b"--tag", b"files", b"--priority", b"user.notice")
    assert call.stdin.endswith(b"Create /d/\n")
