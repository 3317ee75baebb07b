-- default.collect: what a finished process means (spec 2.9, softened by 6.1).

local describe, it, expect, fakes = ...

local TABLE = { [0] = "ok", [5] = "again", [9] = "die", [23] = "partial", [24] = "ok", [7] = "oops" }

local function agent_of(kind, exitcodes)
    local config = { source = "/s/", target = "/t/", exitcodes = exitcodes }
    if kind == "list" then
        return fakes.elist(config, {})
    end
    return fakes.event(config, kind, kind == "Init" and "" or "/f")
end

local UNLISTED_START = 'Error: Unknown exitcode "77" on startup of /s/ -> /t/.'
local NO_INSIST = "Error: Temporary or permanent failure on startup of /s/ -> /t/. "
    .. 'Terminating since "insist" is not set.'

-- agent, exit code, table or nil, settings, verdict, log lines
local CASES = {
    { "list", 0, TABLE, {}, "ok", { "Normal: Finished a list after exitcode: 0" } },
    { "list", 24, TABLE, {}, "ok", { "Normal: Finished a list after exitcode: 24" } },
    { "list", 5, TABLE, {}, "again", { "Normal: Retrying a list after exitcode = 5" } },
    { "list", 9, TABLE, {}, "die", { "Error: Failure with a list with exitcode = 9" } },
    { "list", 23, TABLE, {}, "partial", { "Warn: Partial failure with a list with exitcode = 23" } },
    {
        "list", 77, TABLE, {}, "again",
        { 'Error: Unknown exitcode "77" with a list', "Normal: Retrying a list after exitcode = 77" },
    },
    {
        "list", 137, TABLE, {}, "again",
        { 'Error: Unknown exitcode "137" with a list', "Normal: Retrying a list after exitcode = 137" },
    },
    {
        "list", 7, TABLE, {}, "again",
        { 'Error: Unknown exitcode "7" with a list', "Normal: Retrying a list after exitcode = 7" },
    },
    { "list", 0, { [5] = "die" }, {}, "ok", { "Normal: Finished a list after exitcode: 0" } },
    { "list", 0, nil, {}, "ok", { "Normal: Finished a list after exitcode: 0" } },
    { "list", 1, nil, {}, "ok", { "Error: Failure with a list with exitcode = 1" } },
    { "list", 1, false, {}, "ok", { "Error: Failure with a list with exitcode = 1" } },

    { "Create", 0, TABLE, {}, "ok", { "Normal: Finished Create on /s//f = 0" } },
    { "Create", 5, TABLE, {}, "again", { "Normal: Retrying Create on /s//f = 5" } },
    { "Create", 9, TABLE, {}, "die", { "Error: Failure with Create on /s//f = 9" } },
    { "Create", 23, TABLE, {}, "partial", { "Warn: Partial failure with Create on /s//f = 23" } },
    {
        "Delete", 77, TABLE, {}, "again",
        { 'Error: Unknown exitcode "77" with Delete on /s//f = 77', "Normal: Retrying Delete on /s//f = 77" },
    },
    { "Modify", 0, nil, {}, "ok", { "Normal: Finished Modify on /s//f = 0" } },
    { "Modify", 1, nil, {}, "ok", { "Error: Failure with Modify on /s//f = 1" } },
    { "Modify", 137, nil, {}, "ok", { "Error: Failure with Modify on /s//f = 137" } },

    { "Init", 0, TABLE, {}, "ok", { "Normal: Startup of /s/ -> /t/ finished." } },
    { "Init", 24, TABLE, {}, "ok", { "Normal: Startup of /s/ -> /t/ finished." } },
    { "Init", 5, TABLE, { insist = true }, "again", { "Normal: Retrying startup of /s/ -> /t/: 5" } },
    { "Init", 5, TABLE, {}, "again", { NO_INSIST }, -1 },
    {
        "Init", 77, TABLE, { insist = true }, "again",
        { UNLISTED_START, "Normal: Retrying startup of /s/ -> /t/: 77" },
    },
    { "Init", 77, TABLE, {}, "again", { UNLISTED_START, NO_INSIST }, -1 },
    { "Init", 9, TABLE, { insist = true }, "die", { "Error: Failure on startup of /s/ -> /t/." } },
    {
        "Init", 23, TABLE, {}, "partial",
        {
            "Warn: Startup of /s/ -> /t/ finished in part with exitcode = 23, what failed is tried again.",
        },
    },
    { "Init", 0, nil, {}, "ok", { "Normal: Startup of /s/ -> /t/ finished." } },
    { "Init", 1, nil, {}, "die", { "Error: Failure on startup of /s/ -> /t/." } },

    { "list", 77, TABLE, { compat = "2.3" }, "die", { 'Error: Unknown exitcode "77" with a list' } },
    { "list", 0, { [5] = "ok" }, { compat = "2.3" }, "die", { 'Error: Unknown exitcode "0" with a list' } },
    { "list", 137, TABLE, { compat = "2.3" }, "die", { 'Error: Unknown exitcode "137" with a list' } },
    { "list", 23, TABLE, { compat = "2.3" }, "ok", { "Normal: Finished a list after exitcode: 23" } },
    { "Create", 1, nil, { compat = "2.3" }, "die", { "Error: Failure with Create on /s//f = 1" } },
    { "Create", 137, nil, { compat = "2.3" }, "die", { "Error: Failure with Create on /s//f = 137" } },
    { "Init", 77, TABLE, { compat = "2.3" }, "die", { UNLISTED_START } },
}

