-- Programs from a directory that was moved.
local tools = "/opt/tools"

sync { --> missing-program
    default.rsync,
    source = "/srv/www",
    target = "web2.example.com::www",
    rsync = { binary = tools .. "/rsync" },
}

sync { --> missing-program
    default.rsyncssh,
    source = "/srv/ftp",
    host = "web2.example.com",
    targetdir = "/srv/ftp",
    ssh = { binary = tools .. "/ssh" },
}
