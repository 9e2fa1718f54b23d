#!/usr/bin/env python3
"""Prints a field of the last JSON object in a file that must hold one strict object a line.

  json_field.py FILE NAME     NAME may be '*': all names, in order
"""
import json
import sys


def unique(pairs):
    if len(dict(pairs)) != len(pairs):
        raise ValueError('a name comes twice')
    return dict(pairs)


def no_constant(name):
    raise ValueError(name + ' is not JSON')


def main(path, name):
    text = open(path, encoding='utf-8').read()
    if not text.endswith('\n'):
        raise ValueError('no newline at the end')
    for line in text[:-1].split('\n'):
        fields = json.loads(line, object_pairs_hook=unique, parse_constant=no_constant)
        if not isinstance(fields, dict):
            raise ValueError('not an object')
    if name == '*':
        print(*fields)
    else:
        value = fields[name]
        print(str(value).lower() if isinstance(value, bool) else value)


main(*sys.argv[1:])
