-- S3: each change goes to a bucket by the command line tool of AWS, renames as copies over there (layer 2).
--
-- For:   buckets that are to follow a directory within seconds, on AWS or any store that talks like it.
-- Needs: aws, with credentials for the bucket.
-- Run:   SYNC_SOURCE=/srv/data SYNC_BUCKET=s3://example-bucket/data pylsyncd -nodaemon s3.lua
--
-- A bucket has no directories, so an empty one does not arrive. Symbolic links are left out.

local bucket = os.getenv "SYNC_BUCKET" or "s3://example-bucket/data"

settings { insist = true } -- a store that cannot be reached at the start is tried again

local function key(event)
    return bucket .. "/" .. event.path
end

local function upload(event)
    if not event.isdir then
        spawn(event, "aws", "s3", "cp", "--no-follow-symlinks", event.sourcePathname, key(event))
    end
end

-- $1: the old key, $2: the new one, $3: the file or directory here. What the bucket does not have under
-- the old key, is sent.
local MOVE_FILE = 'aws s3 mv "$1" "$2" || aws s3 cp --no-follow-symlinks "$3" "$2"'
local MOVE_DIRECTORY = 'aws s3 mv --recursive "$1" "$2" && aws s3 sync --delete --no-follow-symlinks "$3" "$2"'

sync {
    source = os.getenv "SYNC_SOURCE" or "/srv/data",
    delay = 5,
    maxProcesses = 4,
    exitcodes = { [0] = "ok", [1] = "again", [2] = "ok", [255] = "again" }, -- 2: some files were skipped

    onStartup = function(event)
        spawn(event, "aws", "s3", "sync", "--delete", "--no-follow-symlinks", event.source, bucket)
    end,
    onCreate = upload,
    onModify = upload,
    onDelete = function(event)
        spawn(event, "aws", "s3", "rm", event.isdir and "--recursive" or nil, key(event))
    end,
    onMove = function(origin, destination)
        local script = origin.isdir and MOVE_DIRECTORY or MOVE_FILE
        spawnShell(origin, script, key(origin), key(destination), destination.sourcePath)
    end,
}
