-- The quick start: mirrors one directory to another on the same machine.
--
-- For:   trying it out.
-- Needs: rsync.
-- Run:   sh scripts/quickstart, or where quickstart-demo is: pylsyncd -nodaemon quickstart.lua

sync {
    default.rsync,
    source = "quickstart-demo/source",
    target = "quickstart-demo/target",
    delay = 1, -- seconds that changes are gathered before one rsync brings them over; 15 without this line
}
