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

-- What lets all calls share one connection.
local SHARED = " -o ControlMaster=auto -o ControlPersist=60 -o ServerAliveInterval=15"
    .. " -o ControlPath=${PYLSYNCD_SOCKETS}/1"

-- ssh{}, rsync.rsh or nil; the words before the host; what rsync is told, or nil
local TRANSPORTS = {
    { {}, nil, "ssh" .. SHARED, "--rsh=ssh" .. SHARED },
    { { port = 22 }, nil, "ssh -p 22" .. SHARED, "--rsh=ssh -p 22" .. SHARED },
    {
        { identityFile = "/i", options = { B = 2, A = "b" }, port = 22, _extra = { "-q" } }, nil,
        "ssh -i /i -o A=b -o B=2 -p 22 -q" .. SHARED, "--rsh=ssh -i /i -o A=b -o B=2 -p 22 -q" .. SHARED,
    },
    { { binary = "/opt/ssh" }, nil, "/opt/ssh" .. SHARED, "--rsh=ssh" .. SHARED },
    { { binary = "/opt/dbclient" }, nil, "/opt/dbclient", nil },
    { { identityFile = "/a b/it's" }, nil, "ssh -i /a b/it's" .. SHARED, "--rsh=ssh -i '/a b/it''s'" .. SHARED },
    { {}, "ssh -p 9", "ssh -p 9" .. SHARED, "--rsh=ssh -p 9 --rsh=ssh -p 9" .. SHARED },
    { { port = 2 }, "ssh -p 9", "ssh -p 2" .. SHARED, "--rsh=ssh -p 9 --rsh=ssh -p 2" .. SHARED },
    { {}, "sudo ssh", "sudo ssh", "--rsh=sudo ssh" },
    { { multiplex = false }, nil, "ssh", nil },
    { { multiplex = false }, "ssh -p 9", "ssh -p 9", "--rsh=ssh -p 9" },
    -- the user shares connections, or will not
    { { options = { ControlPath = "none" } }, nil, "ssh -o ControlPath=none", "--rsh=ssh -o ControlPath=none" },
    { { options = { controlmaster = "no" } }, nil, "ssh -o controlmaster=no", "--rsh=ssh -o controlmaster=no" },
    { { _extra = { "-oControlPath=/s" } }, nil, "ssh -oControlPath=/s", "--rsh=ssh -oControlPath=/s" },
    { { _extra = { "-S", "/s" } }, nil, "ssh -S /s", "--rsh=ssh -S /s" },
    { {}, "ssh -S/s", "ssh -S/s", "--rsh=ssh -S/s" },
}

