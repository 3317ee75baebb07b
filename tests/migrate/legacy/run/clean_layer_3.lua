-- Command lines of one's own, a few for each kind of event.
settings { logfile = "/var/log/lsyncd.log", nodaemon = true }

local bash = {
    delay = 0,
    maxProcesses = 3,
    onCreate = "cp -r ^sourcePath ^targetPathname",
    onModify = "cp -r ^sourcePath ^targetPathname",
    onDelete = "rm -rf ^targetPathname",
    onMove = "mv ^o.targetPathname ^d.targetPathname",
    onStartup = [[if [ "$(ls -A ^source)" ]; then cp -r ^source* ^target; fi]],
}

sync { bash, source = "/srv/drop", target = "/backup/drop/" }
