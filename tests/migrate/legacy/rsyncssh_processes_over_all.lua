settings {
    logfile = "/var/log/lsyncd.log",
    maxProcesses = 4, --> rsyncssh-processes-over-all
}

sync { default.rsyncssh, source = "/srv/www", host = "backup.example.org", targetdir = "/srv/www" }
