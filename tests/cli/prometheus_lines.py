#!/usr/bin/env python3
"""Prints 'name value' lines of a file in Prometheus' text format, after checking all of it: a
metric has one HELP and one TYPE before its samples, which stand together and differ by their
labels; what is a counter, and only that, ends in _total; all names begin with a prefix.

  prometheus_lines.py FILE PREFIX
"""
import re
import sys

SAMPLE = re.compile(r'([a-zA-Z_:][a-zA-Z0-9_:]*)(\{[^{}]*\})? (\S+)')
LABELS = re.compile(r'\{[a-zA-Z_][a-zA-Z0-9_]*="[^"\\\n]*"(,[a-zA-Z_][a-zA-Z0-9_]*="[^"\\\n]*")*\}')


def check(condition, line, what):
    if not condition:
        raise ValueError(f'{what}: {line}')


def comment(line, state, prefix):
    word, name, rest = line[2:].split(' ', 2)
    check(name.startswith(prefix), line, 'another prefix')
    if word == 'HELP':
        check(name not in state['seen'], line, 'a metric comes twice')
        check(rest != '', line, 'no help')
        state.update(name=name, type=None)
        state['seen'].add(name)
    else:
        check(word == 'TYPE', line, 'no such comment')
        check(name == state['name'] and not state['type'], line, 'TYPE is not beside its HELP')
        check(rest in ('counter', 'gauge'), line, 'type')
        check((rest == 'counter') == name.endswith('_total'), line, 'suffix')
        state['type'] = rest


def sample(line, state, samples):
    parts = SAMPLE.fullmatch(line)
    check(parts, line, 'not a sample')
    name, labels, value = parts.groups()
    check(name == state['name'] and state['type'], line, 'a sample without its comments')
    check(labels is None or LABELS.fullmatch(labels), line, 'labels')
    check(name + (labels or '') not in samples, line, 'a sample comes twice')
    whole = state['type'] == 'counter' and not name.endswith('_seconds_total')
    check(value.isdecimal() or not whole, line, 'a total that is no whole number')
    check(float(value) >= 0, line, 'value')
    samples[name + (labels or '')] = value


def main(path, prefix):
    state, samples = {'name': None, 'type': None, 'seen': set()}, {}
    with open(path, encoding='ascii') as file:
        text = file.read()
    check(text.endswith('\n'), '', 'no newline at the end')
    for line in text[:-1].split('\n'):
        if line.startswith('# '):
            comment(line, state, prefix)
        else:
            sample(line, state, samples)
    check(samples, '', 'no samples')
    for name, value in samples.items():
        print(name, value)


main(*sys.argv[1:])
