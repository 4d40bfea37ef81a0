#!/usr/bin/env python3
"""Shows where two recordings of the same scenarios or probes differ.

    python compare.py scenarios.jsonl django.jsonl final.jsonl

For each that differs: what is different; of a trace the first event, with those
around it.
"""

import argparse
import json


def read(name):
    with open(name) as file:
        return [json.loads(line) for line in file if line.strip()]


def difference(a, b):
    """Gives one line a finding."""
    for field in dict.fromkeys([*a, *b]):
        if field != "trace" and a.get(field) != b.get(field):
            yield f"  {field}:\n    - {a.get(field)}\n    + {b.get(field)}"
    left, right = a.get("trace", []), b.get("trace", [])
    if left != right:
        at = next(
            (i for i, (x, y) in enumerate(zip(left, right)) if x != y),
            min(len(left), len(right)),
        )
        yield f"  trace, event {at}:"
        for event in left[max(0, at - 3) : at]:
            yield "      " + event
        for sign, events in (("-", left), ("+", right)):
            for event in events[at : at + 2] or ["(its end)"]:
                yield f"    {sign} {event}"


def main():
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("files", nargs=3, metavar="FILE")
    parser.add_argument("--show", type=int, default=10, help="at most so many (10)")
    args = parser.parse_args()
    scenarios, left, right = map(read, args.files)
    if not len(scenarios) == len(left) == len(right):
        raise SystemExit(
            f"{len(scenarios)} scenarios, {len(left)} and {len(right)} results"
        )
    wrong = 0
    for scenario, a, b in zip(scenarios, left, right):
        if json.dumps(a, sort_keys=True) == json.dumps(b, sort_keys=True):
            continue  # to Python, 1 is True
        wrong += 1
        if wrong <= args.show:
            print(json.dumps(scenario)[:4000])
            print("\n".join(difference(a, b)) + "\n")
    print(f"{len(scenarios) - wrong} of {len(scenarios)} agree")
    raise SystemExit(bool(wrong))


if __name__ == "__main__":
    main()
