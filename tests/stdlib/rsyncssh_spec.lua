-- default.rsyncssh: what it demands, what it spawns, what exit codes mean (spec 4.2, 6.1).

local describe, it, expect, fakes = ...

local function config_of(world, options)
    options.host = options.host or "h"
    options.targetdir = options.targetdir or "/td"
    return fakes.config(world, "rsyncssh", options)
end

local function sync_with(options, changes, settings)
    local world = fakes.world()
    world.settings = settings or {}
    local config = config_of(world, options)
    world.default.rsyncssh.prepare(config, 1)
    return world, fakes.inlet(world, config, changes), config
end

-- The binary and its arguments, each process on a line.
local function commands(world)
    local lines = {}
    for index, spawned in ipairs(world.spawned) do
        lines[index] = spawned.binary .. " " .. table.concat(spawned.args, " ")
    end
    return lines
end

-- What is run for these changes, one action a process; each succeeds at once.
local function ran(options, changes, settings)
    local world, inlet = sync_with(options, changes, settings)
    for _ = 1, #changes do
        world.default.rsyncssh.action(inlet)
    end
    return commands(world), world
end

-- ssh{}, rsync.rsh or nil; the words before the host; what rsync is told, or nil
local TRANSPORTS = {
    { {}, nil, "ssh", nil },
    { { port = 22 }, nil, "ssh -p 22", "--rsh=ssh -p 22" },
    {
        { identityFile = "/i", options = { B = 2, A = "b" }, port = 22, _extra = { "-q" } }, nil,
        "ssh -i /i -o A=b -o B=2 -p 22 -q", "--rsh=ssh -i /i -o A=b -o B=2 -p 22 -q",
    },
    { { binary = "/opt/ssh" }, nil, "/opt/ssh", nil },
    { { identityFile = "/a b/it's" }, nil, "ssh -i /a b/it's", "--rsh=ssh -i '/a b/it''s'" },
    { {}, "ssh -p 9", "ssh -p 9", "--rsh=ssh -p 9" },
    { { port = 2 }, "ssh -p 9", "ssh -p 2", "--rsh=ssh -p 9 --rsh=ssh -p 2" },
}

describe("the way to the host", function()
    for _, case in ipairs(TRANSPORTS) do
        local ssh, rsh, words, told = table.unpack(case, 1, 4)
        it("of a move is " .. words .. (rsh and " where rsync.rsh is " .. rsh or ""), function()
            local lines = ran({ ssh = ssh, rsync = { rsh = rsh } }, { { "Move", "/a", "/b" } })
            expect.equal(lines, { words .. " h mv '/td/a' '/td/b' || rm -rf '/td/a' | false" })
        end)
        it("of rsync is " .. (told or "its own") .. " where that of moves is " .. words, function()
            local lines = ran({ ssh = ssh, rsync = { rsh = rsh } }, { { "Create", "/a" } })
            expect.equal(lines, {
                "rsync -lts " .. (told and told .. " " or "") .. "-r --delete --ignore-errors --force --from0 "
                    .. "--include-from=- --exclude=* /s/ h:/td/",
            })
        end)
    end

    it("of a move is not rsync.rsh with compat", function()
        local lines = ran({ compat = "2.3", rsync = { rsh = "ssh -p 9" } }, { { "Move", "/a", "/b" } })
        expect.equal(lines, { "ssh h mv '/td/a' '/td/b' || rm -rf '/td/a'" })
    end)
end)

describe("the start-up", function()
    it("goes to the directory on the host", function()
        local world, inlet = sync_with({}, { { "Init", "" } })
        world.default.rsyncssh.init(inlet.events[1])
        expect.equal(commands(world), { "rsync --delete --ignore-errors -lts -r /s/ h:/td/" })
        expect.equal(world.logged, { "Normal: recursive full rsync: /s/ -> h:/td/" })
    end)
end)

