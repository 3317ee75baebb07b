-- web server, written for lsyncd 2.0
settings { --> settings-assigned
    logfile = "/var/log/lsyncd/lsyncd.log",
    statusFile = "/var/log/lsyncd/lsyncd.status",
    statusInterval = 20,
}

sync {
    default.rsync,
    source = "/srv/www",
    target = "backup.example.org:/srv/www",
}
