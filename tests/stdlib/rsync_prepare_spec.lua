-- default.rsync.prepare: what it demands and completes (spec 4.1, 6.1).

local describe, it, expect, fakes = ...

local function prepared(options, skip_target)
    local world = fakes.world()
    local config = fakes.rsync_config(world, options)
    world.default.rsync.prepare(config, 1, skip_target)
    return config
end

-- Without any position: the level lies beyond the stack.
local function failure(options)
    local world = fakes.world()
    local config = fakes.rsync_config(world, options)
    return function() world.default.rsync.prepare(config, 100) end
end

-- as given, as rsync gets it
local TARGETS = {
    { "/t", "/t/" },
    { "/t/", "/t/" },
    { "host:", "host:" },
    { "host:dir", "host:dir/" },
    { "rsync://host/module", "rsync://host/module/" },
    { "relative", "/start/relative/" },
}

describe("a target", function()
    for _, case in ipairs(TARGETS) do
        local given, completed = table.unpack(case)
        it(given .. " becomes " .. completed, function()
            expect.equal(prepared({ target = given }).target, completed)
        end)
    end

    it("may be a number", function()
        expect.equal(prepared({ target = 5 }).target, "/start/5/")
    end)

    it("that is dangerous is refused", function()
        expect.failure(failure { target = "/" }, "target / would be erased")
    end)

    it("that is dangerous is taken with allowDangerousTarget", function()
        expect.equal(prepared({ target = "/", allowDangerousTarget = true }).target, "/")
    end)

    it("is somebody else's business on demand", function()
        expect.equal(prepared({}, true).target, nil)
    end)

    it("is not checked against a source that is missing, since sync{} will say so", function()
        expect.equal(prepared({ source = false, target = "relative" }).target, "relative/")
    end)
end)

local FAILURES = {
    { {}, 'default.rsync needs "target" configured' },
    { { target = "" }, 'default.rsync needs "target" configured' },
    { { target = true }, "target must be a string" },
    { { target = {} }, "target must be a string" },
    { { target = "/t", rsync = false, checkgauge = false }, 'Parameter "rsync" must be a table.' },
    { { target = "/t", rsync = true }, 'Parameter "rsync" must be a table.' },
    { { target = "/t", rsync = { binary = 5 } }, "rsync.binary must be a string" },
    { { target = "/t", rsync = { chmod = true } }, "rsync.chmod must be a string or a number" },
    { { target = "/t", rsync = { temp_dir = {} } }, "rsync.temp_dir must be a string or a number" },
    { { target = "/t", rsync = { _extra = { true } } }, "rsync._extra must hold strings and numbers only" },
    {
        { target = "/t", rsync = { _computed = { "-a" } } },
        "please do not use the internal rsync._computed parameter",
    },
    {
        { target = "/t", rsync = { _computed = true } },
        "please do not use the internal rsync._computed parameter",
    },
    { { target = "/t", batchSizeLimit = "a" }, "batchSizeLimit must be a number of bytes" },
}

for name in ("exclude excludeFrom filter filterFrom delete"):gmatch "%a+" do
    FAILURES[#FAILURES + 1] = {
        { target = "/t", rsync = { [name] = "a" } },
        ('Parameter "rsync.%s" unknown. ( %s belongs one level up, beside rsync = { ... }. '):format(name, name)
            .. "if this is not a typo add it to checkgauge )",
    }
end

for name in ("onCreate onModify onDelete onMove onStartup onFull"):gmatch "%a+" do
    FAILURES[#FAILURES + 1] = {
        { target = "/t", [name] = true },
        ('Parameter "%s" unknown. ( a sync of this kind does not take it. '):format(name)
            .. "if this is not a typo add it to checkgauge )",
    }
end

describe("default.rsync.prepare raises", function()
    for number, case in ipairs(FAILURES) do
        it(number .. ": " .. case[2], function()
            expect.failure(failure(case[1]), case[2])
        end)
    end
end)

describe("default.rsync.prepare", function()
    it("takes the command-line's values and those users get wrong", function()
        prepared { target = "/t", delete = "foo", batchSizeLimit = "1000", exclude = { "a" }, onAttrib = 1 }
    end)

    it("may run again on a table that it has completed", function()
        local world = fakes.world()
        local config = fakes.rsync_config(world, { target = "/t", rsync = { compress = true } })
        world.default.rsync.prepare(config, 1)
        local first = config.rsync._computed
        world.default.rsync.prepare(config, 1)
        expect.equal(config.rsync._computed, first)
    end)

    it("defaults to its caller's line", function()
        local world = fakes.world()
        world.env.config = fakes.rsync_config(world, {})
        local fine, raised = pcall(load("\n\ndefault.rsync.prepare(config)", "@conf.lua", "t", world.env))
        expect.equal({ fine, raised }, { false, 'conf.lua:3: default.rsync needs "target" configured' })
    end)
end)

describe("default.rsync", function()
    it("deletes, waits fifteen seconds and keeps links and times", function()
        local rsync = fakes.world().default.rsync
        expect.equal({ rsync.delete, rsync.delay }, { true, 15 })
        expect.equal(rsync.rsync, { binary = "rsync", links = true, times = true, protect_args = true })
    end)
end)
