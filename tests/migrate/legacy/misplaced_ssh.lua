sync {
    default.rsync,
    source = "/srv/www",
    target = "backup.example.org:/srv/www",
    ssh = { port = 2222 }, --> misplaced-key
}
