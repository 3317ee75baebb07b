sync {
    source = "/srv/www",
    target = "/mnt/backup/www",
    delay = 2,
    maxProcesses = 3,
    exitcodes = { [0] = "ok", [1] = "again", [2] = "die" },
    onCreate = "cp -a ^sourcePathname ^targetPathname",
    onModify = 'cp -a ^sourcePathname ^targetPathname',
    onDelete = "/bin/rm -rf ^targetPathname",
    onMove = "mv ^o.targetPathname ^d.targetPathname || logger failed: ^d.path",
}
