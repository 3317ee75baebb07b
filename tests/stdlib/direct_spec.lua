-- default.direct: the command for each event, what stands in its way, what exit codes mean (spec 4.3, 6.1).

local describe, it, expect, fakes = ...

local ATTRIBUTES = 'chown -h --reference="$1" -- "$2" 2>/dev/null; '
    .. 'chmod --reference="$1" -- "$2" && touch -c -r "$1" -- "$2"'
local MOVE = 'mv -- "$1" "$2"'
local OR_REMOVE = ' || rm -rf -- "$1"'

local function file(more)
    local status = { kind = "file", mode = 420, uid = 0, gid = 0, size = 1, mtime = 1 }
    for key, value in pairs(more or {}) do
        status[key] = value
    end
    return status
end

local function directory(more)
    local status = file { kind = "directory", mode = 493 }
    for key, value in pairs(more or {}) do
        status[key] = value
    end
    return status
end

local LINK, PIPE = file { kind = "link" }, file { kind = "pipe" }

local function sync_with(options, changes, files)
    local world = fakes.world()
    world.files = files
    options.target = options.target or "/t"
    local config = fakes.config(world, "direct", options)
    world.default.direct.prepare(config, 1)
    return world, fakes.inlet(world, config, changes)
end

-- What is run for one change: words joined by " | ", or "discarded", or "missed".
local function command(change, files, options)
    local world, inlet = sync_with(options or {}, { change }, files)
    world.default.direct.action(inlet)
    local spawned = world.spawned[1]
    if not spawned then
        return inlet.events[1].status, world
    end
    return spawned.binary .. " | " .. table.concat(spawned.args, " | "), world
end

-- sentence, change, what there is, command
local HEALTHY = {
    { "a new file", { "Create", "/d/f" }, { ["/s//d/f"] = file() }, "cp | -p | -- | /s//d/f | /t//d/" },
    {
        "a file that changes", { "Modify", "/f" }, { ["/s//f"] = file(), ["/t//f"] = file() },
        "cp | -p | -- | /s//f | /t//",
    },
    { "a new directory", { "Create", "/d/e/" }, { ["/s//d/e"] = directory() }, "mkdir | -- | /t//d/e/" },
    { "a deleted file", { "Delete", "/f" }, { ["/t//f"] = file() }, "rm | -rf | -- | /t//f" },
    { "a deleted directory", { "Delete", "/d/" }, { ["/t//d"] = directory() }, "rm | -rf | -- | /t//d/" },
    {
        "a moved file", { "Move", "/a", "/b" }, { ["/t//a"] = file() },
        "sh | -c | " .. MOVE .. OR_REMOVE .. " | sh | /t//a | /t//b",
    },
    {
        "a file moved onto another", { "Move", "/a", "/b" }, { ["/t//a"] = file(), ["/t//b"] = file() },
        "sh | -c | " .. MOVE .. OR_REMOVE .. " | sh | /t//a | /t//b",
    },
    {
        "a moved directory", { "Move", "/d/e/", "/e/" }, { ["/t//d/e"] = directory() },
        "sh | -c | " .. MOVE .. OR_REMOVE .. " | sh | /t//d/e/ | /t//e/",
    },
}

describe("a healthy run does what Lsyncd does for", function()
    for _, case in ipairs(HEALTHY) do
        it(case[1], function()
            expect.equal((command(case[2], case[3])), case[4])
            expect.equal((command(case[2], {}, { compat = "2.3" })), case[4])
        end)
    end
end)

local TREE_MOVE = 'rm -rf -- "$2" && mv -T -- "$1" "$2"' .. OR_REMOVE
local MADE = 'mkdir -- "$2" && { ' .. ATTRIBUTES .. "; }"
local AWAY = 'sh | -c | rm -rf -- "$1" && shift && exec "$@" | sh | '

