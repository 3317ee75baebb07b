sync {
    source = "/srv/www",
    onModify = "upload ^sourcePathname",
    exitcodes = {
        [0] = "ok",
        [1] = "retry", --> exit-code-verdict
        [2] = "die",
    },
}
