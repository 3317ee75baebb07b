sync {
    default.rsync,
    source = "/srv/www",
    target = "rsync://localhost:^localport/www",
    tunnel = tunnel {
        command = "ssh -N -L ^localport:localhost:873 backup.example.org",
        mode = "pool",
        retrydelay = 5, --> unknown-tunnel-key
        paralel = 2, --> unknown-tunnel-key
    },
}
