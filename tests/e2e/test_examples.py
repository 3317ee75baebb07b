"""The examples that mirror, each run as it stands: what their texts promise happens."""

from __future__ import annotations

import re
import shutil
import socket
from pathlib import Path

import pytest

from e2e.stage import EXAMPLES, NAMES, RUN_ON_THE_HOST, Stage
from e2e.trees import snapshot

FILES = sorted(EXAMPLES.glob("*.lua"))
RSYNC = shutil.which("rsync")


@pytest.fixture
def stage(tmp_path: Path) -> Stage:
    return Stage.set_up(tmp_path)


def test_each_example_has_a_test() -> None:
    modules = Path(__file__).parent.glob("test_examples*.py")
    tests = re.findall(r"^def (test_\w+)", "\n".join(module.read_text() for module in modules), re.MULTILINE)
    untested = [
        file.name
        for file in FILES
        if not any(test.startswith(f"test_{file.stem.replace('-', '_')}_") for test in tests)
    ]
    assert untested == []


def test_the_readme_lists_each_example_once() -> None:
    listed = re.findall(r"^\| \[(\S+\.lua)\]\(\1\)", (EXAMPLES / "README.md").read_text(), re.MULTILINE)
    assert sorted(listed) == [file.name for file in FILES]


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_each_example_says_for_whom_it_is_what_it_needs_and_how_to_run_it(file: Path) -> None:
    header = file.read_text().split("\n\n")[0]
    assert [word for word in ("For:", "Needs:", "Run:") if f"-- {word}" not in header] == []
    assert f"pylsyncd -nodaemon {file.name}" in " ".join(header.split())


def test_quickstart_mirrors_one_directory_to_another(stage: Stage) -> None:
    demo = stage.home / "daemon" / "quickstart-demo"
    demo.mkdir(parents=True)
    stage.source.rename(demo / "source")
    (demo / "target").mkdir()
    with stage.running("quickstart") as daemon:
        (demo / "source" / "new").write_text("new")
        daemon.wait_until((demo / "target" / "new").exists, what="the file")


def test_fan_out_brings_each_change_to_all_targets(stage: Stage) -> None:
    others = [stage.home / name for name in ("one", "two", "three")]
    with stage.running("fan-out", SYNC_TARGETS="\n".join(map(str, others))) as daemon:
        stage.tree.write(*NAMES)
        for target in others:
            stage.wait_for_mirror(daemon, target)


def test_exclude_from_leaves_out_what_the_file_and_the_config_say(stage: Stage) -> None:
    excludes = stage.home / "excludes"
    excludes.write_text("# patterns\n\n*.tmp\nnode_modules/\n/cache/\n")
    tree = stage.tree
    tree.mkdir(b"cache", b"node_modules")
    tree.write(b"cache/x", b"node_modules/x", b"a.tmp", b"old")
    with stage.running("exclude-from", SYNC_EXCLUDES=str(excludes)) as daemon:
        daemon.wait_for_startup()
        tree.mkdir(b"d", b"d/cache", b"d/node_modules")
        tree.write(b"d/.a.swp", b"d/a~", b"d/cache/x", b"d/node_modules/x", b"d/x.tmp", b"cache/y", b"new")
        daemon.wait_until((stage.target / "new").exists, what="what is not excluded")
        daemon.wait_until((stage.target / "d" / "cache" / "x").exists, what="what is not excluded there")
    assert set(snapshot(bytes(stage.target))) == {b"/old", b"/new", b"/d/", b"/d/cache/", b"/d/cache/x"}


def test_sites_makes_a_sync_for_each_directory_of_the_root(stage: Stage) -> None:
    stage.tree.mkdir(b"a.example", b"b.example", b".hidden", b"b.example/cache")
    stage.tree.write(b"file")
    with stage.running("sites", SYNC_ROOT=str(stage.source)) as daemon:
        daemon.wait_for_startup(2)
        stage.tree.write(b"a.example/page", b"a.example/access.log", b"b.example/cache/x", b"b.example/page")
        stage.tree.chmod(b"a.example/page", 0o604)
        for name in ("a.example", "b.example"):
            daemon.wait_until((stage.target / name / "page").exists, what=f"the page of {name}")
        page = stage.target / "a.example" / "page"
        daemon.wait_until(lambda: page.stat().st_mode & 0o777 == 0o604, what="the mode of the page")
        daemon.wait_until(daemon.has_finished_all, what="both runs to end")
    assert set(snapshot(bytes(stage.target))) == {
        b"/a.example/",
        b"/a.example/page",
        b"/b.example/",
        b"/b.example/page",
    }


