sync {
    source = "/srv/www",
    onCreate = "logger new: ^path",
    onModify = "upload ^sourcePathname", --> create-and-modify
}
