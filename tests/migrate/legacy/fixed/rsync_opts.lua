settings { logfile = "/var/log/lsyncd.log" }

for _, host in ipairs { "web1", "web2" } do
    sync {
        default.rsyncssh,
        source = "/srv/www",
        host = host,
        targetdir = "/srv/www",
        rsync = { links = true, protect_args = true, times = true, update = true }, --> rsync-ops
    }
end
