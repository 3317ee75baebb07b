-- Sources that other machines change.
sync { default.rsync, source = "/mnt/nfs/home", target = "backup.example.com::home" } --> network-source

sync { --> network-source
    default.rsync,
    source = "/mnt/sshfs/www",
    target = "backup.example.com::www",
}

sync { default.rsync, source = "/srv/www", target = "backup.example.com::www2" }
