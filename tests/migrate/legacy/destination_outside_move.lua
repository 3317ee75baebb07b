sync {
    source = "/srv/www",
    onMove = "mv ^o.targetPathname ^d.targetPathname",
    onDelete = "rm -rf ^d.targetPathname", --> destination-outside-move
    target = "/mnt/backup/www",
}
