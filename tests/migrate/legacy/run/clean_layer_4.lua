-- Three ready-made syncs with most of what they take.
settings {
    logfile = "/var/log/lsyncd/lsyncd.log",
    statusFile = "/var/log/lsyncd/lsyncd.status",
    statusInterval = 20,
    inotifyMode = "CloseWrite or Modify",
}

local common = { archive = true, compress = true, _extra = { "--omit-dir-times" } }

sync {
    default.rsync,
    source = "/srv/www",
    target = "rsync://web2.example.com/www",
    delay = 5,
    delete = "running",
    exclude = { ".svn", "*.tmp", "/cache/*" },
    rsync = common,
}

sync {
    default.rsyncssh,
    source = "/srv/home",
    host = "backup.example.com",
    targetdir = "/srv/home",
    rsync = { binary = "/usr/bin/rsync", archive = true },
    ssh = { port = 2222, identityFile = "/root/.ssh/backup" },
}

sync { default.direct, source = "/srv/ftp", target = "/backup/ftp" }
