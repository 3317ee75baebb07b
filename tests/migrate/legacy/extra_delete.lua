sync {
    default.rsync,
    source = "/srv/www",
    target = "/mnt/backup/www",
    rsync = {
        _extra = {
            "--delete", --> extra-delete
            "--delete-excluded", --> extra-delete
        },
    },
}
