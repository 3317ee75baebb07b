"""Full syncs by crontab, with the real rsync and the real clock (spec 5.2)."""

from __future__ import annotations

from pathlib import Path

import pytest

from e2e.daemon import PYLSYNCD, running

pytestmark = pytest.mark.timeout(90)


def test_a_full_sync_mends_the_target_at_each_match(tmp_path: Path) -> None:
    for name in ("source", "target"):
        (tmp_path / name).mkdir()
    (tmp_path / "source" / "f").write_text("x")
    config = tmp_path / "lsyncd.conf.lua"
    config.write_text(f"""sync{{ default.rsync, source = "{tmp_path}/source", target = "{tmp_path}/target",
        crontab = {{ "*/2 * * * * *" }} }}""")
    with running(PYLSYNCD, [str(config)], home=tmp_path / "run") as daemon:
        daemon.wait_for_startup()
        for _ in range(2):
            (tmp_path / "target" / "f").unlink()
            (tmp_path / "target" / "surplus").touch()
            daemon.wait_until(
                lambda: [path.name for path in (tmp_path / "target").iterdir()] == ["f"],
                what="the full sync to mend the target",
            )
        line = f"Normal: Finished Full on {tmp_path}/source//"
        daemon.wait_until(lambda: daemon.log().count(line) >= 2, what="the log to tell of both")
