-- Targets below a root that was cut off by mistake.
local root = ("/backup"):sub(2)

for _, name in ipairs { "www", "ftp" } do
    sync { default.rsync, source = "/srv/" .. name, target = root .. "/" .. name } --> relative-target
end
