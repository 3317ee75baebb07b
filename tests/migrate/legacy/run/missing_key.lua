-- A table of hosts, one of them without its directory.
local mirrors = { web2 = "www", web3 = "www", web4 = nil }

for _, host in ipairs { "web2", "web3", "web4" } do
    local module = mirrors[host]
    sync { default.rsync, source = "/srv/www", target = module and host .. "::" .. module } --> missing-key
end
