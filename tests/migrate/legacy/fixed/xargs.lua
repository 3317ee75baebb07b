sync {
    default.rsyncssh,
    source = "/srv/www",
    host = "web1.example.org",
    targetdir = "/srv/www",
    --> xargs
    delay = 5,
}
