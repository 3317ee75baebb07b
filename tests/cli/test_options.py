"""The words of a command line and what they come to (spec 1.1)."""

from __future__ import annotations

from collections.abc import Sequence
from random import Random

import pytest
from attrs import evolve
from hypothesis import given
from hypothesis import strategies as st

from pylsyncd.cli.options import OPTIONS, Notice, Option, UsageError, parse, shown
from pylsyncd.cli.usage import usage
from pylsyncd.options import Options, SyncOption

CONF = Options(config=b"conf")
RSYNC = SyncOption("rsync", (b"src", b"trg"))
SSH = SyncOption("rsyncssh", (b"s", b"h", b"t"))

ACCEPTED = [
    ("conf", CONF),
    ("-rsync src trg", Options(syncs=(RSYNC,))),
    ("-rsync src trg -rsync s2 t2", Options(syncs=(RSYNC, SyncOption("rsync", (b"s2", b"t2"))))),
    ("-direct s t", Options(syncs=(SyncOption("direct", (b"s", b"t")),))),
    ("-rsyncssh s h t -rsync src trg", Options(syncs=(SSH, RSYNC))),
    ("-rsyncssh s h t -sshopts -q", Options(syncs=(SSH,), ssh_extra=(b"-q",))),
    ("-sshopts -q --sshopts -v -rsyncssh s h t", Options(syncs=(SSH,), ssh_extra=(b"-q", b"-v"))),
    ("-delay 5 conf", evolve(CONF, delay=5.0)),
    ("-delay 0 conf", evolve(CONF, delay=0.0)),
    ("-delay .5 conf", evolve(CONF, delay=0.5)),
    ("-delay 2. conf", evolve(CONF, delay=2.0)),
    ("-delay 1.5e2 conf", evolve(CONF, delay=150.0)),
    ("-delay 5 -delay 7 conf", evolve(CONF, delay=7.0)),
    ("-insist conf", evolve(CONF, insist=True)),
    ("-nodaemon conf", evolve(CONF, nodaemon=True)),
    ("-onepass conf", evolve(CONF, onepass=True)),
    ("-log all conf", evolve(CONF, log=("all",))),
    ("-log scarce conf", evolve(CONF, log=("scarce",))),
    ("-log Exec -log MyOwn conf", evolve(CONF, log=("Exec", "MyOwn"))),
    ("-logfile /l conf", evolve(CONF, logfile=b"/l")),
    ("-logfile -l conf", evolve(CONF, logfile=b"-l")),
    ("-logformat json conf", evolve(CONF, logformat="json")),
    ("-logformat plain conf", evolve(CONF, logformat="plain")),
    ("-monitor inotify conf", evolve(CONF, monitor="inotify")),
    ("-monitor poll conf", evolve(CONF, monitor="poll")),
    ("-monitor auto conf", evolve(CONF, monitor="auto")),
    ("-pidfile /p conf", evolve(CONF, pidfile=b"/p")),
    ("-record j conf", evolve(CONF, record=b"j")),
    (
        "-record j -recordsize 3 -recordkeep 2 -recordhash conf",
        evolve(CONF, record=b"j", record_size=3 << 20, record_keep=2, record_hash=True),
    ),
    ("-script a -script b conf", evolve(CONF, scripts=(b"a", b"b"))),
]

SSHOPTS = [
    ("-p 2222", (b"-p", b"2222")),
    ("", ()),
    ("-o 'ProxyCommand nc %h \"x\"'  -q", (b"-o", b'ProxyCommand nc %h "x"', b"-q")),
    ('-i "/a b/c"d', (b"-i", b"/a b/cd")),
]

NOTICES = [
    ("-help", Notice.HELP),
    ("-version", Notice.VERSION),
    ("-monitor", Notice.MONITORS),
    ("conf -monitor", Notice.MONITORS),
    ("-monitor -nodaemon conf", Notice.MONITORS),
    ("-monitor -bogus", Notice.MONITORS),
    ("-version -help", Notice.HELP),
    ("-monitor -version", Notice.VERSION),
    ("-bogus -help", Notice.HELP),
    ("-logfile -help", Notice.HELP),
    ("one two -version", Notice.VERSION),
]

