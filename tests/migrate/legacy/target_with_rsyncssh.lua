sync {
    default.rsyncssh,
    source = "/srv/www",
    target = "backup.example.org:/srv/www", --> target-with-rsyncssh
}
