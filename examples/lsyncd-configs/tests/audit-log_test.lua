-- Tests of audit-log.lua. Run: pylsyncd test examples/lsyncd-configs/tests

describe("the audit trail", function()
    it("writes a line for each change, and none for the start", function()
        local world = simulate("../audit-log.lua", { env = { SYNC_SOURCE = "/etc" }, files = { "hosts", "motd" } })
        world.write "hosts"
        world.delete "motd"
        expect(world).spawned {}
        world.wait(1)
        expect(world).spawned {
            "logger", "--tag", "files", "--priority", "user.notice",
            stdin = { "Modify /hosts", "Delete /motd" },
        }
    end)

    -- The config's own functions, over a queue that is filled by hand.
    describe("of single events", function()
        local config = fake.load("../audit-log.lua")[1]

        local function trail(...)
            local inlet = fake.inlet { config = config, ... }
            config.action(inlet)
            return spawned()[1].stdin
        end

        it("has both names of what was moved", function()
            expect(trail { "Move", "/a", "/b" }).equals "Move /a -> /b\n"
        end)

        it("leaves nothing out", function()
            expect(trail({ "Create", "/a" }, { "Modify", "/a" }, { "Delete", "/a" }))
                .equals "Create /a\nModify /a\nDelete /a\n"
        end)

        it("keeps a name with a line feed on its line", function()
            expect(trail { "Create", "/a\nDelete passwd" }).equals "Create /a\\x0aDelete passwd\n"
        end)

        it("tries again when logger has failed", function()
            trail { "Create", "/a" }
            expect(finish(1)).equals "again"
        end)

        it("is done when logger has written", function()
            trail { "Create", "/a" }
            expect(finish(0)).equals "ok"
        end)
    end)
end)
