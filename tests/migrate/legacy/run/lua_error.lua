-- A function that is called with one argument too few.
local function mirror(name, options)
    sync { default.rsync, source = "/srv/" .. name, target = "web2::" .. options.module } --> lua-error
end

mirror("www", { module = "www" })
mirror "ftp"