describe("the way to the host", function()
    for _, case in ipairs(TRANSPORTS) do
        local ssh, rsh, words, told = table.unpack(case, 1, 4)
        it("of a move is " .. words .. (rsh and " where rsync.rsh is " .. rsh or ""), function()
            local lines = ran({ ssh = ssh, rsync = { rsh = rsh } }, { { "Move", "/a", "/b" } })
            expect.equal(lines, {
                words .. " h [ -d '/td/b' ] && exit 1 || mv '/td/a' '/td/b' || rm -rf '/td/a' | false",
            })
        end)
        it("of rsync is " .. (told or "its own") .. " where that of moves is " .. words, function()
            local lines = ran({ ssh = ssh, rsync = { rsh = rsh } }, { { "Create", "/a" } })
            expect.equal(lines, {
                "rsync -lts " .. (told and told .. " " or "") .. "-r --delete --ignore-errors --force --from0 "
                    .. "--include-from=- --exclude=* /s/ h:/td/",
            })
        end)
    end

    it("is not shared through a tunnel, whose port may change", function()
        local lines = ran({ tunnel = {} }, { { "Move", "/a", "/b" } })
        expect.equal(lines[1]:match "^ssh h", "ssh h")
    end)

    it("is shared by those syncs only that go the same way", function()
        local world = fakes.world()
        local sockets = {}
        for index, options in ipairs { {}, { host = "i" }, { ssh = { port = 1 } }, {} } do
            local config = config_of(world, options)
            world.default.rsyncssh.prepare(config, 1)
            sockets[index] = config.ssh._computed[#config.ssh._computed]:match "%d+$"
        end
        expect.equal(sockets, { "1", "2", "3", "1" })
    end)

    it("of a move is not rsync.rsh with compat", function()
        local lines = ran({ compat = "2.3", rsync = { rsh = "ssh -p 9" } }, { { "Move", "/a", "/b" } })
        expect.equal(lines, { "ssh h mv '/td/a' '/td/b' || rm -rf '/td/a'" })
    end)
end)

describe("the start-up", function()
    it("goes to the directory on the host", function()
        local world, inlet = sync_with({}, { { "Init", "" } })
        world.default.rsyncssh.init(inlet.events[1])
        expect.equal(commands(world), { "rsync --delete --ignore-errors -lts --rsh=ssh" .. SHARED .. " -r /s/ h:/td/" })
        expect.equal(world.logged, { "Normal: recursive full rsync: /s/ -> h:/td/" })
    end)
end)

describe("the action", function()
    it("sends all changes before a move in one run, then makes the move", function()
        local changes = { { "Create", "/x" }, { "Delete", "/y" }, { "Move", "/d/", "/e/" }, { "Modify", "/z" } }
        local _, world = ran({}, changes)
        local inputs = {}
        for index, spawned in ipairs(world.spawned) do
            inputs[index] = spawned.stdin and spawned.stdin:gsub("%z", " ") or spawned.binary
        end
        expect.equal(inputs, { "/x / /y", "ssh", "/z /" })
    end)

    it("names the move in the log", function()
        local _, world = ran({}, { { "Move", "/a b", "/c" } })
        expect.equal(world.logged, { "Normal: Moving a b -> c" })
    end)

    it("quotes names for the shell on the host", function()
        local options = { targetdir = "/it's", ssh = { multiplex = false } }
        local lines = ran(options, { { "Move", "/a'b\nc$(id)", "/-d" } })
        local origin, destination = [['/it'"'"'s/a'"'"'b]] .. "\n" .. "c$(id)'", [['/it'"'"'s/-d']]
        expect.equal(
            lines,
            {
                "ssh h [ -d " .. destination .. " ] && exit 1 || mv " .. origin .. " " .. destination
                    .. " || rm -rf " .. origin .. " | false",
            }
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
        expect.equal(table.concat(config.ssh._computed, " "), "-p 1" .. SHARED)
        expect.equal(config.rsync._computed, { "-lts", "--rsh=ssh -p 1" .. SHARED })
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

local BURST = { { "Move", "/a%", "/b" }, { "Create", "/x" }, { "Move", "/it's/", "/e/" }, { "Move", "/\n", "/f" } }

-- The events of a burst of moves that were sent in one call, as a list, and the world.
local function burst(options)
    local world, inlet = sync_with(options or {}, BURST)
    world.default.rsyncssh.action(inlet)
    return world.spawned[1].agent, world
end

-- Verdicts on a burst: the first, and that on each move ("-" where there is none).
local function burst_judged(options, code, answer)
    local elist, world = burst(options)
    local verdict, each = world.default.rsyncssh.collect(elist, code, answer)
    local found = { verdict }
    for index, event in ipairs(elist.getList()) do
        found[index + 1] = (each or {})[event] or "-"
    end
    return table.concat(found, " "), world, elist
end

describe("a burst of moves", function()
    it("goes to a shell on the host in one call that answers, whatever lies between them", function()
        local _, world = burst { ssh = { multiplex = false } }
        expect.equal(commands(world), { "ssh h sh -c 'read -r line && exec sh'" })
        expect.equal(world.spawned[1].is_to_answer, true)
        local moves = {}
        for line in world.spawned[1].stdin:gmatch "\n(move %d .-'%f[\n])" do
            moves[#moves + 1] = line
        end
        expect.equal(moves, {
            "move 1 '/td/a%' '/td/b'", [[move 2 '/td/it'"'"'s/' '/td/e/']], "move 3 '/td/\n' '/td/f'",
        })
        expect.equal(world.logged, { "Normal: Moving a% -> b", "Normal: Moving it's/ -> e/", "Normal: Moving \n -> f" })
    end)

    it("goes with the words of rsync.rsh where those alone show the way", function()
        local _, world = burst { rsync = { rsh = "ssh -p 9" }, ssh = { multiplex = false } }
        expect.equal(commands(world), { "ssh -p 9 h sh -c 'read -r line && exec sh'" })
    end)

    it("is made one by one with compat", function()
        local lines = ran({ compat = "2.3" }, { { "Move", "/a", "/b" }, { "Move", "/c", "/d" } })
        expect.equal(lines, {
            "ssh h mv '/td/a' '/td/b' || rm -rf '/td/a'", "ssh h mv '/td/c' '/td/d' || rm -rf '/td/c'",
        })
    end)

    it("takes a thousand in one call at most", function()
        local changes = {}
        for index = 1, 1001 do
            changes[index] = { "Move", "/a" .. index, "/b" .. index }
        end
        local world, inlet = sync_with({}, changes)
        world.default.rsyncssh.action(inlet)
        expect.equal(world.spawned[1].agent.size(), 1000)
    end)

    it("that has happened is done", function()
        local found, world = burst_judged({}, 0, "\n1 moved\n2 moved\n3 moved\n")
        expect.equal(found, "ok - - -")
        expect.equal(world.logged[#world.logged], "Normal: Finished a list after exitcode: 0")
    end)

    it("is judged move by move by what the host says", function()
        local found, world = burst_judged({}, 1, "\n1 moved\n2 missing\n3 failed\n")
        expect.equal(found, "split ok split again")
        expect.equal(world.logged[#world.logged], "Warn: Move of /s//it's/ did not happen, the host does not have it; "
            .. "its ends are brought over instead.")
        expect.equal((burst_judged({}, 1, "\n1 blocked\n2 moved\n3 moved\n")), "split split ok ok")
    end)

    it("is not taken for done because of words that the host's shell says on its own", function()
        expect.equal((burst_judged({}, 1, "7 moved\nhello 2 moved\n1 moved \n\n3 moved\n")), "split again again ok")
    end)

    it("whose shell has read nothing is tried again", function()
        expect.equal((burst_judged({}, 1, "")), "split again again again")
    end)

    it("that broke off is tried again, but for what is known to have happened", function()
        expect.equal((burst_judged({}, 255, "\n1 moved\n2 missing\n")), "again ok split -")
        expect.equal((burst_judged({}, 137, "\n1 moved\n")), "again ok - -")
    end)

    it("without an answer is judged by the exit code, as a single one is", function()
        expect.equal((burst_judged({}, 0, nil)), "ok - - -")
        expect.equal((burst_judged({}, 1, nil)), "split split split split")
        expect.equal((burst_judged({}, 255, nil)), "again - - -")
    end)

    it("is split when it has failed three times", function()
        local elist, world = burst()
        local collect = world.default.rsyncssh.collect
        collect(elist, 255, "")
        collect(elist, 255, "")
        local verdict, each = collect(elist, 255, "\n2 moved\n")
        local found = { verdict }
        for index, event in ipairs(elist.getList()) do
            found[index + 1] = each[event]
        end
        expect.equal(found, { "again", "split", "ok", "split" })
    end)

    it("is judged by codes of the user's above all", function()
        expect.equal((burst_judged({ sshExitCodes = { [0] = "ok", [1] = "die" } }, 1, "\n1 moved\n")), "die - - -")
        expect.equal((burst_judged({ exitcodes = { [1] = "ok" } }, 1, "")), "ok - - -")
    end)
end)

describe("a list", function()
    it("of a user's own, moves or not, is judged by rsyncExitCodes", function()
        local world, inlet = sync_with({}, { { "Move", "/a", "/b" } })
        local elist = inlet.getEvents(function() return true end)
        expect.equal(world.default.rsyncssh.collect(elist, 23), "partial")
    end)

    it("is judged by rsyncExitCodes, and by exitcodes above them", function()
        local world, inlet = sync_with({}, { { "Create", "/a" } })
        local elist = inlet.getEvents(function() return true end)
        expect.equal(world.default.rsyncssh.collect(elist, 23), "partial")
        elist.config.exitcodes = { [23] = "die" }
        expect.equal(world.default.rsyncssh.collect(elist, 23), "die")
    end)
end)
