-- from the wiki
sync {
    default.rsync,
    source = "/srv/www",
    target = "backup.example.org:/srv/www",
    rsync = { archive = true, bwlimit = 2000, compress = true, verbose = true, _extra = { "--numeric-ids" } }, --> rsync-ops
}
