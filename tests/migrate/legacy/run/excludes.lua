-- Patterns made from whole paths match nothing, since they begin at the source.
local root = "/srv/www"
local function below(...)
    local all = {}
    for _, name in ipairs { ... } do
        all[#all + 1] = root .. "/" .. name
    end
    return all
end

sync { --> exclude-never
    default.rsync,
    source = root,
    target = "web2.example.com::www",
    exclude = below("tmp", "cache"),
}

local star = ("*"):rep(2)

sync { default.rsync, source = "/srv/ftp", target = "web2.example.com::ftp", exclude = { star } } --> exclude-everything
