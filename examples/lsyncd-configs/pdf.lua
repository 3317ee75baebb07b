-- Conversion: each office document that appears or changes is converted to a PDF elsewhere (layer 2).
--
-- For:   a shared folder whose documents are to be read, printed or indexed as PDF.
-- Needs: LibreOffice.
-- Run:   SYNC_SOURCE=/srv/documents SYNC_TARGET=/srv/pdf pylsyncd -nodaemon pdf.lua
--
-- letter.odt becomes letter.odt.pdf, in the same directory below the target, and goes when the document
-- goes. Nobody ever sees half a PDF. A PDF gets the time of its document: thus the start knows which
-- ones are up to date.

local formats = { doc = true, docx = true, odp = true, ods = true, odt = true, pptx = true, rtf = true, xlsx = true }

-- $1: the source, $2: the target, then paths below the source.
local CONVERT = [[
cd -- "$1" || exit
target=$2
shift 2
scratch=$(mktemp -d) || exit
trap 'rm -rf -- "$scratch"' EXIT
failed=0
for path; do
    pdf=$target/$path.pdf
    [ -e "$pdf" ] && ! [ "$pdf" -nt "$path" ] && ! [ "$pdf" -ot "$path" ] && continue
    touch -r "$path" -- "$scratch/time" &&
        libreoffice --headless --convert-to pdf --outdir "$scratch" "$path" </dev/null &&
        mkdir -p -- "${pdf%/*}" &&
        touch -r "$scratch/time" -- "$scratch"/*.pdf &&
        mv -f -T -- "$scratch"/*.pdf "$pdf" || failed=1
done
exit $failed
]]

-- $1: CONVERT, $2: the source, $3: the target, then tests for find.
local CONVERT_ALL = [[
convert=$1 source=$2 target=$3
shift 3
cd -- "$source" && find . -name '.?*' -prune -o -type f \( "$@" \) -exec sh -c "$convert" sh "$source" "$target" {} +
]]

local function name_tests()
    local tests = {}
    for format in pairs(formats) do
        tests[#tests + 1] = { #tests > 0 and "-o" or nil, "-iname", "*." .. format }
    end
    return tests
end

local function is_document(event)
    local format = event.pathname:match "%.(%w+)$"
    return not event.isdir and format ~= nil and formats[format:lower()] ~= nil
end

-- An event for which nothing is spawned is done.
local function convert(event)
    if is_document(event) then
        spawnShell(event, CONVERT, event.source, event.target, "./" .. event.path)
    end
end

sync {
    source = os.getenv "SYNC_SOURCE" or "/srv/documents",
    target = os.getenv "SYNC_TARGET" or "/srv/pdf",
    delay = 2,
    maxProcesses = 1, -- LibreOffice runs once for each user
    exclude = ".?*", -- hidden files: its locks, and what editors keep

    onStartup = function(event)
        spawnShell(event, CONVERT_ALL, CONVERT, event.source, event.target, name_tests())
    end,
    onCreate = convert,
    onModify = convert,
    onDelete = function(event)
        if event.isdir then
            spawn(event, "rm", "-rf", "--", event.targetPathname)
        elseif is_document(event) then
            spawn(event, "rm", "-f", "--", event.targetPathname .. ".pdf")
        end
    end,
}
