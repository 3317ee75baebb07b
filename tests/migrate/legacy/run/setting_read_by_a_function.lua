-- As in Lsyncd 2.0, where settings were a table.
local function use(name, value)
    value = settings[name] --> setting-read
    return value
end

use("logfile", "/var/log/lsyncd.log")
sync { default.rsync, source = "/srv/www", target = "web2.example.com::www" }
