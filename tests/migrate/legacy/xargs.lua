sync {
    default.rsyncssh,
    source = "/srv/www",
    host = "web1.example.org",
    targetdir = "/srv/www",
    xargs = { binary = "/usr/bin/xargs", delimiter = "0" }, --> xargs
    delay = 5,
}
