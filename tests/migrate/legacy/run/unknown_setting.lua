-- Settings that come from a list, one of them with a name that there is not.
local wanted = { log = "/var/log/lsyncd.log", status = "/var/run/lsyncd.status" }
local all = {}
for name, file in pairs(wanted) do
    all[name .. "Flie"] = file
end
all.logFlie = nil
settings(all) --> unknown-setting

sync { default.rsync, source = "/srv/www", target = "web2.example.com::www" }
