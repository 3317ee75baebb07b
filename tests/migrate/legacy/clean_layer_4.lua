-- all three defaults, as they are meant
settings {
    logfile = "/var/log/lsyncd.log",
    statusFile = "/var/log/lsyncd.status",
    statusInterval = 20,
    "insist",
    inotifyMode = "CloseWrite or Modify",
}

local common = {
    delay = 5,
    exclude = { "*.tmp", "/cache/", ".git" },
    rsync = { archive = true, compress = true, bwlimit = 2000, _extra = { "--numeric-ids", "-e", "ssh -p 2222" } },
}

sync { default.rsync, common, source = "/srv/www", target = "backup.example.org:/srv/www", delete = "running" }
sync {
    default.rsyncssh, common,
    source = "/srv/mail",
    host = "backup.example.org",
    targetdir = "/srv/mail",
    ssh = { port = 2222, options = { BatchMode = "yes" }, identityFile = "/root/.ssh/id_backup", _extra = { "-4" } },
}
sync { default.direct, source = "/srv/data", target = "/mnt/data", maxProcesses = 1, crontab = { "0 30 3 * * SUN" } }