local MENDED = {
    { "a link comes as a link", { "Create", "/l" }, { ["/s//l"] = LINK }, "cp | -pPR | -- | /s//l | /t//" },
    { "a pipe is made, not read", { "Create", "/p" }, { ["/s//p"] = PIPE }, "cp | -pPR | -- | /s//p | /t//" },
    {
        "a file is not written through a link", { "Modify", "/f" }, { ["/s//f"] = file(), ["/t//f"] = LINK },
        AWAY .. "/t//f | cp | -p | -- | /s//f | /t//",
    },
    {
        "a file is not written into a pipe", { "Create", "/f" }, { ["/s//f"] = file(), ["/t//f"] = PIPE },
        AWAY .. "/t//f | cp | -p | -- | /s//f | /t//",
    },
    {
        "a directory makes way for a file", { "Create", "/f" }, { ["/s//f"] = file(), ["/t//f"] = directory() },
        AWAY .. "/t//f | cp | -p | -- | /s//f | /t//",
    },
    {
        "a directory makes way for a link", { "Create", "/l" }, { ["/s//l"] = LINK, ["/t//l"] = directory() },
        AWAY .. "/t//l | cp | -pPR | -- | /s//l | /t//",
    },
    {
        "a file makes way for a directory", { "Create", "/d/" }, { ["/s//d"] = directory(), ["/t//d"] = file() },
        AWAY .. "/t//d | mkdir | -- | /t//d/",
    },
    {
        "a directory that is there already stays", { "Create", "/d/" },
        { ["/s//d"] = directory(), ["/t//d"] = directory() }, "discarded",
    },
    {
        "a directory that is there already gets its mode", { "Create", "/d/" },
        { ["/s//d"] = directory { mode = 448 }, ["/t//d"] = directory() },
        "sh | -c | " .. ATTRIBUTES .. " | sh | /s//d | /t//d",
    },
    {
        "a directory with a mode of its own gets it", { "Create", "/d/" },
        { ["/s//d"] = directory { mode = 448 } }, "sh | -c | " .. MADE .. " | sh | /s//d | /t//d",
    },
    {
        "somebody's directory becomes theirs", { "Create", "/d/" },
        { ["/s//d"] = directory { uid = 9 } }, "sh | -c | " .. MADE .. " | sh | /s//d | /t//d",
    },
    { "what has left again is left to its Delete", { "Create", "/f" }, {}, "missed" },
    {
        "a file that is a directory now is left to its Delete", { "Modify", "/f" },
        { ["/s//f"] = directory() }, "missed",
    },
    {
        "a file that a deleted directory was goes too", { "Delete", "/d/" }, { ["/t//d"] = file() },
        "rm | -rf | -- | /t//d",
    },
    {
        "a file that a deleted directory is now is copied", { "Delete", "/a/d/" },
        { ["/s//a/d"] = file(), ["/t//a/d"] = directory() }, AWAY .. "/t//a/d | cp | -p | -- | /s//a/d | /t//a/",
    },
    {
        "a link that a deleted directory is now is copied", { "Delete", "/d/" },
        { ["/s//d"] = LINK }, "cp | -pPR | -- | /s//d | /t//",
    },
    {
        "a directory that is there again goes for what comes behind", { "Delete", "/d/" },
        { ["/s//d"] = directory(), ["/t//d"] = directory() }, "rm | -rf | -- | /t//d/",
    },
    {
        "what lies behind a link in the source is left to its own events", { "Create", "/l/f" },
        { ["/s/l"] = LINK, ["/s//l/f"] = file() }, "missed",
    },
    {
        "what lies behind a link in the source is not deleted", { "Delete", "/l/f" },
        { ["/s/l"] = LINK, ["/t//l/f"] = file() }, "discarded",
    },
    {
        "what lies behind a link at the target is not deleted", { "Delete", "/l/d/" },
        { ["/t/l"] = LINK, ["/t//l/d"] = directory() }, "discarded",
    },
    {
        "nothing moves through a link at the target", { "Move", "/l/f", "/g" },
        { ["/t/l"] = LINK, ["/t//l/f"] = file(), ["/s//g"] = file() }, "false | ",
    },
    {
        "a new mode comes over", { "Attrib", "/f" }, { ["/s//f"] = file { mode = 384 }, ["/t//f"] = file() },
        "sh | -c | " .. ATTRIBUTES .. " | sh | /s//f | /t//f",
    },
    {
        "a new time comes over", { "Attrib", "/d/" },
        { ["/s//d"] = directory { mtime = 2 }, ["/t//d"] = directory() },
        "sh | -c | " .. ATTRIBUTES .. " | sh | /s//d | /t//d",
    },
    { "equal attributes stay", { "Attrib", "/f" }, { ["/s//f"] = file(), ["/t//f"] = file() }, "discarded" },
    {
        "a file with other attributes that is not there is copied", { "Attrib", "/f" }, { ["/s//f"] = file() },
        "cp | -p | -- | /s//f | /t//",
    },
    {
        "a link gets its attributes with a new copy", { "Attrib", "/l" }, { ["/s//l"] = LINK, ["/t//l"] = LINK },
        "cp | -pPR | -- | /s//l | /t//",
    },
    {
        "a directory does not move into another", { "Move", "/d/", "/e/" },
        { ["/t//d"] = directory(), ["/t//e"] = directory() }, "sh | -c | " .. TREE_MOVE .. " | sh | /t//d | /t//e",
    },
    {
        "a file does not move into what a link leads to", { "Move", "/a", "/b" },
        { ["/t//a"] = file(), ["/t//b"] = LINK }, "sh | -c | " .. TREE_MOVE .. " | sh | /t//a | /t//b",
    },
}