def test_keep_deleted_moves_what_goes_into_the_history(stage: Stage) -> None:
    history = stage.home / "history"
    for name in ("deleted", "changed"):
        (stage.source / name).write_text(f"old {name}")
    with stage.running("keep-deleted", SYNC_HISTORY=str(history)) as daemon:
        daemon.wait_for_startup()
        (stage.source / "deleted").unlink()
        (stage.source / "changed").write_text("new")
        stage.wait_for_mirror(daemon)
    assert (history / "deleted").read_text() == "old deleted"
    assert (history / "changed").read_text() == "old changed"


def test_rsync_daemon_sends_to_a_module_with_a_password(stage: Stage) -> None:
    secrets, password = stage.home / "secrets", stage.home / "password"
    secrets.write_text("mirror:open sesame\n")
    password.write_text("open sesame\n")
    password.chmod(0o600)
    server = stage.serve_by_rsyncd(f"auth users = mirror\nsecrets file = {secrets}")
    with stage.running(
        "rsync-daemon",
        SYNC_TARGET="rsync://mirror@backup.example.org/data",
        SYNC_PASSWORD_FILE=str(password),
        RSYNC_CONNECT_PROG=f"rsync --daemon --config={server}",
    ) as daemon:
        stage.tree.write(*NAMES)
        stage.wait_for_mirror(daemon)


def test_big_files_sends_a_large_file_by_an_rsync_of_its_own(stage: Stage) -> None:
    stage.standins.install("rsync", f'exec {RSYNC} "$@"')
    with stage.running("big-files", SYNC_LIMIT="10") as daemon:
        daemon.wait_for_startup()
        with daemon.paused():
            (stage.source / "big").write_text("x" * 11)
            (stage.source / "small").write_text("x")
            (stage.source / "small too").write_text("x" * 10)
        stage.wait_for_mirror(daemon)
    batches = [
        set(call.stdin.split(b"\0")) for call in stage.standins.calls("rsync") if b"/big" in call.stdin
    ]
    assert batches == [{b"/big"}]


def test_post_command_runs_on_the_target_after_each_transfer(stage: Stage) -> None:
    stage.standins.install("ssh", RUN_ON_THE_HOST, reads_stdin=False)
    seen = stage.home / "seen"
    with stage.running(
        "post-command",
        SYNC_TARGET=f"web.example.org:{stage.target}",
        SYNC_COMMAND=f"echo 'no part of the protocol'; ls '{stage.target}' >'{seen}'",
    ) as daemon:
        daemon.wait_for_startup()
        assert seen.read_text() == ""
        (stage.source / "page").write_text("new")
        daemon.wait_until(lambda: seen.read_text() == "page\n", what="the command to see the new file")


def test_post_command_fails_the_transfer_when_it_fails(stage: Stage) -> None:
    stage.standins.install("ssh", RUN_ON_THE_HOST, reads_stdin=False)
    is_up = stage.home / "up"
    is_up.touch()
    with stage.running(
        "post-command", SYNC_TARGET=f"web.example.org:{stage.target}", SYNC_COMMAND=f"[ -e '{is_up}' ]"
    ) as daemon:
        daemon.wait_for_startup()
        is_up.unlink()
        (stage.source / "page").write_text("new")
        daemon.wait_until(lambda: "Retrying a list" in daemon.log(), what="a transfer that is tried again")
        is_up.touch()
        daemon.wait_until(lambda: "Finished a list" in daemon.log(), what="a transfer that succeeds")


def live_through_changes(stage: Stage, example: str) -> None:
    """Create, change, move and delete under all kinds of names; the target follows with each step."""
    tree = stage.tree
    tree.mkdir(b"before")
    tree.write(b"before/one", b"before/two")
    with stage.running(example) as daemon:
        stage.wait_for_mirror(daemon, modes=True)
        tree.mkdir(b"d", b"d/e")
        tree.write(*NAMES, *(b"d/e/" + name for name in NAMES))
        tree.symlink(b"nowhere", b"link")
        stage.wait_for_mirror(daemon, modes=True)
        tree.write(*NAMES)
        tree.chmod(b"d/e/" + NAMES[1], 0o604)
        tree.rename(b"before", b"after")
        tree.remove(*(b"d/e/" + name for name in NAMES[2:]))
        stage.wait_for_mirror(daemon, modes=True)
        for number, name in enumerate(NAMES):
            tree.rename(name, b"-moved %d" % number)
        stage.wait_for_mirror(daemon, modes=True)


def test_shell_actions_keeps_a_copy_by_command_lines(stage: Stage) -> None:
    live_through_changes(stage, "shell-actions")


def test_direct_keeps_a_copy_by_cp_mv_and_rm(stage: Stage) -> None:
    (stage.target / "stray").touch()
    live_through_changes(stage, "direct")


