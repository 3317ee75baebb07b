-- Tests of webhook.lua. Run: pylsyncd test examples/lsyncd-configs/tests

local URL = "https://ci.example.org/hooks/data"

describe("the webhook", function()
    local world

    before_each(function()
        world = simulate("../webhook.lua", { env = { SYNC_SOURCE = "/srv/data", SYNC_WEBHOOK = URL } })
        world.start()
        world.clear()
    end)

    local function body() return world.spawned()[2].stdin end

    it("is asked after a batch has arrived", function()
        world.create "a"
        world.take(3, "rsync")
        world.wait(7.9)
        expect(world).spawned { "rsync", any.rest }
        world.wait(0.1)
        expect(world).spawned {
            { "rsync", any.rest },
            { "curl", any.rest, stdin = '{"sync": "Sync1", "paths": ["/a"]}', at = 8 },
        }
        expect(world.spawned()[2].argv).contains(URL)
    end)

    it("is not asked when nothing has arrived", function()
        world.create "a"
        world.exit(12, "rsync")
        world.wait(6)
        expect(world).spawned { "rsync", any.rest }
    end)

    it("does not hold up the mirror when it fails", function()
        world.create "a"
        world.exit(22, "curl")
        world.wait(6)
        expect(world).logged("Warn: The webhook " .. URL .. " failed: curl ended with 22")
        world.clear()
        world.create "b"
        world.wait(6)
        expect(world).spawned {
            { "rsync", any.rest },
            { "curl", any.rest, stdin = '{"sync": "Sync1", "paths": ["/b"]}' },
        }
    end)

    it("gets JSON, whatever files are called", function()
        world.create 'say "hi"\n'
        world.create "\xff"
        world.wait(6)
        expect(body()).contains [["/say \u0022hi\u0022\u000a"]]
        expect(body()).contains [["/\u00ff"]]
    end)

    it("is told of the next batch only when it has answered", function()
        world.hold "curl"
        world.create "a"
        world.wait(6)
        world.create "b"
        world.wait(60)
        expect(#world.spawned()).equals(2)
        world.release "curl"
        expect(#world.spawned()).equals(4)
    end)
end)