describe("the action", function()
    it("sends all changes before a move in one run, then makes the move", function()
        local changes = { { "Create", "/x" }, { "Delete", "/y" }, { "Move", "/d/", "/e/" }, { "Modify", "/z" } }
        local _, world = ran({}, changes)
        local inputs = {}
        for index, spawned in ipairs(world.spawned) do
            inputs[index] = spawned.stdin and spawned.stdin:gsub("%z", " ") or spawned.args[2]
        end
        expect.equal(inputs, { "/x / /y", "mv", "/z /" })
    end)

    it("names the move in the log", function()
        local _, world = ran({}, { { "Move", "/a b", "/c" } })
        expect.equal(world.logged, { "Normal: Moving a b -> c" })
    end)

    it("quotes names for the shell on the host", function()
        local lines = ran({ targetdir = "/it's" }, { { "Move", "/a'b\nc$(id)", "/-d" } })
        local origin, destination = [['/it'"'"'s/a'"'"'b]] .. "\n" .. "c$(id)'", [['/it'"'"'s/-d']]
        expect.equal(
            lines,
            { "ssh h mv " .. origin .. " " .. destination .. " || rm -rf " .. origin .. " | false" }
        )
    end)

    it("gives a large file a run of its own, but not across a move", function()
        local world, inlet = sync_with(
            { batchSizeLimit = 100 },
            { { "Create", "/large" }, { "Move", "/a", "/b" }, { "Create", "/larger" } }
        )
        world.sizes = { ["/s//large"] = 101, ["/s//larger"] = 102 }
        world.default.rsyncssh.action(inlet)
        expect.equal({ #world.spawned, world.spawned[1].stdin }, { 1, "/large\0/" })
    end)
end)

-- options, message
local REFUSED = {
    { { host = "" }, 'default.rsyncssh needs "host" configured' },
    { { host = "-oProxyCommand=x" }, "host must not begin with a dash: ssh would take it for an option" },
    { { host = {} }, "host must be a string or a number" },
    { { targetdir = "" }, 'default.rsyncssh needs "targetdir" configured' },
    {
        { targetdir = "/" },
        "targetdir is the root directory; if that is meant, set allowDangerousTarget = true",
    },
    {
        { target = "/t" },
        'Parameter "target" unknown. ( a sync of this kind does not take it. '
            .. "if this is not a typo add it to checkgauge )",
    },
    { { maxProcesses = 2 }, "default.rsyncssh must have maxProcesses set to 1." },
    { { ssh = true }, 'Parameter "ssh" must be a table.' },
    { { ssh = { options = "-q" } }, "ssh.options must be a table { Key = value }" },
    { { ssh = { options = { A = {} } } }, "ssh.options.A must be a string or a number" },
    { { ssh = { _extra = "-q" } }, "ssh._extra must be a list of arguments" },
    { { ssh = { _extra = { {} } } }, "each item of ssh._extra must be a string or a number" },
    { { ssh = { port = {} } }, "ssh.port must be a string or a number" },
    { { ssh = { _computed = {} } }, "please do not use the internal ssh._computed parameter" },
}

describe("the preparation", function()
    for _, case in ipairs(REFUSED) do
        it("says: " .. case[2], function()
            local world = fakes.world()
            local config = config_of(world, case[1])
            expect.failure(function() world.default.rsyncssh.prepare(config, 100) end, case[2])
        end)
    end

    it("takes the limit over all syncs for what it is", function()
        local _, _, config = sync_with({ maxProcesses = 5 }, {}, { maxProcesses = 5 })
        expect.equal(config.maxProcesses, 1)
    end)

    it("takes the root directory on demand", function()
        local _, _, config = sync_with({ targetdir = "/", allowDangerousTarget = true }, {})
        expect.equal(config.targetdir, "/")
    end)

    it("can be done twice", function()
        local world, _, config = sync_with({ ssh = { port = 1 } }, {})
        world.default.rsyncssh.prepare(config, 1)
        expect.equal(config.ssh._computed, { "-p", "1" })
        expect.equal(config.rsync._computed, { "-lts", "--rsh=ssh -p 1" })
    end)

    it("ignores xargs, with a warning", function()
        local world = sync_with({ xargs = { delimiter = "\n" } }, {})
        expect.equal(world.logged, { "Warn: xargs is ignored: names no longer go through xargs on the host" })
    end)
end)

-- Verdicts for the exit codes of a move, one after the other.
local function verdicts(options, codes)
    local world, inlet = sync_with(options, { { "Move", "/a", "/b" } })
    local found = {}
    for index, code in ipairs(codes) do
        found[index] = world.default.rsyncssh.collect(inlet.events[1], code)
    end
    return found, world
end

describe("a move that", function()
    it("succeeds is done", function()
        expect.equal(verdicts({}, { 0 }), { "ok" })
    end)

    it("did not happen on the host is split at once", function()
        local found, world = verdicts({}, { 1 })
        expect.equal(found, { "split" })
        expect.equal(
            world.logged,
            { "Warn: Move of /s//a did not happen on the host; its ends are brought over instead." }
        )
    end)

    it("fails three times is split", function()
        expect.equal(verdicts({}, { 255, 255, 255 }), { "again", "again", "split" })
        expect.equal(verdicts({}, { 127, 143, 127 }), { "again", "again", "split" })
    end)

    it("fails is judged by sshExitCodes", function()
        expect.equal(verdicts({ sshExitCodes = { [0] = "ok", [1] = "die" } }, { 1 }), { "die" })
    end)

    it("fails is judged by exitcodes above all", function()
        expect.equal(
            verdicts({ exitcodes = { [1] = "ok", [7] = "die" }, sshExitCodes = { [1] = "die" } }, { 1, 7 }),
            { "ok", "die" }
        )
    end)

    it("fails is tried for ever with compat", function()
        expect.equal(verdicts({ compat = "2.3" }, { 255, 255, 255, 255 }), { "again", "again", "again", "again" })
    end)
end)

describe("a list", function()
    it("is judged by rsyncExitCodes, and by exitcodes above them", function()
        local world, inlet = sync_with({}, { { "Create", "/a" } })
        local elist = inlet.getEvents(function() return true end)
        expect.equal(world.default.rsyncssh.collect(elist, 23), "partial")
        elist.config.exitcodes = { [23] = "die" }
        expect.equal(world.default.rsyncssh.collect(elist, 23), "die")
    end)
end)
