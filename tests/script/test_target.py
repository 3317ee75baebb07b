"""Which targets are remote, relative, dangerous (spec 6.1)."""

from __future__ import annotations

from pathlib import Path

import pytest

from pylsyncd.script.errors import RefusalError
from pylsyncd.script.target import check_target, is_remote


@pytest.mark.parametrize(
    ("target", "remote"),
    [
        (b"host:dir", True),
        (b"user@host:/dir", True),
        (b"host::module/dir", True),
        (b"rsync://host/module", True),
        (b"[::1]:dir", True),
        (b"host:", True),
        (b"localhost:^localport", True),
        (b"/a:b", False),
        (b"./a:b", False),
        (b"dir/a:b", False),
        (b"dir", False),
    ],
)
def test_a_colon_before_any_slash_means_another_host(target: bytes, *, remote: bool) -> None:
    assert is_remote(target) is remote


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> bytes:
    (tmp_path / "src" / "in").mkdir(parents=True)
    (tmp_path / "srcs").mkdir()
    (tmp_path / "link").symlink_to("src")
    monkeypatch.chdir(tmp_path)
    return bytes(tmp_path)


@pytest.mark.parametrize("target", [b"host:", b"host:dir", b"rsync://h/m"])
def test_remote_targets_pass_as_they_are(target: bytes, here: bytes) -> None:
    assert check_target(here, target, allow=False) == target


@pytest.mark.parametrize(
    ("target", "resolved"),
    [
        (b"new", b"H/new"),
        (b"new/", b"H/new/"),
        (b"../x", b"H/../x"),
        (b"/abs/x", b"/abs/x"),
        (b"srcs", b"H/srcs"),
    ],
)
def test_local_targets_are_resolved_against_the_working_directory(
    target: bytes, resolved: bytes, here: bytes
) -> None:
    assert check_target(b"src", target, allow=False) == resolved.replace(b"H", here)


@pytest.mark.usefixtures("here")
@pytest.mark.parametrize(
    ("target", "reason"),
    [
        (b"/", "is the root directory"),
        (b"//", "is the root directory"),
        (b"/tmp/..", "is the root directory"),
        (b"src", "is the source itself"),
        (b"link", "is the source itself"),
        (b".", "holds the source"),
        (b"..", "holds the source"),
        (b"src/in", "lies in the source"),
        (b"src/not/yet/there", "lies in the source"),
        (b"link/in", "lies in the source"),
    ],
)
def test_dangerous_targets_are_refused_unless_allowed(target: bytes, reason: str) -> None:
    with pytest.raises(RefusalError, match=reason):
        check_target(b"src", target, allow=False)
    assert check_target(b"src", target, allow=True)


@pytest.mark.usefixtures("here")
def test_an_empty_target_is_refused_even_when_danger_is_allowed() -> None:
    with pytest.raises(RefusalError, match="empty"):
        check_target(b"src", b"", allow=True)
