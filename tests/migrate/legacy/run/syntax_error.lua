-- A comma has got lost between two keys.
settings {
    logfile = "/var/log/lsyncd/lsyncd.log",
}

sync {
    default.rsync,
    source = "/srv/www"
    target = "web2.example.com::www", --> syntax-error
}
