-- from the wiki
sync {
    default.rsync,
    source = "/srv/www",
    target = "backup.example.org:/srv/www",
    rsyncOps = { "-avz", "--bwlimit=2000", "--numeric-ids" }, --> rsync-ops
}
