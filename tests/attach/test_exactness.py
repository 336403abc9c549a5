"""Figures are exact: every call is counted once, and what is not shown is said to be lost."""

import pytest

THREADS, CALLS, KEYS = 8, 1_000_000, 1_000
TOTAL = THREADS * CALLS

KEYLESS = {
    "count": "@ = count();",
    "increment": "@++;",
    "add": "@ += 1;",
    "sum": "@ = sum(1);",
}
KEYED = {
    "count": "@[arg0] = count();",
    "increment": "@[arg0]++;",
    "add": "@[arg0] += 1;",
    "sum": "@[arg0] = sum(1);",
}


@pytest.mark.parametrize("body", KEYLESS.values(), ids=KEYLESS.keys())
def test_eight_threads(trace, start, program, body):
    target = start("threads")
    session = trace(f"uprobe:{program('threads')}:work {{ {body} }}", "-p", target.pid).armed()
    target.do(f"run {THREADS} {CALLS}")
    assert session.end().maps == {"@": str(TOTAL)}


@pytest.mark.parametrize("body", KEYED.values(), ids=KEYED.keys())
def test_eight_threads_and_a_thousand_keys(trace, start, program, body):
    target = start("threads")
    session = trace(f"uprobe:{program('threads')}:work {{ {body} }}", "-p", target.pid).armed()
    target.do(f"run {THREADS} {CALLS} {KEYS}")
    keys = session.end().keys("@")
    assert keys == {str(key): TOTAL // KEYS for key in range(KEYS)}
    assert sum(keys.values()) == TOTAL


def test_entries_and_returns_of_eight_threads(trace, start, program):
    target, path = start("threads"), program("threads")
    script = f"uprobe:{path}:work {{ @in = count(); }} uretprobe:{path}:work {{ @out = count(); @sum = sum(retval); }}"
    session = trace(script, "-p", target.pid).armed()
    target.do(f"run {THREADS} {CALLS} {KEYS}")
    per_round = sum(2 * key + 1 for key in range(KEYS))
    assert session.end().maps == {
        "@in": str(TOTAL),
        "@out": str(TOTAL),
        "@sum": str(per_round * TOTAL // KEYS),
    }


def test_two_thousand_threads_that_come_and_go(trace, start, program):
    target = start("threads")
    script = f"uprobe:{program('threads')}:work {{ @ = count(); @plain++; @keys[arg0 % 10] = count(); }}"
    session = trace(script, "-p", target.pid).armed()
    target.do("churn 250 8 1000")
    result = session.end()
    assert result.count() == result.count("@plain") == 2_000_000
    assert result.keys("@keys") == {str(key): 200_000 for key in range(10)}


def test_more_threads_at_once_than_processors(trace, start, program):
    target = start("threads")
    session = trace(f"uprobe:{program('threads')}:work {{ @[tid] = count(); }}", "-p", target.pid).armed()
    target.do("run 400 1000")
    assert sorted(session.end().keys("@").values()) == [1000] * 400


def test_children_count_like_their_parents(trace, run, own_program):
    path = own_program("threads")
    target = run(path)
    session = trace(f"uprobe:{path}:work {{ @[pid] = count(); @all++; }}").armed()
    target.do("run 2 500")
    target.do("fork 20 10000")
    result = session.end()
    assert result.count("@all") == 201_000
    counts = result.keys("@")
    assert counts.pop(str(target.pid)) == 1000
    assert list(counts.values()) == [10_000] * 20
    assert target.quit() == 0


@pytest.mark.parametrize("threads", [1, 8])
def test_printed_and_lost_is_what_was_sent(trace, start, program, threads):
    target = start("threads")
    script = f'uprobe:{program("threads")}:work {{ printf("%d %d\\n", tid, arg0); @sent++; }}'
    session = trace(script, "-p", target.pid).armed()
    target.do(f"run {threads} 100000")
    result = session.end()
    assert result.count("@sent") == threads * 100_000
    assert len(result.lines) + result.lost_events == threads * 100_000
    # What is printed is whole, and in each thread's own order.
    last: dict[str, int] = {}
    for line in result.lines:
        tid, value = line.split()
        assert int(value) > last.get(tid, -1)
        last[tid] = int(value)
    assert 1 <= len(last) <= threads  # a thread that found every ring full has printed nothing


def test_nothing_is_lost_when_the_tracer_keeps_up(trace, start, program):
    target = start("threads")
    script = f'uprobe:{program("threads")}:work {{ printf("%d\\n", arg0); }}'
    session = trace(script, "-p", target.pid).armed()
    for _ in range(10):
        target.do("run 1 500")
    result = session.end()
    assert result.lines == [str(value) for _ in range(10) for value in range(500)]
    assert result.lost_events == 0
