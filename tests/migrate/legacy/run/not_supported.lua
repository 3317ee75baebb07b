-- A key that no version knows yet, set by a function.
local function with(options, key, value)
    options[key] = value
    return options
end

sync(with({ default.rsync, source = "/srv/www", target = "web2.example.com::www" }, "set" .. "tle", 2)) --> not-supported-yet
