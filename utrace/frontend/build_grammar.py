"""Turn grammar.lark into grammar_tables.json: `python -m utrace.frontend.build_grammar`.

This is a tool for whoever changes the grammar; the package itself only reads the JSON.  The tables:

- words: {word: terminal} for keywords and type names, a terminal being its index in `terminals`
- top, body: [[terminal name, pattern] ...], the two lexer modes, in the order in which they are tried
- terminals: names; nonterminals follow on in the numbering of table columns
- rules: [nonterminal column, length, action name, [positions of the children that the action gets]]
- states: for each state [column, n, column, n ...]: n >= 0 shifts (or goes) to state n, n < 0 reduces by rule ~n
- start: the start state; accept: the state that a whole program leads to
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

GRAMMAR = Path(__file__).with_name("grammar.lark")
TABLES = Path(__file__).with_name("grammar_tables.json")

TOP_LEVEL_ONLY = ("C_ITEM", "_CONFIG", "_IMPORT", "_LET_MAP", "_MACRO", "_FUNCTION", "ATTACH_POINT")
TOP_LEVEL = ("SEMICOLON", *TOP_LEVEL_ONLY, "COMMA", "LBRACE", "DIV")
END = "$END"


def build_tables() -> dict[str, Any]:
    """Return the tables for the grammar file as it is now."""
    from lark import Lark

    parser = Lark(GRAMMAR.read_text(), parser="lalr", start="program", maybe_placeholders=False)
    table = parser.parser.parser._parse_table
    words = _words(parser)
    body = _body_patterns(parser, set(words.values()))
    terminals = [terminal.name for terminal in parser.terminals] + [END]
    nonterminals = sorted({rule.origin.name for rule in parser.rules} | {"$root_program"})
    columns = {name: index for index, name in enumerate(terminals + nonterminals)}
    order = _state_order(table.states, table.start_states["program"], columns)
    rules = sorted({action[1] for row in table.states.values() for action in row.values()
                    if not isinstance(action[1], int)}, key=repr)  # fmt: skip
    numbers = {rule: index for index, rule in enumerate(rules)}
    states = [
        [
            number
            for name, (_, n) in sorted(table.states[state].items(), key=lambda item: columns[item[0]])
            for number in (columns[name], order[n] if isinstance(n, int) else ~numbers[n])
        ]
        for state in order
    ]
    patterns = {terminal.name: terminal.pattern.to_regexp() for terminal in parser.terminals}
    return {
        "words": {word: columns[name] for word, name in sorted(words.items())},
        "top": [[name, patterns[name]] for name in TOP_LEVEL],
        "body": body,
        "terminals": terminals,
        "rules": [_rule_entry(rule, columns) for rule in rules],
        "states": states,
        "start": order[table.start_states["program"]],
        "accept": order[table.end_states["program"]],
    }


def _state_order(states: Any, start: int, columns: dict[str, int]) -> dict[int, int]:
    """Number the states in the order of a breadth-first walk: lark's numbers differ from run to run."""
    order = {start: 0}
    queue = [start]
    for state in queue:
        for _, (_, target) in sorted(states[state].items(), key=lambda item: columns[item[0]]):
            if isinstance(target, int) and target not in order:
                order[target] = len(order)
                queue.append(target)
    return order


def _words(parser: Any) -> dict[str, str]:
    words = {}
    for terminal in parser.terminals:
        if terminal.name not in TOP_LEVEL_ONLY:
            for word in terminal.pattern.value.removeprefix("(?:").removesuffix(")").split("|"):
                if word.replace("_", "a").isalnum():
                    words[word] = terminal.name
    return words


def _body_patterns(parser: Any, word_terminals: set[str]) -> list[list[str]]:
    """Return the patterns in the order of the grammar file, then single punctuation marks."""
    text = GRAMMAR.read_text()
    ours = [t for t in parser.terminals if t.name not in word_terminals and t.name not in TOP_LEVEL_ONLY]
    named = sorted((t for t in ours if f"\n{t.name}:" in text), key=lambda t: text.index(f"\n{t.name}:"))
    marks = [t for t in ours if t not in named]
    return [[t.name, t.pattern.to_regexp()] for t in (*named, *marks)]


def _rule_entry(rule: Any, columns: dict[str, int]) -> list[Any]:
    kept = [i for i, symbol in enumerate(rule.expansion) if not getattr(symbol, "filter_out", False)]
    origin = rule.origin.name
    action = rule.alias or (str(origin) if not origin.startswith("_") else "splice")
    return [columns[origin], len(rule.expansion), action, kept]


def render_tables(tables: dict[str, Any]) -> str:
    """Return the text of the JSON file: stable, one line per table row."""
    rows = []
    for key, value in tables.items():
        if isinstance(value, list):
            body = ",\n".join(json.dumps(item, separators=(",", ":")) for item in value)
            rows.append(f"{json.dumps(key)}: [\n{body}\n]")
        else:
            rows.append(f"{json.dumps(key)}: {json.dumps(value)}")
    return "{\n" + ",\n".join(rows) + "\n}\n"


if __name__ == "__main__":
    TABLES.write_text(render_tables(build_tables()))
