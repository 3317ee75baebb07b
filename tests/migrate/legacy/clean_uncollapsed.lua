settings { collapse = false, nodaemon = true }

sync {
    source = "/srv/www",
    onCreate = "logger new: ^path",
    onModify = "upload ^sourcePathname",
}
sync { default.rsync, source = "/srv/data", target = "copy", filter = { "+ *.html", "- *" }, exclude = "*" }