def test_ssh_options_moves_on_the_host_what_moves_here(stage: Stage) -> None:
    stage.standins.install("ssh", RUN_ON_THE_HOST, reads_stdin=False)
    tree = stage.tree
    tree.mkdir(*NAMES)
    tree.write(*(name + b"/file" for name in NAMES))
    with stage.running(
        "ssh-options",
        SYNC_HOST="backup.example.org",
        SYNC_TARGETDIR=str(stage.target),
        SYNC_KEY="/the key",
        SYNC_PORT="2022",
    ) as daemon:
        daemon.wait_for_startup()
        for number, name in enumerate(NAMES):
            tree.rename(name, b"moved %d" % number)
        stage.wait_for_mirror(daemon)
        log = daemon.log()
    calls = stage.standins.calls("ssh")
    assert {call.arguments[:2] for call in calls} == {(b"-i", b"/the key")}
    assert all(
        {b"-p", b"2022", b"BatchMode=yes", b"backup.example.org"} < set(call.arguments) for call in calls
    )
    assert log.count("Moving ") == len(NAMES)


def test_tunnel_pool_spreads_transfers_over_two_forwards(stage: Stage) -> None:
    server = stage.serve_by_rsyncd()
    stage.standins.install(
        "ssh",
        f"""
        while [ "$1" != -L ]; do shift; done
        port=${{2#127.0.0.1:}}
        exec {RSYNC} --daemon --no-detach --address=127.0.0.1 --port="${{port%%:*}}" --config={server}
        """,
    )
    stage.standins.install("rsync", f'exec {RSYNC} "$@"')
    with stage.running("tunnel-pool", SYNC_READY_DELAY="1") as daemon:
        daemon.wait_for_startup()
        stage.tree.write(*NAMES)
        stage.wait_for_mirror(daemon)

        def both_have_served() -> bool:
            stage.tree.write(b"more")
            urls = {call.arguments[-1] for call in stage.standins.calls("rsync")} - {b"--version"}
            assert all(re.fullmatch(rb"rsync://127\.0\.0\.1:\d+/data/", url) for url in urls)
            return len(urls) == 2

        daemon.wait_until(both_have_served, what="a transfer through each forward")
    assert len(stage.standins.calls("ssh")) == 2


def test_cron_full_compares_the_whole_tree_by_the_clock(stage: Stage) -> None:
    stage.tree.write(b"file")
    with stage.running("cron-full", SYNC_CRON="* * * * * *") as daemon:
        daemon.wait_for_startup()
        (stage.target / "file").unlink()
        (stage.target / "stray").touch()
        stage.wait_for_mirror(daemon)


def test_heartbeat_rewrites_a_file_and_mirrors_it(stage: Stage) -> None:
    beat = stage.target / ".heartbeat"
    with stage.running("heartbeat", SYNC_INTERVAL="0.3") as daemon:
        daemon.wait_until(beat.exists, what="the first heartbeat")
        first = beat.stat().st_mtime_ns
        daemon.wait_until(lambda: beat.stat().st_mtime_ns > first, what="the next one")


def test_control_socket_obeys_lines_that_come_in(stage: Stage) -> None:
    stage.tree.write(b"file")
    ours, theirs = socket.socketpair()
    with ours, theirs, stage.running("control-socket", stdin=theirs.fileno()) as daemon:
        daemon.wait_for_startup()
        (stage.target / "stray").touch()
        ours.sendall(b"fu")
        ours.sendall(b"ll\nnonsense\nqueue\n")
        stage.wait_for_mirror(daemon)
        daemon.wait_until(lambda: "waiting changes: " in daemon.log(), what="the answer")
        assert 'unknown command: "nonsense"' in daemon.log()
        ours.shutdown(socket.SHUT_RDWR)
        stage.tree.write(b"more")
        stage.wait_for_mirror(daemon)


def test_delete_guard_lets_few_deletions_pass_and_refuses_many(stage: Stage) -> None:
    stage.tree.mkdir(b"many")
    stage.tree.write(*NAMES, *(b"many/%d" % number for number in range(5)))
    with stage.running("delete-guard", SYNC_MAX_DELETE="4") as daemon:
        stage.wait_for_mirror(daemon)
        stage.tree.remove(*NAMES[:4])
        stage.tree.write(b"new")
        stage.wait_for_mirror(daemon)
        with daemon.paused():
            shutil.rmtree(stage.source / "many")
        daemon.process.wait(15)
    assert "refused: 6 entries would be deleted, 4 may be" in daemon.complaints()
    assert len(list((stage.target / "many").iterdir())) == 5


def test_delete_guard_refuses_to_start_from_an_empty_source(stage: Stage) -> None:
    precious = {stage.target / f"{number}" for number in range(5)}
    for file in precious:
        file.touch()
    with stage.running("delete-guard", SYNC_MAX_DELETE="4") as daemon:
        assert daemon.process.wait(15) == 255
    assert set(stage.target.iterdir()) == precious
