sync {
    default.rsync,
    source = "/srv/www",
    target = "backup.example.org:/srv/www",
    rsync = {
        _extra = {
            "-rv", --> extra-recursive
            "-az", --> extra-archive
            "--relative", --> extra-relative
            "-avR", --> extra-archive extra-relative
            "--numeric-ids",
            "-e", "ssh -p 2222 -a",
        },
    },
}
