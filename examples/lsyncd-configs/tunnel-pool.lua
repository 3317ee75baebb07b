-- Tunnels: two ssh forwards to an rsync daemon; transfers take turns between them (tunnel{}).
--
-- For:   long lines, where one connection does not fill the bandwidth; daemons that listen on localhost only.
-- Needs: rsync; an ssh key; an rsync daemon on the host.
-- Run:   SYNC_HOST=backup.example.org SYNC_MODULE=data pylsyncd -nodaemon tunnel-pool.lua
--
-- Each ssh gets a free port of its own as ^localport. Nothing is transferred until one of them is up; one
-- that dies is started again.

local host = os.getenv "SYNC_HOST" or "backup.example.org"
local module = os.getenv "SYNC_MODULE" or "data"

sync {
    default.rsync,
    source = os.getenv "SYNC_SOURCE" or "/srv/data",
    target = "rsync://^localhost:^localport/" .. module,
    delay = 5,
    maxProcesses = 2,
    batchSizeLimit = 100 * 1024 * 1024, -- bytes; so there is something for the second one to do
    rsync = { archive = true },
    tunnel = tunnel {
        mode = "pool",
        parallel = 2,
        localhost = "127.0.0.1",
        readyDelay = tonumber(os.getenv "SYNC_READY_DELAY" or 5), -- seconds until a process counts as up
        command = {
            "ssh", "-N",
            "-o", "BatchMode=yes",
            "-o", "ExitOnForwardFailure=yes",
            "-o", "ServerAliveInterval=15",
            "-L", "^localhost:^localport:127.0.0.1:873",
            host,
        },
    },
}