REFUSED = [
    ("-bogus conf", "unknown option -bogus (-help shows all options)"),
    ("-nodeamon conf", "unknown option -nodeamon (did you mean -nodaemon?)"),
    ("--Insist conf", "unknown option --Insist (did you mean -insist?)"),
    ("---insist conf", "unknown option ---insist (did you mean -insist?)"),
    ("-n conf", "unknown option -n (-help shows all options)"),
    ("- conf", "unknown option - (-help shows all options)"),
    ("-- conf", "unknown option -- (-help shows all options)"),
    ("-delay=5 conf", "option -delay takes its value as a word of its own: -delay 5"),
    ("--delay=5 conf", "option --delay takes its value as a word of its own: --delay 5"),
    ("-insist=1 conf", "unknown option -insist=1 (did you mean -insist?)"),
    ("conf -delay", "option -delay needs a value: -delay SECS"),
    ("--logfile -nodaemon conf", "option --logfile needs a value: --logfile FILE"),
    ("-rsync", "option -rsync needs 2 values: -rsync SOURCE TARGET"),
    ("-rsync src", "option -rsync needs 2 values: -rsync SOURCE TARGET"),
    ("-delay -3 conf", "option -delay needs a number of seconds, 0 or more, not '-3'"),
    ("-delay inf conf", "option -delay needs a number of seconds, 0 or more, not 'inf'"),
    ("-delay nan conf", "option -delay needs a number of seconds, 0 or more, not 'nan'"),
    ("-delay 1e999 conf", "option -delay needs a number of seconds, 0 or more, not '1e999'"),
    ("-delay 1_0 conf", "option -delay needs a number of seconds, 0 or more, not '1_0'"),
    ("-delay 5s conf", "option -delay needs a number of seconds, 0 or more, not '5s'"),
    (
        "-log lower conf",
        "'lower' is not a log category: a name that begins with a capital letter, 'all' or 'scarce'",
    ),
    (
        "-log allow conf",
        "'allow' is not a log category: a name that begins with a capital letter, 'all' or 'scarce'",
    ),
    ("-logformat xml conf", "option -logformat knows plain and json, not 'xml'"),
    ("-monitor conf", "option -monitor knows inotify, fanotify, poll and auto, not 'conf'"),
    ("-monitor fsevents conf", "option -monitor knows inotify, fanotify, poll and auto, not 'fsevents'"),
    ("-record conf -recordsize 0 conf", "option -recordsize needs a whole number, 1 or more, not '0'"),
    ("-record j -recordkeep x conf", "option -recordkeep needs a whole number, 1 or more, not 'x'"),
    (
        "--recordhash conf",
        "option --recordhash says how to record, but not where to: add -record FILE",
    ),
    ("-runner r conf", "option -runner does not work yet, it comes with a later release"),
    ("-sshopts -q'x -rsyncssh s h t", "option -sshopts has a quote without an end: '-q'x'"),
    ("-rsyncssh s h", "option -rsyncssh needs 3 values: -rsyncssh SOURCE HOST TARGETDIR"),
    ("-direct s", "option -direct needs 2 values: -direct SOURCE TARGETDIR"),
    ("-direct s t conf", "the config file 'conf' and -direct cannot be given together"),
    ("one two", "there can only be one config file, but 'one' and 'two' are given"),
    ("conf -rsync s t", "the config file 'conf' and -rsync cannot be given together"),
    (
        "-nodaemon",
        "nothing to watch! Give a config file, or -rsync SOURCE TARGET; -help shows all options",
    ),
]


def words(line: str) -> list[bytes]:
    return [word.encode() for word in line.split()]


@pytest.mark.parametrize(("line", "expected"), ACCEPTED, ids=[line for line, _ in ACCEPTED])
def test_a_command_line_comes_to_these_options(line: str, expected: Options) -> None:
    assert parse(words(line)) == expected


