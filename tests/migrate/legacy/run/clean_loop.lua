-- Many syncs from a table, with globals, helpers and a base of one's own.
HOSTS = { "web2", "web3" }
local roots = { www = 1, ftp = 15 }

local base = { default.rsync, rsync = { archive = true }, exclude = { "*.swp" } }

local function each(map)
    local keys = {}
    for key in pairs(map) do
        keys[#keys + 1] = key
    end
    table.sort(keys)
    return ipairs(keys)
end

for _, host in ipairs(HOSTS) do
    for _, name in each(roots) do
        sync { base, source = "/srv/" .. name, target = host .. "::" .. name, delay = roots[name] }
    end
end
