-- Allowed, but each copy is a change that is copied.
local root = "/srv/www"

sync { --> allowed-danger
    default.rsync,
    source = root,
    target = root .. "/.mirror",
    allowDangerousTarget = true,
}

-- Excluded, and so no danger.
sync {
    default.rsync,
    source = "/srv/ftp",
    target = "/srv/ftp/.mirror",
    exclude = { "/.mirror" },
    allowDangerousTarget = true,
}
