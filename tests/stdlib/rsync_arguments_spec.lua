-- The arguments that `rsync{}` becomes (spec 4.1); the expectations were read off the real daemon,
-- but for the order of the letters, which is random there.

local describe, it, expect, fakes = ...

local function computed(options)
    local world = fakes.world()
    options.binary = "rsync"
    local config = fakes.rsync_config(world, { target = "/t", rsync = options })
    world.default.rsync.prepare(config, 1)
    return config.rsync._computed, world
end

-- option, its value, and the arguments that it adds to or takes from -lts
local CASES = {
    { {}, "-lts" },
    { { links = false }, "-ts" },
    { { times = false }, "-ls" },
    { { protect_args = false }, "-lt" },
    { { links = false, times = false, protect_args = false } },
    { { acls = true }, "-Alts" },
    { { backup = true }, "-blts" },
    { { checksum = true }, "-clts" },
    { { compress = true }, "-zlts" },
    { { copy_dirlinks = true }, "-klts" },
    { { copy_links = true }, "-Llts" },
    { { cvs_exclude = true }, "-Clts" },
    { { dry_run = true }, "-nlts" },
    { { executability = true }, "-Elts" },
    { { group = true }, "-glts" },
    { { hard_links = true }, "-Hlts" },
    { { ignore_times = true }, "-Ilts" },
    { { ipv4 = true }, "-4lts" },
    { { ipv6 = true }, "-6lts" },
    { { keep_dirlinks = true }, "-Klts" },
    { { omit_dir_times = true }, "-lOts" },
    { { omit_link_times = true }, "-lJts" },
    { { one_file_system = true }, "-lxts" },
    { { owner = true }, "-lots" },
    { { perms = true }, "-lpts" },
    { { prune_empty_dirs = true }, "-lmts" },
    { { quiet = true }, "-lqts" },
    { { sparse = true }, "-lSts" },
    { { update = true }, "-ltsu" },
    { { verbose = true }, "-ltsv" },
    { { whole_file = true }, "-ltsW" },
    { { xattrs = true }, "-ltsX" },

    { { append = true }, "-lts", "--append" },
    { { append_verify = true }, "-lts", "--append-verify" },
    { { copy_unsafe_links = true }, "-lts", "--copy-unsafe-links" },
    { { existing = true }, "-lts", "--existing" },
    { { inplace = true }, "-lts", "--inplace" },
    { { devices = true }, "-lts", "--devices" },
    { { specials = true }, "-lts", "--specials" },
    { { devices = true, specials = true }, "-ltsD" },

    { { backup_dir = "/bd" }, "-lts", "--backup-dir=/bd" },
    { { bwlimit = 100 }, "-lts", "--bwlimit=100" },
    { { chmod = "u+x" }, "-lts", "--chmod=u+x" },
    { { chown = "a:b" }, "-lts", "--chown=a:b" },
    { { groupmap = "a:b" }, "-lts", "--groupmap=a:b" },
    { { password_file = "/pf" }, "-lts", "--password-file=/pf" },
    { { rsh = "ssh -p 1" }, "-lts", "--rsh=ssh -p 1" },
    { { rsync_path = "/rp" }, "-lts", "--rsync-path=/rp" },
    { { suffix = "~~" }, "-lts", "--suffix=~~" },
    { { temp_dir = "/tmp" }, "-lts", "--temp-dir=/tmp" },
    { { timeout = 5 }, "-lts", "--timeout=5" },
    { { usermap = "a:b" }, "-lts", "--usermap=a:b" },

    { { _extra = { "--a", "--b" }, bwlimit = 1 }, "-lts", "--a", "--b", "--bwlimit=1" },
    { { _extra = { { "--n" }, "x", 5 } }, "-lts", "--n", "x", "5" },
    { { _extra = {} }, "-lts" },
    { { _extra = { a = "b" } }, "-lts" },
    { { delete_excluded = true }, "-lts" },

    { { archive = true }, "-gloptsD" },
    { { archive = false }, "-lts" },
    { { archive = true, perms = false, owner = false }, "-gltsD" },
    { { archive = true, devices = false }, "-glopts", "--specials" },
    { { archive = true, specials = false }, "-glopts", "--devices" },

    { { archive = "true" }, "-gloptsD" },
    { { archive = 1 }, "-gloptsD" },
    { { compress = 9 }, "-zlts" },
    { { links = "no" }, "-lts" },
    { { existing = 0 }, "-lts", "--existing" },
    { { chmod = 666 }, "-lts", "--chmod=666" },
    { { chmod = false }, "-lts" },
    { { bwlimit = "100" }, "-lts", "--bwlimit=100" },
    { { bwlimit = 1.5 }, "-lts", "--bwlimit=1.5" },
    { { bwlimit = 0 }, "-lts", "--bwlimit=0" },
    { { bwlimit = 1e10 }, "-lts", "--bwlimit=10000000000.0" },
    { { rsh = "" }, "-lts", "--rsh=" },
    { { timeout = "x" }, "-lts", "--timeout=x" },
}

local function show(options)
    local parts = {}
    for key, value in pairs(options) do
        parts[#parts + 1] = key .. " = " .. (type(value) == "table" and "{ … }" or tostring(value))
    end
    table.sort(parts)
    return "rsync{ " .. table.concat(parts, ", ") .. " }"
end

describe("the arguments of", function()
    for _, case in ipairs(CASES) do
        local expected = table.move(case, 2, #case, 1, {})
        it(show(case[1]) .. " are " .. table.concat(expected, " "), function()
            expect.equal(computed(case[1]), expected)
        end)
    end

    it("all long options come in the order of the real daemon", function()
        local arguments = computed {
            append = true, append_verify = true, backup_dir = "/bd", bwlimit = 100, chmod = "u+x", chown = "a:b",
            existing = true, groupmap = "a:b", inplace = true, password_file = "/pf", rsh = "ssh -p 1",
            rsync_path = "/rp", suffix = "~~", temp_dir = "/tmp", timeout = 5, usermap = "a:b",
            _extra = { "--a", "--b" },
        }
        expect.equal(arguments, {
            "-lts", "--a", "--b", "--append", "--append-verify", "--backup-dir=/bd", "--bwlimit=100",
            "--chmod=u+x", "--chown=a:b", "--groupmap=a:b", "--existing", "--inplace", "--password-file=/pf",
            "--rsh=ssh -p 1", "--rsync-path=/rp", "--suffix=~~", "--temp-dir=/tmp", "--timeout=5", "--usermap=a:b",
        })
    end)

    it("an _extra that is no list are left out with a warning, as Lsyncd leaves them out", function()
        local arguments, world = computed { _extra = "--foo" }
        expect.equal(arguments, { "-lts" })
        expect.equal(
            world.logged,
            { 'Warn: rsync._extra is no list and ignored; write _extra = { "--argument" }' }
        )
    end)

    it("every option are tested above", function()
        local tested = { archive = true, binary = true, transfer = true }
        for _, case in ipairs(CASES) do
            for name in pairs(case[1]) do
                tested[name] = true
            end
        end
        for _, option in ipairs(fakes.world().default.rsyncOptions) do
            expect.equal({ option.name, tested[option.name] }, { option.name, true })
        end
    end)
end)