describe("where Lsyncd goes wrong,", function()
    for _, case in ipairs(MENDED) do
        it(case[1], function()
            expect.equal((command(case[2], case[3])), case[4])
        end)
    end

    it("those who are not root leave owners alone", function()
        local world, inlet = sync_with({}, { { "Create", "/d/" } }, { ["/s//d"] = directory { uid = 9 } })
        world.identity = { uid = 5, gid = 5, umask = 18 }
        world.default.direct.action(inlet)
        expect.equal(world.spawned[1].binary, "mkdir")
    end)
end)

describe("delete", function()
    it("= false keeps what is deleted", function()
        expect.equal((command({ "Delete", "/f" }, { ["/t//f"] = file() }, { delete = false })), "discarded")
        expect.equal((command({ "Delete", "/f" }, { ["/t//f"] = file() }, { delete = "startup" })), "discarded")
    end)

    it("= false keeps the origin of a move that fails", function()
        expect.equal(
            (command({ "Move", "/a", "/b" }, { ["/t//a"] = file() }, { delete = false })),
            "sh | -c | " .. MOVE .. " | sh | /t//a | /t//b"
        )
    end)

    it('= "running" deletes', function()
        expect.equal((command({ "Delete", "/f" }, {}, { delete = "running" })), "rm | -rf | -- | /t//f")
    end)
end)

describe("with compat", function()
    it("attributes are ignored, which the log tells", function()
        local status, world = command({ "Attrib", "/f" }, { ["/s//f"] = file() }, { compat = "2.3" })
        expect.equal({ status, world.logged }, { "discarded", { 'Warn: ignored an event of type "Attrib"' } })
    end)

    it("failures are ignored", function()
        local world, inlet = sync_with({ compat = "2.3" }, { { "Create", "/f" } }, { ["/s//f"] = file() })
        expect.equal(world.default.direct.collect(inlet.events[1], 1), "ok")
    end)
end)

