-- A script around rsync.
sync { --> unknown-version
    default.rsync,
    source = "/srv/www",
    target = "web2.example.com::www",
    rsync = { binary = "/opt/wrapped/rsync" },
}
