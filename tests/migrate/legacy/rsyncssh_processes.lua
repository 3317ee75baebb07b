sync {
    default.rsyncssh,
    source = "/srv/www",
    host = "backup.example.org",
    targetdir = "/srv/www",
    maxProcesses = 4, --> rsyncssh-processes
}
