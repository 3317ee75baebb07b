-- An rsync that came with the machine.
sync { --> old-program
    default.rsync,
    source = "/srv/www",
    target = "web2.example.com::www",
    rsync = { binary = "/opt/old/rsync" },
}
