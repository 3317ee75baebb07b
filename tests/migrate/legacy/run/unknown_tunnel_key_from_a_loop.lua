-- Options of a tunnel, put together.
local options = { command = "ssh -N -L ^localport:localhost:873 web2.example.com" }
for _, name in ipairs { "mode", "paralel" } do
    options[name] = name == "mode" and "pool" or 2
end

sync { default.rsync, source = "/srv/www", target = "rsync://localhost:^localport/www", tunnel = tunnel(options) } --> unknown-tunnel-key