describe("a copy that takes long", function()
    local function copying()
        local world, inlet = sync_with({}, { { "Create", "/f" } }, { ["/s//f"] = file() })
        world.default.direct.action(inlet)
        return world, inlet.events[1]
    end

    it("is looked after a second later, lest its source has become a pipe", function()
        local world = copying()
        expect.equal({ #world.alarms, world.alarms[1].at }, { 1, 101 })
        world.alarms[1].call()
        expect.equal({ world.ended_pipes, #world.alarms }, { { "/s//f" }, 2 })
    end)

    it("is ended two seconds later, should it still wait for what nobody can reach", function()
        local world = copying()
        world.alarms[1].call()
        expect.equal(world.ended_copies, {})
        world.alarms[2].call()
        expect.equal(world.ended_copies, { "/s//f" })
    end)

    it("is left alone once it is done", function()
        local world, event = copying()
        event.status = "done"
        world.alarms[1].call()
        expect.equal({ world.ended_pipes, #world.alarms }, { {}, 1 })
    end)
end)

describe("the preparation", function()
    it("refuses a target on another host", function()
        local world = fakes.world()
        local config = fakes.config(world, "direct", { target = "host:/t" })
        expect.failure(
            function() world.default.direct.prepare(config, 100) end,
            "default.direct needs a directory of this machine as target"
        )
    end)
end)

describe("the root directory", function()
    it("is never erased", function()
        local world, inlet = sync_with({}, { { "Delete", "/" } }, {})
        inlet.events[1].targetPath = "//"
        world.default.direct.action(inlet)
        expect.equal(
            { inlet.events[1].status, world.logged },
            { "discarded", { "Error: Refusing to erase your harddisk!" } }
        )
    end)
end)

-- Verdicts for the exit codes of one change's command, one after the other.
local function verdicts(change, files, codes, options)
    local world, inlet = sync_with(options or {}, { change }, files)
    local found = {}
    for index, code in ipairs(codes) do
        inlet.events[1].status = "wait"
        world.default.direct.action(inlet)
        found[index] = world.default.direct.collect(inlet.events[1], code)
    end
    return found, world
end

describe("a command that", function()
    it("succeeds is done", function()
        expect.equal(verdicts({ "Create", "/f" }, { ["/s//f"] = file() }, { 0 }), { "ok" })
    end)

    it("fails is tried again", function()
        local found, world = verdicts({ "Create", "/f" }, { ["/s//f"] = file() }, { 1 })
        expect.equal(found, { "partial" })
        expect.equal(world.logged, { "Warn: Create of /t//f failed with exitcode 1, try 1" })
    end)

    it("fails three times makes way for rsync", function()
        local _, world = verdicts({ "Create", "/f" }, { ["/s//f"] = file() }, { 1, 1, 1, 0 })
        local last = world.spawned[#world.spawned]
        expect.equal({ last.binary, last.stdin, last.agent.isList }, { "rsync", "/f\0/", true })
    end)

    it("would go through a link at the target makes way for rsync", function()
        local files = { ["/s/l"] = directory(), ["/s//l/f"] = file(), ["/t/l"] = LINK }
        local world, inlet = sync_with({}, { { "Modify", "/l/f" } }, files)
        world.default.direct.action(inlet)
        expect.equal({ world.spawned[1].binary, world.spawned[1].agent.isList }, { "rsync", true })
    end)

    it("fails since its file has left is done", function()
        local world, inlet = sync_with({}, { { "Create", "/f" } }, { ["/s//f"] = file() })
        world.default.direct.action(inlet)
        world.files = {}
        expect.equal(world.default.direct.collect(inlet.events[1], 1), "ok")
    end)

    it("fails is judged by exitcodes if there are any", function()
        expect.equal(
            verdicts({ "Create", "/f" }, { ["/s//f"] = file() }, { 1 }, { exitcodes = { [1] = "die" } }),
            { "die" }
        )
    end)

    it("has moved something is done", function()
        expect.equal(verdicts({ "Move", "/a", "/b" }, { ["/t//a"] = file() }, { 0 }), { "ok" })
    end)

    it("found nothing to move is split", function()
        expect.equal(verdicts({ "Move", "/a", "/b" }, { ["/t//b"] = file() }, { 0 }), { "split" })
    end)

    it("has removed what it could not move is split", function()
        expect.equal(
            verdicts({ "Move", "/a", "/b" }, { ["/t//a"] = file(), ["/s//b"] = file() }, { 0 }),
            { "split" }
        )
    end)

    it("fails to move three times is split", function()
        expect.equal(
            verdicts({ "Move", "/a", "/b" }, { ["/t//a"] = file(), ["/t//b"] = file() }, { 1, 1, 1 }),
            { "partial", "partial", "split" }
        )
    end)
end)

describe("rsync", function()
    it("is judged by rsyncExitCodes", function()
        local world, inlet = sync_with({}, { { "Init", "" } }, {})
        expect.equal(world.default.direct.collect(inlet.events[1], 23), "partial")
        expect.equal(world.default.direct.collect(inlet.events[1], 0), "ok")
    end)
end)
