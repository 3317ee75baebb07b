sync {
    source = "/srv/www",
    onCreate = "", --> empty-command
    onDelete = "logger gone: ^path",
}
