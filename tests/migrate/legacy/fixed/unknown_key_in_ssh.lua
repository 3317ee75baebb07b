sync {
    default.rsyncssh,
    source = "/srv/www",
    host = "web1.example.org",
    targetdir = "/srv/www",
    ssh = {
        identityFile = "/root/.ssh/id_backup", --> unknown-key
        port = 2222,
    },
}