@pytest.mark.parametrize(("line", "notice"), NOTICES, ids=[line for line, _ in NOTICES])
def test_an_option_that_asks_for_information_wins_over_everything_else(line: str, notice: Notice) -> None:
    assert parse(words(line)) is notice


@pytest.mark.parametrize(("line", "message"), REFUSED, ids=[line for line, _ in REFUSED])
def test_a_mistake_is_told_in_one_clear_line(line: str, message: str) -> None:
    with pytest.raises(UsageError) as refusal:
        parse(words(line))
    assert str(refusal.value) == message


@pytest.mark.parametrize(("value", "expected"), SSHOPTS, ids=[value for value, _ in SSHOPTS])
def test_the_value_of_sshopts_is_split_at_blanks_outside_quotes(
    value: str, expected: tuple[bytes, ...]
) -> None:
    options = parse([b"-sshopts", value.encode(), b"-rsyncssh", b"s", b"h", b"t"])
    assert isinstance(options, Options)
    assert options.ssh_extra == expected


def test_an_empty_word_is_a_config_file_as_any_other() -> None:
    assert parse([b""]) == Options(config=b"")


def test_an_empty_log_category_is_refused() -> None:
    with pytest.raises(UsageError, match="'' is not a log category"):
        parse([b"-log", b"", b"conf"])


def test_paths_keep_every_byte() -> None:
    assert parse([b"-logfile", b"l\xff\n", b"\xfe conf"]) == Options(config=b"\xfe conf", logfile=b"l\xff\n")


def test_the_words_of_a_message_stay_on_one_line() -> None:
    assert shown("grün".encode()) == "grün"
    assert shown(b"a\nb\xff\xc3\xa4") == "a\\nb\\xff\u00e4"


CHUNKS = st.lists(
    st.sampled_from(
        [
            b"-delay 5",
            b"-insist",
            b"-log Exec",
            b"-logfile /l",
            b"-logformat json",
            b"-monitor inotify",
            b"-nodaemon",
            b"-onepass",
            b"-pidfile /p",
            b"-script /s",
            b"conf",
        ]
    ),
    unique=True,
)
"""Options with their values, each at most once, so that none overrides another."""


def outcome(chunks: Sequence[bytes]) -> Options | Notice | str:
    try:
        return parse(b" ".join(chunks).split())
    except UsageError as error:
        return str(error)


@given(CHUNKS, st.randoms(use_true_random=False))
def test_options_mean_the_same_in_any_order_and_on_both_sides_of_the_config(
    chunks: list[bytes], random: Random
) -> None:
    shuffled = list(chunks)
    random.shuffle(shuffled)
    assert outcome(shuffled) == outcome(chunks)


@given(CHUNKS)
def test_two_dashes_mean_the_same_as_one(chunks: list[bytes]) -> None:
    doubled = [b"-" + chunk if chunk.startswith(b"-") else chunk for chunk in chunks]
    assert outcome(doubled) == outcome(chunks)


@given(st.lists(st.binary() | st.sampled_from([f"-{option.name}".encode() for option in OPTIONS])))
def test_any_words_give_options_or_a_notice_or_one_line(argv: list[bytes]) -> None:
    try:
        parse(argv)
    except UsageError as error:
        assert str(error).isprintable()  # noqa: PT017 - most inputs raise nothing, and that is right too


@pytest.mark.parametrize("option", OPTIONS, ids=lambda option: option.name)
def test_the_help_names_each_option_with_its_values(option: Option) -> None:
    heads = [line.split("  ")[1] for line in usage().splitlines() if line.startswith("  -")]
    names = [value if option.notice is None else f"[{value}]" for value in option.values]
    assert heads.count(" ".join([f"-{option.name}", *names])) == 1


def test_the_help_fits_a_plain_terminal() -> None:
    assert max(len(line) for line in usage().splitlines()) <= 80
    assert usage().isascii()
