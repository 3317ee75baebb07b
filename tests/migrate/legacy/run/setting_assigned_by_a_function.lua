-- As in Lsyncd 2.0, where settings were a table.
local function use(name, value)
    settings[name] = value --> setting-assigned
    return value
end

use("logfile", "/var/log/lsyncd.log")
sync { default.rsync, source = "/srv/www", target = "web2.example.com::www" }
