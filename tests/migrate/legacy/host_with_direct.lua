sync {
    default.direct,
    source = "/srv/www",
    target = "/mnt/backup/www",
    host = "localhost", --> host-without-rsyncssh
}
