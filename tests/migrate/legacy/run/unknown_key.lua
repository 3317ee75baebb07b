-- Options for rsync that a loop puts together; two syncs are wrong, and both are found.
local function options(...)
    local all = {}
    for _, name in ipairs { ... } do
        all[name] = true
    end
    return all
end

sync { --> unknown-key
    default.rsync,
    source = "/srv/www",
    target = "web2.example.com::www",
    rsync = options("compres", "verbose"),
}

sync {
    default.rsync,
    source = "/srv/ftp",
    target = "web2.example.com::ftp",
    rsync = options("compress", "verbose"),
}

sync { --> unknown-key
    default.rsync,
    source = "/srv/mail",
    target = "web2.example.com::mail",
    rsync = options("archive", "xatrs"),
}
