-- The quick start: mirrors one directory to another on the same machine.
-- Run it with `sh scripts/quickstart`, or from the top of the project:
--   pylsyncd -nodaemon examples/lsyncd-configs/quickstart.lua

sync {
    default.rsync,
    source = "quickstart-demo/source",
    target = "quickstart-demo/target",
    delay = 1, -- seconds that changes are gathered before one rsync brings them over; 15 without this line
}
