sync {
    source = "/srv/www",
    onCreate = "/usr/bin/md5sum ^sourcePathname >> /var/log/sums", --> command-without-shell
    onModify = "/usr/bin/md5sum ^sourcePathname >> /var/log/sums", --> command-without-shell
    onDelete = "^/usr/bin/logger gone: ^path | true",
}
