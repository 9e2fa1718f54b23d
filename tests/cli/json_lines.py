#!/usr/bin/env python3
"""Prints 'name value' lines of a file's last object; every line must be one strict JSON object.
What is in an array has its place, from 0, in its name: 'files.0.bytes 17'.

  json_lines.py FILE
"""
import json
import sys


def unique(pairs):
    if len(dict(pairs)) != len(pairs):
        raise ValueError('a name comes twice')
    return dict(pairs)


def no_constant(name):
    raise ValueError(name + ' is not JSON')


def show(name, value):
    if isinstance(value, (dict, list)):
        pairs = value.items() if isinstance(value, dict) else enumerate(value)
        for key, part in pairs:
            show(f'{name}.{key}' if name else str(key), part)
    else:
        print(name, str(value).lower() if isinstance(value, bool) else value)


def main(path):
    with open(path, encoding='utf-8') as file:
        text = file.read()
    if not text.endswith('\n'):
        raise ValueError('no newline at the end')
    for line in text[:-1].split('\n'):
        fields = json.loads(line, object_pairs_hook=unique, parse_constant=no_constant)
        if not isinstance(fields, dict):
            raise ValueError('not an object')
    show('', fields)


main(*sys.argv[1:])
