-- what --delete and `delete` mean together, a human has to say
sync {
    default.rsync,
    source = "/srv/www",
    target = "/mnt/backup/www",
    delete = false,
    rsyncOps = { "-avR", "--delete" }, --> rsync-ops
}
