"""Examples in docstrings."""

from __future__ import annotations

import doctest
import importlib
import pkgutil
import unittest

import rankforge


def load_tests(_: unittest.TestLoader, tests: unittest.TestSuite, __: object) -> unittest.TestSuite:
    for module in pkgutil.iter_modules(rankforge.__path__, "rankforge."):
        tests.addTests(doctest.DocTestSuite(importlib.import_module(module.name)))
    return tests