local function title(case)
    local codes = case[3] and "exitcodes" or "no exitcodes"
    local parts = { case[1], "with", codes, "and exit code", tostring(case[2]) }
    for key, value in pairs(case[4]) do
        parts[#parts + 1] = "and " .. key .. " = " .. tostring(value)
    end
    return table.concat(parts, " ") .. " is " .. case[5]
end

describe("the default collect:", function()
    for _, case in ipairs(CASES) do
        local kind, code, exitcodes, settings, verdict, lines, terminated = table.unpack(case, 1, 7)
        it(title(case), function()
            local world = fakes.world()
            world.settings = settings
            expect.equal(world.default.collect(agent_of(kind, exitcodes), code), verdict)
            expect.equal(world.logged, lines)
            expect.equal(world.terminated, terminated)
        end)
    end

    it("takes another table in place of the sync's", function()
        local world = fakes.world()
        expect.equal(world.default.collect(agent_of("Move", TABLE), 5, { [5] = "die" }), "die")
    end)

    it("names a start-up without a target as Lsyncd does", function()
        local world = fakes.world()
        local event = agent_of "Init"
        event.config.target = nil
        world.default.collect(event, 0)
        expect.equal(world.logged, { "Normal: Startup of /s/ -> (nil) finished." })
    end)

    it("names a start-up to a host by host and directory", function()
        local world = fakes.world()
        local event = agent_of "Init"
        event.config.target, event.config.host, event.config.targetdir = nil, "h", "/d/"
        world.default.collect(event, 0)
        expect.equal(world.logged, { "Normal: Startup of /s/ -> h:/d/ finished." })
    end)
end)

describe("the exit codes of rsync", function()
    it("are those of the table", function()
        local codes = {}
        for code, verdict in pairs(fakes.world().default.rsyncExitCodes) do
            local known = codes[verdict] or {}
            known[#known + 1] = type(code) == "number" and code or nil
            table.sort(known)
            codes[verdict] = known
        end
        expect.equal(codes.ok, { 0, 24 })
        expect.equal(codes.partial, { 23 })
        expect.equal(codes.die, { 1, 2, 4, 25 })
        expect.equal(codes.again, { 3, 5, 6, 10, 11, 12, 14, 20, 21, 22, 30, 35, 255 })
    end)

    it("are taken whole or not at all, numbers as keys", function()
        local codes = fakes.world().default.rsyncExitCodes
        expect.equal({ codes._merge, codes._verbatim }, { false, true })
    end)

    it("hold for default.rsync", function()
        local default = fakes.world().default
        expect.equal(rawequal(default.rsync.exitcodes, default.rsyncExitCodes), true)
    end)
end)
