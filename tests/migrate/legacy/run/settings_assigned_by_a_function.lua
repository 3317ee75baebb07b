-- The settings of Lsyncd 2.0, made from a table that is read elsewhere: only the run shows it.
local function configure(env)
    env["set" .. "tings"] = { logfile = "/var/log/lsyncd.log" } --> settings-assigned
end

configure(_G)

sync { default.rsync, source = "/srv/www", target = "web2.example.com::www" }
