---@meta pylsyncd.testing
-- What tests have besides (`pylsyncd test`), for the Lua language server. Never loaded.

-- Tests and groups ----------------------------------------------------------------------------------

---A group of tests; groups may hold groups.
---@param title string
---@param body fun()
function describe(title, body) end

---A test: it passes unless an error is raised in it.
---@param title string
---@param body fun()
function it(title, body) end

---In the place of `it`: a test to be written. Within a test: leaves it there.
---@param title? string
function pending(title) end

---Called before each test of the group, those of outer groups first.
---@param body fun()
function before_each(body) end

---Called after each test of the group, even if that has failed; those of outer groups last.
---@param body fun()
function after_each(body) end

-- Expectations --------------------------------------------------------------------------------------

---@class pylsyncd.Expectation
---@field never pylsyncd.Expectation it should not be so
local expectation = {}

---They are equal; tables are if all that is in them is.
---@param other any
function expectation.equals(other) end

---It is a text in which Lua finds the pattern.
---@param pattern string
function expectation.matches(pattern) end

---It is a text with that part, or a table that holds an equal value.
---@param part any
function expectation.contains(part) end

---It is a function that raises an error.
---@param text? string text or pattern in the message
function expectation.raises(text) end

---These processes were started in this order, and no others; without commands: any were.
---@param commands? pylsyncd.ExpectedCommand|pylsyncd.ExpectedCommand[]
function expectation.spawned(commands) end

---A line of the log, such as `Warn: no space`, has that text or pattern.
---@param text string
function expectation.logged(text) end

---A list of words, and what else is to be compared.
---@class pylsyncd.ExpectedCommand
---@field [integer] string|number|table
---@field stdin? string|string[] a text, or its items: lines, or what ends with NULs
---@field sync? string of what Lua started by itself, the name of the function
---@field at? number seconds since the start

---Takes what there is; one of the functions of what it gives says what it should be.
---@param value any
---@return pylsyncd.Expectation
function expect(value) end

---@class pylsyncd.Any
---@field rest pylsyncd.Any all that follows in the list
---@field string pylsyncd.Any a text
---@field number pylsyncd.Any a number
---@field like fun(pattern: string): pylsyncd.Any a text in which Lua finds the pattern

---Stands for one value that is not nil, in whatever is expected.
---@type pylsyncd.Any
any = nil

-- A whole config ------------------------------------------------------------------------------------

---@class pylsyncd.SimulateOptions
---@field delay? number overrides the delay of every sync
---@field env? table<string, string|false> variables of the environment; false for one that is not to be set
---@field exec? boolean really run what the config runs while it is loaded
---@field files? table<integer|string, string|integer> `{ "dir/", "dir/file", ["movie.mkv"] = 4e9 }`
---@field insist? boolean as the option of the command line
---@field log? string|string[] categories to be kept besides Normal, Warn and Error
---@field onepass? boolean as the option of the command line

---Loads a config into a world of its own.
---@param config string relative to the test file
---@param options? pylsyncd.SimulateOptions
---@return pylsyncd.World
function simulate(config, options) end

---@class pylsyncd.World
local world = {}

---The daemon starts now; else it does so with the first call that is not about processes.
function world.start() end

---A file is made, written and closed; or a directory, if the path ends with `/`.
---@param path string relative to the source of the first sync, or absolute
---@param size? integer bytes
function world.create(path, size) end

---A file gets other content and is closed.
---@param path string
---@param size? integer bytes
function world.write(path, size) end

---A symbolic link is made.
---@param path string
---@param leads_to string
function world.link(path, leads_to) end

---Mode, owner or time change.
---@param path string
function world.touch(path) end

---It gets another name, as by mv.
---@param path string
---@param path2 string
function world.move(path, path2) end

---It goes, a directory with all that is in it.
---@param path string
function world.delete(path) end

---Time passes; all other calls take none.
---@param seconds number
function world.wait(seconds) end

---The process that runs longest ends with that exit code; if none runs, the next one does.
---@param code integer
---@param program? string
function world.exit(code, program) end

---The same, by a signal.
---@param signal string|integer
---@param program? string
function world.kill(signal, program) end

---From now on processes run until they are told to end.
---@param program? string
function world.hold(program) end

---Those that are held end with exit code 0, and later ones are not held.
---@param program? string
function world.release(program) end

---From now on processes take so long.
---@param seconds number
---@param program? string
function world.take(seconds, program) end

---The daemon gets a signal.
---@param name "HUP"|"INT"|"TERM"
function world.signal(name) end

---What was started, in order.
---@return pylsyncd.StartedProcess[]
function world.spawned() end

---What was logged, in order.
---@return pylsyncd.LoggedLine[]
function world.logged() end

---Forgets what was started and logged so far.
function world.clear() end

---What runs and what waits.
---@return pylsyncd.WorldStatus
function world.status() end

---How the daemon has ended; nil while it runs.
---@return integer|nil
function world.exitcode() end

---@class pylsyncd.StartedProcess
---@field binary string
---@field argv string[] all words, the program first
---@field stdin? string
---@field sync string
---@field at number seconds since the start

---@class pylsyncd.LoggedLine
---@field category string
---@field message string
---@field at number seconds since the start

---@class pylsyncd.WorldStatus
---@field running boolean
---@field seconds number since the start
---@field syncs { name: string, source: string, processes: integer, delays: pylsyncd.WaitingDelay[] }[]

---@class pylsyncd.WaitingDelay
---@field etype pylsyncd.EventType
---@field path string
---@field path2? string
---@field status string

-- Single functions ----------------------------------------------------------------------------------

---@class pylsyncd.FakeInletOptions
---@field [integer] string[] events: `{ "Create", "/a" }`, `{ "Move", "/a", "/b" }`
---@field source? string
---@field target? string
---@field config? pylsyncd.SyncOptions|table all other keys of the sync, or a table that fake.load gave
---@field files? table<integer|string, string|integer> what the functions see there

fake = {}

---A sync without a daemon: its inlet, and a list of the events in its queue.
---@param options pylsyncd.FakeInletOptions
---@return pylsyncd.Inlet inlet
---@return pylsyncd.Event[] events a Move has two, its origin and its destination
function fake.inlet(options) end

---Runs a config in the state of the test; a list of its syncs' tables, found by name, too.
---@param config string
---@return table<integer|string, pylsyncd.Config>
function fake.load(config) end

---Ends the process that runs longest, and asks `collect`.
---@param code? integer 0 if it is not given
---@return "ok"|"again"|"partial"|"apart"|"split"|"die" verdict
function finish(code) end

---What the test's own functions have started.
---@return pylsyncd.StartedProcess[]
function spawned() end

---What they have logged.
---@return pylsyncd.LoggedLine[]
function logged() end

---Time passes, and alarms ring.
---@param seconds number
function wait(seconds) end

---Sets the clock on the wall, before any `simulate`.
---@param text string local time, such as `2026-03-01T02:59:50`
function set_time(text) end
