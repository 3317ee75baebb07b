sync {
    default.rsync,
    source = "/srv/www",
    target = "rsync://localhost:^localport/www",
    tunnel = tunnel {
        command = "ssh -N -L ^localport:localhost:873 backup.example.org",
        mode = "pool",
        retryDelay = 5, --> unknown-tunnel-key
        parallel = 2, --> unknown-tunnel-key
    },
}
