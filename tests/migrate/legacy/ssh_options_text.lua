sync {
    default.rsyncssh,
    source = "/srv/www",
    host = "backup.example.org",
    targetdir = "/srv/www",
    ssh = {
        port = 22,
        options = "-o StrictHostKeyChecking=no -o BatchMode=yes", --> ssh-options-text
    },
}
