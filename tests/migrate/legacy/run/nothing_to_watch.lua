-- --> nothing-to-watch
local hosts = {}

for _, host in ipairs(hosts) do
    sync { default.rsync, source = "/srv/www", target = host .. "::www" }
end
